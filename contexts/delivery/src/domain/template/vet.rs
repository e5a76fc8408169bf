//! Which statements, filters, tests and functions a template may use.
//!
//! minijinja learns of an unknown filter only when a render comes past it, which for a branch that
//! few contacts take may be in the middle of a campaign. So the names are read from the source, and
//! a mistake is shown at its line before anything is sent.

use super::{
    TemplateError, TemplateFault, TemplatePart,
    jinja::{self, TagKind},
};

const STATEMENTS: &[&str] = &[
    "if",
    "elif",
    "else",
    "endif",
    "for",
    "endfor",
    "set",
    "endset",
    "with",
    "endwith",
    "filter",
    "endfilter",
];

/// Filters that templates may use; [`super::environment`] takes all others away.
pub const FILTERS: &[&str] = &[
    "abs",
    "batch",
    "capitalize",
    "count",
    "d",
    "date",
    "default",
    "dictsort",
    "e",
    "escape",
    "first",
    "float",
    "int",
    "items",
    "join",
    "last",
    "length",
    "lines",
    "list",
    "lower",
    "map",
    "max",
    "min",
    "reject",
    "rejectattr",
    "replace",
    "reverse",
    "round",
    "select",
    "selectattr",
    "slice",
    "sort",
    "split",
    "string",
    "sum",
    "title",
    "trim",
    "truncate",
    "unique",
    "upper",
    "urlencode",
];

const TESTS: &[&str] = &[
    "boolean",
    "defined",
    "divisibleby",
    "endingwith",
    "eq",
    "equalto",
    "even",
    "false",
    "float",
    "ge",
    "greaterthan",
    "gt",
    "in",
    "integer",
    "iterable",
    "le",
    "lessthan",
    "lower",
    "lt",
    "mapping",
    "ne",
    "none",
    "number",
    "odd",
    "sameas",
    "sequence",
    "startingwith",
    "string",
    "true",
    "undefined",
    "upper",
];

const FUNCTIONS: &[&str] = &["range"];

/// Methods of the `loop` variable; no other value has any.
const METHODS: &[&str] = &["cycle", "changed"];

