//! Hides Jinja from the tools that read markup.
//!
//! MJML and HTML parsers know nothing of Jinja: `{% if a < b %}` opens an element for them, a quote
//! in `href="{{ x | default("y") }}"` ends the attribute, and text between table rows is moved out
//! of the table. So each tag is exchanged for a word (in attributes, comments, style sheets and
//! running text) or for a comment (everywhere else, since comments may stand anywhere), the tools do
//! their work, and the tags come back at the places where the words and comments have ended up.

use super::jinja::{self, TagKind};

const END: &str = "qjz";

/// The tags that were hidden, by number.
#[derive(Debug)]
pub struct Mask {
    prefix: String,
    hidden: Vec<Hidden>,
}

#[derive(Debug)]
struct Hidden {
    code: String,
    /// Byte offset in the source; `None` for what the compiler adds.
    offset: Option<usize>,
    /// Whether it was hidden as a comment, and not as a word that may stand in an author's comment.
    comment: bool,
}

/// Markup without Jinja.
#[derive(Debug)]
pub struct Masked {
    /// The markup.
    pub text: String,
    /// Pairs of (offset in `text`, offset in the source), ascending, one after each tag.
    map: Vec<(usize, usize)>,
}

impl Masked {
    /// Where a place of the masked markup stood in the source.
    pub fn source_offset(&self, offset: usize) -> usize {
        let after = self.map.partition_point(|(masked, _)| *masked <= offset);
        match after.checked_sub(1).map(|n| self.map[n]) {
            Some((masked, source)) => source + (offset - masked),
            None => offset,
        }
    }

    /// With other bytes for those at `places`, which are ascending; each of them one byte long.
    pub fn exchanged<'a>(&self, places: impl IntoIterator<Item = (usize, &'a str)>) -> Self {
        let mut text = String::with_capacity(self.text.len());
        let mut map = Vec::with_capacity(self.map.len());
        let mut tags = self.map.iter().peekable();
        let mut done = 0;
        for (place, by) in places {
            while let Some((at, source)) = tags.next_if(|(at, _)| *at <= place) {
                map.push((text.len() + at - done, *source));
            }
            text.push_str(&self.text[done..place]);
            text.push_str(by);
            done = place + 1;
            map.push((text.len(), self.source_offset(done)));
        }
        map.extend(tags.map(|(at, source)| (text.len() + at - done, *source)));
        text.push_str(&self.text[done..]);
        Self { text, map }
    }
}

impl Mask {
    /// With words that none of `sources` contains.
    pub fn new(sources: &[&str]) -> Self {
        let sources: Vec<String> = sources.iter().map(|s| s.to_ascii_lowercase()).collect();
        let mut prefix = "zjq".to_owned();
        while sources.iter().any(|source| source.contains(&prefix)) {
            prefix.push('k');
        }
        Self {
            prefix,
            hidden: Vec::new(),
        }
    }

    /// Hides a tag of the compiler's own.
    pub fn add(&mut self, code: String) -> String {
        self.word(Hidden {
            code,
            offset: None,
            comment: false,
        })
    }

    /// Hides all tags of MJML or HTML. Jinja comments go for good.
    pub fn hide_markup(&mut self, source: &str) -> Masked {
        let mut scanner = Scanner::default();
        self.hide(source, |text, kind| {
            let place = scanner.read(text);
            let shown = matches!(kind, TagKind::Output | TagKind::Raw);
            place == Place::Structure || (place == Place::Text && !shown)
        })
    }

    /// Hides all tags of a text.
    pub fn hide_text(&mut self, source: &str) -> String {
        self.hide(source, |_, _| false).text
    }

    /// Hides all tags of a text: what is shown as a word, what is done as a comment, at which a link of
    /// the text ends.
    pub fn hide_plain(&mut self, source: &str) -> String {
        self.hide(source, |_, kind| !matches!(kind, TagKind::Output | TagKind::Raw))
            .text
    }

