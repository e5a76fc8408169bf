//! Values over time: lines, areas or bars, one or two series.

use maud::{Markup, html};

use super::scale::{band, point_x, px, sane, shown_labels, ticks, top_of_axis, y};
use crate::element::Text;
use crate::{Words, number, short_number};

/// Height of the area that is drawn into.
const HEIGHT: f64 = 200.0;
/// Above it, so that a dot at the top is whole.
const TOP: f64 = 10.0;
/// With the labels below.
const FULL_HEIGHT: &str = "240";
/// How many labels fit below a chart on a phone.
const LABELS: usize = 5;
/// The least distance between two labels at the ends of lines.
const LABEL_GAP: f64 = 16.0;

/// One row of values.
#[derive(Debug, Clone)]
pub struct Series<'a> {
    name: Text<'a>,
    values: Vec<f64>,
}

impl<'a> Series<'a> {
    /// Counts.
    #[must_use]
    pub fn counts(name: impl Into<Text<'a>>, values: impl IntoIterator<Item = i64>) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "drawn to the pixel")]
        let values = values.into_iter().map(|value| value as f64).collect();
        Self {
            name: name.into(),
            values,
        }
    }

    fn at(&self, index: usize) -> f64 {
        sane(self.values.get(index).copied().unwrap_or_default())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Line,
    Area,
    Bars,
}

/// A chart over time. The vertical axis starts at zero.
#[derive(Debug, Clone)]
pub struct Chart<'a> {
    title: Text<'a>,
    shape: Shape,
    x_title: Text<'a>,
    labels: Vec<Text<'a>>,
    series: Vec<Series<'a>>,
    empty: Text<'a>,
}

