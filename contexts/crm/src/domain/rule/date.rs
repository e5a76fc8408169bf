use jiff::{RoundMode, TimestampRound, ToSpan, Unit, civil::Date};
use kernel::Timestamp;

use super::{
    day::{Days, anniversaries},
    moment::{Moment, Span},
    value_test::{DateTest, Point},
};

/// From `from`, included, up to `until`, excluded; open where there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range<T> {
    /// The first that is in.
    pub from: Option<T>,
    /// The first that is out.
    pub until: Option<T>,
}

impl<T> Range<T> {
    /// The same with other ends.
    pub fn map<U>(self, f: impl Fn(T) -> U) -> Range<U> {
        Range {
            from: self.from.map(&f),
            until: self.until.map(&f),
        }
    }
    const fn from(from: T) -> Self {
        Self {
            from: Some(from),
            until: None,
        }
    }
    const fn until(until: T) -> Self {
        Self {
            from: None,
            until: Some(until),
        }
    }
    const fn between(from: T, until: T) -> Self {
        Self {
            from: Some(from),
            until: Some(until),
        }
    }
}

impl DateTest {
    /// The instants that it accepts; `None` when it asks for there being none, or for anniversaries.
    ///
    /// "In the last" ends with now and "in the next" begins with it, so that now is in both, and
    /// "more than … ago" begins where "in the last" ends.
    pub fn instants(&self, at: &Moment) -> Option<Range<Timestamp>> {
        let range = match *self {
            DateTest::Empty | DateTest::Anniversary(_) | DateTest::AnniversaryInTheNext(_) => return None,
            DateTest::On(days) => days.range(at).map(|day| at.start_of(day)),
            DateTest::Before(point) => Range::until(start(at, point)),
            DateTest::After(point) => Range::from(end(at, point)),
            DateTest::OnOrBefore(point) => Range::until(end(at, point)),
            DateTest::OnOrAfter(point) => Range::from(start(at, point)),
            DateTest::Between(a, b) => Range::between(start(at, a), end(at, b)),
            DateTest::InTheLast(span) => Range::between(at.before(span), tick(at.now)),
            DateTest::MoreThanAgo(span) => Range::until(at.before(span)),
            DateTest::InTheNext(span) => Range::between(at.now, tick(at.after(span))),
            DateTest::MoreThanAhead(span) => Range::from(tick(at.after(span))),
        };
        Some(range)
    }

    /// The days that it accepts; `None` as above. "In the last 7 days" begins with the day a week ago
    /// and ends with today.
    pub fn days(&self, at: &Moment) -> Option<Range<Date>> {
        let range = match *self {
            DateTest::Empty | DateTest::Anniversary(_) | DateTest::AnniversaryInTheNext(_) => return None,
            DateTest::On(days) => days.range(at),
            DateTest::Before(point) => Range::until(day_of(at, point)),
            DateTest::After(point) => Range::from(next(day_of(at, point))),
            DateTest::OnOrBefore(point) => Range::until(next(day_of(at, point))),
            DateTest::OnOrAfter(point) => Range::from(day_of(at, point)),
            DateTest::Between(a, b) => Range::between(day_of(at, a), next(day_of(at, b))),
            DateTest::InTheLast(span) => Range::between(at.day_before(span), next(at.today())),
            DateTest::MoreThanAgo(span) => Range::until(at.day_before(span)),
            DateTest::InTheNext(span) => Range::between(at.today(), next(at.day_after(span))),
            DateTest::MoreThanAhead(span) => Range::from(next(at.day_after(span))),
        };
        Some(range)
    }

    /// The months and days, as `05-31`, that it accepts; `None` when it asks for something else.
    pub fn anniversaries(&self, at: &Moment) -> Option<Vec<String>> {
        match *self {
            DateTest::Anniversary(days) => Some(anniversaries(days.range(at))),
            DateTest::AnniversaryInTheNext(span) => Some(anniversaries(Range::between(
                at.today(),
                next(at.day_after(span)),
            ))),
            _ => None,
        }
    }

    /// The same as [`DateTest::instants`] for values that are kept to the second.
    pub fn seconds(&self, at: &Moment) -> Option<Range<Timestamp>> {
        let range = self.instants(at)?;
        Some(Range {
            from: range.from.map(next_second),
            until: range.until.map(next_second),
        })
    }

    /// When its answer changes by the mere passing of time.
    pub fn clock(&self, holds: Holds) -> Clock {
        let relative = |point: Point| matches!(point, Point::Relative(_));
        let (arrives, leaves) = (
            |seconds| Flip::new(seconds, false),
            |seconds| Flip::new(seconds, true),
        );
        match *self {
            DateTest::Empty => Clock::default(),
            DateTest::On(days) => Clock::daily_if(!matches!(days, Days::Day(_))),
            DateTest::Before(point) | DateTest::After(point) => Clock::daily_if(relative(point)),
            DateTest::OnOrBefore(point) | DateTest::OnOrAfter(point) => Clock::daily_if(relative(point)),
            DateTest::Between(a, b) => Clock::daily_if(relative(a) || relative(b)),
            DateTest::Anniversary(_) | DateTest::AnniversaryInTheNext(_) => Clock::daily_if(true),
            DateTest::InTheLast(span) => Clock::of(holds, span, &[arrives(0)], leaves),
            DateTest::MoreThanAgo(span) => Clock::of(holds, span, &[], leaves),
            DateTest::InTheNext(span) => Clock::of(holds, span, &[leaves(0)], |s| arrives(-s)),
            DateTest::MoreThanAhead(span) => Clock::of(holds, span, &[], |s| arrives(-s)),
        }
    }
}

