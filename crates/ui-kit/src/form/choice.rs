//! Fields of which something is chosen.

use maud::{Markup, Render, html};

use super::{Base, base_setters, field_id};
use crate::Icon;
use crate::element::{Attrs, Text, void};

/// One thing to choose.
#[derive(Debug, Clone)]
pub struct Choice<'a> {
    /// What is sent.
    pub value: Text<'a>,
    /// What it says.
    pub label: Text<'a>,
    /// A sentence about it.
    pub help: Option<Text<'a>>,
    /// Drawn before it, on cards.
    pub icon: Option<Icon>,
}

impl<'a> Choice<'a> {
    /// With a label.
    #[must_use]
    pub fn new(value: impl Into<Text<'a>>, label: impl Into<Text<'a>>) -> Self {
        Self {
            value: value.into(),
            label: label.into(),
            help: None,
            icon: None,
        }
    }

    /// A sentence about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<Text<'a>>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Drawn before it, on cards.
    #[must_use]
    pub fn icon(mut self, icon: Icon) -> Self {
        self.icon = Some(icon);
        self
    }

    fn id(&self, name: &str) -> String {
        field_id(&format!("{name}-{}", self.value))
    }
}

/// Any number of several; each is sent under the same name.
#[derive(Debug, Clone)]
pub struct CheckboxGroup<'a> {
    base: Base<'a>,
    choices: Vec<Choice<'a>>,
    chosen: Vec<Text<'a>>,
}

impl<'a> CheckboxGroup<'a> {
    /// In the order given.
    #[must_use]
    pub fn new(name: impl Into<Text<'a>>, label: impl Into<Text<'a>>, choices: Vec<Choice<'a>>) -> Self {
        Self {
            base: Base::new(name, label),
            choices,
            chosen: Vec::new(),
        }
    }

    /// Which are chosen.
    #[must_use]
    pub fn chosen<T: Into<Text<'a>>>(mut self, values: impl IntoIterator<Item = T>) -> Self {
        self.chosen = values.into_iter().map(Into::into).collect();
        self
    }

    base_setters!();
}

impl Render for CheckboxGroup<'_> {
    fn render(&self) -> Markup {
        let boxes = html! {
            div.checks {
                @for choice in &self.choices {
                    label.check-line for=(choice.id(&self.base.name)) {
                        input type="checkbox" id=(choice.id(&self.base.name)) name=(self.base.name) value=(choice.value)
                            checked[self.chosen.contains(&choice.value)] disabled[self.base.disabled];
                        span { span { (choice.label) } @if let Some(help) = &choice.help { span.muted { (help) } } }
                    }
                }
            }
        };
        self.base.wrap_group("", &boxes)
    }
}

/// One of a few that need a sentence each.
#[derive(Debug, Clone)]
pub struct RadioCards<'a> {
    base: Base<'a>,
    choices: Vec<Choice<'a>>,
    chosen: Text<'a>,
}

impl<'a> RadioCards<'a> {
    /// In the order given.
    #[must_use]
    pub fn new(name: impl Into<Text<'a>>, label: impl Into<Text<'a>>, choices: Vec<Choice<'a>>) -> Self {
        Self {
            base: Base::new(name, label),
            choices,
            chosen: Text::Borrowed(""),
        }
    }

    /// Which is chosen.
    #[must_use]
    pub fn chosen(mut self, value: impl Into<Text<'a>>) -> Self {
        self.chosen = value.into();
        self
    }

    base_setters!();
}

impl Render for RadioCards<'_> {
    fn render(&self) -> Markup {
        let cards = html! {
            div.radio-cards {
                @for choice in &self.choices {
                    label.radio-card for=(choice.id(&self.base.name)) {
                        input type="radio" id=(choice.id(&self.base.name)) name=(self.base.name) value=(choice.value)
                            checked[self.chosen == choice.value] required[self.base.required] disabled[self.base.disabled];
                        @if let Some(icon) = choice.icon { (icon.large()) }
                        span { span.radio-card-label { (choice.label) } @if let Some(help) = &choice.help { span.muted { (help) } } }
                    }
                }
            }
        };
        self.base.wrap_group("", &cards)
    }
}

/// On or off. Sends `value` (`true`) when on and nothing when off.
#[derive(Debug, Clone)]
pub struct Switch<'a> {
    base: Base<'a>,
    on: bool,
    value: Text<'a>,
}

impl<'a> Switch<'a> {
    /// The label says what is the case when it is on.
    #[must_use]
    pub fn new(name: impl Into<Text<'a>>, label: impl Into<Text<'a>>, on: bool) -> Self {
        Self {
            base: Base::new(name, label),
            on,
            value: Text::Borrowed("true"),
        }
    }

    /// Another value than `true`.
    #[must_use]
    pub fn value(mut self, value: impl Into<Text<'a>>) -> Self {
        self.value = value.into();
        self
    }

    base_setters!();
}

impl Render for Switch<'_> {
    fn render(&self) -> Markup {
        let mut attrs = Attrs::new()
            .with("class", "switch")
            .with("type", "checkbox")
            .with("role", "switch")
            .with("value", self.value.as_ref());
        attrs.push_flag("checked", self.on);
        attrs.extend(&self.base.control_attrs());
        html! {
            div.field.field-switch.has-error[self.base.error.is_some()] {
                (void("input", &attrs))
                div {
                    label.sr[self.base.hide_label] for=(self.base.dom_id()) { (self.base.label_text()) }
                    (self.base.note())
                }
            }
        }
    }
}

/// One of two to four short words side by side.
#[must_use]
pub fn segmented(name: &str, label: &str, options: &[(Text<'_>, Text<'_>)], chosen: &str) -> Markup {
    choices_side_by_side(None, name, label, options, chosen)
}

/// The same for a form that is elsewhere on the page: its id.
#[must_use]
pub fn segmented_for(
    form: &str,
    name: &str,
    label: &str,
    options: &[(Text<'_>, Text<'_>)],
    chosen: &str,
) -> Markup {
    choices_side_by_side(Some(form), name, label, options, chosen)
}

fn choices_side_by_side(
    form: Option<&str>,
    name: &str,
    label: &str,
    options: &[(Text<'_>, Text<'_>)],
    chosen: &str,
) -> Markup {
    html! {
        fieldset.segmented {
            legend.sr { (label) }
            @for (value, text) in options {
                label {
                    input type="radio" name=(name) value=(value) form=[form] checked[value.as_ref() == chosen];
                    span { (text) }
                }
            }
        }
    }
}
