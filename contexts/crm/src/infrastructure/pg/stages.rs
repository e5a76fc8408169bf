//! crm.stages, and how people moved through them.

use std::collections::HashMap;

use jiff_sqlx::ToSqlx;
use kernel::{ContactId, StageId, Timestamp};
use platform::DbError;
use uuid::Uuid;

use super::CrmTx;
use crate::domain::{
    change::{Actor, By},
    contact::Contact,
    stage::Stage,
    timeline_entry::StageMove,
};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    name: String,
    description: String,
    weight: i32,
    created_at: jiff_sqlx::Timestamp,
    updated_at: jiff_sqlx::Timestamp,
}

impl From<Row> for Stage {
    fn from(row: Row) -> Self {
        Stage {
            id: row.id.into(),
            name: row.name,
            description: row.description,
            weight: row.weight,
            created_at: row.created_at.to_jiff(),
            updated_at: row.updated_at.to_jiff(),
        }
    }
}

/// Where a page of moves ended.
pub type MovePosition = (Timestamp, Uuid);

/// Writes down which contacts moved, by one statement for all of them.
pub(super) async fn insert_moves<'a>(
    tx: &mut CrmTx,
    moves: impl Iterator<Item = (&'a Contact, Option<StageId>)>,
    by: &By,
) -> Result<(), DbError> {
    let (mut ids, mut contacts, mut times) = (Vec::new(), Vec::new(), Vec::new());
    let (mut from, mut to) = (Vec::new(), Vec::new());
    for (contact, before) in moves.filter(|(contact, before)| contact.stage != *before) {
        ids.push(Uuid::now_v7());
        contacts.push(contact.id.uuid());
        times.push(contact.updated_at.to_sqlx());
        from.push(before.map(StageId::uuid));
        to.push(contact.stage.map(StageId::uuid));
    }
    if ids.is_empty() {
        return Ok(());
    }
    let org = tx.org.uuid();
    sqlx::query(
        r#"
        INSERT INTO crm.stage_changes (org_id, contact_id, at, id, from_stage, to_stage, actor, actor_id)
        SELECT $1, t.contact_id, t.at, t.id, t.from_stage, t.to_stage, $2, $3
        FROM UNNEST($4::uuid[], $5::timestamptz[], $6::uuid[], $7::uuid[], $8::uuid[])
            AS t (contact_id, at, id, from_stage, to_stage)
        "#,
    )
    .bind(org)
    .bind(by.actor.as_str())
    .bind(by.actor.id())
    .bind(&contacts)
    .bind(&times)
    .bind(&ids)
    .bind(&from)
    .bind(&to)
    .execute(tx.conn())
    .await?;
    Ok(())
}

impl CrmTx {
    /// All stages, in the order of the funnel.
    pub async fn stages(&mut self) -> Result<Vec<Stage>, DbError> {
        let org = self.org.uuid();
        let rows: Vec<Row> = sqlx::query_as(
            r#"
            SELECT id, name, description, weight, created_at, updated_at
            FROM crm.stages
            WHERE org_id = $1
            ORDER BY weight, lower(name), id
            "#,
        )
        .bind(org)
        .fetch_all(self.conn())
        .await?;
        Ok(rows.into_iter().map(Stage::from).collect())
    }

