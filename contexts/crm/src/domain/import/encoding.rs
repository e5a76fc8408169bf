//! Character sets of uploaded files.
//!
//! A file is stored as UTF-8 or as Windows-1252, without a byte order mark, so that every row can be
//! found again by its offset. UTF-16 is turned into UTF-8 as it comes in.

use std::borrow::Cow;

use encoding_rs::{Decoder, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// How the bytes of a stored file are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    #[serde(rename = "utf-8")]
    Utf8,
    #[serde(rename = "windows-1252")]
    Windows1252,
}

impl Encoding {
    pub const ALL: [Encoding; 2] = [Encoding::Utf8, Encoding::Windows1252];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Encoding::Utf8 => "utf-8",
            Encoding::Windows1252 => "windows-1252",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|encoding| encoding.as_str() == text)
    }

    /// Reads one cell. `None`: the bytes are not of this encoding, or hold the mark that a converter
    /// leaves where it could not read.
    #[must_use]
    pub fn decode(self, bytes: &[u8]) -> Option<Cow<'_, str>> {
        match self {
            Encoding::Utf8 => {
                let text = std::str::from_utf8(bytes).ok()?;
                (!text.contains('\u{fffd}')).then_some(Cow::Borrowed(text))
            }
            Encoding::Windows1252 => Some(WINDOWS_1252.decode_without_bom_handling(bytes).0),
        }
    }

    /// Reads for showing, whatever the bytes.
    #[must_use]
    pub fn decode_lossy(self, bytes: &[u8]) -> Cow<'_, str> {
        match self {
            Encoding::Utf8 => String::from_utf8_lossy(bytes),
            Encoding::Windows1252 => WINDOWS_1252.decode_without_bom_handling(bytes).0,
        }
    }
}

/// Why an upload is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotText {
    #[error("the file is empty")]
    Empty,
    #[error("the file is a spreadsheet, not CSV")]
    Spreadsheet,
    #[error("the file is not text")]
    Binary,
}

/// Looks at a file as it comes in, piece by piece, and gives out the bytes to be stored.
pub struct Intake {
    head: Vec<u8>,
    mode: Mode,
    utf8: Utf8Check,
    stored: u64,
}

enum Mode {
    /// Waiting for enough bytes to tell.
    Undecided,
    /// Stored as it comes.
    Plain,
    /// Turned into UTF-8.
    Utf16(Box<Decoder>),
}

/// Enough to tell UTF-16 without a byte order mark.
const HEAD: usize = 1024;

impl Default for Intake {
    fn default() -> Self {
        Self {
            head: Vec::new(),
            mode: Mode::Undecided,
            utf8: Utf8Check::default(),
            stored: 0,
        }
    }
}

impl Intake {
    /// Takes a piece; appends what is to be stored to `out`.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), NotText> {
        if !matches!(self.mode, Mode::Undecided) {
            self.pass(bytes, false, out);
            return Ok(());
        }
        self.head.extend_from_slice(bytes);
        if self.head.len() >= HEAD {
            self.decide(out)
        } else {
            Ok(())
        }
    }

    /// Ends the file. Returns how its stored bytes are to be read.
    pub fn finish(mut self, out: &mut Vec<u8>) -> Result<Encoding, NotText> {
        if matches!(self.mode, Mode::Undecided) {
            self.decide(out)?;
        }
        self.pass(&[], true, out);
        if self.stored == 0 {
            return Err(NotText::Empty);
        }
        Ok(if self.utf8.is_valid() {
            Encoding::Utf8
        } else {
            Encoding::Windows1252
        })
    }

    fn decide(&mut self, out: &mut Vec<u8>) -> Result<(), NotText> {
        let head = std::mem::take(&mut self.head);
        refuse_known_binaries(&head)?;
        let (mode, mark) = match head.as_slice() {
            [0xef, 0xbb, 0xbf, ..] => (Mode::Plain, 3),
            [0xff, 0xfe, ..] => (Mode::utf16(UTF_16LE), 2),
            [0xfe, 0xff, ..] => (Mode::utf16(UTF_16BE), 2),
            _ if has_zeros_at(&head, 1) => (Mode::utf16(UTF_16LE), 0),
            _ if has_zeros_at(&head, 0) => (Mode::utf16(UTF_16BE), 0),
            _ => (Mode::Plain, 0),
        };
        self.mode = mode;
        self.pass(&head[mark..], false, out);
        Ok(())
    }

    fn pass(&mut self, bytes: &[u8], last: bool, out: &mut Vec<u8>) {
        let before = out.len();
        if let Mode::Utf16(decoder) = &mut self.mode {
            decode_into(decoder, bytes, last, out);
        } else {
            self.utf8.push(bytes);
            out.extend_from_slice(bytes);
        }
        self.stored += (out.len() - before) as u64;
    }
}

impl Mode {
    fn utf16(encoding: &'static encoding_rs::Encoding) -> Self {
        Mode::Utf16(Box::new(encoding.new_decoder_without_bom_handling()))
    }
}

fn decode_into(decoder: &mut Decoder, bytes: &[u8], last: bool, out: &mut Vec<u8>) {
    let most = decoder
        .max_utf8_buffer_length(bytes.len())
        .unwrap_or(bytes.len().saturating_mul(4) + 16);
    let start = out.len();
    out.resize(start + most, 0);
    let (_, _, written, _) = decoder.decode_to_utf8(bytes, &mut out[start..], last);
    out.truncate(start + written);
}

