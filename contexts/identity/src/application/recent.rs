//! Answers of the last second, so that a page with ten fragments asks the database once.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use contracts::identity::OrganizationProfile;
use jiff::SignedDuration;
use kernel::{OrgId, Timestamp};

use crate::{
    domain::token::Digest,
    infrastructure::pg::{FoundKey, FoundSession},
};

/// Less than the second within which a revocation must be felt in every process.
const FRESH: SignedDuration = SignedDuration::from_millis(900);
/// Beyond so many, stale entries are thrown out when one is added.
const ROOM: usize = 4096;

/// What was found lately. A process that changes something forgets all of it at once; the others
/// learn of it when their entries grow stale.
#[derive(Debug, Default)]
pub struct Recent {
    /// By digest of the token.
    pub sessions: Memory<Digest, FoundSession>,
    /// By digest of the token.
    pub api_keys: Memory<Digest, FoundKey>,
    /// By identifier.
    pub organizations: Memory<OrgId, OrganizationProfile>,
    set_up: AtomicBool,
}

impl Recent {
    /// Forgets everything.
    pub fn forget(&self) {
        self.sessions.forget();
        self.api_keys.forget();
        self.organizations.forget();
    }

    /// Whether the first run is known to have happened.
    pub fn is_set_up(&self) -> bool {
        self.set_up.load(Ordering::Relaxed)
    }

    /// The first run has happened, for ever.
    pub fn remember_set_up(&self) {
        self.set_up.store(true, Ordering::Relaxed);
    }
}

/// Values that are good for a moment.
#[derive(Debug)]
pub struct Memory<K, V>(Mutex<HashMap<K, (Timestamp, V)>>);

impl<K, V> Default for Memory<K, V> {
    fn default() -> Self {
        Self(Mutex::new(HashMap::new()))
    }
}

impl<K: Hash + Eq, V: Clone> Memory<K, V> {
    /// The value, if it was found within the last moment.
    pub fn get(&self, key: &K, now: Timestamp) -> Option<V> {
        let entries = self.0.lock().expect("no holder of the lock panics");
        entries
            .get(key)
            .filter(|(at, _)| is_fresh(*at, now))
            .map(|(_, value)| value.clone())
    }

    /// Keeps a value that was found at `now`.
    pub fn put(&self, key: K, value: V, now: Timestamp) {
        let mut entries = self.0.lock().expect("no holder of the lock panics");
        if entries.len() >= ROOM {
            entries.retain(|_, (at, _)| is_fresh(*at, now));
        }
        entries.insert(key, (now, value));
    }

    fn forget(&self) {
        self.0.lock().expect("no holder of the lock panics").clear();
    }
}

/// A clock that was set back makes nothing fresh: an entry of the future counts as stale.
fn is_fresh(at: Timestamp, now: Timestamp) -> bool {
    let age = now.duration_since(at);
    !age.is_negative() && age < FRESH
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use kernel::Timestamp;

    use super::{FRESH, Memory, ROOM};

    #[test]
    fn an_answer_is_forgotten_before_a_second_is_over() {
        let memory = Memory::default();
        let now: Timestamp = "2026-03-01T08:00:00Z".parse().expect("a time");
        memory.put("a", 1, now);
        assert_eq!(memory.get(&"a", now), Some(1));
        assert_eq!(memory.get(&"b", now), None);
        assert_eq!(memory.get(&"a", now + FRESH), None);
        assert_eq!(memory.get(&"a", now - SignedDuration::from_secs(1)), None);
        memory.forget();
        assert_eq!(memory.get(&"a", now), None);
    }

    #[test]
    fn it_does_not_grow_with_everybody_who_ever_came() {
        let memory = Memory::default();
        let start: Timestamp = "2026-03-01T08:00:00Z".parse().expect("a time");
        for n in 0..ROOM * 3 {
            memory.put(
                n,
                (),
                start + SignedDuration::from_millis(i64::try_from(n).expect("small")),
            );
        }
        assert!(memory.0.lock().expect("not poisoned").len() <= ROOM + 1);
    }
}
