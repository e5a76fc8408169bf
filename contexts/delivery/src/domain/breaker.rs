//! When an account is left alone for a while, and how fast it is used after it asked for patience.

use std::{collections::VecDeque, time::Duration};

/// After so many failures in a row nothing is tried for a moment.
const PATIENCE: u32 = 5;
/// When so many tries of the last while failed, and there were so many, the same.
const WINDOW: Duration = Duration::from_secs(30);
const FEWEST: usize = 10;
const FIRST_PAUSE: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
/// How often a slowed account becomes faster by a tenth.
const RECOVERY: Duration = Duration::from_secs(600);

/// Watches one account. Time is whatever steady clock the caller has, as a span since some start.
#[derive(Clone, Debug)]
pub struct Breaker {
    failures: u32,
    /// When each of the last tries ended, and whether it failed.
    recent: VecDeque<(Duration, bool)>,
    closed_until: Option<Duration>,
    /// How much of its connections may be used, in hundredths.
    share: u32,
    share_since: Duration,
}

impl Default for Breaker {
    fn default() -> Self {
        Self {
            failures: 0,
            recent: VecDeque::new(),
            closed_until: None,
            share: 100,
            share_since: Duration::ZERO,
        }
    }
}

impl Breaker {
    /// Whether something may be tried now. After a pause everything waits for the first try.
    #[must_use]
    pub fn allows(&self, now: Duration) -> bool {
        self.closed_until.is_none_or(|until| now >= until)
    }

    /// Whether the next try is one after a pause: then it is the only one.
    #[must_use]
    pub fn is_probing(&self) -> bool {
        self.closed_until.is_some()
    }

    /// A try went well. Returns whether that ends a pause.
    pub fn succeeded(&mut self, now: Duration) -> bool {
        self.failures = 0;
        self.note(now, false);
        self.closed_until.take().is_some()
    }

    /// A try failed for reasons of the account or the way to it. Returns whether a pause begins.
    pub fn failed(&mut self, now: Duration) -> bool {
        self.failures += 1;
        self.note(now, true);
        let failed = self.recent.iter().filter(|(_, failed)| *failed).count();
        let often = self.recent.len() >= FEWEST && failed * 2 >= self.recent.len();
        if self.failures < PATIENCE && !often {
            return false;
        }
        let doublings = self.failures.saturating_sub(PATIENCE).min(6);
        self.recent.clear();
        self.closed_until = Some(now + (FIRST_PAUSE * 2u32.pow(doublings)).min(LONGEST_PAUSE));
        true
    }

    fn note(&mut self, now: Duration, failed: bool) {
        self.recent.push_back((now, failed));
        while self
            .recent
            .front()
            .is_some_and(|(at, _)| now.saturating_sub(*at) > WINDOW)
        {
            self.recent.pop_front();
        }
        // What matters is the last while; a fast account must not fill the memory with it.
        if self.recent.len() > 1000 {
            self.recent.pop_front();
        }
    }

    /// The account asked for patience: half as much at once. Asked again within a second means the
    /// same request.
    pub fn slow_down(&mut self, now: Duration) {
        if self.share < 100 && now < self.share_since + Duration::from_secs(1) {
            return;
        }
        self.share = (self.share(now) / 2).max(1);
        self.share_since = now;
    }

    /// How many of so many connections may be used.
    #[must_use]
    pub fn connections(&self, of: usize, now: Duration) -> usize {
        (of * self.share(now) as usize).div_ceil(100).max(1)
    }

    fn share(&self, now: Duration) -> u32 {
        let steps = now.saturating_sub(self.share_since).as_secs() / RECOVERY.as_secs();
        (self.share + 10 * u32::try_from(steps).unwrap_or(10).min(10)).min(100)
    }
}

#[cfg(test)]
mod tests {
    use super::{Breaker, PATIENCE};
    use std::time::Duration;

    const fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn an_account_that_fails_five_times_is_left_alone_for_longer_and_longer() {
        let mut breaker = Breaker::default();
        for _ in 1..PATIENCE {
            assert!(!breaker.failed(at(0)));
        }
        assert!(breaker.failed(at(0)));
        assert!(!breaker.allows(at(4)) && breaker.allows(at(5)) && breaker.is_probing());
        assert!(breaker.failed(at(5)));
        assert!(!breaker.allows(at(14)) && breaker.allows(at(15)));
        for _ in 0..20 {
            breaker.failed(at(15));
        }
        assert!(breaker.allows(at(15 + 300)));
        assert!(breaker.succeeded(at(16)));
        assert!(breaker.allows(at(16)) && !breaker.is_probing());
        assert!(!breaker.failed(at(16)));
    }

    #[test]
    fn an_account_that_fails_every_other_time_is_left_alone_too() {
        let mut breaker = Breaker::default();
        let mut paused = false;
        for n in 0..10 {
            if n % 2 == 0 {
                breaker.succeeded(at(n));
            } else {
                paused = breaker.failed(at(n));
            }
        }
        assert!(paused);
        let mut slow = Breaker::default();
        for n in 0..10 {
            slow.succeeded(at(n * 20));
            assert!(
                !slow.failed(at(n * 20 + 10)),
                "so far apart they have nothing to do with each other"
            );
        }
    }

    #[test]
    fn an_account_that_asks_for_patience_is_used_half_as_much_and_recovers_by_a_tenth_each_ten_minutes() {
        let mut breaker = Breaker::default();
        assert_eq!(breaker.connections(10, at(0)), 10);
        breaker.slow_down(at(100));
        breaker.slow_down(at(100));
        assert_eq!(breaker.connections(10, at(100)), 5);
        breaker.slow_down(at(102));
        assert_eq!(breaker.connections(10, at(102)), 3);
        assert_eq!(breaker.connections(10, at(102 + 600)), 4);
        assert_eq!(breaker.connections(10, at(102 + 6000)), 10);
        for n in 0..20 {
            breaker.slow_down(at(10_000 + n * 2));
        }
        assert_eq!(breaker.connections(10, at(10_040)), 1);
    }
}
