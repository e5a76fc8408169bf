//! Days that are found from today: `yesterday`, `-3 days`, `first_day_of_next_month`, `this_week`.

use jiff::{
    ToSpan,
    civil::{Date, Weekday},
};

use super::{date::Range, moment::Moment};

/// A week from Monday to Sunday, a month or a year of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    which: Which,
    unit: PeriodUnit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Which {
    Last,
    This,
    Next,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PeriodUnit {
    Week,
    Month,
    Year,
}

const WHICH: [(Which, &str); 3] = [
    (Which::Last, "last"),
    (Which::This, "this"),
    (Which::Next, "next"),
];
const PERIODS: [(PeriodUnit, &str); 3] = [
    (PeriodUnit::Week, "week"),
    (PeriodUnit::Month, "month"),
    (PeriodUnit::Year, "year"),
];

impl Period {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Period> {
        WHICH
            .into_iter()
            .flat_map(|(which, _)| PERIODS.into_iter().map(move |(unit, _)| Period { which, unit }))
    }

    /// `last_week`; also `week_last`, as Mautic has it.
    pub fn parse(text: &str) -> Option<Self> {
        let (a, b) = text.split_once(['_', ' '])?;
        let find = |which: &str, unit: &str| {
            let which = WHICH.iter().find(|(_, word)| *word == which)?.0;
            let unit = PERIODS.iter().find(|(_, word)| *word == unit)?.0;
            Some(Period { which, unit })
        };
        find(a, b).or_else(|| find(b, a))
    }

    /// From its first day up to the first day after it.
    pub fn days(self, at: &Moment) -> Range<Date> {
        let today = at.today();
        let first = match self.unit {
            PeriodUnit::Week => {
                let since = i64::from(today.weekday().since(Weekday::Monday));
                shift(today, (-since).days())
            }
            PeriodUnit::Month => today.first_of_month(),
            PeriodUnit::Year => today.first_of_year(),
        };
        let step = |n: i64| match self.unit {
            PeriodUnit::Week => n.weeks(),
            PeriodUnit::Month => n.months(),
            PeriodUnit::Year => n.years(),
        };
        let offset = match self.which {
            Which::Last => -1,
            Which::This => 0,
            Which::Next => 1,
        };
        let from = shift(first, step(offset));
        Range {
            from: Some(from),
            until: Some(shift(from, step(1))),
        }
    }
}

impl std::fmt::Display for Period {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let which = WHICH
            .iter()
            .find(|(which, _)| *which == self.which)
            .map_or("", |(_, word)| word);
        let unit = PERIODS
            .iter()
            .find(|(unit, _)| *unit == self.unit)
            .map_or("", |(_, word)| word);
        write!(f, "{which}_{unit}")
    }
}

/// A day that is found from today.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RelativeDay {
    /// So many days, weeks, months or years from today.
    Offset(i32, DayUnit),
    /// The first day of a period.
    FirstOf(Period),
    /// Its last.
    LastOf(Period),
}

/// A unit of an offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DayUnit {
    Days,
    Weeks,
    Months,
    Years,
}

const UNITS: [(DayUnit, &str, &str); 4] = [
    (DayUnit::Days, "day", "days"),
    (DayUnit::Weeks, "week", "weeks"),
    (DayUnit::Months, "month", "months"),
    (DayUnit::Years, "year", "years"),
];
/// About a century, so that no day leaves the calendar.
const MOST_DAYS: i64 = 36_500;

impl RelativeDay {
    /// Today.
    pub const TODAY: RelativeDay = RelativeDay::Offset(0, DayUnit::Days);

    /// `today`, `tomorrow`, `+3 days`, `-1 month`, `2 weeks ago`, `first_day_of_this_month`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        match text {
            "today" => return Some(Self::TODAY),
            "yesterday" => return Some(RelativeDay::Offset(-1, DayUnit::Days)),
            "tomorrow" => return Some(RelativeDay::Offset(1, DayUnit::Days)),
            _ => {}
        }
        let spaced = text.replace('_', " ");
        if let Some(period) = spaced.strip_prefix("first day of ") {
            return Period::parse(period).map(RelativeDay::FirstOf);
        }
        if let Some(period) = spaced.strip_prefix("last day of ") {
            return Period::parse(period).map(RelativeDay::LastOf);
        }
        let mut words = text.split_whitespace();
        let (amount, unit) = (words.next()?, words.next()?);
        let ago = match (words.next(), words.next()) {
            (None, None) => false,
            (Some("ago"), None) => true,
            _ => return None,
        };
        // A number alone could mean either way.
        if !ago && !amount.starts_with(['+', '-']) {
            return None;
        }
        let amount: i64 = amount.parse().ok()?;
        let amount = if ago { -amount } else { amount };
        let (unit, _, _) = UNITS
            .into_iter()
            .find(|(_, one, many)| unit == *one || unit == *many)?;
        let days = match unit {
            DayUnit::Days => 1,
            DayUnit::Weeks => 7,
            DayUnit::Months => 31,
            DayUnit::Years => 366,
        };
        if amount.abs().checked_mul(days)? > MOST_DAYS + days {
            return None;
        }
        Some(RelativeDay::Offset(i32::try_from(amount).ok()?, unit))
    }

    /// Which day that is.
    pub fn day(self, at: &Moment) -> Date {
        let first = |range: Range<Date>| range.from.unwrap_or(Date::MIN);
        match self {
            RelativeDay::Offset(n, unit) => {
                let n = i64::from(n);
                let span = match unit {
                    DayUnit::Days => n.days(),
                    DayUnit::Weeks => n.weeks(),
                    DayUnit::Months => n.months(),
                    DayUnit::Years => n.years(),
                };
                shift(at.today(), span)
            }
            RelativeDay::FirstOf(period) => first(period.days(at)),
            RelativeDay::LastOf(period) => {
                let after = period.days(at).until.unwrap_or(Date::MAX);
                after.yesterday().unwrap_or(Date::MIN)
            }
        }
    }
}