    /// Keeps others from changing the funnel until the end of the transaction.
    pub async fn lock_stages(&mut self) -> Result<Vec<Stage>, DbError> {
        let org = self.org.uuid();
        // Also when there are none yet, so not the rows.
        sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('crm.stages ' || $1::text, 0))")
            .bind(org)
            .execute(self.conn())
            .await?;
        self.stages().await
    }

    /// Writes a stage, new or changed.
    pub async fn save_stage(&mut self, stage: &Stage) -> Result<(), DbError> {
        let org = self.org.uuid();
        sqlx::query(
            r#"
            INSERT INTO crm.stages (org_id, id, name, description, weight, created_at, updated_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT (org_id, id) DO UPDATE
            SET name = EXCLUDED.name, description = EXCLUDED.description, weight = EXCLUDED.weight,
                updated_at = EXCLUDED.updated_at
            "#,
        )
        .bind(org)
        .bind(stage.id.uuid())
        .bind(&stage.name)
        .bind(&stage.description)
        .bind(stage.weight)
        .bind(stage.created_at.to_sqlx())
        .bind(stage.updated_at.to_sqlx())
        .execute(self.conn())
        .await?;
        Ok(())
    }

    /// Writes stages that are new.
    pub async fn insert_stages(&mut self, stages: &[Stage]) -> Result<(), DbError> {
        let ids: Vec<Uuid> = stages.iter().map(|stage| stage.id.uuid()).collect();
        let names: Vec<&str> = stages.iter().map(|stage| stage.name.as_str()).collect();
        let descriptions: Vec<&str> = stages.iter().map(|stage| stage.description.as_str()).collect();
        let weights: Vec<i32> = stages.iter().map(|stage| stage.weight).collect();
        let times: Vec<_> = stages.iter().map(|stage| stage.created_at.to_sqlx()).collect();
        let org = self.org.uuid();
        sqlx::query(
            r#"
            INSERT INTO crm.stages (org_id, id, name, description, weight, created_at, updated_at)
            SELECT $1, t.id, t.name, t.description, t.weight, t.at, t.at
            FROM UNNEST($2::uuid[], $3::text[], $4::text[], $5::int[], $6::timestamptz[])
                AS t (id, name, description, weight, at)
            "#,
        )
        .bind(org)
        .bind(&ids)
        .bind(&names)
        .bind(&descriptions)
        .bind(&weights)
        .bind(&times)
        .execute(self.conn())
        .await?;
        Ok(())
    }

    /// Gives stages other places in the funnel.
    pub async fn weigh_stages(&mut self, weights: &[(StageId, i32)], now: Timestamp) -> Result<(), DbError> {
        let (ids, weights): (Vec<Uuid>, Vec<i32>) =
            weights.iter().map(|(id, weight)| (id.uuid(), *weight)).unzip();
        let org = self.org.uuid();
        sqlx::query(
            r#"
            UPDATE crm.stages AS s SET weight = w.weight, updated_at = $4
            FROM UNNEST($2::uuid[], $3::int[]) AS w (id, weight)
            WHERE s.org_id = $1 AND s.id = w.id
            "#,
        )
        .bind(org)
        .bind(&ids)
        .bind(&weights)
        .bind(now.to_sqlx())
        .execute(self.conn())
        .await?;
        Ok(())
    }

    /// Deletes a stage that nobody stands in; says whether it did.
    pub async fn delete_stage(&mut self, id: StageId) -> Result<bool, DbError> {
        let org = self.org.uuid();
        let done = sqlx::query(
            r#"
            DELETE FROM crm.stages
            WHERE org_id = $1 AND id = $2
              AND NOT EXISTS (SELECT 1 FROM crm.contacts WHERE org_id = $1 AND stage_id = $2)
            "#,
        )
        .bind(org)
        .bind(id.uuid())
        .execute(self.conn())
        .await?;
        Ok(done.rows_affected() > 0)
    }

    /// How many stand in each stage; those that nobody stands in are left out.
    pub async fn stage_counts(&mut self) -> Result<HashMap<StageId, i64>, DbError> {
        let org = self.org.uuid();
        let rows: Vec<(Uuid, i64)> = sqlx::query_as(
            r#"
            SELECT s.id, c.count
            FROM crm.stages AS s
            CROSS JOIN LATERAL (
                SELECT count(*) FROM crm.contacts AS c WHERE c.org_id = $1 AND c.stage_id = s.id
            ) AS c
            WHERE s.org_id = $1 AND c.count > 0
            "#,
        )
        .bind(org)
        .fetch_all(self.conn())
        .await?;
        Ok(rows.into_iter().map(|(id, count)| (id.into(), count)).collect())
    }

    /// How many came into each stage since an instant; those that nobody came into are left out.
    pub async fn stage_arrivals(&mut self, since: Timestamp) -> Result<HashMap<StageId, i64>, DbError> {
        let org = self.org.uuid();
        let rows: Vec<(Uuid, i64)> = sqlx::query_as(
            r#"
            SELECT to_stage, count(DISTINCT contact_id)
            FROM crm.stage_changes
            WHERE org_id = $1 AND to_stage IN (SELECT id FROM crm.stages WHERE org_id = $1) AND at >= $2
            GROUP BY to_stage
            "#,
        )
        .bind(org)
        .bind(since.to_sqlx())
        .fetch_all(self.conn())
        .await?;
        Ok(rows.into_iter().map(|(id, count)| (id.into(), count)).collect())
    }

    /// The moves of a contact, the latest first, after a position.
    pub async fn stage_moves(
        &mut self,
        contact: ContactId,
        after: Option<MovePosition>,
        limit: i64,
    ) -> Result<Vec<StageMove>, DbError> {
        #[derive(sqlx::FromRow)]
        struct MoveRow {
            id: Uuid,
            at: jiff_sqlx::Timestamp,
            from_stage: Option<Uuid>,
            to_stage: Option<Uuid>,
            actor: String,
            actor_id: Option<Uuid>,
        }
        let (at, id) = after.unzip();
        let org = self.org.uuid();
        let rows: Vec<MoveRow> = sqlx::query_as(
            r#"
            SELECT id, at, from_stage, to_stage, actor, actor_id
            FROM crm.stage_changes
            WHERE org_id = $1
              AND contact_id = $2
              AND ($3::timestamptz IS NULL OR (at, id) < ($3, $4))
            ORDER BY at DESC, id DESC
            LIMIT $5
            "#,
        )
        .bind(org)
        .bind(contact.uuid())
        .bind(at.map(|at| at.to_sqlx()))
        .bind(id)
        .bind(limit)
        .fetch_all(self.conn())
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| StageMove {
                id: row.id,
                at: row.at.to_jiff(),
                from: row.from_stage.map(Into::into),
                to: row.to_stage.map(Into::into),
                actor: Actor::parse(&row.actor, row.actor_id).unwrap_or(Actor::System),
            })
            .collect())
    }
}
