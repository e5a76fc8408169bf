//! The text part of a version that was written without one, made from its HTML.
//!
//! It works on masked markup without building a tree, so loops and conditions around table rows stay
//! where they are. (A tree-building converter moves them out of the table, and rows lose their loop.)

use std::{cell::RefCell, rc::Rc};

use lol_html::{
    RewriteStrSettings, doc_comments, doc_text, element, end_tag,
    html_content::{Element, TextType},
    rewrite_str,
};

use super::{html::decode_entities, mask::Mask};

/// Text from masked HTML whose links are still as written; still masked.
pub fn from_html(html: &str, mask: &Mask) -> Result<String, lol_html::errors::RewritingError> {
    let writer = Rc::new(RefCell::new(Writer::default()));
    let (elements, texts, comments) = (Rc::clone(&writer), Rc::clone(&writer), Rc::clone(&writer));
    let settings = RewriteStrSettings::new()
        .with_strict(false)
        .append_element_content_handler(element!("*", move |element| {
            open(element, &elements);
            Ok(())
        }))
        .append_document_content_handler(doc_text!(move |chunk| {
            if chunk.text_type() == TextType::Data {
                texts.borrow_mut().text(chunk.as_str());
            }
            Ok(())
        }))
        .append_document_content_handler(doc_comments!(move |comment| {
            let comment = comment.text();
            if mask.is_tag(&comment) {
                comments.borrow_mut().tag(&comment);
            }
            Ok(())
        }));
    rewrite_str(html, settings)?;
    let text = std::mem::take(&mut writer.borrow_mut().out);
    Ok(text.trim().to_owned())
}

/// Removes what conditions leave behind: space at line ends and runs of empty lines.
pub fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 1);
    let mut empty = 0;
    for line in text.lines().map(str::trim_end) {
        if line.is_empty() {
            empty += 1;
            continue;
        }
        if !out.is_empty() {
            out.push('\n');
            if empty > 0 {
                out.push('\n');
            }
        }
        empty = 0;
        out.push_str(line);
    }
    if !out.is_empty() {
        out.push('\n');
    }
    out
}

type Shared = Rc<RefCell<Writer>>;

fn open(element: &mut Element<'_, '_>, writer: &Shared) {
    let name = element.tag_name();
    if writer.borrow().skipped > 0 && !element.can_have_content() {
        return;
    }
    match name.as_str() {
        "br" => writer.borrow_mut().newlines(1),
        "hr" => writer.borrow_mut().line("---"),
        "img" => {
            let alt = element.get_attribute("alt").unwrap_or_default();
            writer.borrow_mut().text(&alt);
        }
        "head" | "style" | "script" | "title" | "noscript" => skip(element, writer),
        _ if is_hidden(element) => skip(element, writer),
        "a" => link(element, writer),
        "li" => {
            writer.borrow_mut().newlines(1);
            writer.borrow_mut().text("- ");
            at_end(element, writer, |writer| writer.newlines(1));
        }
        "td" | "th" => at_end(element, writer, |writer| writer.text(" ")),
        "div" | "tr" | "section" | "article" | "header" | "footer" | "address" | "dt" | "dd" => {
            writer.borrow_mut().newlines(1);
            at_end(element, writer, |writer| writer.newlines(1));
        }
        "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "ul" | "ol" | "dl" | "table" | "blockquote"
        | "pre" => {
            writer.borrow_mut().newlines(2);
            at_end(element, writer, |writer| writer.newlines(2));
        }
        _ => {}
    }
}

/// Preheaders and what only some screens show.
fn is_hidden(element: &Element<'_, '_>) -> bool {
    element.get_attribute("style").is_some_and(|style| {
        style
            .replace(' ', "")
            .to_ascii_lowercase()
            .contains("display:none")
    })
}

fn skip(element: &mut Element<'_, '_>, writer: &Shared) {
    if element.can_have_content() {
        writer.borrow_mut().skipped += 1;
        at_end(element, writer, |writer| {
            writer.skipped = writer.skipped.saturating_sub(1)
        });
    }
}

fn link(element: &mut Element<'_, '_>, writer: &Shared) {
    let href = element.get_attribute("href").unwrap_or_default();
    let href = decode_entities(href.trim()).into_owned();
    let start = writer.borrow().out.len();
    at_end(element, writer, move |writer| writer.end_link(start, &href));
}

