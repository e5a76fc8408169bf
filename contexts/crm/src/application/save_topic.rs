//! Making, changing, ordering and deleting topics.

use kernel::{Timestamp, TopicId};
use platform::DbError;

use crate::{
    domain::topic::{InvalidTopic, MAX_TOPICS, Topic, TopicDefinition},
    infrastructure::pg::CrmTx,
};

/// Why a topic was not saved.
#[derive(Debug, thiserror::Error)]
pub enum SaveTopicError {
    #[error("there is no such topic")]
    NotFound,
    /// The member, and what is wrong with it.
    #[error("the definition has problems")]
    Invalid(Vec<(&'static str, InvalidTopic)>),
    #[error("another topic has the key")]
    KeyTaken,
    #[error("there are {MAX_TOPICS} topics already")]
    TooMany,
    #[error(transparent)]
    Db(#[from] DbError),
}

pub async fn create_topic(
    mut tx: CrmTx,
    definition: TopicDefinition,
    now: Timestamp,
) -> Result<Topic, SaveTopicError> {
    let topic = definition.check(now).map_err(SaveTopicError::Invalid)?;
    if tx.topics().await?.len() >= MAX_TOPICS {
        return Err(SaveTopicError::TooMany);
    }
    if !tx.insert_topic(&topic).await? {
        return Err(SaveTopicError::KeyTaken);
    }
    let topic = tx.topic(topic.id).await?.ok_or(SaveTopicError::NotFound)?;
    tx.commit().await?;
    Ok(topic)
}

/// Changes a topic. What people said stays as it is; what holds for those who said nothing may be
/// another thing from now on.
pub async fn change_topic(
    mut tx: CrmTx,
    id: TopicId,
    change: impl FnOnce(TopicDefinition) -> TopicDefinition,
    position: Option<usize>,
    now: Timestamp,
) -> Result<Topic, SaveTopicError> {
    let topics = tx.topics().await?;
    let before = topics
        .iter()
        .find(|topic| topic.id == id)
        .ok_or(SaveTopicError::NotFound)?;
    let topic = before
        .redefine(change(TopicDefinition::of(before)), now)
        .map_err(SaveTopicError::Invalid)?;
    tx.update_topic(&topic).await?;
    if let Some(position) = position {
        tx.order_topics(&moved(&topics, id, position)).await?;
    }
    if topic.initial != before.initial || topic.channels != before.channels {
        tx.watch_everybodys_consent().await?;
    }
    let topic = tx.topic(id).await?.ok_or(SaveTopicError::NotFound)?;
    tx.commit().await?;
    Ok(topic)
}

/// Puts a topic before its neighbour or behind it.
pub async fn move_topic(mut tx: CrmTx, id: TopicId, up: bool) -> Result<(), SaveTopicError> {
    let topics = tx.topics().await?;
    let place = topics
        .iter()
        .position(|topic| topic.id == id)
        .ok_or(SaveTopicError::NotFound)?;
    let to = if up { place.saturating_sub(1) } else { place + 1 };
    tx.order_topics(&moved(&topics, id, to)).await?;
    Ok(tx.commit().await?)
}

/// Deletes a topic. Campaigns that are about it can no longer be sent.
pub async fn delete_topic(mut tx: CrmTx, id: TopicId) -> Result<(), SaveTopicError> {
    if !tx.delete_topic(id).await? {
        return Err(SaveTopicError::NotFound);
    }
    tx.watch_everybodys_consent().await?;
    Ok(tx.commit().await?)
}

fn moved(topics: &[Topic], id: TopicId, to: usize) -> Vec<TopicId> {
    let mut ids: Vec<TopicId> = topics
        .iter()
        .map(|topic| topic.id)
        .filter(|other| *other != id)
        .collect();
    ids.insert(to.min(ids.len()), id);
    ids
}
