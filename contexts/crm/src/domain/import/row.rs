//! One row of a file: its cells become changes to a contact, or a reason why not.
//!
//! An empty cell says nothing. The word `NULL` clears what is there, as in Mautic. Everything else
//! must fit, or the row is rejected whole.

use std::{borrow::Cow, collections::BTreeMap};

use kernel::{EmailAddress, Timestamp};
use serde_json::Value;

use super::{
    encoding::Encoding,
    guess::opt_out,
    mapping::{Identity, Mapping, NewField, Target},
    records::Record,
    reject::{Reason, Reject},
};
use crate::domain::{
    contact::{Change, ContactPatch, TextField},
    contact_value::{parse_external_id, parse_text_field},
    field::{Field, FieldType, MAX_FIELDS, key_from_label, key_like},
    field_value::{self, DateOrder, ValueRule},
    tag::{Tag, parse_tags},
};

/// What a row says.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The number of the record, the first after the header being 1.
    pub row: u64,
    /// The line that it begins at.
    pub line: u64,
    pub patch: ContactPatch,
    pub created_at: Option<Timestamp>,
    pub do_not_email: bool,
}

/// What became of a record.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    Row(Box<Row>),
    Rejected(Box<Reject>),
    /// Nothing but empty cells.
    Blank,
}

/// Reads the rows of one file.
pub struct RowReader {
    encoding: Encoding,
    columns: Vec<Column>,
    identity: Identity,
    dates: DateOrder,
    tags: Vec<Tag>,
    fields: BTreeMap<String, Known>,
    /// Whether unknown members of JSON become fields.
    learns: bool,
    learned: Vec<NewField>,
    row: u64,
}

struct Column {
    name: String,
    target: Target,
}

#[derive(Clone)]
struct Known {
    kind: FieldType,
    options: Vec<String>,
}

/// Why a cell is refused; the column is added by the caller, who knows it.
type CellResult = Result<(), Reason>;

impl RowReader {
    /// `mapping` is settled: its new fields are among `fields`. `rows_before` is how many records
    /// stand before the first one to be read.
    #[must_use]
    pub fn new(
        mapping: &Mapping,
        names: &[String],
        fields: &[Field],
        encoding: Encoding,
        rows_before: u64,
    ) -> Self {
        let known = |field: &Field| {
            (
                field.key.clone(),
                Known {
                    kind: field.kind,
                    options: field.options.clone(),
                },
            )
        };
        let column = |(n, target): (usize, &Target)| Column {
            name: names.get(n).cloned().unwrap_or_else(|| (n + 1).to_string()),
            target: target.clone(),
        };
        Self {
            encoding,
            columns: mapping.columns.iter().enumerate().map(column).collect(),
            identity: mapping.identity,
            dates: mapping.dates,
            tags: mapping
                .tags
                .iter()
                .filter_map(|tag| Tag::parse(tag).ok())
                .collect(),
            fields: fields.iter().map(known).collect(),
            learns: mapping.create_json_fields,
            learned: Vec::new(),
            row: rows_before,
        }
    }

    /// Fields that rows have used since the last call and that do not exist yet.
    pub fn take_learned(&mut self) -> Vec<NewField> {
        std::mem::take(&mut self.learned)
    }

    /// Reads a record.
    pub fn read(&mut self, record: Record<'_>) -> Outcome {
        self.row += 1;
        let mut row = Row {
            row: self.row,
            line: record.start.line,
            patch: ContactPatch {
                add_tags: self.tags.clone(),
                ..ContactPatch::default()
            },
            created_at: None,
            do_not_email: false,
        };
        match self.fill(&mut row, record) {
            Ok(true) => Outcome::Row(Box::new(row)),
            Ok(false) => Outcome::Blank,
            Err((reason, column)) => Outcome::Rejected(Box::new(Reject {
                row: self.row,
                line: record.start.line,
                reason,
                column: column.map(|n| self.columns[n].name.clone()).unwrap_or_default(),
                cells: self.cells(record),
            })),
        }
    }

    /// The cells as text that can be stored and shown, whatever they hold.
    #[must_use]
    pub fn cells(&self, record: Record<'_>) -> Vec<String> {
        if record.too_large {
            let beginning = &record.parts().0[..record.parts().0.len().min(1000)];
            return vec![self.encoding.decode_lossy(beginning).replace('\0', "\u{fffd}")];
        }
        record
            .cells()
            .map(|cell| self.encoding.decode_lossy(cell).replace('\0', "\u{fffd}"))
            .collect()
    }

