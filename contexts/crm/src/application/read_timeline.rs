//! Everything about one contact in the order of time: what happened, what was changed, written down,
//! agreed to. Each source is read by its own index, a page of each, and merged in memory.

use std::cmp::Reverse;

use kernel::{ContactId, EventId, MergeId, NoteId, Timestamp};
use platform::DbError;
use uuid::Uuid;

use crate::{
    domain::{
        timeline::EventName,
        timeline_entry::{Entry, Show},
    },
    infrastructure::pg::CrmTx,
};

/// Where a page ended.
pub type Position = (Timestamp, Uuid);

/// Up to `limit` entries, the newest first, behind a position.
pub async fn read_timeline(
    tx: &mut CrmTx,
    contact: ContactId,
    show: &[Show],
    after: Option<Position>,
    limit: i64,
) -> Result<Vec<Entry>, DbError> {
    let wants = |wanted: Show| show.is_empty() || show.contains(&wanted);
    let mut entries: Vec<Entry> = Vec::new();
    if let Some(names) = event_names(show) {
        let position = after.map(|(at, id)| (at, EventId::from_uuid(id)));
        let events = tx.events(contact, &names, position, limit).await?;
        entries.extend(events.into_iter().map(Entry::Event));
    }
    if wants(Show::Changes) {
        let position = after.map(|(at, id)| (at, id.into()));
        let changes = tx.contact_changes(contact, position, limit).await?;
        entries.extend(changes.into_iter().map(Entry::Change));
    }
    if wants(Show::Notes) {
        let position = after.map(|(at, id)| (at, NoteId::from_uuid(id)));
        let notes = tx.notes(contact, position, limit).await?;
        entries.extend(notes.into_iter().map(Entry::Note));
    }
    if wants(Show::Stages) {
        let moves = tx.stage_moves(contact, after, limit).await?;
        entries.extend(moves.into_iter().map(Entry::Stage));
    }
    if wants(Show::Merges) {
        let position = after.map(|(at, id)| (at, MergeId::from_uuid(id)));
        let merges = tx.merges_into(contact, position, limit).await?;
        entries.extend(merges.into_iter().map(Entry::Merge));
    }
    if wants(Show::Consent) {
        let consents = tx.consent_entries(contact, after, limit).await?;
        entries.extend(consents.into_iter().map(Entry::Consent));
    }
    if wants(Show::Segments) {
        // Who left what is found only by looking through what became of everybody, so it is looked for
        // when somebody asks for it.
        let moves = if show.contains(&Show::Segments) {
            tx.segment_history_of(contact, after, limit).await?
        } else {
            tx.segments_entered_by(contact, after, limit).await?
        };
        entries.extend(moves.into_iter().map(Entry::Segment));
    }
    entries.sort_by_key(|entry| Reverse((entry.at(), entry.id())));
    entries.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(entries)
}

/// The names of the events that are wanted; all of them when there is none, and nothing when no event
/// is wanted.
fn event_names(show: &[Show]) -> Option<Vec<&'static str>> {
    if show.is_empty() || show.contains(&Show::Events) {
        return Some(Vec::new());
    }
    let mut names: Vec<EventName> = Vec::new();
    for wanted in show {
        names.extend(match wanted {
            Show::Messages => &EventName::ALL[..],
            Show::Engaged => &[
                EventName::EmailOpened,
                EventName::EmailClicked,
                EventName::SmsOpened,
                EventName::SmsClicked,
                EventName::PushOpened,
                EventName::PushClicked,
            ],
            Show::Problems => &[
                EventName::EmailFailed,
                EventName::EmailBounced,
                EventName::SmsFailed,
                EventName::SmsBounced,
                EventName::PushFailed,
                EventName::PushBounced,
                EventName::Unsubscribed,
            ],
            _ => &[],
        });
    }
    (!names.is_empty()).then(|| names.into_iter().map(EventName::as_str).collect())
}
