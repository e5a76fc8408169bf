//! Values of custom fields: text and JSON on one side, typed JSON as it is stored on the other.

use jiff::civil::{Date, DateTime, Time};
use kernel::EmailAddress;
use serde_json::{Number, Value};

use super::{
    contact::TextField,
    contact_value::{self, parse_text_field},
    field::FieldType,
    places,
    text::{self, InvalidText},
};

/// The most characters of a text.
pub const MAX_TEXT: usize = 10_000;
/// The most characters of a text with markup.
const MAX_HTML: usize = 100_000;
const MAX_LINE: usize = 1_000;
const MAX_REGION: usize = 100;
const MAX_URL: usize = 2048;
const MAX_VALUES: usize = 200;

/// Why a value does not fit its field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidValue {
    #[error(transparent)]
    Text(#[from] InvalidText),
    #[error("not a number such as 12.5")]
    Number,
    #[error("not yes or no")]
    Boolean,
    #[error("not a date such as 2026-05-31")]
    Date,
    #[error("not a date and time such as 2026-05-31T12:30:00Z")]
    Datetime,
    #[error("not one of the options")]
    Option,
    #[error("too many values")]
    TooMany,
    #[error("not a web address")]
    Url,
    #[error("not a phone number")]
    Phone,
    #[error("not an e-mail address")]
    Email,
    #[error("not a time such as 14:30")]
    Time,
    #[error("not a country")]
    Country,
    #[error("not a state or province")]
    Region,
    #[error("not a language tag such as en or pt-BR")]
    Locale,
    #[error("not a time zone such as Europe/Berlin")]
    Timezone,
    #[error("this kind of value does not fit")]
    Kind,
}

/// How dates such as 03/04/2026 are meant. Dates with the year first or with points need no telling.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateOrder {
    #[default]
    DayFirst,
    MonthFirst,
}

/// What a value is checked against.
#[derive(Clone, Copy, Debug)]
pub struct ValueRule<'a> {
    pub kind: FieldType,
    pub options: &'a [String],
    pub dates: DateOrder,
    /// The most characters, where the field says less than its type does.
    pub max_length: Option<usize>,
}

impl<'a> ValueRule<'a> {
    /// With nothing but a type and its options.
    #[must_use]
    pub const fn of(kind: FieldType, options: &'a [String]) -> Self {
        Self {
            kind,
            options,
            dates: DateOrder::DayFirst,
            max_length: None,
        }
    }

    /// Read with dates of this order.
    #[must_use]
    pub const fn with_dates(self, dates: DateOrder) -> Self {
        Self { dates, ..self }
    }
}

/// Turns what a person typed or a file holds into the stored value. Empty text is no value.
pub fn parse_text(rule: ValueRule<'_>, given: &str) -> Result<Option<Value>, InvalidValue> {
    let given = given.trim();
    if given.is_empty() {
        return Ok(None);
    }
    if rule
        .max_length
        .is_some_and(|most| rule.kind.has_length() && given.chars().count() > most)
    {
        return Err(InvalidText::TooLong {
            most: rule.max_length.unwrap_or_default(),
        }
        .into());
    }
    let value = match rule.kind {
        FieldType::Text | FieldType::Textarea => Value::String(text::multi_line(given, MAX_TEXT)?),
        FieldType::Html => Value::String(text::multi_line(given, MAX_HTML)?),
        FieldType::Lookup => Value::String(suggested(rule.options, given)?),
        FieldType::Number => Value::Number(number(given)?),
        FieldType::Boolean => Value::Bool(boolean(given).ok_or(InvalidValue::Boolean)?),
        FieldType::Date => Value::String(date(given, rule.dates)?.to_string()),
        FieldType::Datetime => Value::String(datetime(given, rule.dates)?.to_string()),
        FieldType::Time => Value::String(time(given)?),
        FieldType::Select => Value::String(option(rule.options, given)?),
        FieldType::Multiselect => return many(rule.options, split(rule.options, given)),
        FieldType::Url => Value::String(url(given)?),
        FieldType::Phone => Value::String(checked(TextField::Phone, given, InvalidValue::Phone)?),
        FieldType::Email => Value::String(email(given)?),
        FieldType::Country => Value::String(places::country(given).ok_or(InvalidValue::Country)?.to_owned()),
        FieldType::Region => Value::String(region(given)?),
        FieldType::Locale => Value::String(checked(TextField::Locale, given, InvalidValue::Locale)?),
        FieldType::Timezone => Value::String(checked(TextField::Timezone, given, InvalidValue::Timezone)?),
    };
    Ok(Some(value))
}

