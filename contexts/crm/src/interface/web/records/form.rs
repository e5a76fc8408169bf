//! The form of a record as it was filled in.

use std::collections::BTreeMap;

use kernel::Timestamp;

use crate::{
    domain::{
        contact_input::Problem,
        field::{Field, FieldType, defaults},
        record::{Record, RecordInput, RecordPatch},
    },
    interface::web::field_widgets::{attribute_name, form_values},
};

/// The version of the record that the form was filled from.
pub const SEEN: &str = "seen";

/// All fields as they were typed: a form that comes back shows them again.
#[derive(Clone, Debug, Default)]
pub struct RecordForm(BTreeMap<String, Vec<String>>);

impl RecordForm {
    #[must_use]
    pub fn read(pairs: Vec<(String, String)>) -> Self {
        let mut form = Self::default();
        for (name, value) in pairs {
            form.0.entry(name).or_default().push(value);
        }
        form
    }

    /// As it begins: with the defaults.
    #[must_use]
    pub fn new(fields: &[Field]) -> Self {
        let mut form = Self::default();
        for (key, value) in defaults(fields) {
            form.0.insert(attribute_name(key), form_values(value));
        }
        form
    }

    /// Filled with a record's data.
    #[must_use]
    pub fn of(record: &Record) -> Self {
        let mut form = Self::default();
        form.set("name", record.name.clone());
        form.set("external_id", record.external_id.clone().unwrap_or_default());
        for (key, value) in &record.attributes {
            form.0.insert(attribute_name(key), form_values(value));
        }
        form.see(record.updated_at);
        form
    }

    /// The first value of a field.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        self.0
            .get(name)
            .and_then(|values| values.first())
            .map_or("", String::as_str)
    }

    /// All values of a field that are not empty.
    pub fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        let values = self.0.get(name).into_iter().flatten();
        values.map(String::as_str).filter(|value| !value.is_empty())
    }

    /// What the record is called by now.
    #[must_use]
    pub fn label(&self) -> String {
        let name = self.get("name").trim();
        if name.is_empty() {
            self.get("external_id").trim()
        } else {
            name
        }
        .to_owned()
    }

    /// The version that was seen, if the form says.
    #[must_use]
    pub fn seen(&self) -> Option<Timestamp> {
        self.get(SEEN).parse().ok()
    }

    pub fn see(&mut self, version: Timestamp) {
        self.set(SEEN, version.to_string());
    }

    /// The changes that the form asks for. A field that it lacks stays as it is.
    pub fn patch(&self, fields: &[Field]) -> Result<RecordPatch, Vec<Problem>> {
        self.read_into(fields).finish()
    }

    /// The same for a new one.
    pub fn new_patch(&self, fields: &[Field]) -> Result<RecordPatch, Vec<Problem>> {
        self.read_into(fields).finish_new()
    }

    fn read_into<'a>(&self, fields: &'a [Field]) -> RecordInput<'a> {
        let mut input = RecordInput::new(fields);
        let has = |name: &str| self.0.contains_key(name);
        if has("name") {
            input.name(self.get("name"));
        }
        if has("external_id") {
            input.external_id(self.get("external_id"));
        }
        for field in fields {
            let name = attribute_name(&field.key);
            if !has(&name) {
                continue;
            }
            let text = match field.kind {
                FieldType::Multiselect => self.all(&name).collect::<Vec<_>>().join("|"),
                _ => self.get(&name).to_owned(),
            };
            input.attribute_text(&field.key, &text);
        }
        input
    }

    fn set(&mut self, name: &str, value: String) {
        self.0.insert(name.to_owned(), vec![value]);
    }
}
