//! The last days, by the organisation's calendar, and the days before them to compare with.
//!
//! Roll-ups are by the hour of UTC. Where a zone's days begin at half past, the hour around midnight
//! counts for the day in which it begins.

use contracts::analytics::{CurvePoint, MessageTotals, StatisticsOverview};
use jiff::{ToSpan, Zoned, tz::TimeZone};
use kernel::Timestamp;

/// A span of whole days that ends with today.
#[derive(Clone, Debug)]
pub struct Period {
    now: Timestamp,
    /// Where the days before begin.
    before: Timestamp,
    /// Where each day begins, oldest first.
    starts: Vec<Timestamp>,
}

impl Period {
    /// The last `days` days, today included; at least one.
    #[must_use]
    pub fn last(days: i64, now: Timestamp, zone: &TimeZone) -> Self {
        let today = now.to_zoned(zone.clone());
        // Days are counted on the calendar, since one of them may have 23 or 25 hours.
        let start = |ago: i64| {
            let day = today
                .checked_sub(ago.days())
                .and_then(|day: Zoned| day.start_of_day());
            day.map_or(now, |day| day.timestamp())
        };
        let days = days.max(1);
        Self {
            now,
            before: start(2 * days - 1),
            starts: (0..days).rev().map(start).collect(),
        }
    }

    /// From where on roll-ups are needed.
    #[must_use]
    pub const fn needs_from(&self) -> Timestamp {
        self.before
    }

    /// Adds up roll-ups by the hour.
    #[must_use]
    pub fn overview(&self, hours: &[CurvePoint]) -> StatisticsOverview {
        let from = self.starts.first().copied().unwrap_or(self.now);
        let mut curve: Vec<CurvePoint> = self
            .starts
            .iter()
            .map(|at| CurvePoint {
                at: *at,
                totals: MessageTotals::default(),
            })
            .collect();
        let (mut totals, mut previous) = (MessageTotals::default(), MessageTotals::default());
        for hour in hours {
            // The last day that begins at or before the hour.
            match self
                .starts
                .partition_point(|start| *start <= hour.at)
                .checked_sub(1)
            {
                Some(day) => {
                    curve[day].totals += hour.totals;
                    totals += hour.totals;
                }
                None => previous += hour.totals,
            }
        }
        StatisticsOverview {
            from,
            to: self.now,
            totals,
            previous,
            curve,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("an instant")
    }

    fn sent(time: &str, sent: i64) -> CurvePoint {
        CurvePoint {
            at: at(time),
            totals: MessageTotals {
                sent,
                ..MessageTotals::default()
            },
        }
    }

    fn berlin() -> TimeZone {
        TimeZone::get("Europe/Berlin").expect("the machine knows its zones")
    }

    #[test]
    fn days_are_those_of_the_organisations_calendar() {
        let period = Period::last(2, at("2026-06-10T12:00:00Z"), &berlin());
        // Midnight in Berlin is 22:00 of UTC in summer.
        let hours = [
            sent("2026-06-08T21:00:00Z", 1),
            sent("2026-06-08T22:00:00Z", 2),
            sent("2026-06-09T22:00:00Z", 4),
        ];
        let overview = period.overview(&hours);
        let days: Vec<i64> = overview.curve.iter().map(|point| point.totals.sent).collect();
        assert_eq!(days, [2, 4]);
        assert_eq!((overview.totals.sent, overview.previous.sent), (6, 1));
        assert_eq!(overview.from, at("2026-06-08T22:00:00Z"));
    }

    #[test]
    fn the_days_before_are_as_many() {
        let period = Period::last(7, at("2026-06-14T12:00:00Z"), &TimeZone::UTC);
        assert_eq!(period.needs_from(), at("2026-06-01T00:00:00Z"));
        assert_eq!(period.overview(&[]).from, at("2026-06-08T00:00:00Z"));
        assert_eq!(period.overview(&[]).curve.len(), 7);
    }

    #[test]
    fn a_day_of_25_hours_is_one_day() {
        // Clocks go back on 25 October.
        let period = Period::last(3, at("2026-10-26T12:00:00Z"), &berlin());
        let hours = [
            sent("2026-10-24T22:00:00Z", 1),
            sent("2026-10-25T22:00:00Z", 2),
            sent("2026-10-25T23:00:00Z", 4),
        ];
        let days: Vec<i64> = period
            .overview(&hours)
            .curve
            .iter()
            .map(|point| point.totals.sent)
            .collect();
        assert_eq!(days, [0, 3, 4]);
    }
}
