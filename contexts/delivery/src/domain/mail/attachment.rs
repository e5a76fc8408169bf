//! Files that a message carries.

use std::sync::Arc;

use super::header::has_control;

/// The most bytes that the files of one message come to, before they are encoded. Most servers take 10 MB
/// of mail at the very most, and base64 adds a third.
pub const MOST_BYTES: usize = 7 * 1024 * 1024;
/// The most files of one message.
pub const MOST_FILES: usize = 20;
const LONGEST_NAME: usize = 200;

/// Programs that mail servers refuse whatever they are called by, since nothing but harm comes by mail as
/// one (the list that Gmail publishes).
const REFUSED: &[&str] = &[
    "ade",
    "adp",
    "apk",
    "appx",
    "appxbundle",
    "bat",
    "cab",
    "chm",
    "cmd",
    "com",
    "cpl",
    "diagcab",
    "diagcfg",
    "diagpkg",
    "dll",
    "dmg",
    "ex",
    "ex_",
    "exe",
    "hta",
    "img",
    "ins",
    "iso",
    "isp",
    "jar",
    "jnlp",
    "js",
    "jse",
    "lib",
    "lnk",
    "mde",
    "mjs",
    "msc",
    "msi",
    "msix",
    "msixbundle",
    "msp",
    "mst",
    "nsh",
    "pif",
    "ps1",
    "scr",
    "sct",
    "shb",
    "sys",
    "vb",
    "vbe",
    "vbs",
    "vhd",
    "vxd",
    "wsc",
    "wsf",
    "wsh",
    "xll",
];

/// A file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// What it is saved as.
    pub filename: String,
    /// `application/pdf`.
    pub content_type: String,
    /// Its bytes.
    pub content: Arc<[u8]>,
}

/// Why a file is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAttachment {
    /// Empty, too long, or with a path or control characters in it.
    #[error("the file name must have 1 to {LONGEST_NAME} characters and no path")]
    Filename,
    /// A program.
    #[error("mail servers refuse files of this kind")]
    Program,
    /// Not `type/subtype`, or a type whose parts would be taken for parts of the message.
    #[error("the content type must be like application/pdf")]
    ContentType,
    /// Nothing in it.
    #[error("the file is empty")]
    Empty,
}

impl Attachment {
    /// A file that may leave.
    pub fn new(filename: &str, content_type: &str, content: Vec<u8>) -> Result<Self, InvalidAttachment> {
        let name = filename.trim();
        let long = name.chars().count();
        if !(1..=LONGEST_NAME).contains(&long) || has_control(name) || name.contains(['/', '\\', '"']) {
            return Err(InvalidAttachment::Filename);
        }
        let extension = name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
        if name.contains('.') && REFUSED.contains(&extension.as_str()) {
            return Err(InvalidAttachment::Program);
        }
        if !is_content_type(content_type) {
            return Err(InvalidAttachment::ContentType);
        }
        if content.is_empty() {
            return Err(InvalidAttachment::Empty);
        }
        Ok(Self {
            filename: name.to_owned(),
            content_type: content_type.to_ascii_lowercase(),
            content: content.into(),
        })
    }

    /// The value of `Content-Disposition`: a name beyond ASCII is written by RFC 2231, which every mail
    /// program reads.
    pub(super) fn disposition(&self) -> String {
        if self.filename.is_ascii() {
            return format!("attachment;\r\n filename=\"{}\"", self.filename);
        }
        let mut encoded = String::new();
        let mut pieces = Vec::new();
        for c in self.filename.chars() {
            let mut bytes = [0; 4];
            let mut one = String::new();
            for b in c.encode_utf8(&mut bytes).bytes() {
                if b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_') {
                    one.push(char::from(b));
                } else {
                    one.push_str(&format!("%{b:02X}"));
                }
            }
            if encoded.len() + one.len() > 50 {
                pieces.push(std::mem::take(&mut encoded));
            }
            encoded.push_str(&one);
        }
        pieces.push(encoded);
        let mut value = String::from("attachment");
        for (n, piece) in pieces.iter().enumerate() {
            let charset = if n == 0 { "utf-8''" } else { "" };
            value.push_str(&format!(";\r\n filename*{n}*={charset}{piece}"));
        }
        value
    }
}

/// RFC 6838 section 4.2 for the names; without parameters.
fn is_content_type(text: &str) -> bool {
    let is_name = |name: &str| {
        (1..=127).contains(&name.len())
            && name.starts_with(|c: char| c.is_ascii_alphanumeric())
            && name
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b))
    };
    text.split_once('/').is_some_and(|(kind, subtype)| {
        is_name(kind)
            && is_name(subtype)
            && !kind.eq_ignore_ascii_case("multipart")
            && !kind.eq_ignore_ascii_case("message")
    })
}

#[cfg(test)]
mod tests {
    use super::{Attachment, InvalidAttachment};

    fn file(name: &str, kind: &str) -> Result<Attachment, InvalidAttachment> {
        Attachment::new(name, kind, b"x".to_vec())
    }

    #[test]
    fn what_could_be_taken_for_something_else_is_no_file() {
        for (name, kind, why) in [
            ("", "text/plain", InvalidAttachment::Filename),
            ("../a.txt", "text/plain", InvalidAttachment::Filename),
            (
                "a\r\nBcc: eve@example.com",
                "text/plain",
                InvalidAttachment::Filename,
            ),
            ("a\"; b=\"c", "text/plain", InvalidAttachment::Filename),
            ("invoice.pdf.EXE", "application/pdf", InvalidAttachment::Program),
            ("a.pdf", "pdf", InvalidAttachment::ContentType),
            ("a.pdf", "application/pdf; name=x", InvalidAttachment::ContentType),
            ("a.eml", "message/rfc822", InvalidAttachment::ContentType),
            ("a.txt", "multipart/mixed", InvalidAttachment::ContentType),
        ] {
            assert_eq!(file(name, kind), Err(why), "{name} {kind}");
        }
        assert_eq!(
            Attachment::new("a.txt", "text/plain", Vec::new()),
            Err(InvalidAttachment::Empty)
        );
        assert!(file("invoice.pdf", "application/pdf").is_ok());
    }

    #[test]
    fn a_long_name_in_any_script_is_folded_into_short_lines() {
        let file = file(&format!("{}.pdf", "Größe 請求書 ".repeat(10)), "application/pdf").expect("a file");
        let value = file.disposition();
        assert!(value.is_ascii());
        assert!(value.split("\r\n").all(|line| line.len() <= 76), "{value}");
    }
}
