//! crm.bulk_actions.

use jiff_sqlx::ToSqlx;
use kernel::{BulkActionId, OrgId};
use platform::{DbError, Tx};
use serde_json::Value;
use uuid::Uuid;

use super::CrmTx;
use crate::domain::{
    bulk::{BulkAction, BulkState},
    change::Actor,
};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    action: Value,
    selection: Value,
    sentence: String,
    state: String,
    job_id: Option<Uuid>,
    expected: Option<i64>,
    done: i64,
    changed: i64,
    undone: i64,
    problem: Option<String>,
    actor: String,
    actor_id: Option<Uuid>,
    created_at: jiff_sqlx::Timestamp,
    finished_at: Option<jiff_sqlx::Timestamp>,
}

macro_rules! bulk_columns {
    () => {
        "id, action, selection, sentence, state, job_id, expected, done, changed, undone, problem, actor, \
         actor_id, created_at, finished_at"
    };
}

impl TryFrom<Row> for BulkAction {
    type Error = DbError;
    fn try_from(row: Row) -> Result<Self, DbError> {
        let id = BulkActionId::from_uuid(row.id);
        let inconsistent = |column| DbError::InconsistentRow {
            table: "crm.bulk_actions",
            column,
            id: id.to_string(),
        };
        Ok(BulkAction {
            id,
            kind: serde_json::from_value(row.action)?,
            selection: serde_json::from_value(row.selection)?,
            sentence: row.sentence,
            state: BulkState::parse(&row.state).ok_or_else(|| inconsistent("state"))?,
            job: row.job_id.map(Into::into),
            expected: row.expected,
            done: row.done,
            changed: row.changed,
            undone: row.undone,
            problem: row.problem,
            actor: Actor::parse(&row.actor, row.actor_id).ok_or_else(|| inconsistent("actor"))?,
            created_at: row.created_at.to_jiff(),
            finished_at: row.finished_at.map(jiff_sqlx::Timestamp::to_jiff),
        })
    }
}

impl CrmTx {
    /// Writes down an action that begins.
    pub async fn insert_bulk_action(&mut self, action: &BulkAction) -> Result<(), DbError> {
        let org = self.org.uuid();
        sqlx::query(
            r#"
            INSERT INTO crm.bulk_actions
                (org_id, id, action, selection, sentence, state, job_id, expected, actor, actor_id, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            "#,
        )
        .bind(org)
        .bind(action.id.uuid())
        .bind(serde_json::to_value(&action.kind)?)
        .bind(serde_json::to_value(&action.selection)?)
        .bind(&action.sentence)
        .bind(action.state.as_str())
        .bind(action.job.map(|job| job.uuid()))
        .bind(action.expected)
        .bind(action.actor.as_str())
        .bind(action.actor.id())
        .bind(action.created_at.to_sqlx())
        .execute(self.conn())
        .await?;
        Ok(())
    }

    /// One.
    pub async fn bulk_action(&mut self, id: BulkActionId) -> Result<Option<BulkAction>, DbError> {
        let org = self.org.uuid();
        let row: Option<Row> = sqlx::query_as(concat!(
            "SELECT ",
            bulk_columns!(),
            " FROM crm.bulk_actions WHERE org_id = $1 AND id = $2"
        ))
        .bind(org)
        .bind(id.uuid())
        .fetch_optional(self.conn())
        .await?;
        row.map(BulkAction::try_from).transpose()
    }

    /// The same, kept from others until the end of the transaction.
    pub async fn lock_bulk_action(&mut self, id: BulkActionId) -> Result<Option<BulkAction>, DbError> {
        let org = self.org.uuid();
        let row: Option<Row> = sqlx::query_as(concat!(
            "SELECT ",
            bulk_columns!(),
            " FROM crm.bulk_actions WHERE org_id = $1 AND id = $2 FOR UPDATE"
        ))
        .bind(org)
        .bind(id.uuid())
        .fetch_optional(self.conn())
        .await?;
        row.map(BulkAction::try_from).transpose()
    }

    /// Actions, the newest first.
    pub async fn bulk_actions(
        &mut self,
        before: Option<BulkActionId>,
        limit: i64,
    ) -> Result<Vec<BulkAction>, DbError> {
        let org = self.org.uuid();
        let rows: Vec<Row> = sqlx::query_as(concat!(
            "SELECT ",
            bulk_columns!(),
            " FROM crm.bulk_actions WHERE org_id = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3"
        ))
        .bind(org)
        .bind(before.map(|id| id.uuid()))
        .bind(limit)
        .fetch_all(self.conn())
        .await?;
        rows.into_iter().map(BulkAction::try_from).collect()
    }

    /// Adds what a page did. False when the action no longer is in that state: then the page must not
    /// be committed.
    pub async fn count_bulk(
        &mut self,
        id: BulkActionId,
        state: BulkState,
        done: i64,
        changed: i64,
    ) -> Result<bool, DbError> {
        let org = self.org.uuid();
        let counted = sqlx::query(
            r#"
            UPDATE crm.bulk_actions
            SET done = CASE WHEN state = 'running' THEN done + $4 ELSE done END,
                changed = CASE WHEN state = 'running' THEN changed + $5 ELSE changed END,
                undone = CASE WHEN state = 'undoing' THEN undone + $5 ELSE undone END
            WHERE org_id = $1 AND id = $2 AND state = $3
            "#,
        )
        .bind(org)
        .bind(id.uuid())
        .bind(state.as_str())
        .bind(done)
        .bind(changed)
        .execute(self.conn())
        .await?;
        Ok(counted.rows_affected() == 1)
    }

    /// Brings an action from one state into another. False when it was not in the first.
    pub async fn move_bulk_action(&mut self, action: &BulkAction, from: BulkState) -> Result<bool, DbError> {
        let org = self.org.uuid();
        let moved = sqlx::query(
            r#"
            UPDATE crm.bulk_actions
            SET state = $4, job_id = $5, problem = $6, finished_at = $7
            WHERE org_id = $1 AND id = $2 AND state = $3
            "#,
        )
        .bind(org)
        .bind(action.id.uuid())
        .bind(from.as_str())
        .bind(action.state.as_str())
        .bind(action.job.map(|job| job.uuid()))
        .bind(&action.problem)
        .bind(action.finished_at.map(|at| at.to_sqlx()))
        .execute(self.conn())
        .await?;
        Ok(moved.rows_affected() == 1)
    }
}

/// Actions, of all organisations, whose job ended without having ended the action.
pub async fn stranded_bulk_actions(tx: &mut Tx) -> Result<Vec<(OrgId, BulkActionId, bool)>, DbError> {
    let rows: Vec<(Uuid, Uuid, String)> = sqlx::query_as(
        r#"
        SELECT b.org_id, b.id, j.state
        FROM crm.bulk_actions AS b
        JOIN platform.jobs AS j ON j.org_id = b.org_id AND j.id = b.job_id
        WHERE b.state IN ('running', 'undoing') AND j.state IN ('failed', 'succeeded', 'cancelled')
        LIMIT 100
        "#,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|(org, id, state)| (org.into(), id.into(), state == "cancelled"))
        .collect())
}
