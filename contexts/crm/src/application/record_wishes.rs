//! Taking down what people want to hear about: from pages, the API, imports, links.

use std::{collections::HashSet, sync::Arc};

use contracts::crm::consent::Channel;
use kernel::{ContactId, TopicId};
use platform::DbError;

use super::ask_confirmation::ask_in_background;
use crate::{
    domain::{
        consent::{Action, Proof, State, Statement},
        topic::Topic,
    },
    infrastructure::pg::{CrmTx, consents::Said},
};

/// What somebody wants of a topic.
#[derive(Clone, Debug)]
pub struct Wish {
    pub topic: TopicId,
    pub channel: Channel,
    pub yes: bool,
    /// A yes that needs no double opt-in: it was confirmed elsewhere, or said behind a link that
    /// only the owner of the address has.
    pub confirmed: bool,
    pub proof: Proof,
}

/// Takes down the wishes of each of these contacts. A yes to a topic with double opt-in becomes a
/// request, and a mail asks the person. Wishes about topics that are not there are passed over.
/// Returns what was taken down.
pub async fn record_wishes(
    tx: &mut CrmTx,
    topics: &[Topic],
    contacts: &[ContactId],
    wishes: Vec<Wish>,
) -> Result<Vec<Statement>, DbError> {
    let subscribed = already_subscribed(tx, contacts, &wishes).await?;
    let mut said = Vec::with_capacity(contacts.len() * wishes.len());
    for wish in wishes {
        let Some(topic) = topics.iter().find(|topic| topic.id == wish.topic) else {
            continue;
        };
        let asks = wish.yes && topic.double_opt_in && wish.channel == Channel::Email && !wish.confirmed;
        let proof = Arc::new(topic.complete(wish.proof).tidied());
        for contact in contacts {
            let action = match (wish.yes, asks) {
                (false, _) => Action::Withdrawn,
                (true, true) if !subscribed.contains(&(*contact, topic.id)) => Action::Requested,
                (true, _) => Action::Granted,
            };
            said.push(Said {
                statement: Statement {
                    contact: *contact,
                    topic: Some(topic.id),
                    channel: wish.channel,
                    action,
                },
                proof: proof.clone(),
            });
        }
    }
    let recorded = tx.record_consents(&said).await?;
    ask_in_background(tx, &recorded).await?;
    Ok(recorded)
}

/// Who said yes on e-mail before, which a second yes does not put in question.
async fn already_subscribed(
    tx: &mut CrmTx,
    contacts: &[ContactId],
    wishes: &[Wish],
) -> Result<HashSet<(ContactId, TopicId)>, DbError> {
    if !wishes.iter().any(|wish| wish.yes && !wish.confirmed) {
        return Ok(HashSet::new());
    }
    let found = tx.subscriptions(contacts).await?;
    Ok(found
        .into_iter()
        .flat_map(|(contact, all)| {
            all.into_iter()
                .filter(|one| one.channel == Channel::Email && one.state == State::Subscribed)
                .map(move |one| (contact, one.topic))
        })
        .collect())
}
