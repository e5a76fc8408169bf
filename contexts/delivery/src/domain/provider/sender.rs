//! Telephone numbers, and what stands as the sender of a text message.

use kernel::PhoneNumber;

/// The longest name that can stand in place of a number (GSM 03.40, section 9.1.2.5).
const LONGEST_NAME: usize = 11;

/// A number as people write it, in the form of E.164.
#[must_use]
pub fn telephone_number(text: &str) -> Option<String> {
    PhoneNumber::parse(text).ok().map(PhoneNumber::into_string)
}

/// A number in the form of E.164, a short code, or a name of at most 11 characters.
pub(super) fn is_sender(text: &str) -> bool {
    if let Some(digits) = text.strip_prefix('+') {
        return telephone_number(text).is_some_and(|number| number[1..] == *digits);
    }
    if text.bytes().all(|b| b.is_ascii_digit()) {
        return (3..=15).contains(&text.len());
    }
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b' ' | b'-' | b'_' | b'&' | b'.');
    text.len() <= LONGEST_NAME && text.trim() == text && text.bytes().all(plain)
}

/// A prefix and 32 hexadecimal digits, as Twilio names everything.
pub(super) fn is_sid(prefix: &str, text: &str) -> bool {
    let digits = text.strip_prefix(prefix);
    digits.is_some_and(|digits| digits.len() == 32 && digits.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// Letters and digits. It becomes part of a path or of a header.
pub(super) fn is_key_name(text: &str) -> bool {
    (1..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::{is_sender, telephone_number};

    #[test]
    fn numbers_are_read_as_people_write_them() {
        for text in [
            "+447700900123",
            " +44 7700 900123 ",
            "+44 (7700) 900-123",
            "+44.7700.900/123",
        ] {
            assert_eq!(telephone_number(text).as_deref(), Some("+447700900123"), "{text}");
        }
    }

    #[test]
    fn what_no_network_could_reach_is_no_number() {
        for text in [
            "",
            "+",
            "07700 900123",
            "447700900123",
            "+0447700900123",
            "+4412",
            "+4477009001234567",
            "+44 7700 9OO123",
            "ann@example.com",
        ] {
            assert_eq!(telephone_number(text), None, "{text}");
        }
    }

    #[test]
    fn a_sender_is_a_number_a_short_code_or_a_short_name() {
        for sender in [
            "+15005550006",
            "72720",
            "15005550006",
            "ACME",
            "The Shop",
            "A-1 & Co.",
        ] {
            assert!(is_sender(sender), "{sender}");
        }
        for other in [
            "",
            "12",
            "+1 500 555 0006",
            "Twelve chars",
            " ACME",
            "Bücher",
            "A\nB",
            "+ACME",
        ] {
            assert!(!is_sender(other), "{other}");
        }
    }
}