impl std::fmt::Display for RelativeDay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match *self {
            RelativeDay::Offset(0, _) => f.write_str("today"),
            RelativeDay::Offset(-1, DayUnit::Days) => f.write_str("yesterday"),
            RelativeDay::Offset(1, DayUnit::Days) => f.write_str("tomorrow"),
            RelativeDay::Offset(n, unit) => {
                let (_, one, many) = UNITS
                    .into_iter()
                    .find(|(other, _, _)| *other == unit)
                    .unwrap_or(UNITS[0]);
                write!(f, "{n:+} {}", if n.abs() == 1 { one } else { many })
            }
            RelativeDay::FirstOf(period) => write!(f, "first_day_of_{period}"),
            RelativeDay::LastOf(period) => write!(f, "last_day_of_{period}"),
        }
    }
}

/// One day, or those of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Days {
    /// A day of the calendar.
    Day(Date),
    /// A day that is found from today.
    Relative(RelativeDay),
    /// Some days that are found from today.
    Period(Period),
}

impl Days {
    /// From the first up to the first that is out.
    pub fn range(self, at: &Moment) -> Range<Date> {
        let one = |day: Date| Range {
            from: Some(day),
            until: Some(day.tomorrow().unwrap_or(Date::MAX)),
        };
        match self {
            Days::Day(day) => one(day),
            Days::Relative(day) => one(day.day(at)),
            Days::Period(period) => period.days(at),
        }
    }
}

/// The months and days, as `05-31`, of the anniversaries that fall on the days of a range. Who was
/// born on a 29th of February has their birthday on the 28th in years without a 29th.
pub fn anniversaries(range: Range<Date>) -> Vec<String> {
    let (Some(mut day), Some(until)) = (range.from, range.until) else {
        return Vec::new();
    };
    let mut all = std::collections::BTreeSet::new();
    // A year and a leap day hold all that there are.
    for _ in 0..366 {
        if day >= until {
            break;
        }
        all.insert(day.strftime("%m-%d").to_string());
        if (day.month(), day.day()) == (2, 28) && !day.in_leap_year() {
            all.insert("02-29".to_owned());
        }
        match day.tomorrow() {
            Ok(next) => day = next,
            Err(_) => break,
        }
    }
    all.into_iter().collect()
}

fn shift(day: Date, span: jiff::Span) -> Date {
    day.checked_add(span)
        .expect("a day of this century and a span of at most one stay within the calendar")
}

#[cfg(test)]
mod tests {
    use jiff::{civil::date, tz::TimeZone};

    use super::{Days, Moment, Period, RelativeDay, anniversaries};

    fn at(now: &str) -> Moment {
        Moment {
            now: now.parse().expect("an instant"),
            zone: TimeZone::get("Europe/Berlin").expect("a zone"),
        }
    }

    #[test]
    fn every_word_is_read_back_as_it_is_written() {
        for text in [
            "today",
            "yesterday",
            "tomorrow",
            "+3 days",
            "-1 month",
            "+2 weeks",
            "-10 years",
            "first_day_of_this_month",
            "last_day_of_next_year",
        ] {
            assert_eq!(RelativeDay::parse(text).expect(text).to_string(), text);
        }
        for period in Period::all() {
            assert_eq!(Period::parse(&period.to_string()), Some(period));
        }
        assert_eq!(RelativeDay::parse("3 days ago"), RelativeDay::parse("-3 days"));
        assert_eq!(Period::parse("month_last"), Period::parse("last_month"));
        for text in [
            "",
            "3 days",
            "+3",
            "+3 moons",
            "soon",
            "+99999999 years",
            "first_day_of_x",
        ] {
            assert_eq!(RelativeDay::parse(text), None, "{text}");
        }
    }

    #[test]
    fn days_are_those_of_the_organisation() {
        // In Berlin it is the first of April already, a Wednesday.
        let at = at("2026-03-31T22:30:00Z");
        let day = |text: &str| RelativeDay::parse(text).expect(text).day(&at);
        assert_eq!(day("today"), date(2026, 4, 1));
        assert_eq!(day("-1 month"), date(2026, 3, 1));
        assert_eq!(day("first_day_of_last_month"), date(2026, 3, 1));
        assert_eq!(day("last_day_of_last_month"), date(2026, 3, 31));
        let range = |text: &str| Days::Period(Period::parse(text).expect(text)).range(&at);
        let week = range("this_week");
        assert_eq!(
            (week.from, week.until),
            (Some(date(2026, 3, 30)), Some(date(2026, 4, 6)))
        );
        let year = range("next_year");
        assert_eq!(
            (year.from, year.until),
            (Some(date(2027, 1, 1)), Some(date(2028, 1, 1)))
        );
    }

    #[test]
    fn who_was_born_on_a_leap_day_has_a_birthday_every_year() {
        let on = |year| anniversaries(Days::Day(date(year, 2, 28)).range(&at("2026-01-01T00:00:00Z")));
        assert_eq!(on(2026), ["02-28", "02-29"]);
        assert_eq!(on(2028), ["02-28"]);
        let leap = Days::Day(date(2028, 2, 29)).range(&at("2026-01-01T00:00:00Z"));
        assert_eq!(anniversaries(leap), ["02-29"]);
    }
}
