//! Whether a domain may carry mail to many.

use async_trait::async_trait;
use contracts::PortResult;
use contracts::delivery::domains::{DomainStanding, SendingDomains};
use kernel::OrgId;
use platform::Db;

use super::check_domain::sending_kinds;
use crate::{
    domain::provider::ProviderKind,
    infrastructure::pg::{domains, providers},
};

/// Answers for whoever is about to send.
pub struct Standings {
    /// The database.
    pub db: Db,
    /// Whether anything is demanded at all.
    pub required: bool,
}

#[async_trait]
impl SendingDomains for Standings {
    async fn standing(&self, org: OrgId) -> PortResult<DomainStanding> {
        if !self.required {
            return Ok(DomainStanding::NotRequired);
        }
        let mut tx = self.db.tenant(org).await?;
        let domain = domains::defaults(&mut tx, &[org]).await?.remove(&org);
        let kinds = sending_kinds(&providers::list(&mut tx, org).await?);
        tx.commit().await?;
        let verified = domain.as_ref().is_some_and(|domain| domain.verified_at.is_some());
        Ok(if verified || all_sign_themselves(&kinds) {
            DomainStanding::Verified
        } else {
            DomainStanding::Unverified {
                domain: domain.map(|domain| domain.id),
            }
        })
    }
}

/// Services that sign with a key of their own, under names that only they know: what DNS says of our
/// keys says nothing about their mail.
fn all_sign_themselves(kinds: &[ProviderKind]) -> bool {
    !kinds.is_empty()
        && kinds
            .iter()
            .all(|kind| matches!(kind, ProviderKind::Ses | ProviderKind::SendGrid))
}

#[cfg(test)]
mod tests {
    use super::all_sign_themselves;
    use crate::domain::provider::ProviderKind::{SendGrid, Ses, Smtp};

    #[test]
    fn one_account_that_carries_our_signature_asks_for_our_keys() {
        assert!(all_sign_themselves(&[Ses, SendGrid]));
        assert!(!all_sign_themselves(&[Ses, Smtp]));
        assert!(!all_sign_themselves(&[]));
    }
}
