//! Messages that programs hand over, one content to one person or several hundred.

use contracts::{
    PortError,
    crm::{ContactKey, ContactSnapshot, consent::Channel},
    delivery::{Address, BatchSpec, MessageExtras, MessageIntent, MessageSource, Stream},
};
use jiff::SignedDuration;
use kernel::{
    AttachmentId, BatchId, ContactId, EmailAddress, MessageId, OrgId, TemplateVersionId, Timestamp, TopicId,
};
use platform::{DbError, keys::sha256};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{
    compiled_templates::TemplateUnavailable, merge_records::add_records, save_template::NotSaved,
    template_deps::TemplateDeps,
};
use crate::{
    domain::{mail::Attachment, template::record_words},
    infrastructure::pg::{attachments, batches, intake},
};

/// The most people one call is for.
pub const MOST_RECIPIENTS: usize = 500;

/// One content and who gets it.
#[derive(Debug)]
pub struct Posting {
    /// What everybody gets.
    pub version: TemplateVersionId,
    /// Under which promise.
    pub stream: Stream,
    /// What marketing is about.
    pub topic: Option<TopicId>,
    /// How long it is of use, at least.
    pub expires_in: SignedDuration,
    /// What all of them have beside the content, but for `data`.
    pub extras: MessageExtras,
    /// Files of all of them.
    pub files: Vec<Attachment>,
    /// Who.
    pub to: Vec<Addressee>,
}

/// Somebody who gets it.
#[derive(Clone, Debug)]
pub struct Addressee {
    /// Known by what.
    pub key: ContactKey,
    /// What the template finds under `data`.
    pub data: Map<String, Value>,
    /// Unique within the organisation for ever.
    pub dedupe_key: String,
}

/// What was taken in for somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Under which identifier.
    pub message: MessageId,
    /// To which address.
    pub to: Address,
    /// Whether it had been before.
    pub repeated: bool,
}

