//! Values that tell one from all others: who has which, while rows are being planned.

use std::collections::{BTreeSet, HashMap};

use kernel::{ContactId, FieldId};
use serde_json::{Map, Value};

use super::{contact::ContactPatch, field::Field};

/// A value of a unique field, as [`Field::identity_of`] writes it.
pub type UniqueValue = (FieldId, String);

/// The unique values among somebody's attributes. Of fields that are not unique there are none.
pub fn unique_values<'a>(
    fields: &'a [Field],
    attributes: &'a Map<String, Value>,
) -> impl Iterator<Item = UniqueValue> + 'a {
    fields
        .iter()
        .filter(|field| field.flags.unique_identifier)
        .filter_map(|field| Some((field.id, Field::identity_of(attributes.get(&field.key)?))))
}

/// The unique values that a patch sets.
pub fn unique_values_set<'a>(
    fields: &'a [Field],
    patch: &'a ContactPatch,
) -> impl Iterator<Item = UniqueValue> + 'a {
    fields
        .iter()
        .filter(|field| field.flags.unique_identifier)
        .filter_map(|field| {
            let set = patch.attributes.iter().rev().find(|(key, _)| *key == field.key)?;
            Some((field.id, Field::identity_of(set.1.as_ref()?)))
        })
}

/// Unique fields, and whose their values are.
#[derive(Debug, Default)]
pub struct Owners {
    pub fields: Vec<Field>,
    pub of: HashMap<UniqueValue, ContactId>,
}

impl Owners {
    /// Those who have one of the values that a patch sets.
    #[must_use]
    pub fn of_patch(&self, patch: &ContactPatch) -> BTreeSet<ContactId> {
        unique_values_set(&self.fields, patch)
            .filter_map(|value| self.of.get(&value).copied())
            .collect()
    }

    /// Somebody's attributes are no longer `before` but `after`.
    pub fn move_values(&mut self, who: ContactId, before: &Map<String, Value>, after: &Map<String, Value>) {
        for value in unique_values(&self.fields, before) {
            if self.of.get(&value) == Some(&who) {
                self.of.remove(&value);
            }
        }
        for value in unique_values(&self.fields, after) {
            self.of.entry(value).or_insert(who);
        }
    }
}
