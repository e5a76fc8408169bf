//! Limits, warm-ups and brakes as people see and change them.

use std::collections::HashMap;

use jiff::{Span, civil::Date};
use kernel::{DomainId, OrgId, ProviderId, Timestamp};
use platform::{Db, DbError};

use crate::{
    domain::{
        mx_group::MxGroup,
        warm_up::{Day, Plan},
    },
    infrastructure::pg::{
        brakes, domains, limits, providers,
        sending_tallies::{self, utc_day},
        warm_ups,
    },
};

pub use crate::infrastructure::pg::{
    brakes::Brake, limits::OrganizationLimits, providers::Share, sending_tallies::Subject, warm_ups::WarmUp,
};

/// How many days of a warm-up are shown.
const DAYS_SHOWN: i32 = 30;

/// Everything that limits an organisation's mail.
#[derive(Clone, Debug, Default)]
pub struct LimitsOverview {
    /// What it allows itself.
    pub own: OrganizationLimits,
    /// What is warmed up, with its name.
    pub warm_ups: Vec<(WarmUp, String)>,
    /// What waits for a person, with the domain's name.
    pub brakes: Vec<(Brake, String)>,
    /// Domains and accounts that could be warmed up.
    pub subjects: Vec<(Subject, String)>,
    /// How much of each account's day is used.
    pub used: HashMap<ProviderId, u64>,
}

/// Reads all of it.
pub async fn limits_overview(db: &Db, org: OrgId) -> Result<LimitsOverview, DbError> {
    let mut tx = db.tenant(org).await?;
    let own = limits::of_organizations(&mut tx, &[org])
        .await?
        .remove(&org)
        .unwrap_or_default();
    let warm_ups = warm_ups::of_organizations(&mut tx, &[org])
        .await?
        .remove(&org)
        .unwrap_or_default();
    let brakes = brakes::of_organizations(&mut tx, &[org])
        .await?
        .remove(&org)
        .unwrap_or_default();
    let used = limits::used_today(&mut tx, org).await?;
    let mut subjects = Vec::new();
    for domain in domains::list(&mut tx, org).await? {
        subjects.push((Subject::Domain(domain.id), domain.domain));
    }
    let mut used_by = HashMap::new();
    for provider in providers::list(&mut tx, org).await? {
        if let Some(used) = used.get(&format!("account:{}:day", provider.id)) {
            used_by.insert(provider.id, *used);
        }
        subjects.push((Subject::Account(provider.id), provider.name));
    }
    tx.commit().await?;
    let name = |subject: Subject| {
        let found = subjects.iter().find(|(other, _)| *other == subject);
        found.map(|(_, name)| name.clone()).unwrap_or_default()
    };
    Ok(LimitsOverview {
        own,
        warm_ups: warm_ups
            .into_iter()
            .map(|warm_up| (warm_up, name(warm_up.subject)))
            .collect(),
        brakes: brakes
            .into_iter()
            .map(|brake| {
                let name = name(Subject::Domain(brake.domain));
                (brake, name)
            })
            .collect(),
        used: used_by,
        subjects,
    })
}

/// Sets what an organisation allows itself.
pub async fn set_limits(db: &Db, org: OrgId, new: OrganizationLimits) -> Result<(), DbError> {
    let mut tx = db.tenant(org).await?;
    limits::set(&mut tx, org, new).await?;
    tx.commit().await
}

/// One day of a warm-up at one mailbox provider.
#[derive(Clone, Debug)]
pub struct WarmUpDay {
    /// In UTC.
    pub day: Date,
    /// Whose mailboxes.
    pub group: MxGroup,
    /// How many might be sent; `None`: no limit any more.
    pub cap: Option<u32>,
    /// A word for why.
    pub decision: String,
    /// What became of it.
    pub facts: Day,
}

/// A warm-up with its days, the newest first.
#[derive(Clone, Debug)]
pub struct WarmUpStory {
    /// The warm-up.
    pub warm_up: WarmUp,
    /// What is warmed up.
    pub name: String,
    /// Its days.
    pub days: Vec<WarmUpDay>,
}

