//! Buttons, and links that look like them.

use maud::{Markup, Render, html};

use crate::Icon;
use crate::element::{Attrs, Text, element};

#[derive(Debug, Clone, Copy)]
enum Kind {
    Primary,
    Secondary,
    Ghost,
    Danger,
}

/// A button. Submits its form unless it is made a link with [`Button::href`] or a plain button with
/// [`Button::plain`]. At most one primary button stands on a page.
#[derive(Debug, Clone)]
pub struct Button<'a> {
    label: Text<'a>,
    kind: Kind,
    icon: Option<Icon>,
    trailing: Option<Icon>,
    small: bool,
    icon_only: bool,
    submits: bool,
    href: Option<Text<'a>>,
    disabled: bool,
    attrs: Attrs<'a>,
}

impl<'a> Button<'a> {
    fn new(kind: Kind, label: impl Into<Text<'a>>) -> Self {
        Self {
            label: label.into(),
            kind,
            icon: None,
            trailing: None,
            small: false,
            icon_only: false,
            submits: true,
            href: None,
            disabled: false,
            attrs: Attrs::new(),
        }
    }

    /// What the page is for.
    #[must_use]
    pub fn primary(label: impl Into<Text<'a>>) -> Self {
        Self::new(Kind::Primary, label)
    }

    /// Everything else.
    #[must_use]
    pub fn secondary(label: impl Into<Text<'a>>) -> Self {
        Self::new(Kind::Secondary, label)
    }

    /// Without a border, for rows and toolbars.
    #[must_use]
    pub fn ghost(label: impl Into<Text<'a>>) -> Self {
        Self::new(Kind::Ghost, label)
    }

    /// Destroys something or sends something that cannot be called back.
    #[must_use]
    pub fn danger(label: impl Into<Text<'a>>) -> Self {
        Self::new(Kind::Danger, label)
    }

    /// A picture before the words.
    #[must_use]
    pub fn icon(mut self, icon: Icon) -> Self {
        self.icon = Some(icon);
        self
    }

    /// A picture after the words.
    #[must_use]
    pub fn trailing(mut self, icon: Icon) -> Self {
        self.trailing = Some(icon);
        self
    }

    /// Shows the picture alone; the label is still read out and shown on hover.
    #[must_use]
    pub fn icon_only(mut self, icon: Icon) -> Self {
        self.icon = Some(icon);
        self.icon_only = true;
        self
    }

    /// 28 px instead of 32.
    #[must_use]
    pub fn small(mut self) -> Self {
        self.small = true;
        self
    }

    /// Makes it a link.
    #[must_use]
    pub fn href(mut self, href: impl Into<Text<'a>>) -> Self {
        self.href = Some(href.into());
        self
    }

    /// Does not submit; for what the script or an `hx-…` attribute does.
    #[must_use]
    pub fn plain(mut self) -> Self {
        self.submits = false;
        self
    }

    /// Opens the dialog with this id.
    #[must_use]
    pub fn dialog(self, id: impl Into<Text<'a>>) -> Self {
        self.plain().attr("data-dialog", id)
    }

    /// Sent with the form when this button submits it.
    #[must_use]
    pub fn value(self, name: impl Into<Text<'a>>, value: impl Into<Text<'a>>) -> Self {
        self.attr("name", name).attr("value", value)
    }

    /// Cannot be used. Say beside it why.
    #[must_use]
    pub fn disabled(mut self, disabled: bool) -> Self {
        self.disabled = disabled;
        self
    }

    /// Any further attribute.
    #[must_use]
    pub fn attr(mut self, name: &'static str, value: impl Into<Text<'a>>) -> Self {
        self.attrs.push(name, value);
        self
    }

    fn classes(&self) -> String {
        let mut classes = String::from("btn");
        classes.push_str(match self.kind {
            Kind::Primary => " btn-primary",
            Kind::Secondary => "",
            Kind::Ghost => " btn-ghost",
            Kind::Danger => " btn-danger",
        });
        if self.small {
            classes.push_str(" btn-small");
        }
        if self.icon_only {
            classes.push_str(" btn-icon");
        }
        classes
    }
}

impl Render for Button<'_> {
    fn render(&self) -> Markup {
        let mut attrs = Attrs::new().with("class", self.classes());
        if self.icon_only {
            attrs.push("aria-label", self.label.as_ref());
            attrs.push("title", self.label.as_ref());
        }
        let body = html! {
            @if let Some(icon) = self.icon { (icon) }
            @if !self.icon_only { span { (self.label) } }
            @if let Some(icon) = self.trailing { (icon) }
        };
        if let Some(href) = &self.href {
            attrs.push("href", href.as_ref());
            attrs.extend(&self.attrs);
            return element("a", &attrs, &body);
        }
        attrs.push("type", if self.submits { "submit" } else { "button" });
        attrs.push_flag("disabled", self.disabled);
        attrs.extend(&self.attrs);
        element("button", &attrs, &body)
    }
}

/// Buttons side by side.
#[must_use]
pub fn button_row(buttons: Markup) -> Markup {
    html! { div.btn-row { (buttons) } }
}

/// Copies `value`; says so in the words of `copied`.
#[must_use]
pub fn copy_button(words: &crate::Words, value: &str) -> Markup {
    html! {
        button.btn.btn-ghost.btn-small.btn-icon.copy type="button" data-copy=(value)
            data-copied=(words.copied) aria-label=(words.copy) title=(words.copy) {
            span.copy-idle { (Icon::Copy) }
            span.copy-done { (Icon::Check) }
        }
    }
}
