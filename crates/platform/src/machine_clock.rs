//! The machine's clock, and in debug builds one that is wrong by as much as a test likes.

use std::sync::Arc;

use kernel::{Clock, SystemClock};

/// The machine's clock. In a debug build, with `MAUNTIC_CLOCK_OFFSET` naming a file, it is wrong by the
/// seconds that stand in that file, and jumps when the file is written anew.
#[must_use]
pub fn machine_clock() -> Arc<dyn Clock> {
    #[cfg(debug_assertions)]
    if let Some(clock) = wrong::clock() {
        return Arc::new(clock);
    }
    Arc::new(SystemClock)
}

#[cfg(debug_assertions)]
mod wrong {
    use std::path::PathBuf;

    use jiff::SignedDuration;
    use kernel::{Clock, SystemClock, Timestamp};

    pub fn clock() -> Option<WrongClock> {
        #[expect(
            clippy::disallowed_methods,
            reason = "no setting: a released program must not know of it"
        )]
        let file = std::env::var_os("MAUNTIC_CLOCK_OFFSET")?;
        Some(WrongClock { file: file.into() })
    }

    /// Reads its error anew at each look, so that it jumps as a clock does that somebody sets.
    #[derive(Debug)]
    pub struct WrongClock {
        pub file: PathBuf,
    }

    impl Clock for WrongClock {
        fn now(&self) -> Timestamp {
            let text = std::fs::read_to_string(&self.file).unwrap_or_default();
            let seconds = text.trim().parse().unwrap_or(0);
            SystemClock.now() + SignedDuration::from_secs(seconds)
        }
    }
}

#[cfg(all(test, debug_assertions))]
mod tests {
    use jiff::SignedDuration;
    use kernel::{Clock, SystemClock};

    use super::wrong::WrongClock;

    #[test]
    fn a_wrong_clock_is_wrong_by_what_the_file_says_and_jumps_with_it() {
        let file = std::env::temp_dir().join(format!("mauntic-clock-{}", uuid::Uuid::new_v4().simple()));
        let clock = WrongClock { file: file.clone() };
        let error = || clock.now().duration_since(SystemClock.now());

        assert!(
            error().abs() < SignedDuration::from_secs(60),
            "without a file it is right"
        );
        std::fs::write(&file, "3600\n").unwrap();
        assert!((error() - SignedDuration::from_hours(1)).abs() < SignedDuration::from_secs(60));
        std::fs::write(&file, "-86400").unwrap();
        assert!((error() + SignedDuration::from_hours(24)).abs() < SignedDuration::from_secs(60));
        std::fs::remove_file(&file).unwrap();
    }
}