/// Turns a member of a JSON document into the stored value. `null` is no value.
pub fn parse_json(rule: ValueRule<'_>, given: &Value) -> Result<Option<Value>, InvalidValue> {
    match (rule.kind, given) {
        (_, Value::Null) => Ok(None),
        (FieldType::Number, Value::Number(_)) | (FieldType::Boolean, Value::Bool(_)) => {
            Ok(Some(given.clone()))
        }
        (FieldType::Multiselect, Value::Array(items)) => {
            let texts: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
            many(rule.options, texts.ok_or(InvalidValue::Kind)?)
        }
        (_, Value::String(text)) => parse_text(rule, text),
        (FieldType::Text | FieldType::Textarea | FieldType::Lookup, Value::Number(_) | Value::Bool(_)) => {
            parse_text(rule, &given.to_string())
        }
        _ => Err(InvalidValue::Kind),
    }
}

/// The text that [`parse_text`] turns back into the value.
#[must_use]
pub fn to_text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(to_text).collect::<Vec<_>>().join("|"),
        other => other.to_string(),
    }
}

/// The words for yes and no that files use.
#[must_use]
pub fn boolean(given: &str) -> Option<bool> {
    const YES: [&str; 6] = ["true", "yes", "1", "on", "y", "t"];
    const NO: [&str; 6] = ["false", "no", "0", "off", "n", "f"];
    let is = |word: &&str| given.eq_ignore_ascii_case(word);
    if YES.iter().any(is) {
        Some(true)
    } else if NO.iter().any(is) {
        Some(false)
    } else {
        None
    }
}

/// Digits, a sign and one point. `1,5` and `1.234,5` are refused rather than guessed.
fn number(given: &str) -> Result<Number, InvalidValue> {
    let plain = given.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b))
        && given.bytes().any(|b| b.is_ascii_digit());
    if !plain {
        return Err(InvalidValue::Number);
    }
    if let Ok(whole) = given.parse::<i64>() {
        return Ok(whole.into());
    }
    let real: f64 = given.parse().map_err(|_| InvalidValue::Number)?;
    Number::from_f64(real).ok_or(InvalidValue::Number)
}

fn date(given: &str, order: DateOrder) -> Result<Date, InvalidValue> {
    // A date and time is cut to its date.
    let day = given.split_once(['T', ' ']).map_or(given, |(day, _)| day);
    civil_date(day, order).ok_or(InvalidValue::Date)
}

fn civil_date(day: &str, order: DateOrder) -> Option<Date> {
    let separator = ['-', '/', '.'].into_iter().find(|s| day.contains(*s))?;
    let mut parts = day.split(separator);
    let (first, second, third) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let (year, month, day) = if first.len() == 4 {
        (first, second, third)
    } else if separator == '.' || order == DateOrder::DayFirst {
        (third, second, first)
    } else {
        (third, first, second)
    };
    if year.len() != 4 || !(1..=2).contains(&month.len()) || !(1..=2).contains(&day.len()) {
        return None;
    }
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

/// With an offset, or in UTC when there is none.
pub fn datetime(given: &str, order: DateOrder) -> Result<jiff::Timestamp, InvalidValue> {
    if let Ok(instant) = given.parse::<jiff::Timestamp>() {
        return Ok(instant);
    }
    // As PostgreSQL writes it: 2024-01-02 03:04:05.678+00
    let padded = given.split_once(' ').and_then(|(_, time)| {
        let offset = time.rfind(['+', '-'])?;
        (time.len() - offset == 3).then(|| format!("{given}:00"))
    });
    if let Some(Ok(instant)) = padded.map(|text| text.parse::<jiff::Timestamp>()) {
        return Ok(instant);
    }
    let (day, time) = given.split_once(['T', ' ']).unwrap_or((given, "00:00"));
    let day = civil_date(day, order).ok_or(InvalidValue::Datetime)?;
    let time: jiff::civil::Time = time.trim().parse().map_err(|_| InvalidValue::Datetime)?;
    DateTime::from_parts(day, time)
        .to_zoned(jiff::tz::TimeZone::UTC)
        .map(|zoned| zoned.timestamp())
        .map_err(|_| InvalidValue::Datetime)
}

/// The option in its own spelling.
fn option(options: &[String], given: &str) -> Result<String, InvalidValue> {
    let exact = options.iter().find(|option| *option == given);
    let found = exact.or_else(|| {
        options
            .iter()
            .find(|option| option.to_lowercase() == given.to_lowercase())
    });
    found.cloned().ok_or(InvalidValue::Option)
}

/// Several values in one text: separated by `|` as Mautic does, else by `;`, else by commas. An
/// option that itself holds a comma is recognised when it stands alone.
fn split<'a>(options: &[String], given: &'a str) -> Vec<&'a str> {
    let separator = ['|', ';', ','].into_iter().find(|s| given.contains(*s));
    match separator {
        Some(separator) if option(options, given).is_err() => given.split(separator).collect(),
        _ => vec![given],
    }
}

