//! What messages are made from.

use contracts::crm::ContactSnapshot;

use crate::domain::{
    contact::{Contact, TextField},
    tag::Tag,
};

/// What a message needs to know of a contact.
pub fn snapshot(contact: Contact) -> ContactSnapshot {
    let text = |field| contact.texts.get(field).to_owned();
    ContactSnapshot {
        id: contact.id,
        first_name: text(TextField::FirstName),
        last_name: text(TextField::LastName),
        phone: text(TextField::Phone),
        timezone: text(TextField::Timezone),
        locale: text(TextField::Locale),
        email: contact.email,
        attributes: contact.attributes,
        tags: contact.tags.into_iter().map(Tag::into_string).collect(),
        records: serde_json::Map::new(),
    }
}
