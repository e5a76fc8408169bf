//! What text messages have in common, whoever carries them.

use kernel::{MessageId, Timestamp};

use super::{
    event::{EventKind, ProviderEvent, detail, identifier, written},
    keyword::{Keyword, keyword},
};
use crate::domain::{outcome::Class, tracking::Agent};

/// Why a message did not arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// One of our classes.
    Class(Class),
    /// The person has answered STOP, of which we may not have heard: the provider keeps a list too.
    OptedOut,
}

/// How far a message has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// The provider or the carrier has it.
    Accepted,
    /// The phone has it.
    Delivered,
    /// The person has seen it, where the channel tells.
    Read,
    /// The carrier or the phone refused it.
    Undelivered(Cause),
    /// The provider did not send it.
    Failed(Cause),
}

/// What a provider says of a message of ours, but for how far it has come.
pub(super) struct Report<'a> {
    pub message_id: &'a str,
    pub our_id: Option<MessageId>,
    pub recipient: &'a str,
    pub at: Timestamp,
    /// Distinct for each report.
    pub event_id: String,
    pub detail: &'a str,
}

impl Report<'_> {
    /// The event, and that the person wants no more if that is how we learn of it. Empty if the
    /// identifiers cannot be stored.
    pub(super) fn events(&self, progress: Progress) -> Vec<ProviderEvent> {
        let (kind, opted_out) = match progress {
            Progress::Accepted => (EventKind::Accepted, false),
            Progress::Delivered => (EventKind::Delivered, false),
            Progress::Read => {
                let agent = Agent::Person;
                (EventKind::Opened { agent }, false)
            }
            Progress::Undelivered(cause) => {
                let (class, opted_out) = judged(cause);
                (EventKind::Bounced { class }, opted_out)
            }
            Progress::Failed(cause) => {
                let (class, opted_out) = judged(cause);
                (EventKind::Failed { class }, opted_out)
            }
        };
        let wish = opted_out
            .then(|| self.event(EventKind::Unsubscribed, ":opted_out"))
            .flatten();
        self.event(kind, "").into_iter().chain(wish).collect()
    }

    fn event(&self, kind: EventKind, suffix: &str) -> Option<ProviderEvent> {
        Some(ProviderEvent {
            provider_message_id: Some(identifier(self.message_id)?),
            our_message_id: self.our_id,
            recipient: identifier(&number(self.recipient))?,
            kind,
            at: self.at,
            event_id: identifier(&format!("{}{suffix}", self.event_id))?,
            detail: detail(self.detail),
        })
    }
}

fn judged(cause: Cause) -> (Class, bool) {
    match cause {
        Cause::Class(class) => (class, false),
        Cause::OptedOut => (Class::Rejected, true),
    }
}

/// A message that somebody wrote to us.
pub(super) struct Letter<'a> {
    pub message_id: &'a str,
    pub from: &'a str,
    pub to: &'a str,
    pub text: &'a str,
    /// What the provider has found it to ask for; otherwise we look ourselves.
    pub keyword: Option<Keyword>,
    pub at: Timestamp,
}

impl Letter<'_> {
    /// `None` if there is no telling who wrote to whom.
    pub(super) fn event(&self) -> Option<ProviderEvent> {
        let id = identifier(self.message_id)?;
        let from = identifier(&number(self.from))?;
        Some(ProviderEvent {
            provider_message_id: Some(id.clone()),
            our_message_id: None,
            recipient: from.clone(),
            kind: EventKind::Inbound {
                from,
                to: identifier(&number(self.to))?,
                text: written(self.text),
                keyword: self.keyword.or_else(|| keyword(self.text)),
            },
            at: self.at,
            event_id: id,
            detail: String::new(),
        })
    }
}

/// With `+` where a provider leaves it out. Short codes and names of senders stay as they are: they
/// have fewer digits than any number with a country code, or letters.
pub(super) fn number(text: &str) -> String {
    let text = text.trim();
    let international = (8..=15).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if international {
        format!("+{text}")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use kernel::Timestamp;

    use super::{Cause, Progress, Report, number};
    use crate::domain::{outcome::Class, webhook::EventKind};

    fn report(message_id: &str) -> Report<'_> {
        Report {
            message_id,
            our_id: None,
            recipient: "447700900000",
            at: Timestamp::UNIX_EPOCH,
            event_id: format!("{message_id}:failed"),
            detail: "",
        }
    }

    #[test]
    fn numbers_get_the_plus_that_some_providers_leave_out() {
        for (given, kept) in [
            ("447700900000", "+447700900000"),
            ("+447700900000", "+447700900000"),
            (" 14158675309 ", "+14158675309"),
            ("72720", "72720"),
            ("ACME", "ACME"),
            ("whatsapp:+14158675309", "whatsapp:+14158675309"),
        ] {
            assert_eq!(number(given), kept);
        }
    }

    #[test]
    fn a_stop_that_only_the_provider_knew_of_is_told_beside_the_failure() {
        let events = report("SM1").events(Progress::Failed(Cause::OptedOut));
        let [failed, wish] = events.as_slice() else {
            panic!("two events, not {events:?}");
        };
        let class = Class::Rejected;
        assert_eq!(failed.kind, EventKind::Failed { class });
        assert_eq!(wish.kind, EventKind::Unsubscribed);
        assert_eq!(wish.recipient, "+447700900000");
        assert_ne!(failed.event_id, wish.event_id);
    }

    #[test]
    fn what_cannot_be_stored_is_no_event() {
        assert!(report("").events(Progress::Delivered).is_empty());
        assert!(report("a\0b").events(Progress::Delivered).is_empty());
    }
}
