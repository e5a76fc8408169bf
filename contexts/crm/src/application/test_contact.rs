//! Why a contact matches a rule, or does not.

use std::time::Duration;

use kernel::{ContactId, EmailAddress};
use platform::DbError;

use crate::{
    domain::{
        contact::Contact,
        rule::{Moment, Rule},
    },
    infrastructure::pg::CrmTx,
};

const PATIENCE: Duration = Duration::from_secs(5);

/// A contact by what people know of it: its address, its identifier here or elsewhere.
pub async fn find_contact(tx: &mut CrmTx, text: &str) -> Result<Option<Contact>, DbError> {
    let text = text.trim();
    if let Ok(id) = text.parse::<ContactId>() {
        return tx.contact(id).await;
    }
    let email = EmailAddress::parse(text).ok();
    let emails: Vec<&str> = email.iter().map(EmailAddress::as_str).collect();
    Ok(tx
        .contacts_by_identity(&emails, &[text])
        .await?
        .into_iter()
        .next())
}

/// The answers of a contact to each condition of a rule.
pub async fn test_contact(
    tx: &mut CrmTx,
    rule: &Rule,
    at: &Moment,
    contact: ContactId,
) -> Result<Vec<bool>, DbError> {
    tx.limit_statements(PATIENCE).await?;
    Ok(tx
        .answers(rule, at, &[contact])
        .await?
        .remove(&contact)
        .unwrap_or_default())
}
