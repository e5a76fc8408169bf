//! One row of a file of records: its cells become changes to a record and links, or a reason why not.

use std::{borrow::Cow, collections::BTreeMap};

use kernel::FieldId;

use super::{
    directory::Directory,
    encoding::Encoding,
    mapping::{Existing, Identity, Mapping, Target},
    reader::{CLEARS, CellResult, FileRow, Learned, ReadRows},
    reject::Reason,
};
use crate::domain::{
    contact::Change,
    contact_value::parse_external_id,
    field::{Field, defaults},
    field_value::{self, DateOrder, ValueRule},
    record::{MAX_NAME, RecordPatch},
    record_item::{ContactRef, RecordItem, RecordKey, RecordRef, WantedContact},
    record_plan::RowRules,
    text,
};

/// The most people or records that a cell names.
const MAX_LINKS: usize = 200;

/// What a row says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RecordRow {
    /// The number of the record, the first after the header being 1.
    pub row: u64,
    /// The line that it begins at.
    pub line: u64,
    /// What becomes so in any case.
    pub patch: RecordPatch,
    /// What becomes so where a record has nothing yet.
    pub fill: RecordPatch,
    /// What becomes so only of a record that is new.
    pub once: RecordPatch,
    pub contacts: Vec<ContactRef>,
    /// By the word of the relation.
    pub links: BTreeMap<String, Vec<RecordRef>>,
    /// Links that only a new record gets.
    pub new_contacts: Vec<ContactRef>,
    pub new_links: BTreeMap<String, Vec<RecordRef>>,
}

impl FileRow for RecordRow {
    fn place(&self) -> (u64, u64) {
        (self.row, self.line)
    }

    fn identified_by(&self, identity: &Identity) -> Option<Cow<'_, str>> {
        match identity {
            Identity::ExternalId => match &self.patch.external_id {
                Change::Set(id) => Some(id.as_str().into()),
                _ => None,
            },
            Identity::Name => match &self.patch.name {
                Change::Set(name) => Some(name.to_lowercase().into()),
                _ => None,
            },
            Identity::Attribute(key) => self.patch.attributes.iter().find_map(|(other, value)| {
                let value = value.as_ref().filter(|_| other == key)?;
                Some(Field::identity_of(value).into())
            }),
            Identity::Email | Identity::Phone => None,
        }
    }
}

/// What the rows of a file have in common once they are read.
#[derive(Clone, Debug)]
pub struct RecordFile {
    pub identity: Identity,
    /// The field that tells records apart, if one does.
    pub field: Option<FieldId>,
    pub fields: Vec<Field>,
}

impl RecordFile {
    #[must_use]
    pub fn new(identity: Identity, fields: Vec<Field>) -> Self {
        let field = match &identity {
            Identity::Attribute(key) => fields
                .iter()
                .find(|field| field.key == *key)
                .map(|field| field.id),
            _ => None,
        };
        Self {
            identity,
            field,
            fields,
        }
    }

    /// A row as an item and its rules.
    #[must_use]
    pub fn item(&self, row: &RecordRow) -> (RecordItem, RowRules) {
        let (mut patch, mut fill) = (row.patch.clone(), row.fill.clone());
        let mut whole = patch.clone();
        whole.also(fill.clone());
        whole.also(row.once.clone());
        let mut new_patch = whole.clone();
        if self.identity == Identity::Name {
            // Found by its name in whatever case, a record stays written as it is.
            whole.name = Change::Keep;
            fill.name = std::mem::take(&mut patch.name);
        }
        for (key, value) in defaults(&self.fields) {
            if !new_patch.attributes.iter().any(|(other, _)| other == key) {
                new_patch.attributes.push((key.to_owned(), Some(value.clone())));
            }
        }
        let told_by = row.identified_by(&self.identity).map(Cow::into_owned);
        let key = match (&self.identity, told_by) {
            (Identity::ExternalId, Some(id)) => RecordKey::ExternalId(id),
            (Identity::Name, Some(name)) => RecordKey::Name(name),
            (Identity::Attribute(_), Some(value)) => self
                .field
                .map_or(RecordKey::New, |field| RecordKey::Value((field, value))),
            _ => RecordKey::New,
        };
        let item = RecordItem {
            key,
            patch,
            new_patch: Ok(new_patch),
            contacts: wanted(&row.contacts),
            links: row.links.clone(),
        };
        let rules = RowRules {
            fill,
            whole,
            contacts: wanted(&row.new_contacts),
            links: row.new_links.clone(),
        };
        (item, rules)
    }
}

fn wanted(contacts: &[ContactRef]) -> Vec<WantedContact> {
    let one = |who: &ContactRef| WantedContact {
        who: who.clone(),
        role: None,
        primary: None,
    };
    contacts.iter().map(one).collect()
}

/// Reads the rows of one file.
pub struct RecordReader {
    encoding: Encoding,
    columns: Vec<Column>,
    identity: Identity,
    dates: DateOrder,
    fields: BTreeMap<String, Field>,
    directory: Directory,
    row: u64,
}

struct Column {
    name: String,
    target: Target,
    /// What it does to a record that exists.
    rule: Existing,
}

