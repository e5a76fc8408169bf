//! The "relaxed" forms of RFC 6376 section 3.4.

use aws_lc_rs::digest::{Context, Digest, SHA256};

/// SHA-256 of the body in relaxed form.
pub fn body_hash(body: &str) -> Digest {
    let mut hash = Context::new(&SHA256);
    let mut empty_lines = 0;
    for line in body.split_inclusive('\n') {
        let line = line.trim_end_matches(['\r', '\n']).trim_end_matches([' ', '\t']);
        if line.is_empty() {
            // Only counts when something follows.
            empty_lines += 1;
            continue;
        }
        for _ in 0..empty_lines {
            hash.update(b"\r\n");
        }
        empty_lines = 0;
        hash_line(&mut hash, line);
        hash.update(b"\r\n");
    }
    hash.finish()
}

/// Runs of white space become one space.
fn hash_line(hash: &mut Context, line: &str) {
    let mut rest = line;
    while let Some(at) = rest.find([' ', '\t']) {
        let (before, after) = rest.split_at(at);
        let tail = after.trim_start_matches([' ', '\t']);
        if after.len() - tail.len() == 1 && after.starts_with(' ') {
            // The usual case, one space, goes into the hash together with what stands before it.
            hash.update(&rest.as_bytes()[..=at]);
        } else {
            hash.update(before.as_bytes());
            hash.update(b" ");
        }
        rest = tail;
    }
    hash.update(rest.as_bytes());
}

/// A header field in relaxed form, without the line break at its end.
pub fn header_into(out: &mut String, name: &str, value: &str) {
    out.push_str(&name.trim().to_ascii_lowercase());
    out.push(':');
    let mut space = false;
    for word in value
        .split([' ', '\t', '\r', '\n'])
        .filter(|word| !word.is_empty())
    {
        if space {
            out.push(' ');
        }
        out.push_str(word);
        space = true;
    }
}

/// The fields of a header, as (name, raw value), in order.
pub fn fields(header: &str) -> Vec<(&str, &str)> {
    let mut fields = Vec::with_capacity(16);
    let mut start = 0;
    let bytes = header.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let end = header[at..].find('\n').map_or(bytes.len(), |n| at + n + 1);
        let continues = bytes.get(end).is_some_and(|b| matches!(b, b' ' | b'\t'));
        if !continues {
            if let Some((name, value)) = header[start..end].split_once(':') {
                fields.push((name, value));
            }
            start = end;
        }
        at = end;
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::{body_hash, fields, header_into};
    use aws_lc_rs::digest::{SHA256, digest};

    #[test]
    fn bodies_are_relaxed_as_in_the_rfc() {
        // RFC 6376 section 3.4.5.
        let relaxed = digest(&SHA256, b" C\r\nD E\r\n");
        assert_eq!(body_hash(" C \r\nD \t E\r\n\r\n\r\n").as_ref(), relaxed.as_ref());
        assert_eq!(body_hash("").as_ref(), digest(&SHA256, b"").as_ref());
        assert_eq!(body_hash("\r\n\r\n").as_ref(), digest(&SHA256, b"").as_ref());
        assert_eq!(
            body_hash("a\r\n\r\nb").as_ref(),
            digest(&SHA256, b"a\r\n\r\nb\r\n").as_ref()
        );
    }

    #[test]
    fn headers_are_relaxed_as_in_the_rfc() {
        let found = fields("A: X\r\nB : Y\t\r\n\tZ  \r\n");
        let mut out = String::new();
        for (name, value) in found {
            header_into(&mut out, name, value);
            out.push('\n');
        }
        assert_eq!(out, "a:X\nb:Y Z\n");
    }
}
