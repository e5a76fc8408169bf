//! The form itself, its sections, and what stands above it when something is wrong.

use maud::{Markup, html};

use super::field_id;
use crate::element::{Attrs, Text, element};
use crate::overlay::confirm_attrs;
use crate::{Confirm, Icon, Words};

/// A form that posts. Without a script it is an ordinary form.
#[derive(Debug, Clone)]
pub struct Form<'a> {
    action: Text<'a>,
    csrf: Markup,
    id: Option<Text<'a>>,
    multipart: bool,
    live: bool,
    save_bar: bool,
    confirm: Option<Confirm<'a>>,
    attrs: Attrs<'a>,
}

impl<'a> Form<'a> {
    /// Posts to `action`; `csrf` is the hidden field.
    #[must_use]
    pub fn post(action: impl Into<Text<'a>>, csrf: Markup) -> Self {
        Self {
            action: action.into(),
            csrf,
            id: None,
            multipart: false,
            live: false,
            save_bar: false,
            confirm: None,
            attrs: Attrs::new(),
        }
    }

    /// For buttons elsewhere (`form="id"`) and for htmx.
    #[must_use]
    pub fn id(mut self, id: impl Into<Text<'a>>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Carries files. The token then stands in the address of `action`, since it has to be read
    /// before the body.
    #[must_use]
    pub fn multipart(mut self) -> Self {
        self.multipart = true;
        self
    }

    /// Improved: errors come back into the place of the form without loading a page. The answer to
    /// a wrong form is the form (422); to a right one a redirect (`HX-Location`).
    #[must_use]
    pub fn live(mut self) -> Self {
        self.live = true;
        self
    }

    /// Shows a bar with Save and Discard as soon as something was changed, in the place of a
    /// submit button in the form.
    #[must_use]
    pub fn save_bar(mut self) -> Self {
        self.save_bar = true;
        self
    }

    /// Asks first.
    #[must_use]
    pub fn confirm(mut self, confirm: Confirm<'a>) -> Self {
        self.confirm = Some(confirm);
        self
    }

    /// Any further attribute.
    #[must_use]
    pub fn attr(mut self, name: &'static str, value: impl Into<Text<'a>>) -> Self {
        self.attrs.push(name, value);
        self
    }

    /// Around its fields.
    #[must_use]
    pub fn body(&self, words: &Words, body: Markup) -> Markup {
        let mut attrs = Attrs::new()
            .with("class", "form")
            .with("method", "post")
            .with("action", self.action.as_ref());
        attrs.push_some("id", self.id.as_deref());
        if self.multipart {
            attrs.push("enctype", "multipart/form-data");
        }
        if self.live {
            attrs.push("hx-post", self.action.as_ref());
            attrs.push("hx-target", "this");
            attrs.push("hx-swap", "outerHTML");
            attrs.push("hx-disabled-elt", "find button[type=submit]");
            if self.multipart {
                attrs.push("hx-encoding", "multipart/form-data");
            }
        }
        attrs.push_flag("data-save-bar", self.save_bar);
        if let Some(confirm) = &self.confirm {
            confirm_attrs(&mut attrs, confirm);
        }
        attrs.extend(&self.attrs);
        let content = html! {
            (self.csrf)
            (body)
            @if self.save_bar { (save_bar(words)) }
        };
        element("form", &attrs, &content)
    }
}

fn save_bar(words: &Words) -> Markup {
    html! {
        div.save-bar {
            span.save-bar-note role="status" { (Icon::Info) span { (words.unsaved) } }
            div.btn-row {
                button.btn type="reset" { (words.discard) }
                button.btn.btn-primary type="submit" { (words.save) }
            }
        }
    }
}

/// Fields that belong together: the title stands in a column of its own on wide screens.
#[must_use]
pub fn form_section(title: &str, help: Option<&str>, fields: Markup) -> Markup {
    html! {
        section.form-section {
            div.form-section-head {
                h2 { (title) }
                @if let Some(help) = help { p.muted { (help) } }
            }
            div.form-section-fields { (fields) }
        }
    }
}

/// A section for what destroys something.
#[must_use]
pub fn danger_zone(title: &str, help: &str, actions: Markup) -> Markup {
    html! {
        section.danger-zone {
            div { h2 { (title) } p.muted { (help) } }
            div.btn-row { (actions) }
        }
    }
}

/// What is wrong with a form, above it; gets the focus, and each line leads to its field.
#[derive(Debug, Clone)]
pub struct ErrorSummary<'a> {
    title: Text<'a>,
    errors: Vec<(Text<'a>, Text<'a>)>,
}

impl<'a> ErrorSummary<'a> {
    /// The title says how to go on.
    #[must_use]
    pub fn new(title: impl Into<Text<'a>>) -> Self {
        Self {
            title: title.into(),
            errors: Vec::new(),
        }
    }

    /// One error; an empty name is an error of the whole form.
    #[must_use]
    pub fn error(mut self, name: impl Into<Text<'a>>, message: impl Into<Text<'a>>) -> Self {
        self.errors.push((name.into(), message.into()));
        self
    }
}

/// Nothing when there are no errors.
impl maud::Render for ErrorSummary<'_> {
    fn render(&self) -> Markup {
        if self.errors.is_empty() {
            return Markup::default();
        }
        html! {
            div.alert.alert-danger role="alert" tabindex="-1" data-focus {
                (Icon::Error)
                div.alert-body {
                    p.alert-title { (self.title) }
                    ul {
                        @for (name, message) in &self.errors {
                            li { @if name.is_empty() { (message) } @else { a href={ "#" (field_id(name)) } { (message) } } }
                        }
                    }
                }
            }
        }
    }
}
