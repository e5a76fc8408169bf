//! The keys of a domain: which of them sign, and how one takes another's place.

use jiff::SignedDuration;
use kernel::Timestamp;

use super::dkim::DkimAlgorithm;

/// How long a record has to stay after its key signed for the last time: mail waits in queues, and is
/// verified when it arrives.
pub const STAYS_PUBLISHED: SignedDuration = SignedDuration::from_hours(7 * 24);

/// From this age a key should be changed.
pub const OLD: SignedDuration = SignedDuration::from_hours(183 * 24);

/// Of each so many days from then on, the first [`REMINDED_FOR`] bring a reminder.
const REMINDER_EVERY: i64 = 30;
/// Days.
const REMINDED_FOR: i64 = 7;

/// Where a key stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyState {
    /// Made; waits until DNS shows its record.
    Pending,
    /// Signs.
    Active,
    /// Signs no more; its record has to stay for a while.
    Retiring,
    /// Its record may go.
    Retired,
}

impl KeyState {
    /// All of them, in the order of a key's life.
    pub const ALL: [KeyState; 4] = [
        KeyState::Pending,
        KeyState::Active,
        KeyState::Retiring,
        KeyState::Retired,
    ];

    /// The word that is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            KeyState::Pending => "pending",
            KeyState::Active => "active",
            KeyState::Retiring => "retiring",
            KeyState::Retired => "retired",
        }
    }

    /// The state of a stored word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        KeyState::ALL.into_iter().find(|state| state.as_str() == text)
    }

    /// Whether a key may go from one state to another.
    #[must_use]
    pub const fn may_become(self, to: KeyState) -> bool {
        use KeyState::{Active, Pending, Retired, Retiring};
        match (self, to) {
            (Pending, Active) | (Active, Retiring) | (Retiring, Retired) => true,
            // One that never signed is missed by nobody.
            (Pending, Retired) => true,
            (Pending | Active | Retiring | Retired, _) => false,
        }
    }

    /// Whether its record has to be in DNS.
    #[must_use]
    pub const fn is_live(self) -> bool {
        !matches!(self, KeyState::Retired)
    }
}

/// A key of a domain, with the private part sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DomainKey {
    /// What tells it from the domain's other keys, for ever.
    pub selector: String,
    /// Its kind.
    pub algorithm: DkimAlgorithm,
    /// Sealed; `None` once it is retired.
    pub private_key: Option<Vec<u8>>,
    /// As it stands in the record.
    pub public_key: String,
    /// Where it stands.
    pub state: KeyState,
    /// What DNS last said of its record; `None` while nobody has asked.
    pub published: Option<bool>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Since when it signs.
    pub activated_at: Option<Timestamp>,
    /// Since when it signs no more.
    pub retiring_at: Option<Timestamp>,
    /// Since when its record may go.
    pub retired_at: Option<Timestamp>,
}

impl DomainKey {
    /// The text of its record.
    #[must_use]
    pub fn record(&self) -> String {
        self.algorithm.record(&self.public_key)
    }

    /// When its record may be removed; `None` while it may not be foreseen.
    #[must_use]
    pub fn removable_at(&self) -> Option<Timestamp> {
        self.retiring_at.map(|at| at + STAYS_PUBLISHED)
    }
}

/// The keys that mail is signed with now, RSA first. One whose record is gone does not sign while
/// another one is fine; if none is, all do, since an unverifiable signature is no worse than none
/// (RFC 6376 section 6.1).
#[must_use]
pub fn signing(keys: &[DomainKey]) -> Vec<&DomainKey> {
    let active = || keys.iter().filter(|key| key.state == KeyState::Active);
    let one_is_fine = active().any(|key| key.published == Some(true));
    let mut signing: Vec<&DomainKey> = active()
        .filter(|key| !one_is_fine || key.published != Some(false))
        .collect();
    signing.sort_by_key(|key| DkimAlgorithm::ALL.iter().position(|a| *a == key.algorithm));
    signing
}

/// A key that comes into another state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transition {
    /// Which.
    pub selector: String,
    /// The state it comes into.
    pub to: KeyState,
}

/// What makes a pending key sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// DNS shows its record.
    WhenPublished,
    /// A person says so.
    Forced,
}

/// What becomes of the keys now. A pending key that may sign takes the place of the active ones of
/// its kind; those that retired long enough ago are done with.
#[must_use]
pub fn transitions(keys: &[DomainKey], activation: Activation, now: Timestamp) -> Vec<Transition> {
    let change = |key: &DomainKey, to| Transition {
        selector: key.selector.clone(),
        to,
    };
    let ripe: Vec<&DomainKey> = keys
        .iter()
        .filter(|key| key.state == KeyState::Pending)
        .filter(|key| activation == Activation::Forced || key.published == Some(true))
        .collect();
    let mut changes: Vec<Transition> = keys
        .iter()
        .filter(|key| key.state == KeyState::Active)
        .filter(|key| ripe.iter().any(|new| new.algorithm == key.algorithm))
        .map(|key| change(key, KeyState::Retiring))
        .collect();
    changes.extend(ripe.iter().map(|key| change(key, KeyState::Active)));
    let done = keys
        .iter()
        .filter(|key| key.state == KeyState::Retiring && key.removable_at().is_some_and(|at| at <= now));
    changes.extend(done.map(|key| change(key, KeyState::Retired)));
    changes
}

/// Whether a reminder to change a key is shown now: in the first week of each month after half a year.
#[must_use]
pub fn reminder_is_due(activated_at: Timestamp, now: Timestamp) -> bool {
    let days = (now.as_second() - activated_at.as_second() - OLD.as_secs()).div_euclid(24 * 60 * 60);
    days >= 0 && days % REMINDER_EVERY < REMINDED_FOR
}

