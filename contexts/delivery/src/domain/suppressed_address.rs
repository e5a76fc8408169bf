//! What may stand on the suppression list: an e-mail address, or a telephone number.

use std::{fmt, str::FromStr};

use kernel::EmailAddress;

/// An e-mail address, or a telephone number in the form of E.164: `+` and 7 to 15 digits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SuppressedAddress {
    /// A mailbox.
    Email(EmailAddress),
    /// A telephone.
    Phone(String),
}

/// Neither of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("neither an e-mail address nor a telephone number with + and country code")]
pub struct InvalidSuppressedAddress;

impl SuppressedAddress {
    /// Parses and normalises. A number may be written with spaces, dashes, dots and brackets, and has
    /// to begin with `+` and the country code: without it, nobody knows whose it is.
    pub fn parse(text: &str) -> Result<Self, InvalidSuppressedAddress> {
        let text = text.trim();
        match text.strip_prefix('+') {
            Some(digits) if !text.contains('@') => phone(digits).ok_or(InvalidSuppressedAddress),
            _ => EmailAddress::parse(text)
                .map(Self::Email)
                .map_err(|_| InvalidSuppressedAddress),
        }
    }

    /// As it is stored.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            SuppressedAddress::Email(address) => address.as_str(),
            SuppressedAddress::Phone(number) => number,
        }
    }

    /// It, if it is an e-mail address.
    #[must_use]
    pub const fn email(&self) -> Option<&EmailAddress> {
        match self {
            SuppressedAddress::Email(address) => Some(address),
            SuppressedAddress::Phone(_) => None,
        }
    }
}

fn phone(rest: &str) -> Option<SuppressedAddress> {
    let is_separator = |c: char| matches!(c, ' ' | '-' | '.' | '(' | ')' | '/' | '\u{a0}');
    let digits: String = rest.chars().filter(|c| !is_separator(*c)).collect();
    let fine = (7..=15).contains(&digits.len())
        && digits.bytes().all(|b| b.is_ascii_digit())
        && !digits.starts_with('0');
    fine.then(|| SuppressedAddress::Phone(format!("+{digits}")))
}

impl From<EmailAddress> for SuppressedAddress {
    fn from(address: EmailAddress) -> Self {
        Self::Email(address)
    }
}

impl FromStr for SuppressedAddress {
    type Err = InvalidSuppressedAddress;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl fmt::Debug for SuppressedAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SuppressedAddress::Email(address) => address.fmt(f),
            // A number in a debug log is a leak that nobody planned.
            SuppressedAddress::Phone(_) => f.write_str("Phone(…)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::SuppressedAddress;

    #[test]
    fn mailboxes_and_telephones_are_normalised() {
        for (given, kept) in [
            (" Ann@Example.COM ", "ann@example.com"),
            ("+49 (30) 1234-567", "+49301234567"),
            ("+14155550100", "+14155550100"),
            ("+tag@example.com", "+tag@example.com"),
        ] {
            let address = SuppressedAddress::parse(given).expect("an address");
            assert_eq!(address.as_str(), kept);
            assert_eq!(kept.parse(), Ok(address));
        }
    }

    #[test]
    fn a_number_without_its_country_is_nobodys() {
        for bad in [
            "030 1234567",
            "+0301234567",
            "+49",
            "+1234567890123456",
            "+49x301234567",
            "nobody",
            "",
        ] {
            assert!(SuppressedAddress::parse(bad).is_err(), "{bad}");
        }
    }
}
