//! When people came: most by one file, some by another one, the others one by one on the days between.

use std::ops::Range;

use jiff::{SignedDuration, civil::Weekday, tz::TimeZone};
use kernel::Timestamp;

/// Share of the people whom the first file brings.
const CUSTOMERS: f64 = 0.74;
/// Share of the people whom the second one brings.
const TRADE_FAIR: f64 = 0.04;
/// Fewer come at weekends.
const WEEKEND: f64 = 0.3;
/// The organisation gains a little speed: so much more a day at the end than at the beginning.
const GROWTH: f64 = 0.8;

/// Who of so many comes by the first file, and who by the second.
pub fn by_file(count: usize) -> (Range<usize>, Range<usize>) {
    // Somebody has to be there for the organisation to begin.
    let customers = ((count as f64 * CUSTOMERS) as usize).max(1);
    let trade_fair = (count as f64 * TRADE_FAIR) as usize;
    (0..customers, customers..(customers + trade_fair).min(count))
}

/// Who comes when: numbers of people, in the order of their coming, twice a day from the day after
/// `start` until just before `end`.
pub fn by_themselves(count: usize, start: Timestamp, end: Timestamp) -> Vec<(Timestamp, Range<usize>)> {
    let moments: Vec<(Timestamp, f64)> = moments(start, end);
    let total: f64 = moments.iter().map(|(_, weight)| weight).sum();
    let first = by_file(count).1.end;
    let (mut so_far, mut next) = (0.0, first);
    let mut arrivals = Vec::new();
    for (at, weight) in moments {
        so_far += weight;
        let until = first + ((count - first) as f64 * so_far / total).round() as usize;
        if until > next {
            arrivals.push((at, next..until));
            next = until;
        }
    }
    arrivals
}

fn moments(start: Timestamp, end: Timestamp) -> Vec<(Timestamp, f64)> {
    let day = SignedDuration::from_hours(24);
    let days = std::iter::successors(Some(start + day), |at| Some(*at + day)).take_while(|at| *at < end);
    let length = end.duration_since(start).as_secs_f64();
    let mut moments = Vec::new();
    for at in days {
        let weekend = matches!(
            at.to_zoned(TimeZone::UTC).weekday(),
            Weekday::Saturday | Weekday::Sunday
        );
        let age = at.duration_since(start).as_secs_f64() / length;
        let weight = (1.0 + GROWTH * age) * if weekend { WEEKEND } else { 1.0 };
        let evening = at + SignedDuration::from_hours(7);
        moments.push((at, weight));
        if evening < end {
            moments.push((evening, weight * 0.7));
        }
    }
    moments
}

#[cfg(test)]
mod tests {
    use kernel::Timestamp;

    use super::{by_file, by_themselves};

    fn at(text: &str) -> Timestamp {
        text.parse().expect("an instant")
    }

    #[test]
    fn everybody_comes_once_and_in_order() {
        let (start, end) = (at("2026-05-01T09:00:00Z"), at("2026-06-15T14:20:00Z"));
        for count in [1, 10, 200, 5_000] {
            let arrivals = by_themselves(count, start, end);
            let (customers, trade_fair) = by_file(count);
            assert!(customers.start == 0 && !customers.is_empty() && trade_fair.start == customers.end);
            let mut next = trade_fair.end;
            for (moment, range) in &arrivals {
                assert!(start < *moment && *moment < end);
                assert_eq!(range.start, next);
                next = range.end;
            }
            assert_eq!(next, count);
            assert!(arrivals.is_sorted_by_key(|(moment, _)| *moment));
        }
    }

    #[test]
    fn fewer_come_at_the_weekend() {
        let arrivals = by_themselves(5_000, at("2026-05-01T09:00:00Z"), at("2026-06-15T14:20:00Z"));
        let on = |day: &str| -> usize {
            let same = |moment: &Timestamp| moment.to_string().starts_with(day);
            arrivals
                .iter()
                .filter(|(moment, _)| same(moment))
                .map(|(_, range)| range.len())
                .sum()
        };
        assert!(
            on("2026-05-16") * 2 < on("2026-05-15"),
            "{} {}",
            on("2026-05-16"),
            on("2026-05-15")
        );
    }
}
