//! When a session is still good.

use jiff::SignedDuration;
use kernel::Timestamp;

/// A session nobody used for so long is over.
pub const IDLE: SignedDuration = SignedDuration::from_hours(12);
/// A session is over after so long however much it is used.
pub const ABSOLUTE: SignedDuration = SignedDuration::from_hours(14 * 24);
/// Use is written down at most so often: one write a minute for each person, not one a request.
pub const TOUCH_EVERY: SignedDuration = SignedDuration::from_mins(1);

/// The instants that decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionTimes {
    /// When the person signed in.
    pub created_at: Timestamp,
    /// When it was last used, to [`TOUCH_EVERY`].
    pub last_seen_at: Timestamp,
    /// When it was ended, by its person or by a change of password.
    pub revoked_at: Option<Timestamp>,
}

impl SessionTimes {
    /// Whether a request may use it.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none()
            && now.duration_since(self.created_at) < ABSOLUTE
            && now.duration_since(self.last_seen_at) < IDLE
    }

    /// Whether this use is worth writing down.
    #[must_use]
    pub fn wants_touch(&self, now: Timestamp) -> bool {
        now.duration_since(self.last_seen_at) >= TOUCH_EVERY
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use kernel::Timestamp;

    use super::{ABSOLUTE, IDLE, SessionTimes, TOUCH_EVERY};

    fn started() -> (Timestamp, SessionTimes) {
        let start: Timestamp = "2026-03-01T08:00:00Z".parse().expect("a time");
        (
            start,
            SessionTimes {
                created_at: start,
                last_seen_at: start,
                revoked_at: None,
            },
        )
    }

    #[test]
    fn an_unused_session_ends_after_twelve_hours() {
        let (start, times) = started();
        let second = SignedDuration::from_secs(1);
        assert!(times.is_live(start + IDLE - second));
        assert!(!times.is_live(start + IDLE));
    }

    #[test]
    fn a_session_in_constant_use_ends_after_a_fortnight() {
        let (start, mut times) = started();
        times.last_seen_at = start + ABSOLUTE - SignedDuration::from_mins(2);
        assert!(times.is_live(start + ABSOLUTE - SignedDuration::from_secs(1)));
        assert!(!times.is_live(start + ABSOLUTE));
    }

    #[test]
    fn a_revoked_session_is_over_at_once() {
        let (start, mut times) = started();
        times.revoked_at = Some(start);
        assert!(!times.is_live(start));
    }

    #[test]
    fn use_is_written_down_once_a_minute() {
        let (start, times) = started();
        assert!(!times.wants_touch(start + SignedDuration::from_secs(59)));
        assert!(times.wants_touch(start + TOUCH_EVERY));
    }
}
