//! What the product says back: alerts, toasts, progress, empty lists.

use maud::{Markup, Render, html};

use crate::element::Text;
use crate::{Icon, Tone, Words, number, time::duration};

/// A message that stays on the page.
#[derive(Debug, Clone)]
pub struct Alert<'a> {
    tone: Tone,
    title: Text<'a>,
    text: Option<Text<'a>>,
    actions: Option<Markup>,
    live: bool,
}

impl<'a> Alert<'a> {
    /// The title says what is the matter.
    #[must_use]
    pub fn new(tone: Tone, title: impl Into<Text<'a>>) -> Self {
        Self {
            tone,
            title: title.into(),
            text: None,
            actions: None,
            live: false,
        }
    }

    /// What it means and what to do.
    #[must_use]
    pub fn text(mut self, text: impl Into<Text<'a>>) -> Self {
        self.text = Some(text.into());
        self
    }

    /// Buttons.
    #[must_use]
    pub fn actions(mut self, actions: Markup) -> Self {
        self.actions = Some(actions);
        self
    }

    /// Read out when it appears, for alerts that come in after the page was loaded.
    #[must_use]
    pub fn live(mut self) -> Self {
        self.live = true;
        self
    }
}

impl Render for Alert<'_> {
    fn render(&self) -> Markup {
        let role = self.live.then_some(if self.tone == Tone::Danger {
            "alert"
        } else {
            "status"
        });
        html! {
            div class={ "alert alert-" (self.tone.class()) } role=[role] {
                (self.tone.icon())
                div.alert-body {
                    p.alert-title { (self.title) }
                    @if let Some(text) = &self.text { p { (text) } }
                    @if let Some(actions) = &self.actions { div.btn-row { (actions) } }
                }
            }
        }
    }
}

/// A message that goes away by itself, except errors, which stay until they are closed.
#[derive(Debug, Clone)]
pub struct Toast<'a> {
    tone: Tone,
    text: Text<'a>,
    action: Option<Markup>,
}

impl<'a> Toast<'a> {
    /// One sentence.
    #[must_use]
    pub fn new(tone: Tone, text: impl Into<Text<'a>>) -> Self {
        Self {
            tone,
            text: text.into(),
            action: None,
        }
    }

    /// One thing to do about it, such as undo.
    #[must_use]
    pub fn action(mut self, action: Markup) -> Self {
        self.action = Some(action);
        self
    }

    pub(crate) fn show(&self, words: &Words) -> Markup {
        let lasting = self.tone == Tone::Danger;
        html! {
            div class={ "toast toast-" (self.tone.class()) } role=[lasting.then_some("alert")]
                data-toast=(if lasting { "stay" } else if self.action.is_some() { "10000" } else { "6000" }) {
                (self.tone.icon())
                p { (self.text) }
                @if let Some(action) = &self.action { (action) }
                button.btn.btn-ghost.btn-small.btn-icon type="button" data-close
                    aria-label=(words.close) title=(words.close) { (Icon::Close) }
            }
        }
    }

    /// As an addition to an htmx answer: appears in the corner whatever else is swapped.
    #[must_use]
    pub fn out_of_band(&self, words: &Words) -> Markup {
        html! { div id="toasts" hx-swap-oob="beforeend" { (self.show(words)) } }
    }
}

/// A list with nothing in it: one sentence and one way on.
#[derive(Debug, Clone)]
pub struct EmptyState<'a> {
    icon: Icon,
    title: Text<'a>,
    text: Option<Text<'a>>,
    action: Option<Markup>,
}

impl<'a> EmptyState<'a> {
    /// The sentence.
    #[must_use]
    pub fn new(icon: Icon, title: impl Into<Text<'a>>) -> Self {
        Self {
            icon,
            title: title.into(),
            text: None,
            action: None,
        }
    }

    /// A second sentence where the first one needs it.
    #[must_use]
    pub fn text(mut self, text: impl Into<Text<'a>>) -> Self {
        self.text = Some(text.into());
        self
    }

    /// The way on.
    #[must_use]
    pub fn action(mut self, action: Markup) -> Self {
        self.action = Some(action);
        self
    }
}

impl Render for EmptyState<'_> {
    fn render(&self) -> Markup {
        html! {
            div.empty {
                span.empty-icon { (self.icon.large()) }
                p.empty-title { (self.title) }
                @if let Some(text) = &self.text { p.muted { (text) } }
                @if let Some(action) = &self.action { div.btn-row { (action) } }
            }
        }
    }
}

/// How far a long piece of work is.
#[derive(Debug, Clone)]
pub struct Progress<'a> {
    label: Text<'a>,
    done: i64,
    total: Option<i64>,
    per_second: Option<f64>,
    seconds_left: Option<u64>,
    tone: Tone,
}