impl RecordReader {
    /// `mapping` is settled: its new fields are among `fields`. `rows_before` is how many records
    /// stand before the first one to be read.
    #[must_use]
    pub fn new(
        mapping: &Mapping,
        names: &[String],
        fields: &[Field],
        encoding: Encoding,
        rows_before: u64,
        directory: Directory,
    ) -> Self {
        let column = |(n, target): (usize, &Target)| Column {
            name: names.get(n).cloned().unwrap_or_else(|| (n + 1).to_string()),
            target: target.clone(),
            rule: mapping.rule_of(n),
        };
        Self {
            encoding,
            columns: mapping.columns.iter().enumerate().map(column).collect(),
            identity: mapping.identity.clone(),
            dates: mapping.dates,
            fields: fields
                .iter()
                .map(|field| (field.key.clone(), field.clone()))
                .collect(),
            directory,
            row: rows_before,
        }
    }

    /// The part of the row that a column writes to.
    fn part<'r>(&self, row: &'r mut RecordRow, column: usize) -> &'r mut RecordPatch {
        match self.columns[column].rule {
            Existing::Overwrite => &mut row.patch,
            Existing::FillEmpty => &mut row.fill,
            Existing::Leave => &mut row.once,
        }
    }

    fn clear(&self, row: &mut RecordRow, column: usize) {
        let part = self.part(row, column);
        match &self.columns[column].target {
            Target::ExternalId => part.external_id = Change::Clear,
            Target::Name => part.name = Change::Clear,
            Target::Owner => part.owner = Change::Clear,
            Target::Attribute(key) => part.attributes.push((key.clone(), None)),
            // Links are only added by a file.
            _ => {}
        }
    }

    fn set(&self, row: &mut RecordRow, column: usize, text: &str) -> CellResult {
        let Column { target, rule, .. } = &self.columns[column];
        match target {
            Target::ExternalId => {
                let id = parse_external_id(text).map_err(|_| Reason::InvalidExternalId)?;
                self.part(row, column).external_id = id.map_or(Change::Keep, Change::Set);
            }
            Target::Name => {
                let name = text::single_line(text, MAX_NAME)?;
                self.part(row, column).name = Change::Set(name);
            }
            Target::Owner => {
                let owner = self.directory.owner(text).ok_or(Reason::UnknownOwner)?;
                self.part(row, column).owner = Change::Set(owner);
            }
            Target::Attribute(key) => {
                let Some(field) = self.fields.get(key) else {
                    return Ok(());
                };
                let value = field_value::parse_text(
                    ValueRule {
                        dates: self.dates,
                        ..field.rule()
                    },
                    text,
                )?;
                self.part(row, column).attributes.push((key.clone(), value));
            }
            Target::Contacts => {
                let people = parts(text)?.filter_map(ContactRef::read).collect::<Vec<_>>();
                if *rule == Existing::Leave {
                    row.new_contacts.extend(people);
                } else {
                    row.contacts.extend(people);
                }
            }
            Target::Link(relation) => {
                let records: Result<Vec<RecordRef>, Reason> = parts(text)?.map(record_ref).collect();
                let links = if *rule == Existing::Leave {
                    &mut row.new_links
                } else {
                    &mut row.links
                };
                links.insert(relation.clone(), records?);
            }
            _ => {}
        }
        Ok(())
    }
}

/// What stands between the strokes of a cell.
fn parts(text: &str) -> Result<impl Iterator<Item = &str>, Reason> {
    let parts = text.split('|').map(str::trim).filter(|part| !part.is_empty());
    if parts.clone().count() > MAX_LINKS {
        return Err(Reason::TooManyValues);
    }
    Ok(parts)
}

/// By the external ID, normalised as it is stored.
fn record_ref(text: &str) -> Result<RecordRef, Reason> {
    let id = parse_external_id(text).map_err(|_| Reason::InvalidExternalId)?;
    Ok(RecordRef::ExternalId(id.unwrap_or_default()))
}

impl ReadRows for RecordReader {
    type Row = RecordRow;

    fn encoding(&self) -> Encoding {
        self.encoding
    }

    fn columns(&self) -> usize {
        self.columns.len()
    }

    fn column_name(&self, column: usize) -> &str {
        &self.columns[column].name
    }

    fn begin(&mut self, line: u64) -> RecordRow {
        self.row += 1;
        RecordRow {
            row: self.row,
            line,
            ..RecordRow::default()
        }
    }

    fn skips(&self, column: usize) -> bool {
        self.columns[column].target == Target::Skip
    }

    fn cell(&mut self, row: &mut RecordRow, column: usize, text: &str) -> CellResult {
        if text == CLEARS {
            self.clear(row, column);
            return Ok(());
        }
        self.set(row, column, text)
    }

    fn check(&self, row: &RecordRow) -> CellResult {
        match row.identified_by(&self.identity) {
            Some(_) => Ok(()),
            None => Err(Reason::MissingRecordKey),
        }
    }

    fn take_learned(&mut self) -> Learned {
        Learned::default()
    }
}

#[cfg(test)]
#[path = "record_row_tests.rs"]
mod tests;
