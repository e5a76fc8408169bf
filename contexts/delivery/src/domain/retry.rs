//! When a deferred message is tried again.

use jiff::SignedDuration;
use kernel::MessageId;

/// The waits after the first tries; the last one repeats until the message expires.
const WAITS: [SignedDuration; 5] = [
    SignedDuration::from_mins(5),
    SignedDuration::from_mins(15),
    SignedDuration::from_mins(45),
    SignedDuration::from_hours(2),
    SignedDuration::from_hours(4),
];

/// The same where the conversation broke while it was the message's turn: nobody said no, so the
/// first tries come soon.
const WAITS_AFTER_BREAK: [SignedDuration; 5] = [
    SignedDuration::from_secs(10),
    SignedDuration::from_mins(1),
    SignedDuration::from_mins(5),
    SignedDuration::from_mins(15),
    SignedDuration::from_mins(45),
];

/// How far a wait is moved at most, in thousandths.
const SPREAD: i64 = 200;

/// How long to wait after being deferred for the `attempt`-th time (counted from one). Moved by up to a fifth
/// either way, by the message, so that those deferred together do not come back together, and the
/// same for whoever computes it.
#[must_use]
pub fn wait_after(attempt: i16, message: MessageId) -> SignedDuration {
    wait(&WAITS, attempt, message)
}

/// The same after the conversation broke.
#[must_use]
pub fn wait_after_break(attempt: i16, message: MessageId) -> SignedDuration {
    wait(&WAITS_AFTER_BREAK, attempt, message)
}

/// The same where the other side named a time. Never earlier than that, and up to a fifth later, so that
/// all who were told the same time do not come at once.
#[must_use]
pub fn wait_as_asked(asked: SignedDuration, attempt: i16, message: MessageId) -> SignedDuration {
    // In milliseconds: cut to seconds, a date that was named would be missed by up to one.
    let asked = asked.clamp(SignedDuration::from_secs(1), SignedDuration::from_hours(24));
    let millis = i64::try_from(asked.as_millis()).expect("it is a day at most");
    SignedDuration::from_millis(millis + millis * spread(message, attempt).abs() / 1000)
}

fn wait(waits: &[SignedDuration; 5], attempt: i16, message: MessageId) -> SignedDuration {
    let index = usize::try_from(attempt - 1).unwrap_or(0).min(waits.len() - 1);
    SignedDuration::from_millis(waits[index].as_secs() * (1000 + spread(message, attempt)))
}

/// -200 to 200. The tail of a UUIDv7 is random.
fn spread(message: MessageId, attempt: i16) -> i64 {
    let tail = (message.uuid().as_u128() & 0xffff_ffff) as i64;
    (tail.wrapping_mul(31).wrapping_add(i64::from(attempt) * 7919)) % (2 * SPREAD + 1) - SPREAD
}

#[cfg(test)]
mod tests {
    use super::{wait_after, wait_after_break, wait_as_asked};
    use jiff::SignedDuration;
    use kernel::MessageId;

    #[test]
    fn waits_grow_to_four_hours_and_stay_within_a_fifth() {
        let minutes = [5, 15, 45, 120, 240, 240, 240];
        for _ in 0..200 {
            let message = MessageId::generate();
            for (n, minutes) in minutes.into_iter().enumerate() {
                let wait = wait_after(i16::try_from(n + 1).expect("small"), message);
                let plain = SignedDuration::from_mins(minutes);
                assert!(wait >= plain * 8 / 10, "{wait:?} after attempt {}", n + 1);
                assert!(wait <= plain * 12 / 10, "{wait:?} after attempt {}", n + 1);
            }
            assert!(wait_after_break(1, message) <= SignedDuration::from_secs(12));
        }
    }

    #[test]
    fn a_time_that_was_asked_for_is_kept() {
        for _ in 0..200 {
            let odd = wait_as_asked(SignedDuration::from_millis(3_900), 1, MessageId::generate());
            assert!(odd >= SignedDuration::from_millis(3_900), "{odd:?}");
            let wait = wait_as_asked(SignedDuration::from_secs(120), 1, MessageId::generate());
            assert!(wait >= SignedDuration::from_secs(120), "{wait:?}");
            assert!(wait <= SignedDuration::from_secs(144), "{wait:?}");
        }
        let at_once = wait_as_asked(SignedDuration::ZERO, 1, MessageId::generate());
        assert!(at_once >= SignedDuration::from_secs(1), "{at_once:?}");
    }

    #[test]
    fn messages_deferred_together_do_not_come_back_together() {
        let waits: std::collections::HashSet<_> =
            (0..100).map(|_| wait_after(1, MessageId::generate())).collect();
        assert!(waits.len() > 50);
    }
}