/// The selector of a domain's first key of a kind.
#[must_use]
pub const fn first_selector(algorithm: DkimAlgorithm) -> &'static str {
    match algorithm {
        DkimAlgorithm::Rsa => "mauntic",
        DkimAlgorithm::Ed25519 => "mauntic-ed",
    }
}

/// A selector that was never used: receivers keep an old record for hours, and would look for the new
/// key in it. Each kind has its own names, which differ by the day.
#[must_use]
pub fn free_selector(algorithm: DkimAlgorithm, taken: &[&str], now: Timestamp) -> String {
    let first = first_selector(algorithm);
    if taken.is_empty() {
        return first.to_owned();
    }
    let dated = format!("{first}-{}", now.strftime("%Y%m%d"));
    let numbered = (2u32..).map(|n| format!("{dated}-{n}"));
    std::iter::once(dated.clone())
        .chain(numbered)
        .find(|name| !taken.contains(&name.as_str()))
        .expect("numbers do not end")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("an instant")
    }

    fn key(selector: &str, algorithm: DkimAlgorithm, state: KeyState, published: Option<bool>) -> DomainKey {
        let start = at("2026-06-01T00:00:00Z");
        DomainKey {
            selector: selector.to_owned(),
            algorithm,
            private_key: Some(Vec::new()),
            public_key: "cHVibGlj".to_owned(),
            state,
            published,
            created_at: start,
            activated_at: (state != KeyState::Pending).then_some(start),
            retiring_at: (state == KeyState::Retiring).then_some(start),
            retired_at: None,
        }
    }

    fn selectors(keys: &[DomainKey]) -> Vec<&str> {
        signing(keys)
            .into_iter()
            .map(|key| key.selector.as_str())
            .collect()
    }

    const RSA: DkimAlgorithm = DkimAlgorithm::Rsa;
    const ED: DkimAlgorithm = DkimAlgorithm::Ed25519;

    #[test]
    fn all_active_keys_sign_and_rsa_stands_first() {
        let keys = [
            key("e", ED, KeyState::Active, None),
            key("r", RSA, KeyState::Active, None),
            key("new", RSA, KeyState::Pending, None),
            key("old", RSA, KeyState::Retiring, Some(true)),
        ];
        assert_eq!(selectors(&keys), ["r", "e"]);
    }

    #[test]
    fn a_key_that_is_not_published_does_not_sign_while_another_one_is_fine() {
        let gone = key("r", RSA, KeyState::Active, Some(false));
        let fine = key("e", ED, KeyState::Active, Some(true));
        let unknown = key("u", ED, KeyState::Active, None);
        assert_eq!(selectors(&[gone.clone(), fine]), ["e"]);
        assert_eq!(selectors(&[gone.clone(), unknown]), ["r", "u"]);
        assert_eq!(selectors(&[gone]), ["r"]);
    }

    #[test]
    fn a_new_key_signs_once_it_is_published_and_the_old_one_of_its_kind_retires() {
        let now = at("2026-06-02T00:00:00Z");
        let keys = |published| {
            [
                key("r1", RSA, KeyState::Active, Some(true)),
                key("e1", ED, KeyState::Active, Some(true)),
                key("r2", RSA, KeyState::Pending, published),
                key("e2", ED, KeyState::Pending, Some(false)),
            ]
        };
        let told = |changes: Vec<Transition>| -> Vec<(String, KeyState)> {
            changes.into_iter().map(|c| (c.selector, c.to)).collect()
        };
        assert_eq!(transitions(&keys(None), Activation::WhenPublished, now), []);
        assert_eq!(
            told(transitions(&keys(Some(true)), Activation::WhenPublished, now)),
            [
                ("r1".to_owned(), KeyState::Retiring),
                ("r2".to_owned(), KeyState::Active)
            ]
        );
        assert_eq!(transitions(&keys(None), Activation::Forced, now).len(), 4);
    }

    #[test]
    fn a_retiring_key_is_done_with_after_a_week_and_not_before() {
        let keys = [key("r", RSA, KeyState::Retiring, Some(true))];
        let after = |text| transitions(&keys, Activation::WhenPublished, at(text));
        assert_eq!(after("2026-06-07T23:59:59Z"), []);
        assert_eq!(after("2026-06-08T00:00:00Z")[0].to, KeyState::Retired);
    }

    #[test]
    fn every_change_is_one_that_is_allowed() {
        for (from, to) in [
            (KeyState::Active, KeyState::Pending),
            (KeyState::Retired, KeyState::Active),
            (KeyState::Retiring, KeyState::Active),
            (KeyState::Active, KeyState::Retired),
        ] {
            assert!(!from.may_become(to), "{from:?} {to:?}");
        }
        assert!(KeyState::Pending.may_become(KeyState::Active));
        for state in KeyState::ALL {
            assert_eq!(KeyState::parse(state.as_str()), Some(state));
        }
    }

    #[test]
    fn an_old_key_is_mentioned_in_one_week_of_each_month() {
        let start = at("2026-01-01T00:00:00Z");
        let due = |days: i64| reminder_is_due(start, start + SignedDuration::from_hours(24 * days));
        assert!(!due(182) && due(183) && due(189) && !due(190) && !due(212) && due(213));
    }

    #[test]
    fn selectors_are_never_used_twice() {
        let now = at("2026-06-01T10:00:00Z");
        assert_eq!(free_selector(RSA, &[], now), "mauntic");
        assert_eq!(free_selector(ED, &["mauntic"], now), "mauntic-ed-20260601");
        let taken = ["mauntic", "mauntic-20260601", "mauntic-20260601-2"];
        assert_eq!(free_selector(RSA, &taken, now), "mauntic-20260601-3");
    }
}
