//! How many events a write key may send: so many a second, and a burst of ten seconds' worth.

use std::time::{Duration, Instant};

const BURST_SECONDS: f64 = 10.0;

/// What is left of an allowance.
#[derive(Clone, Copy, Debug)]
pub struct Allowance {
    left: f64,
    at: Instant,
}

impl Allowance {
    /// The whole burst.
    #[must_use]
    pub fn full(per_second: i32, now: Instant) -> Self {
        Self {
            left: f64::from(per_second) * BURST_SECONDS,
            at: now,
        }
    }

    /// Takes so many, or says how long to wait. What is larger than the whole burst passes when the
    /// burst is full, and is paid off afterwards.
    pub fn take(&mut self, events: usize, per_second: i32, now: Instant) -> Result<(), Duration> {
        let rate = f64::from(per_second);
        let most = rate * BURST_SECONDS;
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        self.left = (self.left + passed * rate).min(most);
        self.at = now;
        let wanted = events as f64;
        let needed = wanted.min(most);
        if self.left >= needed {
            self.left -= wanted;
            Ok(())
        } else {
            Err(Duration::from_secs_f64(
                ((needed - self.left) / rate).clamp(1.0, 300.0),
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_and_more_has_to_wait() {
        let start = Instant::now();
        let mut allowance = Allowance::full(10, start);
        assert!(allowance.take(100, 10, start).is_ok());
        assert_eq!(allowance.take(1, 10, start), Err(Duration::from_secs(1)));
        assert!(allowance.take(10, 10, start + Duration::from_secs(1)).is_ok());
    }

    #[test]
    fn a_batch_larger_than_the_burst_is_paid_off() {
        let start = Instant::now();
        let mut allowance = Allowance::full(1, start);
        assert!(allowance.take(2_500, 1, start).is_ok());
        assert!(allowance.take(1, 1, start + Duration::from_secs(60)).is_err());
    }
}