/// Why nothing was taken in.
#[derive(Debug, thiserror::Error)]
pub enum NotSent {
    /// There is no such contact: the place in the list.
    #[error("recipient {0} is unknown")]
    Unknown(usize),
    /// The contact has no address: the place in the list.
    #[error("recipient {0} has no address")]
    NoAddress(usize),
    /// The template is for text messages or push notifications.
    #[error("the template is not for mail")]
    NotMail,
    /// Marketing needs a way to unsubscribe.
    #[error("the template has no unsubscribe link")]
    NoUnsubscribeLink,
    /// The content has mistakes.
    #[error(transparent)]
    Content(#[from] NotSaved),
    /// The version is not there, or does not load.
    #[error(transparent)]
    Template(#[from] TemplateUnavailable),
    /// Another context did not answer.
    #[error(transparent)]
    Port(#[from] PortError),
    /// The database did not answer.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Takes messages in, all or none of them, in the order of the list.
pub async fn send_messages(
    deps: &TemplateDeps,
    org: OrgId,
    now: Timestamp,
    posting: Posting,
) -> Result<Vec<Taken>, NotSent> {
    let template = deps.compiled.get(org, posting.version).await?;
    if template.artefacts().channel != Channel::Email {
        return Err(NotSent::NotMail);
    }
    if posting.stream == Stream::Marketing && !template.artefacts().has_unsubscribe_link() {
        return Err(NotSent::NoUnsubscribeLink);
    }
    let mut people = people(deps, org, &posting.to).await?;
    if !record_words(&template.artefacts().variables).is_empty() {
        let snapshots = people.iter_mut().map(|(snapshot, _)| snapshot);
        add_records(&*deps.contacts, org, &template, snapshots).await?;
    }
    let files: Vec<(AttachmentId, Attachment)> = posting
        .files
        .iter()
        .map(|file| (AttachmentId::generate(), file.clone()))
        .collect();
    let attachments: Vec<AttachmentId> = files.iter().map(|(id, _)| *id).collect();
    let messages: Vec<MessageIntent> = posting
        .to
        .iter()
        .zip(people)
        .map(|(addressee, (contact, to))| MessageIntent {
            dedupe_key: addressee.dedupe_key.clone(),
            contact,
            to: to.into(),
            extras: Some(Box::new(MessageExtras {
                data: addressee.data.clone(),
                attachments: attachments.clone(),
                ..posting.extras.clone()
            })),
        })
        .collect();
    take_in(deps, org, &batch_of(org, now, &posting), &files, &messages).await
}

/// Who they are, and where mail reaches them. An address that no contact has is written to all the same:
/// whoever orders something need not be one.
async fn people(
    deps: &TemplateDeps,
    org: OrgId,
    to: &[Addressee],
) -> Result<Vec<(ContactSnapshot, EmailAddress)>, NotSent> {
    let keys: Vec<ContactKey> = to.iter().map(|addressee| addressee.key.clone()).collect();
    let found = deps.contacts.with_keys(org, &keys).await?;
    keys.into_iter()
        .zip(found)
        .enumerate()
        .map(|(place, (key, contact))| match (contact, key) {
            (Some(contact), ContactKey::Email(to)) => Ok((contact, to)),
            (Some(contact), _) => {
                let to = contact.email.clone().ok_or(NotSent::NoAddress(place))?;
                Ok((contact, to))
            }
            (None, ContactKey::Email(to)) => Ok((stranger(&to), to)),
            (None, _) => Err(NotSent::Unknown(place)),
        })
        .collect()
}

fn stranger(address: &EmailAddress) -> ContactSnapshot {
    ContactSnapshot {
        id: ContactId::generate(),
        email: Some(address.clone()),
        first_name: String::new(),
        last_name: String::new(),
        phone: String::new(),
        timezone: String::new(),
        locale: String::new(),
        attributes: Map::new(),
        tags: Vec::new(),
        records: Map::new(),
    }
}

async fn take_in(
    deps: &TemplateDeps,
    org: OrgId,
    batch: &BatchSpec,
    files: &[(AttachmentId, Attachment)],
    messages: &[MessageIntent],
) -> Result<Vec<Taken>, NotSent> {
    let keys: Vec<&str> = messages
        .iter()
        .map(|message| message.dedupe_key.as_str())
        .collect();
    let mut tx = deps.db.system().await?;
    batches::open(&mut tx, org, batch).await?;
    let before = intake::known(&mut tx, org, &keys).await?;
    if !files.is_empty() && keys.iter().any(|key| !before.contains_key(*key)) {
        attachments::keep(&mut tx, org, files, messages.len()).await?;
    }
    intake::add(&mut tx, org, batch.id, messages).await?;
    let after = intake::known(&mut tx, org, &keys).await?;
    tx.commit().await?;
    Ok(messages
        .iter()
        .filter_map(|message| {
            let key = message.dedupe_key.as_str();
            Some(Taken {
                message: *after.get(key)?,
                to: message.to.clone(),
                repeated: before.contains_key(key),
            })
        })
        .collect())
}

/// Messages of the same content share a batch for a while, since a batch for each call would have the
/// engine look at thousands of them to find a thousand messages. A tenth of the time that a message is of
/// use for, at most an hour, at least a minute: by so much it may be sent later than was asked for.
fn batch_of(org: OrgId, now: Timestamp, posting: &Posting) -> BatchSpec {
    let lasts = posting.expires_in.as_secs();
    let span = (lasts / 10).clamp(60, 3600);
    let begun = now.as_second().div_euclid(span);
    let facts = format!(
        "{org}\n{}\n{:?}\n{:?}\n{lasts}\n{begun}",
        posting.version, posting.stream, posting.topic
    );
    let mut bytes = [0u8; 16];
    bytes.copy_from_slice(&sha256(facts.as_bytes())[..16]);
    BatchSpec {
        id: BatchId::from_uuid(uuid::Builder::from_custom_bytes(bytes).into_uuid()),
        source: MessageSource::Api,
        channel: Channel::Email,
        name: String::new(),
        template_version: posting.version,
        stream: posting.stream,
        expires_at: Timestamp::from_second((begun + 1) * span + lasts).unwrap_or(Timestamp::MAX),
        topic: posting.topic,
    }
}

/// The key under which a message is taken in once: the caller's own for it, or its place in a call that
/// has a key, or none that could come again.
#[must_use]
pub fn dedupe_key(own: Option<&str>, call: Option<&str>, place: usize) -> String {
    match (own, call) {
        (Some(own), _) => format!("api:key:{own}"),
        (None, Some(call)) => format!("api:call:{place}:{call}"),
        (None, None) => format!("api:{}", Uuid::now_v7()),
    }
}

/// What is for everybody, with what is for this person above it.
#[must_use]
pub fn merged(all: &Map<String, Value>, own: &Map<String, Value>) -> Map<String, Value> {
    let mut data = all.clone();
    data.extend(own.iter().map(|(key, value)| (key.clone(), value.clone())));
    data
}

#[cfg(test)]
mod tests {
    use contracts::delivery::{MessageExtras, Stream};
    use jiff::SignedDuration;
    use kernel::{OrgId, TemplateVersionId, Timestamp};

    use super::{Posting, batch_of, dedupe_key};

    fn posting(version: TemplateVersionId, minutes: i64) -> Posting {
        Posting {
            version,
            stream: Stream::Transactional,
            topic: None,
            expires_in: SignedDuration::from_mins(minutes),
            extras: MessageExtras::default(),
            files: Vec::new(),
            to: Vec::new(),
        }
    }

    #[test]
    fn calls_of_one_moment_share_a_batch_and_none_expires_too_early_or_much_too_late() {
        let (org, version) = (OrgId::generate(), TemplateVersionId::generate());
        let now: Timestamp = "2026-11-27T10:00:00Z".parse().expect("a time");
        for minutes in [1, 10, 60, 2880, 7200] {
            let posting = posting(version, minutes);
            let batch = batch_of(org, now, &posting);
            let soon = batch_of(org, now + SignedDuration::from_secs(1), &posting);
            assert_eq!(batch.id, soon.id);
            let late = batch.expires_at.duration_since(now + posting.expires_in);
            let most =
                (posting.expires_in / 10).clamp(SignedDuration::from_mins(1), SignedDuration::from_hours(1));
            assert!(!late.is_negative() && late <= most, "{minutes} minutes: {late}");
        }
        let other = batch_of(org, now, &posting(TemplateVersionId::generate(), 10));
        assert_ne!(batch_of(org, now, &posting(version, 10)).id, other.id);
    }

    #[test]
    fn a_key_of_ones_own_counts_more_than_that_of_the_call() {
        assert_eq!(dedupe_key(Some("a"), Some("b"), 1), "api:key:a");
        assert_ne!(dedupe_key(None, Some("b"), 1), dedupe_key(None, Some("b"), 2));
        assert_ne!(dedupe_key(None, None, 1), dedupe_key(None, None, 1));
    }
}
