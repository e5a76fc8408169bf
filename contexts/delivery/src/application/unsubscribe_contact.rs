//! What the holder of an unsubscribe link may do: look, unsubscribe, and change their mind.

use contracts::{
    PortError,
    crm::consent::{Channel, Standing, Withdrawal},
    delivery::{Address, DeliveryEvent, MessageRef, MessageSource},
    identity::OrganizationProfile,
};
use kernel::{OrgId, TopicId};
use platform::{Db, DbError, Tx};

use super::template_deps::TemplateDeps;
use crate::{
    domain::{suppression::SuppressionReason, tracking::UnsubscribeToken},
    infrastructure::pg::{
        self,
        link_targets::LinkTarget,
        suppressions::{NewSuppression, Removal},
    },
};

/// Why a link does nothing.
#[derive(Debug, thiserror::Error)]
pub enum UnsubscribeError {
    /// The organisation is gone.
    #[error("the organisation does not exist")]
    NotFound,
    /// Another context did not answer.
    #[error(transparent)]
    Port(#[from] PortError),
    /// The database did not answer.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Where a person stands with an organisation.
#[derive(Clone, Debug)]
pub struct Subscription {
    /// Who writes.
    pub organization: OrganizationProfile,
    /// To whom; `None` when neither the message nor the contact is known any more.
    pub address: Option<Address>,
    /// What the message was about, when it was about a topic that is still there.
    pub topic: Option<String>,
    /// Whether they are written to.
    pub state: SubscriptionState,
}

/// Whether a person is written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubscriptionState {
    /// Yes.
    Subscribed,
    /// Not about this topic any more, because they said so.
    Left,
    /// No, because they said so.
    Unsubscribed,
    /// No, for another reason, which is not theirs to lift.
    Blocked,
    /// The link is of a test that somebody sent to themselves, so it changes nothing.
    Test,
    /// Nothing is known of them any more, so nothing can be sent.
    Unknown,
}

/// How much somebody wants to leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// The topic of the message; everything when it has none.
    Topic,
    /// Everything.
    Everything,
}

/// Where the holder of the link stands. Changes nothing.
pub async fn subscription(
    deps: &TemplateDeps,
    token: UnsubscribeToken,
) -> Result<Subscription, UnsubscribeError> {
    let found = Found::of(deps, token).await?;
    Ok(found.stands(found.state(token)))
}

/// Takes the person off the topic, or puts the address on the suppression list. Doing it again
/// changes nothing.
pub async fn unsubscribe(
    deps: &TemplateDeps,
    token: UnsubscribeToken,
    extent: Extent,
    ip: String,
) -> Result<Subscription, UnsubscribeError> {
    let found = Found::of(deps, token).await?;
    let state = found.state(token);
    let (SubscriptionState::Subscribed | SubscriptionState::Left, Some(address)) = (state, &found.address)
    else {
        return Ok(found.stands(state));
    };
    if found.topic.is_some() && extent == Extent::Topic {
        if state == SubscriptionState::Subscribed {
            // The wish holds from here on, also if what follows is lost: that is only told.
            deps.consents
                .withdraw(token.org, &[withdrawal(token, token.topic, ip, &found)])
                .await?;
            tell(&deps.db, token, &found).await?;
        }
        return Ok(found.stands(SubscriptionState::Left));
    }
    // What is withdrawn holds for every device of a person; a token is on no list.
    if address.channel() != Channel::Push {
        let mut tx = deps.db.tenant(token.org).await?;
        suppress(&mut tx, token, address, found.source).await?;
        tx.commit().await?;
    }
    // The ledger of consent is crm's; nothing is sent in any case from here on.
    deps.consents
        .withdraw(token.org, &[withdrawal(token, None, ip, &found)])
        .await?;
    Ok(found.stands(SubscriptionState::Unsubscribed))
}

/// Takes back what the person said by this link.
pub async fn resubscribe(
    deps: &TemplateDeps,
    token: UnsubscribeToken,
    ip: String,
) -> Result<Subscription, UnsubscribeError> {
    let found = Found::of(deps, token).await?;
    let state = match (found.state(token), &found.address) {
        (SubscriptionState::Left, _) => {
            deps.consents
                .grant_again(token.org, &[withdrawal(token, token.topic, ip, &found)])
                .await?;
            SubscriptionState::Subscribed
        }
        (SubscriptionState::Unsubscribed, Some(address)) => {
            let state = release(&deps.db, token.org, address).await?;
            deps.consents
                .grant_again(token.org, &[withdrawal(token, None, ip, &found)])
                .await?;
            state
        }
        (other, _) => other,
    };
    Ok(found.stands(state))
}

/// Takes the address off the list, when it is there because its owner had unsubscribed.
async fn release(db: &Db, org: OrgId, address: &Address) -> Result<SubscriptionState, DbError> {
    let mut tx = db.tenant(org).await?;
    let reason = Some(SuppressionReason::Unsubscribed);
    let removal = pg::suppressions::remove(&mut tx, org, address, reason, "resubscribed", None).await?;
    if removal == Removal::Released {
        let released = DeliveryEvent::AddressesReleased {
            addresses: vec![address.clone()],
        };
        tx.record(org, &released).await?;
    }
    tx.commit().await?;
    Ok(match removal {
        Removal::StillThere => SubscriptionState::Blocked,
        Removal::Released | Removal::WasNotThere => SubscriptionState::Subscribed,
    })
}

