//! One call of a tracking library, in the words of Segment's HTTP API.

use jiff::SignedDuration;
use kernel::{ContactId, EmailAddress, Timestamp};
use serde_json::{Map, Value};

use super::context::Context;
use crate::domain::{contact_value::parse_external_id, text, timeline::EventName};

/// What kind of call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    Identify,
    Track,
    Page,
    Screen,
    Group,
    Alias,
}

impl Kind {
    pub const ALL: [Kind; 6] = [
        Kind::Identify,
        Kind::Track,
        Kind::Page,
        Kind::Screen,
        Kind::Group,
        Kind::Alias,
    ];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Kind::Identify => "identify",
            Kind::Track => "track",
            Kind::Page => "page",
            Kind::Screen => "screen",
            Kind::Group => "group",
            Kind::Alias => "alias",
        }
    }

    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// What a page view is called in the event stream.
pub const PAGE_VIEW: &str = "page_view";
/// What the view of an app's screen is called.
pub const SCREEN_VIEW: &str = "screen_view";

/// Why a call is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reject {
    NotJson,
    NotAnObject,
    TooLarge,
    UnknownType,
    MissingIdentity,
    InvalidIdentity,
    MissingName,
    InvalidName,
    ReservedName,
    MissingGroup,
    MissingPrevious,
    Bot,
    UnknownContact,
    SourceDisabled,
    OriginNotAllowed,
}

impl Reject {
    /// The word in answers and in the debugger.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Reject::NotJson => "not_json",
            Reject::NotAnObject => "not_an_object",
            Reject::TooLarge => "event_too_large",
            Reject::UnknownType => "unknown_type",
            Reject::MissingIdentity => "missing_identity",
            Reject::InvalidIdentity => "invalid_identity",
            Reject::MissingName => "missing_event_name",
            Reject::InvalidName => "invalid_event_name",
            Reject::ReservedName => "reserved_event_name",
            Reject::MissingGroup => "missing_group_id",
            Reject::MissingPrevious => "missing_previous_id",
            Reject::Bot => "bot",
            Reject::UnknownContact => "unknown_contact",
            Reject::SourceDisabled => "source_disabled",
            Reject::OriginNotAllowed => "origin_not_allowed",
        }
    }
}

/// Whom a call is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// Named by us.
    pub contact: Option<ContactId>,
    /// `userId`: what the sender's own system calls them.
    pub user_id: Option<String>,
    /// `anonymousId`: what a browser or an installation is called.
    pub anonymous_id: Option<String>,
    /// An address that the call says is theirs.
    pub email: Option<EmailAddress>,
    /// `alias`: what they were called before.
    pub previous_id: Option<String>,
}

/// One call, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    pub kind: Kind,
    /// What tells it from others when it is sent again.
    pub message_id: Option<String>,
    pub identity: Identity,
    pub group_id: Option<String>,
    /// What it is called in the event stream; empty when it leaves nothing there.
    pub name: String,
    pub properties: Map<String, Value>,
    pub traits: Map<String, Value>,
    pub context: Context,
    /// When it happened, by our clock.
    pub at: Timestamp,
    /// What was put right: words for the debugger.
    pub remarks: Vec<String>,
}

/// The longest name of an event.
pub const MAX_NAME: usize = 200;

/// What all messages of a request have in common.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// What the path says it is; of a batch each says it itself.
    pub kind: Option<Kind>,
    /// When the sender's clock showed the request being sent.
    pub sent_at: Option<&'a str>,
    /// The context of the whole batch.
    pub context: Option<&'a Map<String, Value>>,
    /// The browser's own name, from the header.
    pub user_agent: Option<&'a str>,
    /// Whether programs among the senders are bots: only where browsers are expected.
    pub from_browsers: bool,
    pub received_at: Timestamp,
}

