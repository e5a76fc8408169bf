//! One action on many contacts: what is done, how far it is, and whether it can be taken back.

use contracts::crm::consent::Channel;
use kernel::{BulkActionId, JobId, SegmentId, StageId, Timestamp, TopicId, UserId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{change::Actor, selection::Selection, undo::undo_until};

/// What is done. The JSON is what the API takes and what is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum BulkKind {
    /// Tags are put on and taken off.
    Tag {
        #[serde(default)]
        add: Vec<String>,
        #[serde(default)]
        remove: Vec<String>,
    },
    /// A field becomes a value; `null` clears it.
    SetField { field: String, value: Value },
    /// `null`: nobody.
    SetOwner { owner: Option<UserId> },
    /// `null`: none.
    SetStage { stage: Option<StageId> },
    /// They stand in the segment, whatever its rule says.
    AddToSegment { segment: SegmentId },
    /// They stand out of it, whatever its rule says.
    RemoveFromSegment { segment: SegmentId },
    /// They are written to about a topic, but for those who said that they do not want it.
    Subscribe {
        topic: TopicId,
        #[serde(default = "email")]
        channel: Channel,
        /// By what right, as [`Basis`](super::consent::Basis) has it.
        basis: String,
        /// What they were told, or where they agreed.
        #[serde(default)]
        text: String,
        /// They need not confirm it once more.
        #[serde(default)]
        confirmed: bool,
    },
    Unsubscribe {
        topic: TopicId,
        #[serde(default = "email")]
        channel: Channel,
    },
    /// Their addresses are not written to any more.
    DoNotContact {},
    /// They are deleted, with all that is known of them.
    Delete {},
}

const fn email() -> Channel {
    Channel::Email
}

impl BulkKind {
    /// The word in JSON, forms and messages.
    #[cfg(test)]
    const fn word(&self) -> &'static str {
        match self {
            BulkKind::Tag { .. } => "tag",
            BulkKind::SetField { .. } => "set_field",
            BulkKind::SetOwner { .. } => "set_owner",
            BulkKind::SetStage { .. } => "set_stage",
            BulkKind::AddToSegment { .. } => "add_to_segment",
            BulkKind::RemoveFromSegment { .. } => "remove_from_segment",
            BulkKind::Subscribe { .. } => "subscribe",
            BulkKind::Unsubscribe { .. } => "unsubscribe",
            BulkKind::DoNotContact {} => "do_not_contact",
            BulkKind::Delete {} => "delete",
        }
    }

    /// Whether what it changed is remembered, from which it is given back. A wish not to be written to
    /// at all is not taken back for somebody, and who was deleted is gone.
    #[must_use]
    pub const fn can_be_undone(&self) -> bool {
        !matches!(self, BulkKind::DoNotContact {} | BulkKind::Delete {})
    }
}

/// Where an action stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BulkState {
    Running,
    Finished,
    Cancelled,
    Failed,
    /// It is being taken back.
    Undoing,
    Undone,
}

impl BulkState {
    pub const ALL: [BulkState; 6] = [
        BulkState::Running,
        BulkState::Finished,
        BulkState::Cancelled,
        BulkState::Failed,
        BulkState::Undoing,
        BulkState::Undone,
    ];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            BulkState::Running => "running",
            BulkState::Finished => "finished",
            BulkState::Cancelled => "cancelled",
            BulkState::Failed => "failed",
            BulkState::Undoing => "undoing",
            BulkState::Undone => "undone",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    /// Whether a job is at it.
    #[must_use]
    pub const fn is_running(self) -> bool {
        matches!(self, BulkState::Running | BulkState::Undoing)
    }
}

/// More contacts than this are deleted only after their number was typed.
pub const TYPED_ABOVE: i64 = 100;

/// An action on many contacts.
#[derive(Clone, Debug)]
pub struct BulkAction {
    pub id: BulkActionId,
    pub kind: BulkKind,
    pub selection: Selection,
    /// The selection in words.
    pub sentence: String,
    pub state: BulkState,
    pub job: Option<JobId>,
    pub expected: Option<i64>,
    /// Contacts that it has come to.
    pub done: i64,
    /// Of those, contacts that it changed.
    pub changed: i64,
    /// Contacts that were given back what they had.
    pub undone: i64,
    pub problem: Option<String>,
    pub actor: Actor,
    pub created_at: Timestamp,
    pub finished_at: Option<Timestamp>,
}

impl BulkAction {
    /// Until when it can be taken back, when it can at all.
    #[must_use]
    pub fn undo_until(&self, now: Timestamp) -> Option<Timestamp> {
        let ended = matches!(
            self.state,
            BulkState::Finished | BulkState::Cancelled | BulkState::Failed
        );
        let until = undo_until(self.created_at);
        (ended && self.kind.can_be_undone() && self.changed > 0 && now < until).then_some(until)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_the_api_takes_is_what_is_stored() {
        for json in [
            json!({"type": "tag", "add": ["vip"], "remove": []}),
            json!({"type": "set_field", "field": "attributes.plan", "value": null}),
            json!({"type": "add_to_segment", "segment": SegmentId::generate()}),
            json!({"type": "subscribe", "topic": TopicId::generate(), "channel": "sms", "basis": "consent",
                   "text": "At the fair", "confirmed": true}),
            json!({"type": "unsubscribe", "topic": TopicId::generate(), "channel": "email"}),
            json!({"type": "do_not_contact"}),
            json!({"type": "delete"}),
        ] {
            let kind: BulkKind = serde_json::from_value(json.clone()).expect("an action");
            assert_eq!(json["type"], kind.word());
            assert_eq!(serde_json::to_value(&kind).expect("JSON"), json);
        }
        for bad in [
            json!({"type": "sell"}),
            json!({"type": "delete", "hard": true}),
            json!({"type": "set_field", "field": "city"}),
            json!({"type": "subscribe", "topic": TopicId::generate()}),
        ] {
            assert!(serde_json::from_value::<BulkKind>(bad.clone()).is_err(), "{bad}");
        }
    }

    #[test]
    fn only_what_the_audit_remembers_is_taken_back_and_only_for_a_week() {
        let now: Timestamp = "2026-01-01T00:00:00Z".parse().expect("a time");
        let action = |kind| BulkAction {
            id: BulkActionId::generate(),
            kind,
            selection: Selection::Ids(vec![]),
            sentence: String::new(),
            state: BulkState::Finished,
            job: None,
            expected: None,
            done: 2,
            changed: 1,
            undone: 0,
            problem: None,
            actor: Actor::System,
            created_at: now,
            finished_at: Some(now),
        };
        let tag = BulkKind::Tag {
            add: vec!["a".to_owned()],
            remove: vec![],
        };
        let tagged = action(tag);
        let until = tagged.undo_until(now).expect("it can be taken back");
        assert_eq!(tagged.undo_until(until), None);
        assert_eq!(action(BulkKind::Delete {}).undo_until(now), None);
        let running = BulkAction {
            state: BulkState::Running,
            ..tagged
        };
        assert_eq!(running.undo_until(now), None);
    }
}