    /// `as_comment` is given the text before each tag and the tag's kind.
    fn hide(&mut self, source: &str, mut as_comment: impl FnMut(&str, TagKind) -> bool) -> Masked {
        let mut masked = Masked {
            text: String::with_capacity(source.len()),
            map: Vec::new(),
        };
        let mut done = 0;
        for tag in jinja::tags(source) {
            let between = &source[done..tag.range.start];
            masked.text.push_str(between);
            let comment = as_comment(between, tag.kind);
            done = tag.range.end;
            if tag.kind != TagKind::Comment {
                let code = source[tag.range.clone()].to_owned();
                let word = self.word(Hidden {
                    code,
                    offset: Some(tag.range.start),
                    comment,
                });
                masked
                    .text
                    .push_str(&if comment { format!("<!--{word}-->") } else { word });
            }
            masked.map.push((masked.text.len(), done));
        }
        masked.text.push_str(&source[done..]);
        masked
    }

    fn word(&mut self, hidden: Hidden) -> String {
        self.hidden.push(hidden);
        format!("{}{}{END}", self.prefix, self.hidden.len() - 1)
    }

    /// Whether a comment is a hidden tag.
    pub fn is_tag(&self, comment: &str) -> bool {
        self.find(comment, 0).is_some_and(|found| {
            self.hidden[found.number].comment && found.start == 0 && found.end == comment.len()
        })
    }

    /// Splits into what stands outside of tags and the code of tags, in order.
    pub fn pieces<'a>(&'a self, masked: &'a str) -> Vec<Piece<'a>> {
        let mut pieces = Vec::new();
        let mut done = 0;
        while let Some(found) = self.find(masked, done) {
            if found.start > done {
                pieces.push(Piece::Plain(&masked[done..found.start]));
            }
            pieces.push(Piece::Code(&self.hidden[found.number].code));
            done = found.end;
        }
        if done < masked.len() {
            pieces.push(Piece::Plain(&masked[done..]));
        }
        pieces
    }

    /// Puts the tags back.
    pub fn reveal(&self, masked: &str) -> String {
        let mut out = String::with_capacity(masked.len() * 2);
        let mut done = 0;
        while let Some(found) = self.find(masked, done) {
            let (mut start, mut end) = (found.start, found.end);
            let in_comment = masked[done..start].ends_with("<!--") && masked[end..].starts_with("-->");
            if in_comment && self.hidden[found.number].comment {
                start -= "<!--".len();
                end += "-->".len();
            } else if masked[end..].starts_with("=\"\"") && masked[done..start].ends_with(' ') {
                // A tag among attributes came back as an attribute without a value.
                end += "=\"\"".len();
            }
            out.push_str(&masked[done..start]);
            out.push_str(&self.hidden[found.number].code);
            done = end;
        }
        out.push_str(&masked[done..]);
        out
    }

    /// The first tag of the source that did not survive the tools, and where it stood.
    pub fn lost(&self, masked: &str) -> Option<(usize, &str)> {
        let mut present = vec![false; self.hidden.len()];
        let mut done = 0;
        while let Some(found) = self.find(masked, done) {
            present[found.number] = true;
            done = found.end;
        }
        self.hidden
            .iter()
            .zip(present)
            .find_map(|(hidden, present)| match hidden.offset {
                Some(offset) if !present => Some((offset, hidden.code.as_str())),
                _ => None,
            })
    }

    fn find(&self, text: &str, from: usize) -> Option<Found> {
        let mut from = from;
        loop {
            let start = from + text.get(from..)?.find(&self.prefix)?;
            let digits = &text[start + self.prefix.len()..];
            let length = digits.bytes().take_while(u8::is_ascii_digit).count();
            let number = digits[..length]
                .parse::<usize>()
                .ok()
                .filter(|n| *n < self.hidden.len());
            match number {
                Some(number) if digits[length..].starts_with(END) => {
                    let end = start + self.prefix.len() + length + END.len();
                    return Some(Found { number, start, end });
                }
                _ => from = start + 1,
            }
        }
    }
}

