//! One row of a file: its cells become changes to a contact, or a reason why not.
//!
//! An empty cell says nothing. The word `NULL` clears what is there, as in Mautic. Everything else
//! must fit, or the row is rejected whole.

use std::{borrow::Cow, collections::BTreeMap};

use kernel::{EmailAddress, StageId, Timestamp, shortened_ip};
use serde_json::Value;

use super::{
    directory::Directory,
    encoding::Encoding,
    guess::opt_out,
    mapping::{Existing, Identity, Mapping, NewField, Target},
    reader::{CLEARS, CellResult, FileRow, Learned, NewStage, ReadRows},
    reject::Reason,
    wishes::TopicWish,
};
use crate::domain::{
    contact::{Change, ContactPatch, TextField},
    contact_value::{parse_external_id, parse_text_field},
    field::{Field, FieldType, MAX_FIELDS, key_from_label, key_like},
    field_value::{self, DateOrder, ValueRule},
    stage::StageDraft,
    tag::{Tag, parse_tags},
};

/// What a row says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row {
    /// The number of the record, the first after the header being 1.
    pub row: u64,
    /// The line that it begins at.
    pub line: u64,
    /// What becomes so in any case.
    pub patch: ContactPatch,
    /// What becomes so where a contact has nothing yet.
    pub fill: ContactPatch,
    /// What becomes so only of somebody who is new.
    pub once: ContactPatch,
    /// The tags are all that the contact is to have.
    pub replaces_tags: bool,
    pub created_at: Option<Timestamp>,
    /// The same where the row has nothing else to say when somebody came to be.
    pub identified_at: Option<Timestamp>,
    pub do_not_email: bool,
    pub company: Option<CompanyWish>,
    /// What it says of topics.
    pub wishes: Vec<TopicWish>,
    /// When that was said, and from where, as `kernel::shortened_ip` makes it.
    pub consent_at: Option<Timestamp>,
    pub consent_ip: String,
}

/// The company that a row names.
#[derive(Clone, Debug, PartialEq)]
pub struct CompanyWish {
    /// An external ID or a name.
    pub company: Change<String>,
    /// What it does to a contact that exists.
    pub rule: Existing,
}

impl Row {
    /// All that the row says, which is what somebody new is made of.
    #[must_use]
    pub fn whole(&self) -> Cow<'_, ContactPatch> {
        let nothing = ContactPatch::default();
        if self.fill == nothing && self.once == nothing {
            return Cow::Borrowed(&self.patch);
        }
        let mut whole = self.patch.clone();
        whole.also(self.fill.clone());
        whole.also(self.once.clone());
        Cow::Owned(whole)
    }
}

impl FileRow for Row {
    fn place(&self) -> (u64, u64) {
        (self.row, self.line)
    }
    fn identified_by(&self, identity: &Identity) -> Option<Cow<'_, str>> {
        self.patch.identified_by(identity)
    }
}

/// Reads the rows of one file.
pub struct RowReader {
    encoding: Encoding,
    columns: Vec<Column>,
    identity: Identity,
    dates: DateOrder,
    tags: Vec<Tag>,
    tags_rule: Existing,
    fields: BTreeMap<String, Known>,
    directory: Directory,
    /// Whether unknown members of JSON become fields.
    learns: bool,
    /// Whether stages that do not exist are made.
    makes_stages: bool,
    learned: Learned,
    /// How many stages were learned before the present row.
    stages_before: usize,
    row: u64,
}

struct Column {
    name: String,
    target: Target,
    /// What it does to a contact that exists.
    rule: Existing,
}

#[derive(Clone)]
struct Known {
    kind: FieldType,
    options: Vec<String>,
    max_length: Option<usize>,
}

