//! What became of a campaign, to the row, and how it went over time.

use contracts::{
    analytics::{CurvePoint, MessageTotals},
    campaign::resources::Reconciliation,
    crm::AudienceCounts,
    delivery::BatchProgress,
};
use jiff::{SignedDuration, ToSpan, tz::TimeZone};
use kernel::Timestamp;

/// Up to this long a curve has a point an hour, afterwards one a day.
const HOURLY: SignedDuration = SignedDuration::from_hours(48);
/// Most points of a curve; later ones are left out.
const MOST_POINTS: usize = 400;

/// Adds up what delivery has and what it was never given. `handing_over` says whether more people
/// are still on their way to it. Somebody with several devices gets a push notification on each, and
/// then each counts.
#[must_use]
pub fn reconcile(
    counts: AudienceCounts,
    progress: &BatchProgress,
    handing_over: bool,
    cancelled: bool,
) -> Reconciliation {
    let not_given = (counts.reachable - progress.total).max(0);
    let only_if = |condition: bool| if condition { not_given } else { 0 };
    Reconciliation {
        audience: counts.matching + (progress.total - counts.reachable).max(0),
        without_address: counts.matching - counts.reachable,
        accepted: progress.accepted,
        suppressed: progress.suppressed,
        failed: progress.failed,
        held: progress.held,
        expired: progress.expired,
        cancelled: progress.cancelled + only_if(cancelled && handing_over),
        pending: progress.pending + only_if(handing_over && !cancelled),
        left: only_if(!handing_over),
    }
}

/// How many seconds sending will still take at the present speed.
#[must_use]
pub fn seconds_left(pending: i64, per_second: f64) -> Option<u64> {
    if pending <= 0 || !per_second.is_finite() || per_second < 0.05 {
        return None;
    }
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "shown in seconds; both are positive"
    )]
    Some((pending as f64 / per_second).ceil() as u64)
}

/// The width of a curve's steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A point an hour.
    Hour,
    /// A point a day, in the organisation's zone.
    Day,
}

/// Opens and clicks over time, without holes.
#[derive(Clone, Debug)]
pub struct Curve {
    /// How wide the steps are.
    pub step: Step,
    /// One point a step.
    pub points: Vec<(Timestamp, MessageTotals)>,
}

impl Curve {
    /// Puts the points of a roll-up into steps from the launch to the last thing that happened.
    #[must_use]
    pub fn of(points: &[CurvePoint], launched_at: Timestamp, zone: &TimeZone) -> Self {
        let Some(last) = points.iter().map(|point| point.at).max() else {
            return Self {
                step: Step::Hour,
                points: Vec::new(),
            };
        };
        let step = if last.duration_since(launched_at) <= HOURLY {
            Step::Hour
        } else {
            Step::Day
        };
        let first = points
            .iter()
            .map(|point| point.at)
            .min()
            .unwrap_or(launched_at)
            .min(launched_at);
        let mut steps = starts(step, first, last, zone);
        for point in points {
            // The last step that begins at or before the point.
            let index = steps.partition_point(|(start, _)| *start <= point.at);
            if let Some((_, totals)) = index.checked_sub(1).and_then(|i| steps.get_mut(i)) {
                *totals += point.totals;
            }
        }
        Self { step, points: steps }
    }
}

