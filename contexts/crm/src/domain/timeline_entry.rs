//! What stands on the timeline of a contact.

use kernel::{SegmentId, StageId, Timestamp};
use uuid::Uuid;

use super::{
    change::{Actor, ContactChange},
    merge::Merge,
    note::Note,
    timeline::Event,
};

/// What of a timeline is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Show {
    /// What became of mail.
    Messages,
    Engaged,
    Problems,
    /// Everything that happened, mail too.
    Events,
    Changes,
    Notes,
    Stages,
    Segments,
    Consent,
    Merges,
}

impl Show {
    pub const ALL: [Show; 10] = [
        Show::Messages,
        Show::Engaged,
        Show::Problems,
        Show::Events,
        Show::Changes,
        Show::Notes,
        Show::Stages,
        Show::Segments,
        Show::Consent,
        Show::Merges,
    ];

    /// The word in addresses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Show::Messages => "messages",
            Show::Engaged => "engaged",
            Show::Problems => "problems",
            Show::Events => "events",
            Show::Changes => "changes",
            Show::Notes => "notes",
            Show::Stages => "stages",
            Show::Segments => "segments",
            Show::Consent => "consent",
            Show::Merges => "merges",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|show| show.as_str() == text)
    }

    /// Several, separated by commas; the first word that is none is given back.
    pub fn parse_list(text: &str) -> Result<Vec<Self>, String> {
        text.split(',')
            .map(str::trim)
            .filter(|word| !word.is_empty() && *word != "all")
            .map(|word| Self::parse(word).ok_or_else(|| word.to_owned()))
            .collect()
    }
}

/// One thing on the timeline.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    Event(Event),
    Change(ContactChange),
    Note(Note),
    Stage(StageMove),
    Segment(SegmentMove),
    Consent(ConsentEntry),
    Merge(Merge),
}

impl Entry {
    /// When it was.
    #[must_use]
    pub const fn at(&self) -> Timestamp {
        match self {
            Entry::Event(event) => event.at,
            Entry::Change(change) => change.at,
            Entry::Note(note) => note.occurred_at,
            Entry::Stage(stage) => stage.at,
            Entry::Segment(segment) => segment.at,
            Entry::Consent(consent) => consent.at,
            Entry::Merge(merge) => merge.at,
        }
    }

    /// Tells entries of the same instant apart.
    #[must_use]
    pub fn id(&self) -> Uuid {
        match self {
            Entry::Event(event) => event.id.uuid(),
            Entry::Change(change) => change.id.uuid(),
            Entry::Note(note) => note.id.uuid(),
            Entry::Stage(stage) => stage.id,
            Entry::Segment(segment) => segment.segment.uuid(),
            Entry::Consent(consent) => consent.id,
            Entry::Merge(merge) => merge.id.uuid(),
        }
    }
}

/// A contact came from one stage into another.
#[derive(Clone, Debug, PartialEq)]
pub struct StageMove {
    pub id: Uuid,
    pub at: Timestamp,
    pub from: Option<StageId>,
    pub to: Option<StageId>,
    pub actor: Actor,
}

/// A contact entered or left a segment.
#[derive(Clone, Debug, PartialEq)]
pub struct SegmentMove {
    pub segment: SegmentId,
    pub name: String,
    pub at: Timestamp,
    pub entered: bool,
}

/// Something that was agreed to, or no longer is.
#[derive(Clone, Debug, PartialEq)]
pub struct ConsentEntry {
    pub id: Uuid,
    pub at: Timestamp,
    /// What the topic is called; none when it is about a whole channel.
    pub topic: Option<String>,
    pub channel: String,
    /// `granted`, `requested`, `withdrawn`.
    pub action: String,
    pub basis: String,
    pub source: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_named_by_words() {
        assert_eq!(
            Show::parse_list("notes, stages"),
            Ok(vec![Show::Notes, Show::Stages])
        );
        assert_eq!(Show::parse_list("all"), Ok(vec![]));
        assert_eq!(Show::parse_list(""), Ok(vec![]));
        assert_eq!(Show::parse_list("notes,shoes"), Err("shoes".to_owned()));
        for show in Show::ALL {
            assert_eq!(Show::parse(show.as_str()), Some(show));
        }
    }
}
