//! Who a rule would find, quickly enough to watch while it is edited.

use std::time::{Duration, Instant};

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
const COUNT: Duration = Duration::from_millis(250);
const ESTIMATE: Duration = Duration::from_millis(100);
const SAMPLE: Duration = Duration::from_millis(80);
const REASONS: Duration = Duration::from_millis(60);
/// Who asks for the exact number waits for it.
const EXACT: Duration = Duration::from_secs(20);
/// How many people are shown.
const PEOPLE: i64 = 10;

/// How sure the number must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// There at once.
    Quick,
    Exact,
}

/// Who a rule would find.
#[derive(Debug)]
pub struct Preview {
    pub count: i64,
    /// How far the number may be off; none when it was counted.
    pub margin: Option<i64>,
    /// About how long a rebuild takes.
    pub expected: Expected,
    /// Some of them, the newest first, each with the answers to the conditions; none when they could
    /// not be found in time.
    pub people: Vec<(Contact, Vec<bool>)>,
}

impl Preview {
    /// Whether it was counted and not estimated.
    pub const fn exact(&self) -> bool {
        self.margin.is_none()
    }
}

/// What a rebuild costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    Milliseconds(u64),
    /// Longer than could be measured in time.
    Long,
}

/// Counts, or estimates where counting takes too long.
pub async fn preview_segment(
    db: &Db,
    org: OrgId,
    rule: &Rule,
    at: &Moment,
    precision: Precision,
) -> Result<Preview, DbError> {
    let patience = match precision {
        Precision::Quick => COUNT,
        Precision::Exact => EXACT,
    };
    let began = Instant::now();
    let counted = in_time(hurried(db, org, patience).await?.count_matching(rule, at).await)?;
    let (count, margin, expected) = match counted {
        Some(count) => (count, None, milliseconds(began, 1.0)),
        None => estimate(db, org, rule, at).await?,
    };
    let people = if count == 0 && margin.is_none() {
        Vec::new()
    } else {
        people(db, org, rule, at).await?
    };
    Ok(Preview {
        count,
        margin,
        expected,
        people,
    })
}

fn milliseconds(began: Instant, share: f64) -> Expected {
    let measured = began.elapsed().as_secs_f64() * 1000.0 / share.max(f64::EPSILON);
    Expected::Milliseconds(measured as u64)
}

/// From a sample; when that takes too long as well, from PostgreSQL's statistics.
async fn estimate(
    db: &Db,
    org: OrgId,
    rule: &Rule,
    at: &Moment,
) -> Result<(i64, Option<i64>, Expected), DbError> {
    let began = Instant::now();
    let mut tx = hurried(db, org, ESTIMATE).await?;
    match in_time(tx.estimate_matching(rule, at).await)? {
        Some(estimate) => Ok((
            estimate.count,
            Some(estimate.margin),
            milliseconds(began, estimate.share),
        )),
        None => {
            drop(tx);
            let count = CrmTx::tenant(db, org).await?.guess_matching(rule, at).await?;
            // Wrong by any factor.
            Ok((count, Some(count), Expected::Long))
        }
    }
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

async fn people(db: &Db, org: OrgId, rule: &Rule, at: &Moment) -> Result<Vec<(Contact, Vec<bool>)>, DbError> {
    let mut tx = hurried(db, org, SAMPLE).await?;
    let Some(ids) = in_time(tx.matching(rule, at, None, PEOPLE).await)? else {
        return Ok(Vec::new());
    };
    let mut people = tx.contacts(&ids).await?;
    people.sort_by_key(|contact| std::cmp::Reverse(contact.id));
    drop(tx);
    let mut tx = hurried(db, org, REASONS).await?;
    let mut answers = in_time(tx.answers(rule, at, &ids).await)?.unwrap_or_default();
    let with_answers = |contact: Contact| {
        let answers = answers.remove(&contact.id).unwrap_or_default();
        (contact, answers)
    };
    Ok(people.into_iter().map(with_answers).collect())
}