/// A part of a masked text.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Outside of tags.
    Plain(&'a str),
    /// A tag with its delimiters.
    Code(&'a str),
}

struct Found {
    number: usize,
    start: usize,
    end: usize,
}

/// What a tag stands in, which decides what it is hidden as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Running text.
    Text,
    /// Between elements where text may not stand, such as table rows or MJML sections.
    Structure,
    /// Inside a tag, a comment, a style sheet or a title, where only a word can stand.
    Word,
}

/// Elements whose content is no markup.
const RAW_TEXT: &[&str] = &[
    "style",
    "script",
    "title",
    "textarea",
    "mj-style",
    "mj-title",
    "mj-preview",
];
/// Elements that hold elements only.
const STRUCTURE: &[&str] = &[
    "table",
    "tbody",
    "thead",
    "tfoot",
    "tr",
    "colgroup",
    "select",
    "mjml",
    "mj-head",
    "mj-body",
    "mj-wrapper",
    "mj-section",
    "mj-group",
    "mj-column",
    "mj-hero",
    "mj-social",
    "mj-navbar",
    "mj-accordion",
    "mj-accordion-element",
    "mj-carousel",
    "mj-raw",
];
const VOID: &[&str] = &[
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track",
    "wbr",
];

/// Follows markup just closely enough to know where a tag stands.
#[derive(Debug, Default)]
struct Scanner {
    open: Vec<String>,
    state: State,
    /// What the last read left unfinished: the start of a tag name or of a comment's end.
    pending: String,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum State {
    #[default]
    Content,
    Tag {
        closing: bool,
        quote: Option<char>,
    },
    Comment,
    RawText,
}

impl Scanner {
    /// Reads on and says where the end of what was read is.
    fn read(&mut self, text: &str) -> Place {
        let mut rest = text;
        while !rest.is_empty() {
            rest = match self.state {
                State::Content => self.content(rest),
                State::Comment => self.until(rest, "-->"),
                State::RawText => self.raw_text(rest),
                State::Tag { closing, quote } => self.tag(rest, closing, quote),
            };
        }
        let parent = self.open.last().map(String::as_str);
        match self.state {
            State::Content if parent.is_some_and(|name| STRUCTURE.contains(&name)) => Place::Structure,
            State::Content => Place::Text,
            _ => Place::Word,
        }
    }

