//! Improving links and forms with htmx, in the one way that all lists do it.

use crate::element::{Attrs, Text};

/// Replaces the element with this id by the answer, and puts the address into the history, so that
/// Back, reload and bookmarks work. The element carries the id again in the answer.
#[derive(Debug, Clone, Copy)]
pub struct Live<'a>(pub &'a str);

impl Live<'_> {
    /// For a link to `href`.
    #[must_use]
    pub(crate) fn link<'b>(self, href: impl Into<Text<'b>>) -> Attrs<'b> {
        self.swap(Attrs::new().with("hx-get", href).with("hx-push-url", "true"))
    }

    pub(crate) fn swap<'b>(self, attrs: Attrs<'b>) -> Attrs<'b> {
        attrs
            .with("hx-target", format!("#{}", self.0))
            .with("hx-swap", "outerHTML")
    }
}
