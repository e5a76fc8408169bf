//! Forms: label above, help below, the error in the place of the help, in the person's words.

mod choice;
mod field;
mod frame;
mod input;
mod upload;

pub use choice::{CheckboxGroup, Choice, RadioCards, Switch, segmented, segmented_for};
pub use field::{Field, Select};
pub use frame::{ErrorSummary, Form, danger_zone, form_section};
pub use input::{CodeField, TagField};
pub use upload::FileField;

use maud::{Markup, html};

use crate::Icon;
use crate::element::{Attrs, Text, dom_id};

/// What all fields have: a name, a label, help or an error.
#[derive(Debug, Clone)]
pub(crate) struct Base<'a> {
    pub name: Text<'a>,
    pub label: Text<'a>,
    pub id: Option<Text<'a>>,
    pub help: Option<Text<'a>>,
    pub error: Option<Text<'a>>,
    pub required: bool,
    pub disabled: bool,
    pub hide_label: bool,
    pub attrs: Attrs<'a>,
}

impl<'a> Base<'a> {
    pub fn new(name: impl Into<Text<'a>>, label: impl Into<Text<'a>>) -> Self {
        Self {
            name: name.into(),
            label: label.into(),
            id: None,
            help: None,
            error: None,
            required: false,
            disabled: false,
            hide_label: false,
            attrs: Attrs::new(),
        }
    }

    pub fn dom_id(&self) -> String {
        match &self.id {
            Some(id) => id.to_string(),
            None => field_id(&self.name),
        }
    }

    fn note_id(&self) -> Option<String> {
        (self.error.is_some() || self.help.is_some()).then(|| format!("{}-note", self.dom_id()))
    }

    /// `id`, `name`, and what ties the control to its label, help and error.
    pub fn control_attrs(&self) -> Attrs<'_> {
        let mut attrs = Attrs::new()
            .with("id", self.dom_id())
            .with("name", self.name.as_ref());
        attrs.push_flag("required", self.required);
        attrs.push_flag("disabled", self.disabled);
        attrs.push_some("aria-describedby", self.note_id());
        attrs.push_some("aria-invalid", self.error.as_ref().map(|_| "true"));
        attrs.extend(&self.attrs);
        attrs
    }

    /// The control with its label above and its note below.
    pub fn wrap(&self, control: &Markup) -> Markup {
        html! {
            div.field.has-error[self.error.is_some()] {
                label.sr[self.hide_label] for=(self.dom_id()) { (self.label_text()) }
                (control)
                (self.note())
            }
        }
    }

    /// The same for controls that are several: the label is a legend.
    pub fn wrap_group(&self, class: &str, controls: &Markup) -> Markup {
        html! {
            fieldset class={ "field field-group " (class) } id=(self.dom_id()) aria-describedby=[self.note_id()] {
                legend.sr[self.hide_label] { (self.label_text()) }
                (controls)
                (self.note())
            }
        }
    }

    pub fn label_text(&self) -> Markup {
        html! { (self.label) @if self.required { span.required aria-hidden="true" { "*" } } }
    }

    pub fn note(&self) -> Markup {
        let id = self.note_id();
        match (&self.error, &self.help) {
            (Some(error), _) => html! { p.field-error id=[id] { (Icon::Error) span { (error) } } },
            (None, Some(help)) => html! { p.field-help id=[id] { (help) } },
            (None, None) => Markup::default(),
        }
    }
}

/// The id of the control with this name, for links to it.
#[must_use]
pub fn field_id(name: &str) -> String {
    dom_id("f-", name)
}

/// The setters that every field has.
macro_rules! base_setters {
    () => {
        /// A sentence below.
        #[must_use]
        pub fn help(mut self, help: impl Into<$crate::Text<'a>>) -> Self {
            self.base.help = Some(help.into());
            self
        }

        /// What is wrong with the value, in the place of the help.
        #[must_use]
        pub fn error(mut self, error: Option<impl Into<$crate::Text<'a>>>) -> Self {
            self.base.error = error.map(Into::into);
            self
        }

        /// Cannot be left empty.
        #[must_use]
        pub fn required(mut self) -> Self {
            self.base.required = true;
            self
        }

        /// Shown but not to be changed.
        #[must_use]
        pub fn disabled(mut self, disabled: bool) -> Self {
            self.base.disabled = disabled;
            self
        }

        /// Another id than the one made from the name, where a name repeats on a page.
        #[must_use]
        pub fn id(mut self, id: impl Into<$crate::Text<'a>>) -> Self {
            self.base.id = Some(id.into());
            self
        }

        /// The label is only read out.
        #[must_use]
        pub fn hide_label(mut self) -> Self {
            self.base.hide_label = true;
            self
        }

        /// Any further attribute of the control.
        #[must_use]
        pub fn attr(mut self, name: &'static str, value: impl Into<$crate::Text<'a>>) -> Self {
            self.base.attrs.push(name, value);
            self
        }
    };
}
pub(crate) use base_setters;
