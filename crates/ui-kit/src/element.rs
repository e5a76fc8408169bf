//! Writing one HTML element whose attributes are only known at run time.
//!
//! `maud::html!` is used wherever the attributes are fixed. Controls take further attributes from
//! their callers (`hx-…`, `data-…`, `form`), which the macro cannot splice in; those go through here
//! and nowhere else, so that escaping happens in one place.

use std::borrow::Cow;

use maud::{Escaper, Markup, PreEscaped};

/// Text that a component shows or puts into an attribute. Borrowed where possible.
pub type Text<'a> = Cow<'a, str>;

/// Attributes in the order in which they were given. Names are literals and cannot be injected;
/// values are escaped when they are written.
#[derive(Debug, Clone, Default)]
pub struct Attrs<'a>(Vec<(&'static str, Option<Text<'a>>)>);

impl<'a> Attrs<'a> {
    /// None.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds one with a value.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Text<'a>>) -> Self {
        self.push(name, value);
        self
    }

    /// Adds one with a value.
    pub fn push(&mut self, name: &'static str, value: impl Into<Text<'a>>) {
        self.0.push((name, Some(value.into())));
    }

    /// Adds one with a value if there is a value.
    pub fn push_some(&mut self, name: &'static str, value: Option<impl Into<Text<'a>>>) {
        if let Some(value) = value {
            self.push(name, value);
        }
    }

    /// Adds one without a value if `on`.
    pub fn push_flag(&mut self, name: &'static str, on: bool) {
        if on {
            self.0.push((name, None));
        }
    }

    /// Adds all of `more`.
    pub fn extend(&mut self, more: &Attrs<'a>) {
        self.0.extend(more.0.iter().cloned());
    }

    fn write(&self, out: &mut String) {
        use std::fmt::Write as _;
        for (name, value) in &self.0 {
            out.push(' ');
            out.push_str(name);
            if let Some(value) = value {
                out.push_str("=\"");
                Escaper::new(out)
                    .write_str(value)
                    .expect("writing to a String cannot fail");
                out.push('"');
            }
        }
    }
}

/// `<name …>body</name>`
#[must_use]
pub(crate) fn element(name: &'static str, attrs: &Attrs<'_>, body: &Markup) -> Markup {
    let mut out = String::with_capacity(64 + body.0.len());
    open(name, attrs, &mut out);
    out.push_str(&body.0);
    out.push_str("</");
    out.push_str(name);
    out.push('>');
    PreEscaped(out)
}

/// `<name …>` of an element that has no content.
#[must_use]
pub(crate) fn void(name: &'static str, attrs: &Attrs<'_>) -> Markup {
    let mut out = String::with_capacity(64);
    open(name, attrs, &mut out);
    PreEscaped(out)
}

fn open(name: &str, attrs: &Attrs<'_>, out: &mut String) {
    out.push('<');
    out.push_str(name);
    attrs.write(out);
    out.push('>');
}

/// Turns a form name such as `attributes[city]` into what may stand in an `id`.
#[must_use]
pub fn dom_id(prefix: &str, name: &str) -> String {
    let mut id = String::with_capacity(prefix.len() + name.len() + 1);
    id.push_str(prefix);
    for c in name.chars() {
        let c = if c.is_ascii_alphanumeric() || c == '_' {
            c
        } else {
            '-'
        };
        if !(c == '-' && id.ends_with('-')) {
            id.push(c);
        }
    }
    id.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attribute_value_cannot_leave_its_quotes() {
        let attrs = Attrs::new().with("data-x", "\"><script>alert(1)</script>");
        let html = element("p", &attrs, &maud::html! { "<b>" }).0;
        assert_eq!(
            html,
            "<p data-x=\"&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;\">&lt;b&gt;</p>"
        );
    }

    #[test]
    fn ids_hold_only_plain_characters() {
        assert_eq!(dom_id("f-", "attributes[city name]"), "f-attributes-city-name");
        assert_eq!(dom_id("f-", "email"), "f-email");
    }
}