impl Known {
    fn rule(&self, dates: DateOrder) -> ValueRule<'_> {
        ValueRule {
            dates,
            max_length: self.max_length,
            ..ValueRule::of(self.kind, &self.options)
        }
    }
}

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
                    max_length: field.max_length,
                },
            )
        };
        let column = |(n, target): (usize, &Target)| Column {
            name: names.get(n).cloned().unwrap_or_else(|| (n + 1).to_string()),
            target: target.clone(),
            rule: mapping.rule_of(n),
        };
        Self {
            encoding,
            columns: mapping.columns.iter().enumerate().map(column).collect(),
            identity: mapping.identity.clone(),
            // Who is left alone gets no tags either.
            tags_rule: mapping.existing,
            dates: mapping.dates,
            tags: mapping
                .tags
                .iter()
                .filter_map(|tag| Tag::parse(tag).ok())
                .collect(),
            fields: fields.iter().map(known).collect(),
            directory: Directory::default(),
            learns: mapping.create_json_fields,
            makes_stages: mapping.create_stages,
            learned: Learned::default(),
            stages_before: 0,
            row: rows_before,
        }
    }

    /// The same, knowing what words stand for.
    #[must_use]
    pub fn with_directory(self, directory: Directory) -> Self {
        Self { directory, ..self }
    }

    /// Puts the part of the row that a column writes to into the place of the main one, or back.
    fn aside(&self, row: &mut Row, column: usize) {
        // Tags are only added, which takes nothing away from anybody.
        let adds = self.columns[column].target == Target::Tags;
        match self.columns[column].rule {
            Existing::Overwrite => {}
            Existing::FillEmpty if adds => {}
            Existing::FillEmpty => std::mem::swap(&mut row.patch, &mut row.fill),
            Existing::Leave => std::mem::swap(&mut row.patch, &mut row.once),
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
            Target::TagsReplace => row.replaces_tags = self.columns[column].rule == Existing::Overwrite,
            Target::Owner => row.patch.owner = Change::Clear,
            Target::Stage => row.patch.stage = Change::Clear,
            Target::Points => row.patch.points = Some(0),
            Target::PrimaryCompany => row.company = Some(self.wish(column, Change::Clear)),
            // Neither a wish not to be written to nor a date of creation is cleared by a file, and
            // tags are only added.
            _ => {}
        }
        Ok(())
    }

    fn set(&mut self, row: &mut Row, column: usize, text: &str) -> CellResult {
        match &self.columns[column].target {
            // No mapping onto contacts has what only records have.
            Target::Skip | Target::NewField(_) | Target::Name | Target::Contacts | Target::Link(_) => {}
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
            Target::TagsReplace => {
                row.patch.add_tags.extend(parse_tags(text)?);
                row.replaces_tags = self.columns[column].rule == Existing::Overwrite;
            }
            Target::DoNotEmail => row.do_not_email = opt_out(text).ok_or(Reason::NotABoolean)?,
            Target::CreatedAt => row.created_at = Some(field_value::datetime(text, self.dates)?),
            Target::IdentifiedAt => row.identified_at = Some(field_value::datetime(text, self.dates)?),
            Target::LastActive => {
                row.patch.last_active_at = Some(field_value::datetime(text, self.dates)?);
            }
            Target::Owner => {
                row.patch.owner = Change::Set(self.directory.owner(text).ok_or(Reason::UnknownOwner)?);
            }
            Target::Stage => {
                row.patch.stage = Change::Set(self.stage(text)?);
            }
            Target::Points => {
                row.patch.points = Some(text.parse().map_err(|_| Reason::NotAnInteger)?);
            }
            Target::Topic(key) => {
                let yes = agrees(text).ok_or(Reason::NotABoolean)?;
                row.wishes.push(self.topic_wish(column, key, yes)?);
            }
            Target::Topics => {
                for name in text
                    .split(['|', ','])
                    .map(str::trim)
                    .filter(|name| !name.is_empty())
                {
                    row.wishes.push(self.topic_wish(column, name, true)?);
                }
            }
            Target::ConsentAt => row.consent_at = Some(field_value::datetime(text, self.dates)?),
            Target::ConsentIp => {
                row.consent_ip = text.parse().map(shortened_ip).map_err(|_| Reason::NotAnIp)?;
            }
            Target::PrimaryCompany => {
                let company = parse_text_field(TextField::Company, text)?;
                row.company = Some(self.wish(column, Change::to(Some(company).filter(|c| !c.is_empty()))));
            }
            Target::Attribute(key) => {
                let Some(known) = self.fields.get(key) else {
                    return Ok(());
                };
                let rule = known.rule(self.dates);
                row.patch
                    .attributes
                    .push((key.clone(), field_value::parse_text(rule, text)?));
            }
            Target::Json => return self.set_json(row, text),
        }
        Ok(())
    }

    /// A stage by its name; one that is not known is made when that is wanted and there is room.
    fn stage(&mut self, text: &str) -> Result<StageId, Reason> {
        if let Some(id) = self.directory.stage(text) {
            return Ok(id);
        }
        if !self.makes_stages {
            return Err(Reason::UnknownStage);
        }
        let draft = StageDraft {
            name: text.to_owned(),
            ..StageDraft::default()
        };
        let name = draft.check().map_err(|_| Reason::UnknownStage)?.name;
        // Written with other spaces it may be known after all.
        if let Some(id) = self.directory.stage(&name) {
            return Ok(id);
        }
        let id = self.directory.add_stage(&name).ok_or(Reason::UnknownStage)?;
        self.learned.stages.push(NewStage { id, name });
        Ok(id)
    }

    fn topic_wish(&self, column: usize, name: &str, yes: bool) -> Result<TopicWish, Reason> {
        Ok(TopicWish {
            topic: self.directory.topic(name).ok_or(Reason::UnknownTopic)?,
            yes,
            rule: self.columns[column].rule,
        })
    }

    fn wish(&self, column: usize, company: Change<String>) -> CompanyWish {
        CompanyWish {
            company,
            rule: self.columns[column].rule,
        }
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
            let rule = known.rule(self.dates);
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
            Target::PrimaryCompany => field == TextField::Company,
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
                max_length: None,
            },
        );
        self.learned.fields.push(NewField {
            key: key.clone(),
            label,
            kind,
        });
        Some(key)
    }
}

