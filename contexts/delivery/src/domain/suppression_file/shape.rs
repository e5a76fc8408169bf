use serde::{Deserialize, Serialize};

use super::{Place, Rows};
use crate::domain::address_list::listed_address;

/// What kind of file it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileFormat {
    /// Cells between delimiters (RFC 4180).
    #[default]
    Csv,
    /// An object of JSON on each line.
    JsonLines,
}

/// How a file is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileShape {
    /// What kind of file it is.
    pub format: FileFormat,
    /// Between the cells of CSV.
    pub delimiter: u8,
    /// Whether the first row names the columns.
    pub has_header: bool,
    /// The columns' names, as far as they have some.
    pub columns: Vec<String>,
    /// The column of addresses.
    pub address: usize,
    /// The column of reasons.
    pub reason: Option<usize>,
    /// The column of notes.
    pub note: Option<usize>,
}

impl Default for FileShape {
    fn default() -> Self {
        Self {
            format: FileFormat::Csv,
            delimiter: b',',
            has_header: false,
            columns: Vec::new(),
            address: 0,
            reason: None,
            note: None,
        }
    }
}

/// Rows that are looked at.
const SAMPLE: usize = 50;
const ADDRESS_NAMES: &[&str] = &[
    "address",
    "email",
    "e_mail",
    "email_address",
    "mail",
    "recipient",
    "phone",
    "phone_number",
    "mobile",
    "number",
];
const REASON_NAMES: &[&str] = &["reason", "suppression_reason", "type", "bounce_type"];
const NOTE_NAMES: &[&str] = &["note", "notes", "comment", "description"];

/// How a file is most likely to be read, by its beginning.
#[must_use]
pub fn guess(head: &[u8]) -> FileShape {
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    if text.trim_ascii_start().starts_with(b"{") {
        return FileShape {
            format: FileFormat::JsonLines,
            columns: ["address", "reason", "note"].map(str::to_owned).to_vec(),
            reason: Some(1),
            note: Some(2),
            ..FileShape::default()
        };
    }
    let shape = FileShape {
        delimiter: delimiter(text),
        ..FileShape::default()
    };
    let sample = sample(head, &shape);
    let Some(first) = sample.first() else {
        return shape;
    };
    let has_header = !first.iter().any(|cell| is_address(cell));
    let names: Vec<String> = if has_header {
        first
            .iter()
            .map(|cell| cell.trim().chars().take(100).collect())
            .collect()
    } else {
        Vec::new()
    };
    let named = |known: &[&str]| {
        let plain = |name: &String| name.to_lowercase().replace([' ', '-'], "_");
        names
            .iter()
            .position(|name| known.contains(&plain(name).as_str()))
    };
    FileShape {
        has_header,
        address: most_addresses(&sample)
            .or_else(|| named(ADDRESS_NAMES))
            .unwrap_or(0),
        reason: named(REASON_NAMES),
        note: named(NOTE_NAMES),
        columns: names,
        ..shape
    }
}

/// The one that stands most often in the first line.
fn delimiter(text: &[u8]) -> u8 {
    let line = text.split(|b| *b == b'\n').next().unwrap_or_default();
    let count = |delimiter: u8| line.iter().filter(|b| **b == delimiter).count();
    // The last of the best: a comma where nothing tells.
    [b';', b'\t', b',']
        .into_iter()
        .max_by_key(|delimiter| count(*delimiter))
        .unwrap_or(b',')
}

/// The last row of the beginning may be cut, and is of no harm.
fn sample(head: &[u8], shape: &FileShape) -> Vec<Vec<String>> {
    let mut rows = Rows::new(head, shape, Place::default());
    let mut sample = Vec::new();
    while sample.len() < SAMPLE {
        match rows.next_row() {
            Ok(Some(row)) if !row.broken => sample.push(row.cells),
            Ok(Some(_)) => {}
            Ok(None) | Err(_) => break,
        }
    }
    sample
}

fn most_addresses(sample: &[Vec<String>]) -> Option<usize> {
    let columns = sample.iter().map(Vec::len).max()?;
    let count = |column: usize| {
        let cells = sample.iter().filter_map(|row| row.get(column));
        cells.filter(|cell| is_address(cell)).count()
    };
    (0..columns)
        .rev()
        .max_by_key(|column| count(*column))
        .filter(|column| count(*column) > 0)
}

fn is_address(cell: &str) -> bool {
    listed_address(super::csv_text::unprotected(cell.trim())).is_some()
}

#[cfg(test)]
mod tests {
    use super::{FileFormat, guess};

    #[test]
    fn the_column_of_addresses_is_found() {
        let shape =
            guess(b"Created;E-Mail;Reason\r\n2024;ann@example.com;spam\r\n2024;bob@example.com;spam\r\n");
        assert_eq!((shape.delimiter, shape.has_header), (b';', true));
        assert_eq!((shape.address, shape.reason, shape.note), (1, Some(2), None));
        assert_eq!(shape.columns, ["Created", "E-Mail", "Reason"]);
    }

    #[test]
    fn a_bare_list_has_no_header() {
        for list in [
            "ann@example.com\nbob@example.com\n",
            "'+4930123456\n",
            "ann@example.com",
        ] {
            let shape = guess(list.as_bytes());
            assert!(
                !shape.has_header && shape.address == 0 && shape.columns.is_empty(),
                "{list}"
            );
        }
    }

    #[test]
    fn an_empty_list_with_a_header_has_its_column_too() {
        let shape = guess(b"address,reason,note,message_id,created_at\r\n");
        assert_eq!((shape.address, shape.reason, shape.note), (0, Some(1), Some(2)));
        assert!(shape.has_header);
    }

    #[test]
    fn objects_are_lines_of_json() {
        let shape = guess(b"\xef\xbb\xbf\n{\"address\":\"ann@example.com\"}\n");
        assert_eq!(shape.format, FileFormat::JsonLines);
        assert!(!shape.has_header);
        let _nothing = guess(b"");
    }
}
