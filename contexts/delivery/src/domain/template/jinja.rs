//! Where the Jinja tags of a source begin and end.
//!
//! Sources come here after minijinja has parsed them, so the scanner may take well-formed tags for
//! granted; on others it ends at the end of the source and never panics.

use std::ops::Range;

/// What kind of tag it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TagKind {
    /// `{{ … }}`.
    Output,
    /// `{% … %}`.
    Statement,
    /// `{# … #}`.
    Comment,
    /// `{% raw %} … {% endraw %}`, as one.
    Raw,
}

/// One tag of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// What it is.
    pub kind: TagKind,
    /// Where it stands, delimiters included.
    pub range: Range<usize>,
}

/// The first tag at or after `from`.
pub fn next_tag(source: &str, from: usize) -> Option<Tag> {
    let bytes = source.as_bytes();
    let mut at = from;
    while let Some(found) = bytes.get(at..)?.iter().position(|b| *b == b'{') {
        let start = at + found;
        match bytes.get(start + 1) {
            Some(b'{') => return Some(tag(TagKind::Output, start, code_end(bytes, start + 2, b'}'))),
            Some(b'#') => return Some(tag(TagKind::Comment, start, text_end(bytes, start + 2, b"#}"))),
            Some(b'%') => {
                let end = code_end(bytes, start + 2, b'%');
                if is_word(&bytes[start..end], b"raw") {
                    return Some(tag(TagKind::Raw, start, raw_end(bytes, end)));
                }
                return Some(tag(TagKind::Statement, start, end));
            }
            _ => at = start + 1,
        }
    }
    None
}

/// All tags, in order.
pub fn tags(source: &str) -> impl Iterator<Item = Tag> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        let tag = next_tag(source, at)?;
        at = tag.range.end;
        Some(tag)
    })
}

/// What stands between the delimiters, without the signs of white-space control.
pub fn inner<'a>(source: &'a str, tag: &Tag) -> &'a str {
    let text = &source[tag.range.clone()];
    let text = text.get(2..text.len().saturating_sub(2)).unwrap_or("");
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    text.strip_suffix(['-', '+']).unwrap_or(text).trim()
}

fn tag(kind: TagKind, start: usize, end: usize) -> Tag {
    Tag {
        kind,
        range: start..end,
    }
}

/// After the closing delimiter of code: outside strings and brackets, as minijinja's lexer has it.
fn code_end(bytes: &[u8], from: usize, closer: u8) -> usize {
    let mut depth = 0i32;
    let mut at = from;
    while at < bytes.len() {
        match bytes[at] {
            quote @ (b'"' | b'\'') => at = string_end(bytes, at + 1, quote),
            b if b == closer && depth == 0 && bytes.get(at + 1) == Some(&b'}') => return at + 2,
            b'(' | b'[' | b'{' => {
                depth += 1;
                at += 1;
            }
            b')' | b']' | b'}' => {
                depth -= 1;
                at += 1;
            }
            _ => at += 1,
        }
    }
    bytes.len()
}

fn string_end(bytes: &[u8], from: usize, quote: u8) -> usize {
    let mut at = from;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b if b == quote => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

fn text_end(bytes: &[u8], from: usize, closer: &[u8]) -> usize {
    bytes
        .get(from..)
        .and_then(|rest| rest.windows(closer.len()).position(|w| w == closer))
        .map_or(bytes.len(), |found| from + found + closer.len())
}

fn raw_end(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    while let Some(found) = bytes[at..].windows(2).position(|w| w == b"{%") {
        let start = at + found;
        let end = text_end(bytes, start + 2, b"%}");
        if is_word(&bytes[start..end], b"endraw") {
            return end;
        }
        at = start + 2;
    }
    bytes.len()
}

/// Whether `{% … %}` holds nothing but `word`.
fn is_word(statement: &[u8], word: &[u8]) -> bool {
    let Some(body) = statement.get(2..statement.len().saturating_sub(2)) else {
        return false;
    };
    let body = body
        .strip_prefix(b"-")
        .or_else(|| body.strip_prefix(b"+"))
        .unwrap_or(body);
    let body = body
        .strip_suffix(b"-")
        .or_else(|| body.strip_suffix(b"+"))
        .unwrap_or(body);
    body.trim_ascii() == word
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{TagKind, inner, tags};

    fn found(source: &str) -> Vec<(TagKind, &str)> {
        tags(source).map(|tag| (tag.kind, &source[tag.range])).collect()
    }

    #[test]
    fn tags_end_where_minijinja_ends_them() {
        assert_eq!(
            found(r#"a {{ "}}" ~ {"x": {"y": 1}}.x }} b {%- if x['%}'] -%} c {# {{ no }} #} d"#),
            [
                (TagKind::Output, r#"{{ "}}" ~ {"x": {"y": 1}}.x }}"#),
                (TagKind::Statement, r#"{%- if x['%}'] -%}"#),
                (TagKind::Comment, "{# {{ no }} #}"),
            ]
        );
        assert_eq!(
            found("{% raw -%}{{ x }}{% if %}{%- endraw %}{{ y }}"),
            [
                (TagKind::Raw, "{% raw -%}{{ x }}{% if %}{%- endraw %}"),
                (TagKind::Output, "{{ y }}")
            ]
        );
    }

    #[test]
    fn the_inside_has_no_delimiters() {
        let source = "{%- if a -%}";
        let tag = tags(source).next().expect("one tag");
        assert_eq!(inner(source, &tag), "if a");
    }

    proptest! {
        #[test]
        fn scanning_covers_any_text_in_order(source in "(\\PC|[{}%#\"'\\\\-]|raw|endraw){0,60}") {
            let mut last = 0;
            for tag in tags(&source) {
                prop_assert!(tag.range.start >= last && tag.range.end > tag.range.start);
                prop_assert!(source.get(tag.range.clone()).is_some());
                inner(&source, &tag);
                last = tag.range.end;
            }
        }
    }
}
