//! What DNS says of a domain, compared with what it should say.

mod dkim;
mod dmarc;
mod expected;
mod mx;
mod spf;

pub use dkim::assess_dkim;
pub use dmarc::{Alignment, Dmarc, Policy, assess_dmarc, dmarc_names};
pub use expected::{Advice, ExpectedRecord, Host, RecordKind, expected_records};
pub use mx::assess_mx;
pub use spf::{MOST_LOOKUPS, Spf, SpfTerm, assess_spf, includes_for, spf_of};

/// Whether a record is what it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// It is.
    Ok,
    /// There is none.
    Missing,
    /// There is one, and it says something else.
    Different,
}

impl Status {
    /// All of them.
    pub const ALL: [Status; 3] = [Status::Ok, Status::Missing, Status::Different];

    /// The word that is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Status::Ok => "ok",
            Status::Missing => "missing",
            Status::Different => "different",
        }
    }

    /// The status of a stored word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Status::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

/// What a look-up came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Whether it is what it should be.
    pub status: Status,
    /// What was found, as it can be shown.
    pub found: String,
}

impl Finding {
    /// Strangers write what stands in DNS: what is shown of it has an end and no control characters.
    #[must_use]
    pub fn new(status: Status, found: &str) -> Self {
        Self {
            status,
            found: shown(found),
        }
    }

    /// There is none.
    #[must_use]
    pub fn missing() -> Self {
        Self::new(Status::Missing, "")
    }
}

/// Characters of a record that are kept to be shown.
const LONGEST_SHOWN: usize = 600;

fn shown(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control())
        .take(LONGEST_SHOWN)
        .collect()
}

/// The tags of `k=v; k=v` (RFC 6376 section 3.2), names in lower case.
fn tags(text: &str) -> Vec<(String, &str)> {
    text.split(';')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Finding, Status};

    #[test]
    fn what_strangers_wrote_is_cut_and_cleaned() {
        let finding = Finding::new(Status::Different, &format!("a\u{0}\r\n{}", "b".repeat(9000)));
        assert_eq!(finding.found.chars().count(), 600);
        assert!(finding.found.starts_with("abb"));
    }
}
