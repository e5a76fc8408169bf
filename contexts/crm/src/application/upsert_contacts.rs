//! Creating or changing contacts by what tells them apart: one, or up to a thousand at once, by the
//! same rules as an import.

use std::{borrow::Cow, collections::HashSet};

use platform::DbError;

use super::{create_contact::SaveContactError, run_import::write_plan};
use crate::{
    domain::{
        contact::ContactPatch,
        import::{
            mapping::Identity,
            plan::{Plan, Rules, plan},
            row::Row,
        },
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
    Ok(plan(rows, known, rules.clone()))
}
