use jiff::{ToSpan, civil::Date, tz::TimeZone};
use kernel::Timestamp;

/// When a rule is asked, and in which zone its days lie.
#[derive(Debug, Clone)]
pub struct Moment {
    /// The present instant.
    pub now: Timestamp,
    /// The organisation's zone.
    pub zone: TimeZone,
}

/// A unit of a [`Span`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// 60 minutes.
    Hours,
    /// 24 hours of an instant; a calendar day of a day.
    Days,
    /// Seven days.
    Weeks,
    /// A calendar month in the organisation's zone, by whole days.
    Months,
    /// A calendar year in the organisation's zone, by whole days.
    Years,
}

impl Unit {
    /// All of them.
    pub const ALL: [Unit; 5] = [Unit::Hours, Unit::Days, Unit::Weeks, Unit::Months, Unit::Years];

    /// The word in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Unit::Hours => "hours",
            Unit::Days => "days",
            Unit::Weeks => "weeks",
            Unit::Months => "months",
            Unit::Years => "years",
        }
    }

    /// The unit of that word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|unit| unit.word() == word)
    }

    /// The largest amount: about a century, so that no date leaves the calendar.
    pub const fn most(self) -> u32 {
        match self {
            Unit::Hours => 24 * 36_500,
            Unit::Days => 36_500,
            Unit::Weeks => 5_200,
            Unit::Months => 1_200,
            Unit::Years => 100,
        }
    }
}

/// A length of time: at least one unit, at most about a century.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    amount: u32,
    unit: Unit,
}

impl Span {
    /// `None` when it is nothing or longer than about a century.
    pub fn new(amount: u32, unit: Unit) -> Option<Self> {
        (1..=unit.most())
            .contains(&amount)
            .then_some(Self { amount, unit })
    }

    /// How many.
    pub const fn amount(self) -> u32 {
        self.amount
    }

    /// Of what.
    pub const fn unit(self) -> Unit {
        self.unit
    }

    fn to_jiff(self) -> jiff::Span {
        let amount = i64::from(self.amount);
        match self.unit {
            Unit::Hours => amount.hours(),
            Unit::Days => amount.days(),
            Unit::Weeks => amount.weeks(),
            Unit::Months => amount.months(),
            Unit::Years => amount.years(),
        }
    }

    /// Durations are physical: a day of an instant has 24 hours, also when the clocks change.
    /// Months and years have no length of their own: they follow the calendar, by whole days, so that
    /// what is counted from now only ever moves on.
    pub fn physical_hours(self) -> Option<i64> {
        let amount = i64::from(self.amount);
        match self.unit {
            Unit::Hours => Some(amount),
            Unit::Days => Some(amount * 24),
            Unit::Weeks => Some(amount * 24 * 7),
            Unit::Months | Unit::Years => None,
        }
    }
}

const IN_RANGE: &str = "a moment of this century and a span of at most one stay within the calendar";

impl Moment {
    /// Today in the zone.
    pub fn today(&self) -> Date {
        self.now.to_zoned(self.zone.clone()).date()
    }

    /// The instant that lies a span before now; of months and years, the beginning of that day.
    pub fn before(&self, span: Span) -> Timestamp {
        match span.physical_hours() {
            Some(hours) => self.now.checked_sub(hours.hours()).expect(IN_RANGE),
            None => self.start_of(self.day_before(span)),
        }
    }

    /// The instant that lies a span after now; of months and years, the end of that day.
    pub fn after(&self, span: Span) -> Timestamp {
        match span.physical_hours() {
            Some(hours) => self.now.checked_add(hours.hours()).expect(IN_RANGE),
            None => {
                let next = self.start_of(self.day_after(span).tomorrow().expect(IN_RANGE));
                next.checked_sub(1.microsecond()).expect(IN_RANGE)
            }
        }
    }

    /// When the next day begins in the zone.
    pub fn next_midnight(&self) -> Timestamp {
        self.start_of(self.today().tomorrow().expect(IN_RANGE))
    }

    /// The day that lies a span before today.
    pub fn day_before(&self, span: Span) -> Date {
        self.today().checked_sub(span.to_jiff()).expect(IN_RANGE)
    }

    /// The day that lies a span after today.
    pub fn day_after(&self, span: Span) -> Date {
        self.today().checked_add(span.to_jiff()).expect(IN_RANGE)
    }

    /// The first instant of a day; of the last day of the calendar, the last that there is.
    pub fn start_of(&self, day: Date) -> Timestamp {
        day.to_zoned(self.zone.clone())
            .map_or(Timestamp::MAX, |zoned| zoned.timestamp())
    }
}

#[cfg(test)]
mod tests {
    use jiff::{civil::date, tz::TimeZone};

    use super::{Moment, Span, Unit};

    fn berlin(now: &str) -> Moment {
        Moment {
            now: now.parse().expect("a timestamp"),
            zone: TimeZone::get("Europe/Berlin").expect("a zone"),
        }
    }

    #[test]
    fn a_day_of_an_instant_has_24_hours_when_the_clocks_change() {
        let moment = berlin("2026-03-29T12:00:00Z");
        let day = Span::new(1, Unit::Days).expect("in range");
        assert_eq!(moment.before(day).to_string(), "2026-03-28T12:00:00Z");
    }

    #[test]
    fn months_follow_the_calendar_of_the_zone() {
        let moment = berlin("2026-03-31T22:30:00Z");
        let month = Span::new(1, Unit::Months).expect("in range");
        assert_eq!(moment.today(), date(2026, 4, 1));
        assert_eq!(moment.day_before(month), date(2026, 3, 1));
        assert_eq!(moment.before(month).to_string(), "2026-02-28T23:00:00Z");
        assert_eq!(moment.after(month).to_string(), "2026-05-01T21:59:59.999999Z");
    }

    #[test]
    fn the_longest_spans_stay_within_the_calendar() {
        let moment = berlin("2026-03-31T22:30:00Z");
        for unit in Unit::ALL {
            let span = Span::new(unit.most(), unit).expect("in range");
            assert!(moment.before(span) < moment.now && moment.now < moment.after(span));
            assert!(Span::new(unit.most() + 1, unit).is_none());
            assert!(Span::new(0, unit).is_none());
        }
    }
}
