//! What somebody else says has become of a message: by which rules it is believed, and how many such
//! sayings come to one state, whatever the order in which they arrive.

use std::str::FromStr;

use super::{
    message_state::MessageState, outcome::Class, suppression::SuppressionReason, webhook::EventKind,
};

/// By which way a report came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReportSource {
    /// A provider called us.
    Webhook,
    /// A mail came back.
    Mailbox,
}

impl ReportSource {
    /// The word that is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            ReportSource::Webhook => "webhook",
            ReportSource::Mailbox => "mailbox",
        }
    }
}

/// What a report says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReportKind {
    /// The provider has it.
    Accepted,
    /// It arrived.
    Delivered,
    /// Not yet; the provider goes on trying.
    Deferred,
    /// The recipient's side refused it for good.
    Bounced,
    /// The provider had it and did not send it.
    Failed,
    /// The person called it spam.
    Complained,
    /// The person wants no more.
    Unsubscribed,
    /// The person wants messages again.
    Resubscribed,
    /// The provider saw it opened.
    Opened,
    /// The provider saw a link of it followed.
    Clicked,
}

impl ReportKind {
    /// All of them.
    pub const ALL: [ReportKind; 10] = [
        ReportKind::Accepted,
        ReportKind::Delivered,
        ReportKind::Deferred,
        ReportKind::Bounced,
        ReportKind::Failed,
        ReportKind::Complained,
        ReportKind::Unsubscribed,
        ReportKind::Resubscribed,
        ReportKind::Opened,
        ReportKind::Clicked,
    ];

    /// The word that is stored, and shown by the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            ReportKind::Accepted => "accepted",
            ReportKind::Delivered => "delivered",
            ReportKind::Deferred => "deferred",
            ReportKind::Bounced => "bounced",
            ReportKind::Failed => "failed",
            ReportKind::Complained => "complained",
            ReportKind::Unsubscribed => "unsubscribed",
            ReportKind::Resubscribed => "resubscribed",
            ReportKind::Opened => "opened",
            ReportKind::Clicked => "clicked",
        }
    }
}

impl FromStr for ReportKind {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or(())
    }
}

/// What a report says, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said {
    /// What.
    pub kind: ReportKind,
    /// Why, of what bounced or failed.
    pub class: Option<Class>,
}

impl Said {
    /// Of an event; `None` of a message to us, which is no report.
    #[must_use]
    pub const fn of(kind: &EventKind) -> Option<Self> {
        let (kind, class) = match kind {
            EventKind::Accepted => (ReportKind::Accepted, None),
            EventKind::Delivered => (ReportKind::Delivered, None),
            EventKind::Deferred => (ReportKind::Deferred, None),
            EventKind::Bounced { class } => (ReportKind::Bounced, Some(*class)),
            EventKind::Failed { class } => (ReportKind::Failed, Some(*class)),
            EventKind::Complained => (ReportKind::Complained, None),
            EventKind::Unsubscribed => (ReportKind::Unsubscribed, None),
            EventKind::Resubscribed => (ReportKind::Resubscribed, None),
            EventKind::Opened { .. } => (ReportKind::Opened, None),
            EventKind::Clicked { .. } => (ReportKind::Clicked, None),
            EventKind::Inbound { .. } => return None,
        };
        Some(Self { kind, class })
    }

    /// From the words that are stored. A class that nobody knows any more is a plain no.
    pub fn read(kind: &str, class: Option<&str>) -> Option<Self> {
        let kind = kind.parse().ok()?;
        let class = class.map(|word| {
            let known = GRAVITY.iter().chain(&[Class::Deferred, Class::Rate]);
            let mut known = known.copied().filter(|class| class.as_str() == word);
            known.next().unwrap_or(Class::Rejected)
        });
        Some(Self { kind, class })
    }

    /// What follows for the address, once the report is believed.
    #[must_use]
    pub const fn consequence(self) -> ForAddress {
        match (self.kind, self.class) {
            (ReportKind::Bounced | ReportKind::Failed, Some(Class::HardRecipient)) => {
                ForAddress::Suppress(SuppressionReason::HardBounce)
            }
            (ReportKind::Bounced | ReportKind::Failed, Some(Class::InactiveRecipient)) => ForAddress::Count,
            (ReportKind::Complained, _) => ForAddress::Suppress(SuppressionReason::Complaint),
            (ReportKind::Unsubscribed, _) => ForAddress::Suppress(SuppressionReason::Unsubscribed),
            // Who left by our own page comes back by our own page: a list that a provider keeps says
            // nothing of ours.
            _ => ForAddress::Nothing,
        }
    }

