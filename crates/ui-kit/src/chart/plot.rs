//! The drawing inside a chart: axis, grid, lines, bars, labels, and what is shown on hover.

use maud::{Markup, html};

use super::scale::{band, point_x, px, shown_labels, ticks, y};
use super::series::{Chart, Series, Shape};
use crate::short_number;

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

/// A chart that has points, with the value at which its axis ends.
pub(super) struct Plot<'a> {
    pub chart: &'a Chart<'a>,
    pub top: f64,
}

impl Plot<'_> {
    pub fn draw(&self) -> Markup {
        html! {
            svg width="100%" height=(FULL_HEIGHT) role="img" aria-label=(self.chart.title) {
                (self.grid())
                @if self.chart.shape == Shape::Bars { (self.bars()) } @else { (self.lines()) }
                (self.x_labels())
                (self.points())
            }
        }
    }

    pub fn axis(&self) -> Markup {
        let labels: Vec<(f64, String)> = ticks(self.top)
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
                    text.chart-label x=(width - 10) y=(px(TOP + y(*tick, self.top, HEIGHT) + 4.0)) text-anchor="end" { (label) }
                }
            }
        }
    }

    fn grid(&self) -> Markup {
        html! {
            @for tick in ticks(self.top) {
                @let at = px(TOP + y(tick, self.top, HEIGHT));
                line.chart-grid.is-base[tick == 0.0] x1="0" x2="100%" y1=(at) y2=(at) {}
            }
        }
    }

    /// The middle of a point's place on the x axis, in percent.
    fn x(&self, index: usize) -> f64 {
        match self.chart.shape {
            Shape::Bars => {
                let (left, width) = band(index, self.chart.labels.len());
                left + width / 2.0
            }
            Shape::Line | Shape::Area => point_x(index, self.chart.labels.len()),
        }
    }

    fn lines(&self) -> Markup {
        let view_box = format!("0 0 100 {}", px(HEIGHT));
        html! {
            svg y=(px(TOP)) width="100%" height=(px(HEIGHT)) viewBox=(view_box) preserveAspectRatio="none" overflow="visible" {
                @for (s, series) in self.chart.series.iter().enumerate() {
                    @let line = self.path(series);
                    @if self.chart.shape == Shape::Area {
                        path class={ "chart-area series-" (s + 1) } d={ (line) " V" (px(HEIGHT)) " H" (px(self.x(0))) " Z" } {}
                    }
                    path class={ "chart-line series-" (s + 1) } d=(line) fill="none" vector-effect="non-scaling-stroke" {}
                }
            }
        }
    }

    fn path(&self, series: &Series<'_>) -> String {
        let mut path = String::new();
        for index in 0..self.chart.labels.len() {
            path.push_str(if index == 0 { "M" } else { " L" });
            path.push_str(&px(self.x(index)));
            path.push(' ');
            path.push_str(&px(y(series.at(index), self.top, HEIGHT)));
        }
        path
    }

    fn bars(&self) -> Markup {
        let count = self.chart.series.len();
        html! {
            @for index in 0..self.chart.labels.len() {
                @let (left, width) = band(index, self.chart.labels.len());
                @for (s, series) in self.chart.series.iter().enumerate() {
                    // A fifth of each band stays free; the rest is shared by the series.
                    @let (inner_left, inner_width) = band(s, count);
                    @let from = y(series.at(index), self.top, HEIGHT);
                    rect class={ "chart-bar series-" (s + 1) } rx="2"
                        x={ (px(left + width * (0.1 + inner_left * 0.008))) "%" } width={ (px(width * inner_width * 0.0076)) "%" }
                        y=(px(TOP + from)) height=(px(HEIGHT - from)) {}
                }
            }
        }
    }

    fn x_labels(&self) -> Markup {
        let shown = shown_labels(self.chart.labels.len(), LABELS);
        let last = self.chart.labels.len() - 1;
        html! {
            @for (place, index) in shown.into_iter().enumerate() {
                // On a narrow chart the first, the middle and the last one stay.
                @let minor = place % 2 == 1 && index != last;
                @let anchor = match index {
                    0 if last > 0 && self.chart.shape != Shape::Bars => "start",
                    i if i == last && last > 0 && self.chart.shape != Shape::Bars => "end",
                    _ => "middle",
                };
                text.chart-label.is-minor[minor] x={ (px(self.x(index))) "%" } y="232" text-anchor=(anchor) { (self.chart.labels[index]) }
            }
        }
    }

    /// One invisible column a point: hovering it shows its dots and its figures.
    fn points(&self) -> Markup {
        let count = self.chart.labels.len();
        html! {
            @for index in 0..count {
                @let (left, width) = self.hover_band(index);
                g.chart-point data-tip-x=(px(self.x(index))) {
                    title { (self.chart.tip(index)) }
                    rect.chart-hover x={ (px(left)) "%" } width={ (px(width)) "%" } y="0" height=(px(TOP + HEIGHT)) fill-opacity="0" {}
                    @if self.chart.shape != Shape::Bars {
                        @let x = px(self.x(index));
                        line.chart-cursor x1={ (x) "%" } x2={ (x) "%" } y1=(px(TOP)) y2=(px(TOP + HEIGHT)) {}
                        @for (s, series) in self.chart.series.iter().enumerate() {
                            circle class={ "chart-dot series-" (s + 1) (if count == 1 { " is-only" } else { "" }) }
                                cx={ (x) "%" } cy=(px(TOP + y(series.at(index), self.top, HEIGHT))) r="3.5" {}
                        }
                    }
                }
            }
        }
    }

    /// The column of the plot that is nearest to a point.
    fn hover_band(&self, index: usize) -> (f64, f64) {
        let count = self.chart.labels.len();
        if self.chart.shape == Shape::Bars || count < 2 {
            return band(index, count);
        }
        let half = point_x(1, count) / 2.0;
        let left = (self.x(index) - half).max(0.0);
        let right = (self.x(index) + half).min(100.0);
        (left, right - left)
    }

    /// One series is named by the title. The names of two stand beside the ends of their lines,
    /// pushed apart where they would meet.
    pub fn end_labels(&self) -> Markup {
        let last = self.chart.labels.len() - 1;
        let mut ends: Vec<(usize, f64)> = self
            .chart
            .series
            .iter()
            .enumerate()
            .map(|(s, series)| (s, TOP + y(series.at(last), self.top, HEIGHT)))
            .collect();
        ends.sort_by(|a, b| a.1.total_cmp(&b.1));
        for i in 1..ends.len() {
            ends[i].1 = ends[i].1.max(ends[i - 1].1 + LABEL_GAP);
        }
        let overshoot = ends.last().map_or(0.0, |end| (end.1 - (TOP + HEIGHT)).max(0.0));
        let longest = self
            .chart
            .series
            .iter()
            .map(|series| series.name.chars().count())
            .max()
            .unwrap_or(0);
        html! {
            svg.chart-ends width=(7 * longest.min(18) + 12) height=(FULL_HEIGHT) aria-hidden="true" {
                @for (s, at) in ends {
                    text class={ "chart-end series-" (s + 1) } x="8" y=(px(at - overshoot + 4.0)) { (self.chart.series[s].name) }
                }
            }
        }
    }
}
