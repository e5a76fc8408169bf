//! Domains and accounts that are made known to receivers little by little.

use std::collections::HashMap;

use jiff::{Span, civil::Date};
use jiff_sqlx::ToSqlx;
use kernel::{OrgId, Timestamp};
use platform::{DbError, Tx};
use uuid::Uuid;

use super::sending_tallies::{self, Subject, utc_day};
use crate::domain::{
    mx_group::MxGroup,
    warm_up::{Day, Decision, Plan, next_day},
};

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WarmUp {
    pub subject: Subject,
    pub plan: Plan,
    /// Nothing is sent while it is paused.
    pub paused: bool,
    pub started_at: Timestamp,
}

#[derive(sqlx::FromRow)]
struct Row {
    org_id: Uuid,
    subject: String,
    subject_id: Uuid,
    first_day: i32,
    growth: i32,
    target: i32,
    state: String,
    started_at: jiff_sqlx::Timestamp,
}

impl Row {
    fn warm_up(&self) -> Option<WarmUp> {
        let number = |n: i32| u32::try_from(n).unwrap_or(0);
        Some(WarmUp {
            subject: Subject::of_columns(&self.subject, self.subject_id)?,
            plan: Plan {
                first_day: number(self.first_day),
                growth: number(self.growth),
                target: number(self.target),
            },
            paused: self.state == "paused",
            started_at: self.started_at.to_jiff(),
        })
    }
}

/// Those of some organisations.
pub async fn of_organizations(tx: &mut Tx, orgs: &[OrgId]) -> Result<HashMap<OrgId, Vec<WarmUp>>, DbError> {
    let ids: Vec<Uuid> = orgs.iter().map(|org| org.uuid()).collect();
    let rows: Vec<Row> = sqlx::query_as(
        r#"
        SELECT org_id, subject, subject_id, first_day, growth, target, state, started_at
        FROM delivery.warm_ups
        WHERE org_id = ANY($1)
        ORDER BY org_id, started_at, subject_id
        "#,
    )
    .bind(&ids)
    .fetch_all(tx.conn())
    .await?;
    let mut found: HashMap<OrgId, Vec<WarmUp>> = HashMap::new();
    for row in rows {
        if let Some(warm_up) = row.warm_up() {
            found.entry(row.org_id.into()).or_default().push(warm_up);
        }
    }
    Ok(found)
}

/// Begins one, or changes its plan.
pub async fn set(tx: &mut Tx, org: OrgId, subject: Subject, plan: Plan, paused: bool) -> Result<(), DbError> {
    let (word, id) = subject.columns();
    let number = |n: u32| i32::try_from(n).unwrap_or(i32::MAX);
    let now = tx.now();
    sqlx::query(
        r#"
        INSERT INTO delivery.warm_ups
            (org_id, subject, subject_id, first_day, growth, target, state, started_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)
        ON CONFLICT (org_id, subject, subject_id) DO UPDATE
        SET first_day = excluded.first_day, growth = excluded.growth, target = excluded.target,
            state = excluded.state, updated_at = excluded.updated_at
        "#,
    )
    .bind(org.uuid())
    .bind(word)
    .bind(id)
    .bind(number(plan.first_day))
    .bind(number(plan.growth))
    .bind(number(plan.target))
    .bind(if paused { "paused" } else { "running" })
    .bind(now.to_sqlx())
    .execute(tx.conn())
    .await?;
    super::queue::recall_postponed(tx, org).await
}

/// Ends one: from now on nothing is limited. Returns whether it was there.
pub async fn end(tx: &mut Tx, org: OrgId, subject: Subject) -> Result<bool, DbError> {
    let (word, id) = subject.columns();
    let done =
        sqlx::query("DELETE FROM delivery.warm_ups WHERE org_id = $1 AND subject = $2 AND subject_id = $3")
            .bind(org.uuid())
            .bind(word)
            .bind(id)
            .execute(tx.conn())
            .await?;
    sqlx::query("DELETE FROM delivery.warm_up_days WHERE org_id = $1 AND subject = $2 AND subject_id = $3")
        .bind(org.uuid())
        .bind(word)
        .bind(id)
        .execute(tx.conn())
        .await?;
    super::queue::recall_postponed(tx, org).await?;
    Ok(done.rows_affected() > 0)
}

/// How many a day may have at each mailbox provider, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayCap {
    pub day: Date,
    pub group: MxGroup,
    /// `None`: no limit any more.
    pub cap: Option<u32>,
    /// A word of [`Decision`].
    pub decision: String,
}

