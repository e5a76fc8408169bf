//! Filters that minijinja does not have.

use jiff::{Timestamp, Zoned, civil, fmt::strtime, tz::TimeZone};
use minijinja::value::Value;

/// `{{ contact.email | urlencode }}`: all but the unreserved characters of RFC 3986.
pub fn urlencode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// `{{ contact.bio | truncate(80) }}`: at most that many characters, cut after a word, with `…`.
pub fn truncate(text: &str, length: Option<usize>) -> String {
    let length = length.unwrap_or(255);
    if text.chars().count() <= length {
        return text.to_owned();
    }
    let cut: String = text.chars().take(length.saturating_sub(1)).collect();
    let whole = cut
        .rsplit_once(char::is_whitespace)
        .map_or(cut.as_str(), |(words, _)| words);
    format!("{}…", whole.trim_end())
}

/// `{{ contact.trial_ends | date("%d.%m.%Y") }}`: a date or instant in the words of strftime. What
/// is not a date stays as it is, since a contact's data may be anything.
pub fn date(value: &Value, format: Option<&str>) -> Value {
    let Some(text) = value.as_str() else {
        return value.clone();
    };
    formatted(text, format.unwrap_or("%-d %B %Y")).map_or_else(|| value.clone(), Value::from)
}

fn formatted(text: &str, format: &str) -> Option<String> {
    if let Ok(zoned) = text.parse::<Zoned>() {
        return strtime::format(format, &zoned).ok();
    }
    if let Ok(instant) = text.parse::<Timestamp>() {
        return strtime::format(format, &instant.to_zoned(TimeZone::UTC)).ok();
    }
    if let Ok(moment) = text.parse::<civil::DateTime>() {
        return strtime::format(format, moment).ok();
    }
    let day = text.parse::<civil::Date>().ok()?;
    strtime::format(format, day).ok()
}

#[cfg(test)]
mod tests {
    use minijinja::value::Value;

    use super::{date, truncate, urlencode};

    #[test]
    fn dates_of_every_form_are_written_as_asked() {
        for (given, format, wanted) in [
            ("2026-11-05", None, "5 November 2026"),
            ("2026-11-05T08:30:00Z", Some("%H:%M"), "08:30"),
            ("2026-11-05T08:30:00", Some("%d.%m.%Y"), "05.11.2026"),
            ("soon", None, "soon"),
            ("2026-11-05", Some("%!"), "2026-11-05"),
        ] {
            assert_eq!(
                date(&Value::from(given), format).as_str(),
                Some(wanted),
                "{given}"
            );
        }
        assert_eq!(date(&Value::from(7), None), Value::from(7));
    }

    #[test]
    fn text_is_cut_after_a_word() {
        assert_eq!(truncate("one two three", Some(9)), "one two…");
        assert_eq!(truncate("onetwothree", Some(4)), "one…");
        assert_eq!(truncate("short", Some(9)), "short");
        assert_eq!(truncate("éé", Some(0)), "…");
    }

    #[test]
    fn queries_keep_their_meaning() {
        assert_eq!(urlencode("a+b@c.example/ü"), "a%2Bb%40c.example%2F%C3%BC");
    }
}
