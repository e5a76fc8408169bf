//! Creating or changing contacts by what tells them apart: one, or up to a thousand at once, by the
//! same rules as an import.

use std::collections::HashMap;

use kernel::ContactId;

use super::{create_contact::SaveContactError, run_import::write_plan};
use crate::{
    domain::{
        contact::{Change, Contact},
        field::defaults,
        import::{
            plan::{Own, Plan, Rules, plan_with},
            row::Row,
        },
        unique_value::{Owners, UniqueValue, unique_values_set},
    },
    infrastructure::pg::CrmTx,
};

/// The outcomes are in the order of the rows.
pub async fn upsert_contacts(mut tx: CrmTx, rows: &[Row], rules: Rules) -> Result<Plan, SaveContactError> {
    let plan = plan_rows(&mut tx, rows, rules).await?;
    write_plan(&mut tx, &plan, rules).await?;
    tx.commit().await?;
    Ok(plan)
}

/// Fetches the contacts that rows could mean and decides what becomes of them.
pub(super) async fn plan_rows(tx: &mut CrmTx, rows: &[Row], rules: Rules) -> Result<Plan, platform::DbError> {
    let emails: Vec<&str> = rows
        .iter()
        .filter_map(|row| {
            if let Change::Set(email) = &row.patch.email {
                Some(email.as_str())
            } else {
                None
            }
        })
        .collect();
    let external_ids: Vec<&str> = rows
        .iter()
        .filter_map(|row| {
            if let Change::Set(id) = &row.patch.external_id {
                Some(id.as_str())
            } else {
                None
            }
        })
        .collect();
    let mut known = tx.contacts_by_identity(&emails, &external_ids).await?;
    let own = own_fields(tx, rows, &mut known).await?;
    Ok(plan_with(rows, known, own, rules))
}

/// The defaults and the unique values that rows meet. Who has one of these values is known, too.
async fn own_fields(
    tx: &mut CrmTx,
    rows: &[Row],
    known: &mut Vec<Contact>,
) -> Result<Own, platform::DbError> {
    let mut fields = tx.fields().await?;
    let defaults = defaults(&fields)
        .map(|(key, value)| (key.to_owned(), value.clone()))
        .collect();
    fields.retain(|field| field.flags.unique_identifier);
    let values: Vec<UniqueValue> = rows
        .iter()
        .flat_map(|row| unique_values_set(&fields, &row.patch))
        .collect();
    let of: HashMap<UniqueValue, ContactId> = tx
        .owners_of(&values)
        .await?
        .into_iter()
        .map(|(value, owner)| (value, owner.into()))
        .collect();
    let missing: Vec<ContactId> = of
        .values()
        .filter(|owner| !known.iter().any(|contact| contact.id == **owner))
        .copied()
        .collect();
    if !missing.is_empty() {
        known.extend(tx.contacts(&missing).await?);
    }
    Ok(Own {
        owners: Owners { fields, of },
        defaults,
    })
}
