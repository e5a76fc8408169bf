//! What about domains needs a person: records that vanished, keys that are old.

use contracts::{
    PortResult,
    analytics::{AttentionItem, Severity},
    delivery::DOMAIN,
};
use kernel::OrgId;
use platform::Db;

use crate::{
    domain::domain_key::{KeyState, reminder_is_due},
    infrastructure::pg::{
        domain_checks,
        domains::{self, Domain},
    },
};

/// All of it, for one organisation.
pub async fn items(db: &Db, org: OrgId) -> PortResult<Vec<AttentionItem>> {
    let mut tx = db.tenant(org).await?;
    let now = tx.now();
    let vanished = domain_checks::vanished(&mut tx, org).await?;
    let domains = domains::list(&mut tx, org).await?;
    tx.commit().await?;
    let gone = vanished.into_iter().map(|(id, name, count)| AttentionItem {
        severity: Severity::Warning,
        text_key: "delivery-attention-records",
        count,
        name,
        href: DOMAIN.url(&id),
    });
    let has_old_key = |domain: &&Domain| {
        let active = domain.keys.iter().filter(|key| key.state == KeyState::Active);
        active
            .filter_map(|key| key.activated_at)
            .any(|at| reminder_is_due(at, now))
    };
    let old = domains.iter().filter(has_old_key).map(|domain| AttentionItem {
        severity: Severity::Info,
        text_key: "delivery-attention-old-key",
        count: 1,
        name: domain.domain.clone(),
        href: DOMAIN.url(&domain.id),
    });
    Ok(gone.chain(old).collect())
}