    fn content<'a>(&mut self, text: &'a str) -> &'a str {
        let Some(start) = text.find('<') else { return "" };
        let rest = &text[start..];
        if let Some(comment) = rest.strip_prefix("<!--") {
            self.state = State::Comment;
            return comment;
        }
        let closing = rest.starts_with("</");
        let after = &rest[if closing { 2 } else { 1 }..];
        let name: String = after
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | ':'))
            .collect();
        let after = &after[name.len()..];
        if name.is_empty() && !rest[1..].starts_with(['!', '?', '/']) {
            // A lone `<` is text.
            return after;
        }
        self.pending = name.to_ascii_lowercase();
        self.state = State::Tag { closing, quote: None };
        after
    }

    fn until<'a>(&mut self, text: &'a str, end: &str) -> &'a str {
        match text.find(end) {
            Some(at) => {
                self.state = State::Content;
                &text[at + end.len()..]
            }
            None => "",
        }
    }

    fn raw_text<'a>(&mut self, text: &'a str) -> &'a str {
        let name = self.open.last().cloned().unwrap_or_default();
        let end = format!("</{name}");
        match text.to_ascii_lowercase().find(&end) {
            Some(at) => {
                self.pending = name;
                self.state = State::Tag {
                    closing: true,
                    quote: None,
                };
                &text[at + end.len()..]
            }
            None => "",
        }
    }

    fn tag<'a>(&mut self, text: &'a str, closing: bool, quote: Option<char>) -> &'a str {
        if let Some(quote) = quote {
            return match text.find(quote) {
                Some(at) => {
                    self.state = State::Tag { closing, quote: None };
                    &text[at + 1..]
                }
                None => "",
            };
        }
        let Some(at) = text.find(['>', '"', '\'']) else {
            return "";
        };
        let sign = text[at..].chars().next().unwrap_or('>');
        if sign != '>' {
            self.state = State::Tag {
                closing,
                quote: Some(sign),
            };
            return &text[at + 1..];
        }
        let empty = text[..at].ends_with('/');
        self.end_tag(closing, empty);
        &text[at + 1..]
    }

    fn end_tag(&mut self, closing: bool, empty: bool) {
        let name = std::mem::take(&mut self.pending);
        self.state = State::Content;
        if closing {
            if let Some(at) = self.open.iter().rposition(|open| *open == name) {
                self.open.truncate(at);
            }
        } else if !empty && !name.is_empty() && !VOID.contains(&name.as_str()) {
            if RAW_TEXT.contains(&name.as_str()) {
                self.state = State::RawText;
            }
            self.open.push(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Mask;

    #[test]
    fn a_tag_becomes_what_its_place_can_hold() {
        let source = concat!(
            r#"<p title="{{ a }}">{{ b }}{% if c %}x{% endif %}</p>"#,
            "<table>{% for d in e %}<tr><td>{{ d }}</td></tr>{% endfor %}</table>",
            "<style>.x { color: {{ f }} }</style><!-- {{ g }} --><mj-section>{{ h }}</mj-section>{# gone #}",
        );
        let mut mask = Mask::new(&[source]);
        let masked = mask.hide_markup(source);
        assert_eq!(
            masked.text,
            concat!(
                r#"<p title="zjq0qjz">zjq1qjz<!--zjq2qjz-->x<!--zjq3qjz--></p>"#,
                "<table><!--zjq4qjz--><tr><td>zjq5qjz</td></tr><!--zjq6qjz--></table>",
                "<style>.x { color: zjq7qjz }</style><!-- zjq8qjz --><mj-section><!--zjq9qjz--></mj-section>",
            )
        );
        assert_eq!(mask.reveal(&masked.text), source.replace("{# gone #}", ""));
        assert_eq!(mask.lost(&masked.text), None);
        assert_eq!(
            mask.lost(&masked.text.replace("zjq7qjz", "")),
            Some((source.find("{{ f }}").expect("it is there"), "{{ f }}"))
        );
    }

    #[test]
    fn places_are_found_again_in_the_source() {
        let source = "{{ a_rather_long_name }}<b>{# comment #}</b>!";
        let mut mask = Mask::new(&[source]);
        let masked = mask.hide_markup(source);
        let at = masked.text.find('!').expect("it is there");
        assert_eq!(masked.source_offset(at), source.find('!').expect("it is there"));
    }

    #[test]
    fn text_that_looks_like_a_word_of_ours_stays() {
        let source = "zjq0qjz {{ a }}";
        let mut mask = Mask::new(&[source]);
        let masked = mask.hide_markup(source).text;
        assert_eq!(mask.reveal(&masked), source);
    }

    proptest! {
        #[test]
        fn hiding_and_revealing_gives_the_source_back(
            source in "(\\PC|[<>/\"'=!-]|\\{\\{ a \\}\\}|\\{% b %\\}|<td>|</td>|<table>|<style>|<!--|-->){0,40}"
        ) {
            let mut mask = Mask::new(&[&source]);
            let masked = mask.hide_markup(&source);
            prop_assume!(!source.contains("{#") && !source.contains("=\"\""));
            prop_assert_eq!(mask.reveal(&masked.text), source);
        }
    }
}
