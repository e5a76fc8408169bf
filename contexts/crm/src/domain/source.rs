//! Sources of events: a site, an app or a server, each with a write key.
//!
//! A write key is public, since browsers carry it. It lets events in and nothing out, so it is stored
//! as it is and can be shown again. Its last six letters are computed from those before, as those of
//! the API's keys are, so that what cannot be one is known without a look into the database.

use aws_lc_rs::{digest, rand};
use kernel::{OrgId, SourceId, Timestamp};

use super::text;

/// What sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SourceKind {
    Website,
    Server,
    Mobile,
    /// A site with Mautic's snippet.
    Mautic,
}

impl SourceKind {
    pub const ALL: [SourceKind; 4] = [
        SourceKind::Website,
        SourceKind::Server,
        SourceKind::Mobile,
        SourceKind::Mautic,
    ];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            SourceKind::Website => "website",
            SourceKind::Server => "server",
            SourceKind::Mobile => "mobile",
            SourceKind::Mautic => "mautic",
        }
    }

    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// Whether browsers send, so that a program among the senders is a bot.
    #[must_use]
    pub const fn is_browsers(self) -> bool {
        matches!(self, SourceKind::Website | SourceKind::Mautic)
    }
}

/// A source as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    pub org: OrgId,
    pub id: SourceId,
    pub write_key: String,
    pub settings: SourceSettings,
    pub enabled: bool,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// What people say of a source; checked by [`SourceSettings::check`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceSettings {
    pub name: String,
    pub kind: SourceKind,
    /// Answers say what is wrong.
    pub strict: bool,
    /// Traits that no field exists for make one.
    pub create_fields: bool,
    /// The snippet waits for consent.
    pub consent_required: bool,
    /// Of pages that may send; empty allows all.
    pub allowed_origins: Vec<String>,
    pub events_per_second: i32,
}

impl Default for SourceSettings {
    fn default() -> Self {
        Self {
            name: String::new(),
            kind: SourceKind::Website,
            strict: false,
            create_fields: false,
            consent_required: true,
            allowed_origins: Vec::new(),
            events_per_second: 1_000,
        }
    }
}

/// Why a source cannot be so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSource {
    #[error("the name is missing or too long")]
    Name,
    #[error("an origin is https:// and a host, without a path")]
    Origin,
    #[error("between 1 and 1,000,000")]
    Rate,
}

/// The longest name.
pub const MAX_NAME: usize = 100;
const MAX_ORIGINS: usize = 50;

impl SourceSettings {
    /// Checks and tidies. Problems come with the name of the member that they are in.
    pub fn check(mut self) -> Result<Self, Vec<(&'static str, InvalidSource)>> {
        let mut problems = Vec::new();
        self.name = text::single_line(&self.name, MAX_NAME).unwrap_or_default();
        if self.name.is_empty() {
            problems.push(("name", InvalidSource::Name));
        }
        let origins: Option<Vec<String>> = self
            .allowed_origins
            .iter()
            .map(|line| line.trim())
            .filter(|line| !line.is_empty())
            .map(origin)
            .collect();
        match origins {
            Some(origins) if origins.len() <= MAX_ORIGINS => self.allowed_origins = origins,
            _ => problems.push(("allowed_origins", InvalidSource::Origin)),
        }
        if !(1..=1_000_000).contains(&self.events_per_second) {
            problems.push(("events_per_second", InvalidSource::Rate));
        }
        if problems.is_empty() {
            Ok(self)
        } else {
            Err(problems)
        }
    }

    /// Whether a page of this origin may send. Who sends no origin is no browser.
    #[must_use]
    pub fn allows(&self, origin: Option<&str>) -> bool {
        let Some(origin) = origin else { return true };
        self.allowed_origins.is_empty()
            || self
                .allowed_origins
                .iter()
                .any(|allowed| allowed.eq_ignore_ascii_case(origin))
    }
}

fn origin(given: &str) -> Option<String> {
    let given = given.trim_end_matches('/').to_ascii_lowercase();
    let host = given
        .strip_prefix("https://")
        .or_else(|| given.strip_prefix("http://"))?;
    let fine = !host.is_empty()
        && host.len() <= 255
        && host
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-.:[]".contains(&b));
    fine.then_some(given)
}