fn starts(step: Step, first: Timestamp, last: Timestamp, zone: &TimeZone) -> Vec<(Timestamp, MessageTotals)> {
    let begin = first.to_zoned(zone.clone());
    let (begin, span) = match step {
        Step::Hour => (
            begin.with().minute(0).second(0).subsec_nanosecond(0).build(),
            1.hour(),
        ),
        Step::Day => (begin.start_of_day(), 1.day()),
    };
    let Ok(begin) = begin else { return Vec::new() };
    std::iter::successors(Some(begin), |at| at.checked_add(span).ok())
        .map(|at| (at.timestamp(), MessageTotals::default()))
        .take_while(|(at, _)| *at <= last)
        .take(MOST_POINTS)
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("an instant")
    }

    fn opened(time: &str, opened: i64) -> CurvePoint {
        CurvePoint {
            at: at(time),
            totals: MessageTotals {
                opened,
                ..MessageTotals::default()
            },
        }
    }

    proptest! {
        #[test]
        fn whatever_became_of_the_messages_the_parts_make_the_whole(
            parts in proptest::array::uniform7(0i64..1_000),
            not_given in 0i64..1_000,
            without_address in 0i64..1_000,
            handing_over: bool,
            cancelled: bool,
        ) {
            let [accepted, suppressed, failed, held, expired, gone, pending] = parts;
            let total: i64 = parts.iter().sum();
            let progress = BatchProgress {
                total, pending, accepted, suppressed, failed, held, expired, cancelled: gone, per_second: 0.0,
            };
            let reachable = total + not_given;
            let counts = AudienceCounts { matching: reachable + without_address, reachable, will_receive: reachable };
            let sum = reconcile(counts, &progress, handing_over, cancelled);
            prop_assert!(sum.adds_up(), "{sum:?}");
            prop_assert!(sum.settled() >= 0 && sum.settled() <= sum.reachable());
        }
    }

    #[test]
    fn people_who_were_not_materialised_are_waiting_gone_or_cancelled() {
        let counts = AudienceCounts {
            matching: 10,
            reachable: 10,
            will_receive: 10,
        };
        let progress = BatchProgress {
            total: 4,
            accepted: 4,
            ..BatchProgress::default()
        };
        assert_eq!(reconcile(counts, &progress, true, false).pending, 6);
        assert_eq!(reconcile(counts, &progress, true, true).cancelled, 6);
        assert_eq!(reconcile(counts, &progress, false, false).left, 6);
        assert_eq!(reconcile(counts, &progress, false, true).left, 6);
    }

    #[test]
    fn time_left_is_only_told_when_something_moves() {
        assert_eq!(seconds_left(100, 10.0), Some(10));
        assert_eq!(seconds_left(0, 10.0), None);
        assert_eq!(seconds_left(100, 0.0), None);
        assert_eq!(seconds_left(100, f64::NAN), None);
    }

    #[test]
    fn a_curve_of_the_first_days_has_a_point_an_hour_and_no_holes() {
        let points = [
            opened("2026-06-01T10:00:00Z", 3),
            opened("2026-06-01T13:00:00Z", 1),
        ];
        let curve = Curve::of(&points, at("2026-06-01T10:20:00Z"), &TimeZone::UTC);
        let values: Vec<i64> = curve.points.iter().map(|(_, totals)| totals.opened).collect();
        assert_eq!((curve.step, values), (Step::Hour, vec![3, 0, 0, 1]));
    }

    #[test]
    fn a_longer_curve_has_a_point_a_day_of_the_organisations_zone() {
        let zone = TimeZone::get("Europe/Berlin").expect("the machine knows its zones");
        // Over the end of summer time, where a day has 25 hours.
        let points = [
            opened("2026-10-24T21:00:00Z", 1),
            opened("2026-10-24T22:00:00Z", 2),
            opened("2026-10-27T00:00:00Z", 4),
        ];
        let curve = Curve::of(&points, at("2026-10-24T10:00:00Z"), &zone);
        let values: Vec<i64> = curve.points.iter().map(|(_, totals)| totals.opened).collect();
        assert_eq!((curve.step, values), (Step::Day, vec![1, 2, 0, 4]));
        assert_eq!(curve.points[2].0, at("2026-10-25T23:00:00Z"));
    }

    #[test]
    fn nothing_has_no_curve() {
        assert!(
            Curve::of(&[], at("2026-06-01T10:00:00Z"), &TimeZone::UTC)
                .points
                .is_empty()
        );
    }
}
