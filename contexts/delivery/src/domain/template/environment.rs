//! minijinja with the limits that hold for everybody.

use std::{borrow::Cow, sync::LazyLock};

use minijinja::{AutoEscape, Environment, Error, UndefinedBehavior};

use super::{TemplateError, TemplateFault, TemplatePart, filters, links, vet};

/// Work one render may do. One unit pays for an instruction or 64 bytes, so this is about 50 ms
/// and 10 MB at the very most; a mail of 100 kB with a loop over a hundred things takes a tenth.
const FUEL: u64 = 160_000;
const DEPTH: usize = 32;

/// Names of the templates inside an environment.
pub const SUBJECT: &str = "subject";
pub const HTML: &str = "html";
pub const TEXT: &str = "text";
pub const URL: &str = "url";

/// Of the n-th pair of data.
pub fn data(n: usize) -> String {
    format!("data.{n}")
}

/// What minijinja brings and templates may not use: they let markup through unescaped, show the
/// engine's insides, or cost more than they give.
const REMOVED_FILTERS: &[&str] = &[
    "safe", "attr", "bool", "chain", "format", "groupby", "indent", "pprint", "zip",
];
const REMOVED_FUNCTIONS: &[&str] = &["debug", "dict", "namespace"];

static BASE: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut env = Environment::new();
    for name in REMOVED_FILTERS {
        env.remove_filter(name);
    }
    for name in REMOVED_FUNCTIONS {
        env.remove_global(name);
    }
    env.add_filter("urlencode", |text: Cow<'_, str>| filters::urlencode(&text));
    env.add_filter("truncate", |text: Cow<'_, str>, length: Option<usize>| {
        filters::truncate(&text, length)
    });
    env.add_filter("date", filters::date);
    env.add_filter(links::CLICK_FILTER, links::click);
    env.add_filter(links::LINK_FILTER, links::link);
    env.set_auto_escape_callback(|name| {
        if name == HTML {
            AutoEscape::Html
        } else {
            AutoEscape::None
        }
    });
    // What a contact does not have renders as nothing; the checks tell the author.
    env.set_undefined_behavior(UndefinedBehavior::Chainable);
    env.set_fuel(Some(FUEL));
    env.set_recursion_limit(DEPTH);
    env.set_debug(false);
    env
});

/// An environment without templates.
pub fn environment() -> Environment<'static> {
    BASE.clone()
}

/// Syntax errors and names outside the allow-list, with their lines.
pub fn check_syntax(part: TemplatePart, source: &str) -> Vec<TemplateError> {
    let mut env = BASE.clone();
    // Spans of errors are kept only in debug mode.
    env.set_debug(true);
    match env.template_from_named_str(part.as_str(), source) {
        Ok(_) => vet::vet(part, source),
        // The name says more than that the parser did not expect it.
        Err(error) => {
            let mut errors = vet::vet(part, source);
            errors.retain(|e| matches!(e.fault, TemplateFault::UnknownStatement(_)));
            if errors.is_empty() {
                errors.push(syntax_error(part, source, &error));
            }
            errors
        }
    }
}

fn syntax_error(part: TemplatePart, source: &str, error: &Error) -> TemplateError {
    let detail = error
        .detail()
        .map_or_else(|| error.kind().to_string(), ToOwned::to_owned);
    let fault = TemplateFault::Syntax(detail);
    match (error.range(), error.line()) {
        (Some(range), _) => TemplateError::at(part, source, range.start, fault),
        (None, Some(line)) => TemplateError {
            part,
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: None,
            fault,
        },
        (None, None) => TemplateError::at_start(part, fault),
    }
}

/// Variables a part reads, as `contact.first_name`.
pub fn variables(part: TemplatePart, source: &str) -> Vec<String> {
    BASE.template_from_named_str(part.as_str(), source)
        .map(|template| template.undeclared_variables(true).into_iter().collect())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use minijinja::ErrorKind;

    use super::{check_syntax, environment};
    use crate::domain::template::{TemplateFault, TemplatePart, vet::FILTERS};

    #[test]
    fn every_filter_that_is_allowed_exists() {
        let env = environment();
        for filter in FILTERS {
            let source = format!("{{{{ x | {filter} }}}}");
            let failed = env.render_str(&source, ()).err().map(|error| error.kind());
            assert_ne!(failed, Some(ErrorKind::UnknownFilter), "{filter}");
        }
    }

    #[test]
    fn templates_that_never_end_or_grow_without_end_are_stopped() {
        let env = environment();
        for bomb in [
            "{% for a in range(100000) %}{% for b in range(100000) %}x{% endfor %}{% endfor %}".to_owned(),
            format!("{{% set a = 'xxxxxxxx' %}}{}{{{{ a }}}}", "{% set a = a ~ a %}".repeat(60)),
            format!("{{% set a %}}x{{% endset %}}{}", "{% set a %}{{ a }}{{ a }}{{ a }}{% endset %}".repeat(60)),
            "{{ 'x' * 1000000000 }}".to_owned(),
            "{{ range(100000) | join('xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx') }}".to_owned(),
        ] {
            let error = env.render_str(&bomb, ()).expect_err("it must not end well");
            assert!(
                matches!(error.kind(), ErrorKind::OutOfFuel | ErrorKind::InvalidOperation),
                "{error}"
            );
        }
    }

    #[test]
    fn nothing_can_be_loaded() {
        for source in [
            "{% include 'a' %}",
            "{% import 'a' as b %}",
            "{% extends 'a' %}",
            "{% macro a() %}{% endmacro %}",
        ] {
            let errors = check_syntax(TemplatePart::Body, source);
            assert!(
                matches!(errors[0].fault, TemplateFault::UnknownStatement(_)),
                "{source}: {errors:?}"
            );
        }
    }

    #[test]
    fn a_syntax_error_stands_at_its_line_and_column() {
        let errors = check_syntax(TemplatePart::Body, "one\ntwo {{ a b }}\n");
        assert_eq!((errors[0].line, errors[0].column), (2, Some(10)));
        let errors = check_syntax(TemplatePart::Body, "one\n{% if a %}\n");
        assert!(matches!(errors[0].fault, TemplateFault::Syntax(_)), "{errors:?}");
    }
}
