//! Fields of the header that whoever sends a message adds to it.

use super::header::has_control;

/// The most of them.
pub const MOST_HEADERS: usize = 20;
const LONGEST_NAME: usize = 60;
const LONGEST_VALUE: usize = 500;

/// Fields beside `X-…` that are harmless in the hands of authors.
const ALLOWED: &[&str] = &[
    "auto-submitted",
    "comments",
    "importance",
    "in-reply-to",
    "keywords",
    "organization",
    "priority",
    "references",
    "sensitivity",
];

/// Why a field is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidCustomHeader {
    /// One that we write, or that changes where the message goes or what it is.
    #[error("only X-… and a few others may be added")]
    Name,
    /// Empty, too long, or more than one line.
    #[error("the value must be one line of at most {LONGEST_VALUE} characters")]
    Value,
}

/// Checks one field.
pub fn check_custom_header(name: &str, value: &str) -> Result<(), InvalidCustomHeader> {
    let lower = name.to_ascii_lowercase();
    let is_token = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    // What begins like ours is read by us again, or by providers.
    let ours = ["x-mauntic", "x-ses-", "x-sg-", "x-smtpapi", "x-mailgun"]
        .iter()
        .any(|prefix| lower.starts_with(prefix));
    let allowed = (lower.starts_with("x-") && lower.len() > 2 && !ours) || ALLOWED.contains(&lower.as_str());
    if !is_token || name.len() > LONGEST_NAME || !allowed {
        return Err(InvalidCustomHeader::Name);
    }
    let fits = (1..=LONGEST_VALUE).contains(&value.trim().chars().count());
    if !fits || has_control(value) {
        return Err(InvalidCustomHeader::Value);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{InvalidCustomHeader, check_custom_header};

    #[test]
    fn authors_add_what_changes_nothing_of_ours() {
        for name in ["X-Order", "x-entity-ref-id", "References", "In-Reply-To"] {
            assert_eq!(check_custom_header(name, "1"), Ok(()), "{name}");
        }
        for name in [
            "Bcc",
            "To",
            "From",
            "Subject",
            "DKIM-Signature",
            "Content-Type",
            "List-Unsubscribe",
            "X-",
            "X-SMTPAPI",
            "X-SES-CONFIGURATION-SET",
            "X-Mailgun-Variables",
            "X-A B",
            "X-A:",
            "Return-Path",
            "Received",
        ] {
            assert_eq!(
                check_custom_header(name, "1"),
                Err(InvalidCustomHeader::Name),
                "{name}"
            );
        }
        for value in [
            "",
            " ",
            "a\r\nBcc: eve@example.com",
            "a\u{2028}b",
            &"x".repeat(501),
        ] {
            assert_eq!(
                check_custom_header("X-Order", value),
                Err(InvalidCustomHeader::Value)
            );
        }
    }
}
