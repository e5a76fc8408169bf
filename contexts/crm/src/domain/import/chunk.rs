//! The rows that are written together, and the place in the file behind them.

use super::{
    dialect::Dialect,
    encoding::Encoding,
    reader::{FileRow, Learned, Outcome, ReadRows},
    records::{Position, Progress, Record, Records},
    reject::{Reason, Reject},
    row::{Row, RowReader},
};

/// How many rows are written in one transaction.
pub const CHUNK_ROWS: u64 = 5_000;
/// A chunk ends earlier when its rows are long.
const CHUNK_BYTES: usize = 4 * 1024 * 1024;

/// How far a file was read. Committed with the rows before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Checkpoint {
    pub position: Position,
    /// Records before it, the header not counted.
    pub rows: u64,
}

impl Checkpoint {
    /// The beginning of a file. Its header is passed over by [`Chunks`].
    #[must_use]
    pub const fn start(dialect: &Dialect) -> Self {
        Self {
            position: dialect.start,
            rows: 0,
        }
    }
}

/// Rows that are written together.
#[derive(Debug)]
pub struct Chunk<R = Row> {
    pub rows: Vec<R>,
    pub rejects: Vec<Reject>,
    /// What these rows need and what did not exist before.
    pub learned: Learned,
    /// Where the file goes on.
    pub end: Checkpoint,
    /// Whether the file ended with it. Without one of these, reading broke off.
    pub last: bool,
    cells: Cells,
    encoding: Encoding,
}

impl<R: FileRow> Chunk<R> {
    /// The rejection of a row that could be read but not be applied.
    #[must_use]
    pub fn refuse(&self, row: usize, reason: Reason) -> Reject {
        let (number, line) = self.rows[row].place();
        Reject {
            row: number,
            line,
            reason,
            column: String::new(),
            cells: self.cells.of(row, self.encoding),
        }
    }

    /// The rows that could not be read and those that could not be applied, in the order of the file.
    pub fn with_refused(&self, refused: impl Iterator<Item = Reject>) -> Vec<Reject> {
        let mut rejects: Vec<Reject> = self.rejects.iter().cloned().chain(refused).collect();
        rejects.sort_by_key(|reject| reject.row);
        rejects
    }

    /// Takes out the rows that a test finds.
    pub fn split_off(&mut self, test: impl Fn(&R) -> bool) -> Vec<R> {
        let (mut taken, mut left) = (Vec::new(), Vec::new());
        let mut cells = Cells::default();
        for (n, row) in std::mem::take(&mut self.rows).into_iter().enumerate() {
            if test(&row) {
                taken.push(row);
            } else {
                cells.copy(&self.cells, n);
                left.push(row);
            }
        }
        (self.rows, self.cells) = (left, cells);
        taken
    }
}

/// The cells of all rows as they stood in the file, packed: most are never looked at again.
#[derive(Debug, Default)]
struct Cells {
    bytes: Vec<u8>,
    /// Where each cell ends within its row.
    ends: Vec<usize>,
    /// Where each row begins in the other two.
    rows: Vec<(usize, usize)>,
}

impl Cells {
    fn push(&mut self, record: Record<'_>) {
        let (bytes, ends) = record.parts();
        self.rows.push((self.bytes.len(), self.ends.len()));
        self.bytes.extend_from_slice(bytes);
        self.ends.extend_from_slice(ends);
    }

    fn copy(&mut self, other: &Cells, row: usize) {
        let (first_byte, first_end) = other.rows[row];
        let (last_byte, last_end) = other
            .rows
            .get(row + 1)
            .copied()
            .unwrap_or((other.bytes.len(), other.ends.len()));
        self.rows.push((self.bytes.len(), self.ends.len()));
        self.bytes.extend_from_slice(&other.bytes[first_byte..last_byte]);
        self.ends.extend_from_slice(&other.ends[first_end..last_end]);
    }

    fn of(&self, row: usize, encoding: Encoding) -> Vec<String> {
        let (first_byte, first_end) = self.rows[row];
        let last_end = self.rows.get(row + 1).map_or(self.ends.len(), |(_, end)| *end);
        let mut begin = 0;
        let cell = |end: &usize| {
            let cell = &self.bytes[first_byte + begin..first_byte + end];
            begin = *end;
            encoding.decode_lossy(cell).replace('\0', "\u{fffd}")
        };
        self.ends[first_end..last_end].iter().map(cell).collect()
    }
}

/// Makes chunks of bytes that come piece by piece.
pub struct Chunks<P: ReadRows = RowReader> {
    records: Records,
    reader: P,
    encoding: Encoding,
    /// Whether the next record is the header.
    header: bool,
    rows: u64,
    begun: Chunk<P::Row>,
    begun_at: u64,
}

impl<P: ReadRows> Chunks<P> {
    /// Goes on from a checkpoint.
    #[must_use]
    pub fn new(dialect: &Dialect, from: Checkpoint, reader: P) -> Self {
        let begun = empty(from, dialect.encoding);
        Self {
            records: Records::new(dialect.delimiter.byte(), from.position),
            reader,
            encoding: dialect.encoding,
            header: dialect.has_header && from == Checkpoint::start(dialect),
            rows: from.rows,
            begun,
            begun_at: from.rows,
        }
    }

