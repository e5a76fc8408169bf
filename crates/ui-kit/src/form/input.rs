//! Fields with a form of their own: tags and source text.

use maud::{Markup, Render, html};

use super::{Base, base_setters};
use crate::Words;
use crate::element::{Attrs, Text, element, void};

/// Tags, separated by commas. The script shows them as chips; without it the text is edited.
#[derive(Debug, Clone)]
pub struct TagField<'a> {
    base: Base<'a>,
    value: String,
    suggestions: Vec<Text<'a>>,
}

impl<'a> TagField<'a> {
    /// Without tags yet.
    #[must_use]
    pub fn new(name: impl Into<Text<'a>>, label: impl Into<Text<'a>>) -> Self {
        Self {
            base: Base::new(name, label),
            value: String::new(),
            suggestions: Vec::new(),
        }
    }

    /// The tags that are there.
    #[must_use]
    pub fn tags<S: AsRef<str>>(mut self, tags: &[S]) -> Self {
        self.value = tags.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(", ");
        self
    }

    /// What was typed, when a form comes back.
    #[must_use]
    pub fn value(mut self, value: impl Into<String>) -> Self {
        self.value = value.into();
        self
    }

    /// Tags in use elsewhere.
    #[must_use]
    pub fn suggestions<T: Into<Text<'a>>>(mut self, tags: impl IntoIterator<Item = T>) -> Self {
        self.suggestions = tags.into_iter().map(Into::into).collect();
        self
    }

    base_setters!();

    /// The field.
    #[must_use]
    pub fn show(&self, words: &Words) -> Markup {
        let list = (!self.suggestions.is_empty()).then(|| format!("{}-list", self.base.dom_id()));
        let mut attrs = Attrs::new()
            .with("class", "input")
            .with("type", "text")
            .with("value", self.value.as_str())
            .with("autocomplete", "off")
            .with("data-tags", words.remove.as_str());
        attrs.push_some("list", list.clone());
        attrs.extend(&self.base.control_attrs());
        let control = html! {
            (void("input", &attrs))
            @if let Some(list) = list {
                datalist id=(list) { @for tag in &self.suggestions { option value=(tag) {} } }
            }
        };
        self.base.wrap(&control)
    }
}

/// Source text in a fixed-width font, with line numbers and the lines that are wrong.
#[derive(Debug, Clone)]
pub struct CodeField<'a> {
    base: Base<'a>,
    value: Text<'a>,
    rows: u16,
    wrong_lines: Vec<usize>,
    fill: bool,
}

impl<'a> CodeField<'a> {
    /// Empty.
    #[must_use]
    pub fn new(name: impl Into<Text<'a>>, label: impl Into<Text<'a>>) -> Self {
        Self {
            base: Base::new(name, label),
            value: Text::Borrowed(""),
            rows: 16,
            wrong_lines: Vec::new(),
            fill: false,
        }
    }

    /// What is in it.
    #[must_use]
    pub fn value(mut self, value: impl Into<Text<'a>>) -> Self {
        self.value = value.into();
        self
    }

    /// How high it is.
    #[must_use]
    pub fn rows(mut self, rows: u16) -> Self {
        self.rows = rows;
        self
    }

    /// Marks a line, counted from 1.
    #[must_use]
    pub fn wrong_line(mut self, line: Option<usize>) -> Self {
        self.wrong_lines.extend(line);
        self
    }

    /// Takes the height it is given, in builders.
    #[must_use]
    pub fn fill(mut self) -> Self {
        self.fill = true;
        self
    }

    base_setters!();

    fn wrong(&self) -> Option<String> {
        (!self.wrong_lines.is_empty()).then(|| {
            self.wrong_lines
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(" ")
        })
    }
}

impl Render for CodeField<'_> {
    fn render(&self) -> Markup {
        let mut attrs = Attrs::new()
            .with("class", "code-input")
            .with("rows", self.rows.to_string())
            .with("wrap", "off")
            .with("spellcheck", "false")
            .with("autocapitalize", "none")
            .with("autocomplete", "off");
        attrs.extend(&self.base.control_attrs());
        // `split` and not `lines`: the empty line after the last break has a number too.
        let lines = self.value.split('\n').count();
        let control = html! {
            div.code-editor data-code data-wrong=[self.wrong()] {
                div.code-lines aria-hidden="true" {
                    div.code-lines-in {
                        @for line in 1..=lines {
                            span.is-wrong[self.wrong_lines.contains(&line)] { (line) }
                        }
                    }
                }
                (element("textarea", &attrs, &html! { "\n" (self.value) }))
            }
        };
        html! { div.code-field.code-fill[self.fill] { (self.base.wrap(&control)) } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wrong_line_is_marked() {
        let html = CodeField::new("source", "Source")
            .value("a\nb\nc")
            .wrong_line(Some(2))
            .render()
            .0;
        assert!(html.contains("<span class=\"is-wrong\">2</span>"), "{html}");
        assert!(html.contains(">3</span>") && !html.contains(">4</span>"));
    }

    #[test]
    fn tags_are_plain_text_for_those_without_a_script() {
        let html = TagField::new("tags", "Tags")
            .tags(&["vip", "beta"])
            .suggestions(["new"])
            .show(&Words::english())
            .0;
        assert!(html.contains("value=\"vip, beta\"") && html.contains("list=\"f-tags-list\""));
    }
}