impl<'a> Progress<'a> {
    /// Without a total the bar shows only that work goes on.
    #[must_use]
    pub fn new(label: impl Into<Text<'a>>, done: i64, total: Option<i64>) -> Self {
        Self {
            label: label.into(),
            done,
            total,
            per_second: None,
            seconds_left: None,
            tone: Tone::Neutral,
        }
    }

    /// How fast it goes.
    #[must_use]
    pub fn speed(mut self, per_second: Option<f64>) -> Self {
        self.per_second = per_second.filter(|speed| speed.is_finite() && *speed >= 0.0);
        self
    }

    /// How long it will still take.
    #[must_use]
    pub fn seconds_left(mut self, seconds: Option<u64>) -> Self {
        self.seconds_left = seconds;
        self
    }

    /// Success when done, danger when failed.
    #[must_use]
    pub fn tone(mut self, tone: Tone) -> Self {
        self.tone = tone;
        self
    }

    fn percent(&self) -> Option<i64> {
        let total = self.total.filter(|total| *total > 0)?;
        Some((self.done.clamp(0, total) * 100) / total)
    }

    /// The bar with its figures.
    #[must_use]
    pub fn show(&self, words: &Words) -> Markup {
        let percent = self.percent();
        let count = match self.total {
            Some(total) => {
                words
                    .done_of_total
                    .replace("##", &number(total))
                    .replacen('#', &number(self.done), 1)
            }
            None => number(self.done),
        };
        html! {
            div class={ "progress tone-" (self.tone.class()) } {
                div.progress-head {
                    span.progress-label { (self.label) }
                    @if let Some(percent) = percent { span.num { (percent) "%" } }
                }
                div.progress-track.progress-open[percent.is_none()] role="progressbar" aria-label=(self.label)
                    aria-valuemin="0" aria-valuemax="100" aria-valuenow=[percent] aria-valuetext=(count) {
                    svg width="100%" height="6" aria-hidden="true" focusable="false" {
                        rect.progress-fill width={ (percent.unwrap_or(30)) "%" } height="6" rx="3" {}
                    }
                }
                p.progress-notes.num {
                    span { (count) }
                    @if let Some(speed) = self.per_second {
                        span { (words.per_second.replace('#', &per_second(speed))) }
                    }
                    @if let Some(seconds) = self.seconds_left {
                        span { (words.time_left.replace('#', &duration(words, seconds))) }
                    }
                }
            }
        }
    }
}

fn per_second(speed: f64) -> String {
    if speed < 10.0 {
        return format!("{speed:.1}");
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "finite and not negative, and far below 2^63"
    )]
    number(speed.round() as i64)
}

/// Grey lines in the place of what is being loaded.
#[must_use]
pub fn skeleton(lines: usize) -> Markup {
    html! { div.skeleton aria-hidden="true" { @for _ in 0..lines { span {} } } }
}

/// A small turning ring, shown by htmx while the request that names it with `hx-indicator` runs.
#[must_use]
pub fn spinner() -> Markup {
    html! { span.spinner.htmx-indicator aria-hidden="true" {} }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_says_how_far_how_fast_and_how_long() {
        let words = Words::english();
        let html = Progress::new("Sending", 500, Some(2_000))
            .speed(Some(250.0))
            .seconds_left(Some(6))
            .show(&words)
            .0;
        for part in [
            "role=\"progressbar\"",
            "aria-valuenow=\"25\"",
            "500 of 2,000",
            "250 per second",
            "6 s left",
        ] {
            assert!(html.contains(part), "{part} in {html}");
        }
    }

    #[test]
    fn progress_without_a_total_claims_no_percentage() {
        let words = Words::english();
        for total in [None, Some(0)] {
            let html = Progress::new("Counting", 7, total)
                .speed(Some(f64::NAN))
                .show(&words)
                .0;
            assert!(!html.contains("aria-valuenow"), "{html}");
            assert!(!html.contains("NaN"), "{html}");
        }
    }

    #[test]
    fn more_done_than_expected_is_still_at_most_all() {
        let html = Progress::new("Sending", 11, Some(10)).show(&Words::english()).0;
        assert!(html.contains("aria-valuenow=\"100\""));
    }

    #[test]
    fn errors_are_read_out_and_stay() {
        let words = Words::english();
        let error = Toast::new(Tone::Danger, "It failed").out_of_band(&words).0;
        assert!(error.contains("role=\"alert\"") && error.contains("data-toast=\"stay\""));
        let done = Toast::new(Tone::Success, "Saved").out_of_band(&words).0;
        assert!(!done.contains("role=\"alert\"") && done.contains("data-toast=\"6000\""));
    }
}
