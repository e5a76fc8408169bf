//! Values over time: lines, areas or bars, one or two series.

use maud::{Markup, html};

use super::plot::Plot;
use super::scale::{sane, top_of_axis};
use crate::element::Text;
use crate::{Words, number};

/// One row of values.
#[derive(Debug, Clone)]
pub struct Series<'a> {
    pub(super) name: Text<'a>,
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

    pub(super) fn at(&self, index: usize) -> f64 {
        sane(self.values.get(index).copied().unwrap_or_default())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Line,
    Area,
    Bars,
}

/// A chart over time. The vertical axis starts at zero.
#[derive(Debug, Clone)]
pub struct Chart<'a> {
    pub(super) title: Text<'a>,
    pub(super) shape: Shape,
    x_title: Text<'a>,
    pub(super) labels: Vec<Text<'a>>,
    pub(super) series: Vec<Series<'a>>,
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
        let plot = Plot {
            chart: self,
            top: top_of_axis(largest),
        };
        html! {
            figure.chart data-chart {
                @if self.shape == Shape::Bars && self.series.len() > 1 { (self.key()) }
                div.chart-row {
                    (plot.axis())
                    div.chart-plot {
                        (plot.draw())
                        p.chart-tip data-tip aria-hidden="true" hidden {}
                    }
                    @if self.shape != Shape::Bars && self.series.len() > 1 { (plot.end_labels()) }
                }
                (self.table(words))
            }
        }
    }

    /// What is said about a point: its label and its values.
    pub(super) fn tip(&self, index: usize) -> String {
        let mut tip = self.labels[index].to_string();
        for series in &self.series {
            tip.push_str(&format!("\n{}: {}", series.name, whole(series.at(index))));
        }
        tip
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
