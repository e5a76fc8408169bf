use std::fmt::Write;

/// Appends a row, every cell of it quoted. A spreadsheet must not compute what somebody put into a
/// file, so that an apostrophe stands before what it would; reading takes it off again.
pub fn push_cells<'a>(text: &mut String, cells: impl IntoIterator<Item = &'a str>) {
    for (n, cell) in cells.into_iter().enumerate() {
        let comma = if n == 0 { "" } else { "," };
        let apostrophe = if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
            "'"
        } else {
            ""
        };
        let _infallible = write!(text, "{comma}\"{apostrophe}{}\"", cell.replace('"', "\"\""));
    }
    text.push_str("\r\n");
}

/// Takes that apostrophe off.
pub(super) fn unprotected(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@']) => rest,
        _ => cell,
    }
}

#[cfg(test)]
mod tests {
    use super::{push_cells, unprotected};

    #[test]
    fn formulas_are_not_computed_and_come_back_as_they_were() {
        let mut text = String::new();
        push_cells(&mut text, ["+4930123456", "a \"b\"", ""]);
        assert_eq!(text, "\"'+4930123456\",\"a \"\"b\"\"\",\"\"\r\n");
        assert_eq!(unprotected("'+4930123456"), "+4930123456");
        assert_eq!(unprotected("'quoted'"), "'quoted'");
    }
}