    fn fill(&mut self, row: &mut Row, record: Record<'_>) -> Result<bool, (Reason, Option<usize>)> {
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
            if n >= self.columns.len() {
                return Err((Reason::TooManyCells, None));
            }
            self.fill_cell(row, n, cell).map_err(|reason| (reason, Some(n)))?;
        }
        if blank {
            return Ok(false);
        }
        let identified = match self.identity {
            Identity::Email => matches!(row.patch.email, Change::Set(_)),
            Identity::ExternalId => matches!(row.patch.external_id, Change::Set(_)),
        };
        if identified {
            Ok(true)
        } else {
            Err((Reason::MissingIdentity, None))
        }
    }

    fn fill_cell(&mut self, row: &mut Row, column: usize, cell: &[u8]) -> CellResult {
        if cell.contains(&0) {
            return Err(Reason::NulByte);
        }
        if self.columns[column].target == Target::Skip {
            return Ok(());
        }
        let text: Cow<'_, str> = self.encoding.decode(cell).ok_or(Reason::InvalidEncoding)?;
        let text = unprotected(text.trim());
        if text == "NULL" {
            self.clear(row, column)
        } else {
            self.set(row, column, text)
        }
    }

    fn clear(&self, row: &mut Row, column: usize) -> CellResult {
        match &self.columns[column].target {
            Target::Email => row.patch.email = Change::Clear,
            Target::ExternalId => row.patch.external_id = Change::Clear,
            Target::Text(field) => row.patch.texts.push((*field, Change::Clear)),
            Target::FullName => {
                row.patch.texts.push((TextField::FirstName, Change::Clear));
                row.patch.texts.push((TextField::LastName, Change::Clear));
            }
            Target::Attribute(key) => row.patch.attributes.push((key.clone(), None)),
            // Neither a wish not to be written to nor a date of creation is cleared by a file, and
            // tags are only added.
            _ => {}
        }
        Ok(())
    }

    fn set(&mut self, row: &mut Row, column: usize, text: &str) -> CellResult {
        match &self.columns[column].target {
            Target::Skip | Target::NewField(_) => {}
            Target::Email => {
                row.patch.email = Change::Set(EmailAddress::parse(text).map_err(|_| Reason::InvalidEmail)?);
            }
            Target::ExternalId => {
                let id = parse_external_id(text).map_err(|_| Reason::InvalidExternalId)?;
                row.patch.external_id = id.map_or(Change::Keep, Change::Set);
            }
            Target::Text(field) => row
                .patch
                .texts
                .push((*field, Change::Set(parse_text_field(*field, text)?))),
            Target::FullName => {
                let (first, last) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
                for (field, part) in [(TextField::FirstName, first), (TextField::LastName, last)] {
                    let value = parse_text_field(field, part)?;
                    if !value.is_empty() {
                        row.patch.texts.push((field, Change::Set(value)));
                    }
                }
            }
            Target::Tags => row.patch.add_tags.extend(parse_tags(text)?),
            Target::DoNotEmail => row.do_not_email = opt_out(text).ok_or(Reason::NotABoolean)?,
            Target::CreatedAt => row.created_at = Some(field_value::datetime(text, self.dates)?),
            Target::Attribute(key) => {
                let Some(known) = self.fields.get(key) else {
                    return Ok(());
                };
                let rule = ValueRule {
                    kind: known.kind,
                    options: &known.options,
                    dates: self.dates,
                };
                row.patch
                    .attributes
                    .push((key.clone(), field_value::parse_text(rule, text)?));
            }
            Target::Json => return self.set_json(row, text),
        }
        Ok(())
    }

    fn set_json(&mut self, row: &mut Row, text: &str) -> CellResult {
        let members: serde_json::Map<String, Value> =
            serde_json::from_str(text).map_err(|_| Reason::InvalidJson)?;
        for (name, value) in members {
            if let Some(field) = self.free_text_field(&name) {
                let text = field_value::to_text(&value);
                row.patch
                    .texts
                    .push((field, Change::Set(parse_text_field(field, &text)?)));
                continue;
            }
            let Some(key) = self.json_key(&name, &value) else {
                continue;
            };
            let Some(known) = self.fields.get(&key) else {
                continue;
            };
            let rule = ValueRule {
                kind: known.kind,
                options: &known.options,
                dates: self.dates,
            };
            let value = match (&value, known.kind) {
                // What has no type of its own here is kept as its JSON.
                (Value::Object(_) | Value::Array(_), FieldType::Text) => {
                    field_value::parse_text(rule, &value.to_string())?
                }
                _ => field_value::parse_json(rule, &value)?,
            };
            if value.as_ref().is_some_and(has_nul) {
                return Err(Reason::NulByte);
            }
            row.patch.attributes.push((key, value));
        }
        Ok(())
    }

    /// The column that every contact has and that a member of JSON belongs to, unless a column of the
    /// file goes there.
    fn free_text_field(&self, name: &str) -> Option<TextField> {
        let field = TextField::from_key(&key_like(name))?;
        let is_name = matches!(field, TextField::FirstName | TextField::LastName);
        let taken = self.columns.iter().any(|column| match column.target {
            Target::Text(other) => other == field,
            Target::FullName => is_name,
            _ => false,
        });
        (!taken).then_some(field)
    }

    /// The field that a member of JSON belongs to; makes one when it may.
    fn json_key(&mut self, name: &str, value: &Value) -> Option<String> {
        if self.fields.contains_key(name) {
            return Some(name.to_owned());
        }
        let key = key_from_label(name)?;
        if self.fields.contains_key(&key) {
            return Some(key);
        }
        if !self.learns || value.is_null() || self.fields.len() >= MAX_FIELDS {
            return None;
        }
        let kind = json_kind(value);
        let label: String = name.chars().filter(|c| !c.is_control()).take(100).collect();
        self.fields.insert(
            key.clone(),
            Known {
                kind,
                options: Vec::new(),
            },
        );
        self.learned.push(NewField {
            key: key.clone(),
            label,
            kind,
        });
        Some(key)
    }
}