fn many(options: &[String], given: Vec<&str>) -> Result<Option<Value>, InvalidValue> {
    let mut values: Vec<Value> = Vec::new();
    for text in given.into_iter().map(str::trim).filter(|text| !text.is_empty()) {
        let value = Value::String(match options {
            [] => text::single_line(text, 200)?.replace('|', "/"),
            _ => option(options, text)?,
        });
        if !values.contains(&value) {
            values.push(value);
        }
        if values.len() > MAX_VALUES {
            return Err(InvalidValue::TooMany);
        }
    }
    Ok((!values.is_empty()).then_some(Value::Array(values)))
}

fn url(given: &str) -> Result<String, InvalidValue> {
    let with_scheme = if given.contains("://") {
        given.to_owned()
    } else {
        format!("https://{given}")
    };
    let rest = with_scheme
        .strip_prefix("https://")
        .or_else(|| with_scheme.strip_prefix("http://"))
        .ok_or(InvalidValue::Url)?;
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let fine = with_scheme.len() <= MAX_URL
        && (host.contains('.') || host.starts_with("localhost"))
        && !with_scheme
            .chars()
            .any(|c| c.is_whitespace() || c.is_control() || "\"<>\\^`{|}".contains(c));
    if fine {
        Ok(with_scheme)
    } else {
        Err(InvalidValue::Url)
    }
}

/// As the column of contacts of the same kind is checked.
fn checked(like: TextField, given: &str, problem: InvalidValue) -> Result<String, InvalidValue> {
    parse_text_field(like, given).map_err(|error| match error {
        contact_value::InvalidContactValue::Text(InvalidText::ControlCharacter) => {
            InvalidText::ControlCharacter.into()
        }
        _ => problem,
    })
}

fn email(given: &str) -> Result<String, InvalidValue> {
    let address = EmailAddress::parse(given).map_err(|_| InvalidValue::Email)?;
    Ok(address.into_string())
}

/// With the seconds, so that texts sort as times do.
fn time(given: &str) -> Result<String, InvalidValue> {
    let (clock, half) = match given.to_ascii_lowercase() {
        text if text.ends_with("am") || text.ends_with("pm") => {
            let (clock, half) = text.split_at(text.len() - 2);
            (clock.trim().to_owned(), Some(half == "pm"))
        }
        text => (text, None),
    };
    let mut parts = clock.split(':').map(|part| match part.len() {
        1 | 2 => part.parse::<i8>().map_err(|_| InvalidValue::Time),
        _ => Err(InvalidValue::Time),
    });
    let hour = parts.next().ok_or(InvalidValue::Time)??;
    let minute = match (parts.next(), half) {
        (Some(minute), _) => minute?,
        // `3 pm`, but not `3`.
        (None, Some(_)) => 0,
        (None, None) => return Err(InvalidValue::Time),
    };
    let second = parts.next().transpose()?.unwrap_or(0);
    let hour = match half {
        None => hour,
        Some(_) if !(1..=12).contains(&hour) => return Err(InvalidValue::Time),
        Some(afternoon) => hour % 12 + if afternoon { 12 } else { 0 },
    };
    if parts.next().is_some() {
        return Err(InvalidValue::Time);
    }
    let time = Time::new(hour, minute, second, 0).map_err(|_| InvalidValue::Time)?;
    Ok(time.to_string())
}

/// The suggestion in its own spelling, or what was given.
fn suggested(options: &[String], given: &str) -> Result<String, InvalidValue> {
    match option(options, given) {
        Ok(known) => Ok(known),
        Err(_) => Ok(text::single_line(given, MAX_LINE)?),
    }
}

