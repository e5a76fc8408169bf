//! The body of a request: one call, or a batch of them, with what belongs to the whole.

use serde::Deserialize;
use serde_json::{Map, Value, value::RawValue};

use super::message::{Frame, Kind, Message, Reject, read};

/// The largest single call.
pub const MAX_EVENT: usize = 32 * 1024;
/// The largest body, after it was unpacked.
pub const MAX_BODY: usize = 500 * 1024;
/// The most calls of a batch.
pub const MAX_EVENTS: usize = 2_500;

/// Why a body as a whole cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadBody {
    NotJson,
    NoBatch,
    TooManyEvents,
}

/// A body, before anything of it is checked.
#[derive(Debug)]
pub struct Body<'a> {
    /// In the body, where no header can be set.
    pub write_key: Option<String>,
    pub sent_at: Option<String>,
    pub context: Option<Map<String, Value>>,
    pub items: Vec<&'a str>,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(rename = "writeKey")]
    write_key: Option<Value>,
    #[serde(rename = "sentAt")]
    sent_at: Option<Value>,
    context: Option<Value>,
    #[serde(borrow)]
    batch: Option<Vec<&'a RawValue>>,
}

/// Reads a body that holds a batch.
pub fn batch(text: &str) -> Result<Body<'_>, BadBody> {
    let envelope: Envelope<'_> = serde_json::from_str(text).map_err(|_| BadBody::NotJson)?;
    let items = envelope.batch.ok_or(BadBody::NoBatch)?;
    if items.len() > MAX_EVENTS {
        return Err(BadBody::TooManyEvents);
    }
    Ok(Body {
        write_key: string(envelope.write_key),
        sent_at: string(envelope.sent_at),
        context: match envelope.context {
            Some(Value::Object(members)) => Some(members),
            _ => None,
        },
        items: items.into_iter().map(RawValue::get).collect(),
    })
}

fn string(value: Option<Value>) -> Option<String> {
    match value {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}

/// Reads a body that is one call.
pub fn single(text: &str) -> Result<Body<'_>, BadBody> {
    #[derive(Deserialize)]
    struct Key {
        #[serde(rename = "writeKey")]
        write_key: Option<Value>,
    }
    let Key { write_key } = serde_json::from_str(text).map_err(|_| BadBody::NotJson)?;
    Ok(Body {
        write_key: string(write_key),
        sent_at: None,
        context: None,
        items: vec![text],
    })
}

/// Reads one call out of its text. Also says what it is of, when it is refused.
pub fn item(text: &str, frame: Frame<'_>) -> Result<Message, Rejected> {
    let refuse = |reason, members: Option<&Map<String, Value>>| Rejected {
        reason,
        kind: frame
            .kind
            .map_or_else(|| word(members, "type"), |kind| kind.as_str().to_owned()),
        name: word(members, "event"),
    };
    if text.len() > MAX_EVENT {
        return Err(refuse(Reject::TooLarge, None));
    }
    match serde_json::from_str::<Value>(text) {
        Ok(Value::Object(mut members)) => {
            // PostgreSQL's text holds no NUL, and no word means one.
            if text.contains("\\u0000") {
                strip_nul(&mut members);
            }
            let known = (word(Some(&members), "type"), word(Some(&members), "event"));
            read(members, frame).map_err(|reason| Rejected {
                reason,
                kind: frame.kind.map_or(known.0, |kind: Kind| kind.as_str().to_owned()),
                name: known.1,
            })
        }
        Ok(_) => Err(refuse(Reject::NotAnObject, None)),
        Err(_) => Err(refuse(Reject::NotJson, None)),
    }
}

/// A call that is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    pub reason: Reject,
    /// What it says it is; may be empty.
    pub kind: String,
    pub name: String,
}

fn word(members: Option<&Map<String, Value>>, key: &str) -> String {
    let text = members.and_then(|m| m.get(key)).and_then(Value::as_str);
    text.unwrap_or_default()
        .chars()
        .filter(|c| *c != '\0')
        .take(100)
        .collect()
}

/// Takes NUL characters out of all texts.
pub fn strip_nul(members: &mut Map<String, Value>) {
    let taken = std::mem::take(members);
    *members = taken
        .into_iter()
        .map(|(key, mut value)| {
            strip_value(&mut value);
            (key.replace('\0', ""), value)
        })
        .collect();
}

fn strip_value(value: &mut Value) {
    match value {
        Value::String(text) if text.contains('\0') => *text = text.replace('\0', ""),
        Value::Array(items) => items.iter_mut().for_each(strip_value),
        Value::Object(members) => strip_nul(members),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame() -> Frame<'static> {
        Frame {
            kind: None,
            sent_at: None,
            context: None,
            user_agent: None,
            from_browsers: false,
            received_at: "2026-03-01T12:00:00Z".parse().expect("a timestamp"),
        }
    }

    #[test]
    fn one_bad_call_does_not_spoil_the_batch() {
        let text = r#"{"writeKey":"wk","sentAt":"2026-03-01T12:00:00Z","batch":[
            {"type":"track","event":"a","userId":"u"}, 7, {"type":"track","userId":"u"}]}"#;
        let body = batch(text).expect("a batch");
        assert_eq!(body.write_key.as_deref(), Some("wk"));
        let read: Vec<_> = body
            .items
            .iter()
            .map(|text| item(text, frame()).map_err(|e| e.reason))
            .collect();
        assert!(read[0].is_ok());
        assert_eq!(read[1], Err(Reject::NotAnObject));
        assert_eq!(read[2], Err(Reject::MissingName));
    }

    #[test]
    fn bodies_that_are_none_are_told_apart() {
        assert_eq!(batch("{").err(), Some(BadBody::NotJson));
        assert_eq!(batch("{}").err(), Some(BadBody::NoBatch));
        let many = format!("{{\"batch\":[{}]}}", vec!["{}"; MAX_EVENTS + 1].join(","));
        assert_eq!(batch(&many).err(), Some(BadBody::TooManyEvents));
    }

    #[test]
    fn large_calls_and_nul_characters_are_dealt_with() {
        let large = format!(
            r#"{{"type":"track","event":"a","userId":"u","properties":{{"x":"{}"}}}}"#,
            "x".repeat(MAX_EVENT)
        );
        assert_eq!(item(&large, frame()).map_err(|e| e.reason), Err(Reject::TooLarge));
        let nul = item(
            r#"{"type":"track","event":"a\u0000b","userId":"u","properties":{"x\u0000":["\u0000y"]}}"#,
            frame(),
        )
        .expect("valid");
        assert_eq!(nul.name, "ab");
        assert_eq!(nul.properties["x"][0], "y");
    }
}
