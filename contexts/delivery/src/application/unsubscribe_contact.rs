//! What the holder of an unsubscribe link may do: look, unsubscribe, and change their mind.

use contracts::{
    PortError,
    delivery::{DeliveryEvent, MessageRef, MessageSource},
    identity::OrganizationProfile,
};
use kernel::EmailAddress;
use platform::{DbError, Tx};

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
    pub address: Option<EmailAddress>,
    /// Whether they are written to.
    pub state: SubscriptionState,
}

/// Whether a person is written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubscriptionState {
    /// Yes.
    Subscribed,
    /// No, because they said so.
    Unsubscribed,
    /// No, for another reason, which is not theirs to lift.
    Blocked,
    /// The link is of a test that somebody sent to themselves, so it changes nothing.
    Test,
    /// Nothing is known of them any more, so nothing can be sent.
    Unknown,
}

/// Where the holder of the link stands. Changes nothing.
pub async fn subscription(
    deps: &TemplateDeps,
    token: UnsubscribeToken,
) -> Result<Subscription, UnsubscribeError> {
    let mut found = Found::of(deps, token).await?;
    let state = found.state(token).await?;
    found.finish(state).await
}

/// Puts the address on the suppression list. Doing it again changes nothing.
pub async fn unsubscribe(
    deps: &TemplateDeps,
    token: UnsubscribeToken,
) -> Result<Subscription, UnsubscribeError> {
    let mut found = Found::of(deps, token).await?;
    let state = match (found.state(token).await?, &found.address) {
        (SubscriptionState::Subscribed, Some(address)) => {
            let address = address.clone();
            suppress(&mut found.tx, token, &address, found.source).await?;
            SubscriptionState::Unsubscribed
        }
        (other, _) => other,
    };
    found.finish(state).await
}

/// Takes the address off the list, when it is there because its owner had unsubscribed.
pub async fn resubscribe(
    deps: &TemplateDeps,
    token: UnsubscribeToken,
) -> Result<Subscription, UnsubscribeError> {
    let mut found = Found::of(deps, token).await?;
    let state = match (found.state(token).await?, &found.address) {
        (SubscriptionState::Unsubscribed, Some(address)) => {
            let address = address.clone();
            let reason = Some(SuppressionReason::Unsubscribed);
            let removal =
                pg::suppressions::remove(&mut found.tx, token.org, &address, reason, "resubscribed", None)
                    .await?;
            match removal {
                Removal::Released => {
                    let released = DeliveryEvent::AddressesReleased {
                        addresses: vec![address],
                    };
                    found.tx.record(token.org, &released).await?;
                    SubscriptionState::Subscribed
                }
                Removal::StillThere => SubscriptionState::Blocked,
                Removal::WasNotThere => SubscriptionState::Subscribed,
            }
        }
        (other, _) => other,
    };
    found.finish(state).await
}

/// What a token leads to, in an open unit of work.
struct Found {
    tx: Tx,
    organization: OrganizationProfile,
    address: Option<EmailAddress>,
    /// `None` when the message is no longer kept.
    source: Option<MessageSource>,
}

impl Found {
    async fn of(deps: &TemplateDeps, token: UnsubscribeToken) -> Result<Self, UnsubscribeError> {
        let profile = deps.organizations.profiles(&[token.org]).await?.pop();
        let organization = profile.ok_or(UnsubscribeError::NotFound)?;
        let mut tx = deps.db.tenant(token.org).await?;
        let target: Option<LinkTarget> = pg::link_targets::find(&mut tx, token.org, token.message).await?;
        if let Some(target) = target {
            let (address, source) = (Some(target.address), Some(target.source));
            return Ok(Self {
                tx,
                organization,
                address,
                source,
            });
        }
        // Links work for years; messages are not kept as long. The contact has the address then.
        tx.commit().await?;
        let contact = deps.contacts.snapshots(token.org, &[token.contact]).await?.pop();
        let tx = deps.db.tenant(token.org).await?;
        Ok(Self {
            tx,
            organization,
            address: contact.and_then(|contact| contact.email),
            source: None,
        })
    }

    async fn state(&mut self, token: UnsubscribeToken) -> Result<SubscriptionState, DbError> {
        if self.source == Some(MessageSource::Test) {
            return Ok(SubscriptionState::Test);
        }
        let Some(address) = &self.address else {
            return Ok(SubscriptionState::Unknown);
        };
        let entries = pg::suppressions::find(&mut self.tx, token.org, address).await?;
        if entries.is_empty() {
            return Ok(SubscriptionState::Subscribed);
        }
        let unsubscribed = entries
            .iter()
            .any(|entry| entry.reason == SuppressionReason::Unsubscribed);
        Ok(if unsubscribed {
            SubscriptionState::Unsubscribed
        } else {
            SubscriptionState::Blocked
        })
    }

    async fn finish(self, state: SubscriptionState) -> Result<Subscription, UnsubscribeError> {
        self.tx.commit().await?;
        Ok(Subscription {
            organization: self.organization,
            address: self.address,
            state,
        })
    }
}

async fn suppress(
    tx: &mut Tx,
    token: UnsubscribeToken,
    address: &EmailAddress,
    source: Option<MessageSource>,
) -> Result<(), DbError> {
    let reason = SuppressionReason::Unsubscribed;
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
            &DeliveryEvent::ContactsUnsubscribed { source, messages },
        )
        .await?;
    }
    Ok(())
}