fn at_end(element: &mut Element<'_, '_>, writer: &Shared, then: impl Fn(&mut Writer) + 'static) {
    let writer = Rc::clone(writer);
    if let Some(handlers) = element.end_tag_handlers() {
        handlers.push(end_tag!(move |_| {
            then(&mut writer.borrow_mut());
            Ok(())
        }));
    }
}

#[derive(Debug, Default)]
struct Writer {
    out: String,
    /// Line breaks owed before the next word.
    breaks: usize,
    /// Whether a space is owed before the next word.
    space: bool,
    /// How many open elements are left out.
    skipped: usize,
}

impl Writer {
    /// Running text: white space collapses as in a browser.
    fn text(&mut self, html: &str) {
        if self.skipped > 0 {
            return;
        }
        let text = decode_entities(html);
        for (n, word) in text.split(|c: char| c.is_ascii_whitespace()).enumerate() {
            self.space |= n > 0;
            if !word.is_empty() {
                self.word(word);
            }
        }
    }

    /// A Jinja tag between elements. It is kept even where text is left out: its partner may stand
    /// outside.
    fn tag(&mut self, word: &str) {
        self.word(word);
    }

    fn word(&mut self, word: &str) {
        if self.out.is_empty() {
            self.breaks = 0;
        } else if self.breaks > 0 {
            self.out.extend(std::iter::repeat_n('\n', self.breaks));
        } else if self.space {
            self.out.push(' ');
        }
        self.breaks = 0;
        self.space = false;
        self.out.push_str(word);
    }

    fn newlines(&mut self, n: usize) {
        if self.skipped == 0 {
            self.breaks = self.breaks.max(n);
            self.space = false;
        }
    }

    fn line(&mut self, line: &str) {
        if self.skipped == 0 {
            self.newlines(2);
            self.word(line);
            self.newlines(2);
        }
    }

    /// Writes the destination after the words of a link, unless they are the destination.
    fn end_link(&mut self, start: usize, href: &str) {
        let leads_somewhere = !href.is_empty() && !href.starts_with(['#', '/']);
        if self.skipped > 0 || !leads_somewhere {
            return;
        }
        let words = self.out.get(start..).unwrap_or("").trim().to_owned();
        let address = href.strip_prefix("mailto:").or_else(|| href.strip_prefix("tel:"));
        if words == href || address.is_some_and(|address| words == address) {
            return;
        }
        self.space = !words.is_empty();
        if words.is_empty() {
            self.word(href);
        } else {
            self.word(&format!("({href})"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{from_html, tidy};
    use crate::domain::template::mask::Mask;

    fn text(html: &str) -> String {
        let mut mask = Mask::new(&[html]);
        let masked = mask.hide_markup(html);
        mask.reveal(&from_html(&masked.text, &mask).expect("it can be read"))
    }

    #[test]
    fn headings_lists_links_and_images_become_plain_text() {
        assert_eq!(
            text(
                "<head><title>no</title><style>no</style></head><body><div style=\"display: none\">no</div>\
                 <h1>Hello  there</h1><p>Read <a href=\"https://a.example/?x=1&amp;y=2\">this</a> &amp;\n that.</p>\
                 <ul><li>One</li><li>Two</li></ul><img src=x alt=\"A cat\"><hr>\
                 <a href=\"https://b.example\">https://b.example</a><br><a href=\"mailto:a@b.example\">a@b.example</a></body>"
            ),
            "Hello there\n\nRead this (https://a.example/?x=1&y=2) & that.\n\n- One\n- Two\n\nA cat\n\n---\n\n\
             https://b.example\na@b.example"
        );
    }

    #[test]
    fn a_loop_around_table_rows_stays_around_them() {
        assert_eq!(
            text("<table>{% for a in b %}<tr><td>{{ a.x }}</td><td>{{ a.y }}</td></tr>{% endfor %}</table>"),
            "{% for a in b %}\n{{ a.x }} {{ a.y }}\n{% endfor %}"
        );
    }

    #[test]
    fn empty_lines_do_not_pile_up() {
        assert_eq!(tidy("\n\na  \n\n\n\nb\nc\n\n"), "a\n\nb\nc\n");
        assert_eq!(tidy(""), "");
    }
}
