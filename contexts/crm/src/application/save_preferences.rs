//! What a person chooses in the preference centre, taken down as one decision.

use contracts::crm::consent::Channel;
use kernel::{ContactId, Timestamp, TopicId};
use platform::DbError;

use super::{
    opt_out::{UNSUBSCRIBED, opt_in_again, opt_out},
    record_wishes::{Wish, record_wishes},
};
use crate::{
    domain::{
        consent::{Actor, Basis, Proof, State},
        topic::Topic,
    },
    infrastructure::pg::{CrmTx, consents::Subscription, contact_preferences::Preferences},
};

/// What was chosen.
#[derive(Clone, Debug, Default)]
pub struct Choices {
    /// Topics and channels that are ticked.
    pub chosen: Vec<(TopicId, Channel)>,
    pub preferences: Preferences,
    /// Nothing at all, whatever is ticked.
    pub nothing: bool,
}

/// Where the person stood, and what they may decide about.
#[derive(Clone, Debug)]
pub struct Standing {
    /// Topics that the preference centre shows.
    pub topics: Vec<Topic>,
    pub subscriptions: Vec<Subscription>,
    pub preferences: Preferences,
    /// Channels on which they opted out of everything.
    pub opted_out: Vec<Channel>,
    /// Channels on which they are not contacted for another reason, which is not theirs to lift.
    pub blocked: Vec<Channel>,
}

impl Standing {
    /// Reads it.
    pub async fn read(tx: &mut CrmTx, contact: ContactId) -> Result<Self, DbError> {
        let topics = tx
            .topics()
            .await?
            .into_iter()
            .filter(|topic| topic.public)
            .collect();
        let (out, blocked) = tx
            .do_not_contacts(contact)
            .await?
            .into_iter()
            .partition::<Vec<_>, _>(|(_, why)| why.reason == UNSUBSCRIBED);
        let channels = |list: Vec<(Channel, _)>| list.into_iter().map(|(channel, _)| channel).collect();
        Ok(Self {
            topics,
            subscriptions: tx
                .subscriptions(&[contact])
                .await?
                .remove(&contact)
                .unwrap_or_default(),
            preferences: tx.preferences(contact).await?,
            opted_out: channels(out),
            blocked: channels(blocked),
        })
    }

    /// Where they stand with a topic.
    #[must_use]
    pub fn state(&self, topic: &Topic, channel: Channel) -> State {
        self.subscriptions
            .iter()
            .find(|one| one.topic == topic.id && one.channel == channel)
            .map_or(topic.initial, |one| one.state)
    }

    /// What they may tick: each topic on each of its channels.
    pub fn choices(&self) -> impl Iterator<Item = (&Topic, Channel)> {
        self.topics
            .iter()
            .flat_map(|topic| topic.channels.iter().map(move |channel| (topic, *channel)))
    }
}

/// Takes it down. Only what changed is a statement: a box that stays as it was says nothing new.
/// Whoever holds the link reads the mail of the address, so a yes needs no double opt-in.
pub async fn save_preferences(
    mut tx: CrmTx,
    contact: ContactId,
    choices: Choices,
    ip: String,
    now: Timestamp,
) -> Result<(), DbError> {
    let before = Standing::read(&mut tx, contact).await?;
    let proof = Proof {
        basis: Basis::Consent,
        ip,
        ..Proof::new("preferences", Actor::Person, now)
    };
    let wishes: Vec<Wish> = before
        .choices()
        .filter_map(|(topic, channel)| {
            let yes = !choices.nothing && choices.chosen.contains(&(topic.id, channel));
            let was = before.state(topic, channel);
            let said = if yes {
                State::Subscribed
            } else {
                State::Unsubscribed
            };
            // A request that waits is answered by either.
            (was != said).then(|| Wish {
                topic: topic.id,
                channel,
                yes,
                confirmed: true,
                proof: proof.clone(),
            })
        })
        .collect();
    record_wishes(&mut tx, &before.topics, &[contact], wishes).await?;
    if choices.nothing {
        for channel in [Channel::Email, Channel::Sms, Channel::Push] {
            if !before.opted_out.contains(&channel) {
                opt_out(&mut tx, &[contact], channel, &proof).await?;
            }
        }
    } else {
        let wanted = |channel: &Channel| choices.chosen.iter().any(|(_, other)| other == channel);
        for channel in before.opted_out.iter().filter(|channel| wanted(channel)) {
            opt_in_again(&mut tx, &[contact], *channel, &proof).await?;
        }
    }
    if choices.preferences != before.preferences {
        tx.save_preferences(contact, &choices.preferences).await?;
    }
    tx.commit().await
}

/// Marketing may come again, without any topic being chosen: for organisations that have none.
pub async fn come_back(mut tx: CrmTx, contact: ContactId, ip: String, now: Timestamp) -> Result<(), DbError> {
    let before = Standing::read(&mut tx, contact).await?;
    let proof = Proof {
        basis: Basis::Consent,
        ip,
        ..Proof::new("preferences", Actor::Person, now)
    };
    for channel in before.opted_out {
        opt_in_again(&mut tx, &[contact], channel, &proof).await?;
    }
    tx.commit().await
}
