//! Finding out how a CSV file is written: its delimiter, and whether it begins with a header.

use kernel::EmailAddress;

use super::{
    encoding::Encoding,
    guess,
    records::{Position, Progress, Records},
};

/// How many rows are looked at and shown.
pub const SAMPLE_ROWS: usize = 20;
/// How many bytes of a file are enough to look at.
pub const SAMPLE_BYTES: usize = 256 * 1024;

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Dialect {
    pub encoding: Encoding,
    pub delimiter: Delimiter,
    pub has_header: bool,
    /// Where the first row begins: after Excel's `sep=;` line, if there is one.
    pub start: Position,
}

/// What separates cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delimiter {
    Comma,
    Semicolon,
    Tab,
    Pipe,
}

impl Delimiter {
    pub const ALL: [Delimiter; 4] = [
        Delimiter::Comma,
        Delimiter::Semicolon,
        Delimiter::Tab,
        Delimiter::Pipe,
    ];

    #[must_use]
    pub const fn byte(self) -> u8 {
        match self {
            Delimiter::Comma => b',',
            Delimiter::Semicolon => b';',
            Delimiter::Tab => b'\t',
            Delimiter::Pipe => b'|',
        }
    }

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Delimiter::Comma => "comma",
            Delimiter::Semicolon => "semicolon",
            Delimiter::Tab => "tab",
            Delimiter::Pipe => "pipe",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|delimiter| delimiter.as_str() == text)
    }
}

/// The columns of a file, and its first rows, as they are shown for mapping.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sample {
    /// The header's cells; without a header `1`, `2`…
    pub columns: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

/// Looks at the beginning of a file as it is stored; `whole` says that there is no more of it.
#[must_use]
pub fn detect(head: &[u8], whole: bool, encoding: Encoding) -> Dialect {
    let (start, told) = separator_line(head);
    let body = &head[usize::try_from(start.offset).unwrap_or(0)..];
    let delimiter = told.unwrap_or_else(|| likeliest_delimiter(body, whole));
    let first = rows(body, whole, delimiter, encoding, 1)
        .into_iter()
        .next()
        .unwrap_or_default();
    Dialect {
        encoding,
        delimiter,
        has_header: looks_like_header(&first),
        start,
    }
}

/// The columns and first rows when a file is read so.
#[must_use]
pub fn sample(head: &[u8], whole: bool, dialect: &Dialect) -> Sample {
    let body = &head[usize::try_from(dialect.start.offset).unwrap_or(0).min(head.len())..];
    let mut rows = rows(body, whole, dialect.delimiter, dialect.encoding, SAMPLE_ROWS + 1);
    if rows.is_empty() {
        return Sample::default();
    }
    let columns = if dialect.has_header {
        rows.remove(0)
    } else {
        let widest = rows.iter().map(Vec::len).max().unwrap_or(0);
        (1..=widest).map(|n| n.to_string()).collect()
    };
    rows.truncate(SAMPLE_ROWS);
    Sample { columns, rows }
}

/// Excel's way of telling the delimiter, which it then does not read as a row itself.
fn separator_line(head: &[u8]) -> (Position, Option<Delimiter>) {
    let line = head.split(|b| *b == b'\n').next().unwrap_or_default();
    let told = match line.trim_ascii_end() {
        // The tab is itself white space.
        b"sep=" if line.contains(&b'\t') => Some(Delimiter::Tab),
        [b's', b'e', b'p', b'=', byte] => Delimiter::ALL.into_iter().find(|d| d.byte() == *byte),
        _ => None,
    };
    match told {
        Some(_) => (
            Position {
                offset: (line.len() + 1).min(head.len()) as u64,
                line: 2,
            },
            told,
        ),
        None => (Position::START, None),
    }
}

/// The one that cuts most rows into the same number of cells, more than one.
fn likeliest_delimiter(body: &[u8], whole: bool) -> Delimiter {
    let score = |delimiter: Delimiter| {
        let rows = rows(body, whole, delimiter, Encoding::Windows1252, 100);
        let width = rows.first().map_or(0, Vec::len);
        let alike = rows.iter().filter(|row| row.len() == width).count();
        if width < 2 {
            (0, 0)
        } else {
            (alike * 100 / rows.len(), width)
        }
    };
    // The first of equals wins: comma.
    Delimiter::ALL
        .into_iter()
        .rev()
        .max_by_key(|delimiter| score(*delimiter))
        .unwrap_or(Delimiter::Comma)
}