/// One warm-up; `None` when there is none.
pub async fn warm_up_story(
    db: &Db,
    org: OrgId,
    subject: Subject,
    now: Timestamp,
) -> Result<Option<WarmUpStory>, DbError> {
    let overview = limits_overview(db, org).await?;
    let found = overview
        .warm_ups
        .into_iter()
        .find(|(warm_up, _)| warm_up.subject == subject);
    let Some((warm_up, name)) = found else {
        return Ok(None);
    };
    let mut tx = db.tenant(org).await?;
    // Today is decided by whoever asks first.
    warm_ups::today(&mut tx, org, &warm_up).await?;
    let since = utc_day(now).saturating_sub(Span::new().days(DAYS_SHOWN));
    let caps = warm_ups::caps_since(&mut tx, org, subject, since).await?;
    let facts = sending_tallies::days(&mut tx, org, subject, since).await?;
    tx.commit().await?;
    let facts: HashMap<(Date, MxGroup), Day> = facts
        .into_iter()
        .map(|(day, group, facts)| ((day, group), facts))
        .collect();
    let days = caps
        .into_iter()
        .map(|cap| WarmUpDay {
            facts: facts.get(&(cap.day, cap.group)).copied().unwrap_or_default(),
            day: cap.day,
            group: cap.group,
            cap: cap.cap,
            decision: cap.decision,
        })
        .collect();
    Ok(Some(WarmUpStory { warm_up, name, days }))
}

/// Why a warm-up does not begin.
#[derive(Debug, thiserror::Error)]
pub enum WarmUpRefused {
    /// There is no such domain or account.
    #[error("there is nothing to be warmed up")]
    NotFound,
    /// It cannot be followed.
    #[error("the plan is none")]
    Plan,
    /// It has begun already.
    #[error("it is warmed up already")]
    Begun,
    /// The database did not answer.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Begins one.
pub async fn begin_warm_up(db: &Db, org: OrgId, subject: Subject, plan: Plan) -> Result<(), WarmUpRefused> {
    if !plan.is_valid() {
        return Err(WarmUpRefused::Plan);
    }
    let overview = limits_overview(db, org).await?;
    if !overview.subjects.iter().any(|(known, _)| *known == subject) {
        return Err(WarmUpRefused::NotFound);
    }
    if overview
        .warm_ups
        .iter()
        .any(|(warm_up, _)| warm_up.subject == subject)
    {
        return Err(WarmUpRefused::Begun);
    }
    let mut tx = db.tenant(org).await?;
    warm_ups::set(&mut tx, org, subject, plan, false).await?;
    tx.commit().await?;
    Ok(())
}

/// Pauses one, or lets it go on. Returns whether there is one.
pub async fn pause_warm_up(db: &Db, org: OrgId, subject: Subject, paused: bool) -> Result<bool, DbError> {
    let mut tx = db.tenant(org).await?;
    let all = warm_ups::of_organizations(&mut tx, &[org])
        .await?
        .remove(&org)
        .unwrap_or_default();
    let Some(warm_up) = all.into_iter().find(|warm_up| warm_up.subject == subject) else {
        return Ok(false);
    };
    warm_ups::set(&mut tx, org, subject, warm_up.plan, paused).await?;
    tx.commit().await?;
    Ok(true)
}

/// Ends one: nothing is limited by it any more. Returns whether there was one.
pub async fn end_warm_up(db: &Db, org: OrgId, subject: Subject) -> Result<bool, DbError> {
    let mut tx = db.tenant(org).await?;
    let there = warm_ups::end(&mut tx, org, subject).await?;
    tx.commit().await?;
    Ok(there)
}

/// Takes a brake off. Returns whether there was one.
pub async fn release_brake(db: &Db, org: OrgId, domain: DomainId, group: MxGroup) -> Result<bool, DbError> {
    let mut tx = db.tenant(org).await?;
    let there = brakes::release(&mut tx, org, domain, group).await?;
    tx.commit().await?;
    Ok(there)
}

/// Changes how an account stands among the others. Returns whether there is one.
pub async fn set_share(db: &Db, org: OrgId, id: ProviderId, share: &Share) -> Result<bool, DbError> {
    let mut tx = db.tenant(org).await?;
    let there = providers::set_share(&mut tx, org, id, share).await?;
    tx.commit().await?;
    Ok(there)
}
