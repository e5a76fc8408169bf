//! Reads replies out of a stream of bytes.

use crate::domain::answer::Answer;

/// RFC 5321 section 4.5.3.1.5 allows 512; real servers are more talkative.
const MAX_LINE: usize = 4096;
/// Nobody needs more.
const MAX_LINES: usize = 100;
/// What is kept of a reply's text.
const MAX_TEXT: usize = 1024;

/// The other side does not speak SMTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadReply {
    /// Longer than any reply has to be.
    #[error("the server's reply does not end")]
    TooLong,
    /// Not three digits and a separator.
    #[error("the server sent something that is no SMTP reply")]
    Malformed,
    /// Lines of one reply with different codes.
    #[error("the lines of the server's reply contradict each other")]
    Inconsistent,
}

/// A reply as far as it has been read.
#[derive(Debug, PartialEq, Eq)]
pub enum Parsed {
    /// More bytes are needed.
    Incomplete,
    /// A reply, and how many bytes it took.
    Reply {
        /// What was said.
        reply: Reply,
        /// From the start of the buffer.
        length: usize,
    },
}

/// One reply, line by line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// 200 to 599.
    pub code: u16,
    /// Texts of its lines, without the codes.
    pub lines: Vec<String>,
}

impl Reply {
    /// The answer that the domain judges.
    #[must_use]
    pub fn answer(&self) -> Answer {
        let mut text = String::new();
        for (n, line) in self.lines.iter().enumerate() {
            let mut line = line.as_str();
            // The enhanced code stands on each line; one is enough.
            if n > 0 {
                text.push(' ');
                let first = self.lines[0].split(' ').next().unwrap_or_default();
                if crate::domain::answer::EnhancedCode::leading(&self.lines[0]).is_some() {
                    line = line.strip_prefix(first).map_or(line, str::trim_start);
                }
            }
            text.push_str(line);
        }
        if text.len() > MAX_TEXT {
            let cut = (0..=MAX_TEXT)
                .rev()
                .find(|at| text.is_char_boundary(*at))
                .unwrap_or(0);
            text.truncate(cut);
        }
        Answer::new(self.code, &text)
    }
}

/// The first reply in `bytes`.
pub fn parse(bytes: &[u8]) -> Result<Parsed, BadReply> {
    let mut reply: Option<Reply> = None;
    let mut at = 0;
    loop {
        let rest = &bytes[at..];
        let Some(end) = rest.iter().take(MAX_LINE).position(|b| *b == b'\n') else {
            return if rest.len() >= MAX_LINE {
                Err(BadReply::TooLong)
            } else {
                Ok(Parsed::Incomplete)
            };
        };
        at += end + 1;
        let line = rest[..end].strip_suffix(b"\r").unwrap_or(&rest[..end]);
        let (code, last, text) = parse_line(line)?;
        let so_far = reply.get_or_insert_with(|| Reply {
            code,
            lines: Vec::new(),
        });
        if so_far.code != code {
            return Err(BadReply::Inconsistent);
        }
        if so_far.lines.len() >= MAX_LINES {
            return Err(BadReply::TooLong);
        }
        so_far.lines.push(text);
        if last && let Some(reply) = reply {
            return Ok(Parsed::Reply { reply, length: at });
        }
    }
}

/// Code, whether it is the last line, text.
fn parse_line(line: &[u8]) -> Result<(u16, bool, String), BadReply> {
    let (digits, rest) = line.split_at_checked(3).ok_or(BadReply::Malformed)?;
    if !digits.iter().all(u8::is_ascii_digit) {
        return Err(BadReply::Malformed);
    }
    let code = digits.iter().fold(0, |code, d| code * 10 + u16::from(d - b'0'));
    let last = match rest.first() {
        None | Some(b' ') => true,
        Some(b'-') => false,
        Some(_) => return Err(BadReply::Malformed),
    };
    if !(200..600).contains(&code) {
        return Err(BadReply::Malformed);
    }
    // What is not text would disturb logs and pages.
    let text = String::from_utf8_lossy(rest.get(1..).unwrap_or_default());
    let text = text.chars().filter(|c| !c.is_control()).collect();
    Ok((code, last, text))
}

#[cfg(test)]
mod tests {
    use super::{BadReply, Parsed, Reply, parse};
    use proptest::prelude::*;

    fn reply(bytes: &[u8]) -> Reply {
        match parse(bytes) {
            Ok(Parsed::Reply { reply, length }) => {
                assert_eq!(length, bytes.len());
                reply
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn replies_are_read() {
        assert_eq!(
            reply(b"250 ok\r\n"),
            Reply {
                code: 250,
                lines: vec!["ok".into()]
            }
        );
        assert_eq!(
            reply(b"250\r\n"),
            Reply {
                code: 250,
                lines: vec![String::new()]
            }
        );
        assert_eq!(reply(b"354 go\n").code, 354);
        let long = reply(b"250-mx.example\r\n250-SIZE 100\r\n250 HELP\r\n");
        assert_eq!(long.lines, ["mx.example", "SIZE 100", "HELP"]);
        assert_eq!(parse(b"250-mx.example\r\n250"), Ok(Parsed::Incomplete));
        assert_eq!(parse(b""), Ok(Parsed::Incomplete));
    }

    #[test]
    fn the_code_on_each_line_of_an_answer_is_read_once() {
        let answer =
            reply(b"550-5.7.26 This mail is\r\n550-5.7.26 unauthenticated.\r\n550 5.7.26 Go away\r\n")
                .answer();
        assert_eq!(answer.enhanced.map(|e| e.to_string()).as_deref(), Some("5.7.26"));
        assert_eq!(answer.text, "This mail is unauthenticated. Go away");
    }

    #[test]
    fn what_is_no_reply_is_refused() {
        for bad in [
            &b"hello\r\n"[..],
            b"2x0 ok\r\n",
            b"250+ok\r\n",
            b"99 \r\n",
            b"700 no\r\n",
            b"\r\n",
            b"000 \r\n",
        ] {
            assert_eq!(parse(bad), Err(BadReply::Malformed), "{bad:?}");
        }
        assert_eq!(parse(b"250-a\r\n251 b\r\n"), Err(BadReply::Inconsistent));
        assert_eq!(parse(&[b'2'; 5000]), Err(BadReply::TooLong));
        assert_eq!(parse("250-x\r\n".repeat(200).as_bytes()), Err(BadReply::TooLong));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic_and_a_reply_is_the_same_however_it_arrives(
            bytes in proptest::collection::vec(any::<u8>(), 0..300),
            code in 200u16..600, lines in proptest::collection::vec("[ -~]{0,60}", 1..8), cut in 0usize..400,
        ) {
            let _ = parse(&bytes);
            let mut text = String::new();
            for (n, line) in lines.iter().enumerate() {
                let separator = if n + 1 == lines.len() { ' ' } else { '-' };
                text.push_str(&format!("{code}{separator}{line}\r\n"));
            }
            let cut = cut.min(text.len() - 1);
            prop_assert_eq!(parse(&text.as_bytes()[..cut]), Ok(Parsed::Incomplete));
            prop_assert_eq!(reply(text.as_bytes()), Reply { code, lines });
        }
    }
}