/// Reads one call.
pub fn read(mut members: Map<String, Value>, frame: Frame<'_>) -> Result<Message, Reject> {
    let kind = frame.kind.map_or_else(|| kind(&members), Ok)?;
    let mut remarks = Vec::new();
    let mut identity = Identity {
        user_id: identifier(members.remove("userId"))?,
        anonymous_id: identifier(members.remove("anonymousId"))?,
        ..Identity::default()
    };
    if kind == Kind::Alias {
        identity.previous_id = identifier(members.remove("previousId"))?;
        if identity.previous_id.is_none() {
            return Err(Reject::MissingPrevious);
        }
    }
    let group_id = identifier(members.remove("groupId"))?;
    if kind == Kind::Group && group_id.is_none() {
        return Err(Reject::MissingGroup);
    }
    let traits = object(members.remove("traits"), "traits", &mut remarks);
    if kind == Kind::Identify {
        identity.email = email(&traits, &mut remarks);
    }
    if identity.user_id.is_none() && identity.anonymous_id.is_none() {
        return Err(Reject::MissingIdentity);
    }
    let mut properties = object(members.remove("properties"), "properties", &mut remarks);
    let name = name(kind, &mut members, &mut properties)?;
    let context = Context::read(
        object(members.remove("context"), "context", &mut remarks),
        frame.context,
        frame.user_agent,
        frame.from_browsers,
    );
    // A program that calls itself one and is nobody we know would only fill the list with strangers.
    if context.bot && identity.user_id.is_none() && identity.email.is_none() {
        return Err(Reject::Bot);
    }
    let at = happened_at(&members, frame, &mut remarks);
    Ok(Message {
        kind,
        message_id: text_of(members.remove("messageId")).filter(|id| !id.is_empty()),
        identity,
        group_id,
        name,
        properties,
        traits,
        context,
        at,
        remarks,
    })
}

fn kind(members: &Map<String, Value>) -> Result<Kind, Reject> {
    let word = members.get("type").and_then(Value::as_str);
    word.and_then(Kind::parse).ok_or(Reject::UnknownType)
}

/// Identifiers are texts; numbers are taken as people write them.
fn identifier(value: Option<Value>) -> Result<Option<String>, Reject> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(value @ (Value::String(_) | Value::Number(_))) => {
            parse_external_id(&text_of(Some(value)).unwrap_or_default()).map_err(|_| Reject::InvalidIdentity)
        }
        Some(_) => Err(Reject::InvalidIdentity),
    }
}

fn text_of(value: Option<Value>) -> Option<String> {
    match value {
        Some(Value::String(text)) => Some(text),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    }
}

fn object(value: Option<Value>, name: &str, remarks: &mut Vec<String>) -> Map<String, Value> {
    match value {
        Some(Value::Object(members)) => members,
        None | Some(Value::Null) => Map::new(),
        Some(_) => {
            remarks.push(format!("{name}: not_an_object"));
            Map::new()
        }
    }
}

fn email(traits: &Map<String, Value>, remarks: &mut Vec<String>) -> Option<EmailAddress> {
    let text = traits.get("email").and_then(Value::as_str)?.trim();
    if text.is_empty() {
        return None;
    }
    let email = EmailAddress::parse(text).ok();
    if email.is_none() {
        remarks.push("traits.email: invalid_email".to_owned());
    }
    email
}

/// What the event is called, and for views what page or screen they are of.
fn name(
    kind: Kind,
    members: &mut Map<String, Value>,
    properties: &mut Map<String, Value>,
) -> Result<String, Reject> {
    match kind {
        Kind::Track => event_name(&text_of(members.remove("event")).unwrap_or_default()),
        Kind::Page | Kind::Screen => {
            for key in ["name", "category"] {
                if let Some(value @ Value::String(_)) = members.remove(key) {
                    properties.entry(key).or_insert(value);
                }
            }
            let view = if kind == Kind::Page {
                PAGE_VIEW
            } else {
                SCREEN_VIEW
            };
            Ok(view.to_owned())
        }
        Kind::Identify | Kind::Group | Kind::Alias => Ok(String::new()),
    }
}

/// Checks what somebody calls an event. Names of what the platform notes itself are not for others:
/// they would count as opens and clicks.
pub fn event_name(given: &str) -> Result<String, Reject> {
    let name = text::single_line(given, MAX_NAME).map_err(|_| Reject::InvalidName)?;
    if name.is_empty() {
        Err(Reject::MissingName)
    } else if EventName::parse(&name).is_some() {
        Err(Reject::ReservedName)
    } else {
        Ok(name)
    }
}

/// The sender's clock may be off: what counts is how long before sending it happened. Nothing has
/// happened after it was received.
fn happened_at(members: &Map<String, Value>, frame: Frame<'_>, remarks: &mut Vec<String>) -> Timestamp {
    let said = members
        .get("originalTimestamp")
        .or_else(|| members.get("timestamp"));
    let Some(said) = said.filter(|value| !value.is_null()) else {
        return frame.received_at;
    };
    let Some(original) = instant(said) else {
        remarks.push("timestamp: invalid_timestamp".to_owned());
        return frame.received_at;
    };
    let sent = members.get("sentAt").and_then(instant);
    let sent = sent.or_else(|| frame.sent_at.and_then(|text| text.parse().ok()));
    corrected(original, sent, frame.received_at)
}

