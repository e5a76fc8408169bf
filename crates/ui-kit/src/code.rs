//! Source text that is read, and documents that are shown in a frame.

use maud::{Markup, Render, html};

use crate::element::{Attrs, Text, element};
use crate::{Icon, Words, copy_button};

/// Text in a fixed-width font with a button that copies it; `label` names it for screen readers.
#[must_use]
pub fn code_block(words: &Words, label: &str, source: &str) -> Markup {
    html! {
        div.code-block {
            pre tabindex="0" role="region" aria-label=(label) { code { (source) } }
            (copy_button(words, source))
        }
    }
}

/// A short value with a button that copies it: a record of the DNS, a key.
#[must_use]
pub fn copy_value(words: &Words, value: &str) -> Markup {
    html! { span.copy-value { code { (value) } (copy_button(words, value)) } }
}

/// A mail in a frame that can run nothing, at the widths of three devices.
///
/// The document is loaded from an address of its own: in `srcdoc` it would inherit this page's
/// policy, which forbids the style attributes that mails consist of. The answer at that address has
/// to carry `Content-Security-Policy: sandbox; …`, since people may open it directly.
#[derive(Debug, Clone)]
pub struct MailFrame<'a> {
    title: Text<'a>,
    src: Text<'a>,
    name: Text<'a>,
    actions: Option<Markup>,
    links: bool,
}

impl<'a> MailFrame<'a> {
    /// The title is the frame's accessible name.
    #[must_use]
    pub fn new(title: impl Into<Text<'a>>, src: impl Into<Text<'a>>) -> Self {
        Self {
            title: title.into(),
            src: src.into(),
            name: Text::Borrowed("preview"),
            actions: None,
            links: false,
        }
    }

    /// Another name than `preview`, where a page has two of them, or a form aims at it.
    #[must_use]
    pub fn name(mut self, name: impl Into<Text<'a>>) -> Self {
        self.name = name.into();
        self
    }

    /// Links of the mail open a window of their own, as in a mail program. The document has to name
    /// it as their target, and its policy has to allow it as well.
    #[must_use]
    pub fn with_links(mut self) -> Self {
        self.links = true;
        self
    }

    /// Beside the choice of the width.
    #[must_use]
    pub fn actions(mut self, actions: Markup) -> Self {
        self.actions = Some(actions);
        self
    }

    /// The frame.
    #[must_use]
    pub fn show(&self, words: &Words) -> Markup {
        let devices = [
            ("375", Icon::Phone, &words.device_phone),
            ("600", Icon::Tablet, &words.device_tablet),
            ("full", Icon::Monitor, &words.device_desktop),
        ];
        html! {
            div.mail-frame {
                div.mail-frame-bar {
                    fieldset.segmented {
                        legend.sr { (words.device) }
                        @for (width, icon, label) in devices {
                            label title=(label) {
                                input type="radio" name={ (self.name) "-width" } value=(width) checked[width == "full"]
                                    autocomplete="off";
                                span { (icon) span.sr { (label) } }
                            }
                        }
                    }
                    @if let Some(actions) = &self.actions { div.btn-row { (actions) } }
                }
                div.mail-frame-view {
                    iframe name=(self.name) title=(self.title) src=(self.src) sandbox=(self.sandbox()) loading="lazy" referrerpolicy="no-referrer" {}
                }
            }
        }
    }

    const fn sandbox(&self) -> &'static str {
        if self.links {
            "allow-popups allow-popups-to-escape-sandbox"
        } else {
            ""
        }
    }
}

/// A group of conditions, joined by AND or OR, with groups inside.
///
/// What the controls are called and where they post is the caller's; this is the box around them.
#[derive(Debug, Clone)]
pub struct RuleGroup<'a> {
    legend: Text<'a>,
    joiner: Text<'a>,
    join: Option<Markup>,
    items: Vec<Markup>,
    actions: Option<Markup>,
    remove: Option<Markup>,
}