/// Most characters of most files are ASCII, so half of UTF-16's bytes are zero.
fn has_zeros_at(head: &[u8], parity: usize) -> bool {
    let zeros = |parity: usize| head.iter().skip(parity).step_by(2).filter(|b| **b == 0).count();
    let pairs = head.len() / 2;
    pairs >= 4 && zeros(parity) * 10 >= pairs * 7 && zeros(1 - parity) * 10 <= pairs
}

fn refuse_known_binaries(head: &[u8]) -> Result<(), NotText> {
    const SPREADSHEETS: [&[u8]; 2] = [b"PK\x03\x04", b"\xd0\xcf\x11\xe0"];
    const BINARIES: [&[u8]; 7] = [
        b"%PDF-",
        b"\x89PNG",
        b"GIF8",
        b"\xff\xd8\xff",
        b"\x1f\x8b",
        b"7z\xbc\xaf",
        b"\x7fELF",
    ];
    if SPREADSHEETS.iter().any(|magic| head.starts_with(magic)) {
        return Err(NotText::Spreadsheet);
    }
    if BINARIES.iter().any(|magic| head.starts_with(magic)) {
        Err(NotText::Binary)
    } else {
        Ok(())
    }
}

/// Whether all the pieces together are UTF-8.
#[derive(Default)]
struct Utf8Check {
    broken: bool,
    /// The begun character at the end of the last piece.
    rest: Vec<u8>,
}

impl Utf8Check {
    fn push(&mut self, bytes: &[u8]) {
        if self.broken || bytes.is_empty() {
            return;
        }
        let joined;
        let bytes = if self.rest.is_empty() {
            bytes
        } else {
            joined = [std::mem::take(&mut self.rest).as_slice(), bytes].concat();
            &joined
        };
        if let Err(error) = std::str::from_utf8(bytes) {
            match error.error_len() {
                Some(_) => self.broken = true,
                None => self.rest = bytes[error.valid_up_to()..].to_vec(),
            }
        }
    }

    fn is_valid(&self) -> bool {
        !self.broken && self.rest.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds a file in pieces of every size from one byte up.
    fn take(file: &[u8]) -> Vec<Result<(Encoding, Vec<u8>), NotText>> {
        [1, 2, 3, 7, 1000, 100_000]
            .into_iter()
            .map(|size| {
                let (mut intake, mut out) = (Intake::default(), Vec::new());
                for piece in file.chunks(size) {
                    intake.push(piece, &mut out)?;
                }
                Ok((intake.finish(&mut out)?, out))
            })
            .collect()
    }

    #[track_caller]
    fn assert_stored(file: &[u8], encoding: Encoding, stored: &[u8]) {
        for result in take(file) {
            assert_eq!(result, Ok((encoding, stored.to_vec())));
        }
    }

    fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn utf_8_is_stored_as_it_is_without_its_mark() {
        let long = "name,email\nJürgen,j@b.example\n".repeat(200);
        assert_stored(long.as_bytes(), Encoding::Utf8, long.as_bytes());
        assert_stored(
            format!("\u{feff}{long}").as_bytes(),
            Encoding::Utf8,
            long.as_bytes(),
        );
        assert_stored(b"a", Encoding::Utf8, b"a");
    }

    #[test]
    fn utf_16_becomes_utf_8() {
        let text = "name;email\r\nJürgen 😀;j@b.example\r\n".repeat(100);
        for bytes in [u16::to_le_bytes as fn(u16) -> [u8; 2], u16::to_be_bytes] {
            let marked = utf16(&format!("\u{feff}{text}"), bytes);
            assert_stored(&marked, Encoding::Utf8, text.as_bytes());
            let unmarked = utf16(&text, bytes);
            assert_stored(&unmarked, Encoding::Utf8, text.as_bytes());
        }
    }

    #[test]
    fn what_is_not_utf_8_anywhere_is_windows_1252() {
        let mut file = b"name,email\n".repeat(5000);
        file.extend_from_slice(b"J\xfcrgen,j@b.example\n");
        assert_stored(&file, Encoding::Windows1252, &file);
        assert_eq!(
            Encoding::Windows1252.decode(b"J\xfcrgen \x80").as_deref(),
            Some("Jürgen €")
        );
        // A file that ends within a character is not UTF-8 either.
        assert_stored(b"a,b\n\xc3", Encoding::Windows1252, b"a,b\n\xc3");
    }

    #[test]
    fn what_is_not_text_is_refused() {
        for (file, why) in [
            (&b""[..], NotText::Empty),
            (b"\xef\xbb\xbf", NotText::Empty),
            (b"PK\x03\x04 xlsx", NotText::Spreadsheet),
            (b"%PDF-1.7", NotText::Binary),
        ] {
            for result in take(file) {
                assert_eq!(result, Err(why));
            }
        }
    }

    #[test]
    fn unreadable_bytes_are_told_from_text() {
        assert_eq!(Encoding::Utf8.decode(b"J\xfcrgen"), None);
        assert_eq!(Encoding::Utf8.decode("J\u{fffd}rgen".as_bytes()), None);
        assert_eq!(Encoding::Utf8.decode_lossy(b"J\xfcrgen"), "J\u{fffd}rgen");
    }
}
