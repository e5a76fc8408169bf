//! The companies of imported people: looked up for all rows at once, written with them, and given back
//! when the import is taken back.
//!
//! A company that somebody had before stays linked with them and is no longer the primary one.

use std::collections::HashMap;

use kernel::{ContactId, RecordId, Timestamp};
use platform::DbError;

use super::write_records::follow_companies;
use crate::{
    domain::{
        change::{By, Difference, Employer},
        contact::{Change, Changed, Contact},
        field::Field,
        import::{
            companies::{Companies, Company},
            plan::Plan,
            row::Row,
        },
        object::COMPANIES,
        record::Record,
        record_item::RecordContact,
    },
    infrastructure::{
        pg::{CrmTx, contacts::SaveError},
        publish,
    },
};

/// Those that rows name, and the primary ones of people who exist.
pub async fn companies_of(tx: &mut CrmTx, rows: &[Row], known: &[Contact]) -> Result<Companies, DbError> {
    let mut companies = Companies::default();
    if rows.iter().all(|row| row.company.is_none()) {
        return Ok(companies);
    }
    let texts = named(rows);
    let Some(object) = tx.object_by_key(COMPANIES).await? else {
        return Ok(companies);
    };
    for record in tx.records_called(object.id, &texts).await? {
        let company = Company {
            id: record.id,
            name: record.name,
        };
        companies.add(company, record.external_id);
    }
    let people: Vec<ContactId> = known.iter().map(|contact| contact.id).collect();
    let employers = tx.employers(object.id, &people).await?;
    companies.primary = employers
        .into_iter()
        .map(|(contact, employer)| (contact, employer.id))
        .collect();
    Ok(companies)
}

fn named(rows: &[Row]) -> Vec<&str> {
    rows.iter()
        .filter_map(|row| match &row.company.as_ref()?.company {
            Change::Set(text) => Some(text.as_str()),
            _ => None,
        })
        .collect()
}

/// Makes companies and gives them to people, and notes what people had before.
pub async fn write_companies(tx: &mut CrmTx, plan: &Plan, by: &By, now: Timestamp) -> Result<(), SaveError> {
    if plan.employers.is_empty() {
        return Ok(());
    }
    tx.companies_object(now).await?;
    let Some(object) = tx.object_by_key(COMPANIES).await? else {
        return Ok(());
    };
    let fields = tx.fields_of(&[COMPANIES]).await?;
    let made: Vec<Record> = plan
        .companies
        .iter()
        .map(|company| new_record(company, object.id, &fields, now))
        .collect();
    tx.insert_records(&object, &made).await?;

    let wanted: Vec<(ContactId, Option<RecordId>)> = plan
        .employers
        .iter()
        .map(|(contact, now)| (*contact, *now))
        .collect();
    let gained: Vec<(ContactId, RecordId)> = wanted
        .iter()
        .filter_map(|(contact, company)| Some((*contact, (*company)?)))
        .collect();
    let people: Vec<ContactId> = wanted.iter().map(|(contact, _)| *contact).collect();
    let before = tx.employers(object.id, &people).await?;
    let linked = tx.linked_among(object.id, &gained).await?;
    let names: HashMap<RecordId, String> = tx
        .records(object.id, &gained.iter().map(|(_, id)| *id).collect::<Vec<_>>())
        .await?
        .into_iter()
        .map(|record| (record.id, record.name))
        .collect();
    give(tx, object.id, &before, &wanted).await?;
    // Who lost one may have another, which is the primary one now.
    let left: Vec<ContactId> = wanted
        .iter()
        .filter(|(_, company)| company.is_none())
        .map(|(contact, _)| *contact)
        .collect();
    follow_companies(tx, object.id, &left, by, now).await?;

    let existed: std::collections::HashSet<ContactId> =
        plan.updated.iter().map(|update| update.after.id).collect();
    let changes: Vec<(ContactId, Difference)> = wanted
        .iter()
        .filter(|(contact, _)| existed.contains(contact))
        .map(|(contact, company)| {
            let now = company.map(|id| Employer {
                id,
                name: names.get(&id).cloned().unwrap_or_default(),
                linked: linked.contains(&(*contact, id)),
            });
            (
                *contact,
                Difference::of_employers(before.get(contact), now.as_ref()),
            )
        })
        .collect();
    tx.note_changes(&changes, by, now).await?;
    tell(tx, &before, &wanted).await?;
    Ok(())
}

