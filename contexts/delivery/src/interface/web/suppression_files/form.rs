use platform::{L10n, web::FieldErrors};
use serde::Deserialize;

use crate::{
    domain::address_list::Remark, infrastructure::pg::suppression_imports::SuppressionImport,
    interface::settings_words,
};

/// How a file is to be read, as it was chosen. Columns are numbers from 0; an empty one is none.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ShapeForm {
    pub address_column: String,
    pub reason_column: String,
    pub note_column: String,
    pub has_header: bool,
    pub reason: String,
    pub note: String,
}

impl ShapeForm {
    /// As it is stored.
    pub fn of(import: &SuppressionImport) -> Self {
        let shape = &import.shape;
        let optional = |column: Option<usize>| column.map(|n| n.to_string()).unwrap_or_default();
        Self {
            address_column: shape.address.to_string(),
            reason_column: optional(shape.reason),
            note_column: optional(shape.note),
            has_header: shape.has_header,
            reason: import.reason.as_str().to_owned(),
            note: import.note.clone().unwrap_or_default(),
        }
    }

    /// Changes the file as it was chosen, or says what is wrong.
    pub fn apply(&self, l10n: &L10n, import: &mut SuppressionImport) -> Result<(), FieldErrors> {
        let mut errors = FieldErrors::new();
        let unknown = |errors: &mut FieldErrors, field: &'static str| {
            errors.add(
                field,
                "unknown_choice",
                l10n.t("delivery-suppression-file-choice-unknown"),
            );
        };
        let shape = &mut import.shape;
        match column(&self.address_column) {
            Ok(Some(n)) => shape.address = n,
            _ => unknown(&mut errors, "address_column"),
        }
        match column(&self.reason_column) {
            Ok(choice) => shape.reason = choice,
            Err(NoColumn) => unknown(&mut errors, "reason_column"),
        }
        match column(&self.note_column) {
            Ok(choice) => shape.note = choice,
            Err(NoColumn) => unknown(&mut errors, "note_column"),
        }
        shape.has_header = self.has_header;
        match self.reason.parse() {
            Ok(reason) => import.reason = reason,
            Err(()) => unknown(&mut errors, "reason"),
        }
        match Remark::optional(&self.note) {
            Ok(note) => import.note = note.map(|note| note.as_str().to_owned()),
            Err(invalid) => {
                let (code, detail) = settings_words::remark(l10n, invalid);
                errors.add("note", code, detail);
            }
        }
        if errors.0.is_empty() { Ok(()) } else { Err(errors) }
    }
}

struct NoColumn;

/// No file has more columns than a row has cells.
fn column(text: &str) -> Result<Option<usize>, NoColumn> {
    match text {
        "" => Ok(None),
        text => match text.parse() {
            Ok(n) if n < 1024 => Ok(Some(n)),
            _ => Err(NoColumn),
        },
    }
}