/// All names of a part that are not allowed.
pub fn vet(part: TemplatePart, source: &str) -> Vec<TemplateError> {
    let mut errors = Vec::new();
    for tag in jinja::tags(source) {
        if !matches!(tag.kind, TagKind::Output | TagKind::Statement) {
            continue;
        }
        let words = words(&source[tag.range.clone()]);
        for (offset, fault) in faults(&words, tag.kind) {
            errors.push(TemplateError::at(part, source, tag.range.start + offset, fault));
        }
    }
    errors
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Word<'a> {
    Name(&'a str),
    Sign(char),
    Text,
}

fn faults(words: &[(usize, Word<'_>)], kind: TagKind) -> Vec<(usize, TemplateFault)> {
    let mut faults = Vec::new();
    for (n, (offset, word)) in words.iter().enumerate() {
        let Word::Name(name) = word else { continue };
        let before = n.checked_sub(1).map(|b| words[b].1);
        let called = words.get(n + 1).is_some_and(|(_, next)| *next == Word::Sign('('));
        let owned = || (*name).to_owned();
        let fault = if name.starts_with("__") {
            Some(TemplateFault::ReservedName(owned()))
        } else if n == 0 && kind == TagKind::Statement {
            (!STATEMENTS.contains(name)).then(|| TemplateFault::UnknownStatement(owned()))
        } else if before == Some(Word::Sign('|')) || filters_a_block(words, n, kind) {
            (!FILTERS.contains(name)).then(|| TemplateFault::UnknownFilter(owned()))
        } else if is_test(words, n) {
            (!TESTS.contains(name)).then(|| TemplateFault::UnknownTest(owned()))
        } else if called && before == Some(Word::Sign('.')) {
            (!METHODS.contains(name)).then(|| TemplateFault::UnknownFunction(owned()))
        } else if called && !OPERATORS.contains(name) {
            (!FUNCTIONS.contains(name)).then(|| TemplateFault::UnknownFunction(owned()))
        } else {
            None
        };
        faults.extend(fault.map(|fault| (*offset, fault)));
    }
    faults
}

/// Words before which a bracket groups and does not call.
const OPERATORS: &[&str] = &[
    "and", "or", "not", "in", "is", "if", "elif", "else", "for", "set", "with",
];

fn filters_a_block(words: &[(usize, Word<'_>)], n: usize, kind: TagKind) -> bool {
    kind == TagKind::Statement && n == 1 && words[0].1 == Word::Name("filter")
}

/// Whether the word follows `is` or `is not`.
fn is_test(words: &[(usize, Word<'_>)], n: usize) -> bool {
    let at = |back: usize| n.checked_sub(back).map(|i| words[i].1);
    let own_not = words[n].1 == Word::Name("not");
    let is = |word: Option<Word<'_>>, before: Option<Word<'_>>| {
        word == Some(Word::Name("is")) && before != Some(Word::Sign('.'))
    };
    (is(at(1), at(2)) && !own_not) || (at(1) == Some(Word::Name("not")) && is(at(2), at(3)))
}

/// The words of one tag with their offsets; what strings hold is left out.
fn words(tag: &str) -> Vec<(usize, Word<'_>)> {
    let mut words = Vec::new();
    let end = tag.len().saturating_sub(2);
    let mut chars = tag.char_indices().skip(2).peekable();
    while let Some((at, c)) = chars.next() {
        if at >= end {
            break;
        }
        if c.is_alphabetic() || c == '_' {
            let mut stop = at + c.len_utf8();
            while let Some((next, _)) = chars.next_if(|(_, c)| c.is_alphanumeric() || *c == '_') {
                stop = next + tag[next..].chars().next().map_or(1, char::len_utf8);
            }
            words.push((at, Word::Name(&tag[at..stop])));
        } else if c == '"' || c == '\'' {
            while let Some((_, inside)) = chars.next() {
                if inside == '\\' {
                    chars.next();
                } else if inside == c {
                    break;
                }
            }
            words.push((at, Word::Text));
        } else if c.is_ascii_digit() {
            while chars.next_if(|(_, c)| c.is_alphanumeric() || *c == '_').is_some() {}
            words.push((at, Word::Text));
        } else if !(c.is_whitespace() || words.is_empty() && matches!(c, '-' | '+')) {
            words.push((at, Word::Sign(c)));
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::vet;
    use crate::domain::template::{TemplateFault, TemplatePart};

    fn faults(source: &str) -> Vec<(u32, TemplateFault)> {
        vet(TemplatePart::Body, source)
            .into_iter()
            .map(|error| (error.line, error.fault))
            .collect()
    }

    #[test]
    fn ordinary_templates_pass() {
        let source = r#"
            {% for item in contact.orders | sort(attribute="price") | reverse %}
              {{ loop.index }} {{ loop.cycle("a", "b") }} {{ item["x"] | default("is bad(") }}
            {% else %}nothing{% endfor %}
            {% if contact.plan is defined and contact.plan is not none and (1 + 2) > 3 %}
              {%- set n = range(3) | length -%}{{ 1_000 }}
            {% elif not (contact.first_name) %}{% filter upper %}x{% endfilter %}{% endif %}
            {# {{ anything | goes() }} #}{% raw %}{{ x | nope }}{% endraw %}
            {{ contact.date }} {{ contact.is }} {{ "a" if contact.vip else "b" }}
        "#;
        assert_eq!(faults(source), []);
    }

    #[test]
    fn what_is_not_allowed_is_named_at_its_line() {
        let source = "{% include 'x' %}\n{{ a | safe }}\n{{ debug() }}\n{{ a is not happy }}\n{{ x.pop() }}\n{{ __mail }}\n{% filter shout %}{% endfilter %}";
        assert_eq!(
            faults(source),
            [
                (1, TemplateFault::UnknownStatement("include".into())),
                (2, TemplateFault::UnknownFilter("safe".into())),
                (3, TemplateFault::UnknownFunction("debug".into())),
                (4, TemplateFault::UnknownTest("happy".into())),
                (5, TemplateFault::UnknownFunction("pop".into())),
                (6, TemplateFault::ReservedName("__mail".into())),
                (7, TemplateFault::UnknownFilter("shout".into())),
            ]
        );
    }

    proptest! {
        #[test]
        fn vetting_ends_on_any_text(source in "(\\PC|[{}%#|.('\"\\\\ ]|is|not|é){0,60}") {
            vet(TemplatePart::Body, &source);
        }
    }
}
