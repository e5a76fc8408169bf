//! Reading from JSON whose fields may be missing, null or of another type than documented, without
//! giving up the rest.

use kernel::Timestamp;
use serde_json::Value;

use super::Refused;

/// The whole body. Deeply nested input is an error too, and never a stack that overflows.
pub(super) fn parse(body: &[u8]) -> Result<Value, Refused> {
    serde_json::from_slice(body).map_err(|_| Refused::NotUnderstood("not JSON"))
}

/// A text that is not empty, at a JSON pointer (RFC 6901).
pub(super) fn text<'v>(value: &'v Value, pointer: &str) -> Option<&'v str> {
    value.pointer(pointer)?.as_str().filter(|text| !text.is_empty())
}

/// The same, of a text or a number: providers are not of one mind what a code is.
pub(super) fn code(value: &Value, pointer: &str) -> Option<String> {
    match value.pointer(pointer)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Whether it is there and `true`.
pub(super) fn is_true(value: &Value, pointer: &str) -> bool {
    value.pointer(pointer).and_then(Value::as_bool) == Some(true)
}

/// A list, empty if there is none.
pub(super) fn list<'v>(value: &'v Value, pointer: &str) -> &'v [Value] {
    value
        .pointer(pointer)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// A time as RFC 3339 writes it.
pub(super) fn time(value: &Value, pointer: &str) -> Option<Timestamp> {
    text(value, pointer)?.parse().ok()
}

/// A time in seconds since 1970, perhaps with a fraction.
pub(super) fn seconds(value: &Value, pointer: &str) -> Option<Timestamp> {
    let number = value.pointer(pointer)?;
    if let Some(whole) = number.as_i64() {
        return Timestamp::from_second(whole).ok();
    }
    let micros = (number.as_f64()? * 1e6).round();
    // The conversion saturates, and what is out of bounds is then no time.
    Timestamp::from_microsecond(micros as i64).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{code, list, parse, seconds, text, time};
    use crate::domain::webhook::Refused;

    #[test]
    fn what_is_missing_or_of_another_type_is_absent() {
        let value = json!({"a": "x", "b": 7, "c": null, "d": "", "e": {"f": ["g"]}});
        assert_eq!(text(&value, "/a"), Some("x"));
        assert_eq!(text(&value, "/b"), None);
        assert_eq!(text(&value, "/d"), None);
        assert_eq!(code(&value, "/b").as_deref(), Some("7"));
        assert_eq!(code(&value, "/c"), None);
        assert_eq!(list(&value, "/e/f").len(), 1);
        assert!(list(&value, "/a").is_empty());
    }

    #[test]
    fn times_are_read_in_the_ways_providers_write_them() {
        let value = json!({
            "rfc": "2019-12-09T21:32:14.148+00:00", "whole": 1_461_095_246,
            "fraction": 1_534_108_637.153_125, "huge": 1e300, "word": "now",
        });
        assert_eq!(
            time(&value, "/rfc").map(|t| t.to_string()).as_deref(),
            Some("2019-12-09T21:32:14.148Z")
        );
        assert_eq!(
            seconds(&value, "/whole").map(|t| t.as_second()),
            Some(1_461_095_246)
        );
        assert_eq!(
            seconds(&value, "/fraction").map(|t| t.as_microsecond()),
            Some(1_534_108_637_153_125)
        );
        assert_eq!(seconds(&value, "/huge"), None);
        assert_eq!(seconds(&value, "/word"), None);
        assert_eq!(time(&value, "/word"), None);
    }

    #[test]
    fn malformed_and_bottomless_bodies_are_errors() {
        for body in ["", "{", "[1,]", "\u{0}", "[".repeat(100_000).as_str()] {
            assert_eq!(parse(body.as_bytes()), Err(Refused::NotUnderstood("not JSON")));
        }
        assert!(parse(b"\"\xff\"").is_err());
    }
}