/// Gives back the companies that people had, where nobody has given them another one since. Returns
/// who got theirs.
pub async fn restore_companies(
    tx: &mut CrmTx,
    changes: &HashMap<ContactId, Difference>,
    present: &[Contact],
    by: &By,
    now: Timestamp,
) -> Result<Vec<ContactId>, SaveError> {
    let wanted: Vec<(ContactId, Option<Employer>, Option<Employer>)> = present
        .iter()
        .filter_map(|contact| {
            let (found, left) = changes.get(&contact.id)?.employers()?;
            Some((contact.id, found, left))
        })
        .collect();
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let Some(object) = tx.object_by_key(COMPANIES).await? else {
        return Ok(Vec::new());
    };
    let people: Vec<ContactId> = wanted.iter().map(|(contact, ..)| *contact).collect();
    let current = tx.employers(object.id, &people).await?;
    let ids: Vec<RecordId> = wanted
        .iter()
        .filter_map(|(_, found, _)| found.as_ref().map(|employer| employer.id))
        .collect();
    let there = tx.records(object.id, &ids).await?;
    let (mut back, mut lost, mut notes) = (Vec::new(), Vec::new(), Vec::new());
    for (contact, found, left) in wanted {
        let current = current.get(&contact);
        if current.map(|employer| employer.id) != left.as_ref().map(|employer| employer.id) {
            continue;
        }
        let found = found.filter(|found| there.iter().any(|record| record.id == found.id));
        if let Some(left) = left.filter(|left| !left.linked) {
            lost.push((contact, left.id));
        }
        notes.push((contact, Difference::of_employers(current, found.as_ref())));
        back.push((contact, found.map(|employer| employer.id)));
    }
    let given: Vec<RecordContact> = back
        .iter()
        .filter_map(|(contact, record)| Some(primary(*contact, (*record)?)))
        .collect();
    tx.unlink_contacts(object.id, &lost).await?;
    tx.link_contacts(object.id, &given).await?;
    tx.note_changes(&notes, by, now).await?;
    tell(tx, &current, &back).await?;
    Ok(back.into_iter().map(|(contact, _)| contact).collect())
}

async fn give(
    tx: &mut CrmTx,
    object: kernel::ObjectId,
    before: &HashMap<ContactId, Employer>,
    wanted: &[(ContactId, Option<RecordId>)],
) -> Result<(), DbError> {
    let links: Vec<RecordContact> = wanted
        .iter()
        .filter_map(|(contact, record)| Some(primary(*contact, (*record)?)))
        .collect();
    tx.link_contacts(object, &links).await?;
    let lost: Vec<(ContactId, RecordId)> = wanted
        .iter()
        .filter(|(_, record)| record.is_none())
        .filter_map(|(contact, _)| Some((*contact, before.get(contact)?.id)))
        .collect();
    if !lost.is_empty() {
        tx.unlink_contacts(object, &lost).await?;
    }
    Ok(())
}

fn primary(contact: ContactId, record: RecordId) -> RecordContact {
    RecordContact {
        contact,
        record,
        role: None,
        primary: Some(true),
    }
}

/// Tells of the companies that people gained and lost.
async fn tell(
    tx: &mut CrmTx,
    before: &HashMap<ContactId, Employer>,
    wanted: &[(ContactId, Option<RecordId>)],
) -> Result<(), DbError> {
    let mut records: Vec<RecordId> = wanted.iter().filter_map(|(_, record)| *record).collect();
    records.extend(before.values().map(|employer| employer.id));
    records.sort_unstable();
    records.dedup();
    let people: Vec<ContactId> = wanted.iter().map(|(contact, _)| *contact).collect();
    let changed = Changed::from(["contacts".to_owned()]);
    tx.record(&publish::records_changed(COMPANIES, &records, &people, &changed))
        .await
}

fn new_record(company: &Company, object: kernel::ObjectId, fields: &[Field], now: Timestamp) -> Record {
    let mut record = Record::new(company.id, object, now);
    record.name.clone_from(&company.name);
    for (key, value) in crate::domain::field::defaults(fields) {
        record.attributes.insert(key.to_owned(), value.clone());
    }
    record
}
