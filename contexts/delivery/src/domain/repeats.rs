//! What becomes of a message that an account is handed twice.

use jiff::SignedDuration;
use kernel::Timestamp;

/// What an account makes of a message that it has already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeats {
    /// It arrives twice.
    Arrive,
    /// It arrives once, however late the repeat comes.
    Hidden,
    /// It arrives once if the repeat comes within this time of the first try.
    HiddenFor(SignedDuration),
}

/// A repeat takes a while on its way: it has to leave so long before the end.
const MARGIN: SignedDuration = SignedDuration::from_mins(5);

/// Before anything was sent.
const LONG_AGO: Timestamp = Timestamp::UNIX_EPOCH;

impl Repeats {
    /// What a kind of account promises by its `idempotency_ttl`.
    #[must_use]
    pub const fn within(ttl: Option<SignedDuration>) -> Self {
        match ttl {
            Some(ttl) => Repeats::HiddenFor(ttl),
            None => Repeats::Arrive,
        }
    }

    /// Before which moment a try is too long ago for its repeat to be recognised now. `None`: every
    /// try is.
    #[must_use]
    pub fn too_old(self, now: Timestamp) -> Option<Timestamp> {
        match self {
            Repeats::Arrive => None,
            Repeats::Hidden => Some(LONG_AGO),
            Repeats::HiddenFor(ttl) => Some(now.checked_sub(ttl - MARGIN).unwrap_or(LONG_AGO)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{LONG_AGO, Repeats};
    use jiff::SignedDuration;
    use kernel::Timestamp;

    #[test]
    fn a_repeat_has_to_leave_before_its_key_is_forgotten() {
        let now: Timestamp = "2026-11-27T12:00:00Z".parse().expect("a time");
        let keyed = Repeats::within(Some(SignedDuration::from_hours(24)));
        let before = "2026-11-26T12:05:00Z".parse().ok();
        assert_eq!(keyed.too_old(now), before);
        assert_eq!(Repeats::within(None).too_old(now), None);
        assert_eq!(Repeats::Hidden.too_old(now), Some(LONG_AGO));
    }
}