impl<'a> Chart<'a> {
    fn new<T: Into<Text<'a>>>(
        shape: Shape,
        title: impl Into<Text<'a>>,
        x_title: impl Into<Text<'a>>,
        labels: impl IntoIterator<Item = T>,
    ) -> Self {
        Self {
            title: title.into(),
            shape,
            x_title: x_title.into(),
            labels: labels.into_iter().map(Into::into).collect(),
            series: Vec::new(),
            empty: Text::Borrowed(""),
        }
    }

    /// Lines. `title` is read out; `x_title` heads the first column of the table ("Day"); one label
    /// a point.
    #[must_use]
    pub fn line<T: Into<Text<'a>>>(
        title: impl Into<Text<'a>>,
        x_title: impl Into<Text<'a>>,
        labels: impl IntoIterator<Item = T>,
    ) -> Self {
        Self::new(Shape::Line, title, x_title, labels)
    }

    /// A line with the area below it filled, for one series.
    #[must_use]
    pub fn area<T: Into<Text<'a>>>(
        title: impl Into<Text<'a>>,
        x_title: impl Into<Text<'a>>,
        labels: impl IntoIterator<Item = T>,
    ) -> Self {
        Self::new(Shape::Area, title, x_title, labels)
    }

    /// Bars.
    #[must_use]
    pub fn bars<T: Into<Text<'a>>>(
        title: impl Into<Text<'a>>,
        x_title: impl Into<Text<'a>>,
        labels: impl IntoIterator<Item = T>,
    ) -> Self {
        Self::new(Shape::Bars, title, x_title, labels)
    }

    /// A series; two at most can be told apart.
    #[must_use]
    pub fn series(mut self, series: Series<'a>) -> Self {
        self.series.push(series);
        self
    }

    /// The sentence in the place of a chart without points.
    #[must_use]
    pub fn empty(mut self, text: impl Into<Text<'a>>) -> Self {
        self.empty = text.into();
        self
    }

    /// The chart.
    #[must_use]
    pub fn show(&self, words: &Words) -> Markup {
        if self.labels.is_empty() || self.series.is_empty() {
            return html! { div.chart-empty { p { (self.empty) } } };
        }
        let largest = self
            .series
            .iter()
            .flat_map(|series| series.values.iter().copied().map(sane))
            .fold(0.0, f64::max);
        let top = top_of_axis(largest);
        html! {
            figure.chart data-chart {
                @if self.shape == Shape::Bars && self.series.len() > 1 { (self.key()) }
                div.chart-row {
                    (axis(top))
                    div.chart-plot {
                        svg width="100%" height=(FULL_HEIGHT) role="img" aria-label=(self.title) {
                            (grid(top))
                            @if self.shape == Shape::Bars { (self.draw_bars(top)) } @else { (self.draw_lines(top)) }
                            (self.x_labels())
                            (self.points(top))
                        }
                        p.chart-tip data-tip aria-hidden="true" hidden {}
                    }
                    @if self.shape != Shape::Bars && self.series.len() > 1 { (self.end_labels(top)) }
                }
                (self.table(words))
            }
        }
    }

    /// The middle of a point's place on the x axis, in percent.
    fn x(&self, index: usize) -> f64 {
        match self.shape {
            Shape::Bars => {
                let (left, width) = band(index, self.labels.len());
                left + width / 2.0
            }
            Shape::Line | Shape::Area => point_x(index, self.labels.len()),
        }
    }

    fn draw_lines(&self, top: f64) -> Markup {
        let view_box = format!("0 0 100 {}", px(HEIGHT));
        html! {
            svg y=(px(TOP)) width="100%" height=(px(HEIGHT)) viewBox=(view_box) preserveAspectRatio="none" overflow="visible" {
                @for (s, series) in self.series.iter().enumerate() {
                    @let line = self.path(series, top);
                    @if self.shape == Shape::Area {
                        path class={ "chart-area series-" (s + 1) } d={ (line) " V" (px(HEIGHT)) " H" (px(self.x(0))) " Z" } {}
                    }
                    path class={ "chart-line series-" (s + 1) } d=(line) fill="none" vector-effect="non-scaling-stroke" {}
                }
            }
        }
    }

    fn path(&self, series: &Series<'_>, top: f64) -> String {
        let mut path = String::new();
        for index in 0..self.labels.len() {
            path.push_str(if index == 0 { "M" } else { " L" });
            path.push_str(&px(self.x(index)));
            path.push(' ');
            path.push_str(&px(y(series.at(index), top, HEIGHT)));
        }
        path
    }

    fn draw_bars(&self, top: f64) -> Markup {
        let count = self.series.len();
        html! {
            @for index in 0..self.labels.len() {
                @let (left, width) = band(index, self.labels.len());
                @for (s, series) in self.series.iter().enumerate() {
                    // A fifth of each band stays free; the rest is shared by the series.
                    @let (inner_left, inner_width) = band(s, count);
                    @let from = y(series.at(index), top, HEIGHT);
                    rect class={ "chart-bar series-" (s + 1) } rx="2"
                        x={ (px(left + width * (0.1 + inner_left * 0.008))) "%" } width={ (px(width * inner_width * 0.0076)) "%" }
                        y=(px(TOP + from)) height=(px(HEIGHT - from)) {}
                }
            }
        }
    }

    fn x_labels(&self) -> Markup {
        let shown = shown_labels(self.labels.len(), LABELS);
        let last = self.labels.len() - 1;
        html! {
            @for (place, index) in shown.into_iter().enumerate() {
                // On a narrow chart the first, the middle and the last one stay.
                @let minor = place % 2 == 1 && index != last;
                @let anchor = match index {
                    0 if last > 0 && self.shape != Shape::Bars => "start",
                    i if i == last && last > 0 && self.shape != Shape::Bars => "end",
                    _ => "middle",
                };
                text.chart-label.is-minor[minor] x={ (px(self.x(index))) "%" } y="232" text-anchor=(anchor) { (self.labels[index]) }
            }
        }
    }

    /// One invisible column a point: hovering it shows its dots and its figures.
    fn points(&self, top: f64) -> Markup {
        let count = self.labels.len();
        html! {
            @for index in 0..count {
                @let (left, width) = self.hover_band(index);
                g.chart-point data-tip-x=(px(self.x(index))) {
                    title { (self.tip(index)) }
                    rect.chart-hover x={ (px(left)) "%" } width={ (px(width)) "%" } y="0" height=(px(TOP + HEIGHT)) fill-opacity="0" {}
                    @if self.shape != Shape::Bars {
                        @let x = px(self.x(index));
                        line.chart-cursor x1={ (x) "%" } x2={ (x) "%" } y1=(px(TOP)) y2=(px(TOP + HEIGHT)) {}
                        @for (s, series) in self.series.iter().enumerate() {
                            circle class={ "chart-dot series-" (s + 1) (if count == 1 { " is-only" } else { "" }) }
                                cx={ (x) "%" } cy=(px(TOP + y(series.at(index), top, HEIGHT))) r="3.5" {}
                        }
                    }
                }
            }
        }
    }

    /// The column of the plot that is nearest to a point.
    fn hover_band(&self, index: usize) -> (f64, f64) {
        let count = self.labels.len();
        if self.shape == Shape::Bars || count < 2 {
            return band(index, count);
        }
        let half = point_x(1, count) / 2.0;
        let left = (self.x(index) - half).max(0.0);
        let right = (self.x(index) + half).min(100.0);
        (left, right - left)
    }

    fn tip(&self, index: usize) -> String {
        let mut tip = self.labels[index].to_string();
        for series in &self.series {
            tip.push_str(&format!("\n{}: {}", series.name, whole(series.at(index))));
        }
        tip
    }

    /// One series is named by the title. The names of two stand beside the ends of their lines,
    /// pushed apart where they would meet.
    fn end_labels(&self, top: f64) -> Markup {
        let last = self.labels.len() - 1;
        let mut ends: Vec<(usize, f64)> = self
            .series
            .iter()
            .enumerate()
            .map(|(s, series)| (s, TOP + y(series.at(last), top, HEIGHT)))
            .collect();
        ends.sort_by(|a, b| a.1.total_cmp(&b.1));
        for i in 1..ends.len() {
            ends[i].1 = ends[i].1.max(ends[i - 1].1 + LABEL_GAP);
        }
        let overshoot = ends.last().map_or(0.0, |end| (end.1 - (TOP + HEIGHT)).max(0.0));
        let longest = self
            .series
            .iter()
            .map(|series| series.name.chars().count())
            .max()
            .unwrap_or(0);
        html! {
            svg.chart-ends width=(7 * longest.min(18) + 12) height=(FULL_HEIGHT) aria-hidden="true" {
                @for (s, at) in ends {
                    text class={ "chart-end series-" (s + 1) } x="8" y=(px(at - overshoot + 4.0)) { (self.series[s].name) }
                }
            }
        }
    }

    fn key(&self) -> Markup {
        html! {
            ul.chart-key {
                @for (s, series) in self.series.iter().enumerate() {
                    li class={ "series-" (s + 1) } { (series.name) }
                }
            }
        }
    }

    fn table(&self, words: &Words) -> Markup {
        html! {
            details.chart-table {
                summary { (words.view_as_table) }
                div.table-wrap role="region" aria-label=(self.title) tabindex="0" {
                    table.table {
                        caption.sr { (self.title) }
                        thead { tr {
                            th scope="col" { (self.x_title) }
                            @for series in &self.series { th.num scope="col" { (series.name) } }
                        } }
                        tbody {
                            @for (index, label) in self.labels.iter().enumerate() {
                                tr {
                                    th scope="row" { (label) }
                                    @for series in &self.series { td.num { (whole(series.at(index))) } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn axis(top: f64) -> Markup {
    let labels: Vec<(f64, String)> = ticks(top)
        .into_iter()
        .map(|tick| (tick, short_number(tick)))
        .collect();
    let longest = labels
        .iter()
        .map(|(_, label)| label.chars().count())
        .max()
        .unwrap_or(1);
    let width = 8 * longest + 10;
    html! {
        svg.chart-axis width=(width) height=(FULL_HEIGHT) aria-hidden="true" {
            @for (tick, label) in &labels {
                text.chart-label x=(width - 10) y=(px(TOP + y(*tick, top, HEIGHT) + 4.0)) text-anchor="end" { (label) }
            }
        }
    }
}

fn grid(top: f64) -> Markup {
    html! {
        @for tick in ticks(top) {
            @let at = px(TOP + y(tick, top, HEIGHT));
            line.chart-grid.is-base[tick == 0.0] x1="0" x2="100%" y1=(at) y2=(at) {}
        }
    }
}

fn whole(value: f64) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "finite and not negative; larger counts do not exist"
    )]
    let value = value.round() as i64;
    number(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(values: &[i64]) -> Vec<String> {
        let words = Words::english();
        let labels: Vec<String> = (0..values.len()).map(|i| format!("day {i}")).collect();
        [Shape::Line, Shape::Area, Shape::Bars]
            .into_iter()
            .map(|shape| {
                Chart::new(shape, "Sent", "Day", labels.clone())
                    .series(Series::counts("Sent", values.iter().copied()))
                    .series(Series::counts("Opened", values.iter().map(|value| value / 2)))
                    .empty("Nothing yet")
                    .show(&words)
                    .0
            })
            .collect()
    }

    #[test]
    fn without_points_there_is_a_sentence() {
        for html in chart(&[]) {
            assert!(html.contains("Nothing yet") && !html.contains("<svg"));
        }
    }

    #[test]
    fn one_point_zeros_and_many_points_are_drawn_without_nan() {
        for values in [
            vec![7],
            vec![0, 0, 0],
            (0..400).collect(),
            vec![i64::MAX, i64::MIN, 3],
        ] {
            for html in chart(&values) {
                assert!(html.contains("<svg"));
                assert!(!html.contains("NaN") && !html.contains("inf\""), "{html}");
                assert!(!html.contains("style="), "{html}");
            }
        }
    }

    #[test]
    fn every_value_can_be_read_in_the_table_and_on_hover() {
        for html in chart(&[1_200, 3_400]) {
            assert!(html.contains("<td class=\"num\">3,400</td>"));
            assert!(
                html.contains("<title>day 1\nSent: 3,400\nOpened: 1,700</title>"),
                "{html}"
            );
        }
    }

    #[test]
    fn series_of_unequal_length_do_not_panic() {
        let html = Chart::line("T", "Day", ["a", "b", "c"])
            .series(Series::counts("S", [1]))
            .show(&Words::english())
            .0;
        assert!(html.contains("M0 0 L50 200 L100 200"), "{html}");
    }
}
