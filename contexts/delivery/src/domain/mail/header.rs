//! Header fields. Invariant: nothing that a reader could take for the end of a field gets through.

use std::fmt::Write;

use super::custom_header::check_custom_header;
use crate::domain::sending_domain::Sender;

/// A line should not be longer (RFC 5322 section 2.1.1).
const LINE: usize = 76;

/// A text that no header may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the header {0} would hold a line break or another control character")]
pub struct InvalidHeader(pub &'static str);

/// Whether a text holds a character that ends a line somewhere: C0, C1 (with U+0085), DEL, and the
/// separators U+2028 and U+2029.
#[must_use]
pub fn has_control(text: &str) -> bool {
    text.chars()
        .any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}'))
}

/// A field whose value is made of ASCII words by this program: addresses, dates, URLs in brackets.
pub fn structured(out: &mut String, name: &'static str, value: &str) -> Result<(), InvalidHeader> {
    if has_control(value) || !value.is_ascii() {
        return Err(InvalidHeader(name));
    }
    out.push_str(name);
    out.push_str(": ");
    out.push_str(value);
    out.push_str("\r\n");
    Ok(())
}

/// A field with a text for people.
pub fn unstructured(out: &mut String, name: &'static str, text: &str) -> Result<(), InvalidHeader> {
    if has_control(text) {
        return Err(InvalidHeader(name));
    }
    text_field(out, name, text);
    Ok(())
}

/// A field that an author added.
pub fn custom(out: &mut String, name: &str, value: &str) -> Result<(), InvalidHeader> {
    check_custom_header(name, value).map_err(|_| InvalidHeader("that was added"))?;
    text_field(out, name, value.trim());
    Ok(())
}

/// A text without control characters.
fn text_field(out: &mut String, name: &str, text: &str) {
    out.push_str(name);
    out.push(':');
    let start = name.len() + 1;
    if text.is_ascii() && !text.contains("=?") && text.split(' ').all(|word| word.len() < LINE) {
        words(out, text, start);
    } else {
        encoded_words(out, text, start);
    }
    out.push_str("\r\n");
}

/// A field with an address that has a name.
pub fn mailbox(out: &mut String, name: &'static str, sender: &Sender) -> Result<(), InvalidHeader> {
    if has_control(&sender.name) {
        return Err(InvalidHeader(name));
    }
    out.push_str(name);
    out.push(':');
    let display = sender.name.trim();
    if display.is_empty() {
        let _ = write!(out, " {}\r\n", sender.address);
        return Ok(());
    }
    if display.is_ascii() && display.len() < LINE - name.len() {
        out.push_str(" \"");
        for c in display.chars() {
            if matches!(c, '"' | '\\') {
                out.push('\\');
            }
            out.push(c);
        }
        out.push('"');
    } else {
        encoded_words(out, display, name.len() + 1);
    }
    // On a line of its own: always short enough, whatever the name.
    let _ = write!(out, "\r\n <{}>\r\n", sender.address);
    Ok(())
}

/// ASCII, folded at spaces.
fn words(out: &mut String, text: &str, start: usize) {
    let mut column = start;
    for word in text.split(' ') {
        // Only before a visible character: a line of nothing but spaces would end the header.
        if column > start && !word.is_empty() && column + 1 + word.len() > LINE {
            out.push_str("\r\n");
            column = 0;
        }
        out.push(' ');
        out.push_str(word);
        column += 1 + word.len();
    }
}

/// RFC 2047, base64, at most 75 octets a word, whole characters in each.
fn encoded_words(out: &mut String, text: &str, start: usize) {
    const ROOM: usize = 45;
    let mut rest = text;
    let mut first = true;
    loop {
        let room = if first {
            ROOM.saturating_sub(start * 3 / 4).max(4)
        } else {
            ROOM
        };
        let cut = floor_char_boundary(rest, room);
        let (word, tail) = rest.split_at(cut);
        out.push_str(if first { " =?utf-8?B?" } else { "\r\n =?utf-8?B?" });
        super::body::base64_into(out, word.as_bytes());
        out.push_str("?=");
        rest = tail;
        first = false;
        if rest.is_empty() {
            break;
        }
    }
}

fn floor_char_boundary(text: &str, most: usize) -> usize {
    if text.len() <= most {
        return text.len();
    }
    (1..=most)
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(most)
}

#[cfg(test)]
mod tests {
    use super::{InvalidHeader, mailbox, unstructured};
    use crate::domain::sending_domain::Sender;
    use kernel::EmailAddress;
    use proptest::prelude::*;

    fn subject(text: &str) -> Result<String, InvalidHeader> {
        let mut out = String::new();
        unstructured(&mut out, "Subject", text).map(|()| out)
    }

    fn read_back(header: &str) -> String {
        let source = format!("{header}\r\n\r\n");
        let message = mail_parser::MessageParser::default()
            .parse(source.as_bytes())
            .expect("it is a message");
        message.subject().unwrap_or_default().to_owned()
    }

    #[test]
    fn what_could_end_a_header_is_refused() {
        for evil in [
            "a\r\nBcc: eve@example.com",
            "a\nb",
            "a\rb",
            "a\0b",
            "a\u{85}b",
            "a\u{2028}b",
            "a\u{2029}b",
            "a\u{7f}",
        ] {
            assert_eq!(subject(evil), Err(InvalidHeader("Subject")), "{evil:?}");
        }
    }

    #[test]
    fn a_name_with_quotes_and_umlauts_comes_through() {
        for name in [
            "Ann \"The Boss\" O'Neil, Ltd.",
            "Bücher & Söhne",
            "日本語の名前",
            "back\\slash",
            "",
        ] {
            let sender = Sender {
                name: name.to_owned(),
                address: EmailAddress::parse("ann@example.com").expect("valid"),
                reply_to: None,
            };
            let mut out = String::new();
            mailbox(&mut out, "From", &sender).expect("nothing wrong with it");
            let source = format!("{out}\r\n");
            let message = mail_parser::MessageParser::default()
                .parse(source.as_bytes())
                .expect("parses");
            let from = message
                .from()
                .and_then(|from| from.first())
                .expect("has a sender");
            assert_eq!(from.name().unwrap_or_default(), name);
            assert_eq!(from.address(), Some("ann@example.com"));
        }
    }

    proptest! {
        #[test]
        fn any_text_without_controls_is_read_back_and_fits(text in "\\PC{0,300}") {
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            prop_assume!(!super::has_control(&text));
            let header = subject(&text).expect("no controls");
            prop_assert!(header.is_ascii());
            prop_assert!(header.lines().all(|line| line.len() <= 78), "{header}");
            prop_assert!(header.trim_end().split("\r\n").skip(1).all(|line| line.starts_with(' ') && !line.trim().is_empty()));
            prop_assert_eq!(read_back(&header), text);
        }
    }
}
