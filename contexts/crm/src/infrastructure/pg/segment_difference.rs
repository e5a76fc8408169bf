//! Who has come to match a rule, and who no longer does.
//!
//! Mostly nothing has changed. So of a segment that has members it is asked first whether those who match
//! are as many as are in, and their identifiers have the same sum of hashes: PostgreSQL counts and sums
//! in parallel, while it can neither join in full nor gather identifiers so. That two different groups
//! of people have the same sum of 64-bit hashes does not happen.

use kernel::SegmentId;
use platform::DbError;
use uuid::Uuid;

use super::{
    CrmTx,
    rule_sql::{push_rule, push_rule_for},
    rule_statement::{Bind, Statement},
};
use crate::domain::rule::{Moment, Rule};

/// Which contacts are looked at.
#[derive(Clone, Copy, Debug)]
pub enum Scope<'a> {
    Everybody,
    /// Only these: what else there is has not changed.
    Only(&'a [Uuid]),
}

/// Who entered and who left.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// How many match, within the scope.
    pub matching: i64,
    pub entered: Vec<Uuid>,
    pub departed: Vec<Uuid>,
}

impl Difference {
    /// How many more there are.
    pub fn balance(&self) -> i64 {
        let count = |ids: &[Uuid]| i64::try_from(ids.len()).unwrap_or(i64::MAX);
        count(&self.entered) - count(&self.departed)
    }

    pub fn is_empty(&self) -> bool {
        self.entered.is_empty() && self.departed.is_empty()
    }
}

#[derive(sqlx::FromRow)]
struct DifferenceRow {
    matching: i64,
    entered: Option<Vec<Uuid>>,
    departed: Option<Vec<Uuid>>,
}

/// Whose membership is asked.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    pub id: SegmentId,
    pub rule: &'a Rule,
    pub at: &'a Moment,
    pub scope: Scope<'a>,
    /// Whether people were put in or taken out by hand.
    pub overridden: bool,
    /// Whether it is likely that nothing has changed.
    pub likely_unchanged: bool,
}

impl CrmTx {
    /// Compares who matches with who is in.
    pub async fn segment_difference(&mut self, question: &Question<'_>) -> Result<Difference, DbError> {
        self.expect_large_sets().await?;
        if question.likely_unchanged
            && let Some(matching) = self.unchanged(question).await?
        {
            return Ok(Difference {
                matching,
                ..Difference::default()
            });
        }
        self.whole_difference(question).await
    }

    /// How many match, when they are those who are in.
    async fn unchanged(&mut self, question: &Question<'_>) -> Result<Option<i64>, DbError> {
        let (sql, arguments) = comparison(self, question).into_query()?;
        Ok(sqlx::query_scalar_with(sql, arguments)
            .persistent(false)
            .fetch_one(self.conn())
            .await?)
    }

    async fn whole_difference(&mut self, question: &Question<'_>) -> Result<Difference, DbError> {
        let (sql, arguments) = difference(self, question).into_query()?;
        let row: DifferenceRow = sqlx::query_as_with(sql, arguments)
            .persistent(false)
            .fetch_one(self.conn())
            .await?;
        // The join gives them in no order, and members that are written in the order of their key fill
        // its index from left to right: for a quarter of a million that is half of the time.
        let sorted = |ids: Option<Vec<Uuid>>| {
            let mut ids = ids.unwrap_or_default();
            ids.sort_unstable();
            ids
        };
        Ok(Difference {
            matching: row.matching,
            entered: sorted(row.entered),
            departed: sorted(row.departed),
        })
    }
}

fn comparison(tx: &CrmTx, question: &Question<'_>) -> Statement {
    let mut statement = Statement::of(tx.org);
    statement.push(
        "SELECT CASE WHEN n.people = m.people AND n.sum IS NOT DISTINCT FROM m.sum THEN n.people END \
         FROM (SELECT count(*) AS people, sum(uuid_hash_extended(n.id, 0)) AS sum FROM (",
    );
    push_members(&mut statement, question);
    statement
        .push(") AS n) AS n, (SELECT count(*) AS people, sum(uuid_hash_extended(m.contact_id, 0)) AS sum");
    push_in(&mut statement, question);
    statement.push(") AS m");
    statement
}

/// `FROM … WHERE …`: who is in.
fn push_in(statement: &mut Statement, question: &Question<'_>) {
    statement
        .push(" FROM crm.segment_members AS m WHERE m.org_id = ")
        .org();
    statement
        .push(" AND m.segment_id = ")
        .bind(Bind::Id(question.id.uuid()));
}

fn difference(tx: &CrmTx, question: &Question<'_>) -> Statement {
    let mut statement = Statement::of(tx.org);
    statement.push(
        "SELECT count(n.id) AS matching, \
         array_agg(n.id) FILTER (WHERE m.contact_id IS NULL) AS entered, \
         array_agg(m.contact_id) FILTER (WHERE n.id IS NULL) AS departed FROM (",
    );
    let ids = push_members(&mut statement, question);
    statement.push(") AS n FULL JOIN (SELECT m.contact_id");
    push_in(&mut statement, question);
    if let Some(ids) = ids {
        statement.push(" AND m.contact_id = ANY (").repeat(ids).push(")");
    }
    statement.push(") AS m ON m.contact_id = n.id");
    statement
}

/// Who belongs to the segment: who matches and was not taken out, and who was put in. Returns the
/// parameter with the contacts that are asked, if not all are.
fn push_members(statement: &mut Statement, question: &Question<'_>) -> Option<usize> {
    statement
        .push("SELECT c.id FROM crm.contacts AS c WHERE c.org_id = ")
        .org();
    statement.push(" AND ");
    let ids = match question.scope {
        Scope::Everybody => {
            push_rule(statement, question.rule, question.at);
            None
        }
        Scope::Only(ids) => {
            let ids = statement.hold(Bind::Ids(ids.to_vec()));
            statement.push("c.id = ANY (").repeat(ids).push(") AND ");
            push_rule_for(statement, question.rule, question.at, ids);
            Some(ids)
        }
    };
    if question.overridden {
        let segment = || Bind::Id(question.id.uuid());
        statement
            .push(" AND NOT EXISTS (SELECT 1 FROM crm.segment_overrides AS o WHERE o.org_id = ")
            .org();
        statement.push(" AND o.segment_id = ").bind(segment());
        statement
            .push(
                " AND o.contact_id = c.id) UNION ALL SELECT c.id FROM crm.segment_overrides AS o \
                 JOIN crm.contacts AS c ON c.org_id = o.org_id AND c.id = o.contact_id WHERE o.org_id = ",
            )
            .org();
        statement.push(" AND o.segment_id = ").bind(segment());
        statement.push(" AND o.included");
        if let Some(ids) = ids {
            statement.push(" AND c.id = ANY (").repeat(ids).push(")");
        }
    }
    ids
}
