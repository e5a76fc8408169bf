//! The form of a contact as it was filled in.

use std::collections::BTreeMap;

use kernel::Timestamp;

use crate::{
    domain::{
        contact::{Contact, ContactPatch, TextField},
        contact_input::{Assignable, ContactInput, Problem},
        field::{Field, FieldType, defaults},
        tag::Tag,
    },
    interface::web::field_widgets::{attribute_name, form_values},
};

/// The version of the contact that the form was filled from.
pub const SEEN: &str = "seen";

/// All fields as they were typed: a form that comes back shows them again.
#[derive(Clone, Debug, Default)]
pub struct ContactForm(BTreeMap<String, Vec<String>>);

impl ContactForm {
    #[must_use]
    pub fn read(pairs: Vec<(String, String)>) -> Self {
        let mut form = Self::default();
        for (name, value) in pairs {
            form.0.entry(name).or_default().push(value);
        }
        form
    }

    /// Filled with a contact's data.
    #[must_use]
    pub fn of(contact: &Contact) -> Self {
        let mut form = Self::default();
        form.set(
            "email",
            contact
                .email
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
        );
        form.set("external_id", contact.external_id.clone().unwrap_or_default());
        for field in TextField::ALL {
            form.set(field.key(), contact.texts.get(field).to_owned());
        }
        form.set(
            "tags",
            contact
                .tags
                .iter()
                .map(Tag::as_str)
                .collect::<Vec<_>>()
                .join(", "),
        );
        form.set(
            "owner_id",
            contact.owner.map(|id| id.to_string()).unwrap_or_default(),
        );
        form.set(
            "stage_id",
            contact.stage.map(|id| id.to_string()).unwrap_or_default(),
        );
        form.set("points", contact.points.to_string());
        for (key, value) in &contact.attributes {
            form.0.insert(attribute_name(key), form_values(value));
        }
        form.see(contact.updated_at);
        form
    }

    /// As it begins for somebody new: with the defaults.
    #[must_use]
    pub fn new(fields: &[Field]) -> Self {
        let mut form = Self::default();
        for (key, value) in defaults(fields) {
            form.0.insert(attribute_name(key), form_values(value));
        }
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
        self.0
            .get(name)
            .into_iter()
            .flatten()
            .map(String::as_str)
            .filter(|value| !value.is_empty())
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
    pub fn patch(
        &self,
        fields: &[Field],
        known: &Assignable,
        present: impl IntoIterator<Item = Tag>,
    ) -> Result<ContactPatch, Vec<Problem>> {
        self.read_into(fields, known, present).finish()
    }

    /// The same for somebody new.
    pub fn new_patch(&self, fields: &[Field], known: &Assignable) -> Result<ContactPatch, Vec<Problem>> {
        self.read_into(fields, known, []).finish_new()
    }

    fn read_into<'a>(
        &self,
        fields: &'a [Field],
        known: &Assignable,
        present: impl IntoIterator<Item = Tag>,
    ) -> ContactInput<'a> {
        let mut input = ContactInput::new(fields);
        let has = |name: &str| self.0.contains_key(name);
        if has("email") {
            input.email(self.get("email"));
        }
        if has("external_id") {
            input.external_id(self.get("external_id"));
        }
        for field in TextField::ALL.into_iter().filter(|field| has(field.key())) {
            input.text(field, self.get(field.key()));
        }
        if has("tags") {
            input.tags(&[self.get("tags").to_owned()], present);
        }
        self.assign(&mut input, known);
        for field in fields {
            let name = attribute_name(&field.key);
            if has(&name) {
                input.attribute_text(&field.key, &self.attribute_text(field, &name));
            }
        }
        input
    }

    /// Only the tags.
    pub fn tags_patch(&self, present: impl IntoIterator<Item = Tag>) -> Result<ContactPatch, Vec<Problem>> {
        let mut input = ContactInput::new(&[]);
        input.tags(&[self.get("tags").to_owned()], present);
        input.finish()
    }

    /// Only who looks after the contact, how far it has come, and its points.
    pub fn assignment_patch(&self, known: &Assignable) -> Result<ContactPatch, Vec<Problem>> {
        let mut input = ContactInput::new(&[]);
        self.assign(&mut input, known);
        input.finish()
    }

    fn assign(&self, input: &mut ContactInput<'_>, known: &Assignable) {
        let has = |name: &str| self.0.contains_key(name);
        if has("owner_id") {
            input.owner(self.get("owner_id"), known);
        }
        if has("stage_id") {
            input.stage(self.get("stage_id"), known);
        }
        if has("points") {
            input.points(self.get("points"));
        }
    }

    fn attribute_text(&self, field: &Field, name: &str) -> String {
        match field.kind {
            FieldType::Multiselect => self.all(name).collect::<Vec<_>>().join("|"),
            // What browsers send for a date and time has no offset; the form says that it is UTC.
            _ => self.get(name).to_owned(),
        }
    }

    fn set(&mut self, name: &str, value: String) {
        self.0.insert(name.to_owned(), vec![value]);
    }
}
