//! Horizontal bars for shares of a whole, and sparklines.

use maud::{Markup, html};

use super::scale::{point_x, px, sane, top_of_axis, y};
use crate::element::Text;
use crate::number;

/// One line of [`bars`].
#[derive(Debug, Clone)]
pub struct Bar<'a> {
    /// What is counted.
    pub label: Text<'a>,
    /// How many.
    pub value: i64,
    /// Shown beside the number: a share.
    pub note: Option<Text<'a>>,
    /// Who or what that is.
    pub href: Option<Text<'a>>,
}

/// Horizontal bars below each other, as long as their part of the largest: links by clicks, or the
/// steps from sent to converted.
#[must_use]
pub fn bars(bars: &[Bar<'_>]) -> Markup {
    let largest = bars.iter().map(|bar| bar.value).max().unwrap_or(0).max(1);
    html! {
        ol.hbars {
            @for bar in bars {
                li.hbar {
                    span.hbar-label {
                        @if let Some(href) = &bar.href { a.link href=(href) { (bar.label) } } @else { (bar.label) }
                    }
                    span.hbar-value.num {
                        (number(bar.value))
                        @if let Some(note) = &bar.note { span.muted { (note) } }
                    }
                    svg.hbar-track width="100%" height="8" aria-hidden="true" focusable="false" {
                        rect.hbar-fill width={ (share(bar.value, largest)) "%" } height="8" rx="3" {}
                    }
                }
            }
        }
    }
}

/// At least half a percent for what is not zero, so that one click can be seen beside a million.
fn share(value: i64, largest: i64) -> String {
    if value <= 0 {
        return String::from("0");
    }
    #[expect(clippy::cast_precision_loss, reason = "drawn to the pixel")]
    let percent = value as f64 / largest as f64 * 100.0;
    px(percent.clamp(0.5, 100.0))
}

/// A line without axes, for the shape of things; the figures stand beside it.
#[must_use]
pub fn sparkline(values: &[i64]) -> Markup {
    if values.len() < 2 {
        return Markup::default();
    }
    #[expect(clippy::cast_precision_loss, reason = "drawn to the pixel")]
    let values: Vec<f64> = values.iter().map(|value| sane(*value as f64)).collect();
    let top = top_of_axis(values.iter().copied().fold(0.0, f64::max));
    let points: Vec<String> = values
        .iter()
        .enumerate()
        .map(|(i, value)| {
            format!(
                "{},{}",
                px(point_x(i, values.len())),
                px(2.0 + y(*value, top, 24.0))
            )
        })
        .collect();
    let line = points.join(" ");
    html! {
        svg.sparkline width="100%" height="28" viewBox="0 0 100 28" preserveAspectRatio="none" aria-hidden="true" focusable="false" {
            polygon.chart-area.series-1 points={ "0,28 " (line) " 100,28" } {}
            polyline.chart-line.series-1 points=(line) fill="none" vector-effect="non-scaling-stroke" {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(value: i64) -> Bar<'static> {
        Bar {
            label: "Link".into(),
            value,
            note: None,
            href: None,
        }
    }

    #[test]
    fn the_largest_bar_is_full_and_none_is_longer() {
        let html = bars(&[bar(200), bar(50), bar(0), bar(-3)]).0;
        assert!(html.contains("width=\"100%\" height=\"8\" rx") && html.contains("width=\"25%\""));
        assert_eq!(html.matches("<rect class=\"hbar-fill\" width=\"0%\"").count(), 2);
    }

    #[test]
    fn bars_of_nothing_are_empty_and_not_nan() {
        for html in [bars(&[]).0, bars(&[bar(0)]).0] {
            assert!(!html.contains("NaN"), "{html}");
        }
    }

    #[test]
    fn a_sparkline_needs_two_points() {
        assert_eq!(sparkline(&[]).0, "");
        assert_eq!(sparkline(&[3]).0, "");
        let html = sparkline(&[0, 4]).0;
        assert!(html.contains("points=\"0,26 100,2\""), "{html}");
        assert!(!sparkline(&[0, 0]).0.contains("NaN"));
    }
}
