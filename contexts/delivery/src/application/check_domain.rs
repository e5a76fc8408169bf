//! Asking DNS about a domain, and what follows from the answers.

use std::{collections::VecDeque, time::Duration};

use futures::{StreamExt, future::join_all};
use jiff::SignedDuration;
use kernel::{DomainId, OrgId, Timestamp};
use platform::DbError;
use tracing::{info, warn};

use super::{
    dns::{Dns, LookUpFailed},
    settings_deps::SettingsDeps,
};
use crate::{
    domain::{
        domain_check::{
            Finding, Host, MOST_LOOKUPS, RecordKind, Spf, SpfTerm, Status, assess_dkim, assess_dmarc,
            assess_mx, assess_spf, dmarc_names, expected_records, includes_for, spf_of,
        },
        domain_key::{Activation, KeyState, STAYS_PUBLISHED, transitions},
        provider::ProviderKind,
    },
    infrastructure::pg::{
        domain_checks::{self, Looked, Outcome},
        domain_keys,
        domains::{self, Domain},
        providers,
    },
};

/// No record is asked for longer than this, however many questions it takes.
const PATIENCE: Duration = Duration::from_secs(15);
/// A person who saves a form waits so long; what takes longer is seen to by the schedule.
const SHORT_PATIENCE: Duration = Duration::from_secs(5);
/// How soon a domain is checked again that lacks something.
const SOON: SignedDuration = SignedDuration::from_mins(10);
/// And one that lacks nothing.
const DAILY: SignedDuration = SignedDuration::from_hours(24);

/// Asks about all records of a domain and writes down what was learnt: keys that are published begin
/// to sign, those that vanished stop. Returns whether there is such a domain.
pub async fn check_domain(deps: &SettingsDeps, org: OrgId, id: DomainId) -> Result<bool, DbError> {
    let mut tx = deps.db.tenant(org).await?;
    let Some(domain) = domains::find(&mut tx, org, id).await? else {
        return Ok(false);
    };
    let kinds = sending_kinds(&providers::list(&mut tx, org).await?);
    tx.commit().await?;
    let mut looked = look_up(deps, &domain, &kinds).await;
    match store(deps, org, id, &looked).await {
        // Somebody else's links lead to this host already.
        Err(error) if error.violates("domains_tracking_host") => {
            for (kind, found) in &mut looked {
                if *kind == RecordKind::Tracking {
                    *found = Ok(Finding::new(Status::Different, ""));
                }
            }
            store(deps, org, id, &looked).await
        }
        stored => stored,
    }
}

/// The same after something was saved. Nobody waits long for it, and nothing fails because of it.
pub async fn check_soon(deps: &SettingsDeps, org: OrgId, id: DomainId) {
    if let Ok(Err(error)) = tokio::time::timeout(SHORT_PATIENCE, check_domain(deps, org, id)).await {
        warn!(domain.id = %id, %error, "a domain could not be checked");
    }
}

/// How many domains one look takes.
const MOST_DUE: i64 = 20;
/// And how many of them are asked about at the same time.
const AT_ONCE: usize = 4;

/// Checks the domains whose time has come, and sees to it that old keys go.
pub async fn check_due_domains(deps: &SettingsDeps) -> Result<usize, DbError> {
    let mut tx = deps.db.system().await?;
    let now = tx.now();
    let due = domain_checks::claim_due(&mut tx, now + SOON, MOST_DUE).await?;
    let retiring = domain_checks::with_keys_retiring_before(&mut tx, now - STAYS_PUBLISHED).await?;
    tx.commit().await?;
    for (org, id) in &retiring {
        retire_keys(deps, *org, *id).await?;
    }
    let count = due.len();
    let mut checks = futures::stream::iter(due)
        .map(|(org, id)| check_domain(deps, org, id))
        .buffer_unordered(AT_ONCE);
    while let Some(checked) = checks.next().await {
        checked?;
    }
    Ok(count)
}

/// The kinds of the accounts that mail leaves by.
#[must_use]
pub fn sending_kinds(providers: &[providers::Provider]) -> Vec<ProviderKind> {
    let active = providers.iter().filter(|provider| provider.paused.is_none());
    active.map(|provider| provider.config.kind()).collect()
}

async fn look_up(deps: &SettingsDeps, domain: &Domain, kinds: &[ProviderKind]) -> Vec<Looked> {
    let host = Host {
        tracking: domain.tracking_host.as_deref(),
        ours: &deps.tracking.ours,
    };
    let expected = expected_records(&domain.domain, &domain.keys, kinds, host);
    let looks = expected.into_iter().map(|record| async move {
        let looking = look_for(deps, domain, kinds, &record.kind, &record.host);
        let found = within(PATIENCE, looking).await.map_err(|error| error.to_string());
        (record.kind, found)
    });
    join_all(looks).await
}

async fn within<T>(
    patience: Duration,
    work: impl Future<Output = Result<T, LookUpFailed>>,
) -> Result<T, LookUpFailed> {
    tokio::time::timeout(patience, work)
        .await
        .unwrap_or(Err(LookUpFailed::TimedOut))
}

