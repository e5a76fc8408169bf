use std::{fmt, str::FromStr};

/// A telephone number as ITU-T E.164 writes it: `+`, a country code and the subscriber's number, 7 to
/// 15 digits in all.
///
/// Normalised: people's separators (spaces, dots, hyphens, slashes, brackets) are removed. A number
/// without `+` is refused: which country it belongs to would be a guess, and a text message to a
/// stranger cannot be taken back.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PhoneNumber(String);

/// Why a text is not a [`PhoneNumber`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPhoneNumber {
    /// Nothing there.
    #[error("the number is empty")]
    Empty,
    /// It does not begin with `+`.
    #[error("a number begins with + and the country code")]
    Plus,
    /// Something that is neither a digit nor a separator.
    #[error("the number has a character that is not allowed")]
    Character,
    /// Fewer than 7 or more than 15 digits, or a country code that begins with 0.
    #[error("a number has 7 to 15 digits and its country code does not begin with 0")]
    Digits,
}

impl PhoneNumber {
    /// The fewest digits that a number has, its country code among them.
    const SHORTEST: usize = 7;
    /// The most (E.164 section 6).
    const LONGEST: usize = 15;

    /// Parses and normalises.
    pub fn parse(text: &str) -> Result<Self, InvalidPhoneNumber> {
        let text = text.trim();
        if text.is_empty() {
            return Err(InvalidPhoneNumber::Empty);
        }
        let rest = text.strip_prefix('+').ok_or(InvalidPhoneNumber::Plus)?;
        let mut number = String::with_capacity(1 + Self::LONGEST);
        number.push('+');
        for c in rest.chars() {
            match c {
                '0'..='9' if number.len() > Self::LONGEST => return Err(InvalidPhoneNumber::Digits),
                '0'..='9' => number.push(c),
                ' ' | '\u{a0}' | '.' | '-' | '/' | '(' | ')' => {}
                _ => return Err(InvalidPhoneNumber::Character),
            }
        }
        if number.len() <= Self::SHORTEST || number[1..].starts_with('0') {
            return Err(InvalidPhoneNumber::Digits);
        }
        Ok(Self(number))
    }

    /// `+` and the digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text, without a copy.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A number in a debug log is a leak that nobody planned.
        write!(f, "PhoneNumber({}…)", self.0.get(..3).unwrap_or_default())
    }
}
impl FromStr for PhoneNumber {
    type Err = InvalidPhoneNumber;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}
impl serde::Serialize for PhoneNumber {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}
impl<'de> serde::Deserialize<'de> for PhoneNumber {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::{InvalidPhoneNumber, PhoneNumber};

    #[test]
    fn numbers_are_read_as_people_write_them() {
        for (given, kept) in [
            ("+493012345678", "+493012345678"),
            (" +1 (415) 555-2671 ", "+14155552671"),
            ("+44 20.7946/0018", "+442079460018"),
            ("+2907999", "+2907999"),
            ("+123456789012345", "+123456789012345"),
        ] {
            assert_eq!(
                PhoneNumber::parse(given).map(PhoneNumber::into_string),
                Ok(kept.to_owned())
            );
        }
    }

    #[test]
    fn what_could_be_somebody_elses_number_is_refused() {
        for (bad, why) in [
            ("", InvalidPhoneNumber::Empty),
            ("030 12345678", InvalidPhoneNumber::Plus),
            ("0049 30 12345678", InvalidPhoneNumber::Plus),
            ("+", InvalidPhoneNumber::Digits),
            ("+123456", InvalidPhoneNumber::Digits),
            ("+1234567890123456", InvalidPhoneNumber::Digits),
            ("+0493012345", InvalidPhoneNumber::Digits),
            ("+49 30 1234 ext 5", InvalidPhoneNumber::Character),
            ("+4930\r\n12345", InvalidPhoneNumber::Character),
            ("++493012345", InvalidPhoneNumber::Character),
            ("+٤٩٣٠١٢٣٤٥", InvalidPhoneNumber::Character),
        ] {
            assert_eq!(PhoneNumber::parse(bad), Err(why), "{bad:?}");
        }
    }

    #[test]
    fn debug_output_hides_the_person() {
        let number = PhoneNumber::parse("+493012345678").expect("valid");
        assert_eq!(format!("{number:?}"), "PhoneNumber(+49…)");
    }
}
