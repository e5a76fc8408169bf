//! The span of days that a dashboard shows, in the organisation's zone.

use jiff::{ToSpan, civil::Date, tz::TimeZone};
use kernel::Timestamp;

/// How many days back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize, Default)]
#[serde(try_from = "u16")]
pub enum Days {
    /// A week.
    Seven,
    /// A month.
    #[default]
    Thirty,
    /// A quarter.
    Ninety,
}

impl Days {
    /// All choices.
    pub const ALL: [Days; 3] = [Days::Seven, Days::Thirty, Days::Ninety];

    /// As a number.
    pub const fn count(self) -> u16 {
        match self {
            Days::Seven => 7,
            Days::Thirty => 30,
            Days::Ninety => 90,
        }
    }
}

impl TryFrom<u16> for Days {
    type Error = String;
    fn try_from(count: u16) -> Result<Self, String> {
        Days::ALL
            .into_iter()
            .find(|days| days.count() == count)
            .ok_or_else(|| "7, 30 or 90".to_owned())
    }
}

/// Whole days up to and with today, and as many before them to compare with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Period {
    /// The first day, then every other one up to today.
    pub days: Vec<Date>,
    /// Start of the first day.
    pub from: Timestamp,
    /// Start of the span before.
    pub before: Timestamp,
}

impl Period {
    /// The span that ends with the present day.
    pub fn ending(now: Timestamp, days: Days, zone: &TimeZone) -> Self {
        let today = now.to_zoned(zone.clone()).date();
        let count = i64::from(days.count());
        let back = |n: i64| today.saturating_sub(n.days());
        let start = |date: Date| date.to_zoned(zone.clone()).map_or(now, |zoned| zoned.timestamp());
        Self {
            days: (0..count).rev().map(back).collect(),
            from: start(back(count - 1)),
            before: start(back(2 * count - 1)),
        }
    }

    /// Which of the days an instant belongs to.
    pub fn index(&self, at: Timestamp, zone: &TimeZone) -> Option<usize> {
        let date = at.to_zoned(zone.clone()).date();
        self.days.binary_search(&date).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_has_whole_days_of_the_zone_even_when_clocks_change() {
        let zone = TimeZone::get("Europe/Berlin").expect("a zone");
        let now = "2026-10-26T12:00:00Z".parse().expect("an instant");
        let period = Period::ending(now, Days::Seven, &zone);
        assert_eq!(period.days.len(), 7);
        assert_eq!(period.days[6].to_string(), "2026-10-26");
        assert_eq!(period.from.to_string(), "2026-10-19T22:00:00Z");
        let first_of_today = "2026-10-25T23:00:00Z".parse().expect("an instant");
        assert_eq!(period.index(first_of_today, &zone), Some(6));
        assert_eq!(period.index(period.before, &zone), None);
    }

    #[test]
    fn only_the_offered_spans_are_accepted() {
        assert_eq!(Days::try_from(30), Ok(Days::Thirty));
        assert!(Days::try_from(31).is_err());
    }
}
