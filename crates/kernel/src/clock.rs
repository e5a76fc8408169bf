use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

/// An instant, in UTC.
pub type Timestamp = jiff::Timestamp;

/// Where the program learns what time it is. Leases are the exception: the database itself decides
/// when one has ended.
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// The present instant, cut to microseconds, which is what PostgreSQL keeps.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that asks the machine for the time"
    )]
    fn now(&self) -> Timestamp {
        let now = jiff::Timestamp::now();
        Timestamp::from_microsecond(now.as_microsecond()).expect("the present can be represented")
    }
}

/// A clock that moves only when it is told to. Clones show the same time.
#[derive(Debug, Clone)]
pub struct ManualClock(Arc<AtomicI64>);

impl ManualClock {
    /// Starts at `start`.
    #[must_use]
    pub fn new(start: Timestamp) -> Self {
        Self(Arc::new(AtomicI64::new(start.as_microsecond())))
    }

    /// Moves forward.
    pub fn advance(&self, by: jiff::SignedDuration) {
        let micros = i64::try_from(by.as_micros()).expect("tests move by less than millennia");
        self.0.fetch_add(micros, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.0.load(Ordering::SeqCst)).expect("set from a timestamp")
    }
}
