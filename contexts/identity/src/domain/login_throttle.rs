//! The brakes on guessing passwords: so many attempts a minute, then a pause that doubles each time
//! it is needed again.

use std::net::IpAddr;

use jiff::SignedDuration;
use kernel::Timestamp;

use super::token::Digest;

const WINDOW: SignedDuration = SignedDuration::from_mins(1);
const FIRST_PAUSE: SignedDuration = SignedDuration::from_mins(1);
/// However persistent somebody is: a pause that could last for days would hand strangers the means
/// to lock a person out of their account.
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_mins(15);
/// After so long without an attempt the next pause is a short one again.
const FORGIVEN_AFTER: SignedDuration = SignedDuration::from_hours(1);

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// Attempts at one account, from anywhere.
    Account,
    /// Attempts from one address, at any account.
    Address,
}

impl Counted {
    const fn attempts_a_minute(self) -> u32 {
        match self {
            Counted::Account => 5,
            Counted::Address => 20,
        }
    }
}

/// How long to wait before the next attempt is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many attempts; wait {} seconds", .0.as_secs())]
pub struct Wait(pub SignedDuration);

impl Wait {
    /// Whole seconds after which the next attempt is looked at.
    #[must_use]
    pub fn seconds(self) -> u64 {
        self.0.unsigned_abs().as_secs() + u64::from(self.0.subsec_nanos() > 0)
    }
}

/// The count of one account or address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoginThrottle {
    /// When the minute that is being counted began.
    pub window_start: Timestamp,
    /// Attempts in it.
    pub attempts: u32,
    /// How many pauses there were lately.
    pub strikes: u32,
    /// No attempt is looked at before.
    pub blocked_until: Option<Timestamp>,
}

impl LoginThrottle {
    /// Nothing counted yet.
    #[must_use]
    pub const fn fresh(now: Timestamp) -> Self {
        Self {
            window_start: now,
            attempts: 0,
            strikes: 0,
            blocked_until: None,
        }
    }

    /// Counts an attempt, or refuses it. Refused attempts do not lengthen the pause.
    pub fn attempt(&mut self, counted: Counted, now: Timestamp) -> Result<(), Wait> {
        if let Some(until) = self.blocked_until {
            if now < until {
                return Err(Wait(until.duration_since(now)));
            }
            *self = Self {
                strikes: self.strikes,
                ..Self::fresh(until)
            };
        }
        self.begin_window_if_over(now);
        if self.attempts >= counted.attempts_a_minute() {
            return Err(self.pause(now));
        }
        self.attempts += 1;
        Ok(())
    }

    fn begin_window_if_over(&mut self, now: Timestamp) {
        let since = now.duration_since(self.window_start);
        if since >= FORGIVEN_AFTER {
            *self = Self::fresh(now);
        } else if since >= WINDOW {
            *self = Self {
                strikes: self.strikes,
                ..Self::fresh(now)
            };
        }
    }

    fn pause(&mut self, now: Timestamp) -> Wait {
        let factor = 1 << self.strikes.min(8);
        let pause = (FIRST_PAUSE * factor).min(LONGEST_PAUSE);
        self.strikes += 1;
        self.blocked_until = Some(now + pause);
        Wait(pause)
    }
}

/// Under which an account is counted, whether it exists or not.
#[must_use]
pub fn account_key(email: &str) -> Digest {
    Digest::of(&format!("account {email}"))
}

/// Under which an address is counted. One subscriber line has a whole /64 of IPv6, so that is what
/// counts as one address.
#[must_use]
pub fn address_key(ip: IpAddr) -> Digest {
    let counted = match ip.to_canonical() {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    };
    Digest::of(&format!("address {counted}"))
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use kernel::Timestamp;

    use super::{Counted, LoginThrottle, Wait, account_key, address_key};

    fn start() -> Timestamp {
        "2026-03-01T08:00:00Z".parse().expect("a time")
    }

    fn minutes(n: i64) -> SignedDuration {
        SignedDuration::from_mins(n)
    }

    /// Uses up what is allowed, and returns the pause that follows.
    fn exhaust(throttle: &mut LoginThrottle, counted: Counted, now: Timestamp) -> SignedDuration {
        for _ in 0..counted.attempts_a_minute() {
            assert_eq!(throttle.attempt(counted, now), Ok(()));
        }
        throttle.attempt(counted, now).expect_err("one too many").0
    }

    #[test]
    fn five_attempts_at_an_account_and_twenty_from_an_address_are_looked_at_in_a_minute() {
        for (counted, allowed) in [(Counted::Account, 5), (Counted::Address, 20)] {
            let mut throttle = LoginThrottle::fresh(start());
            let passed = (0..30)
                .filter(|_| throttle.attempt(counted, start()).is_ok())
                .count();
            assert_eq!(passed, allowed);
        }
    }

    #[test]
    fn slow_attempts_are_never_refused() {
        let mut throttle = LoginThrottle::fresh(start());
        for n in 0..100 {
            let now = start() + SignedDuration::from_secs(15 * n);
            assert_eq!(throttle.attempt(Counted::Account, now), Ok(()), "attempt {n}");
        }
    }

    #[test]
    fn the_pause_doubles_up_to_a_quarter_of_an_hour() {
        let mut throttle = LoginThrottle::fresh(start());
        let mut now = start();
        let mut pauses = Vec::new();
        for _ in 0..6 {
            let pause = exhaust(&mut throttle, Counted::Account, now);
            pauses.push(pause);
            now += pause;
        }
        assert_eq!(pauses, [1, 2, 4, 8, 15, 15].map(minutes));
    }

    #[test]
    fn knocking_during_a_pause_does_not_lengthen_it() {
        let mut throttle = LoginThrottle::fresh(start());
        exhaust(&mut throttle, Counted::Account, start());
        let halfway = start() + SignedDuration::from_secs(30);
        assert_eq!(
            throttle.attempt(Counted::Account, halfway),
            Err(Wait(SignedDuration::from_secs(30)))
        );
        assert_eq!(throttle.attempt(Counted::Account, start() + minutes(1)), Ok(()));
    }

    #[test]
    fn a_quiet_hour_makes_the_next_pause_short_again() {
        let mut throttle = LoginThrottle::fresh(start());
        exhaust(&mut throttle, Counted::Account, start());
        let second = exhaust(&mut throttle, Counted::Account, start() + minutes(1));
        assert_eq!(second, minutes(2));
        let later = start() + minutes(3) + minutes(60);
        assert_eq!(exhaust(&mut throttle, Counted::Account, later), minutes(1));
    }

    #[test]
    fn addresses_of_one_line_count_as_one() {
        let key = |text: &str| address_key(text.parse().expect("an address"));
        assert_eq!(key("2001:db8:1:2::1"), key("2001:db8:1:2:ffff::9"));
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
        assert_eq!(key("::ffff:192.0.2.1"), key("192.0.2.1"));
        assert_ne!(key("192.0.2.1"), key("192.0.2.2"));
        assert_ne!(account_key("192.0.2.1"), key("192.0.2.1"));
    }
}
