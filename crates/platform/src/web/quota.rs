//! How many requests a key of the API may make a minute, told in the headers of every answer
//! (draft-ietf-httpapi-ratelimit-headers).
//!
//! Each process counts for itself: with several of them a key gets its quota from each. It guards
//! the server against a loop that has run wild, and bills nobody.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use http::{HeaderMap, HeaderName, HeaderValue};
use kernel::{ApiKeyId, Timestamp};

/// Seconds in which a quota is used up and given anew.
const WINDOW: i64 = 60;
/// Keys that are remembered before those whose window has passed are forgotten.
const MANY: usize = 10_000;

/// What each key has used of its quota.
#[derive(Debug, Default)]
pub(crate) struct Quota(Mutex<HashMap<ApiKeyId, Used>>);

#[derive(Debug, Clone, Copy)]
struct Used {
    window: i64,
    requests: i64,
}

/// What a key has left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Left {
    pub limit: i64,
    /// Negative when the request that was just counted is one too many.
    pub remaining: i64,
    /// Seconds until the quota is whole again.
    pub reset: i64,
}

impl Quota {
    /// Counts a request.
    pub fn take(&self, key: ApiKeyId, limit: i64, now: Timestamp) -> Left {
        let second = now.as_second();
        let window = second.div_euclid(WINDOW);
        let mut used = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if used.len() >= MANY {
            used.retain(|_, used| used.window == window);
        }
        let entry = used.entry(key).or_insert(Used { window, requests: 0 });
        if entry.window != window {
            *entry = Used { window, requests: 0 };
        }
        entry.requests += 1;
        Left {
            limit,
            remaining: limit - entry.requests,
            reset: WINDOW - second.rem_euclid(WINDOW),
        }
    }
}

impl Left {
    pub const fn is_over(self) -> bool {
        self.remaining < 0
    }

    /// Says it in the headers of the draft, and in the older trio that client libraries read.
    pub fn tell(self, headers: &mut HeaderMap) {
        let Left { limit, reset, .. } = self;
        let remaining = self.remaining.max(0);
        let all = [
            ("ratelimit-policy", format!("\"default\";q={limit};w={WINDOW}")),
            ("ratelimit", format!("\"default\";r={remaining};t={reset}")),
            ("ratelimit-limit", limit.to_string()),
            ("ratelimit-remaining", remaining.to_string()),
            ("ratelimit-reset", reset.to_string()),
        ];
        for (name, value) in all {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quota_is_used_up_and_given_anew() {
        let quota = Quota::default();
        let (key, other) = (ApiKeyId::generate(), ApiKeyId::generate());
        let at = |second| Timestamp::from_second(second).expect("a time");
        assert_eq!(
            quota.take(key, 2, at(60)),
            Left {
                limit: 2,
                remaining: 1,
                reset: 60
            }
        );
        assert!(!quota.take(key, 2, at(119)).is_over());
        assert!(quota.take(key, 2, at(119)).is_over());
        assert!(!quota.take(other, 2, at(119)).is_over(), "each key has its own");
        assert!(!quota.take(key, 2, at(120)).is_over());
    }
}
