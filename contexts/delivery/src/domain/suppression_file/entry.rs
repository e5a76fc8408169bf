use contracts::delivery::Address;

use super::{FileRow, FileShape, csv_text::unprotected};
use crate::domain::{
    address_list::{Remark, listed_address},
    suppression::SuppressionReason,
};

/// What holds for rows that say nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Defaults {
    /// Why the address is suppressed.
    pub reason: SuppressionReason,
    /// What is kept with it.
    pub note: Option<String>,
}

/// A row that is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The address.
    pub address: Address,
    /// Why it is suppressed.
    pub reason: SuppressionReason,
    /// What is kept with it.
    pub note: Option<String>,
}

/// Why a row is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RowFault {
    /// Too long, a quote that is never closed, or no JSON.
    Broken,
    /// Neither an e-mail address nor a telephone number.
    Address,
    /// No reason that is known.
    Reason,
    /// Too short, too long, or with control characters.
    Note,
}

impl RowFault {
    /// The word in a file of errors.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            RowFault::Broken => "unreadable_row",
            RowFault::Address => "invalid_address",
            RowFault::Reason => "unknown_reason",
            RowFault::Note => "invalid_note",
        }
    }
}

/// What a row says; `None` when it says nothing at all.
pub fn entry(shape: &FileShape, defaults: &Defaults, row: &FileRow) -> Option<Result<Entry, RowFault>> {
    if row.broken {
        return Some(Err(RowFault::Broken));
    }
    if row.cells.iter().all(|cell| cell.trim().is_empty()) {
        return None;
    }
    Some(read(shape, defaults, row))
}

fn read(shape: &FileShape, defaults: &Defaults, row: &FileRow) -> Result<Entry, RowFault> {
    let cell = |column: Option<usize>| {
        let cell = column.and_then(|n| row.cells.get(n)).map_or("", String::as_str);
        unprotected(cell.trim())
    };
    let address = listed_address(cell(Some(shape.address))).ok_or(RowFault::Address)?;
    let reason = match cell(shape.reason) {
        "" => defaults.reason,
        word => reason(word).ok_or(RowFault::Reason)?,
    };
    let note = Remark::optional(cell(shape.note)).map_err(|_| RowFault::Note)?;
    Ok(Entry {
        address,
        reason,
        note: note
            .map(|note| note.as_str().to_owned())
            .or_else(|| defaults.note.clone()),
    })
}

/// A reason by our word, or by what other programs write into their files.
fn reason(word: &str) -> Option<SuppressionReason> {
    let word = word.to_lowercase().replace([' ', '-'], "_");
    Some(match word.as_str() {
        "unsubscribe" | "unsubscribes" | "opt_out" | "optout" | "opted_out" => {
            SuppressionReason::Unsubscribed
        }
        "bounce" | "bounces" | "bounced" | "hard" | "hardbounce" | "hard_bounces" | "permanent"
        | "invalid" => SuppressionReason::HardBounce,
        "soft" | "softbounce" | "soft_bounce" | "transient" => SuppressionReason::SoftBounces,
        "spam" | "abuse" | "complained" | "complaints" | "spam_complaint" | "spam_report" | "spamreport" => {
            SuppressionReason::Complaint
        }
        "blacklist" | "blocklist" | "blocked" => SuppressionReason::Manual,
        own => return own.parse().ok(),
    })
}

#[cfg(test)]
mod tests {
    use super::{Defaults, RowFault, entry};
    use crate::domain::{
        suppression::SuppressionReason,
        suppression_file::{FileRow, FileShape},
    };

    fn shape() -> FileShape {
        FileShape {
            reason: Some(1),
            note: Some(2),
            ..FileShape::default()
        }
    }

    fn defaults() -> Defaults {
        Defaults {
            reason: SuppressionReason::Manual,
            note: Some("from the old system".to_owned()),
        }
    }

    fn row(cells: &[&str]) -> FileRow {
        FileRow {
            line: 1,
            cells: cells.iter().map(|cell| (*cell).to_owned()).collect(),
            broken: false,
        }
    }

    #[test]
    fn a_row_says_who_and_why_and_the_rest_holds_for_all() {
        let said = |cells: &[&str]| {
            entry(&shape(), &defaults(), &row(cells)).map(|read| {
                read.map(|entry| {
                    (
                        entry.address.as_str().to_owned(),
                        entry.reason,
                        entry.note.unwrap_or_default(),
                    )
                })
            })
        };
        let ann = |reason, note: &str| Some(Ok(("ann@example.com".to_owned(), reason, note.to_owned())));
        assert_eq!(
            said(&["Ann@example.com"]),
            ann(SuppressionReason::Manual, "from the old system")
        );
        assert_eq!(
            said(&["ann@example.com", "Hard Bounce", "she moved"]),
            ann(SuppressionReason::HardBounce, "she moved")
        );
        assert_eq!(
            said(&["ann@example.com", "soft_bounces"]),
            ann(SuppressionReason::SoftBounces, "from the old system")
        );
        assert_eq!(
            said(&["'+49 30 123456"])
                .and_then(|read| read.ok())
                .map(|read| read.0),
            Some("+4930123456".to_owned())
        );
        assert_eq!(said(&[" ", ""]), None);
        assert_eq!(said(&["nobody"]), Some(Err(RowFault::Address)));
        assert_eq!(said(&["", "spam"]), Some(Err(RowFault::Address)));
        assert_eq!(said(&["ann@example.com", "because"]), Some(Err(RowFault::Reason)));
        assert_eq!(said(&["ann@example.com", "", "x"]), Some(Err(RowFault::Note)));
    }
}