const LIVE: &str = "wk_live_";
const TEST: &str = "wk_test_";
const RANDOM: usize = 24;
const CHECKSUM: usize = 6;
const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A new write key.
#[must_use]
pub fn generate_write_key(live: bool) -> String {
    let mut bytes = [0u8; RANDOM];
    rand::fill(&mut bytes).expect("the operating system has random numbers");
    let letters = bytes
        .iter()
        .map(|byte| char::from(LETTERS[usize::from(byte % 62)]));
    let body: String = (if live { LIVE } else { TEST }).chars().chain(letters).collect();
    let sum = checksum(&body);
    body + &sum
}

/// Whether a text can be a write key.
#[must_use]
pub fn is_write_key(text: &str) -> bool {
    let random = text.strip_prefix(LIVE).or_else(|| text.strip_prefix(TEST));
    random.is_some_and(|random| {
        random.len() == RANDOM + CHECKSUM
            && random.bytes().all(|b| b.is_ascii_alphanumeric())
            && checksum(&text[..text.len() - CHECKSUM]) == text[text.len() - CHECKSUM..]
    })
}

/// The first 32 bits of SHA-256, in base 62: no secret, anybody can check it.
fn checksum(body: &str) -> String {
    let hash = digest::digest(&digest::SHA256, body.as_bytes());
    let first = hash.as_ref().first_chunk::<4>().copied().unwrap_or_default();
    let mut number = u32::from_be_bytes(first);
    let mut letters = [b'0'; CHECKSUM];
    for slot in letters.iter_mut().rev() {
        *slot = LETTERS[(number % 62) as usize];
        number /= 62;
    }
    letters.iter().map(|byte| char::from(*byte)).collect()
}

/// What tells a message of a source from all others: a digest of both.
#[must_use]
pub fn message_key(source: Option<SourceId>, message_id: &str) -> uuid::Uuid {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(source.map(|id| id.uuid()).unwrap_or_default().as_bytes());
    context.update(message_id.as_bytes());
    let hash = context.finish();
    uuid::Uuid::from_bytes(hash.as_ref().first_chunk::<16>().copied().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn write_keys_are_recognised_by_themselves() {
        let key = generate_write_key(true);
        assert!(key.starts_with("wk_live_") && is_write_key(&key), "{key}");
        assert!(is_write_key(&generate_write_key(false)));
        let mut typo = key.clone();
        typo.replace_range(10..11, if &key[10..11] == "A" { "B" } else { "A" });
        for wrong in [typo.as_str(), "", "wk_live_", "mk_live_abc", "wk_live_ünïcödé"] {
            assert!(!is_write_key(wrong), "{wrong}");
        }
    }

    #[test]
    fn settings_are_tidied_and_checked() {
        let settings = SourceSettings {
            name: " Shop ".to_owned(),
            allowed_origins: vec!["https://Shop.example/".to_owned(), " ".to_owned()],
            ..SourceSettings::default()
        };
        let tidy = settings.clone().check().expect("valid");
        assert_eq!(
            (tidy.name.as_str(), tidy.allowed_origins.as_slice()),
            ("Shop", &["https://shop.example".to_owned()][..])
        );
        assert!(
            tidy.allows(None)
                && tidy.allows(Some("https://SHOP.example"))
                && !tidy.allows(Some("https://evil.example"))
        );
        let wrong = SourceSettings {
            name: String::new(),
            allowed_origins: vec!["shop.example/path".to_owned()],
            events_per_second: 0,
            ..settings
        };
        assert_eq!(wrong.check().expect_err("three problems").len(), 3);
    }

    #[test]
    fn the_same_message_of_another_source_is_another_one() {
        let (a, b) = (SourceId::generate(), SourceId::generate());
        assert_eq!(message_key(Some(a), "m"), message_key(Some(a), "m"));
        assert_ne!(message_key(Some(a), "m"), message_key(Some(b), "m"));
        assert_ne!(message_key(Some(a), "m"), message_key(Some(a), "n"));
    }
}
