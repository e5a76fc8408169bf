//! What rules call the things that they look at: crm.campaign_names, and the names of segments.

use kernel::{CampaignId, OrgId, StageId};
use platform::{DbError, Tx};
use uuid::Uuid;

use super::CrmTx;
use crate::domain::rule::sentence::Names;

impl CrmTx {
    /// What segments and campaigns are called.
    pub async fn names_in_rules(&mut self) -> Result<Names, DbError> {
        let org = self.org.uuid();
        let campaigns: Vec<(Uuid, String)> =
            sqlx::query_as("SELECT campaign_id, name FROM crm.campaign_names WHERE org_id = $1")
                .bind(org)
                .fetch_all(self.conn())
                .await?;
        Ok(Names {
            segments: self.segment_names().await?.into_iter().collect(),
            campaigns: campaigns
                .into_iter()
                .map(|(id, name)| (id.into(), name))
                .collect(),
            others: self
                .stage_names()
                .await?
                .into_iter()
                .map(|(id, name)| (id.uuid(), name))
                .collect(),
        })
    }

    /// Stages in the order of the funnel.
    pub async fn stage_names(&mut self) -> Result<Vec<(StageId, String)>, DbError> {
        let org = self.org.uuid();
        let rows: Vec<(Uuid, String)> =
            sqlx::query_as("SELECT id, name FROM crm.stages WHERE org_id = $1 ORDER BY weight, lower(name)")
                .bind(org)
                .fetch_all(self.conn())
                .await?;
        Ok(rows.into_iter().map(|(id, name)| (id.into(), name)).collect())
    }

    /// The names that events have, at most some hundreds: by leaps along the index, since there may be
    /// millions of rows of each.
    pub async fn event_names_in_use(&mut self) -> Result<Vec<String>, DbError> {
        let org = self.org.uuid();
        Ok(sqlx::query_scalar(
            r#"
            WITH RECURSIVE names AS (
                (SELECT name, 1 AS n FROM crm.events WHERE org_id = $1 ORDER BY name LIMIT 1)
                UNION ALL
                SELECT next.name, names.n + 1
                FROM names
                CROSS JOIN LATERAL (
                    SELECT e.name FROM crm.events AS e
                    WHERE e.org_id = $1 AND e.name > names.name
                    ORDER BY e.name
                    LIMIT 1
                ) AS next
                WHERE names.n < 300
            )
            SELECT name FROM names ORDER BY name
            "#,
        )
        .bind(org)
        .fetch_all(self.conn())
        .await?)
    }
}

/// Notes what campaigns are called; each at most once.
pub async fn name_campaigns(tx: &mut Tx, names: &[(OrgId, CampaignId, String)]) -> Result<(), DbError> {
    let orgs: Vec<Uuid> = names.iter().map(|(org, _, _)| org.uuid()).collect();
    let ids: Vec<Uuid> = names.iter().map(|(_, id, _)| id.uuid()).collect();
    let texts: Vec<&str> = names.iter().map(|(_, _, name)| name.as_str()).collect();
    sqlx::query(
        r#"
        INSERT INTO crm.campaign_names (org_id, campaign_id, name)
        SELECT * FROM UNNEST($1::uuid[], $2::uuid[], $3::text[])
        ON CONFLICT (org_id, campaign_id) DO UPDATE SET name = excluded.name
        "#,
    )
    .bind(&orgs)
    .bind(&ids)
    .bind(&texts)
    .execute(tx.conn())
    .await?;
    Ok(())
}