/// A header names columns: no cell of it is an address or a number, and none but trailing ones are
/// empty; or it has a name that is well known.
fn looks_like_header(first: &[String]) -> bool {
    if first.iter().any(|cell| EmailAddress::parse(cell).is_ok()) {
        return false;
    }
    let is_number = |cell: &String| cell.trim().parse::<f64>().is_ok();
    first.iter().any(|cell| guess::well_known(cell).is_some())
        || (!first.iter().any(is_number) && first.first().is_some_and(|cell| !cell.trim().is_empty()))
}

fn rows(body: &[u8], whole: bool, delimiter: Delimiter, encoding: Encoding, most: usize) -> Vec<Vec<String>> {
    let mut records = Records::new(delimiter.byte(), Position::START);
    let mut rows = Vec::new();
    let mut rest = body;
    while rows.len() < most {
        // Without the rest of the file the last row may be a part of one.
        if rest.is_empty() && !whole {
            break;
        }
        let (used, progress) = records.read(rest);
        rest = &rest[used..];
        match progress {
            Progress::NeedsMore => {}
            Progress::End => break,
            Progress::Record => {
                let record = records.record();
                rows.push(
                    record
                        .cells()
                        .map(|cell| shown(&encoding.decode_lossy(cell)))
                        .collect(),
                );
            }
        }
    }
    rows
}

/// A cell as it is shown: the beginning of a long one.
fn shown(cell: &str) -> String {
    const MOST: usize = 1000;
    let cell = cell.trim().replace('\0', "\u{fffd}");
    match cell.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &cell[..end]),
        None => cell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(file: &str) -> Dialect {
        detect(file.as_bytes(), true, Encoding::Utf8)
    }

    #[test]
    fn the_delimiter_is_the_one_that_makes_rows_alike() {
        for (file, delimiter) in [
            ("email,name\na@b.example,Ann\n", Delimiter::Comma),
            (
                "email;name;note\na@b.example;Ann;1,5\nb@b.example;Bob;\"2,5;3\"\n",
                Delimiter::Semicolon,
            ),
            ("email\tname\na@b.example\tAnn, of B\n", Delimiter::Tab),
            ("email|name\na@b.example|Ann\n", Delimiter::Pipe),
            ("email,tags\na@b.example,x|y|z\nb@b.example,x\n", Delimiter::Comma),
            ("email\na@b.example\n", Delimiter::Comma),
            ("", Delimiter::Comma),
        ] {
            assert_eq!(look(file).delimiter, delimiter, "{file}");
        }
    }

    #[test]
    fn a_header_is_told_from_data() {
        assert!(look("email,name\na@b.example,Ann\n").has_header);
        assert!(look("Adresse,Vorname\na@b.example,Ann\n").has_header);
        assert!(look("1st,2nd,email\n").has_header);
        assert!(!look("a@b.example,Ann\nc@b.example,Cid\n").has_header);
        assert!(!look("17,Ann\n18,Bob\n").has_header);
    }

    #[test]
    fn excels_separator_line_is_obeyed_and_is_no_row() {
        for (file, delimiter, offset) in [
            ("sep=;\r\nemail;name\r\n", Delimiter::Semicolon, 7),
            ("sep=\t\nemail\tname\n", Delimiter::Tab, 6),
        ] {
            let dialect = look(file);
            assert_eq!(dialect.delimiter, delimiter);
            assert_eq!(dialect.start, Position { offset, line: 2 });
            assert_eq!(sample(file.as_bytes(), true, &dialect).columns, ["email", "name"]);
        }
    }

    #[test]
    fn a_sample_shows_columns_and_rows() {
        let file = "email,name\na@b.example,\"Ann\nMarie\"\nb@b.exa";
        let dialect = look(file);
        let cut = sample(file.as_bytes(), false, &dialect);
        assert_eq!(cut.columns, ["email", "name"]);
        assert_eq!(
            cut.rows,
            [["a@b.example", "Ann\nMarie"]],
            "a row that may be cut is not shown"
        );
        assert_eq!(sample(file.as_bytes(), true, &dialect).rows.len(), 2);
        let bare = Dialect {
            has_header: false,
            ..dialect
        };
        assert_eq!(sample(file.as_bytes(), true, &bare).columns, ["1", "2"]);
    }

    #[test]
    fn hostile_files_are_looked_at_without_harm() {
        for file in [
            "\"",
            "\"\"\"",
            ",,,,\n;;;;\n",
            "\0\0\0",
            "sep=",
            "sep=;",
            "\n\n\n",
            "a\u{0}b,c\n",
        ] {
            let dialect = look(file);
            let _ = sample(file.as_bytes(), true, &dialect);
            let _ = sample(file.as_bytes(), false, &dialect);
        }
    }
}
