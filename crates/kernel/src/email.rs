use std::{fmt, str::FromStr};

/// An e-mail address that can be put into `RCPT TO` and headers as it is.
///
/// Normalised: surrounding space removed, everything in lower case. (RFC 5321 lets local parts
/// differ by case; no mailbox provider does, and duplicates by case are what people suffer from.)
/// Quoted local parts, comments, address literals and control characters are refused. A domain
/// outside ASCII must come as punycode.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EmailAddress(String);

/// Why a text is not an [`EmailAddress`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidEmailAddress {
    /// Nothing there.
    #[error("the address is empty")]
    Empty,
    /// No `@`, or nothing before or after it.
    #[error("an address has the form name@domain")]
    Form,
    /// More than 64 octets before the `@` or 254 in all (RFC 5321 section 4.5.3.1).
    #[error("the address is too long")]
    TooLong,
    /// A character that the local part may not hold, or a misplaced dot.
    #[error("the part before the @ has a character that is not allowed")]
    LocalPart,
    /// Not a host name with at least two labels.
    #[error("the part after the @ is not a domain")]
    Domain,
}

impl EmailAddress {
    /// Parses and normalises.
    pub fn parse(text: &str) -> Result<Self, InvalidEmailAddress> {
        let text = text.trim();
        if text.is_empty() {
            return Err(InvalidEmailAddress::Empty);
        }
        if text.len() > 254 {
            return Err(InvalidEmailAddress::TooLong);
        }
        let (local, domain) = text.rsplit_once('@').ok_or(InvalidEmailAddress::Form)?;
        if local.is_empty() || domain.is_empty() {
            return Err(InvalidEmailAddress::Form);
        }
        if local.len() > 64 {
            return Err(InvalidEmailAddress::TooLong);
        }
        if !is_dot_atom(local) {
            return Err(InvalidEmailAddress::LocalPart);
        }
        if !is_domain(domain) {
            return Err(InvalidEmailAddress::Domain);
        }
        Ok(Self(text.to_ascii_lowercase()))
    }

    /// The whole address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part after the `@`.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    /// The text, without a copy.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

/// `atext` and dots of RFC 5322 section 3.2.3, dots neither at an end nor doubled.
fn is_dot_atom(local: &str) -> bool {
    local.split('.').all(|atom| {
        !atom.is_empty()
            && atom
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b))
    })
}

fn is_domain(domain: &str) -> bool {
    let mut labels = 0;
    let mut last_is_numeric = false;
    for label in domain.split('.') {
        let fine = !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if !fine {
            return false;
        }
        labels += 1;
        last_is_numeric = label.bytes().all(|b| b.is_ascii_digit());
    }
    labels >= 2 && !last_is_numeric && domain.len() <= 253
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // An address in a debug log is a leak that nobody planned.
        write!(f, "EmailAddress(…@{})", self.domain())
    }
}
impl FromStr for EmailAddress {
    type Err = InvalidEmailAddress;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}
impl serde::Serialize for EmailAddress {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}
impl<'de> serde::Deserialize<'de> for EmailAddress {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::{EmailAddress, InvalidEmailAddress};

    #[test]
    fn ordinary_addresses_are_normalised() {
        for (given, kept) in [
            (" Ann@Example.COM ", "ann@example.com"),
            ("a.b+tag@sub.example.co", "a.b+tag@sub.example.co"),
            ("o'brien@example.ie", "o'brien@example.ie"),
            ("x@xn--bcher-kva.example", "x@xn--bcher-kva.example"),
        ] {
            assert_eq!(
                EmailAddress::parse(given).map(EmailAddress::into_string),
                Ok(kept.to_owned())
            );
        }
    }

    #[test]
    fn what_could_break_a_header_or_a_command_is_refused() {
        for bad in [
            "",
            "ann",
            "@example.com",
            "ann@",
            "ann@localhost",
            "ann@-a.example",
            "ann@a..example",
            ".ann@example.com",
            "ann.@example.com",
            "a..b@example.com",
            "a b@example.com",
            "ann@example.com\r\nBcc: eve@example.com",
            "\"ann\"@example.com",
            "ann@[127.0.0.1]",
            "ann@127.0.0.1",
            "ann@exa mple.com",
            "ann@example.com>",
            "a@b@example.com",
            "ann\u{0}@example.com",
        ] {
            assert!(EmailAddress::parse(bad).is_err(), "{bad:?}");
        }
        let long = format!("{}@example.com", "a".repeat(65));
        assert_eq!(EmailAddress::parse(&long), Err(InvalidEmailAddress::TooLong));
    }

    #[test]
    fn debug_output_hides_the_person() {
        let address = EmailAddress::parse("ann@example.com").expect("valid");
        assert!(!format!("{address:?}").contains("ann"));
    }
}
