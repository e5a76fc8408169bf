//! The transparency of RFC 5321 section 4.5.2.

/// Appends the message with every dot at the start of a line doubled, and the dot that ends it.
/// `message` has CRLF line ends.
pub fn append(out: &mut Vec<u8>, message: &str) {
    out.reserve(message.len() + 64);
    let mut rest = message;
    if rest.starts_with('.') {
        out.push(b'.');
    }
    // `find` of one ASCII character runs over many bytes at a time; lines are short enough for it
    // to be called often and long enough for that to pay.
    while let Some(at) = rest.find('\n') {
        let (line, tail) = rest.split_at(at + 1);
        out.extend_from_slice(line.as_bytes());
        if tail.starts_with('.') {
            out.push(b'.');
        }
        rest = tail;
    }
    out.extend_from_slice(rest.as_bytes());
    if !out.ends_with(b"\r\n") {
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b".\r\n");
}

#[cfg(test)]
mod tests {
    use super::append;
    use proptest::prelude::*;

    fn stuffed(message: &str) -> String {
        let mut out = Vec::new();
        append(&mut out, message);
        String::from_utf8(out).expect("was text")
    }

    /// What a server does (RFC 5321 section 4.5.2), and what is left behind the end.
    fn unstuffed(stream: &str) -> (String, &str) {
        let mut message = String::new();
        let mut rest = stream;
        while let Some((line, tail)) = rest.split_once("\r\n") {
            rest = tail;
            if line == "." {
                break;
            }
            message.push_str(line.strip_prefix('.').unwrap_or(line));
            message.push_str("\r\n");
        }
        (message, rest)
    }

    #[test]
    fn dots_are_doubled_only_at_the_start_of_lines() {
        assert_eq!(stuffed("a.b\r\n.\r\n..x\r\n"), "a.b\r\n..\r\n...x\r\n.\r\n");
        assert_eq!(stuffed(".first"), "..first\r\n.\r\n");
        assert_eq!(stuffed("no end"), "no end\r\n.\r\n");
    }

    proptest! {
        #[test]
        fn no_message_can_end_early_or_change(lines in proptest::collection::vec("[.a]{0,4}", 0..20)) {
            let message: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
            let stream = stuffed(&message);
            prop_assert_eq!(unstuffed(&stream), (if message.is_empty() { "\r\n".to_owned() } else { message }, ""));
        }
    }
}
