//! Whether what is known of the sender stands in the way of a mail.

use kernel::OrgId;
use platform::{Db, DbError};

use super::read_domains::list_domains;
use crate::domain::{domain_key::signing, template::Check};

/// Findings about the domain that mail is sent from: whether there is one, whether it signs, whether
/// it is paused.
pub async fn check_sender(db: &Db, org: OrgId) -> Result<Vec<Check>, DbError> {
    let domains = list_domains(db, org).await?;
    let Some(domain) = domains.iter().find(|domain| domain.is_default) else {
        return Ok(vec![Check::advice("no-sending-domain", "")]);
    };
    let mut found = Vec::new();
    if signing(&domain.keys).is_empty() {
        found.push(Check::problem("no-dkim-key", &domain.domain));
    }
    if domain.paused.is_some() {
        found.push(Check::problem("domain-paused", &domain.domain));
    }
    Ok(found)
}