fn withdrawal(token: UnsubscribeToken, topic: Option<TopicId>, ip: String, found: &Found) -> Withdrawal {
    Withdrawal {
        contact: token.contact,
        topic,
        channel: found.channel(),
        source: "unsubscribe_link",
        message: found.source.map(|_| token.message),
        ip,
    }
}

/// What a token leads to.
struct Found {
    organization: OrganizationProfile,
    address: Option<Address>,
    /// `None` when the message is no longer kept.
    source: Option<MessageSource>,
    /// Why the address is on the suppression list.
    suppressed: Vec<SuppressionReason>,
    /// Where the person stands with the topic; `None` when there is none, or no more.
    topic: Option<Standing>,
}

impl Found {
    async fn of(deps: &TemplateDeps, token: UnsubscribeToken) -> Result<Self, UnsubscribeError> {
        let profile = deps.organizations.profiles(&[token.org]).await?.pop();
        let organization = profile.ok_or(UnsubscribeError::NotFound)?;
        let mut tx = deps.db.tenant(token.org).await?;
        let target: Option<LinkTarget> = pg::link_targets::find(&mut tx, token.org, token.message).await?;
        tx.commit().await?;
        let (address, source) = match target {
            Some(target) => (Some(target.address), Some(target.source)),
            // Links work for years; messages are not kept as long. The contact has the address then.
            None => {
                let contact = deps.contacts.snapshots(token.org, &[token.contact]).await?.pop();
                (
                    contact.and_then(|contact| contact.email).map(Address::Email),
                    None,
                )
            }
        };
        let topic = match token.topic {
            Some(topic) => {
                let pair = [(token.contact, topic)];
                let channel = address.as_ref().map_or(Channel::Email, Address::channel);
                deps.consents.standings(token.org, channel, &pair).await?.pop()
            }
            None => None,
        };
        let suppressed = match &address {
            Some(address) => {
                let mut tx = deps.db.tenant(token.org).await?;
                let entries = pg::suppressions::find(&mut tx, token.org, address).await?;
                tx.commit().await?;
                entries.into_iter().map(|entry| entry.reason).collect()
            }
            None => Vec::new(),
        };
        Ok(Self {
            organization,
            address,
            source,
            suppressed,
            topic,
        })
    }

    /// What the message travelled by.
    fn channel(&self) -> Channel {
        self.address.as_ref().map_or(Channel::Email, Address::channel)
    }

    fn state(&self, token: UnsubscribeToken) -> SubscriptionState {
        if self.source == Some(MessageSource::Test) {
            return SubscriptionState::Test;
        }
        if self.address.is_none() {
            return SubscriptionState::Unknown;
        }
        if self.suppressed.contains(&SuppressionReason::Unsubscribed) {
            return SubscriptionState::Unsubscribed;
        }
        if !self.suppressed.is_empty() {
            return SubscriptionState::Blocked;
        }
        match &self.topic {
            Some(standing) if token.topic.is_some() && !standing.subscribed => SubscriptionState::Left,
            _ => SubscriptionState::Subscribed,
        }
    }

    fn stands(&self, state: SubscriptionState) -> Subscription {
        Subscription {
            organization: self.organization.clone(),
            address: self.address.clone(),
            topic: self.topic.as_ref().map(|standing| standing.name.clone()),
            state,
        }
    }
}

/// Tells that a message made somebody leave.
async fn tell(db: &Db, token: UnsubscribeToken, found: &Found) -> Result<(), DbError> {
    let Some(source) = found.source else { return Ok(()) };
    let channel = found.channel();
    let mut tx = db.tenant(token.org).await?;
    let at = tx.now();
    let messages = vec![MessageRef {
        message: token.message,
        contact: token.contact,
        at,
    }];
    tx.record(
        token.org,
        &DeliveryEvent::ContactsUnsubscribed {
            source,
            channel,
            messages,
        },
    )
    .await?;
    tx.commit().await
}

async fn suppress(
    tx: &mut Tx,
    token: UnsubscribeToken,
    address: &Address,
    source: Option<MessageSource>,
) -> Result<(), DbError> {
    let reason = SuppressionReason::Unsubscribed;
    let channel = address.channel();
    let entry = NewSuppression {
        address: address.clone(),
        reason,
        note: None,
        message: source.map(|_| token.message),
        user: None,
    };
    let added = pg::suppressions::add(tx, token.org, &[entry]).await?;
    // Two requests at once: the other one has told everybody.
    if added.is_empty() {
        return Ok(());
    }
    let addresses = added
        .into_iter()
        .map(|(address, reason)| (address, reason.as_str().to_owned()))
        .collect();
    tx.record(token.org, &DeliveryEvent::AddressesSuppressed { addresses })
        .await?;
    if let Some(source) = source {
        let at = tx.now();
        let messages = vec![MessageRef {
            message: token.message,
            contact: token.contact,
            at,
        }];
        tx.record(
            token.org,
            &DeliveryEvent::ContactsUnsubscribed {
                source,
                channel,
                messages,
            },
        )
        .await?;
    }
    Ok(())
}
