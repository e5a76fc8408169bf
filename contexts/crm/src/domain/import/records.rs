//! Cutting the bytes of a CSV file into records, with bounded memory whatever the file holds.
//!
//! The parser is csv-core's; what is added is a largest row, exact positions, so that reading can go
//! on at any row, and the detection of a quote that is never closed.

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

/// The largest row. A longer one is passed over and reported.
pub const MAX_ROW_BYTES: usize = 1024 * 1024;
/// The most cells in a row.
pub const MAX_CELLS: usize = 2000;

/// A place between two records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Position {
    /// Bytes before it.
    pub offset: u64,
    /// The line that it is on, from 1.
    pub line: u64,
}

impl Position {
    /// The beginning of a file.
    pub const START: Position = Position { offset: 0, line: 1 };
}

/// What became of the bytes given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// All were used and the record goes on.
    NeedsMore,
    /// A record is complete: see [`Records::record`].
    Record,
    /// The file has ended.
    End,
}

/// A reader of records that is given bytes piece by piece.
pub struct Records {
    core: Reader,
    bytes: Vec<u8>,
    ends: Vec<usize>,
    len: usize,
    cells: usize,
    too_large: bool,
    quotes: u64,
    begun: bool,
    start: Position,
    here: Position,
    ended: bool,
}

/// One record. Borrowed until the next one is read.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    bytes: &'a [u8],
    ends: &'a [usize],
    /// Where it begins.
    pub start: Position,
    /// Longer than [`MAX_ROW_BYTES`] or [`MAX_CELLS`]: what is here is only its beginning.
    pub too_large: bool,
    /// The file ended within a quoted cell.
    pub unclosed_quote: bool,
}

impl<'a> Record<'a> {
    /// The cells, unquoted.
    pub fn cells(self) -> impl ExactSizeIterator<Item = &'a [u8]> {
        let mut begin = 0;
        self.ends.iter().map(move |end| {
            let cell = &self.bytes[begin..*end];
            begin = *end;
            cell
        })
    }

    /// The cells' bytes one after the other, and where each ends.
    #[must_use]
    pub fn parts(self) -> (&'a [u8], &'a [usize]) {
        (self.bytes, self.ends)
    }
}

impl Records {
    /// Begins at `from`, which must lie between two records.
    #[must_use]
    pub fn new(delimiter: u8, from: Position) -> Self {
        Self {
            core: ReaderBuilder::new().delimiter(delimiter).build(),
            bytes: vec![0; 4096],
            ends: vec![0; 64],
            len: 0,
            cells: 0,
            too_large: false,
            quotes: 0,
            begun: false,
            start: from,
            here: from,
            ended: false,
        }
    }

    /// Where reading would go on: after the last complete record.
    #[must_use]
    pub fn position(&self) -> Position {
        self.here
    }

    /// Reads on. Returns how many bytes were used; nothing given means that the file has ended.
    pub fn read(&mut self, input: &[u8]) -> (usize, Progress) {
        let skipped = if self.begun { 0 } else { self.begin(input) };
        if skipped == input.len() && !input.is_empty() {
            return (skipped, Progress::NeedsMore);
        }
        let mut used = skipped;
        loop {
            let (result, read, written, ended) = self.core.read_record(
                &input[used..],
                &mut self.bytes[self.len..],
                &mut self.ends[self.cells..],
            );
            self.advance(&input[used..used + read]);
            used += read;
            self.len += written;
            self.cells += ended;
            match result {
                ReadRecordResult::InputEmpty => return (used, Progress::NeedsMore),
                ReadRecordResult::OutputFull => self.grow_bytes(),
                ReadRecordResult::OutputEndsFull => self.grow_cells(),
                ReadRecordResult::Record => {
                    self.begun = false;
                    self.ended = input.is_empty();
                    return (used, Progress::Record);
                }
                ReadRecordResult::End => return (used, Progress::End),
            }
        }
    }

