//! Fields of one value.

use maud::{Markup, Render, html};

use super::{Base, base_setters};
use crate::element::{Attrs, Text, element, void};

/// A field that people type into.
#[derive(Debug, Clone)]
pub struct Field<'a> {
    base: Base<'a>,
    kind: &'static str,
    value: Text<'a>,
    rows: Option<u16>,
    prefix: Option<Text<'a>>,
    suffix: Option<Text<'a>>,
    suggestions: Vec<Text<'a>>,
}

impl<'a> Field<'a> {
    fn new(kind: &'static str, name: impl Into<Text<'a>>, label: impl Into<Text<'a>>) -> Self {
        Self {
            base: Base::new(name, label),
            kind,
            value: Text::Borrowed(""),
            rows: None,
            prefix: None,
            suffix: None,
            suggestions: Vec::new(),
        }
    }

    /// One line.
    #[must_use]
    pub fn text(name: impl Into<Text<'a>>, label: impl Into<Text<'a>>) -> Self {
        Self::new("text", name, label)
    }

    /// An e-mail address.
    #[must_use]
    pub fn email(name: impl Into<Text<'a>>, label: impl Into<Text<'a>>) -> Self {
        let mut field = Self::new("email", name, label);
        field.base.attrs.push("autocapitalize", "none");
        field.base.attrs.push("spellcheck", "false");
        field
    }

    /// A password; can be pasted and shown. Say with `autocomplete` whether it is the present or a
    /// new one.
    #[must_use]
    pub fn password(name: impl Into<Text<'a>>, label: impl Into<Text<'a>>) -> Self {
        Self::new("password", name, label)
    }

    /// A whole or decimal number.
    #[must_use]
    pub fn number(name: impl Into<Text<'a>>, label: impl Into<Text<'a>>) -> Self {
        Self::new("number", name, label)
    }

    /// An address of the web.
    #[must_use]
    pub fn url(name: impl Into<Text<'a>>, label: impl Into<Text<'a>>) -> Self {
        Self::new("url", name, label)
    }

    /// A telephone number.
    #[must_use]
    pub fn tel(name: impl Into<Text<'a>>, label: impl Into<Text<'a>>) -> Self {
        Self::new("tel", name, label)
    }

    /// A day: `2026-03-12`.
    #[must_use]
    pub fn date(name: impl Into<Text<'a>>, label: impl Into<Text<'a>>) -> Self {
        Self::new("date", name, label)
    }

    /// A day and a time without a zone: `2026-03-12T14:05`. Say in the help which zone is meant.
    #[must_use]
    pub fn datetime(name: impl Into<Text<'a>>, label: impl Into<Text<'a>>) -> Self {
        Self::new("datetime-local", name, label)
    }

    /// A time of day: `14:05`.
    #[must_use]
    pub fn time(name: impl Into<Text<'a>>, label: impl Into<Text<'a>>) -> Self {
        Self::new("time", name, label)
    }

    /// Several lines.
    #[must_use]
    pub fn textarea(name: impl Into<Text<'a>>, label: impl Into<Text<'a>>, rows: u16) -> Self {
        Self {
            rows: Some(rows),
            ..Self::new("textarea", name, label)
        }
    }

    /// What is in it.
    #[must_use]
    pub fn value(mut self, value: impl Into<Text<'a>>) -> Self {
        self.value = value.into();
        self
    }

    /// An example, not a label.
    #[must_use]
    pub fn placeholder(self, text: impl Into<Text<'a>>) -> Self {
        self.attr("placeholder", text)
    }

    /// What the browser may fill in.
    #[must_use]
    pub fn autocomplete(self, token: &'static str) -> Self {
        self.attr("autocomplete", token)
    }

    /// The most characters.
    #[must_use]
    pub fn max_length(self, length: usize) -> Self {
        self.attr("maxlength", length.to_string())
    }

    /// Has the cursor when the page opens. At most one a page.
    #[must_use]
    pub fn autofocus(self) -> Self {
        self.attr("autofocus", "autofocus")
    }

    /// Shown before the value: `https://`.
    #[must_use]
    pub fn prefix(mut self, text: impl Into<Text<'a>>) -> Self {
        self.prefix = Some(text.into());
        self
    }

    /// What may be meant; anything else may be typed as well.
    #[must_use]
    pub fn suggestions<T: Into<Text<'a>>>(mut self, suggestions: impl IntoIterator<Item = T>) -> Self {
        self.suggestions = suggestions.into_iter().map(Into::into).collect();
        self
    }

    /// Shown after the value: a unit.
    #[must_use]
    pub fn suffix(mut self, text: impl Into<Text<'a>>) -> Self {
        self.suffix = Some(text.into());
        self
    }

    base_setters!();

    fn control(&self) -> Markup {
        let shared = self.base.control_attrs();
        if let Some(rows) = self.rows {
            let mut attrs = Attrs::new()
                .with("class", "input textarea")
                .with("rows", rows.to_string());
            attrs.extend(&shared);
            // HTML drops one line break directly after the tag; this one is meant to be dropped.
            return element("textarea", &attrs, &html! { "\n" (self.value) });
        }
        let mut attrs = Attrs::new().with("class", "input").with("type", self.kind);
        if self.kind != "password" {
            attrs.push("value", self.value.as_ref());
        }
        attrs.extend(&shared);
        if self.suggestions.is_empty() {
            return void("input", &attrs);
        }
        let list = format!("{}-suggestions", self.base.dom_id());
        attrs.push("list", list.as_str());
        html! {
            (void("input", &attrs))
            datalist id=(list) { @for suggestion in &self.suggestions { option value=(suggestion) {} } }
        }
    }
}