impl ReadRows for RowReader {
    type Row = Row;

    fn encoding(&self) -> Encoding {
        self.encoding
    }

    fn columns(&self) -> usize {
        self.columns.len()
    }

    fn column_name(&self, column: usize) -> &str {
        &self.columns[column].name
    }

    fn begin(&mut self, line: u64) -> Row {
        self.row += 1;
        self.stages_before = self.learned.stages.len();
        let mut row = Row {
            row: self.row,
            line,
            ..Row::default()
        };
        match self.tags_rule {
            Existing::Leave => row.once.add_tags.clone_from(&self.tags),
            Existing::Overwrite | Existing::FillEmpty => row.patch.add_tags.clone_from(&self.tags),
        }
        row
    }

    fn skips(&self, column: usize) -> bool {
        self.columns[column].target == Target::Skip
    }

    fn cell(&mut self, row: &mut Row, column: usize, text: &str) -> CellResult {
        self.aside(row, column);
        let done = if text == CLEARS {
            self.clear(row, column)
        } else {
            self.set(row, column, text)
        };
        self.aside(row, column);
        done
    }

    fn check(&self, row: &Row) -> CellResult {
        match row.patch.identified_by(&self.identity) {
            Some(_) => Ok(()),
            None => Err(Reason::MissingIdentity),
        }
    }

    fn forget(&mut self) {
        for stage in self.learned.stages.drain(self.stages_before..) {
            self.directory.remove_stage(&stage.name);
        }
    }

    fn take_learned(&mut self) -> Learned {
        std::mem::take(&mut self.learned)
    }
}

/// What a column about a topic holds.
fn agrees(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "subscribed" | "confirmed" | "active" | "enabled" => Some(true),
        "unsubscribed" | "unconfirmed" | "blocklisted" | "disabled" => Some(false),
        other => field_value::boolean(other),
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
#[path = "row_tests.rs"]
mod tests;
