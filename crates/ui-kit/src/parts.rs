//! Things that are made in any order: parts that fold to a line, and lists of what is done.

use maud::{Markup, Render, html};

use crate::Tone;
use crate::element::Text;

/// One part of something that is made in any order, folded to a line that sums it up. Works without
/// a script; what is folded away is still sent with its form.
#[derive(Debug, Clone)]
pub struct Part<'a> {
    id: Text<'a>,
    title: Text<'a>,
    mark: Markup,
    summary: Text<'a>,
    open: bool,
}

impl<'a> Part<'a> {
    /// Folded, and with nothing to say about itself. The mark is in an element with the id
    /// `{id}-mark` and the summary in `{id}-summary`, so that an answer can replace them.
    #[must_use]
    pub fn new(id: impl Into<Text<'a>>, title: impl Into<Text<'a>>) -> Self {
        Self {
            id: id.into(),
            title: title.into(),
            mark: Markup::default(),
            summary: Text::Borrowed(""),
            open: false,
        }
    }

    /// Whether it is complete, from [`mark`].
    #[must_use]
    pub fn mark(mut self, mark: Markup) -> Self {
        self.mark = mark;
        self
    }

    /// What is in it, in a line.
    #[must_use]
    pub fn summary(mut self, summary: impl Into<Text<'a>>) -> Self {
        self.summary = summary.into();
        self
    }

    /// Unfolded.
    #[must_use]
    pub fn open(mut self, open: bool) -> Self {
        self.open = open;
        self
    }

    /// Around its content.
    #[must_use]
    pub fn body(&self, body: Markup) -> Markup {
        html! {
            details.card.part id=(self.id) open[self.open] {
                summary.part-head {
                    span id={ (self.id) "-mark" } { (self.mark) }
                    h2 { (self.title) }
                    span.part-summary id={ (self.id) "-summary" } { (self.summary) }
                    (crate::Icon::ChevronDown)
                }
                div.card-body { (body) }
            }
        }
    }
}

/// Whether something is in order, as a picture with its word for those who cannot see it. Neutral is
/// an empty circle: still to be done.
#[must_use]
pub fn mark(tone: Tone, word: &str) -> Markup {
    html! {
        span class={ "mark tone-" (tone.class()) } title=(word) {
            @if tone == Tone::Neutral { span.mark-open aria-hidden="true" {} } @else { (tone.icon()) }
            span.sr { (word) }
        }
    }
}

/// One line of a [`checklist`].
#[derive(Debug, Clone)]
pub struct CheckItem<'a> {
    mark: Markup,
    text: Text<'a>,
    help: Option<Text<'a>>,
    action: Option<Markup>,
    done: bool,
}

impl<'a> CheckItem<'a> {
    /// What is in order or to be done, with its [`mark`].
    #[must_use]
    pub fn new(mark: Markup, text: impl Into<Text<'a>>) -> Self {
        Self {
            mark,
            text: text.into(),
            help: None,
            action: None,
            done: false,
        }
    }

    /// What follows from it, or how to mend it.
    #[must_use]
    pub fn help(mut self, help: impl Into<Text<'a>>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The way to it.
    #[must_use]
    pub fn action(mut self, action: Markup) -> Self {
        self.action = Some(action);
        self
    }

    /// Set back, since nobody has to look at it any more.
    #[must_use]
    pub fn done(mut self, done: bool) -> Self {
        self.done = done;
        self
    }
}

impl Render for CheckItem<'_> {
    fn render(&self) -> Markup {
        html! {
            li.check-item.is-done[self.done] {
                (self.mark)
                div.check-item-text {
                    p { (self.text) }
                    @if let Some(help) = &self.help { p.muted { (help) } }
                }
                @if let Some(action) = &self.action { (action) }
            }
        }
    }
}

/// A choice of a few pages side by side, such as spans of time; looks like [`crate::segmented`] and
/// consists of links. `label` names the landmark.
#[must_use]
pub fn segmented_links(label: &str, choices: &[crate::Tab<'_>]) -> Markup {
    html! {
        nav.segmented aria-label=(label) {
            @for choice in choices {
                a href=(choice.href) aria-current=[choice.active.then_some("page")] { (choice.label) }
            }
        }
    }
}

/// What is in order and what is to be done, below each other.
#[must_use]
pub fn checklist(items: &[CheckItem<'_>]) -> Markup {
    html! { ul.checklist { @for item in items { (item) } } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_folds_without_a_script_and_can_be_replaced_piece_by_piece() {
        let html = Part::new("audience", "Audience")
            .summary("<3 segments>")
            .open(true)
            .body(html! { p { "x" } })
            .0;
        assert!(html.starts_with("<details class=\"card part\" id=\"audience\" open>"));
        assert!(html.contains("id=\"audience-summary\">&lt;3 segments&gt;"));
    }

    #[test]
    fn a_mark_has_a_word_besides_its_colour() {
        assert!(
            mark(Tone::Neutral, "To do")
                .0
                .contains("<span class=\"sr\">To do</span>")
        );
        assert!(mark(Tone::Danger, "Missing").0.contains("<svg"));
    }
}
