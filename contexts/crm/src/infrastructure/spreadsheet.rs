//! Spreadsheets become CSV when they come in, so that all that follows knows one kind of file.
//!
//! A sheet is read a cell at a time and written as it is read. Only the texts that its cells share
//! are held in memory, which is why they have a largest size. How large the parts are is found out
//! by unpacking them once into nothing: what an archive says of itself is not believed.

use std::{
    fs::File,
    io::{self, BufReader, BufWriter, Read, Write},
    path::Path,
};

use calamine::{DataRef, Reader, Xlsx};
use zip::ZipArchive;

/// What archives begin with.
pub const MAGIC: &[u8] = b"PK\x03\x04";
/// The texts that cells share may have so many bytes.
const MAX_SHARED: u64 = 100 * 1024 * 1024;
/// A sheet may have so many bytes of XML.
const MAX_SHEET: u64 = 2 * 1024 * 1024 * 1024;
/// Nothing that people write is packed more tightly.
const MAX_RATIO: u64 = 100;
/// Below this a high ratio is of no harm.
const HARMLESS: u64 = 1024 * 1024;
const MAX_PARTS: usize = 10_000;
const MAX_COLUMNS: u32 = 2_000;

/// Why a file is not taken for a spreadsheet.
#[derive(Debug, thiserror::Error)]
pub enum NotASheet {
    #[error("the file is not a spreadsheet that can be read")]
    Broken,
    #[error("the spreadsheet has no rows")]
    Empty,
    #[error("the spreadsheet is too large when it is unpacked")]
    TooLarge,
    #[error("the spreadsheet could not be converted: {0}")]
    Io(#[from] io::Error),
}

/// Writes the first sheet of a file as CSV. Returns its size.
pub fn to_csv(sheet: &Path, csv: &Path, most: u64) -> Result<u64, NotASheet> {
    check(sheet)?;
    let mut book: Xlsx<_> = Xlsx::new(BufReader::new(File::open(sheet)?)).map_err(|_| NotASheet::Broken)?;
    let name = book.sheet_names().first().cloned().ok_or(NotASheet::Empty)?;
    let mut cells = book
        .worksheet_cells_reader(&name)
        .map_err(|_| NotASheet::Broken)?;
    let file = File::options().write(true).create_new(true).open(csv)?;
    let mut out = Rows {
        file: BufWriter::with_capacity(256 * 1024, file),
        row: None,
        column: 0,
        written: 0,
        most,
    };
    while let Some(cell) = cells.next_cell().map_err(|_| NotASheet::Broken)? {
        let (row, column) = cell.get_position();
        let text = text(cell.get_value());
        if !text.is_empty() && column < MAX_COLUMNS {
            out.cell(row, column, &text)?;
        }
    }
    out.finish()
}

/// Unpacks the parts that will be read, into nothing.
fn check(sheet: &Path) -> Result<(), NotASheet> {
    let file = File::open(sheet)?;
    let packed = file.metadata()?.len();
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|_| NotASheet::Broken)?;
    if archive.len() > MAX_PARTS {
        return Err(NotASheet::TooLarge);
    }
    let mut all = 0;
    for n in 0..archive.len() {
        let part = archive.by_index(n).map_err(|_| NotASheet::Broken)?;
        let name = part.name().map_err(|_| NotASheet::Broken)?.to_ascii_lowercase();
        if !name.ends_with(".xml") && !name.ends_with(".rels") {
            continue;
        }
        // Only sheets are read a piece at a time; anything else is held whole.
        let most = if name.starts_with("xl/worksheets/") {
            MAX_SHEET
        } else {
            MAX_SHARED
        };
        let unpacked = io::copy(&mut part.take(most + 1), &mut io::sink()).map_err(|_| NotASheet::Broken)?;
        all += unpacked;
        if unpacked > most || (all > HARMLESS && all / packed.max(1) > MAX_RATIO) {
            return Err(NotASheet::TooLarge);
        }
    }
    Ok(())
}

struct Rows<W> {
    file: W,
    /// The row that is being written.
    row: Option<u32>,
    /// How many cells of it were written.
    column: u32,
    written: u64,
    most: u64,
}

impl Rows<BufWriter<File>> {
    fn finish(mut self) -> Result<u64, NotASheet> {
        if self.row.is_none() {
            return Err(NotASheet::Empty);
        }
        self.push(b"\r\n")?;
        let file = self
            .file
            .into_inner()
            .map_err(|error| NotASheet::Io(error.into_error()))?;
        file.sync_all()?;
        Ok(self.written)
    }
}

impl<W: Write> Rows<W> {
    /// Cells come row by row and from left to right; those that are empty do not come.
    fn cell(&mut self, row: u32, column: u32, text: &str) -> Result<(), NotASheet> {
        if self.row != Some(row) {
            if self.row.is_some() {
                self.push(b"\r\n")?;
            }
            (self.row, self.column) = (Some(row), 0);
        }
        // One comma behind each cell that is there or lacks.
        let commas = if self.column == 0 {
            column
        } else {
            column + 1 - self.column
        };
        for _ in 0..commas {
            self.push(b",")?;
        }
        self.push(b"\"")?;
        self.push(text.replace('"', "\"\"").as_bytes())?;
        self.push(b"\"")?;
        self.column = column + 1;
        Ok(())
    }

    fn push(&mut self, bytes: &[u8]) -> Result<(), NotASheet> {
        self.written += bytes.len() as u64;
        if self.written > self.most {
            return Err(NotASheet::TooLarge);
        }
        Ok(self.file.write_all(bytes)?)
    }
}

/// A cell as people would write it: dates as ISO 8601, whole numbers without a point.
fn text(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => float(*number),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(truth) => truth.to_string(),
        DataRef::DateTime(at) if at.is_datetime() => {
            let (year, month, day, hour, minute, second, _) = at.to_ymd_hms_milli();
            if at.as_f64() < 1.0 {
                format!("{hour:02}:{minute:02}:{second:02}")
            } else if (hour, minute, second) == (0, 0, 0) {
                format!("{year:04}-{month:02}-{day:02}")
            } else {
                format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
            }
        }
        DataRef::DateTime(span) => float(span.as_f64()),
        // What a formula could not compute says nothing.
        DataRef::Error(_) | DataRef::Empty => String::new(),
    }
}

fn float(number: f64) -> String {
    if number.fract() == 0.0 && number.abs() < 1e15 {
        format!("{number:.0}")
    } else {
        number.to_string()
    }
}

/// Whether bytes are the beginning of an archive, as spreadsheets are.
#[must_use]
pub fn is_archive(head: &[u8]) -> bool {
    head.starts_with(MAGIC)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_that_lack_keep_the_others_in_their_place() {
        let mut rows = Rows {
            file: Vec::new(),
            row: None,
            column: 0,
            written: 0,
            most: 1000,
        };
        for (row, column, text) in [(0, 0, "a"), (0, 2, "say \"b\""), (3, 1, "c")] {
            rows.cell(row, column, text).expect("it fits");
        }
        assert_eq!(
            String::from_utf8(rows.file).expect("text"),
            "\"a\",,\"say \"\"b\"\"\"\r\n,\"c\""
        );
    }

    #[test]
    fn numbers_are_written_as_people_do() {
        assert_eq!(text(&DataRef::Float(3.0)), "3");
        assert_eq!(text(&DataRef::Float(-0.5)), "-0.5");
        assert_eq!(text(&DataRef::Bool(true)), "true");
    }
}
