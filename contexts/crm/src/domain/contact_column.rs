//! What can be shown of a contact, in a column of the list or of a file.

use serde_json::Value;

use super::{
    contact::{Contact, TextField},
    field::Field,
    field_value,
    tag::Tag,
};

/// One thing that is known of a contact. Written as text: `email`, `attributes.plan`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ContactColumn {
    Id,
    Email,
    ExternalId,
    Text(TextField),
    Tags,
    Source,
    Created,
    Updated,
    LastActive,
    Attribute(String),
}

/// A value in a file.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    Empty,
    Text(String),
    Number(f64),
}

impl ContactColumn {
    /// What every contact has, in the order in which it is offered.
    #[must_use]
    pub fn core() -> Vec<Self> {
        let mut all = vec![Self::Id, Self::Email, Self::ExternalId];
        all.extend(TextField::ALL.map(Self::Text));
        all.extend([
            Self::Tags,
            Self::Source,
            Self::Created,
            Self::Updated,
            Self::LastActive,
        ]);
        all
    }

    /// That, and the custom fields.
    #[must_use]
    pub fn all(fields: &[Field]) -> Vec<Self> {
        let own = fields.iter().map(|field| Self::Attribute(field.key.clone()));
        Self::core().into_iter().chain(own).collect()
    }

    /// The column of that word, of those that exist.
    #[must_use]
    pub fn parse(text: &str, fields: &[Field]) -> Option<Self> {
        Self::all(fields).into_iter().find(|column| column.name() == text)
    }

    /// The word for it.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Id => "id".to_owned(),
            Self::Email => "email".to_owned(),
            Self::ExternalId => "external_id".to_owned(),
            Self::Text(field) => field.key().to_owned(),
            Self::Tags => "tags".to_owned(),
            Self::Source => "source".to_owned(),
            Self::Created => "created_at".to_owned(),
            Self::Updated => "updated_at".to_owned(),
            Self::LastActive => "last_active_at".to_owned(),
            Self::Attribute(key) => format!("attributes.{key}"),
        }
    }

    /// The head of its column in a file: what an import of that file understands.
    #[must_use]
    pub fn head(&self) -> String {
        match self {
            Self::Attribute(key) => key.clone(),
            other => other.name(),
        }
    }

    /// Its value in a file.
    #[must_use]
    pub fn cell(&self, contact: &Contact) -> Cell {
        let text = |text: &str| {
            if text.is_empty() {
                Cell::Empty
            } else {
                Cell::Text(text.to_owned())
            }
        };
        match self {
            Self::Id => Cell::Text(contact.id.to_string()),
            Self::Email => contact
                .email
                .as_ref()
                .map_or(Cell::Empty, |email| text(email.as_str())),
            Self::ExternalId => text(contact.external_id.as_deref().unwrap_or_default()),
            Self::Text(field) => text(contact.texts.get(*field)),
            Self::Tags => {
                let tags: Vec<&str> = contact.tags.iter().map(Tag::as_str).collect();
                text(&tags.join("|"))
            }
            Self::Source => text(contact.source.as_str()),
            Self::Created => Cell::Text(contact.created_at.to_string()),
            Self::Updated => Cell::Text(contact.updated_at.to_string()),
            Self::LastActive => contact
                .last_active_at
                .map_or(Cell::Empty, |at| Cell::Text(at.to_string())),
            Self::Attribute(key) => match contact.attributes.get(key) {
                None | Some(Value::Null) => Cell::Empty,
                Some(Value::Number(number)) => number
                    .as_f64()
                    .map_or_else(|| Cell::Text(number.to_string()), Cell::Number),
                Some(value) => text(&field_value::to_text(value)),
            },
        }
    }
}
