use aws_lc_rs::{constant_time, hmac};
use jiff::SignedDuration;
use kernel::Timestamp;

use super::Refused;

/// How far the time of signing may be from ours: enough for clocks that differ and for a slow line,
/// and too little for anybody to find a use for a call that they copied.
pub(super) const WINDOW: SignedDuration = SignedDuration::from_mins(5);

/// Whether it was signed just now.
pub(super) fn within(window: SignedDuration, signed_at: Timestamp, now: Timestamp) -> Result<(), Refused> {
    if now.duration_since(signed_at).abs() <= window {
        Ok(())
    } else {
        Err(Refused::OutsideWindow)
    }
}

/// A time in whole seconds since 1970, in digits and nothing else.
pub(super) fn unix_seconds(text: &str) -> Option<Timestamp> {
    let digits = (1..=12).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    digits
        .then(|| text.parse().ok())
        .flatten()
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
}

/// Whether the MAC of the parts, one after the other, is one of those given. Takes as long for a
/// wrong one as for the right one. Nobody's key is empty: an account that is not set up must not
/// accept what anybody could have signed.
pub(super) fn mac_matches(
    algorithm: hmac::Algorithm,
    secret: &str,
    parts: &[&[u8]],
    given: &[Vec<u8>],
) -> Result<(), Refused> {
    if secret.is_empty() {
        return Err(Refused::BadSignature);
    }
    let mut context = hmac::Context::with_key(&hmac::Key::new(algorithm, secret.as_bytes()));
    for part in parts {
        context.update(part);
    }
    let right = context.sign();
    given
        .iter()
        .any(|mac| constant_time::verify_slices_are_equal(mac, right.as_ref()).is_ok())
        .then_some(())
        .ok_or(Refused::BadSignature)
}

/// Bytes from hexadecimal digits, in either case.
pub(super) fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    digits
        .chunks_exact(2)
        .map(|pair| Some(nibble(pair[0])? << 4 | nibble(pair[1])?))
        .collect()
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::hmac::HMAC_SHA256;
    use jiff::SignedDuration;
    use kernel::Timestamp;

    use super::{WINDOW, mac_matches, unhex, unix_seconds, within};
    use crate::domain::webhook::Refused;

    #[test]
    fn five_minutes_are_allowed_in_both_directions() {
        let now = Timestamp::from_second(1_700_000_000).expect("a time");
        for (seconds, fine) in [(0, true), (300, true), (-300, true), (301, false), (-301, false)] {
            let signed_at = now + SignedDuration::from_secs(seconds);
            assert_eq!(within(WINDOW, signed_at, now).is_ok(), fine, "{seconds}");
        }
        assert_eq!(
            within(WINDOW, Timestamp::MIN, Timestamp::MAX),
            Err(Refused::OutsideWindow)
        );
    }

    #[test]
    fn a_time_is_digits_and_nothing_else() {
        assert_eq!(
            unix_seconds("1588788367").map(|t| t.as_second()),
            Some(1_588_788_367)
        );
        for bad in [
            "",
            "+1",
            "-1",
            "1.5",
            " 1",
            "1e9",
            "9999999999999",
            "999999999999",
        ] {
            assert_eq!(unix_seconds(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_missing_key_accepts_nothing() {
        let anybodys = aws_lc_rs::hmac::sign(&aws_lc_rs::hmac::Key::new(HMAC_SHA256, b""), b"text");
        assert_eq!(
            mac_matches(HMAC_SHA256, "", &[b"text"], &[anybodys.as_ref().to_vec()]),
            Err(Refused::BadSignature)
        );
    }

    #[test]
    fn a_part_of_a_mac_is_not_enough() {
        let right = aws_lc_rs::hmac::sign(&aws_lc_rs::hmac::Key::new(HMAC_SHA256, b"key"), b"text");
        let right = right.as_ref().to_vec();
        let check = |given: &[Vec<u8>]| mac_matches(HMAC_SHA256, "key", &[b"te", b"xt"], given);
        assert_eq!(check(&[vec![0; 32], right.clone()]), Ok(()));
        assert_eq!(check(&[right[..16].to_vec()]), Err(Refused::BadSignature));
        assert_eq!(check(&[vec![]]), Err(Refused::BadSignature));
        assert_eq!(check(&[]), Err(Refused::BadSignature));
    }

    #[test]
    fn hexadecimal_is_read_in_either_case() {
        assert_eq!(unhex("00fFA9"), Some(vec![0, 255, 169]));
        for bad in ["0", "0g", "é", "0x00"] {
            assert_eq!(unhex(bad), None, "{bad}");
        }
    }
}
