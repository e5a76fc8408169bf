//! Rows of CSV that spreadsheets take for data and not for formulas.

use std::fmt::Write;

/// Appends a row, every cell of it quoted.
pub fn push_cells<'a>(text: &mut String, cells: impl Iterator<Item = &'a str>) {
    for (n, cell) in cells.enumerate() {
        let comma = if n == 0 { "" } else { "," };
        let _infallible = write!(text, "{comma}\"{}\"", protect(cell).replace('"', "\"\""));
    }
    text.push_str("\r\n");
}

/// A spreadsheet must not compute what somebody put into a file. An import takes the apostrophe off
/// again.
#[must_use]
pub fn protect(cell: &str) -> String {
    let harmful = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if harmful {
        format!("'{cell}")
    } else {
        cell.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::{protect, push_cells};

    #[test]
    fn cells_are_quoted_and_formulas_are_not_computed() {
        let mut text = String::new();
        push_cells(
            &mut text,
            ["=SUM(A1)", "a \"b\"", "", "+49", "x,y\nz"].into_iter(),
        );
        assert_eq!(text, "\"'=SUM(A1)\",\"a \"\"b\"\"\",\"\",\"'+49\",\"x,y\nz\"\r\n");
        for harmful in ["=1", "+1", "-1", "@x", "\tx", "\rx"] {
            assert!(protect(harmful).starts_with('\''));
        }
        assert_eq!(protect("a=1"), "a=1");
    }
}
