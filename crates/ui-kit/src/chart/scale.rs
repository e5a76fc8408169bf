//! From values to positions. Every function here takes any `f64` and yields a finite one.

/// Values below zero, infinite ones and NaN are drawn as zero: all our figures are counts or shares.
pub(super) fn sane(value: f64) -> f64 {
    if value.is_finite() && value > 0.0 {
        value
    } else {
        0.0
    }
}

/// The round number at or above the largest value that the axis ends with; at least 1.
pub(super) fn top_of_axis(largest: f64) -> f64 {
    let largest = sane(largest).min(1e18);
    if largest <= 1.0 {
        return 1.0;
    }
    let unit = 10_f64.powf(largest.log10().floor());
    let steps = [1.0, 1.2, 1.6, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0];
    let top = steps
        .iter()
        .map(|step| step * unit)
        .find(|top| *top >= largest)
        .unwrap_or(unit * 10.0);
    // Counts below ten have whole numbers on their axis: 3 steps of 1 rather than 4 of 0.75.
    if top < 10.0 { (top / 2.0).ceil() * 2.0 } else { top }
}

/// Where the grid lines are, from 0 to the top.
pub(super) fn ticks(top: f64) -> Vec<f64> {
    let parts = if top <= 1.0 {
        1
    } else if top <= 2.0 {
        2
    } else {
        parts_of(top)
    };
    (0..=parts)
        .map(|i| top * f64::from(i) / f64::from(parts))
        .collect()
}

/// Two to four parts, whichever gives the roundest steps.
fn parts_of(top: f64) -> u32 {
    let roundness = |parts: u32| {
        let step = top / f64::from(parts);
        let scaled = step / 10_f64.powf(step.log10().floor());
        [1.0, 2.0, 5.0, 2.5, 4.0, 3.0, 1.5]
            .iter()
            .position(|nice| (scaled - nice).abs() < 1e-9)
            .unwrap_or(9)
    };
    [4, 3, 2]
        .into_iter()
        .min_by_key(|parts| roundness(*parts))
        .unwrap_or(2)
}

/// Where the `index`th of `count` points stands on a line, in percent: the first at 0, the last at
/// 100, a single one in the middle.
pub(super) fn point_x(index: usize, count: usize) -> f64 {
    if count < 2 {
        return 50.0;
    }
    #[expect(clippy::cast_precision_loss, reason = "a chart has hundreds of points")]
    let x = index as f64 / (count - 1) as f64 * 100.0;
    x
}

/// The left edge and the width of the `index`th of `count` equal bands, in percent.
pub(super) fn band(index: usize, count: usize) -> (f64, f64) {
    #[expect(clippy::cast_precision_loss, reason = "a chart has hundreds of points")]
    let (index, count) = (index as f64, count.max(1) as f64);
    (index / count * 100.0, 100.0 / count)
}

/// The distance from the top edge of an area of `height` pixels.
pub(super) fn y(value: f64, top: f64, height: f64) -> f64 {
    let share = if top > 0.0 {
        (sane(value) / top).min(1.0)
    } else {
        0.0
    };
    height - share * height
}

/// Which of `count` labels are shown when `most` fit: always the first and the last.
pub(super) fn shown_labels(count: usize, most: usize) -> Vec<usize> {
    if count <= most {
        return (0..count).collect();
    }
    let gaps = most.max(2) - 1;
    (0..=gaps).map(|i| (i * (count - 1) + gaps / 2) / gaps).collect()
}

/// With at most two decimals, as SVG wants it.
pub(super) fn px(value: f64) -> String {
    let value = if value.is_finite() { value } else { 0.0 };
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_axis_ends_at_a_round_number_not_below_the_largest_value() {
        for (largest, top) in [
            (0.0, 1.0),
            (1.0, 1.0),
            (2.0, 2.0),
            (3.0, 4.0),
            (7.0, 8.0),
            (11.0, 12.0),
            (99.0, 100.0),
            (101.0, 120.0),
            (4_012.0, 5_000.0),
            (f64::NAN, 1.0),
            (f64::INFINITY, 1.0),
            (-5.0, 1.0),
        ] {
            assert_eq!(top_of_axis(largest), top, "{largest}");
        }
    }

    #[test]
    fn ticks_start_at_zero_and_end_at_the_top() {
        for top in [1.0, 2.0, 4.0, 8.0, 12.0, 16.0, 30.0, 100.0, 5_000.0] {
            let ticks = ticks(top);
            assert_eq!(ticks.first(), Some(&0.0));
            assert_eq!(ticks.last(), Some(&top));
            assert!(ticks.len() <= 5, "{top}: {ticks:?}");
            if top <= 16.0 {
                assert!(ticks.iter().all(|tick| tick.fract() == 0.0), "{top}: {ticks:?}");
            }
        }
    }

    #[test]
    fn positions_are_finite_for_none_one_and_many_points() {
        assert_eq!(point_x(0, 0), 50.0);
        assert_eq!(point_x(0, 1), 50.0);
        assert_eq!(point_x(1, 2), 100.0);
        assert_eq!(band(0, 0), (0.0, 100.0));
        assert_eq!(y(5.0, 0.0, 200.0), 200.0);
        assert_eq!(y(f64::NAN, 10.0, 200.0), 200.0);
        assert_eq!(y(10.0, 10.0, 200.0), 0.0);
        assert_eq!(px(f64::NAN), "0");
        assert_eq!(px(12.50), "12.5");
        assert_eq!(px(100.0), "100");
    }

    #[test]
    fn the_first_and_the_last_label_are_always_shown() {
        assert_eq!(shown_labels(0, 5), Vec::<usize>::new());
        assert_eq!(shown_labels(1, 5), [0]);
        assert_eq!(shown_labels(30, 4), [0, 10, 19, 29]);
    }
}