/// `receivedAt - (sentAt - originalTimestamp)`.
#[must_use]
pub fn corrected(original: Timestamp, sent: Option<Timestamp>, received: Timestamp) -> Timestamp {
    let before_sending = sent.map_or(SignedDuration::ZERO, |sent| sent.duration_since(original));
    let at = match sent {
        Some(_) => received.checked_sub(before_sending).unwrap_or(received),
        None => original,
    };
    at.min(received)
}

/// RFC 3339, or seconds or milliseconds since 1970.
fn instant(value: &Value) -> Option<Timestamp> {
    match value {
        Value::String(text) => text.parse().ok(),
        Value::Number(number) => {
            let number = number.as_i64()?;
            let milliseconds = if number.abs() < 100_000_000_000 {
                number.checked_mul(1000)?
            } else {
                number
            };
            Timestamp::from_millisecond(milliseconds).ok()
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a timestamp")
    }

    fn frame() -> Frame<'static> {
        Frame {
            kind: None,
            sent_at: None,
            context: None,
            user_agent: None,
            from_browsers: false,
            received_at: at("2026-03-01T12:00:00Z"),
        }
    }

    fn given(value: Value) -> Result<Message, Reject> {
        let Value::Object(members) = value else {
            panic!("an object")
        };
        read(members, frame())
    }

    #[test]
    fn each_kind_of_call_is_read() {
        let track = given(json!({"type": "track", "event": "Order Completed", "userId": 7,
            "properties": {"total": 9.5}, "messageId": "m1"}))
        .expect("valid");
        assert_eq!(track.name, "Order Completed");
        assert_eq!(track.identity.user_id.as_deref(), Some("7"));
        assert_eq!(track.message_id.as_deref(), Some("m1"));
        let page = given(json!({"type": "page", "anonymousId": "a", "name": "Home", "properties": {"url": "https://x.example/"}}))
            .expect("valid");
        assert_eq!(page.name, PAGE_VIEW);
        assert_eq!(page.properties["name"], "Home");
        let identify =
            given(json!({"type": "identify", "userId": "u", "traits": {"email": "Ann@Example.com"}}))
                .expect("valid");
        assert_eq!(
            identify.identity.email.map(|e| e.into_string()).as_deref(),
            Some("ann@example.com")
        );
        assert_eq!(identify.name, "");
    }

    #[test]
    fn what_cannot_be_taken_says_why() {
        for (value, why) in [
            (json!({"type": "track", "event": "x"}), Reject::MissingIdentity),
            (json!({"type": "track", "userId": "u"}), Reject::MissingName),
            (
                json!({"type": "track", "userId": "u", "event": "email_opened"}),
                Reject::ReservedName,
            ),
            (
                json!({"type": "track", "userId": "u", "event": "x".repeat(201)}),
                Reject::InvalidName,
            ),
            (json!({"type": "dance", "userId": "u"}), Reject::UnknownType),
            (json!({"userId": "u"}), Reject::UnknownType),
            (json!({"type": "group", "userId": "u"}), Reject::MissingGroup),
            (json!({"type": "alias", "userId": "u"}), Reject::MissingPrevious),
            (
                json!({"type": "track", "userId": {"a": 1}, "event": "x"}),
                Reject::InvalidIdentity,
            ),
            (
                json!({"type": "track", "userId": "x".repeat(300), "event": "x"}),
                Reject::InvalidIdentity,
            ),
        ] {
            assert_eq!(given(value.clone()), Err(why), "{value}");
        }
    }

    #[test]
    fn a_clock_that_is_off_is_corrected() {
        // The sender's clock is a day ahead; it happened ten seconds before it was sent.
        let message = given(json!({"type": "track", "event": "x", "userId": "u",
            "timestamp": "2026-03-02T11:59:50Z", "sentAt": "2026-03-02T12:00:00Z"}))
        .expect("valid");
        assert_eq!(message.at, at("2026-03-01T11:59:50Z"));
        // History keeps its time.
        let old = given(json!({"type": "track", "event": "x", "userId": "u",
            "timestamp": "2020-01-01T00:00:00Z", "sentAt": "2026-03-01T12:00:00Z"}))
        .expect("valid");
        assert_eq!(old.at, at("2020-01-01T00:00:00Z"));
        let future =
            given(json!({"type": "track", "event": "x", "userId": "u", "timestamp": "2030-01-01T00:00:00Z"}))
                .expect("valid");
        assert_eq!(future.at, at("2026-03-01T12:00:00Z"));
        let odd = given(json!({"type": "track", "event": "x", "userId": "u", "timestamp": "yesterday"}))
            .expect("valid");
        assert_eq!((odd.at, odd.remarks.len()), (at("2026-03-01T12:00:00Z"), 1));
    }
}
