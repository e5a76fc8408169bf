use std::io::{self, BufRead};

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use super::{FileFormat, FileShape};

/// The most bytes of a row; more is no address.
const LONGEST_ROW: usize = 64 * 1024;
/// The most cells of a row.
const MOST_CELLS: usize = 1024;
/// Characters of a row that cannot be read that are kept to show it.
const SHOWN: usize = 200;

/// A place in a file, from where it can be read on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Place {
    /// Bytes before it.
    pub offset: u64,
    /// Line ends before it.
    pub lines: u64,
}

/// A row of the file, as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileRow {
    /// The line that it begins at, from 1.
    pub line: u64,
    /// Its cells; of JSON, address, reason and note. Of a row that cannot be read, its beginning.
    pub cells: Vec<String>,
    /// Whether it cannot be read: too long, a quote that is never closed, no JSON.
    pub broken: bool,
}

/// Reads rows from a place on.
pub struct Rows<R> {
    input: R,
    format: FileFormat,
    csv: Reader,
    place: Place,
    out: Vec<u8>,
    ends: Vec<usize>,
}

impl<R: BufRead> Rows<R> {
    /// `input` stands at `place`.
    pub fn new(input: R, shape: &FileShape, place: Place) -> Self {
        Self {
            input,
            format: shape.format,
            csv: ReaderBuilder::new().delimiter(shape.delimiter).build(),
            place,
            out: vec![0; 4096],
            ends: vec![0; 64],
        }
    }

    /// Where the next row begins, or a line end before it.
    pub const fn place(&self) -> Place {
        self.place
    }

    /// The next row; `None` at the end.
    pub fn next_row(&mut self) -> io::Result<Option<FileRow>> {
        self.skip_line_ends()?;
        let line = self.place.lines + 1;
        let row = match self.format {
            FileFormat::Csv => self.record()?,
            FileFormat::JsonLines => self.json()?,
        };
        Ok(row.map(|(cells, broken)| FileRow { line, cells, broken }))
    }

    fn skip_line_ends(&mut self) -> io::Result<()> {
        loop {
            let begun = self.place.offset == 0;
            let input = self.input.fill_buf()?;
            // Excel's mark of UTF-8.
            let mark = if begun && input.starts_with(b"\xef\xbb\xbf") {
                3
            } else {
                0
            };
            let ends = input[mark..]
                .iter()
                .take_while(|b| matches!(b, b'\r' | b'\n'))
                .count();
            if mark + ends == 0 {
                return Ok(());
            }
            self.take(mark + ends)?;
        }
    }

    /// Counts and consumes bytes that are in the buffer.
    fn take(&mut self, bytes: usize) -> io::Result<()> {
        let input = self.input.fill_buf()?;
        let lines = input[..bytes].iter().filter(|b| **b == b'\n').count();
        self.place.offset += bytes as u64;
        self.place.lines += lines as u64;
        self.input.consume(bytes);
        Ok(())
    }

    fn record(&mut self) -> io::Result<Option<(Vec<String>, bool)>> {
        let (mut written, mut cells) = (0, 0);
        loop {
            let input = self.input.fill_buf()?;
            let (result, read, wrote, ended) =
                self.csv
                    .read_record(input, &mut self.out[written..], &mut self.ends[cells..]);
            self.take(read)?;
            written += wrote;
            cells += ended;
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull if self.out.len() < LONGEST_ROW => {
                    self.out.resize(self.out.len() * 2, 0);
                }
                ReadRecordResult::OutputEndsFull if self.ends.len() < MOST_CELLS => {
                    self.ends.resize(self.ends.len() * 2, 0);
                }
                ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => {
                    // A quote that is never closed would take the rest of the file along.
                    let begun = shown(&self.out[..written]);
                    self.csv.reset();
                    self.skip_line()?;
                    return Ok(Some((vec![begun], true)));
                }
                ReadRecordResult::Record => {
                    let mut start = 0;
                    let texts = self.ends[..cells].iter().map(|end| {
                        let cell = text(&self.out[start..*end]);
                        start = *end;
                        cell
                    });
                    return Ok(Some((texts.collect(), false)));
                }
                ReadRecordResult::End => return Ok(None),
            }
        }
    }

    fn skip_line(&mut self) -> io::Result<()> {
        loop {
            let input = self.input.fill_buf()?;
            match input.iter().position(|b| *b == b'\n') {
                Some(at) => return self.take(at + 1),
                None if input.is_empty() => return Ok(()),
                None => {
                    let all = input.len();
                    self.take(all)?;
                }
            }
        }
    }

    fn json(&mut self) -> io::Result<Option<(Vec<String>, bool)>> {
        let mut line = Vec::new();
        loop {
            let input = self.input.fill_buf()?;
            if input.is_empty() {
                break;
            }
            let end = input.iter().position(|b| *b == b'\n');
            let part = end.unwrap_or(input.len());
            if line.len() + part > LONGEST_ROW {
                self.skip_line()?;
                return Ok(Some((vec![shown(&line)], true)));
            }
            line.extend_from_slice(&input[..part]);
            self.take(end.map_or(part, |at| at + 1))?;
            if end.is_some() {
                break;
            }
        }
        if line.is_empty() {
            return Ok(None);
        }
        Ok(Some(object(&line).map_or_else(
            || (vec![shown(&line)], true),
            |cells| (cells, false),
        )))
    }
}

