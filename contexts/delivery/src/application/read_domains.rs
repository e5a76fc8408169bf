//! Sending domains, without their keys being opened.

use kernel::{DomainId, OrgId};
use platform::{Db, DbError};

use super::{check_domain::sending_kinds, settings_deps::SettingsDeps};
use crate::{
    domain::{
        domain_check::{Advice, Dmarc, ExpectedRecord, Host, RecordKind, Status, expected_records},
        provider::ProviderKind,
    },
    infrastructure::pg::{domain_checks, domains, providers},
};

pub use crate::infrastructure::pg::{
    domain_checks::{RecordChange, RecordCheck},
    domains::Domain,
};

/// How many changes are shown.
const CHANGES: i64 = 20;

/// A record, and what DNS says of it.
#[derive(Clone, Debug)]
pub struct RecordReport {
    /// What should be there.
    pub expected: ExpectedRecord,
    /// What is; `None` while nobody has looked.
    pub check: Option<RecordCheck>,
}

impl RecordReport {
    /// What is known of it.
    #[must_use]
    pub fn status(&self) -> Option<Status> {
        self.check.as_ref().and_then(|check| check.status)
    }

    /// The text to publish, if there is one to suggest.
    #[must_use]
    pub fn value(&self) -> Option<&str> {
        match &self.expected.advice {
            Advice::Exactly(value) | Advice::ForInstance(value) => Some(value),
            Advice::Any => None,
        }
    }
}

/// Everything about a domain.
#[derive(Clone, Debug)]
pub struct DomainReport {
    /// It and its keys.
    pub domain: Domain,
    /// Its records.
    pub records: Vec<RecordReport>,
    /// What changed of them, the newest first.
    pub changes: Vec<RecordChange>,
    /// The kinds of the accounts that mail leaves by.
    pub kinds: Vec<ProviderKind>,
}

impl DomainReport {
    /// How many records are not in order, as far as is known.
    #[must_use]
    pub fn missing(&self) -> usize {
        let odd = |record: &&RecordReport| record.status().is_some_and(|status| status != Status::Ok);
        self.records.iter().filter(odd).count()
    }

    /// The policy that receivers find, if they find one.
    #[must_use]
    pub fn dmarc(&self) -> Option<Dmarc> {
        let record = self
            .records
            .iter()
            .find(|r| r.expected.kind == RecordKind::Dmarc)?;
        let check = record
            .check
            .as_ref()
            .filter(|check| check.status == Some(Status::Ok))?;
        Dmarc::parse(&check.found, false)
    }
}

/// All of them, the default one first.
pub async fn list_domains(db: &Db, org: OrgId) -> Result<Vec<Domain>, DbError> {
    let mut tx = db.tenant(org).await?;
    let found = domains::list(&mut tx, org).await?;
    tx.commit().await?;
    Ok(found)
}

/// One.
pub async fn find_domain(db: &Db, org: OrgId, id: DomainId) -> Result<Option<Domain>, DbError> {
    let mut tx = db.tenant(org).await?;
    let found = domains::find(&mut tx, org, id).await?;
    tx.commit().await?;
    Ok(found)
}

/// One, with its records.
pub async fn report_domain(
    deps: &SettingsDeps,
    org: OrgId,
    id: DomainId,
) -> Result<Option<DomainReport>, DbError> {
    let mut tx = deps.db.tenant(org).await?;
    let Some(domain) = domains::find(&mut tx, org, id).await? else {
        return Ok(None);
    };
    let kinds = sending_kinds(&providers::list(&mut tx, org).await?);
    let checks = domain_checks::of(&mut tx, org, id).await?;
    let changes = domain_checks::changes(&mut tx, org, id, CHANGES).await?;
    tx.commit().await?;
    let host = Host {
        tracking: domain.tracking_host.as_deref(),
        ours: &deps.tracking.ours,
    };
    let records = expected_records(&domain.domain, &domain.keys, &kinds, host)
        .into_iter()
        .map(|expected| RecordReport {
            check: checks
                .iter()
                .find(|(kind, _)| *kind == expected.kind)
                .map(|(_, check)| check.clone()),
            expected,
        })
        .collect();
    Ok(Some(DomainReport {
        domain,
        records,
        changes,
        kinds,
    }))
}