/// What a date is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    Days,
    Instants,
}

/// When an answer can change by the mere passing of time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Clock {
    /// When a day begins in the organisation's zone.
    pub daily: bool,
    /// At these distances from an instant that is looked at.
    pub flips: Vec<Flip>,
}

/// A distance from an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Flip {
    pub seconds: i64,
    /// Not at that instant yet, but at the next.
    pub after: bool,
}

impl Flip {
    pub const fn new(seconds: i64, after: bool) -> Self {
        Self { seconds, after }
    }
}

impl Clock {
    pub fn daily_if(daily: bool) -> Self {
        Self {
            daily,
            flips: Vec::new(),
        }
    }

    fn of(holds: Holds, span: Span, always: &[Flip], flip: impl Fn(i64) -> Flip) -> Self {
        match (holds, span.physical_hours()) {
            (Holds::Days, _) => Self::daily_if(true),
            (Holds::Instants, Some(hours)) => Self {
                daily: false,
                flips: always.iter().copied().chain([flip(hours * 3600)]).collect(),
            },
            // Months and years go by whole days.
            (Holds::Instants, None) => Self {
                daily: true,
                flips: always.to_vec(),
            },
        }
    }
}

/// The next instant that PostgreSQL can hold.
fn tick(instant: Timestamp) -> Timestamp {
    instant.checked_add(1.microsecond()).unwrap_or(Timestamp::MAX)
}

/// The instant itself when it is a whole second, else the next one that is.
fn next_second(instant: Timestamp) -> Timestamp {
    let rounding = TimestampRound::new().smallest(Unit::Second).mode(RoundMode::Ceil);
    instant.round(rounding).unwrap_or(Timestamp::MAX)
}

fn next(day: Date) -> Date {
    day.tomorrow().unwrap_or(Date::MAX)
}

fn after_day(at: &Moment, day: Date) -> Timestamp {
    at.start_of(next(day))
}

fn start(at: &Moment, point: Point) -> Timestamp {
    match point {
        Point::Day(day) => at.start_of(day),
        Point::Relative(day) => at.start_of(day.day(at)),
        Point::Instant(instant) => instant,
    }
}

fn end(at: &Moment, point: Point) -> Timestamp {
    match point {
        Point::Day(day) => after_day(at, day),
        Point::Relative(day) => after_day(at, day.day(at)),
        Point::Instant(instant) => tick(instant),
    }
}

fn day_of(at: &Moment, point: Point) -> Date {
    match point {
        Point::Day(day) => day,
        Point::Relative(day) => day.day(at),
        Point::Instant(instant) => instant.to_zoned(at.zone.clone()).date(),
    }
}

#[cfg(test)]
mod tests {
    use jiff::{civil::date, tz::TimeZone};

    use super::super::{DateTest, Days, Moment, Point, Span, Unit};

    fn berlin() -> Moment {
        Moment {
            now: "2026-07-01T22:30:00Z".parse().expect("a timestamp"),
            zone: TimeZone::get("Europe/Berlin").expect("a zone"),
        }
    }

    #[test]
    fn a_day_lasts_from_midnight_to_midnight_of_the_organisation() {
        let range = DateTest::On(Days::Day(date(2026, 7, 2)))
            .instants(&berlin())
            .expect("a range");
        assert_eq!(range.from.expect("a start").to_string(), "2026-07-01T22:00:00Z");
        assert_eq!(range.until.expect("an end").to_string(), "2026-07-02T22:00:00Z");
    }

    #[test]
    fn after_a_day_begins_when_the_day_has_ended() {
        let after = DateTest::After(Point::Day(date(2026, 7, 2)))
            .instants(&berlin())
            .expect("a range");
        let between = DateTest::Between(Point::Day(date(2026, 7, 1)), Point::Day(date(2026, 7, 2)));
        assert_eq!(after.from, between.instants(&berlin()).expect("a range").until);
        assert_eq!(after.until, None);
    }

    #[test]
    fn in_the_last_and_more_than_ago_leave_no_gap_and_do_not_overlap() {
        let week = Span::new(7, Unit::Days).expect("in range");
        let (last, ago) = (DateTest::InTheLast(week), DateTest::MoreThanAgo(week));
        let at = berlin();
        assert_eq!(
            last.instants(&at).expect("a range").from,
            ago.instants(&at).expect("a range").until
        );
        assert_eq!(last.days(&at).expect("a range").from, Some(date(2026, 6, 25)));
        assert_eq!(ago.days(&at).expect("a range").until, Some(date(2026, 6, 25)));
        assert_eq!(last.days(&at).expect("a range").until, Some(date(2026, 7, 3)));
    }

    #[test]
    fn values_kept_to_the_second_are_asked_to_the_second() {
        let at = |text: &str| text.parse::<kernel::Timestamp>().expect("an instant");
        let test = DateTest::Between(
            Point::Instant(at("2026-07-01T10:00:00Z")),
            Point::Instant(at("2026-07-01T11:00:00.5Z")),
        );
        let range = test.seconds(&berlin()).expect("a range");
        assert_eq!(range.from, Some(at("2026-07-01T10:00:00Z")));
        assert_eq!(range.until, Some(at("2026-07-01T11:00:01Z")));
    }

    #[test]
    fn the_end_of_the_calendar_does_not_overflow() {
        let test = DateTest::After(Point::Day(date(9999, 12, 31)));
        assert!(test.instants(&berlin()).is_some() && test.days(&berlin()).is_some());
    }
}