#[derive(serde::Deserialize)]
struct Object {
    #[serde(alias = "email", alias = "phone")]
    address: String,
    #[serde(default)]
    reason: Option<String>,
    #[serde(default)]
    note: Option<String>,
}

fn object(line: &[u8]) -> Option<Vec<String>> {
    let object: Object = serde_json::from_slice(line).ok()?;
    let cells = [
        object.address,
        object.reason.unwrap_or_default(),
        object.note.unwrap_or_default(),
    ];
    Some(cells.map(|cell| cell.replace('\0', "\u{fffd}")).to_vec())
}

/// PostgreSQL's text holds no NUL.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).replace('\0', "\u{fffd}")
}

fn shown(bytes: &[u8]) -> String {
    text(bytes).chars().take(SHOWN).collect()
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use proptest::prelude::*;

    use super::{FileRow, Place, Rows};
    use crate::domain::suppression_file::{FileFormat, FileShape};

    fn shape(format: FileFormat) -> FileShape {
        FileShape {
            format,
            ..FileShape::default()
        }
    }

    fn all(file: &[u8], format: FileFormat, buffer: usize) -> Vec<FileRow> {
        let mut rows = Rows::new(
            BufReader::with_capacity(buffer, file),
            &shape(format),
            Place::default(),
        );
        let mut found = Vec::new();
        while let Some(row) = rows.next_row().expect("reads from memory") {
            found.push(row);
        }
        found
    }

    fn row(line: u64, cells: &[&str]) -> FileRow {
        FileRow {
            line,
            cells: cells.iter().map(|cell| (*cell).to_owned()).collect(),
            broken: false,
        }
    }

    #[test]
    fn rows_know_the_line_that_they_begin_at() {
        let file = b"\xef\xbb\xbfaddress,note\r\n\r\nann@example.com,\"two\r\nlines\"\r\nbob@example.com,";
        let expected = [
            row(1, &["address", "note"]),
            row(3, &["ann@example.com", "two\r\nlines"]),
            row(5, &["bob@example.com", ""]),
        ];
        for buffer in [3, 7, 4096] {
            assert_eq!(all(file, FileFormat::Csv, buffer), expected, "{buffer}");
        }
    }

    #[test]
    fn a_quote_that_is_never_closed_takes_no_more_than_its_row_along() {
        let file = format!("\"{}\nann@example.com\n", "x".repeat(100_000));
        let rows = all(file.as_bytes(), FileFormat::Csv, 4096);
        assert!(rows[0].broken && rows[0].cells[0].len() <= 200);
        assert_eq!(rows[1], row(2, &["ann@example.com"]));
        assert_eq!(rows.len(), 2);
    }

    #[test]
    fn lines_of_json_say_address_reason_and_note() {
        let file = b"{\"address\":\"ann@example.com\",\"reason\":\"complaint\",\"x\":1}\n\n[1]\n{\"email\":\"b@example.com\"}";
        let rows = all(file, FileFormat::JsonLines, 16);
        assert_eq!(rows[0], row(1, &["ann@example.com", "complaint", ""]));
        assert!(rows[1].broken && rows[1].line == 3);
        assert_eq!(rows[2], row(4, &["b@example.com", "", ""]));
    }

    proptest! {
        #[test]
        fn a_file_is_read_on_from_anywhere_as_if_at_once(
            cells in proptest::collection::vec("[a-z\",;\n\r ]{0,12}", 1..20), stop in 0usize..20
        ) {
            let mut file = String::new();
            for cell in &cells {
                crate::domain::suppression_file::push_cells(&mut file, [cell.as_str(), "x"]);
            }
            let whole = all(file.as_bytes(), FileFormat::Csv, 5);
            let mut rows = Rows::new(file.as_bytes(), &shape(FileFormat::Csv), Place::default());
            let mut found = Vec::new();
            for _ in 0..stop {
                found.extend(rows.next_row().unwrap());
            }
            let place = rows.place();
            let offset = usize::try_from(place.offset).unwrap();
            let mut rest = Rows::new(&file.as_bytes()[offset..], &shape(FileFormat::Csv), place);
            while let Some(row) = rest.next_row().unwrap() {
                found.push(row);
            }
            prop_assert_eq!(&found, &whole);
            prop_assert_eq!(whole.len(), cells.len());
        }

        #[test]
        fn any_bytes_are_read_without_harm(file in proptest::collection::vec(any::<u8>(), 0..300)) {
            for format in [FileFormat::Csv, FileFormat::JsonLines] {
                let _rows = all(&file, format, 8);
            }
        }
    }
}
