//! Whether two sources say the same, whatever their white space, the order of their attributes and
//! the way in which signs are written.
//!
//! The visual editor takes a source apart and puts it together again. Before anything is saved that
//! came out of it, what it made of the untouched source is compared here with what it was given.

use super::markup::{self, Tag, TokenKind, Unreadable, Why, line_of, outside_jinja, tokens, unknown_entity};

/// Something that is lost, or keeps a source from being opened, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {code} {detail}")]
pub struct Loss {
    /// From 1, in the source as it was.
    pub line: u32,
    /// A short word; the message key is `delivery-visual-loss-` and this.
    pub code: &'static str,
    /// What.
    pub detail: String,
}

/// What `after` has lost of `before`: the first difference, or nothing.
#[must_use]
pub fn lost(before: &str, after: &str) -> Option<Loss> {
    if before == after {
        return None;
    }
    let (was, is) = match (canonical(before), canonical(after)) {
        (Ok(was), Ok(is)) => (was, is),
        (Err(unreadable), _) => return Some(unreadable.into_loss(before)),
        (_, Err(unreadable)) => return Some(unreadable.into_loss(after)),
    };
    let same = was.iter().zip(&is).take_while(|(a, b)| a.1 == b.1).count();
    if same == was.len() && same == is.len() {
        return None;
    }
    let at = was.get(same).map_or(before.len(), |(at, _)| *at);
    let detail = was.get(same).or_else(|| is.get(same));
    Some(Loss {
        line: line_of(before, at),
        code: "lost",
        detail: detail.map(|(_, text)| text.clone()).unwrap_or_default(),
    })
}

/// What keeps a source from being opened in the visual editor, as far as it shows without opening it.
#[must_use]
pub fn obstacle(source: &str) -> Option<Loss> {
    let found = match tokens(source) {
        Ok(found) => found,
        Err(unreadable) => return Some(unreadable.into_loss(source)),
    };
    let at = |at: usize, code: &'static str, detail: &str| {
        Some(Loss {
            line: line_of(source, at),
            code,
            detail: detail.to_owned(),
        })
    };
    let mut has_body = false;
    for token in &found {
        match &token.kind {
            TokenKind::Open(tag) if tag.name == "mj-include" => return at(token.at, "element", tag.name),
            TokenKind::Open(tag) => {
                has_body |= tag.name == "mj-body";
                let values = tag.attributes.iter().map(|(_, value)| *value);
                if let Some(entity) = values.into_iter().find_map(unknown_entity) {
                    return at(token.at, "entity", entity);
                }
            }
            TokenKind::Text(text) => {
                if let Some(entity) = unknown_entity(text) {
                    return at(token.at, "entity", entity);
                }
            }
            _ => {}
        }
    }
    if has_body { None } else { at(0, "no-body", "") }
}

impl Unreadable {
    fn into_loss(self, source: &str) -> Loss {
        Loss {
            line: line_of(source, self.at),
            code: match self.why {
                Why::JinjaInTag => "in-tag",
                Why::Twice => "twice",
                Why::Unclosed => "unclosed",
            },
            detail: self.detail,
        }
    }
}

/// What a source says, word by word, each with its place.
fn canonical(source: &str) -> Result<Vec<(usize, String)>, Unreadable> {
    let mut words: Vec<(usize, String)> = Vec::new();
    let mut raw = false;
    let mut text: Option<(usize, String)> = None;
    for token in tokens(source)? {
        if let (TokenKind::Text(written), false) = (&token.kind, raw) {
            let (_, said) = text.get_or_insert((token.at, String::new()));
            said.push_str(&markup::decode(written));
            continue;
        }
        let next = match &token.kind {
            TokenKind::Text(written) => vec![collapse(written).trim().to_owned()],
            TokenKind::Jinja(tag) | TokenKind::Comment(tag) => vec![(*tag).to_owned()],
            TokenKind::Close(name) => vec![format!("</{name}>")],
            TokenKind::Open(tag) => opened(tag),
        };
        raw = matches!(&token.kind, TokenKind::Open(tag) if is_raw(tag));
        flush(&mut words, &mut text, next.first().map(String::as_str));
        words.extend(next.into_iter().map(|word| (token.at, word)));
    }
    flush(&mut words, &mut text, None);
    Ok(words)
}

fn is_raw(tag: &Tag<'_>) -> bool {
    !tag.is_empty
        && matches!(
            tag.name,
            "mj-style" | "style" | "mj-title" | "mj-preview" | "title" | "script" | "textarea"
        )
}

fn opened(tag: &Tag<'_>) -> Vec<String> {
    let mut attributes: Vec<String> = tag
        .attributes
        .iter()
        .map(|(name, written)| format!("{name}=\"{}\"", attribute_value(name, written)))
        .collect();
    attributes.sort();
    attributes.insert(0, tag.name.to_owned());
    let mut words = vec![format!("<{}>", attributes.join(" "))];
    // In HTML an element that has no content needs no end, in MJML it may have one.
    if tag.is_empty && tag.name.starts_with("mj") {
        words.push(format!("</{}>", tag.name));
    }
    words
}

