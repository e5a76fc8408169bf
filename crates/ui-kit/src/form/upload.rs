//! Files.

use maud::{Markup, html};

use super::{Base, base_setters};
use crate::element::{Attrs, Text, void};
use crate::{Icon, Words};

/// A file, chosen or dropped. The form needs [`super::Form::multipart`].
#[derive(Debug, Clone)]
pub struct FileField<'a> {
    base: Base<'a>,
    accept: Option<Text<'a>>,
}

impl<'a> FileField<'a> {
    /// Any file.
    #[must_use]
    pub fn new(name: impl Into<Text<'a>>, label: impl Into<Text<'a>>) -> Self {
        Self {
            base: Base::new(name, label),
            accept: None,
        }
    }

    /// Which ones are offered: `.csv,text/csv`.
    #[must_use]
    pub fn accept(mut self, accept: impl Into<Text<'a>>) -> Self {
        self.accept = Some(accept.into());
        self
    }

    base_setters!();

    /// The field.
    #[must_use]
    pub fn show(&self, words: &Words) -> Markup {
        let mut attrs = Attrs::new().with("class", "drop-input").with("type", "file");
        attrs.push_some("accept", self.accept.as_deref());
        attrs.extend(&self.base.control_attrs());
        let control = html! {
            div.drop data-drop {
                (Icon::Upload.large())
                p { span.drop-link { (words.choose_file) } " " span.muted.drop-hint { (words.or_drop_file) } }
                p.drop-name data-drop-name {}
                (void("input", &attrs))
            }
        };
        self.base.wrap(&control)
    }
}