    /// Whether it can only be said of a message that the provider has. Everything can, but the wish
    /// to hear from us again.
    #[must_use]
    pub const fn proves_acceptance(self) -> bool {
        !matches!(self.kind, ReportKind::Resubscribed)
    }

    /// Where it takes a message that was accepted. That the provider saw it opened takes it nowhere:
    /// our own pixel counts that, and counting it twice would make every figure wrong.
    const fn target(self) -> Standing {
        let (state, reason) = match self.kind {
            ReportKind::Delivered => (MessageState::Delivered, None),
            ReportKind::Bounced | ReportKind::Failed => (MessageState::Bounced, self.class),
            ReportKind::Complained => (MessageState::Complained, None),
            _ => (MessageState::Accepted, None),
        };
        Standing { state, reason }
    }
}

/// What follows for an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForAddress {
    /// Nothing.
    Nothing,
    /// It may not be written to any more.
    Suppress(SuppressionReason),
    /// It is suppressed when this has happened often of late.
    Count,
}

/// Where a message stands, and why if it came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Where.
    pub state: MessageState,
    /// Why it came back.
    pub reason: Option<Class>,
}

/// What reports come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Merged {
    /// The message's own outcome is not written down yet, so that nothing is decided.
    Waits,
    /// The message stays where it is.
    Stays,
    /// It goes somewhere.
    Becomes(Standing),
}

/// From the gravest to the least grave reason for which a message comes back.
const GRAVITY: [Class; 9] = [
    Class::HardRecipient,
    Class::InactiveRecipient,
    Class::Content,
    Class::Reputation,
    Class::Authentication,
    Class::Rejected,
    Class::Account,
    Class::NotSent,
    Class::Ambiguous,
];

/// How grave, the higher the graver.
fn gravity(reason: Option<Class>) -> usize {
    let place = reason.and_then(|reason| GRAVITY.iter().position(|class| *class == reason));
    place.map_or(0, |place| GRAVITY.len() - place)
}

/// What several reports make of a message, in any order and however often each of them comes.
///
/// `in_doubt`: it waits to be sent again although an attempt's outcome is unknown. Such a message, and
/// one that is held, was accepted if anybody reports of it: only who has it can.
#[must_use]
pub fn merge(now: Standing, in_doubt: bool, said: &[Said]) -> Merged {
    let doubtful = now.state == MessageState::Held || (now.state.is_live() && in_doubt);
    let start = if doubtful && said.iter().any(|said| said.proves_acceptance()) {
        Standing {
            state: MessageState::Accepted,
            reason: None,
        }
    } else if now.state.is_live() {
        return Merged::Waits;
    } else {
        now
    };
    let sayings = said.iter().filter(|said| said.proves_acceptance());
    let end = sayings.map(|said| said.target()).fold(start, graver);
    if end == now {
        Merged::Stays
    } else {
        Merged::Becomes(end)
    }
}

fn graver(one: Standing, other: Standing) -> Standing {
    let same = one.state == other.state && gravity(other.reason) > gravity(one.reason);
    if same || one.state.may_become(other.state) {
        other
    } else {
        one
    }
}