fn attribute_value(name: &str, written: &str) -> String {
    let value = markup::value(written);
    let value = outside_jinja(&value, collapse);
    let value = value.trim();
    if name != "style" || value.contains("{{") || value.contains("{%") || value.contains("{#") {
        return value.to_owned();
    }
    let rules = value.split(';').map(|rule| {
        let sides: Vec<&str> = rule.split(':').map(str::trim).collect();
        sides.join(":")
    });
    rules
        .filter(|rule| !rule.is_empty())
        .collect::<Vec<_>>()
        .join(";")
}

/// White space beside elements of MJML means nothing.
fn flush(words: &mut Vec<(usize, String)>, text: &mut Option<(usize, String)>, next: Option<&str>) {
    let Some((at, said)) = text.take() else { return };
    let said = collapse(&said);
    let mut said = said.as_str();
    let is_mjml = |word: &str| word.starts_with("<mj") || word.starts_with("</mj");
    if words.last().is_none_or(|(_, word)| is_mjml(word)) {
        said = trim_start(said);
    }
    if next.is_none_or(is_mjml) {
        said = said.trim_end_matches(' ');
    }
    if !said.is_empty() {
        words.push((at, said.to_owned()));
    }
}

fn trim_start(text: &str) -> &str {
    text.trim_start_matches(' ')
}

/// Runs of white space, but not of spaces that do not break, become one space.
fn collapse(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut space = false;
    for c in text.chars() {
        let is_space = c.is_ascii_whitespace();
        if !is_space {
            out.push(c);
        } else if !space {
            out.push(' ');
        }
        space = is_space;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{lost, obstacle};
    use crate::domain::template::STARTERS;

    #[test]
    fn the_way_of_writing_does_not_count() {
        for (before, after) in [
            (
                "<mj-body>\n  <mj-image  src='a' alt=\"\"/>\n</mj-body>",
                "<mj-body><mj-image alt=\"\" src=\"a\"></mj-image></mj-body>",
            ),
            (
                "<mj-text>\n a<br />\n  b &amp; &copy;&nbsp;c </mj-text>",
                "<mj-text>a<br> b &amp; ©\u{a0}c</mj-text>",
            ),
            (
                "<mj-text><a style=\"color: red; \" href=\"?a&b\">x</a></mj-text>",
                "<mj-text><a href=\"?a&amp;b\" style=\"color:red\">x</a></mj-text>",
            ),
        ] {
            assert_eq!(lost(before, after), None, "{before}");
        }
    }

    #[test]
    fn what_is_lost_is_named_with_its_line() {
        for (before, after, line, detail) in [
            (
                "<mj-text>a\n{{ b | default(\"c\") }}</mj-text>",
                "<mj-text>a\n{{ b | default('c') }}</mj-text>",
                2,
                "{{ b | default(\"c\") }}",
            ),
            (
                "<mj-text>\n<p>a <p>b</p></p></mj-text>",
                "<mj-text><p>a </p><p>b</p></mj-text>",
                2,
                "<p>",
            ),
            (
                "<mj-text a=\"1\">x</mj-text>",
                "<mj-text>x</mj-text>",
                1,
                "<mj-text a=\"1\">",
            ),
            ("\n<p>a</p><!-- b -->", "<p>a</p>", 2, "<!-- b -->"),
            ("<p>a</p>", "<p>a</p><p></p>", 1, "<p>"),
            ("<p>a  b</p>", "<p>ab</p>", 1, "a b"),
        ] {
            let found = lost(before, after).expect("something is lost");
            assert_eq!((found.line, found.code), (line, "lost"), "{before}: {found}");
            assert_eq!(found.detail, detail);
        }
    }

    #[test]
    fn jinja_among_attributes_cannot_be_opened() {
        let found = obstacle(
            "<mjml><mj-body>\n<mj-section {% if a %}padding=\"0\"{% endif %}></mj-section></mj-body></mjml>",
        )
        .expect("an obstacle");
        assert_eq!((found.line, found.code), (2, "in-tag"));
        let found = obstacle("<mjml><mj-body>\n\n<mj-include path=\"x\" /></mj-body></mjml>");
        assert_eq!(found.map(|loss| (loss.line, loss.code)), Some((3, "element")));
        let found = obstacle("<mjml><mj-body><mj-text>a\n&nope;</mj-text></mj-body></mjml>");
        assert_eq!(found.map(|loss| loss.code), Some("entity"));
        assert_eq!(obstacle("<p>x</p>").map(|loss| loss.code), Some("no-body"));
    }

    #[test]
    fn every_starter_in_mjml_can_be_opened_and_is_itself() {
        for starter in STARTERS
            .iter()
            .filter(|starter| starter.body.starts_with("<mjml>"))
        {
            assert_eq!(obstacle(starter.body), None, "{}", starter.key);
            let indented_otherwise = starter.body.replace("\n      ", "\n\t");
            assert_eq!(lost(starter.body, &indented_otherwise), None, "{}", starter.key);
        }
    }
}
