//! Instants as people read them: relative, with the exact one on hover.

use jiff::{Timestamp, Zoned, civil::Date, tz::TimeZone};
use maud::{Markup, html};

use crate::Words;

/// What is needed to show an instant to a person: the present, their zone, their words.
#[derive(Debug, Clone, Copy)]
pub struct Times<'a> {
    /// The present.
    pub now: Timestamp,
    /// The person's zone.
    pub zone: &'a TimeZone,
    /// The person's words.
    pub words: &'a Words,
}

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

impl Times<'_> {
    /// "3 h ago", and after a month the date; the exact instant on hover. The script keeps it fresh.
    #[must_use]
    pub fn relative(&self, at: Timestamp) -> Markup {
        html! {
            time datetime=(at) title=(self.titled(at)) data-relative { (self.relative_text(at)) }
        }
    }

    /// "12 Mar 2026, 14:05" in the person's zone; UTC on hover.
    #[must_use]
    pub fn exact(&self, at: Timestamp) -> Markup {
        html! { time datetime=(at) title=(at) { (self.exact_text(at)) } }
    }

    /// "12 Mar 2026" in the person's zone.
    #[must_use]
    pub fn day(&self, at: Timestamp) -> Markup {
        html! { time datetime=(at) title=(self.titled(at)) { (self.date_text(at.to_zoned(self.zone.clone()).date())) } }
    }

    /// The text of [`Times::relative`].
    #[must_use]
    pub fn relative_text(&self, at: Timestamp) -> String {
        let seconds = self.now.as_second() - at.as_second();
        let words = self.words;
        let (past, future) = match seconds.abs() {
            s if s < MINUTE => return words.just_now.clone(),
            s if s < HOUR => (&words.minutes_ago, &words.in_minutes),
            s if s < DAY => (&words.hours_ago, &words.in_hours),
            s if s < 30 * DAY => (&words.days_ago, &words.in_days),
            _ => return self.date_text(at.to_zoned(self.zone.clone()).date()),
        };
        let count = match seconds.abs() {
            s if s < HOUR => s / MINUTE,
            s if s < DAY => s / HOUR,
            s => s / DAY,
        };
        let pattern = if seconds > 0 { past } else { future };
        pattern.replace('#', &count.to_string())
    }

    /// The text of [`Times::exact`].
    #[must_use]
    pub fn exact_text(&self, at: Timestamp) -> String {
        let zoned: Zoned = at.to_zoned(self.zone.clone());
        format!(
            "{}, {:02}:{:02}",
            self.date_text(zoned.date()),
            zoned.hour(),
            zoned.minute()
        )
    }

    /// "12 Mar 2026".
    #[must_use]
    pub fn date_text(&self, date: Date) -> String {
        format!("{} {}", self.short_date_text(date), date.year())
    }

    /// "12 Mar", for axes of charts.
    #[must_use]
    pub fn short_date_text(&self, date: Date) -> String {
        let index = usize::try_from(date.month() - 1).expect("months count from 1");
        let month = self.words.months.split('|').nth(index).unwrap_or_default();
        format!("{} {}", date.day(), month)
    }

    fn titled(&self, at: Timestamp) -> String {
        let zone = at.to_zoned(self.zone.clone()).strftime("%Z").to_string();
        format!("{} {zone}", self.exact_text(at))
    }
}

/// Seconds as "42 s", "3 min" or "2 h 5 min".
#[must_use]
pub fn duration(words: &Words, seconds: u64) -> String {
    let Words {
        seconds_unit,
        minutes_unit,
        hours_unit,
        ..
    } = words;
    match (seconds / 3_600, seconds % 3_600 / 60, seconds) {
        (0, 0, s) => format!("{s} {seconds_unit}"),
        (0, m, _) => format!("{m} {minutes_unit}"),
        (h, 0, _) => format!("{h} {hours_unit}"),
        (h, m, _) => format!("{h} {hours_unit} {m} {minutes_unit}"),
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    fn show(offset: SignedDuration) -> String {
        let words = Words::english();
        let now: Timestamp = "2026-03-12T13:05:00Z".parse().expect("an instant");
        let times = Times {
            now,
            zone: &TimeZone::UTC,
            words: &words,
        };
        times.relative_text(now + offset)
    }

    #[test]
    fn near_instants_are_relative_and_far_ones_are_dates() {
        assert_eq!(show(SignedDuration::from_secs(-20)), "just now");
        assert_eq!(show(SignedDuration::from_mins(-5)), "5 min ago");
        assert_eq!(show(SignedDuration::from_hours(-3)), "3 h ago");
        assert_eq!(show(SignedDuration::from_hours(-49)), "2 d ago");
        assert_eq!(show(SignedDuration::from_mins(61)), "in 1 h");
        assert_eq!(show(SignedDuration::from_hours(-24 * 400)), "5 Feb 2025");
    }

    #[test]
    fn the_exact_instant_is_in_the_persons_zone() {
        let words = Words::english();
        let now: Timestamp = "2026-03-12T23:30:00Z".parse().expect("an instant");
        let zone = TimeZone::fixed(jiff::tz::offset(1));
        let times = Times {
            now,
            zone: &zone,
            words: &words,
        };
        assert_eq!(times.exact_text(now), "13 Mar 2026, 00:30");
        assert!(
            times
                .relative(now)
                .0
                .contains("datetime=\"2026-03-12T23:30:00Z\"")
        );
    }

    #[test]
    fn durations() {
        let words = Words::english();
        assert_eq!(duration(&words, 42), "42 s");
        assert_eq!(duration(&words, 200), "3 min");
        assert_eq!(duration(&words, 7_500), "2 h 5 min");
    }
}