impl Render for Field<'_> {
    fn render(&self) -> Markup {
        let control = self.control();
        let control = if self.prefix.is_none() && self.suffix.is_none() {
            control
        } else {
            html! {
                span.affixed {
                    @if let Some(prefix) = &self.prefix { span.affix aria-hidden="true" { (prefix) } }
                    (control)
                    @if let Some(suffix) = &self.suffix { span.affix aria-hidden="true" { (suffix) } }
                }
            }
        };
        self.base.wrap(&control)
    }
}

/// Values and what they say.
type Options<'a> = Vec<(Text<'a>, Text<'a>)>;

/// A list to choose one from.
#[derive(Debug, Clone)]
pub struct Select<'a> {
    base: Base<'a>,
    groups: Vec<(Option<Text<'a>>, Options<'a>)>,
    selected: Text<'a>,
}

impl<'a> Select<'a> {
    /// Without options yet.
    #[must_use]
    pub fn new(name: impl Into<Text<'a>>, label: impl Into<Text<'a>>) -> Self {
        Self {
            base: Base::new(name, label),
            groups: Vec::new(),
            selected: Text::Borrowed(""),
        }
    }

    /// One option.
    #[must_use]
    pub fn option(mut self, value: impl Into<Text<'a>>, text: impl Into<Text<'a>>) -> Self {
        let option = (value.into(), text.into());
        match self.groups.last_mut() {
            Some((None, options)) => options.push(option),
            _ => self.groups.push((None, vec![option])),
        }
        self
    }

    /// Several options.
    #[must_use]
    pub fn options<V, T>(mut self, options: impl IntoIterator<Item = (V, T)>) -> Self
    where
        V: Into<Text<'a>>,
        T: Into<Text<'a>>,
    {
        for (value, text) in options {
            self = self.option(value, text);
        }
        self
    }

    /// Several options under a heading.
    #[must_use]
    pub fn group<V, T>(
        mut self,
        label: impl Into<Text<'a>>,
        options: impl IntoIterator<Item = (V, T)>,
    ) -> Self
    where
        V: Into<Text<'a>>,
        T: Into<Text<'a>>,
    {
        let options = options
            .into_iter()
            .map(|(value, text)| (value.into(), text.into()))
            .collect();
        self.groups.push((Some(label.into()), options));
        self
    }

    /// Which one is chosen.
    #[must_use]
    pub fn selected(mut self, value: impl Into<Text<'a>>) -> Self {
        self.selected = value.into();
        self
    }

    base_setters!();

    fn option_list(&self, options: &[(Text<'_>, Text<'_>)]) -> Markup {
        html! {
            @for (value, text) in options {
                option value=(value) selected[*value == self.selected] { (text) }
            }
        }
    }
}

impl Render for Select<'_> {
    fn render(&self) -> Markup {
        let mut attrs = Attrs::new().with("class", "input select");
        attrs.extend(&self.base.control_attrs());
        let body = html! {
            @for (label, options) in &self.groups {
                @match label {
                    Some(label) => optgroup label=(label) { (self.option_list(options)) }
                    None => (self.option_list(options)),
                }
            }
        };
        self.base.wrap(&element("select", &attrs, &body))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_takes_the_place_of_the_help_and_is_tied_to_the_field() {
        let field = Field::email("email", "Email")
            .help("Where we write to")
            .value("nope");
        let fine = field.clone().render().0;
        assert!(fine.contains("aria-describedby=\"f-email-note\"") && fine.contains("Where we write to"));
        assert!(!fine.contains("aria-invalid"));
        let wrong = field.error(Some("That is no address")).render().0;
        assert!(wrong.contains("aria-invalid=\"true\"") && wrong.contains("That is no address"));
        assert!(wrong.contains("id=\"f-email-note\"") && !wrong.contains("Where we write to"));
        assert!(wrong.contains("value=\"nope\""));
    }

    #[test]
    fn suggestions_are_a_list_that_the_field_points_to() {
        let html = Field::text("title", "Title")
            .suggestions(["Mr", "<b>"])
            .render()
            .0;
        assert!(html.contains("list=\"f-title-suggestions\""));
        assert!(html.contains("<datalist id=\"f-title-suggestions\"><option value=\"Mr\"></option>"));
        assert!(html.contains("<option value=\"&lt;b&gt;\">"));
    }

    #[test]
    fn a_password_is_never_sent_back() {
        let html = Field::password("password", "Password").value("secret").render().0;
        assert!(!html.contains("secret"));
    }

    #[test]
    fn a_textarea_keeps_a_leading_line_break() {
        let html = Field::textarea("text", "Text", 4).value("\nfirst").render().0;
        assert!(html.contains(">\n\nfirst</textarea>"));
    }

    #[test]
    fn the_chosen_option_is_selected() {
        let html = Select::new("a", "A")
            .options([("1", "One"), ("2", "Two")])
            .selected("2")
            .render()
            .0;
        assert!(html.contains("<option value=\"2\" selected>Two</option>"));
        assert!(html.contains("<option value=\"1\">One</option>"));
    }
}
