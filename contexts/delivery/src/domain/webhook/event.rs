use kernel::{MessageId, Timestamp};

use super::keyword::Keyword;
use crate::domain::{
    outcome::Class,
    tracking::{Agent, agent},
};

/// The name under which a message's own identifier travels with it and comes back: a tag at Amazon
/// SES, a custom argument at SendGrid, a variable at Mailgun, a tag at Telnyx (there the value alone),
/// and the parameter of the callback's URL at Twilio and Plivo. At Vonage it is the client reference.
pub const OUR_ID: &str = "mauntic_message";

/// The most characters that are kept of words that a stranger chose.
const LONGEST_DETAIL: usize = 500;
/// The most characters that are kept of a message that somebody wrote to us.
const LONGEST_TEXT: usize = 10_000;
/// The most bytes of an identifier; the longest one documented has 100.
const LONGEST_ID: usize = 255;
const LONGEST_URL: usize = 2000;

/// Something that a provider says has happened.
///
/// Events come late, twice and in any order. What they say is meant for
/// [`MessageState::may_become`](crate::domain::message_state::MessageState::may_become), which does
/// not care.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderEvent {
    /// By which the provider knows the message: what it answered when it took it over. `None` in the
    /// few events that are about a person and no message.
    pub provider_message_id: Option<String>,
    /// By which we know it, where it came back.
    pub our_message_id: Option<MessageId>,
    /// The person it is about: who was written to or, of a message that came in, who wrote it. An
    /// e-mail address as the provider writes it, or a telephone number with `+` and country code.
    pub recipient: String,
    /// What happened.
    pub kind: EventKind,
    /// When it happened; when it came, where the provider does not say.
    pub at: Timestamp,
    /// The same whenever the provider repeats this event, and unlike any other of its events.
    pub event_id: String,
    /// For people: what the other side said. No control characters, 500 characters at most, may be
    /// empty.
    pub detail: String,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// The provider, or the carrier behind it, took the message over.
    Accepted,
    /// It arrived.
    Delivered,
    /// Not yet; the provider goes on trying.
    Deferred,
    /// The recipient's side refused it for good.
    Bounced {
        /// Why.
        class: Class,
    },
    /// The provider did not send it.
    Failed {
        /// Why.
        class: Class,
    },
    /// The person called it spam.
    Complained,
    /// The person wants no more.
    Unsubscribed,
    /// The person wants messages again.
    Resubscribed,
    /// It was looked at.
    Opened {
        /// By whom, as far as anybody can tell.
        agent: Agent,
    },
    /// A link was followed.
    Clicked {
        /// Where it led; `None` when that is no address of the web.
        url: Option<String>,
        /// By whom, as far as anybody can tell.
        agent: Agent,
    },
    /// A message to us.
    Inbound {
        /// Who wrote it: the event's recipient.
        from: String,
        /// Our number.
        to: String,
        /// What it says: no control characters but line breaks, 10000 characters at most.
        text: String,
        /// What it asks for, if it is nothing but a word that carriers reserve.
        keyword: Option<Keyword>,
    },
}

/// What one call brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Received {
    /// In the order in which they stand in the body, which need not be the order of time.
    pub events: Vec<ProviderEvent>,
    /// How many there were besides which mean nothing to us, or lack what they need. Not an error: the
    /// provider would repeat the whole call for a day.
    pub ignored: usize,
    /// Where the signature does not cover the body, a copy of the call could say anything. This is
    /// what the signature does cover and the provider uses once: a call whose key was seen is to be
    /// answered with 200 and to have no effect.
    pub replay_key: Option<String>,
}

impl Received {
    /// Counts what is no event.
    pub(super) fn from_events(events: impl IntoIterator<Item = Option<ProviderEvent>>) -> Self {
        let mut received = Self::default();
        for event in events {
            match event {
                Some(event) => received.events.push(event),
                None => received.ignored += 1,
            }
        }
        received
    }

    /// Nothing of interest.
    pub(super) fn nothing() -> Self {
        Self {
            ignored: 1,
            ..Self::default()
        }
    }
}

/// An identifier that can be stored: not empty, at most 255 bytes, no control characters.
pub(super) fn identifier(text: &str) -> Option<String> {
    let fine = (1..=LONGEST_ID).contains(&text.len()) && !text.chars().any(char::is_control);
    fine.then(|| text.to_owned())
}

/// Strangers' words in one line.
pub(super) fn detail(text: &str) -> String {
    let line: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(LONGEST_DETAIL)
        .collect();
    line.trim().to_owned()
}

/// Strangers' words with their line breaks.
pub(super) fn written(text: &str) -> String {
    text.chars()
        .filter(|c| *c == '\n' || !c.is_control())
        .take(LONGEST_TEXT)
        .collect()
}

/// An address of the web that may be shown as a link: anything else could be a script.
pub(super) fn web_url(text: &str) -> Option<String> {
    let web = ["https://", "http://"].into_iter().any(|scheme| {
        text.get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    });
    let fine = web && text.len() <= LONGEST_URL && !text.chars().any(|c| c.is_control() || c == ' ');
    fine.then(|| text.to_owned())
}

/// Who looked or clicked. Where the provider does not repeat a `User-Agent`, nothing speaks against a
/// person.
pub(super) fn reader(user_agent: Option<&str>) -> Agent {
    user_agent.map_or(Agent::Person, agent)
}

/// Our identifier by itself, or out of a `Message-ID` that we wrote, with or without its brackets.
pub(super) fn our_id(text: &str) -> Option<MessageId> {
    let id = text.trim().trim_start_matches('<');
    id.split('@').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use kernel::MessageId;

    use super::{detail, identifier, our_id, web_url, written};

    #[test]
    fn our_own_identifier_is_found_in_a_message_id() {
        let id = MessageId::generate();
        for text in [
            id.to_string(),
            format!("<{id}@mail.example>"),
            format!(" {id}@mail.example"),
        ] {
            assert_eq!(our_id(&text), Some(id), "{text}");
        }
        for text in ["", "<>", "<14c5d75ce93.dfd.64b469@ismtpd-555>", "con_0"] {
            assert_eq!(our_id(text), None, "{text}");
        }
    }

    #[test]
    fn strangers_words_are_cleaned_and_cut() {
        assert_eq!(
            detail(" 550 5.1.1\r\nno \u{1b}[31m such user "),
            "550 5.1.1  no  [31m such user"
        );
        assert_eq!(detail(&"ü".repeat(600)).chars().count(), 500);
        assert_eq!(written("a\r\nb\u{7}"), "a\nb");
        assert_eq!(written(&"x".repeat(20_000)).len(), 10_000);
    }

    #[test]
    fn an_identifier_that_cannot_be_stored_is_none() {
        assert_eq!(identifier("SM1").as_deref(), Some("SM1"));
        for bad in ["", "a\nb", "a\0", "x".repeat(256).as_str()] {
            assert_eq!(identifier(bad), None);
        }
    }

    #[test]
    fn only_the_web_is_shown_as_a_link() {
        assert!(web_url("HTTPS://shop.example/?a=b").is_some());
        for bad in [
            "javascript:alert(1)",
            "mailto:a@example.com",
            "https://a.example/ b",
            "",
            "http://a.example/\n",
        ] {
            assert_eq!(web_url(bad), None, "{bad}");
        }
    }
}