    /// Takes bytes; no bytes mean that the file has ended. Gives each chunk that is complete to
    /// `out`, and stops as soon as that returns false.
    pub fn push(&mut self, mut bytes: &[u8], mut out: impl FnMut(Chunk<P::Row>) -> bool) -> bool {
        let ended = bytes.is_empty();
        loop {
            let (used, progress) = self.records.read(bytes);
            bytes = &bytes[used..];
            match progress {
                Progress::NeedsMore if bytes.is_empty() && !ended => return true,
                Progress::NeedsMore => {}
                Progress::End => {
                    return out(Chunk {
                        last: true,
                        ..self.take()
                    });
                }
                Progress::Record => {
                    self.take_record();
                    let full = self.rows - self.begun_at >= CHUNK_ROWS
                        || self.begun.cells.bytes.len() >= CHUNK_BYTES;
                    if full && !out(self.take()) {
                        return false;
                    }
                }
            }
            // The end of the bytes is not the end of the file, which only no bytes at all tell.
            if bytes.is_empty() && !ended {
                return true;
            }
        }
    }

    fn take_record(&mut self) {
        if std::mem::take(&mut self.header) {
            return;
        }
        self.rows += 1;
        let record = self.records.record();
        match self.reader.read(record) {
            Outcome::Blank => {}
            Outcome::Rejected(reject) => self.begun.rejects.push(*reject),
            Outcome::Row(row) => {
                self.begun.cells.push(record);
                self.begun.rows.push(*row);
            }
        }
    }

    fn take(&mut self) -> Chunk<P::Row> {
        let end = Checkpoint {
            position: self.records.position(),
            rows: self.rows,
        };
        self.begun_at = self.rows;
        let mut chunk = std::mem::replace(&mut self.begun, empty(end, self.encoding));
        chunk.end = end;
        chunk.learned = self.reader.take_learned();
        chunk
    }
}

fn empty<R>(end: Checkpoint, encoding: Encoding) -> Chunk<R> {
    Chunk {
        rows: Vec::new(),
        rejects: Vec::new(),
        learned: Learned::default(),
        end,
        last: false,
        cells: Cells::default(),
        encoding,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::import::{
        dialect,
        mapping::{Mapping, Target},
    };

    fn reader(rows: u64) -> RowReader {
        let mapping = Mapping {
            columns: vec![Target::Email, Target::Skip],
            ..Mapping::default()
        };
        RowReader::new(
            &mapping,
            &["Mail".to_owned(), "Note".to_owned()],
            &[],
            Encoding::Utf8,
            rows,
        )
    }

    fn read(file: &[u8], from: Option<Checkpoint>, piece: usize) -> Vec<Chunk> {
        let dialect = dialect::detect(file, true, Encoding::Utf8);
        let from = from.unwrap_or(Checkpoint::start(&dialect));
        let mut chunks = Chunks::new(&dialect, from, reader(from.rows));
        let mut out = Vec::new();
        let offset = usize::try_from(from.position.offset).expect("small");
        for piece in file[offset..].chunks(piece) {
            chunks.push(piece, |chunk| {
                out.push(chunk);
                true
            });
        }
        chunks.push(&[], |chunk| {
            out.push(chunk);
            true
        });
        out
    }

    fn file(rows: usize) -> Vec<u8> {
        let mut file = b"email,note\r\n".to_vec();
        for n in 0..rows {
            let email = if n % 10 == 3 {
                "nobody".to_owned()
            } else {
                format!("p{n}@b.example")
            };
            file.extend_from_slice(format!("{email},\"a\r\nb {n}\"\r\n").as_bytes());
        }
        file
    }

    fn numbers(chunks: &[Chunk]) -> Vec<u64> {
        let mut all: Vec<u64> = chunks
            .iter()
            .flat_map(|c| {
                c.rows
                    .iter()
                    .map(|r| r.row)
                    .chain(c.rejects.iter().map(|r| r.row))
            })
            .collect();
        all.sort_unstable();
        all
    }

    #[test]
    fn all_rows_come_once_and_in_bounded_chunks() {
        let file = file(12_000);
        let chunks = read(&file, None, 64 * 1024);
        assert_eq!(
            chunks.iter().map(|chunk| chunk.last).collect::<Vec<_>>(),
            [false, false, true]
        );
        assert_eq!(numbers(&chunks), (1..=12_000).collect::<Vec<_>>());
        assert_eq!(chunks[2].end.position.offset, file.len() as u64);
        assert_eq!(chunks[2].end.rows, 12_000);
        assert_eq!(
            chunks[0].rejects[0].line,
            2 + 3 * 2,
            "the header is line 1 and each row has two"
        );
    }

    #[test]
    fn reading_goes_on_behind_any_chunk() {
        let file = file(12_000);
        let whole = read(&file, None, 10_000);
        for (n, chunk) in whole.iter().enumerate() {
            let rest = read(&file, Some(chunk.end), 777);
            assert_eq!(numbers(&rest), numbers(&whole[n + 1..]));
        }
    }

    #[test]
    fn a_file_without_rows_is_one_empty_chunk() {
        for file in [&b"email,note"[..], b"email,note\n\n"] {
            let chunks = read(file, None, 4);
            assert_eq!(chunks.len(), 1);
            assert!(chunks[0].rows.is_empty() && chunks[0].rejects.is_empty());
        }
    }

    #[test]
    fn a_refused_row_is_shown_as_it_stood() {
        let chunks = read(b"email,note\na@b.example,\"x, y\"\nc@b.example,z\n", None, 5);
        let reject = chunks[0].refuse(0, Reason::ExternalIdTaken);
        assert_eq!(reject.cells, ["a@b.example", "x, y"]);
        assert_eq!((reject.row, reject.line), (1, 2));
        assert_eq!(
            chunks[0].refuse(1, Reason::ExternalIdTaken).cells,
            ["c@b.example", "z"]
        );
        let mut chunk = chunks.into_iter().next().expect("one chunk");
        assert_eq!(chunk.split_off(|row| row.row == 1).len(), 1);
        assert_eq!(
            chunk.refuse(0, Reason::ExternalIdTaken).cells,
            ["c@b.example", "z"]
        );
    }
}
