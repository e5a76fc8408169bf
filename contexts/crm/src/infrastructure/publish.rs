//! What other contexts are told, in events of bounded size.

use contracts::{
    crm::{ContactMerged, CrmEvent},
    event::MAX_ITEMS,
};
use kernel::{ContactId, EmailAddress, RecordId};

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

/// Records of one object, and whom they belong to.
#[must_use]
pub fn records_changed(
    object: &str,
    records: &[RecordId],
    contacts: &[ContactId],
    changed: &Changed,
) -> Vec<CrmEvent> {
    let changed: Vec<String> = changed.iter().cloned().collect();
    in_step(records, contacts, |records, contacts| CrmEvent::RecordsChanged {
        object: object.to_owned(),
        records,
        contacts,
        changed: changed.clone(),
    })
}

/// The same for records that are gone.
#[must_use]
pub fn records_deleted(object: &str, records: &[RecordId], contacts: &[ContactId]) -> Vec<CrmEvent> {
    in_step(records, contacts, |records, contacts| CrmEvent::RecordsDeleted {
        object: object.to_owned(),
        records,
        contacts,
    })
}

/// As many events as the longer of the two lists needs.
fn in_step(
    records: &[RecordId],
    contacts: &[ContactId],
    event: impl Fn(Vec<RecordId>, Vec<ContactId>) -> CrmEvent,
) -> Vec<CrmEvent> {
    let most = records.len().max(contacts.len()).div_ceil(MAX_ITEMS);
    let part = |n: usize, len: usize| (n * MAX_ITEMS).min(len)..((n + 1) * MAX_ITEMS).min(len);
    (0..most)
        .map(|n| {
            event(
                records[part(n, records.len())].to_vec(),
                contacts[part(n, contacts.len())].to_vec(),
            )
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