/// The caps of days since then, newest first.
pub async fn caps_since(
    tx: &mut Tx,
    org: OrgId,
    subject: Subject,
    since: Date,
) -> Result<Vec<DayCap>, DbError> {
    let (word, id) = subject.columns();
    let rows: Vec<(jiff_sqlx::Date, String, Option<i32>, String)> = sqlx::query_as(
        r#"
        SELECT day, mx_group, cap, decision
        FROM delivery.warm_up_days
        WHERE org_id = $1 AND subject = $2 AND subject_id = $3 AND day >= $4
        ORDER BY day DESC, mx_group
        "#,
    )
    .bind(org.uuid())
    .bind(word)
    .bind(id)
    .bind(since.to_sqlx())
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|(day, group, cap, decision)| {
            Some(DayCap {
                day: day.to_jiff(),
                group: MxGroup::parse(&group)?,
                cap: cap.and_then(|cap| u32::try_from(cap).ok()),
                decision,
            })
        })
        .collect())
}

/// What today may have, decided now if it was not yet. The last day that was decided counts, however
/// long ago it was.
pub async fn today(
    tx: &mut Tx,
    org: OrgId,
    warm_up: &WarmUp,
) -> Result<HashMap<MxGroup, Option<u32>>, DbError> {
    let today = utc_day(tx.now());
    let since = today.saturating_sub(Span::new().days(60));
    let decided = caps_since(tx, org, warm_up.subject, since).await?;
    let of_today = |cap: &&DayCap| cap.day == today;
    let mut caps: HashMap<MxGroup, Option<u32>> = decided
        .iter()
        .filter(of_today)
        .map(|cap| (cap.group, cap.cap))
        .collect();
    if caps.len() == MxGroup::ALL.len() {
        return Ok(caps);
    }
    let facts = sending_tallies::days(tx, org, warm_up.subject, since).await?;
    let mut fresh = Vec::new();
    for group in MxGroup::ALL
        .into_iter()
        .filter(|group| !caps.contains_key(group))
        .collect::<Vec<_>>()
    {
        let last = decided.iter().find(|cap| cap.group == group);
        let (cap, decision) = decide(warm_up, last, &facts, group);
        caps.insert(group, cap);
        fresh.push((group, cap, decision));
    }
    write_day(tx, org, warm_up.subject, today, &fresh).await?;
    Ok(caps)
}

fn decide(
    warm_up: &WarmUp,
    last: Option<&DayCap>,
    facts: &[(Date, MxGroup, Day)],
    group: MxGroup,
) -> (Option<u32>, Decision) {
    let Some(last) = last else {
        return (Some(warm_up.plan.first_day), Decision::Begun);
    };
    let Some(cap) = last.cap else {
        return (None, Decision::Done);
    };
    let found = facts.iter().find(|(day, of, _)| *day == last.day && *of == group);
    let day = Day {
        cap,
        ..found.map(|(.., day)| *day).unwrap_or_default()
    };
    match next_day(&warm_up.plan, &day) {
        (_, Decision::Done) => (None, Decision::Done),
        (cap, decision) => (Some(cap), decision),
    }
}

async fn write_day(
    tx: &mut Tx,
    org: OrgId,
    subject: Subject,
    day: Date,
    caps: &[(MxGroup, Option<u32>, Decision)],
) -> Result<(), DbError> {
    let (word, id) = subject.columns();
    let groups: Vec<&str> = caps.iter().map(|(group, ..)| group.as_str()).collect();
    let counts: Vec<Option<i32>> = caps
        .iter()
        .map(|(_, cap, _)| cap.and_then(|cap| i32::try_from(cap).ok()))
        .collect();
    let decisions: Vec<&str> = caps.iter().map(|(.., decision)| decision.as_str()).collect();
    sqlx::query(
        r#"
        INSERT INTO delivery.warm_up_days (org_id, subject, subject_id, day, mx_group, cap, decision)
        SELECT $1, $2, $3, $4, t.mx_group, t.cap, t.decision
        FROM UNNEST($5::text[], $6::int[], $7::text[]) AS t (mx_group, cap, decision)
        -- Another engine may have been faster; what it decided came of the same figures.
        ON CONFLICT DO NOTHING
        "#,
    )
    .bind(org.uuid())
    .bind(word)
    .bind(id)
    .bind(day.to_sqlx())
    .bind(&groups)
    .bind(&counts)
    .bind(&decisions)
    .execute(tx.conn())
    .await?;
    Ok(())
}