fn region(given: &str) -> Result<String, InvalidValue> {
    if let Some(known) = places::region(given) {
        return Ok(known.to_owned());
    }
    let name = text::single_line(given, MAX_REGION)?;
    if name.chars().any(char::is_alphabetic) {
        Ok(name)
    } else {
        Err(InvalidValue::Region)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(kind: FieldType, given: &str) -> Result<Option<Value>, InvalidValue> {
        parse_text(ValueRule::of(kind, &[]), given)
    }

    #[test]
    fn each_type_reads_what_files_hold() {
        for (kind, given, stored) in [
            (FieldType::Text, " a\r\nb ", json!("a\nb")),
            (FieldType::Text, "=SUM(A1:A9)", json!("=SUM(A1:A9)")),
            (FieldType::Number, "42", json!(42)),
            (FieldType::Number, "-3.50", json!(-3.5)),
            (FieldType::Number, "1e3", json!(1000.0)),
            (FieldType::Boolean, "YES", json!(true)),
            (FieldType::Boolean, "0", json!(false)),
            (FieldType::Date, "2026-05-31", json!("2026-05-31")),
            (FieldType::Date, "2026-05-31 10:11:12", json!("2026-05-31")),
            (FieldType::Date, "31.5.2026", json!("2026-05-31")),
            (FieldType::Date, "03/04/2026", json!("2026-04-03")),
            (
                FieldType::Datetime,
                "2026-05-31T10:11:12+02:00",
                json!("2026-05-31T08:11:12Z"),
            ),
            (
                FieldType::Datetime,
                "2026-05-31 10:11:12",
                json!("2026-05-31T10:11:12Z"),
            ),
            (
                FieldType::Datetime,
                "2026-05-31 10:11:12.5+00",
                json!("2026-05-31T10:11:12.5Z"),
            ),
            (FieldType::Datetime, "2026-05-31", json!("2026-05-31T00:00:00Z")),
            (FieldType::Multiselect, "a|b|a", json!(["a", "b"])),
            (FieldType::Multiselect, "a, b", json!(["a", "b"])),
            (FieldType::Url, "example.com/x", json!("https://example.com/x")),
            (FieldType::Url, "http://example.com", json!("http://example.com")),
            (FieldType::Phone, "+49 30 123", json!("+49 30 123")),
            (FieldType::Textarea, "a\nb", json!("a\nb")),
            (FieldType::Html, "<p>Hello</p>", json!("<p>Hello</p>")),
            (FieldType::Time, "9:05", json!("09:05:00")),
            (FieldType::Time, "23:59:58", json!("23:59:58")),
            (FieldType::Time, "12:30 AM", json!("00:30:00")),
            (FieldType::Time, "3 pm", json!("15:00:00")),
            (FieldType::Lookup, "Dr.", json!("Dr.")),
            (FieldType::Email, "Ann@Example.com", json!("ann@example.com")),
            (FieldType::Country, "de", json!("Germany")),
            (FieldType::Country, "switzerland", json!("Switzerland")),
            (FieldType::Region, "us-ca", json!("California")),
            (FieldType::Region, "Bavaria", json!("Bavaria")),
            (FieldType::Locale, "pt_BR", json!("pt-BR")),
            (FieldType::Timezone, "europe/berlin", json!("Europe/Berlin")),
        ] {
            assert_eq!(read(kind, given), Ok(Some(stored)), "{given}");
        }
    }

    #[test]
    fn what_could_mean_something_else_is_refused() {
        for (kind, given, why) in [
            (FieldType::Number, "1,5", InvalidValue::Number),
            (FieldType::Number, "1.234,5", InvalidValue::Number),
            (FieldType::Number, "NaN", InvalidValue::Number),
            (FieldType::Number, "1e999", InvalidValue::Number),
            (FieldType::Number, "12 kg", InvalidValue::Number),
            (FieldType::Boolean, "maybe", InvalidValue::Boolean),
            (FieldType::Date, "2026-02-30", InvalidValue::Date),
            (FieldType::Date, "31/12", InvalidValue::Date),
            (FieldType::Date, "12/31/26", InvalidValue::Date),
            (FieldType::Datetime, "yesterday", InvalidValue::Datetime),
            (FieldType::Url, "javascript:alert(1)", InvalidValue::Url),
            (FieldType::Url, "ftp://example.com", InvalidValue::Url),
            (FieldType::Url, "https://a b.example", InvalidValue::Url),
            (FieldType::Phone, "none", InvalidValue::Phone),
            (FieldType::Select, "x", InvalidValue::Option),
            (FieldType::Time, "25:00", InvalidValue::Time),
            (FieldType::Time, "13:00 pm", InvalidValue::Time),
            (FieldType::Time, "noon", InvalidValue::Time),
            (FieldType::Time, "9", InvalidValue::Time),
            (FieldType::Email, "ann", InvalidValue::Email),
            (FieldType::Country, "Atlantis", InvalidValue::Country),
            (FieldType::Region, "123", InvalidValue::Region),
            (FieldType::Locale, "German!", InvalidValue::Locale),
            (FieldType::Timezone, "Europe/Bonn", InvalidValue::Timezone),
        ] {
            assert_eq!(read(kind, given), Err(why), "{given}");
        }
    }

    #[test]
    fn month_first_dates_are_read_when_told_so() {
        let rule = ValueRule::of(FieldType::Date, &[]).with_dates(DateOrder::MonthFirst);
        assert_eq!(parse_text(rule, "03/04/2026"), Ok(Some(json!("2026-03-04"))));
        assert_eq!(
            parse_text(rule, "03.04.2026"),
            Ok(Some(json!("2026-04-03"))),
            "points mean day first"
        );
        assert_eq!(parse_text(rule, "13/04/2026"), Err(InvalidValue::Date));
    }

    #[test]
    fn options_are_found_whatever_their_case_and_kept_in_their_own() {
        let options = ["Free".to_owned(), "Berlin, Germany".to_owned()];
        let select = ValueRule::of(FieldType::Select, &options);
        assert_eq!(parse_text(select, " free "), Ok(Some(json!("Free"))));
        let many = ValueRule {
            kind: FieldType::Multiselect,
            ..select
        };
        assert_eq!(
            parse_text(many, "berlin, germany"),
            Ok(Some(json!(["Berlin, Germany"])))
        );
        assert_eq!(
            parse_text(many, "FREE|Berlin, Germany"),
            Ok(Some(json!(["Free", "Berlin, Germany"])))
        );
        assert_eq!(parse_text(many, "free|gold"), Err(InvalidValue::Option));
    }

    #[test]
    fn a_field_may_take_less_than_its_type() {
        let rule = ValueRule {
            max_length: Some(3),
            ..ValueRule::of(FieldType::Text, &[])
        };
        assert_eq!(parse_text(rule, "äöü"), Ok(Some(json!("äöü"))));
        let why = InvalidValue::Text(InvalidText::TooLong { most: 3 });
        assert_eq!(parse_text(rule, "abcd"), Err(why));
        assert_eq!(parse_json(rule, &json!(12345)), Err(why));
    }

    #[test]
    fn what_is_empty_is_no_value_of_any_type() {
        for kind in FieldType::ALL {
            assert_eq!(read(*kind, "  "), Ok(None), "{kind:?}");
            assert_eq!(
                parse_json(ValueRule::of(*kind, &[]), &Value::Null),
                Ok(None),
                "{kind:?}"
            );
        }
    }

    #[test]
    fn json_values_keep_their_type() {
        let rule = |kind| ValueRule::of(kind, &[]);
        assert_eq!(
            parse_json(rule(FieldType::Number), &json!(1.5)),
            Ok(Some(json!(1.5)))
        );
        assert_eq!(
            parse_json(rule(FieldType::Number), &json!("7")),
            Ok(Some(json!(7)))
        );
        assert_eq!(
            parse_json(rule(FieldType::Number), &json!(true)),
            Err(InvalidValue::Kind)
        );
        assert_eq!(
            parse_json(rule(FieldType::Multiselect), &json!(["a", "b"])),
            Ok(Some(json!(["a", "b"])))
        );
        assert_eq!(
            parse_json(rule(FieldType::Multiselect), &json!([1])),
            Err(InvalidValue::Kind)
        );
        assert_eq!(
            parse_json(rule(FieldType::Text), &json!({"a": 1})),
            Err(InvalidValue::Kind)
        );
        assert_eq!(parse_json(rule(FieldType::Text), &json!(5)), Ok(Some(json!("5"))));
        assert_eq!(parse_json(rule(FieldType::Date), &Value::Null), Ok(None));
    }

    #[test]
    fn what_is_stored_reads_back_from_its_text() {
        for (kind, value) in [
            (FieldType::Number, json!(-2.25)),
            (FieldType::Boolean, json!(true)),
            (FieldType::Multiselect, json!(["a", "b c"])),
            (FieldType::Datetime, json!("2026-05-31T10:11:12.5Z")),
            (FieldType::Date, json!("2026-05-31")),
        ] {
            assert_eq!(read(kind, &to_text(&value)), Ok(Some(value)));
        }
    }
}
