//! Reading records of a file into rows, whatever the rows are of: contacts, or records of an object.
//!
//! An empty cell says nothing. The word `NULL` clears what is there, as in Mautic. Everything else
//! must fit, or the row is rejected whole.

use std::borrow::Cow;

use kernel::StageId;

use super::{
    encoding::Encoding,
    mapping::{Identity, NewField},
    records::Record,
    reject::{Reason, Reject},
};

/// The cell that clears.
pub const CLEARS: &str = "NULL";

/// Why a cell is refused; the column is added by the caller, who knows it.
pub type CellResult = Result<(), Reason>;

/// A row that was read.
pub trait FileRow {
    /// The number of the record, the first after the header being 1, and the line that it begins at.
    fn place(&self) -> (u64, u64);
    /// The value that tells by this what is meant.
    fn identified_by(&self, identity: &Identity) -> Option<Cow<'_, str>>;
}

/// What became of a record.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome<R> {
    Row(Box<R>),
    Rejected(Box<Reject>),
    /// Nothing but empty cells.
    Blank,
}

/// What rows need and what did not exist before.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Learned {
    pub fields: Vec<NewField>,
    pub stages: Vec<NewStage>,
}

/// A stage that a row names.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct NewStage {
    pub id: StageId,
    pub name: String,
}

/// Reads the rows of one file.
pub trait ReadRows {
    type Row: FileRow;

    fn encoding(&self) -> Encoding;
    fn columns(&self) -> usize;
    fn column_name(&self, column: usize) -> &str;
    /// Begins the next row.
    fn begin(&mut self, line: u64) -> Self::Row;
    /// Whether nothing is made of a column.
    fn skips(&self, column: usize) -> bool;
    /// Takes the text of a cell, which is not empty.
    fn cell(&mut self, row: &mut Self::Row, column: usize, text: &str) -> CellResult;
    /// Whether the row as a whole can be used.
    fn check(&self, row: &Self::Row) -> CellResult;
    /// The row that was begun last is rejected: what it alone has used is not made.
    fn forget(&mut self) {}
    /// What rows have used since the last call and what does not exist yet.
    fn take_learned(&mut self) -> Learned;

    /// Reads a record.
    fn read(&mut self, record: Record<'_>) -> Outcome<Self::Row> {
        let mut row = self.begin(record.start.line);
        match fill(self, &mut row, record) {
            Ok(true) => Outcome::Row(Box::new(row)),
            Ok(false) => Outcome::Blank,
            Err((reason, column)) => {
                self.forget();
                let (number, line) = row.place();
                Outcome::Rejected(Box::new(Reject {
                    row: number,
                    line,
                    reason,
                    column: column.map(|n| self.column_name(n).to_owned()).unwrap_or_default(),
                    cells: cells(record, self.encoding()),
                }))
            }
        }
    }
}

/// The cells as text that can be stored and shown, whatever they hold.
fn cells(record: Record<'_>, encoding: Encoding) -> Vec<String> {
    let shown = |cell: &[u8]| encoding.decode_lossy(cell).replace('\0', "\u{fffd}");
    if record.too_large {
        return vec![shown(&record.parts().0[..record.parts().0.len().min(1000)])];
    }
    record.cells().map(shown).collect()
}

fn fill<P: ReadRows + ?Sized>(
    reader: &mut P,
    row: &mut P::Row,
    record: Record<'_>,
) -> Result<bool, (Reason, Option<usize>)> {
    if record.too_large {
        return Err((Reason::RowTooLarge, None));
    }
    if record.unclosed_quote {
        return Err((Reason::UnclosedQuote, None));
    }
    let mut blank = true;
    for (n, cell) in record.cells().enumerate() {
        let cell = cell.trim_ascii();
        if cell.is_empty() {
            continue;
        }
        blank = false;
        if n >= reader.columns() {
            return Err((Reason::TooManyCells, None));
        }
        fill_cell(reader, row, n, cell).map_err(|reason| (reason, Some(n)))?;
    }
    if blank {
        return Ok(false);
    }
    reader.check(row).map_err(|reason| (reason, None))?;
    Ok(true)
}

fn fill_cell<P: ReadRows + ?Sized>(
    reader: &mut P,
    row: &mut P::Row,
    column: usize,
    cell: &[u8],
) -> CellResult {
    if cell.contains(&0) {
        return Err(Reason::NulByte);
    }
    if reader.skips(column) {
        return Ok(());
    }
    let text: Cow<'_, str> = reader.encoding().decode(cell).ok_or(Reason::InvalidEncoding)?;
    reader.cell(row, column, unprotected(text.trim()))
}

/// Takes off the apostrophe that exports put before what a spreadsheet would compute, ours too: a
/// file of rejected rows can be mended and imported as it is.
fn unprotected(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@']) => rest,
        _ => text,
    }
}
