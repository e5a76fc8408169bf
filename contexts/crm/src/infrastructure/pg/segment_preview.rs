//! Who a rule finds, without writing anything down: counts, samples and pages.

use std::collections::HashMap;

use kernel::{ContactId, OrgId};
use platform::DbError;
use sqlx::Postgres;
use uuid::Uuid;

use super::{
    CrmTx,
    rule_sql::{push_answer, push_rule},
    rule_statement::{Bind, Statement},
};
use crate::domain::rule::{Moment, Rule, leaves};

/// About how many contacts an estimate looks at.
const SAMPLE: f64 = 20_000.0;

/// Whether PostgreSQL gave up at the time that the transaction grants a statement.
#[must_use]
pub fn timed_out(error: &DbError) -> bool {
    matches!(error, DbError::Sql(sqlx::Error::Database(e)) if e.code().as_deref() == Some("57014"))
}

/// A number from a sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    pub count: i64,
    /// 19 times of 20, the number lies no further away.
    pub margin: i64,
    /// Which part of the table was looked at.
    pub share: f64,
}

impl Estimate {
    /// From so many found among so many seen.
    fn of(found: i64, seen: i64, share: f64) -> Self {
        let all = seen as f64 / share;
        let p = (found as f64 / (seen as f64).max(1.0)).clamp(0.0, 1.0);
        // When none was found, there may still be three that the sample did not meet.
        let spread = 1.96 * (p * (1.0 - p) / (seen as f64).max(1.0)).sqrt();
        let least = if seen == 0 { 0.0 } else { 3.0 / seen as f64 };
        let unseen = (1.0 - share).max(0.0).sqrt();
        Self {
            count: (p * all).round() as i64,
            margin: (spread.max(least) * unseen * all).round() as i64,
            share,
        }
    }
}

impl CrmTx {
    /// Prepares this transaction for statements over all contacts: sets are hashed in one piece, and
    /// nothing is compiled, which takes longer than these statements do.
    pub async fn expect_large_sets(&mut self) -> Result<(), DbError> {
        sqlx::query("SELECT set_config('work_mem', '64MB', true), set_config('jit', 'off', true)")
            .execute(self.conn())
            .await?;
        Ok(())
    }

    /// How many match.
    pub async fn count_matching(&mut self, rule: &Rule, at: &Moment) -> Result<i64, DbError> {
        let mut statement = Statement::of(self.org());
        statement
            .push("SELECT count(*) FROM crm.contacts AS c WHERE c.org_id = ")
            .org()
            .push(" AND ");
        push_rule(&mut statement, rule, at);
        self.scalar(statement).await
    }

    /// About how many match, from some blocks of the table.
    pub async fn estimate_matching(&mut self, rule: &Rule, at: &Moment) -> Result<Estimate, DbError> {
        let percent = self.sample_percent().await?;
        let mut statement = Statement::of(self.org());
        statement.push("SELECT count(*) FILTER (WHERE ");
        push_rule(&mut statement, rule, at);
        statement.push("), count(*) FROM crm.contacts AS c TABLESAMPLE SYSTEM (");
        statement
            .bind(Bind::Fraction(percent))
            .push(") WHERE c.org_id = ")
            .org();
        let (sql, arguments) = statement.into_query()?;
        let (found, seen): (i64, i64) = sqlx::query_as_with(sql, arguments)
            .persistent(false)
            .fetch_one(self.conn())
            .await?;
        Ok(Estimate::of(found, seen, percent / 100.0))
    }

    /// The answers of some contacts to each condition of a rule, in the order of [`leaves`].
    pub async fn answers(
        &mut self,
        rule: &Rule,
        at: &Moment,
        contacts: &[ContactId],
    ) -> Result<HashMap<ContactId, Vec<bool>>, DbError> {
        let ids = contacts.iter().map(|id| id.uuid()).collect();
        let mut statement = Statement::of(self.org());
        let ids = statement.hold(Bind::Ids(ids));
        statement.push("SELECT c.id, ARRAY[");
        for (n, condition) in leaves(rule).into_iter().enumerate() {
            statement.push(if n == 0 { "" } else { ", " });
            push_answer(&mut statement, condition, at, ids);
        }
        statement
            .push("]::boolean[] FROM crm.contacts AS c WHERE c.org_id = ")
            .org();
        statement.push(" AND c.id = ANY (").repeat(ids).push(")");
        let (sql, arguments) = statement.into_query()?;
        let rows: Vec<(Uuid, Vec<bool>)> = sqlx::query_as_with(sql, arguments)
            .persistent(false)
            .fetch_all(self.conn())
            .await?;
        Ok(rows
            .into_iter()
            .map(|(id, answers)| (id.into(), answers))
            .collect())
    }

    /// How many PostgreSQL's statistics make it expect: wrong by any factor, but there at once.
    pub async fn guess_matching(&mut self, rule: &Rule, at: &Moment) -> Result<i64, DbError> {
        let mut statement = Statement::of(self.org());
        statement
            .push("EXPLAIN (FORMAT JSON) SELECT c.id FROM crm.contacts AS c WHERE c.org_id = ")
            .org();
        statement.push(" AND ");
        push_rule(&mut statement, rule, at);
        let plan: serde_json::Value = self.scalar(statement).await?;
        Ok(plan[0]["Plan"]["Plan Rows"].as_i64().unwrap_or_default())
    }

    /// Those who match, the newest first, behind one of them.
    pub async fn matching(
        &mut self,
        rule: &Rule,
        at: &Moment,
        after: Option<ContactId>,
        limit: i64,
    ) -> Result<Vec<ContactId>, DbError> {
        let (sql, arguments) = page(self.org(), rule, at, after, limit).into_query()?;
        let ids: Vec<Uuid> = sqlx::query_scalar_with(sql, arguments)
            .persistent(false)
            .fetch_all(self.conn())
            .await?;
        Ok(ids.into_iter().map(ContactId::from_uuid).collect())
    }

    async fn sample_percent(&mut self) -> Result<f64, DbError> {
        let rows: f32 =
            sqlx::query_scalar("SELECT reltuples FROM pg_class WHERE oid = 'crm.contacts'::regclass")
                .fetch_one(self.conn())
                .await?;
        Ok((SAMPLE * 100.0 / f64::from(rows).max(1.0)).clamp(0.01, 100.0))
    }

    async fn scalar<T>(&mut self, statement: Statement) -> Result<T, DbError>
    where
        T: Send + Unpin + for<'r> sqlx::Decode<'r, Postgres> + sqlx::Type<Postgres>,
    {
        let (sql, arguments) = statement.into_query()?;
        Ok(sqlx::query_scalar_with(sql, arguments)
            .persistent(false)
            .fetch_one(self.conn())
            .await?)
    }
}

fn page(org: OrgId, rule: &Rule, at: &Moment, after: Option<ContactId>, limit: i64) -> Statement {
    let mut statement = Statement::of(org);
    statement
        .push("SELECT c.id FROM crm.contacts AS c WHERE c.org_id = ")
        .org();
    if let Some(after) = after {
        statement.push(" AND c.id < ").bind(Bind::Id(after.uuid()));
    }
    statement.push(" AND ");
    push_rule(&mut statement, rule, at);
    statement
        .push(" ORDER BY c.id DESC LIMIT ")
        .bind(Bind::Count(limit));
    statement
}
