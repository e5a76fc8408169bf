//! Finds contacts by a rule, without a segment.

use std::time::Duration;

use kernel::ContactId;
use platform::DbError;

use crate::{
    domain::{
        contact::Contact,
        rule::{Moment, Rule},
    },
    infrastructure::pg::{CrmTx, segment_preview::timed_out},
};

const PATIENCE: Duration = Duration::from_secs(20);

/// Why nothing was found.
#[derive(Debug, thiserror::Error)]
pub enum SearchByRuleError {
    #[error("the search took too long")]
    Slow,
    #[error(transparent)]
    Db(DbError),
}

impl From<DbError> for SearchByRuleError {
    fn from(error: DbError) -> Self {
        if timed_out(&error) {
            SearchByRuleError::Slow
        } else {
            SearchByRuleError::Db(error)
        }
    }
}

/// Those who match, the newest first, behind one of them.
pub async fn search_contacts_by_rule(
    mut tx: CrmTx,
    rule: &Rule,
    at: &Moment,
    after: Option<ContactId>,
    limit: i64,
) -> Result<Vec<Contact>, SearchByRuleError> {
    tx.expect_large_sets().await?;
    tx.limit_statements(PATIENCE).await?;
    let ids = tx.matching(rule, at, after, limit).await?;
    let mut contacts = tx.contacts(&ids).await?;
    contacts.sort_by_key(|contact| std::cmp::Reverse(contact.id));
    Ok(contacts)
}
