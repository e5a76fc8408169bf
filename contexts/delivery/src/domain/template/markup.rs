//! The words of a source: tags, text, comments and Jinja, each at its place.
//!
//! A reader for comparing and for looking things up, laxer than those that compile: it takes HTML and
//! MJML, and says of the little that it cannot read where that is.

use super::{html::decode_entities, jinja};

/// Elements that have no end in HTML.
const VOID: &[&str] = &[
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track",
    "wbr",
];
/// Elements whose content is no markup.
const RAW_TEXT: &[&str] = &[
    "mj-style",
    "style",
    "mj-title",
    "mj-preview",
    "title",
    "script",
    "textarea",
];

/// One word of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token<'a> {
    /// Byte offset.
    pub at: usize,
    /// What it is.
    pub kind: TokenKind<'a>,
}

/// What a word is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenKind<'a> {
    /// A tag of Jinja with its delimiters.
    Jinja(&'a str),
    /// A comment with its delimiters.
    Comment(&'a str),
    /// The start of an element.
    Open(Tag<'a>),
    /// The end of an element.
    Close(&'a str),
    /// Running text; with Jinja in it only where markup is not read, as in style sheets.
    Text(&'a str),
}

/// The start of an element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag<'a> {
    /// As written.
    pub name: &'a str,
    /// As written, in order, without their quotes.
    pub attributes: Vec<(&'a str, &'a str)>,
    /// Whether it ends at once, by `/>` or since it never has content.
    pub is_empty: bool,
}

impl<'a> Tag<'a> {
    /// The value as written.
    pub fn attribute(&self, name: &str) -> Option<&'a str> {
        self.attributes
            .iter()
            .find(|(other, _)| other.eq_ignore_ascii_case(name))
            .map(|(_, value)| *value)
    }
}

/// What cannot be read, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// Byte offset.
    pub at: usize,
    /// What.
    pub why: Why,
    /// For people.
    pub detail: String,
}

/// Why something cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Jinja among the attributes of a tag.
    JinjaInTag,
    /// The same attribute twice.
    Twice,
    /// A tag or a comment without an end.
    Unclosed,
}

/// All words, or what keeps them from being read.
pub fn tokens(source: &str) -> Result<Vec<Token<'_>>, Unreadable> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < source.len() {
        let start = at;
        let rest = &source[at..];
        let kind = if let Some(end) = jinja_end(source, at) {
            at = end;
            TokenKind::Jinja(&source[start..at])
        } else if rest.starts_with("<!--") {
            at += rest.find("-->").map_or(rest.len(), |end| end + 3);
            TokenKind::Comment(&source[start..at])
        } else if begins_tag(rest) {
            let (kind, end) = tag(source, at)?;
            at = end;
            kind
        } else {
            at += text_length(source, at);
            TokenKind::Text(&source[start..at])
        };
        let raw = match &kind {
            TokenKind::Open(tag) if !tag.is_empty && RAW_TEXT.contains(&tag.name) => Some(tag.name),
            _ => None,
        };
        found.push(Token { at: start, kind });
        if let Some(name) = raw {
            let end = source[at..]
                .find(&format!("</{name}"))
                .map_or(source.len(), |end| at + end);
            if end > at {
                found.push(Token {
                    at,
                    kind: TokenKind::Text(&source[at..end]),
                });
            }
            at = end;
        }
    }
    Ok(found)
}

/// Changes what stands outside of Jinja.
pub fn outside_jinja(text: &str, change: impl Fn(&str) -> String) -> String {
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for tag in jinja::tags(text) {
        out.push_str(&change(&text[done..tag.range.start]));
        out.push_str(&text[tag.range.clone()]);
        done = tag.range.end;
    }
    out.push_str(&change(&text[done..]));
    out
}

/// The value that an attribute has: its entities read, its Jinja untouched.
pub fn value(written: &str) -> String {
    outside_jinja(written, decode)
}

/// Text as it is read: with the signs that its entities stand for. Those that are not known stay.
pub fn decode(text: &str) -> String {
    if !text.contains('&') {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, name, after)) = next_entity(rest) {
        out.push_str(before);
        match named(name) {
            Some(sign) => out.push(sign),
            None => out.push_str(&rest[before.len()..rest.len() - after.len()]),
        }
        rest = after;
    }
    out.push_str(rest);
    decode_entities(&out).into_owned()
}

/// The first entity by name that nothing here knows.
pub fn unknown_entity(text: &str) -> Option<&str> {
    let mut rest = text;
    while let Some((before, name, after)) = next_entity(rest) {
        let whole = &rest[before.len()..rest.len() - after.len()];
        if named(name).is_none() && decode_entities(whole) == whole {
            return Some(whole);
        }
        rest = after;
    }
    None
}

