//! What other contexts are told, in events of bounded size.

use contracts::{
    crm::{ContactMerged, CrmEvent},
    event::MAX_ITEMS,
};
use kernel::{ContactId, EmailAddress};

use crate::domain::contact::{Changed, Source};

#[must_use]
pub fn created(contacts: &[ContactId], source: Source) -> Vec<CrmEvent> {
    let event = |ids: &[ContactId]| CrmEvent::ContactsCreated {
        contacts: ids.to_vec(),
        source: source.as_str().to_owned(),
    };
    contacts.chunks(MAX_ITEMS).map(event).collect()
}

#[must_use]
pub fn updated(contacts: &[ContactId], changed: &Changed) -> Vec<CrmEvent> {
    let changed: Vec<String> = changed.iter().cloned().collect();
    let event = |ids: &[ContactId]| CrmEvent::ContactsUpdated {
        contacts: ids.to_vec(),
        changed: changed.clone(),
    };
    contacts.chunks(MAX_ITEMS).map(event).collect()
}

#[must_use]
pub fn merged(merges: &[ContactMerged]) -> Vec<CrmEvent> {
    let event = |some: &[ContactMerged]| CrmEvent::ContactsMerged {
        merges: some.to_vec(),
    };
    merges.chunks(MAX_ITEMS).map(event).collect()
}

#[must_use]
pub fn deleted(contacts: &[ContactId]) -> Vec<CrmEvent> {
    contacts
        .chunks(MAX_ITEMS)
        .map(|ids| CrmEvent::ContactsDeleted {
            contacts: ids.to_vec(),
        })
        .collect()
}

#[must_use]
pub fn opted_out<'a>(addresses: impl IntoIterator<Item = &'a EmailAddress>) -> Vec<CrmEvent> {
    let addresses: Vec<EmailAddress> = addresses.into_iter().cloned().collect();
    addresses
        .chunks(MAX_ITEMS)
        .map(|some| CrmEvent::AddressesOptedOut {
            addresses: some.to_vec(),
        })
        .collect()
}