/// Whether a report is about the one who got the message. Upper and lower case are the same mailbox.
#[must_use]
pub fn is_recipient(reported: &str, address: &str) -> bool {
    reported.trim().to_lowercase() == address.trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{ForAddress, Merged, ReportKind, Said, Standing, is_recipient, merge};
    use crate::domain::{message_state::MessageState, outcome::Class, suppression::SuppressionReason};

    const fn said(kind: ReportKind) -> Said {
        Said { kind, class: None }
    }

    const fn bounced(class: Class) -> Said {
        Said {
            kind: ReportKind::Bounced,
            class: Some(class),
        }
    }

    const fn at(state: MessageState) -> Standing {
        Standing { state, reason: None }
    }

    fn end(mut now: Standing, said: &[Said]) -> Standing {
        if let Merged::Becomes(next) = merge(now, false, said) {
            now = next;
        }
        now
    }

    fn any_said() -> impl Strategy<Value = Said> {
        let classes = [Class::HardRecipient, Class::InactiveRecipient, Class::Rejected];
        (0..ReportKind::ALL.len(), 0..classes.len()).prop_map(move |(kind, class)| {
            let kind = ReportKind::ALL[kind];
            let has_class = matches!(kind, ReportKind::Bounced | ReportKind::Failed);
            Said {
                kind,
                class: has_class.then_some(classes[class]),
            }
        })
    }

    proptest! {
        #[test]
        fn the_order_of_reports_and_how_often_they_come_do_not_matter(
            said in proptest::collection::vec(any_said(), 1..6),
            shuffled in any::<proptest::sample::Index>(),
            cut in any::<proptest::sample::Index>(),
            held in any::<bool>(),
        ) {
            let start = at(if held { MessageState::Held } else { MessageState::Accepted });
            let in_order = end(start, &said);
            let mut other = said.clone();
            other.rotate_left(shuffled.index(said.len()));
            other.reverse();
            other.extend(said.iter().rev().copied());
            let (first, second) = other.split_at(cut.index(other.len()));
            prop_assert_eq!(end(end(start, first), second), in_order);
        }
    }

    #[test]
    fn the_gravest_report_stays() {
        let accepted = at(MessageState::Accepted);
        let (delivered, complained) = (said(ReportKind::Delivered), said(ReportKind::Complained));
        let hard = bounced(Class::HardRecipient);
        assert_eq!(end(accepted, &[delivered]).state, MessageState::Delivered);
        let came_back = Standing {
            state: MessageState::Bounced,
            reason: Some(Class::HardRecipient),
        };
        assert_eq!(
            end(accepted, &[hard, delivered, bounced(Class::Rejected)]),
            came_back
        );
        assert_eq!(end(accepted, &[complained, hard]), at(MessageState::Complained));
    }

    #[test]
    fn that_the_provider_saw_it_opened_changes_nothing() {
        for kind in [ReportKind::Opened, ReportKind::Clicked, ReportKind::Deferred] {
            let accepted = at(MessageState::Accepted);
            assert_eq!(merge(accepted, false, &[said(kind)]), Merged::Stays);
        }
    }

    #[test]
    fn a_message_in_doubt_was_accepted_if_anybody_reports_of_it() {
        let held = at(MessageState::Held);
        for kind in ReportKind::ALL {
            let merged = merge(held, false, &[said(kind)]);
            assert_eq!(
                merged == Merged::Stays,
                kind == ReportKind::Resubscribed,
                "{kind:?}"
            );
        }
        let queued = at(MessageState::Queued);
        let opened = [said(ReportKind::Opened)];
        assert_eq!(
            merge(queued, true, &opened),
            Merged::Becomes(at(MessageState::Accepted))
        );
    }

    #[test]
    fn a_report_waits_for_the_messages_own_outcome() {
        for state in MessageState::ALL.into_iter().filter(|state| state.is_live()) {
            assert_eq!(
                merge(at(state), false, &[said(ReportKind::Delivered)]),
                Merged::Waits
            );
        }
    }

    #[test]
    fn what_was_never_sent_is_not_moved_by_a_report() {
        for state in [
            MessageState::Failed,
            MessageState::Suppressed,
            MessageState::Expired,
            MessageState::Cancelled,
        ] {
            for kind in ReportKind::ALL {
                assert_eq!(merge(at(state), false, &[said(kind)]), Merged::Stays, "{state:?}");
            }
        }
    }

    #[test]
    fn only_faults_of_the_address_are_held_against_it() {
        let suppress = ForAddress::Suppress;
        assert_eq!(
            bounced(Class::HardRecipient).consequence(),
            suppress(SuppressionReason::HardBounce)
        );
        assert_eq!(bounced(Class::InactiveRecipient).consequence(), ForAddress::Count);
        for class in [
            Class::Authentication,
            Class::Reputation,
            Class::Content,
            Class::Rejected,
        ] {
            assert_eq!(bounced(class).consequence(), ForAddress::Nothing, "{class:?}");
        }
        assert_eq!(
            said(ReportKind::Complained).consequence(),
            suppress(SuppressionReason::Complaint)
        );
        assert_eq!(said(ReportKind::Opened).consequence(), ForAddress::Nothing);
    }

    #[test]
    fn words_are_read_back() {
        for kind in ReportKind::ALL {
            assert_eq!(Said::read(kind.as_str(), None), Some(said(kind)));
        }
        let hard = bounced(Class::HardRecipient);
        assert_eq!(
            Said::read("bounced", Some(Class::HardRecipient.as_str())),
            Some(hard)
        );
        assert_eq!(Said::read("eaten", None), None);
    }

    #[test]
    fn case_does_not_make_another_recipient() {
        assert!(is_recipient(" Ada@Example.COM", "ada@example.com"));
        assert!(!is_recipient("ada@example.com", "bob@example.com"));
    }
}
