//! Creating or changing contacts by what tells them apart: one, or up to a thousand at once, by the
//! same rules as an import.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

use kernel::ContactId;
use platform::DbError;

use super::{create_contact::SaveContactError, import_companies::companies_of, import_contacts::write_plan};
use crate::{
    domain::{
        contact::{Contact, ContactPatch},
        field::defaults,
        import::{
            companies::Companies,
            mapping::Identity,
            plan::{Own, Plan, Rules, plan_with},
            row::Row,
        },
        unique_value::{Owners, UniqueValue, unique_values_set},
    },
    infrastructure::pg::CrmTx,
};

/// The outcomes are in the order of the rows.
pub async fn upsert_contacts(mut tx: CrmTx, rows: &[Row], rules: Rules) -> Result<Plan, SaveContactError> {
    let plan = plan_rows(&mut tx, rows, &rules).await?;
    write_plan(&mut tx, &plan, &rules).await?;
    tx.commit().await?;
    Ok(plan)
}

/// Fetches the contacts that rows could mean and decides what becomes of them.
pub(super) async fn plan_rows(tx: &mut CrmTx, rows: &[Row], rules: &Rules) -> Result<Plan, DbError> {
    let patches: Vec<Cow<'_, ContactPatch>> = rows.iter().map(Row::whole).collect();
    let values = |identity: &Identity| -> Vec<Cow<'_, str>> {
        patches
            .iter()
            .filter_map(|patch| patch.identified_by(identity))
            .collect()
    };
    let (emails, external_ids) = (values(&Identity::Email), values(&Identity::ExternalId));
    let emails: Vec<&str> = emails.iter().map(|value| &**value).collect();
    let external_ids: Vec<&str> = external_ids.iter().map(|value| &**value).collect();
    let mut known = tx.contacts_by_identity(&emails, &external_ids).await?;
    if matches!(rules.identity, Identity::Phone | Identity::Attribute(_)) {
        let values = values(&rules.identity);
        let values: Vec<&str> = values.iter().map(|value| &**value).collect();
        let ids: HashSet<_> = known.iter().map(|contact| contact.id).collect();
        let others = tx.contacts_by_value(&rules.identity, &values).await?;
        known.extend(others.into_iter().filter(|contact| !ids.contains(&contact.id)));
    }
    let mut own = own_fields(tx, &patches, &mut known).await?;
    own.companies = companies_of(tx, rows, &known).await?;
    Ok(plan_with(rows, known, own, rules.clone()))
}

/// The defaults and the unique values that rows meet. Who has one of these values is known, too.
async fn own_fields(
    tx: &mut CrmTx,
    patches: &[Cow<'_, ContactPatch>],
    known: &mut Vec<Contact>,
) -> Result<Own, DbError> {
    let mut fields = tx.fields().await?;
    let defaults = defaults(&fields)
        .map(|(key, value)| (key.to_owned(), value.clone()))
        .collect();
    fields.retain(|field| field.flags.unique_identifier);
    let values: Vec<UniqueValue> = patches
        .iter()
        .flat_map(|patch| unique_values_set(&fields, patch))
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
        companies: Companies::default(),
    })
}
