//! Who a rule would find, quickly enough to watch while it is edited.

use std::time::Duration;

use kernel::OrgId;
use platform::{Db, DbError};

use crate::{
    domain::{
        contact::Contact,
        rule::{Moment, Rule},
    },
    infrastructure::pg::{CrmTx, segment_preview::timed_out},
};

/// Together below half a second, which is what watching allows.
const COUNT: Duration = Duration::from_millis(300);
const ESTIMATE: Duration = Duration::from_millis(120);
const SAMPLE: Duration = Duration::from_millis(80);
/// How many people are shown.
const PEOPLE: i64 = 10;

/// Who a rule would find.
#[derive(Debug)]
pub struct Preview {
    pub count: i64,
    /// Counted, not estimated.
    pub exact: bool,
    /// Some of them, the newest first; none when they could not be found in time.
    pub people: Vec<Contact>,
}

/// Counts, or estimates where counting takes too long.
pub async fn preview_segment(db: &Db, org: OrgId, rule: &Rule, at: &Moment) -> Result<Preview, DbError> {
    let (count, exact) = match in_time(count(db, org, rule, at).await)? {
        Some(count) => (count, true),
        None => match in_time(estimate(db, org, rule, at).await)? {
            Some(count) => (count, false),
            None => (guess(db, org, rule, at).await?, false),
        },
    };
    let people = if count == 0 && exact {
        Vec::new()
    } else {
        people(db, org, rule, at).await?
    };
    Ok(Preview { count, exact, people })
}

fn in_time<T>(result: Result<T, DbError>) -> Result<Option<T>, DbError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if timed_out(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// A transaction of its own for each try: a statement that ran out of time ends its transaction.
async fn hurried(db: &Db, org: OrgId, patience: Duration) -> Result<CrmTx, DbError> {
    let mut tx = CrmTx::tenant(db, org).await?;
    tx.expect_large_sets().await?;
    tx.limit_statements(patience).await?;
    Ok(tx)
}

async fn count(db: &Db, org: OrgId, rule: &Rule, at: &Moment) -> Result<i64, DbError> {
    hurried(db, org, COUNT).await?.count_matching(rule, at).await
}

async fn estimate(db: &Db, org: OrgId, rule: &Rule, at: &Moment) -> Result<i64, DbError> {
    hurried(db, org, ESTIMATE)
        .await?
        .estimate_matching(rule, at)
        .await
}

async fn guess(db: &Db, org: OrgId, rule: &Rule, at: &Moment) -> Result<i64, DbError> {
    CrmTx::tenant(db, org).await?.guess_matching(rule, at).await
}

async fn people(db: &Db, org: OrgId, rule: &Rule, at: &Moment) -> Result<Vec<Contact>, DbError> {
    let mut tx = hurried(db, org, SAMPLE).await?;
    let Some(ids) = in_time(tx.matching(rule, at, None, PEOPLE).await)? else {
        return Ok(Vec::new());
    };
    let mut people = tx.contacts(&ids).await?;
    people.sort_by_key(|contact| std::cmp::Reverse(contact.id));
    Ok(people)
}