async fn look_for(
    deps: &SettingsDeps,
    domain: &Domain,
    kinds: &[ProviderKind],
    kind: &RecordKind,
    host: &str,
) -> Result<Finding, LookUpFailed> {
    let dns = &*deps.dns;
    match kind {
        RecordKind::Dkim(selector) => {
            let key = domain.keys.iter().find(|key| key.selector == *selector);
            let expected = key.map(|key| key.record()).unwrap_or_default();
            Ok(assess_dkim(&dns.txt(host).await?, &expected))
        }
        RecordKind::Spf => {
            let records = spf_of(&dns.txt(host).await?);
            let lookups = match &records[..] {
                [spf] => count_lookups(dns, spf).await?,
                _ => 0,
            };
            Ok(assess_spf(&records, &includes_for(kinds), lookups))
        }
        RecordKind::Dmarc => {
            let mut found = Vec::new();
            for name in dmarc_names(&domain.domain) {
                found.push(dns.txt(&name).await?);
                if assess_dmarc(&found).0.status != Status::Missing {
                    break;
                }
            }
            Ok(assess_dmarc(&found).0)
        }
        RecordKind::Mx => {
            let exchanges = dns.mx(host).await?;
            let has_address = exchanges.is_empty() && !dns.leads_to(host).await?.is_empty();
            Ok(assess_mx(&exchanges, has_address))
        }
        RecordKind::Tracking => {
            let leads_to = dns.leads_to(host).await?;
            if leads_to.is_empty() {
                return Ok(Finding::missing());
            }
            let status = if deps.tracking.leads_here(host).await? {
                Status::Ok
            } else {
                Status::Different
            };
            Ok(Finding::new(status, &leads_to.join(", ")))
        }
    }
}

/// How many look-ups a receiver needs for a record, counted up to one more than are allowed. That also
/// ends records that include each other.
async fn count_lookups(dns: &dyn Dns, spf: &Spf) -> Result<usize, LookUpFailed> {
    let mut terms: VecDeque<SpfTerm> = spf.terms.iter().cloned().collect();
    let mut count = 0;
    while let Some(term) = terms.pop_front() {
        count += 1;
        if count > MOST_LOOKUPS {
            break;
        }
        match term {
            // A name with macros depends on the message.
            SpfTerm::Record(name) if !name.contains('%') => {
                let inner = spf_of(&dns.txt(&name).await?);
                terms.extend(inner.into_iter().next().map(|spf| spf.terms).unwrap_or_default());
            }
            SpfTerm::Record(_) | SpfTerm::LookUp => {}
        }
    }
    Ok(count)
}

async fn store(deps: &SettingsDeps, org: OrgId, id: DomainId, looked: &[Looked]) -> Result<bool, DbError> {
    let mut tx = deps.db.tenant(org).await?;
    let now = tx.now();
    let Some(before) = domains::lock(&mut tx, org, id).await? else {
        return Ok(false);
    };
    let seen: Vec<(String, bool)> = looked
        .iter()
        .filter_map(|(kind, found)| match (kind, found) {
            (RecordKind::Dkim(selector), Ok(found)) => Some((selector.clone(), found.status == Status::Ok)),
            _ => None,
        })
        .collect();
    domain_keys::note_published(&mut tx, org, id, &seen).await?;
    let mut keys = before.keys.clone();
    for key in &mut keys {
        if let Some((_, published)) = seen.iter().find(|(selector, _)| *selector == key.selector) {
            key.published = Some(*published);
        }
    }
    let changes = transitions(&keys, Activation::WhenPublished, now);
    domain_keys::change(&mut tx, org, id, &changes).await?;
    for change in &changes {
        info!(domain.id = %id, "the key {} of {} is {}", change.selector, before.domain, change.to.as_str());
        if let Some(key) = keys.iter_mut().find(|key| key.selector == change.selector) {
            key.state = change.to;
        }
    }
    domain_checks::store(&mut tx, org, id, looked).await?;
    let outcome = outcome(looked, &keys, now);
    domain_checks::note(&mut tx, org, id, outcome).await?;
    // What signs, or where links lead, may be another thing now.
    let after = domains::find(&mut tx, org, id).await?;
    let differs =
        after.is_some_and(|after| after.keys != before.keys || after.links_host() != before.links_host());
    if differs {
        domains::touch(&mut tx, org, id).await?;
    }
    tx.commit().await?;
    Ok(true)
}

fn outcome(looked: &[Looked], keys: &[crate::domain::domain_key::DomainKey], now: Timestamp) -> Outcome {
    let all_fine = looked
        .iter()
        .all(|(_, found)| found.as_ref().is_ok_and(|found| found.status == Status::Ok));
    let tracking = looked
        .iter()
        .find(|(kind, _)| *kind == RecordKind::Tracking)
        .and_then(|(_, found)| found.as_ref().ok())
        .map(|found| found.status == Status::Ok);
    Outcome {
        verified: keys
            .iter()
            .any(|key| key.state == KeyState::Active && key.published == Some(true)),
        tracking,
        next_at: now + if all_fine { DAILY } else { SOON },
    }
}

async fn retire_keys(deps: &SettingsDeps, org: OrgId, id: DomainId) -> Result<(), DbError> {
    let mut tx = deps.db.tenant(org).await?;
    let now = tx.now();
    if let Some(domain) = domains::lock(&mut tx, org, id).await? {
        let changes: Vec<_> = transitions(&domain.keys, Activation::WhenPublished, now)
            .into_iter()
            .filter(|change| change.to == KeyState::Retired)
            .collect();
        domain_keys::change(&mut tx, org, id, &changes).await?;
    }
    tx.commit().await
}
