//! Numbers as people read them.

/// `12408` as `12,408`.
#[must_use]
pub fn number(n: i64) -> String {
    let digits = n.unsigned_abs().to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if n < 0 {
        out.push('\u{2212}');
    }
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `12408` as `12.4k`, for axes.
#[must_use]
pub fn short_number(n: f64) -> String {
    if !n.is_finite() {
        return String::from("0");
    }
    let (value, unit) = match n.abs() {
        a if a >= 1e9 => (n / 1e9, "bn"),
        a if a >= 1e6 => (n / 1e6, "m"),
        a if a >= 1e3 => (n / 1e3, "k"),
        _ => (n, ""),
    };
    let text = if value.fract().abs() < 0.05 {
        format!("{value:.0}")
    } else {
        format!("{value:.1}")
    };
    format!("{text}{unit}")
}

/// A part of a whole as `42.3%`; nothing of nothing is an en dash, not 0%.
#[must_use]
pub fn percent(part: i64, whole: i64) -> String {
    if whole <= 0 {
        return String::from("\u{2013}");
    }
    #[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
    let share = part as f64 / whole as f64 * 100.0;
    let shown = (share * 10.0).round() / 10.0;
    match shown {
        0.0 if part > 0 => String::from("<0.1%"),
        // Rounding must not say that everybody did what one did not.
        100.0 if part < whole => String::from("99.9%"),
        whole if whole.fract() == 0.0 => format!("{whole:.0}%"),
        other => format!("{other:.1}%"),
    }
}

/// A number of octets as `102 kB`.
#[must_use]
pub fn bytes(n: u64) -> String {
    match n {
        0..1_000 => format!("{n} B"),
        1_000..1_000_000 => format!("{} kB", (n + 500) / 1_000),
        #[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
        _ => format!("{:.1} MB", n as f64 / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_grouped() {
        for (n, text) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (12_408, "12,408"),
            (1_234_567, "1,234,567"),
            (-4_200, "\u{2212}4,200"),
            (i64::MIN, "\u{2212}9,223,372,036,854,775,808"),
        ] {
            assert_eq!(number(n), text);
        }
    }

    #[test]
    fn axes_have_short_numbers() {
        for (n, text) in [
            (0.0, "0"),
            (250.0, "250"),
            (1_500.0, "1.5k"),
            (20_000.0, "20k"),
            (2e6, "2m"),
            (f64::NAN, "0"),
        ] {
            assert_eq!(short_number(n), text);
        }
    }

    #[test]
    fn a_share_is_never_shown_as_all_when_one_is_missing() {
        for (part, whole, text) in [
            (0, 0, "\u{2013}"),
            (0, 10, "0%"),
            (1, 3, "33.3%"),
            (1, 2, "50%"),
            (1, 100_000, "<0.1%"),
            (99_999, 100_000, "99.9%"),
            (4_297, 10_000, "43%"),
            (10, 10, "100%"),
        ] {
            assert_eq!(percent(part, whole), text);
        }
    }

    #[test]
    fn sizes() {
        assert_eq!(bytes(102_400), "102 kB");
        assert_eq!(bytes(12), "12 B");
        assert_eq!(bytes(5_250_000), "5.2 MB");
    }
}
