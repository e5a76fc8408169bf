//! When a campaign is sent: reading a local time, and deciding whether its time has come.

use jiff::{
    SignedDuration,
    civil::DateTime,
    tz::{AmbiguousOffset, TimeZone},
};
use kernel::Timestamp;

/// What people type, and what `<input type="datetime-local">` sends.
const FORMS: [&str; 3] = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"];
/// Nobody means a mail further ahead than that.
const FURTHEST: SignedDuration = SignedDuration::from_hours(24 * 400);
/// A minute has seconds: whoever picks the present minute means now.
const GRACE: SignedDuration = SignedDuration::from_secs(60);
/// A launch later than that after its time, when the program was not running, is asked about: the
/// mail may not be true any more.
pub const STALE_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// Why a text is no time at which a campaign can be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTime {
    /// Not a day and a time.
    #[error("not a day and a time")]
    Malformed,
    /// The clocks skip it on that day; the same time after the change is offered in its place.
    #[error("the clocks go forward and skip that time; {instead} exists")]
    Skipped {
        /// What the clocks show instead.
        instead: DateTime,
    },
    /// It has gone by.
    #[error("that time has gone by")]
    Past,
    /// More than a year ahead.
    #[error("more than a year ahead")]
    TooFar,
}

/// The instant of a local time in a zone. A time that the clocks show twice, when they go back, is
/// the first of the two.
pub fn parse_local(text: &str, zone: &TimeZone, now: Timestamp) -> Result<Timestamp, InvalidTime> {
    let text = text.trim();
    let local = FORMS
        .iter()
        .find_map(|form| DateTime::strptime(form, text).ok())
        .ok_or(InvalidTime::Malformed)?;
    let ambiguous = zone.to_ambiguous_timestamp(local);
    let at = match ambiguous.offset() {
        AmbiguousOffset::Gap { .. } => {
            let after = ambiguous.later().map_err(|_| InvalidTime::Malformed)?;
            return Err(InvalidTime::Skipped {
                instead: after.to_zoned(zone.clone()).datetime(),
            });
        }
        AmbiguousOffset::Unambiguous { .. } | AmbiguousOffset::Fold { .. } => ambiguous.earlier(),
    };
    check_ahead(at.map_err(|_| InvalidTime::Malformed)?, now)
}

/// The instant, when it lies ahead and not too far.
pub fn check_ahead(at: Timestamp, now: Timestamp) -> Result<Timestamp, InvalidTime> {
    match at.duration_since(now) {
        ahead if ahead < -GRACE => Err(InvalidTime::Past),
        ahead if ahead > FURTHEST => Err(InvalidTime::TooFar),
        _ => Ok(at),
    }
}

/// What a field for a local time is filled with.
#[must_use]
pub fn local_text(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M").to_string()
}

/// What a field for a local time is filled with while nobody has chosen one: tomorrow morning.
#[must_use]
pub fn suggested_text(now: Timestamp, zone: &TimeZone) -> String {
    let tomorrow = now.to_zoned(zone.clone()).tomorrow();
    tomorrow.map_or_else(|_| String::new(), |day| format!("{}T09:00", day.date()))
}

/// Whether a scheduled campaign's time has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// It lies ahead.
    NotYet,
    /// Let it go.
    Now,
    /// It came so long ago that a person has to say whether it is still meant.
    Stale,
}

impl Due {
    /// At an instant.
    #[must_use]
    pub fn of(scheduled_at: Timestamp, now: Timestamp) -> Self {
        match now.duration_since(scheduled_at) {
            late if late < SignedDuration::ZERO => Due::NotYet,
            late if late > STALE_AFTER => Due::Stale,
            _ => Due::Now,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn berlin() -> TimeZone {
        TimeZone::get("Europe/Berlin").expect("the machine knows its zones")
    }

    fn at(text: &str) -> Timestamp {
        text.parse().expect("an instant")
    }

    fn read(text: &str) -> Result<Timestamp, InvalidTime> {
        parse_local(text, &berlin(), at("2026-01-01T00:00:00Z"))
    }

    #[test]
    fn a_local_time_follows_the_zone_through_the_year() {
        assert_eq!(read("2026-02-01T09:00"), Ok(at("2026-02-01T08:00:00Z")));
        assert_eq!(read("2026-07-01T09:00"), Ok(at("2026-07-01T07:00:00Z")));
        assert_eq!(
            read("2026-07-01 09:00:00".replace(' ', "T").as_str()),
            Ok(at("2026-07-01T07:00:00Z"))
        );
    }

    #[test]
    fn a_time_that_the_clocks_skip_is_refused_and_the_next_one_offered() {
        let instead = "2026-03-29T03:30:00".parse().expect("a local time");
        assert_eq!(read("2026-03-29T02:30"), Err(InvalidTime::Skipped { instead }));
        assert_eq!(read("2026-03-29T01:59"), Ok(at("2026-03-29T00:59:00Z")));
        assert_eq!(read("2026-03-29T03:00"), Ok(at("2026-03-29T01:00:00Z")));
    }

    #[test]
    fn a_time_that_comes_twice_is_the_first_of_the_two() {
        assert_eq!(read("2026-10-25T02:30"), Ok(at("2026-10-25T00:30:00Z")));
        assert_eq!(read("2026-10-25T03:00"), Ok(at("2026-10-25T02:00:00Z")));
    }

    #[test]
    fn what_is_no_time_or_no_time_ahead_is_refused() {
        let malformed = [
            "",
            "tomorrow",
            "2026-02-30T09:00",
            "2026-02-01",
            "2026-02-01T25:00",
            "2026-02-01T09:00+05:00",
        ];
        for text in malformed {
            assert_eq!(read(text), Err(InvalidTime::Malformed), "{text}");
        }
        assert_eq!(read("2025-12-31T12:00"), Err(InvalidTime::Past));
        assert_eq!(read("2028-01-01T00:00"), Err(InvalidTime::TooFar));
    }

    #[test]
    fn the_present_minute_is_not_past() {
        let now = at("2026-06-01T10:00:40Z");
        assert_eq!(
            parse_local("2026-06-01T12:00", &berlin(), now),
            Ok(at("2026-06-01T10:00:00Z"))
        );
        assert_eq!(
            parse_local("2026-06-01T11:59", &berlin(), now),
            Err(InvalidTime::Past)
        );
    }

    #[test]
    fn a_field_shows_what_was_typed_into_it() {
        let text = "2026-07-01T09:00";
        assert_eq!(
            read(text).map(|at| local_text(at, &berlin())),
            Ok(text.to_owned())
        );
    }

    #[test]
    fn the_suggested_time_can_be_chosen() {
        // Late in the evening of Berlin, and still the day before in UTC.
        let now = at("2026-06-01T22:30:00Z");
        let text = suggested_text(now, &berlin());
        assert_eq!(text, "2026-06-03T09:00");
        assert!(parse_local(&text, &berlin(), now).is_ok());
    }

    #[test]
    fn a_schedule_goes_stale_after_a_day() {
        let due = at("2026-06-01T10:00:00Z");
        for (now, expected) in [
            ("2026-06-01T09:59:59Z", Due::NotYet),
            ("2026-06-01T10:00:00Z", Due::Now),
            ("2026-06-02T10:00:00Z", Due::Now),
            ("2026-06-02T10:00:01Z", Due::Stale),
        ] {
            assert_eq!(Due::of(due, at(now)), expected, "{now}");
        }
    }
}
