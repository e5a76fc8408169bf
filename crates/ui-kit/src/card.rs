//! Boxes with a title, figures, and blocks of facts.

use maud::{Markup, Render, html};

use crate::element::Text;
use crate::{Icon, Tone};

/// A titled box.
#[derive(Debug, Clone, Default)]
pub struct Card<'a> {
    title: Option<Text<'a>>,
    help: Option<Text<'a>>,
    actions: Option<Markup>,
    id: Option<Text<'a>>,
    flush: bool,
}

impl<'a> Card<'a> {
    /// With a title.
    #[must_use]
    pub fn titled(title: impl Into<Text<'a>>) -> Self {
        Self {
            title: Some(title.into()),
            ..Self::default()
        }
    }

    /// Without one.
    #[must_use]
    pub fn untitled() -> Self {
        Self::default()
    }

    /// A sentence below the title.
    #[must_use]
    pub fn help(mut self, help: impl Into<Text<'a>>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Beside the title.
    #[must_use]
    pub fn actions(mut self, actions: Markup) -> Self {
        self.actions = Some(actions);
        self
    }

    /// For htmx and links.
    #[must_use]
    pub fn id(mut self, id: impl Into<Text<'a>>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Content reaches the border: tables and lists.
    #[must_use]
    pub fn flush(mut self) -> Self {
        self.flush = true;
        self
    }

    /// Around its content.
    #[must_use]
    pub fn body(&self, body: Markup) -> Markup {
        html! {
            section.card id=[self.id.as_deref()] {
                @if self.title.is_some() || self.actions.is_some() {
                    header.card-head {
                        div {
                            @if let Some(title) = &self.title { h2 { (title) } }
                            @if let Some(help) = &self.help { p.muted { (help) } }
                        }
                        @if let Some(actions) = &self.actions { div.btn-row { (actions) } }
                    }
                }
                div.card-body.flush[self.flush] { (body) }
            }
        }
    }
}

/// One figure with its name; a link when it stands for people or things that can be listed.
#[derive(Debug, Clone)]
pub struct Stat<'a> {
    label: Text<'a>,
    value: Text<'a>,
    note: Option<Text<'a>>,
    delta: Option<(Tone, Text<'a>)>,
    href: Option<Text<'a>>,
    id: Option<Text<'a>>,
    chart: Option<Markup>,
}

impl<'a> Stat<'a> {
    /// `value` is already formatted: `number(12408)`, `percent(3, 10)`.
    #[must_use]
    pub fn new(label: impl Into<Text<'a>>, value: impl Into<Text<'a>>) -> Self {
        Self {
            label: label.into(),
            value: value.into(),
            note: None,
            delta: None,
            href: None,
            id: None,
            chart: None,
        }
    }

    /// Small text below: "of 12,408 delivered".
    #[must_use]
    pub fn note(mut self, note: impl Into<Text<'a>>) -> Self {
        self.note = Some(note.into());
        self
    }

    /// Change against before: "+12%". The tone says whether that is good.
    #[must_use]
    pub fn delta(mut self, tone: Tone, delta: impl Into<Text<'a>>) -> Self {
        self.delta = Some((tone, delta.into()));
        self
    }

    /// What is behind the figure.
    #[must_use]
    pub fn href(mut self, href: impl Into<Text<'a>>) -> Self {
        self.href = Some(href.into());
        self
    }

    /// So that the figure can be replaced while it runs. The id is put on the number itself.
    #[must_use]
    pub fn id(mut self, id: impl Into<Text<'a>>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// A sparkline.
    #[must_use]
    pub fn chart(mut self, chart: Markup) -> Self {
        self.chart = Some(chart);
        self
    }
}

impl Render for Stat<'_> {
    fn render(&self) -> Markup {
        let body = html! {
            span.stat-label { (self.label) }
            span.stat-line {
                span.stat-value id=[self.id.as_deref()] { (self.value) }
                @if let Some((tone, delta)) = &self.delta {
                    span class={ "stat-delta tone-" (tone.class()) } { (delta) }
                }
            }
            @if let Some(note) = &self.note { span.stat-note { (note) } }
            @if let Some(chart) = &self.chart { (chart) }
        };
        match &self.href {
            Some(href) => html! { a.stat href=(href) { (body) } },
            None => html! { div.stat { (body) } },
        }
    }
}

/// Figures side by side.
#[must_use]
pub fn stats(stats: &[Stat<'_>]) -> Markup {
    html! { div.stats { @for stat in stats { (stat) } } }
}

/// Names and values, for the facts of one thing.
#[must_use]
pub fn facts(pairs: &[(Text<'_>, Markup)]) -> Markup {
    html! {
        dl.facts {
            @for (name, value) in pairs { div { dt { (name) } dd { (value) } } }
        }
    }
}

/// One entry of a timeline.
#[derive(Debug, Clone)]
pub struct Moment<'a> {
    /// Drawn on the line.
    pub icon: Icon,
    /// Its colour.
    pub tone: Tone,
    /// What happened.
    pub title: Markup,
    /// When, from [`crate::Times`].
    pub at: Markup,
    /// More about it.
    pub detail: Option<Markup>,
    /// For links to this entry.
    pub id: Option<Text<'a>>,
}

/// What happened, newest first.
#[must_use]
pub fn timeline(moments: &[Moment<'_>]) -> Markup {
    html! {
        ol.timeline { @for moment in moments { (timeline_item(moment)) } }
    }
}

/// One entry, for loading more of them into an existing timeline.
#[must_use]
pub fn timeline_item(moment: &Moment<'_>) -> Markup {
    html! {
        li.moment id=[moment.id.as_deref()] {
            span class={ "moment-icon tone-" (moment.tone.class()) } { (moment.icon) }
            div.moment-body {
                p.moment-line { span { (moment.title) } span.moment-at { (moment.at) } }
                @if let Some(detail) = &moment.detail { div.moment-detail { (detail) } }
            }
        }
    }
}

/// Two columns: the main thing, and what stands beside it (320 px). One below the other on phones.
#[must_use]
pub fn columns(main: Markup, aside: Markup) -> Markup {
    html! { div.columns { div.stack { (main) } div.stack { (aside) } } }
}

/// Three columns: what it is, what happened to it, and what stands beside. Where there is no room for
/// three, the outer ones stand below each other beside the middle one; on phones all do.
#[must_use]
pub fn three_columns(left: Markup, main: Markup, right: Markup) -> Markup {
    html! { div.columns-three { div.stack.columns-left { (left) } div.stack.columns-main { (main) } div.stack.columns-right { (right) } } }
}

/// Blocks below each other, 24 px apart.
#[must_use]
pub fn stack(blocks: Markup) -> Markup {
    html! { div.stack { (blocks) } }
}

/// Equal boxes side by side, as many as fit.
#[must_use]
pub fn grid(boxes: Markup) -> Markup {
    html! { div.grid { (boxes) } }
}
