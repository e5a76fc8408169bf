//! How much a figure changed.

/// A change against the days before, in whole percent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// More, by so many percent.
    Up(i64),
    /// Less, by so many percent.
    Down(i64),
    /// As much, to the percent.
    Same,
}

impl Change {
    /// From what was to what is. Against nothing there is no percentage.
    #[must_use]
    pub fn between(before: i64, now: i64) -> Option<Self> {
        if before <= 0 {
            return None;
        }
        let percent = (i128::from(now) - i128::from(before)) * 200 / i128::from(before);
        // Rounded to the nearest whole one, away from zero at a half.
        let rounded = i64::try_from((percent + percent.signum()) / 2).unwrap_or(i64::MAX);
        Some(match rounded {
            0 => Change::Same,
            up if up > 0 => Change::Up(up),
            down => Change::Down(-down),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Change;

    #[test]
    fn changes_are_rounded_to_whole_percent() {
        for (before, now, expected) in [
            (100, 112, Some(Change::Up(12))),
            (100, 88, Some(Change::Down(12))),
            (3, 4, Some(Change::Up(33))),
            (3, 2, Some(Change::Down(33))),
            (1_000, 1_005, Some(Change::Up(1))),
            (1_000, 1_004, Some(Change::Same)),
            (10, 0, Some(Change::Down(100))),
            (0, 5, None),
            (0, 0, None),
            (1, i64::MAX, Some(Change::Up(i64::MAX))),
        ] {
            assert_eq!(Change::between(before, now), expected, "{before} {now}");
        }
    }
}