impl<'a> RuleGroup<'a> {
    /// The legend is read out; the joiner ("and") stands between the items.
    #[must_use]
    pub fn new(legend: impl Into<Text<'a>>, joiner: impl Into<Text<'a>>) -> Self {
        Self {
            legend: legend.into(),
            joiner: joiner.into(),
            join: None,
            items: Vec::new(),
            actions: None,
            remove: None,
        }
    }

    /// The choice between AND and OR, usually [`crate::segmented`].
    #[must_use]
    pub fn join(mut self, join: Markup) -> Self {
        self.join = Some(join);
        self
    }

    /// Conditions from [`rule`] and groups from this.
    #[must_use]
    pub fn items(mut self, items: impl IntoIterator<Item = Markup>) -> Self {
        self.items.extend(items);
        self
    }

    /// "Add condition", "Add group".
    #[must_use]
    pub fn actions(mut self, actions: Markup) -> Self {
        self.actions = Some(actions);
        self
    }

    /// Takes the group away.
    #[must_use]
    pub fn remove(mut self, remove: Markup) -> Self {
        self.remove = Some(remove);
        self
    }
}

impl Render for RuleGroup<'_> {
    fn render(&self) -> Markup {
        html! {
            fieldset.rule-group {
                legend.sr { (self.legend) }
                @if self.join.is_some() || self.remove.is_some() {
                    div.rule-group-head {
                        @if let Some(join) = &self.join { (join) }
                        @if let Some(remove) = &self.remove { span.push { (remove) } }
                    }
                }
                @if !self.items.is_empty() {
                    ol.rules {
                        @for (i, item) in self.items.iter().enumerate() {
                            li { @if i > 0 { span.rule-joiner { (self.joiner) } } (item) }
                        }
                    }
                }
                @if let Some(actions) = &self.actions { div.btn-row { (actions) } }
            }
        }
    }
}

/// One condition: its controls in a row, and what takes it away.
#[must_use]
pub fn rule(controls: Markup, remove: Markup) -> Markup {
    html! { div.rule { div.rule-controls { (controls) } (remove) } }
}

/// A control of a condition: no visible label, since the sentence reads by itself.
#[must_use]
pub fn rule_select(name: &str, label: &str, options: &[(Text<'_>, Text<'_>)], selected: &str) -> Markup {
    html! {
        select.input.select name=(name) aria-label=(label) {
            @for (value, text) in options {
                option value=(value) selected[value.as_ref() == selected] { (text) }
            }
        }
    }
}

/// What a stream of events puts into the page.
///
/// The script opens `url`; an event named like one of `targets` replaces what is in the element with
/// that id; `done` ends the stream and, with [`LiveRegion::then`], loads that address.
#[derive(Debug, Clone)]
pub struct LiveRegion<'a> {
    url: Text<'a>,
    targets: Vec<Text<'a>>,
    then: Option<Text<'a>>,
}

impl<'a> LiveRegion<'a> {
    /// Listens at `url`.
    #[must_use]
    pub fn new<T: Into<Text<'a>>>(url: impl Into<Text<'a>>, targets: impl IntoIterator<Item = T>) -> Self {
        Self {
            url: url.into(),
            targets: targets.into_iter().map(Into::into).collect(),
            then: None,
        }
    }

    /// Where to go when it is done.
    #[must_use]
    pub fn then(mut self, href: impl Into<Text<'a>>) -> Self {
        self.then = Some(href.into());
        self
    }

    /// Around what changes. The targets may be anywhere on the page.
    #[must_use]
    pub fn body(&self, body: Markup) -> Markup {
        let mut attrs = Attrs::new()
            .with("class", "stack")
            .with("data-sse", self.url.as_ref())
            .with("data-sse-targets", self.targets.join(" "));
        attrs.push_some("data-sse-then", self.then.as_deref());
        element("div", &attrs, &body)
    }
}