/// What stands before the next `&name;`, the name, and what stands behind it.
fn next_entity(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    while let Some(found) = text[from..].find('&') {
        let start = from + found;
        let name = &text[start + 1..];
        let length = name.bytes().take_while(u8::is_ascii_alphanumeric).count();
        if length > 0 && name.as_bytes().get(length) == Some(&b';') {
            return Some((&text[..start], &name[..length], &name[length + 1..]));
        }
        from = start + 1;
    }
    None
}

/// The names of U+00A0 to U+00FF, in order (HTML, named character references).
const LATIN: &str = "nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg \
    plusmn sup2 sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave \
    Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH \
    Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig \
    agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml \
    eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml";

/// And of signs that stand in mails.
const SIGNS: &[(&str, char)] = &[
    ("ndash", '\u{2013}'),
    ("mdash", '\u{2014}'),
    ("lsquo", '\u{2018}'),
    ("rsquo", '\u{2019}'),
    ("sbquo", '\u{201a}'),
    ("ldquo", '\u{201c}'),
    ("rdquo", '\u{201d}'),
    ("bdquo", '\u{201e}'),
    ("lsaquo", '\u{2039}'),
    ("rsaquo", '\u{203a}'),
    ("hellip", '\u{2026}'),
    ("bull", '\u{2022}'),
    ("euro", '\u{20ac}'),
    ("trade", '\u{2122}'),
    ("larr", '\u{2190}'),
    ("uarr", '\u{2191}'),
    ("rarr", '\u{2192}'),
    ("darr", '\u{2193}'),
    ("zwnj", '\u{200c}'),
    ("zwj", '\u{200d}'),
    ("ensp", '\u{2002}'),
    ("emsp", '\u{2003}'),
    ("thinsp", '\u{2009}'),
    ("minus", '\u{2212}'),
    ("hearts", '\u{2665}'),
    ("check", '\u{2713}'),
    ("OElig", '\u{152}'),
    ("oelig", '\u{153}'),
    ("Scaron", '\u{160}'),
    ("scaron", '\u{161}'),
];

fn named(name: &str) -> Option<char> {
    if let Some(place) = LATIN.split_whitespace().position(|other| other == name) {
        return u32::try_from(place)
            .ok()
            .and_then(|place| char::from_u32(0xa0 + place));
    }
    SIGNS
        .iter()
        .find(|(other, _)| *other == name)
        .map(|(_, sign)| *sign)
}

/// The line of a byte offset, from 1.
pub fn line_of(source: &str, at: usize) -> u32 {
    let before = source.as_bytes().iter().take(at).filter(|b| **b == b'\n').count();
    u32::try_from(before + 1).unwrap_or(u32::MAX)
}

fn jinja_end(source: &str, at: usize) -> Option<usize> {
    if !matches!(source.as_bytes().get(at..at + 2), Some(b"{{" | b"{%" | b"{#")) {
        return None;
    }
    jinja::next_tag(source, at)
        .filter(|tag| tag.range.start == at)
        .map(|tag| tag.range.end)
}

fn begins_tag(rest: &str) -> bool {
    let rest = rest.as_bytes();
    match rest {
        [b'<', b'/', first, ..] => first.is_ascii_alphabetic(),
        [b'<', first, ..] => first.is_ascii_alphabetic(),
        _ => false,
    }
}

/// Up to the next sign that may begin something else.
fn text_length(source: &str, at: usize) -> usize {
    let first = source[at..].chars().next().map_or(1, char::len_utf8);
    let rest = &source[at + first..];
    let mut from = 0;
    while let Some(found) = rest[from..].find(['<', '{']) {
        let here = at + first + from + found;
        if begins_tag(&source[here..])
            || source[here..].starts_with("<!--")
            || jinja_end(source, here).is_some()
        {
            return here - at;
        }
        from += found + 1;
    }
    source.len() - at
}

