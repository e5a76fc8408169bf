//! Files of addresses that are to be suppressed: CSV and JSON lines, of any size, read a row at a time.
//!
//! Invariant: pure over a reader; memory is bounded by the longest row that is taken.

mod csv_text;
mod entry;
mod rows;
mod shape;

pub use csv_text::push_cells;
pub use entry::{Defaults, Entry, RowFault, entry};
pub use rows::{FileRow, Place, Rows};
pub use shape::{FileFormat, FileShape, guess};

/// So much of the beginning of a file is looked at to tell how it is to be read.
pub const HEAD_BYTES: usize = 64 * 1024;
