//! Addresses that people paste, and what they write about them.

use contracts::{crm::consent::Channel, delivery::Address};

use super::mail::has_control;

/// So many addresses are taken at once.
pub const MOST_ADDRESSES: usize = 10_000;
/// So many wrong ones are named; the rest is counted.
pub const MOST_NAMED: usize = 20;

/// Why a list of addresses is not taken. None of it is, then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAddresses {
    /// There is no address in it.
    #[error("no addresses")]
    None,
    /// More than [`MOST_ADDRESSES`].
    #[error("too many addresses")]
    TooMany,
    /// Some are none.
    #[error("{} are not addresses", .0.len())]
    Wrong(Vec<WrongAddress>),
}

/// Something that is no address, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrongAddress {
    /// From 1: the line of a text, or the place in a list.
    pub position: usize,
    /// What stands there, shortened.
    pub text: String,
}

/// Each once, in the order in which they came.
pub fn parse_addresses<'t>(
    texts: impl IntoIterator<Item = (usize, &'t str)>,
) -> Result<Vec<Address>, InvalidAddresses> {
    let (mut found, mut wrong) = (Vec::new(), Vec::new());
    for (position, text) in texts {
        match listed_address(text) {
            Some(address) => found.push(address),
            None => wrong.push(WrongAddress {
                position,
                text: text.trim().chars().take(100).collect(),
            }),
        }
        if found.len() + wrong.len() > MOST_ADDRESSES {
            return Err(InvalidAddresses::TooMany);
        }
    }
    if !wrong.is_empty() {
        return Err(InvalidAddresses::Wrong(wrong));
    }
    let mut seen = std::collections::HashSet::new();
    found.retain(|address| seen.insert(address.clone()));
    if found.is_empty() {
        Err(InvalidAddresses::None)
    } else {
        Ok(found)
    }
}

/// An e-mail address or a phone number. Devices stand on no list.
#[must_use]
pub fn listed_address(text: &str) -> Option<Address> {
    Address::parse(text).filter(|address| address.channel() != Channel::Push)
}

/// The addresses of a text: one a line, or with commas and semicolons between.
pub fn pieces(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().flat_map(|(n, line)| {
        let pieces = line.split([',', ';', '\t']).map(str::trim);
        pieces
            .filter(|piece| !piece.is_empty())
            .map(move |piece| (n + 1, piece))
    })
}

/// Words that a person adds to what they do, kept in a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark(String);

/// Why a text is no [`Remark`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRemark {
    /// Says nothing.
    #[error("too short")]
    TooShort,
    /// More than [`Remark::LONGEST`] characters.
    #[error("too long")]
    TooLong,
    /// Control characters other than line breaks, which become spaces.
    #[error("control characters")]
    Control,
}

impl Remark {
    /// The fewest characters that say something.
    pub const SHORTEST: usize = 3;
    /// The most.
    pub const LONGEST: usize = 500;

    /// A text that has to be there.
    pub fn parse(text: &str) -> Result<Self, InvalidRemark> {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        match text.chars().count() {
            n if n < Self::SHORTEST => Err(InvalidRemark::TooShort),
            n if n > Self::LONGEST => Err(InvalidRemark::TooLong),
            _ if has_control(&text) => Err(InvalidRemark::Control),
            _ => Ok(Self(text)),
        }
    }

    /// A text that may be left out.
    pub fn optional(text: &str) -> Result<Option<Self>, InvalidRemark> {
        if text.trim().is_empty() {
            Ok(None)
        } else {
            Self::parse(text).map(Some)
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::{
        InvalidAddresses, InvalidRemark, MOST_ADDRESSES, Remark, WrongAddress, parse_addresses, pieces,
    };

    #[test]
    fn pasted_lists_are_read_whatever_separates_them() {
        let text = "Ann@example.com, bob@example.com;\r\n\r\n\tcid@example.com\nann@example.com\n";
        let found = parse_addresses(pieces(text)).expect("addresses");
        let found: Vec<_> = found.iter().map(|a| a.as_str()).collect();
        assert_eq!(found, ["ann@example.com", "bob@example.com", "cid@example.com"]);
    }

    #[test]
    fn phone_numbers_stand_among_addresses() {
        let found =
            parse_addresses(pieces("ann@example.com\n+49 30 12345678, +493012345678")).expect("addresses");
        let found: Vec<_> = found.iter().map(|a| a.as_str()).collect();
        assert_eq!(found, ["ann@example.com", "+493012345678"]);
        assert!(parse_addresses(pieces("030 12345678")).is_err());
    }

    #[test]
    fn one_wrong_address_refuses_the_list_and_is_named_with_its_line() {
        let refused = parse_addresses(pieces("ann@example.com\nnobody\n, <b>@x"));
        let wrong = |position, text: &str| WrongAddress {
            position,
            text: text.to_owned(),
        };
        assert_eq!(
            refused,
            Err(InvalidAddresses::Wrong(vec![
                wrong(2, "nobody"),
                wrong(3, "<b>@x")
            ]))
        );
        assert_eq!(parse_addresses(pieces(" \n,;")), Err(InvalidAddresses::None));
        let many = "a@example.com\n".repeat(MOST_ADDRESSES + 1);
        assert_eq!(parse_addresses(pieces(&many)), Err(InvalidAddresses::TooMany));
    }

    #[test]
    fn remarks_are_one_line_that_says_something() {
        assert_eq!(
            Remark::parse(" She\n wrote ").map(|r| r.as_str().to_owned()),
            Ok("She wrote".to_owned())
        );
        assert_eq!(Remark::parse("ok"), Err(InvalidRemark::TooShort));
        assert_eq!(Remark::parse(&"x".repeat(501)), Err(InvalidRemark::TooLong));
        assert_eq!(Remark::parse("abc\u{1}"), Err(InvalidRemark::Control));
        assert_eq!(Remark::optional("  "), Ok(None));
    }
}
