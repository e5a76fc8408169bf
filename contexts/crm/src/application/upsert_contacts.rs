//! Creating or changing contacts by what tells them apart: one, or up to a thousand at once, by the
//! same rules as an import.

use crate::{
    domain::import::{
        plan::{Plan, Rules, plan},
        row::Row,
    },
    infrastructure::pg::CrmTx,
};

use super::{create_contact::SaveContactError, run_import::write_plan};
use crate::domain::contact::Change;

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
    let known = tx.contacts_by_identity(&emails, &external_ids).await?;
    Ok(plan(rows, known, rules))
}
