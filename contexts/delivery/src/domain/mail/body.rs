//! Bodies: which transfer encoding a text needs, and the encoding itself.

/// How a text is written into a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// As it is.
    SevenBit,
    /// RFC 2045 section 6.7.
    QuotedPrintable,
    /// RFC 2045 section 6.8.
    Base64,
}

impl Encoding {
    /// The word of `Content-Transfer-Encoding`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Encoding::SevenBit => "7bit",
            Encoding::QuotedPrintable => "quoted-printable",
            Encoding::Base64 => "base64",
        }
    }

    /// The shortest that survives every relay unchanged, which is what the signature needs. Nothing
    /// is ever sent as 8 bits, so no server has to offer 8BITMIME.
    pub fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        if text.is_ascii() {
            return if is_plain(bytes) {
                Encoding::SevenBit
            } else {
                Encoding::QuotedPrintable
            };
        }
        let high = bytes.iter().filter(|b| !b.is_ascii()).count();
        // Quoted-printable writes three bytes for one, base64 four for three.
        if high * 6 > bytes.len() {
            Encoding::Base64
        } else {
            Encoding::QuotedPrintable
        }
    }
}

/// ASCII text that needs no encoding: short lines, no control characters, no "From " that a
/// mailbox file would alter.
fn is_plain(bytes: &[u8]) -> bool {
    bytes.split(|b| *b == b'\n').all(|line| {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        line.len() <= 990
            && !line.starts_with(b"From ")
            && line.iter().all(|b| matches!(b, b' '..=b'~' | b'\t'))
    })
}

/// Writes a text in an encoding; ends with a line break.
pub fn write(out: &mut String, text: &str, encoding: Encoding) {
    match encoding {
        Encoding::SevenBit => seven_bit(out, text),
        Encoding::QuotedPrintable => quoted_printable(out, text),
        Encoding::Base64 => {
            // Lines of text end with CRLF in the canonical form too (RFC 2046 section 4.1.1).
            let mut canonical = String::with_capacity(text.len() + text.len() / 32);
            seven_bit(&mut canonical, text);
            for chunk in canonical.as_bytes().chunks(57) {
                base64_into(out, chunk);
                out.push_str("\r\n");
            }
        }
    }
}

fn seven_bit(out: &mut String, text: &str) {
    for line in lines(text) {
        out.push_str(line);
        out.push_str("\r\n");
    }
}

/// Lines however they end: CRLF, LF or a lone CR. A break at the end opens no line.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive('\n').flat_map(|line| {
        let line = line.strip_suffix('\n').unwrap_or(line);
        line.strip_suffix('\r').unwrap_or(line).split('\r')
    })
}

fn quoted_printable(out: &mut String, text: &str) {
    for line in lines(text) {
        quoted_printable_line(out, line.as_bytes());
        out.push_str("\r\n");
    }
}

fn quoted_printable_line(out: &mut String, line: &[u8]) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut column = 0;
    let mut at = 0;
    while at < line.len() {
        let run = safe_run(&line[at..]).min(75 - column);
        if run > 0 {
            let end = at + run;
            // Space at the end of a line would be lost: the last one is written as a code.
            let ends_in_space = end == line.len() && matches!(line[end - 1], b' ' | b'\t');
            let end = if ends_in_space { end - 1 } else { end };
            out.push_str(std::str::from_utf8(&line[at..end]).expect("safe bytes are ASCII"));
            column += end - at;
            at = end;
            if at < line.len() && column >= 75 {
                out.push_str("=\r\n");
                column = 0;
            }
            if !ends_in_space {
                continue;
            }
        }
        if column + 3 > 75 {
            out.push_str("=\r\n");
            column = 0;
        }
        let byte = line[at];
        out.push('=');
        out.push(HEX[usize::from(byte >> 4)] as char);
        out.push(HEX[usize::from(byte & 15)] as char);
        column += 3;
        at += 1;
    }
}

/// How many bytes from the start can stand for themselves.
fn safe_run(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .position(|b| !(matches!(b, b' '..=b'~' | b'\t') && *b != b'='))
        .unwrap_or(bytes.len())
}

/// Standard base64 with padding.
pub fn base64_into(out: &mut String, bytes: &[u8]) {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode_string(bytes, out);
}

#[cfg(test)]
mod tests {
    use super::{Encoding, write};
    use proptest::prelude::*;

    fn encode(text: &str) -> (Encoding, String) {
        let encoding = Encoding::of(text);
        let mut out = String::new();
        write(&mut out, text, encoding);
        (encoding, out)
    }

    #[test]
    fn each_text_gets_the_encoding_it_needs() {
        assert_eq!(encode("plain\ntext").0, Encoding::SevenBit);
        assert_eq!(encode(&"x".repeat(2000)).0, Encoding::QuotedPrintable);
        assert_eq!(encode("From here on").0, Encoding::QuotedPrintable);
        assert_eq!(encode("a\u{0}b").0, Encoding::QuotedPrintable);
        assert_eq!(
            encode("Viele Grüße aus Köln, wo heute alles in bester Ordnung ist").0,
            Encoding::QuotedPrintable
        );
        assert_eq!(encode("日本語の本文").0, Encoding::Base64);
    }

    #[test]
    fn space_at_the_end_of_a_line_survives() {
        let mut out = String::new();
        write(&mut out, "a \nb\t\n", Encoding::QuotedPrintable);
        assert_eq!(out, "a=20\r\nb=09\r\n");
    }

    proptest! {
        #[test]
        fn any_text_is_read_back(text in "(\\PC|[ \t\r\n=.]|From ){0,400}") {
            for encoding in [Encoding::of(&text), Encoding::QuotedPrintable, Encoding::Base64] {
                let mut out = String::new();
                write(&mut out, &text, encoding);
                prop_assert!(out.is_ascii());
                prop_assert!(out.is_empty() || out.ends_with("\r\n"));
                prop_assert!(out.split("\r\n").all(|line| line.len() <= 990 && !line.contains(['\r', '\n'])));
                if encoding == Encoding::QuotedPrintable {
                    prop_assert!(out.split("\r\n").all(|line| line.len() <= 76 && !line.ends_with([' ', '\t'])));
                }
                let source = format!(
                    "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: {}\r\n\r\n{out}",
                    encoding.as_str()
                );
                let message = mail_parser::MessageParser::default().parse(source.as_bytes()).expect("parses");
                let read = message.body_text(0).map(|text| text.into_owned()).unwrap_or_default();
                let read = read.replace("\r\n", "\n");
                let expected = text.replace("\r\n", "\n").replace('\r', "\n");
                prop_assert_eq!(read.trim_end_matches('\n'), expected.trim_end_matches('\n'));
            }
        }
    }
}
