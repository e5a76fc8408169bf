//! All text that people see, by key, in Fluent's format. English comes first; a language that lacks
//! a message falls back to it.

use std::{collections::HashMap, sync::Arc};

pub use fluent_bundle::FluentValue;
use fluent_bundle::{FluentArgs, FluentResource, concurrent::FluentBundle};
use ui_kit::Words;

/// The messages of all contexts, by language.
#[derive(Clone, Default)]
pub struct Catalog {
    languages: HashMap<String, L10n>,
}

/// A message file that cannot be used: a mistake of ours, found when the program starts.
#[derive(Debug, thiserror::Error)]
#[error("messages of {source_name}: {detail}")]
pub struct BadMessages {
    source_name: String,
    detail: String,
}

impl Catalog {
    /// Parses the English messages of all contexts: name and text of each.
    pub fn english(sources: &[(&str, &str)]) -> Result<Self, BadMessages> {
        let bad = |name: &str, detail: String| BadMessages {
            source_name: name.to_owned(),
            detail,
        };
        let mut bundle = FluentBundle::new_concurrent(vec!["en".parse().expect("a valid tag")]);
        // The isolation marks that Fluent puts around values spoil attributes, mails and tests.
        bundle.set_use_isolating(false);
        bundle.set_formatter(Some(grouped));
        for (name, text) in sources {
            let resource = FluentResource::try_new((*text).to_owned())
                .map_err(|(_, errors)| bad(name, format!("{errors:?}")))?;
            bundle
                .add_resource(resource)
                .map_err(|errors| bad(name, format!("{errors:?}")))?;
        }
        let english = L10n::new("en", bundle);
        Ok(Self {
            languages: HashMap::from([("en".to_owned(), english)]),
        })
    }

    /// The messages for a BCP 47 tag, or English.
    #[must_use]
    pub fn language(&self, tag: &str) -> L10n {
        let language = tag.split('-').next().unwrap_or("en");
        let found = self.languages.get(language).or_else(|| self.languages.get("en"));
        found.cloned().unwrap_or_default()
    }
}

impl std::fmt::Debug for Catalog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Catalog({:?})", self.languages.keys())
    }
}

/// Messages in one language. Cheap to clone.
#[derive(Clone, Default)]
pub struct L10n(Option<Arc<Language>>);

struct Language {
    tag: String,
    bundle: FluentBundle<FluentResource>,
    words: Words,
}

impl L10n {
    fn new(tag: &str, bundle: FluentBundle<FluentResource>) -> Self {
        let words = Words::load(|key| format(&bundle, key, None));
        Self(Some(Arc::new(Language {
            tag: tag.to_owned(),
            bundle,
            words,
        })))
    }

    /// The language, for `lang=`.
    #[must_use]
    pub fn tag(&self) -> &str {
        self.0.as_ref().map_or("en", |language| &language.tag)
    }

    /// The words that components need of themselves.
    ///
    /// # Panics
    /// When it was not made by a [`Catalog`].
    #[must_use]
    pub fn words(&self) -> &Words {
        &self.0.as_ref().expect("a catalogue always has English").words
    }

    /// The message of `key`.
    #[must_use]
    pub fn t(&self, key: &str) -> String {
        self.format(key, None)
    }

    /// The message of `key` with values for its variables.
    #[must_use]
    pub fn ta(&self, key: &str, values: &[(&str, FluentValue<'_>)]) -> String {
        let mut args = FluentArgs::with_capacity(values.len());
        for (name, value) in values {
            args.set(*name, value.clone());
        }
        self.format(key, Some(&args))
    }

    fn format(&self, key: &str, args: Option<&FluentArgs<'_>>) -> String {
        self.0.as_ref().map_or_else(
            || format!("[{key}]"),
            |language| format(&language.bundle, key, args),
        )
    }
}

/// Whole numbers are shown as everywhere else: 12,408.
fn grouped(value: &FluentValue<'_>, _: &intl_memoizer::concurrent::IntlLangMemoizer) -> Option<String> {
    match value {
        FluentValue::Number(number) if number.value.fract() == 0.0 => {
            Some(ui_kit::number(number.value as i64))
        }
        _ => None,
    }
}

/// A missing message shows its key, which the architecture checks keep from being released.
fn format(bundle: &FluentBundle<FluentResource>, key: &str, args: Option<&FluentArgs<'_>>) -> String {
    let pattern = bundle.get_message(key).and_then(|message| message.value());
    pattern.map_or_else(
        || format!("[{key}]"),
        |p| bundle.format_pattern(p, args, &mut Vec::new()).into_owned(),
    )
}

impl std::fmt::Debug for L10n {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "L10n({})", self.tag())
    }
}

#[cfg(test)]
mod tests {
    use super::Catalog;

    #[test]
    fn messages_are_found_counted_and_fall_back_to_english() {
        let source = "people = { $count ->\n    [one] One person\n   *[other] { $count } people\n }\nhello = Hello, { $name }\n";
        let catalog = Catalog::english(&[("test", source)]).expect("valid");
        let l10n = catalog.language("de-AT");
        assert_eq!(l10n.ta("people", &[("count", 1.into())]), "One person");
        assert_eq!(l10n.ta("people", &[("count", 1200.into())]), "1,200 people");
        assert_eq!(l10n.ta("hello", &[("name", "Ann".into())]), "Hello, Ann");
        assert_eq!(l10n.t("nowhere"), "[nowhere]");
        assert_eq!(l10n.tag(), "en");
    }

    #[test]
    fn a_key_in_two_files_is_refused() {
        assert!(Catalog::english(&[("a", "x = 1\n"), ("b", "x = 2\n")]).is_err());
    }
}