fn tag(source: &str, at: usize) -> Result<(TokenKind<'_>, usize), Unreadable> {
    let bytes = source.as_bytes();
    let closing = bytes.get(at + 1) == Some(&b'/');
    let from = at + if closing { 2 } else { 1 };
    let length = bytes[from..]
        .iter()
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b':'))
        .count();
    let name = &source[from..from + length];
    let mut attributes = Vec::new();
    let mut i = from + length;
    loop {
        i = past_space(bytes, i);
        match bytes.get(i) {
            None => return Err(unreadable(at, Why::Unclosed, name)),
            Some(b'>') => break,
            Some(b'/') => i += 1,
            Some(_) => {
                let (attribute, end) = attribute(source, i)?;
                if attributes.iter().any(|(other, _)| *other == attribute.0) {
                    return Err(unreadable(i, Why::Twice, attribute.0));
                }
                attributes.push(attribute);
                i = end;
            }
        }
    }
    let is_empty = bytes[i - 1] == b'/' || VOID.contains(&name);
    let kind = if closing {
        TokenKind::Close(name)
    } else {
        TokenKind::Open(Tag {
            name,
            attributes,
            is_empty,
        })
    };
    Ok((kind, i + 1))
}

/// An attribute and where it ends.
fn attribute(source: &str, at: usize) -> Result<((&str, &str), usize), Unreadable> {
    let bytes = source.as_bytes();
    let mut i = at;
    while i < bytes.len() && !bytes[i].is_ascii_whitespace() && !matches!(bytes[i], b'=' | b'>' | b'/') {
        if let Some(end) = jinja_end(source, i) {
            return Err(unreadable(i, Why::JinjaInTag, &source[i..end]));
        }
        i += 1;
    }
    let name = &source[at..i];
    let after_name = past_space(bytes, i);
    if bytes.get(after_name) != Some(&b'=') {
        // A sign that begins nothing is passed over.
        return Ok(((name, ""), i.max(at + 1)));
    }
    let start = past_space(bytes, after_name + 1);
    let quote = bytes.get(start).copied().filter(|b| matches!(b, b'"' | b'\''));
    let start = if quote.is_some() { start + 1 } else { start };
    let mut end = start;
    while end < bytes.len() {
        let ends = match quote {
            Some(quote) => bytes[end] == quote,
            None => bytes[end].is_ascii_whitespace() || bytes[end] == b'>',
        };
        if ends {
            break;
        }
        end = jinja_end(source, end).unwrap_or(end + 1);
    }
    let value = source.get(start..end).unwrap_or("");
    Ok(((name, value), if quote.is_some() { end + 1 } else { end }))
}

fn past_space(bytes: &[u8], mut at: usize) -> usize {
    while bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
        at += 1;
    }
    at
}

fn unreadable(at: usize, why: Why, detail: &str) -> Unreadable {
    Unreadable {
        at,
        why,
        detail: detail.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{TokenKind, Why, decode, tokens, unknown_entity, value};

    #[test]
    fn quotes_of_jinja_do_not_end_an_attribute() {
        let found =
            tokens("<a href=\"{{ x | default(\"y\") }}/?a=1&amp;b\" b=c>é < {{ d }}</a>").expect("it reads");
        let TokenKind::Open(tag) = &found[0].kind else {
            panic!("{found:?}")
        };
        assert_eq!(tag.attribute("HREF"), Some("{{ x | default(\"y\") }}/?a=1&amp;b"));
        assert_eq!(value(tag.attributes[0].1), "{{ x | default(\"y\") }}/?a=1&b");
        assert_eq!(tag.attributes[1], ("b", "c"));
        assert_eq!(found[1].kind, TokenKind::Text("é < "));
        assert_eq!(found[2].kind, TokenKind::Jinja("{{ d }}"));
        assert_eq!(found[3].kind, TokenKind::Close("a"));
    }

    #[test]
    fn what_cannot_be_read_is_named_with_its_place() {
        let found = tokens("<p {% if x %}a{% endif %}>").expect_err("it does not read");
        assert_eq!((found.at, found.why), (3, Why::JinjaInTag));
        assert_eq!(found.detail, "{% if x %}");
        assert_eq!(tokens("<p a=1 a=2>").map_err(|e| e.why), Err(Why::Twice));
        assert_eq!(tokens("x <p a=\"").map_err(|e| e.at), Err(2));
    }

    #[test]
    fn entities_are_read_once() {
        assert_eq!(
            decode("&copy;&amp;copy; &yuml;&rarr; &nope; &copy=1"),
            "©&copy; ÿ→ &nope; &copy=1"
        );
        assert_eq!(unknown_entity("&amp; &copy; &#8199; &nope;"), Some("&nope;"));
        assert_eq!(unknown_entity("&copy=1; &;"), None);
    }

    proptest! {
        #[test]
        fn any_text_ends_and_is_covered(source in "(\\PC|[<>/\"'=&{}%#! -]|<a |<!--|-->|é){0,60}") {
            if let Ok(found) = tokens(&source) {
                prop_assert!(found.windows(2).all(|pair| pair[0].at < pair[1].at));
            }
        }
    }
}
