//! The time that all processes of an installation share: the database's, carried on by the steady clock of
//! this machine.
//!
//! Deferrals, expiry and quiet hours are read by one process and written by another. By clocks of their
//! own, one that is an hour ahead would send what another one told to wait, and one that is a day ahead
//! would let a campaign expire that has just begun. A clock that somebody sets is not looked at any more
//! once the database has told the time.

use std::{
    sync::{Arc, RwLock},
    time::{Duration, Instant},
};

use jiff::SignedDuration;
use kernel::{Clock, Timestamp};
use tokio_util::sync::CancellationToken;

use crate::{
    db::{Db, DbError},
    failpoint,
};

/// Steady clocks do not run equally fast, and stand still while a machine sleeps.
const EVERY: Duration = Duration::from_secs(10);
/// Differences below this are the way to the database and back.
const NOISE: Duration = Duration::from_millis(20);

/// Shows the machine's time until the database has told its own.
#[derive(Debug)]
pub struct SharedClock {
    machine: Arc<dyn Clock>,
    anchor: RwLock<Option<Anchor>>,
}

/// What time it was, at which point of the steady clock.
#[derive(Clone, Copy, Debug)]
struct Anchor {
    at: Timestamp,
    since: Instant,
}

impl Anchor {
    fn carried_on(&self, to: Instant) -> Timestamp {
        let passed = to.saturating_duration_since(self.since).as_micros();
        self.at + SignedDuration::from_micros(i64::try_from(passed).unwrap_or(i64::MAX))
    }
}

impl SharedClock {
    /// By the machine's clock for now.
    #[must_use]
    pub fn new(machine: Arc<dyn Clock>) -> Self {
        Self {
            machine,
            anchor: RwLock::new(None),
        }
    }

    /// Asks the database once.
    pub async fn ask(&self, db: &Db) -> Result<(), DbError> {
        if failpoint::due("platform.clock.ask", "").is_some() {
            return Ok(());
        }
        let asked = Instant::now();
        let told: jiff_sqlx::Timestamp = sqlx::query_scalar("SELECT clock_timestamp()")
            .fetch_one(db.work_pool())
            .await?;
        self.set(told.to_jiff(), asked, Instant::now());
        Ok(())
    }

    /// Asks again and again until told to stop. A database that does not answer is noticed by everything
    /// else, and time goes on meanwhile.
    pub async fn follow(self: Arc<Self>, db: Db, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(EVERY) => {}
            }
            let _unheard = self.ask(&db).await;
        }
    }

    /// The database told the time somewhen between these points. What the way there and back explains
    /// changes nothing, so that time does not tremble.
    fn set(&self, told: Timestamp, asked: Instant, answered: Instant) {
        let half = answered.saturating_duration_since(asked) / 2;
        let fresh = Anchor {
            at: told,
            since: asked + half,
        };
        let mut anchor = self.anchor.write().expect("nothing panics while holding it");
        let off = anchor.map(|old| {
            old.carried_on(answered)
                .duration_since(fresh.carried_on(answered))
        });
        if off.is_none_or(|off| off.unsigned_abs() > half + NOISE) {
            *anchor = Some(fresh);
        }
    }
}

impl Clock for SharedClock {
    fn now(&self) -> Timestamp {
        let anchor = *self.anchor.read().expect("nothing panics while holding it");
        anchor.map_or_else(|| self.machine.now(), |anchor| anchor.carried_on(Instant::now()))
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::Arc,
        time::{Duration, Instant},
    };

    use jiff::SignedDuration;
    use kernel::{Clock, ManualClock, Timestamp};

    use super::SharedClock;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn is_about(clock: &SharedClock, text: &str) -> bool {
        clock.now().duration_since(at(text)).abs() < SignedDuration::from_secs(60)
    }

    #[test]
    fn a_machine_whose_clock_is_set_goes_on_by_the_databases() {
        let machine = ManualClock::new(at("2026-11-27T12:00:00Z"));
        let clock = SharedClock::new(Arc::new(machine.clone()));
        assert!(
            is_about(&clock, "2026-11-27T12:00:00Z"),
            "nobody has told it otherwise"
        );

        clock.set(at("2026-11-27T11:00:00Z"), Instant::now(), Instant::now());
        machine.advance(SignedDuration::from_hours(24));

        assert!(is_about(&clock, "2026-11-27T11:00:00Z"));
    }

    #[test]
    fn what_the_way_to_the_database_explains_does_not_move_it_and_more_does() {
        let clock = SharedClock::new(Arc::new(ManualClock::new(at("2026-11-27T12:00:00Z"))));
        let asked = Instant::now();
        clock.set(at("2026-11-27T11:00:00Z"), asked, asked);
        let anchor = || clock.anchor.read().unwrap().unwrap();

        clock.set(
            at("2026-11-27T11:00:00.400Z"),
            asked,
            asked + Duration::from_secs(1),
        );
        assert_eq!(anchor().at, at("2026-11-27T11:00:00Z"));

        clock.set(at("2026-11-27T11:00:05Z"), asked, asked + Duration::from_secs(1));
        assert_eq!(anchor().at, at("2026-11-27T11:00:05Z"));
    }

    #[test]
    fn it_goes_on_between_two_answers() {
        let clock = SharedClock::new(Arc::new(ManualClock::new(at("2026-11-27T12:00:00Z"))));
        let told = at("2026-11-27T11:00:00Z");
        let asked = Instant::now();
        clock.set(told, asked, asked);

        let later = clock
            .anchor
            .read()
            .unwrap()
            .unwrap()
            .carried_on(asked + Duration::from_secs(90));

        assert_eq!(later, told + SignedDuration::from_secs(90));
    }
}
