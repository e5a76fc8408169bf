//! The bar above a list: search, filters, and what is filtered by.

use maud::{Markup, html};

use crate::element::{Attrs, Text, element};
use crate::{Icon, Live, Words};

/// A `GET` form whose state is the address. With [`FilterBar::live`] the list follows while one
/// types; without a script the person presses Enter.
#[derive(Debug, Clone)]
pub struct FilterBar<'a> {
    action: Text<'a>,
    search: Option<(Text<'a>, Text<'a>, Text<'a>)>,
    hidden: Vec<(Text<'a>, Text<'a>)>,
    controls: Option<Markup>,
    actions: Option<Markup>,
    clear: Option<Text<'a>>,
    live: Option<Live<'a>>,
}

impl<'a> FilterBar<'a> {
    /// For the list at `action`.
    #[must_use]
    pub fn new(action: impl Into<Text<'a>>) -> Self {
        Self {
            action: action.into(),
            search: None,
            hidden: Vec::new(),
            controls: None,
            actions: None,
            clear: None,
            live: None,
        }
    }

    /// A search field; the placeholder is its label too. `/` puts the cursor there.
    #[must_use]
    pub fn search(
        mut self,
        name: impl Into<Text<'a>>,
        value: impl Into<Text<'a>>,
        label: impl Into<Text<'a>>,
    ) -> Self {
        self.search = Some((name.into(), value.into(), label.into()));
        self
    }

    /// State that is kept, such as the order.
    #[must_use]
    pub fn keep(mut self, name: impl Into<Text<'a>>, value: Option<impl Into<Text<'a>>>) -> Self {
        if let Some(value) = value {
            self.hidden.push((name.into(), value.into()));
        }
        self
    }

    /// Further controls: [`filter_select`].
    #[must_use]
    pub fn controls(mut self, controls: Markup) -> Self {
        self.controls = Some(controls);
        self
    }

    /// At the end of the bar: export, save as a segment.
    #[must_use]
    pub fn actions(mut self, actions: Markup) -> Self {
        self.actions = Some(actions);
        self
    }

    /// Where the unfiltered list is; give it when something is filtered.
    #[must_use]
    pub fn clear(mut self, href: Option<impl Into<Text<'a>>>) -> Self {
        self.clear = href.map(Into::into);
        self
    }

    /// Swaps the list instead of loading a page.
    #[must_use]
    pub fn live(mut self, live: Live<'a>) -> Self {
        self.live = Some(live);
        self
    }

    /// The bar.
    #[must_use]
    pub fn show(&self, words: &Words) -> Markup {
        let mut attrs = Attrs::new()
            .with("class", "filter-bar")
            .with("role", "search")
            .with("method", "get")
            .with("action", self.action.as_ref());
        if let Some(live) = self.live {
            attrs.push("hx-get", self.action.as_ref());
            attrs.push("hx-push-url", "true");
            attrs.push("hx-sync", "this:replace");
            attrs.push(
                "hx-trigger",
                "input delay:250ms from:find input[type=search], change, submit",
            );
            attrs = live.swap(attrs);
        }
        element("form", &attrs, &self.body(words))
    }

    fn body(&self, words: &Words) -> Markup {
        html! {
            @for (name, value) in &self.hidden { input type="hidden" name=(name) value=(value); }
            @if let Some((name, value, label)) = &self.search {
                label.search-field {
                    (Icon::Search)
                    span.sr { (label) }
                    input type="search" id={ "search-" (name) } name=(name) value=(value) placeholder=(label)
                        autocomplete="off" data-search maxlength="200";
                    kbd.search-key aria-hidden="true" { "/" }
                }
            }
            @if let Some(controls) = &self.controls { (controls) }
            button.btn.no-script type="submit" { (words.apply) }
            @if let Some(clear) = &self.clear {
                a.btn.btn-ghost href=(clear) { (Icon::Close) span { (words.clear_filters) } }
            }
            @if let Some(actions) = &self.actions { div.btn-row.push { (actions) } }
        }
    }
}

/// One filter: a list to choose from, with its name inside.
#[must_use]
pub fn filter_select(name: &str, label: &str, options: &[(Text<'_>, Text<'_>)], selected: &str) -> Markup {
    html! {
        label.filter-select.is-set[!selected.is_empty()] {
            span { (label) }
            select name=(name) {
                @for (value, text) in options {
                    option value=(value) selected[value.as_ref() == selected] { (text) }
                }
            }
        }
    }
}

/// Something the list is filtered by, with the way to take it off.
#[must_use]
pub fn filter_chip(words: &Words, text: &str, remove_href: &str) -> Markup {
    html! {
        span.chip {
            (text)
            a.chip-remove href=(remove_href) aria-label={ (words.remove) " " (text) } { (Icon::Close) }
        }
    }
}
