use contracts::crm::ContactSnapshot;
use kernel::{ContactId, EmailAddress};
use uuid::Uuid;

/// A made-up person with a name and an address and nothing else, for previews in an organisation
/// that has no contacts yet.
#[must_use]
pub fn sample_contact() -> ContactSnapshot {
    ContactSnapshot {
        id: ContactId::from_uuid(Uuid::nil()),
        email: EmailAddress::parse("alex@example.com").ok(),
        first_name: "Alex".to_owned(),
        last_name: "Example".to_owned(),
        phone: "+15005550006".to_owned(),
        timezone: String::new(),
        locale: String::new(),
        attributes: serde_json::Map::new(),
        tags: Vec::new(),
        records: serde_json::Map::new(),
    }
}