    /// The record that [`Records::read`] has just completed.
    #[must_use]
    pub fn record(&self) -> Record<'_> {
        let spans_lines = self.here.line > self.start.line;
        Record {
            bytes: &self.bytes[..self.len],
            ends: if self.too_large {
                &[]
            } else {
                &self.ends[..self.cells]
            },
            start: self.start,
            too_large: self.too_large,
            // In a quoted cell quotes are doubled, so that a closed one has an even number. A lone
            // quote in an unquoted cell is fine and cannot swallow lines.
            unclosed_quote: self.ended && spans_lines && self.quotes % 2 == 1,
        }
    }

    /// Passes over line ends left from the record before and empty lines, so that the record's
    /// position is its own.
    fn begin(&mut self, input: &[u8]) -> usize {
        let skip = input.iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
        self.advance(&input[..skip]);
        if skip < input.len() || input.is_empty() {
            self.begun = true;
            self.start = self.here;
            self.len = 0;
            self.cells = 0;
            self.too_large = false;
            self.quotes = 0;
        }
        skip
    }

    fn advance(&mut self, bytes: &[u8]) {
        self.here.offset += bytes.len() as u64;
        for byte in bytes {
            self.here.line += u64::from(*byte == b'\n');
            self.quotes += u64::from(*byte == b'"');
        }
    }

    fn grow_bytes(&mut self) {
        if self.bytes.len() < MAX_ROW_BYTES {
            self.bytes.resize(self.bytes.len() * 2, 0);
        } else {
            // The rest is read into the void. The beginning is kept, to show which row it was.
            self.too_large = true;
            self.len = MAX_ROW_BYTES / 2;
        }
    }

    fn grow_cells(&mut self) {
        if self.ends.len() < MAX_CELLS {
            self.ends.resize(self.ends.len() * 2, 0);
        } else {
            self.too_large = true;
            self.cells = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Row = (u64, Vec<String>);

    /// Reads a file given in pieces of `size` bytes: rows with the line that each begins at.
    fn read_from(file: &[u8], delimiter: u8, from: Position, size: usize) -> Vec<(Row, Position)> {
        let mut records = Records::new(delimiter, from);
        let mut rows = Vec::new();
        let mut rest = &file[usize::try_from(from.offset).expect("small")..];
        loop {
            let piece = &rest[..rest.len().min(size)];
            let (used, progress) = records.read(piece);
            rest = &rest[used..];
            match progress {
                Progress::NeedsMore => {}
                Progress::End => return rows,
                Progress::Record => {
                    let record = records.record();
                    let cells = record
                        .cells()
                        .map(|cell| String::from_utf8_lossy(cell).into_owned());
                    rows.push(((record.start.line, cells.collect()), records.position()));
                }
            }
        }
    }

    #[track_caller]
    fn assert_rows(file: &str, wanted: &[(u64, &[&str])]) {
        for size in [1, 2, 3, 5, 1000] {
            let rows: Vec<_> = read_from(file.as_bytes(), b',', Position::START, size)
                .into_iter()
                .map(|(row, _)| row)
                .collect();
            let wanted: Vec<Row> = wanted
                .iter()
                .map(|(line, cells)| (*line, cells.iter().map(|cell| (*cell).to_owned()).collect()))
                .collect();
            assert_eq!(rows, wanted, "in pieces of {size}");
        }
    }

    #[test]
    fn quotes_line_breaks_and_delimiters_within_cells_are_content() {
        assert_rows(
            "a,b\n\"x, \"\"y\"\"\nz\",2\n3,4",
            &[(1, &["a", "b"]), (2, &["x, \"y\"\nz", "2"]), (4, &["3", "4"])],
        );
    }

    #[test]
    fn all_line_ends_are_known_and_empty_lines_are_passed_over() {
        assert_rows("a,b\r\n\r\n1,2\r\n", &[(1, &["a", "b"]), (3, &["1", "2"])]);
        assert_rows("a,b\n\n\n1,2\n\n", &[(1, &["a", "b"]), (4, &["1", "2"])]);
        assert_rows("a\r1\r2", &[(1, &["a"]), (1, &["1"]), (1, &["2"])]);
        assert_rows("", &[]);
    }

    #[test]
    fn rows_may_differ_in_length() {
        assert_rows(
            "a,b,c\n1\n1,2,3,4\n,,\n",
            &[
                (1, &["a", "b", "c"]),
                (2, &["1"]),
                (3, &["1", "2", "3", "4"]),
                (4, &["", "", ""]),
            ],
        );
    }

    #[test]
    fn reading_goes_on_after_any_record() {
        let file = "h\r\n\"a\nb\"\r\n\r\nc\n\"d\"\"\"\r\ne";
        let whole = read_from(file.as_bytes(), b',', Position::START, 4);
        assert_eq!(whole.len(), 5);
        for (n, (_, position)) in whole.iter().enumerate() {
            let rest = read_from(file.as_bytes(), b',', *position, 4);
            assert_eq!(rest, whole[n + 1..], "after record {n}");
        }
    }

    #[test]
    fn a_row_that_is_too_large_is_passed_over_and_costs_no_memory() {
        let huge = "x".repeat(5 * MAX_ROW_BYTES);
        let file = format!("a,b\n1,\"{huge}\"\n3,4\n");
        let mut records = Records::new(b',', Position::START);
        let mut rest = file.as_bytes();
        let mut seen = Vec::new();
        loop {
            let (used, progress) = records.read(&rest[..rest.len().min(10_000)]);
            rest = &rest[used..];
            match progress {
                Progress::NeedsMore => {}
                Progress::End => break,
                Progress::Record => seen.push((records.record().too_large, records.record().cells().len())),
            }
        }
        assert_eq!(seen, [(false, 2), (true, 0), (false, 2)]);
        assert!(records.bytes.len() <= MAX_ROW_BYTES);

        let wide = format!("a\n{}\nb\n", ",".repeat(3 * MAX_CELLS));
        let mut records = Records::new(b',', Position::START);
        let (used, _) = records.read(wide.as_bytes());
        assert_eq!(records.read(&wide.as_bytes()[used..]).1, Progress::Record);
        assert!(records.record().too_large);
    }

    #[test]
    fn a_quote_that_is_never_closed_is_noticed() {
        let unclosed = |file: &str| {
            let mut records = Records::new(b',', Position::START);
            let mut rest = file.as_bytes();
            let mut last = false;
            loop {
                let (used, progress) = records.read(rest);
                rest = &rest[used..];
                match progress {
                    Progress::NeedsMore => {}
                    Progress::Record => last = records.record().unclosed_quote,
                    Progress::End => return last,
                }
            }
        };
        assert!(unclosed("a,b\n\"x,1\ny,2\nz,3\n"));
        assert!(!unclosed("a,b\n\"x\n\",1\ny,2"));
        assert!(!unclosed("a,b\n5\" pipe,2"));
    }

    proptest::proptest! {
        #[test]
        fn any_cells_survive_being_written_and_read(
            rows in proptest::collection::vec(proptest::collection::vec("[a\",;\r\n é]{0,6}", 2..4), 1..6),
            size in 1usize..40,
        ) {
            let mut file = String::new();
            for row in &rows {
                let cells: Vec<_> = row.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).collect();
                file += &cells.join(",");
                file += "\r\n";
            }
            let read: Vec<_> =
                read_from(file.as_bytes(), b',', Position::START, size).into_iter().map(|((_, cells), _)| cells).collect();
            proptest::prop_assert_eq!(read, rows);
        }
    }
}
