//! Subscribing many contacts to a topic or unsubscribing them, as somebody here says it, and taking that
//! back. The ledger says who did it, by what right, and by which change to many.

use std::{collections::HashMap, sync::Arc};

use contracts::crm::consent::Channel;
use kernel::{ContactId, Timestamp, TopicId};
use platform::DbError;

use super::record_wishes::{Wish, record_wishes};
use crate::{
    domain::{
        bulk::{BulkAction, BulkKind},
        change,
        consent::{Action, Actor, Basis, Proof, State, Statement},
        topic::Topic,
    },
    infrastructure::pg::{CrmTx, consents::Said},
};

const SOURCE: &str = "bulk";

/// Takes down what an action says of some people. Who said no, or is not to be contacted, is not
/// subscribed by somebody else. Returns of how many it is something new.
pub async fn say(
    tx: &mut CrmTx,
    action: &BulkAction,
    topics: &[Topic],
    ids: &[ContactId],
    now: Timestamp,
) -> Result<usize, DbError> {
    let base = proof(action, now);
    let wish = match &action.kind {
        BulkKind::Subscribe {
            topic,
            channel,
            basis,
            text,
            confirmed,
        } => Wish {
            topic: *topic,
            channel: *channel,
            yes: true,
            confirmed: *confirmed,
            proof: Proof {
                basis: Basis::parse(basis).unwrap_or(Basis::Unknown),
                text: text.clone(),
                ..base
            },
        },
        BulkKind::Unsubscribe { topic, channel } => Wish {
            topic: *topic,
            channel: *channel,
            yes: false,
            confirmed: false,
            proof: base,
        },
        _ => return Ok(0),
    };
    let concerned = concerned(tx, topics, &wish, ids).await?;
    Ok(record_wishes(tx, topics, &concerned, vec![wish]).await?.len())
}

async fn concerned(
    tx: &mut CrmTx,
    topics: &[Topic],
    wish: &Wish,
    ids: &[ContactId],
) -> Result<Vec<ContactId>, DbError> {
    let said: HashMap<ContactId, State> = tx
        .subscriptions(ids)
        .await?
        .into_iter()
        .filter_map(|(contact, all)| {
            let one = all
                .into_iter()
                .find(|one| one.topic == wish.topic && one.channel == wish.channel)?;
            Some((contact, one.state))
        })
        .collect();
    if !wish.yes {
        let initial = topics
            .iter()
            .find(|topic| topic.id == wish.topic)
            .map(|topic| topic.initial);
        let stands = |id: &&ContactId| said.get(*id).copied().or(initial) != Some(State::Unsubscribed);
        return Ok(ids.iter().filter(stands).copied().collect());
    }
    let unreachable = tx.unreachable(ids, wish.channel).await?;
    let may = |id: &&ContactId| match said.get(*id) {
        Some(State::Unsubscribed | State::Subscribed) => false,
        Some(State::Pending) => wish.confirmed,
        None => true,
    };
    let reachable = ids.iter().filter(|id| !unreachable.contains(*id));
    Ok(reachable.filter(may).copied().collect())
}

/// Takes back up to `limit` of the statements of an action that still stand. Returns how many.
pub async fn unsay(
    tx: &mut CrmTx,
    action: &BulkAction,
    limit: i64,
    now: Timestamp,
) -> Result<usize, DbError> {
    let base = proof(action, now);
    let said: Vec<Said> = if matches!(action.kind, BulkKind::Subscribe { .. }) {
        let made = tx.subscriptions_made_by(action.id.uuid(), limit).await?;
        let base = Arc::new(base);
        made.into_iter()
            .map(|one| {
                statement(
                    one.contact,
                    one.topic,
                    one.channel,
                    Action::Withdrawn,
                    base.clone(),
                )
            })
            .collect()
    } else {
        let ended = tx.subscriptions_ended_by(action.id.uuid(), limit).await?;
        ended
            .into_iter()
            .map(|one| {
                let proof = Proof {
                    basis: one.basis,
                    text: one.text,
                    ..base.clone()
                };
                statement(
                    one.contact,
                    one.topic,
                    one.channel,
                    Action::Granted,
                    Arc::new(proof),
                )
            })
            .collect()
    };
    Ok(tx.record_consents(&said).await?.len())
}

fn statement(
    contact: ContactId,
    topic: TopicId,
    channel: Channel,
    action: Action,
    proof: Arc<Proof>,
) -> Said {
    Said {
        statement: Statement {
            contact,
            topic: Some(topic),
            channel,
            action,
        },
        proof,
    }
}

fn proof(action: &BulkAction, now: Timestamp) -> Proof {
    let actor = match action.actor {
        change::Actor::User(id) => Actor::User(id),
        change::Actor::ApiKey(id) => Actor::ApiKey(id),
        change::Actor::System => Actor::System,
    };
    Proof {
        source_id: Some(action.id.uuid()),
        ..Proof::new(SOURCE, actor, now)
    }
}
