//! An object as the columns of a file see it, and what they are guessed to become.

use kernel::EmailAddress;

use super::{
    dialect::Sample,
    directory::Directory,
    guess::{Values, date_order, is_taken},
    mapping::{Existing, Identity, Mapping, NewField, Target},
};
use crate::domain::{
    field::{Field, check_key_of, key_like},
    object::{Object, Relation},
};

/// An object with its fields, and what its records are linked with.
#[derive(Clone, Debug)]
pub struct RecordShape {
    pub object: Object,
    pub fields: Vec<Field>,
    pub relations: Vec<Seen>,
}

/// A relation as seen from the object.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The word for it from this side.
    pub key: String,
    pub label: String,
    /// The object at its other end.
    pub other: Object,
}

impl RecordShape {
    /// Of an organisation that has these objects and relations.
    #[must_use]
    pub fn new(object: Object, fields: Vec<Field>, objects: &[Object], relations: &[Relation]) -> Self {
        let other = |id| objects.iter().find(|other| other.id == id).cloned();
        let mut seen = Vec::new();
        for relation in relations {
            if relation.from == object.id
                && let Some(other) = other(relation.to)
            {
                seen.push(Seen {
                    key: relation.key.clone(),
                    label: relation.label.clone(),
                    other,
                });
            }
            if relation.to == object.id
                && relation.from != object.id
                && let Some(other) = other(relation.from)
            {
                seen.push(Seen {
                    key: relation.inverse_key.clone(),
                    label: relation.label.clone(),
                    other,
                });
            }
        }
        seen.dedup_by(|a, b| a.key == b.key);
        Self {
            object,
            fields,
            relations: seen,
        }
    }

    /// Those that can tell records apart.
    pub fn unique_fields(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|field| field.flags.unique_identifier)
    }

    /// A first mapping: fields of the same name, what Mautic calls the fields of companies, people by
    /// their addresses, other records by the word for them, then fields to be made.
    #[must_use]
    pub fn guess(&self, sample: &Sample, directory: &Directory) -> Mapping {
        let mut columns: Vec<Target> = Vec::new();
        for (n, name) in sample.columns.iter().enumerate() {
            let guessed = self.target(name, &Values::of(sample, n), directory);
            let target = if is_taken(&columns, &guessed) {
                Target::Skip
            } else {
                guessed
            };
            columns.push(target);
        }
        let identity = match (
            columns.contains(&Target::ExternalId),
            columns.contains(&Target::Name),
        ) {
            (false, true) => Identity::Name,
            _ => Identity::ExternalId,
        };
        Mapping {
            columns,
            identity,
            existing: Existing::Overwrite,
            dates: date_order(sample),
            ..Mapping::default()
        }
    }

    fn target(&self, name: &str, values: &Values<'_>, directory: &Directory) -> Target {
        let plain = plain(name);
        if let Some(field) = self.field(name).or_else(|| self.prefixed(name)) {
            return Target::Attribute(field.key.clone());
        }
        let word = plain.strip_prefix(&self.word()).filter(|rest| !rest.is_empty());
        match word.unwrap_or(&plain) {
            "externalid" | "number" | "key" | "code" | "sku" | "uuid" => return Target::ExternalId,
            // The number of a company in Mautic says nothing to anybody else; the number of an order does.
            "id" if self.object.is_companies() => return Target::Skip,
            "id" => return Target::ExternalId,
            "name" | "title" => return Target::Name,
            "owner" | "ownerusername" | "owneremail" => {
                let known = values.any() && values.mostly(|text| directory.owner(text).is_some());
                return if known { Target::Owner } else { Target::Skip };
            }
            _ => {}
        }
        if plain == self.word() || plain == self::plain(&self.object.plural) {
            return Target::Name;
        }
        if let Some(seen) = self.relations.iter().find(|seen| seen.is_called(&plain)) {
            return Target::Link(seen.key.clone());
        }
        if self.object.has_contacts() && speaks_of_people(&plain, values) {
            return Target::Contacts;
        }
        if BOOKKEEPING.contains(&plain.as_str()) || !values.any() {
            return Target::Skip;
        }
        self.new_field(name, values)
    }

    fn word(&self) -> String {
        plain(&self.object.singular)
    }

    fn field(&self, name: &str) -> Option<&Field> {
        let same = |field: &&Field| {
            field.key.eq_ignore_ascii_case(name.trim()) || field.label.eq_ignore_ascii_case(name.trim())
        };
        self.fields.iter().find(same)
    }

    /// Mautic puts the object before the name of the field: `companycity`.
    fn prefixed(&self, name: &str) -> Option<&Field> {
        let plain = plain(name);
        let rest = plain.strip_prefix(&self.word())?;
        self.fields.iter().find(|field| self::plain(&field.key) == rest)
    }

    fn new_field(&self, name: &str, values: &Values<'_>) -> Target {
        let key = key_like(name);
        if self.fields.iter().any(|field| field.key == key) {
            return Target::Attribute(key);
        }
        if check_key_of(&self.object.key, &key).is_err() {
            return Target::Skip;
        }
        Target::NewField(NewField {
            key,
            label: name.trim().to_owned(),
            kind: values.kind(),
        })
    }
}

impl Seen {
    fn is_called(&self, plain: &str) -> bool {
        let names = [
            &self.key,
            &self.label,
            &self.other.key,
            &self.other.singular,
            &self.other.plural,
        ];
        names.into_iter().any(|name| {
            let name = self::plain(name);
            let rest = plain.strip_prefix(&name);
            rest.is_some_and(|rest| ["", "id", "ids", "externalid", "sku", "skus", "number"].contains(&rest))
        })
    }
}

/// Columns that other systems write about themselves and that mean nothing here.
const BOOKKEEPING: [&str; 10] = [
    "dateadded",
    "datemodified",
    "createdby",
    "createdbyuser",
    "modifiedby",
    "modifiedbyuser",
    "ispublished",
    "checkedout",
    "checkedoutby",
    "checkedoutbyuser",
];

fn speaks_of_people(plain: &str, values: &Values<'_>) -> bool {
    let words = [
        "contact",
        "contacts",
        "contactid",
        "contactemail",
        "contactemails",
        "customer",
        "customeremail",
        "people",
    ];
    let is_address = |text: &str| {
        text.split('|')
            .all(|part| EmailAddress::parse(part.trim()).is_ok())
    };
    words.contains(&plain) || values.any() && values.all(is_address)
}

fn plain(name: &str) -> String {
    let letters = name.chars().filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
#[path = "record_shape_tests.rs"]
mod tests;
