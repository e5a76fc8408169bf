//! The head of a page: where one is, what it is for, and the one thing to do.

use maud::{Markup, html};

use crate::element::Text;
use crate::{Icon, Words};

/// The head of a page.
#[derive(Debug, Clone)]
pub struct PageHeader<'a> {
    pub(super) title: Text<'a>,
    purpose: Option<Text<'a>>,
    crumbs: Vec<(Text<'a>, Text<'a>)>,
    badge: Option<Markup>,
    actions: Option<Markup>,
    tabs: Option<Markup>,
    wide: bool,
}

impl<'a> PageHeader<'a> {
    /// The title also is the document's.
    #[must_use]
    pub fn new(title: impl Into<Text<'a>>) -> Self {
        Self {
            title: title.into(),
            purpose: None,
            crumbs: Vec::new(),
            badge: None,
            actions: None,
            tabs: None,
            wide: false,
        }
    }

    /// One sentence, where it helps.
    #[must_use]
    pub fn purpose(mut self, purpose: impl Into<Text<'a>>) -> Self {
        self.purpose = Some(purpose.into());
        self
    }

    /// A page above this one; outermost first.
    #[must_use]
    pub fn crumb(mut self, label: impl Into<Text<'a>>, href: impl Into<Text<'a>>) -> Self {
        self.crumbs.push((label.into(), href.into()));
        self
    }

    /// A state beside the title.
    #[must_use]
    pub fn badge(mut self, badge: Markup) -> Self {
        self.badge = Some(badge);
        self
    }

    /// Buttons, at most one of them primary.
    #[must_use]
    pub fn actions(mut self, actions: Markup) -> Self {
        self.actions = Some(actions);
        self
    }

    /// From [`crate::tabs`].
    #[must_use]
    pub fn tabs(mut self, tabs: Markup) -> Self {
        self.tabs = Some(tabs);
        self
    }

    /// Content as wide as the window, for tables with many columns.
    #[must_use]
    pub fn wide(mut self) -> Self {
        self.wide = true;
        self
    }

    pub(super) const fn is_wide(&self) -> bool {
        self.wide
    }

    pub(super) fn show(&self, words: &Words) -> Markup {
        html! {
            header.page-head {
                @if !self.crumbs.is_empty() { (self.breadcrumbs(words)) }
                div.page-head-line {
                    div.page-head-words {
                        div.page-head-title {
                            h1 { (self.title) }
                            @if let Some(badge) = &self.badge { (badge) }
                        }
                        @if let Some(purpose) = &self.purpose { p.page-purpose { (purpose) } }
                    }
                    @if let Some(actions) = &self.actions { div.btn-row { (actions) } }
                }
                @if let Some(tabs) = &self.tabs { (tabs) }
            }
        }
    }

    fn breadcrumbs(&self, words: &Words) -> Markup {
        html! {
            nav.crumbs aria-label=(words.breadcrumbs) {
                ol {
                    @for (label, href) in &self.crumbs {
                        li { a href=(href) { (label) } (Icon::ChevronRight) }
                    }
                }
            }
        }
    }
}