/// Takes off the apostrophe that exports put before what a spreadsheet would compute, ours too: a
/// file of rejected rows can be mended and imported as it is.
fn unprotected(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@']) => rest,
        _ => text,
    }
}

/// The type of field that a JSON value is best kept in.
#[must_use]
pub fn json_kind(value: &Value) -> FieldType {
    match value {
        Value::Number(_) => FieldType::Number,
        Value::Bool(_) => FieldType::Boolean,
        Value::Array(items) if items.iter().all(Value::is_string) => FieldType::Multiselect,
        _ => FieldType::Text,
    }
}

fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(has_nul),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use kernel::FieldId;
    use serde_json::json;

    use super::*;
    use crate::domain::import::records::{Position, Progress, Records};

    fn field(key: &str, kind: FieldType) -> Field {
        Field {
            id: FieldId::generate(),
            key: key.to_owned(),
            label: key.to_owned(),
            kind,
            options: vec![],
            filterable: false,
            indexed: false,
            created_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
        }
    }

    fn reader(columns: &[&str], encoding: Encoding) -> RowReader {
        let mapping = Mapping {
            columns: columns
                .iter()
                .map(|text| text.parse().expect("a target"))
                .collect(),
            ..Mapping::default()
        };
        let names: Vec<_> = columns.iter().map(|name| format!("[{name}]")).collect();
        let fields = [
            field("plan", FieldType::Text),
            field("age", FieldType::Number),
            field("langs", FieldType::Multiselect),
        ];
        RowReader::new(&mapping, &names, &fields, encoding, 0)
    }

    fn outcomes(reader: &mut RowReader, file: &[u8]) -> Vec<Outcome> {
        let mut records = Records::new(b',', Position::START);
        let mut rest = file;
        let mut outcomes = Vec::new();
        loop {
            let (used, progress) = records.read(rest);
            rest = &rest[used..];
            match progress {
                Progress::NeedsMore => {}
                Progress::Record => outcomes.push(reader.read(records.record())),
                Progress::End => return outcomes,
            }
        }
    }

    fn row(columns: &[&str], file: &str) -> Row {
        let outcome = outcomes(&mut reader(columns, Encoding::Utf8), file.as_bytes()).remove(0);
        match outcome {
            Outcome::Row(row) => *row,
            other => panic!("{other:?}"),
        }
    }

    fn reason(columns: &[&str], file: &[u8]) -> (Reason, String) {
        match outcomes(&mut reader(columns, Encoding::Utf8), file).remove(0) {
            Outcome::Rejected(reject) => (reject.reason, reject.column),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn cells_become_changes_by_their_type() {
        let row = row(
            &[
                "email",
                "first_name",
                "tags",
                "attribute:age",
                "attribute:plan",
                "created_at",
                "do_not_email",
            ],
            " Ann@B.Example ,Ann,vip|trial,41,=1+1,2020-01-02,yes\n",
        );
        assert_eq!(
            row.patch.email,
            Change::Set(EmailAddress::parse("ann@b.example").expect("valid"))
        );
        assert_eq!(
            row.patch.texts,
            [(TextField::FirstName, Change::Set("Ann".to_owned()))]
        );
        assert_eq!(row.patch.add_tags.len(), 2);
        assert_eq!(
            row.patch.attributes,
            [
                ("age".to_owned(), Some(json!(41))),
                ("plan".to_owned(), Some(json!("=1+1")))
            ],
            "a formula is text"
        );
        assert_eq!(
            row.created_at,
            Some("2020-01-02T00:00:00Z".parse().expect("a timestamp"))
        );
        assert!(row.do_not_email);
    }

    #[test]
    fn empty_cells_say_nothing_and_null_clears() {
        let row = row(
            &["email", "first_name", "city", "attribute:plan", "tags"],
            "a@b.example,,NULL,NULL,NULL\n",
        );
        assert_eq!(row.patch.texts, [(TextField::City, Change::Clear)]);
        assert_eq!(row.patch.attributes, [("plan".to_owned(), None)]);
        assert!(row.patch.add_tags.is_empty());
    }

    #[test]
    fn the_apostrophe_of_a_protected_cell_is_taken_off() {
        let row = row(
            &["email", "phone", "attribute:plan", "city"],
            "a@b.example,'+49 30 123,'=1+1,'s-Hertogenbosch\n",
        );
        let texts = |n: usize| row.patch.texts[n].1.clone();
        assert_eq!(texts(0), Change::Set("+49 30 123".to_owned()));
        assert_eq!(row.patch.attributes, [("plan".to_owned(), Some(json!("=1+1")))]);
        assert_eq!(
            texts(1),
            Change::Set("'s-Hertogenbosch".to_owned()),
            "a name that begins with one keeps it"
        );
    }

    #[test]
    fn a_full_name_is_split() {
        let texts = |name: &str| {
            row(&["email", "full_name"], &format!("a@b.example,{name}\n"))
                .patch
                .texts
        };
        let first = (TextField::FirstName, Change::Set("Ann".to_owned()));
        let last = (TextField::LastName, Change::Set("van der Berg".to_owned()));
        assert_eq!(texts("Ann van der Berg"), [first.clone(), last]);
        assert_eq!(texts("Ann"), [first]);
    }

    #[test]
    fn each_fault_has_its_reason_and_column() {
        let columns = ["email", "attribute:age", "phone", "json", "timezone", "tags"];
        for (file, why, column) in [
            (&b"nobody,1\n"[..], Reason::InvalidEmail, "[email]"),
            (b",1\n", Reason::MissingIdentity, ""),
            (b"NULL,1\n", Reason::MissingIdentity, ""),
            (b"a@b.example,old\n", Reason::NotANumber, "[attribute:age]"),
            (b"a@b.example,1,call me\n", Reason::NotAPhone, "[phone]"),
            (b"a@b.example,1,,{\n", Reason::InvalidJson, "[json]"),
            (b"a@b.example,1,,[]\n", Reason::InvalidJson, "[json]"),
            (
                b"a@b.example,1,,\"{\"\"age\"\": \"\"x\"\"}\"\n",
                Reason::NotANumber,
                "[json]",
            ),
            (
                b"a@b.example,1,,\"{\"\"age\"\": true}\"\n",
                Reason::WrongKind,
                "[json]",
            ),
            (
                b"a@b.example,1,,\"{\"\"plan\"\": \"\"a\\u0000\"\"}\"\n",
                Reason::ControlCharacter,
                "[json]",
            ),
            (b"a@b.example,1,,,Mars\n", Reason::NotATimezone, "[timezone]"),
            (b"a@b.example,1,,,,a\x07b\n", Reason::InvalidTag, "[tags]"),
            (b"a@b.example,1,,,,,extra\n", Reason::TooManyCells, ""),
            (b"a@b.example,\xff\n", Reason::InvalidEncoding, "[attribute:age]"),
            (b"a@b.example,a\0b\n", Reason::NulByte, "[attribute:age]"),
            (b"\"a@b.example,1\nc,2\n", Reason::UnclosedQuote, ""),
        ] {
            assert_eq!(
                reason(&columns, file),
                (why, column.to_owned()),
                "{}",
                String::from_utf8_lossy(file)
            );
        }
    }

    #[test]
    fn short_rows_are_fine_and_so_are_empty_cells_beyond_the_columns() {
        assert!(
            row(&["email", "city", "country"], "a@b.example\n")
                .patch
                .texts
                .is_empty()
        );
        assert!(row(&["email"], "a@b.example,, ,\n").patch.texts.is_empty());
        let blank = outcomes(&mut reader(&["email", "city"], Encoding::Utf8), b" , \n\"\",\n");
        assert_eq!(blank, [Outcome::Blank, Outcome::Blank]);
    }

    #[test]
    fn a_rejected_row_keeps_its_cells_and_place() {
        let outcomes = outcomes(
            &mut reader(&["email", "city"], Encoding::Utf8),
            b"a@b.example,\"x\ny\"\nbad\0,B\xfcnn\n",
        );
        let Outcome::Rejected(reject) = &outcomes[1] else {
            panic!("{outcomes:?}")
        };
        assert_eq!((reject.row, reject.line), (2, 3));
        assert_eq!(reject.cells, ["bad\u{fffd}", "B\u{fffd}nn"]);
    }

    #[test]
    fn members_of_json_become_attributes() {
        let row = row(
            &["email", "json"],
            r#"a@b.example,"{""plan"": {""tier"": 2}, ""age"": 7, ""langs"": [""de"", ""en""], ""unknown"": 1}""#,
        );
        assert_eq!(
            row.patch.attributes,
            [
                ("age".to_owned(), Some(json!(7))),
                ("langs".to_owned(), Some(json!(["de", "en"]))),
                ("plan".to_owned(), Some(json!(r#"{"tier":2}"#))),
            ]
        );
    }

    #[test]
    fn members_of_json_that_every_contact_has_go_there() {
        let file = r#"a@b.example,Ann,"{""city"": ""Bonn"", ""firstName"": ""Anna"", ""Company"": null}""#;
        let texts = row(&["email", "first_name", "json"], file).patch.texts;
        let set = |field, text: &str| (field, Change::Set(text.to_owned()));
        let mut wanted = vec![
            set(TextField::FirstName, "Ann"),
            set(TextField::Company, ""),
            set(TextField::City, "Bonn"),
        ];
        wanted.sort_by_key(|(field, _)| *field);
        let mut texts = texts;
        texts.sort_by_key(|(field, _)| *field);
        assert_eq!(texts, wanted, "a column of the file comes first");
    }

    #[test]
    fn unknown_members_of_json_become_fields_when_asked_to() {
        let mapping = Mapping {
            columns: vec![Target::Email, Target::Json],
            create_json_fields: true,
            ..Mapping::default()
        };
        let mut reader = RowReader::new(&mapping, &[], &[], Encoding::Utf8, 0);
        let file = "a@b.example,\"{\"\"Lead Score\"\": 7, \"\"good\"\": true, \"\"x\"\": null, \"\"名\"\": 1}\"\nb@b.example,\"{\"\"Lead Score\"\": \"\"high\"\"}\"\n";
        let outcomes = outcomes(&mut reader, file.as_bytes());
        let learned = reader.take_learned();
        let learned: Vec<_> = learned
            .iter()
            .map(|field| (field.key.as_str(), field.kind))
            .collect();
        assert_eq!(
            learned,
            [("lead_score", FieldType::Number), ("good", FieldType::Boolean)]
        );
        let Outcome::Rejected(reject) = &outcomes[1] else {
            panic!("{outcomes:?}")
        };
        assert_eq!(
            reject.reason,
            Reason::NotANumber,
            "the first value decided the type"
        );
        assert!(reader.take_learned().is_empty());
    }

    #[test]
    fn windows_1252_is_read() {
        let outcomes = outcomes(
            &mut reader(&["email", "city"], Encoding::Windows1252),
            b"a@b.example,K\xf6ln\n",
        );
        let Outcome::Row(row) = &outcomes[0] else {
            panic!("{outcomes:?}")
        };
        assert_eq!(
            row.patch.texts,
            [(TextField::City, Change::Set("Köln".to_owned()))]
        );
    }
}
