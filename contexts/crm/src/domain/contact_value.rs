//! What the columns that every contact has may hold.

use super::{
    contact::TextField,
    text::{self, InvalidText},
};

/// The most characters of an identifier from another system.
pub const MAX_EXTERNAL_ID: usize = 255;

/// Why a value does not fit its column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidContactValue {
    #[error(transparent)]
    Text(#[from] InvalidText),
    #[error("not a phone number")]
    Phone,
    #[error("not a language tag such as en or pt-BR")]
    Locale,
    #[error("not a time zone such as Europe/Berlin")]
    Timezone,
}

/// Checks and normalises the text of a column. Empty is fine and means that nothing is known.
pub fn parse_text_field(field: TextField, value: &str) -> Result<String, InvalidContactValue> {
    let value = text::single_line(value, most(field))?;
    if value.is_empty() {
        return Ok(value);
    }
    match field {
        TextField::Phone => phone(value),
        TextField::Locale => locale(&value),
        TextField::Timezone => timezone(value),
        _ => Ok(value),
    }
}

/// Checks an identifier of another system; an empty one is none.
pub fn parse_external_id(value: &str) -> Result<Option<String>, InvalidContactValue> {
    let value = text::single_line(value, MAX_EXTERNAL_ID)?;
    Ok((!value.is_empty()).then_some(value))
}

const fn most(field: TextField) -> usize {
    match field {
        TextField::FirstName | TextField::LastName | TextField::City | TextField::Country => 100,
        TextField::Company => 200,
        TextField::Phone => 40,
        TextField::Locale => 35,
        TextField::Timezone => 64,
    }
}

/// Kept as written, since national habits differ; only what cannot be one is refused.
fn phone(value: String) -> Result<String, InvalidContactValue> {
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    let allowed = |c: char| c.is_ascii_digit() || " +-()./extEXT#".contains(c);
    if (3..=20).contains(&digits) && value.chars().all(allowed) {
        Ok(value)
    } else {
        Err(InvalidContactValue::Phone)
    }
}

/// The form of BCP 47, with `_` accepted for `-` as POSIX and Mautic write it.
fn locale(value: &str) -> Result<String, InvalidContactValue> {
    let value = value.replace('_', "-");
    let mut parts = value.split('-');
    let language = parts.next().unwrap_or_default();
    let fine = (2..=3).contains(&language.len())
        && language.bytes().all(|b| b.is_ascii_alphabetic())
        && parts.all(|part| (2..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()));
    if fine {
        Ok(value)
    } else {
        Err(InvalidContactValue::Locale)
    }
}

fn timezone(value: String) -> Result<String, InvalidContactValue> {
    // A look-up in the zones that this program will compute with, in their own spelling.
    match jiff::tz::TimeZone::get(&value) {
        Ok(zone) => Ok(zone.iana_name().map_or(value, str::to_owned)),
        Err(_) => Err(InvalidContactValue::Timezone),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_kept_as_people_write_them() {
        for (field, given, kept) in [
            (TextField::FirstName, " Ann  Marie ", "Ann Marie"),
            (
                TextField::Phone,
                "+49 (30) 123-456 ext 7",
                "+49 (30) 123-456 ext 7",
            ),
            (TextField::Locale, "pt_BR", "pt-BR"),
            (TextField::Locale, "zh-Hant-TW", "zh-Hant-TW"),
            (TextField::Timezone, "europe/berlin", "Europe/Berlin"),
            (TextField::Country, "", ""),
            (TextField::Company, "=HYPERLINK(\"x\")", "=HYPERLINK(\"x\")"),
        ] {
            assert_eq!(parse_text_field(field, given), Ok(kept.to_owned()), "{given}");
        }
        assert_eq!(parse_external_id(" 42 "), Ok(Some("42".to_owned())));
        assert_eq!(parse_external_id(" "), Ok(None));
    }

    #[test]
    fn what_cannot_be_one_is_refused() {
        for (field, given, why) in [
            (TextField::Phone, "call me", InvalidContactValue::Phone),
            (TextField::Phone, "12", InvalidContactValue::Phone),
            (TextField::Locale, "German!", InvalidContactValue::Locale),
            (TextField::Timezone, "Europe/Bonn", InvalidContactValue::Timezone),
            (
                TextField::City,
                "a\u{7}b",
                InvalidContactValue::Text(InvalidText::ControlCharacter),
            ),
        ] {
            assert_eq!(parse_text_field(field, given), Err(why), "{given}");
        }
        assert!(parse_text_field(TextField::City, &"x".repeat(101)).is_err());
    }
}
