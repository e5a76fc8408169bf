//! What the schedules look for, over all organisations. Each asks a partial index that holds only
//! what is open.

use jiff_sqlx::ToSqlx;
use kernel::{AudienceId, BatchId, CampaignId, OrgId, Timestamp};
use platform::DbError;
use uuid::Uuid;

use super::{CampaignTx, campaigns::stale_before};

/// A campaign whose people have all been handed over, so that it may have come to its end.
#[derive(Clone, Copy, Debug)]
pub struct UnderWay {
    /// Whose.
    pub org: OrgId,
    /// Which.
    pub campaign: CampaignId,
    /// Its messages.
    pub batch: BatchId,
}

/// A finished campaign whose audience is still written down.
#[derive(Clone, Copy, Debug)]
pub struct Finished {
    /// Whose.
    pub org: OrgId,
    /// Which.
    pub campaign: CampaignId,
    /// Who got it.
    pub audience: AudienceId,
}

type Pair = (Uuid, Uuid);

fn pairs(rows: Vec<Pair>) -> Vec<(OrgId, CampaignId)> {
    rows.into_iter()
        .map(|(org, id)| (org.into(), id.into()))
        .collect()
}

impl CampaignTx {
    /// Scheduled campaigns whose time has come and is not stale.
    pub async fn find_due(
        &mut self,
        now: Timestamp,
        limit: i64,
    ) -> Result<Vec<(OrgId, CampaignId)>, DbError> {
        let rows: Vec<Pair> = sqlx::query_as(
            r#"
            SELECT org_id, id
            FROM campaign.campaigns
            WHERE state = 'scheduled' AND refused_by IS NULL
              AND scheduled_at <= $1 AND scheduled_at >= $2
            ORDER BY scheduled_at
            LIMIT $3
            "#,
        )
        .bind(now.to_sqlx())
        .bind(stale_before(now).to_sqlx())
        .bind(limit)
        .fetch_all(self.0.conn())
        .await?;
        Ok(pairs(rows))
    }

    /// Campaigns whose people have all been handed over, by organisation.
    pub async fn find_materialised(&mut self) -> Result<Vec<UnderWay>, DbError> {
        let rows: Vec<(Uuid, Uuid, Uuid)> = sqlx::query_as(
            r#"
            SELECT c.org_id, c.id, l.batch_id
            FROM campaign.campaigns c
            JOIN campaign.launches l ON l.org_id = c.org_id AND l.campaign_id = c.id
            WHERE c.state IN ('running', 'paused') AND l.materialised_at IS NOT NULL
            ORDER BY c.org_id, c.id
            "#,
        )
        .fetch_all(self.0.conn())
        .await?;
        Ok(rows
            .into_iter()
            .map(|(org, id, batch)| UnderWay {
                org: org.into(),
                campaign: id.into(),
                batch: batch.into(),
            })
            .collect())
    }

    /// Campaigns of which delivery was not told how they stand. A change that is being told right
    /// now is younger than `before`.
    pub async fn find_untold(&mut self, before: Timestamp) -> Result<Vec<(OrgId, CampaignId)>, DbError> {
        let rows: Vec<Pair> = sqlx::query_as(
            r#"
            SELECT org_id, id
            FROM campaign.campaigns
            WHERE untold AND updated_at <= $1
            ORDER BY org_id, id
            "#,
        )
        .bind(before.to_sqlx())
        .fetch_all(self.0.conn())
        .await?;
        Ok(pairs(rows))
    }

    /// Writes down that delivery was told of the state of this version.
    pub async fn mark_told(&mut self, org: OrgId, id: CampaignId, version: i64) -> Result<bool, DbError> {
        let marked = sqlx::query(
            r#"
            UPDATE campaign.campaigns SET untold = false
            WHERE org_id = $1 AND id = $2 AND version = $3
            "#,
        )
        .bind(org.uuid())
        .bind(id.uuid())
        .bind(version)
        .execute(self.0.conn())
        .await?;
        Ok(marked.rows_affected() == 1)
    }

    /// Finished campaigns whose audience is still written down.
    pub async fn find_unreleased(&mut self, limit: i64) -> Result<Vec<Finished>, DbError> {
        let rows: Vec<(Uuid, Uuid, Uuid)> = sqlx::query_as(
            r#"
            SELECT l.org_id, l.campaign_id, l.audience_id
            FROM campaign.launches l
            JOIN campaign.campaigns c ON c.org_id = l.org_id AND c.id = l.campaign_id
            WHERE NOT l.audience_released AND c.state IN ('completed', 'cancelled')
            ORDER BY l.org_id, l.campaign_id
            LIMIT $1
            "#,
        )
        .bind(limit)
        .fetch_all(self.0.conn())
        .await?;
        Ok(rows
            .into_iter()
            .map(|(org, id, audience)| Finished {
                org: org.into(),
                campaign: id.into(),
                audience: audience.into(),
            })
            .collect())
    }

    /// Campaigns under way whose people are not all handed over and which no job works on any more:
    /// it gave up, or somebody cancelled it in the list of jobs.
    pub async fn find_abandoned(&mut self) -> Result<Vec<(OrgId, CampaignId)>, DbError> {
        let rows: Vec<Pair> = sqlx::query_as(
            r#"
            SELECT c.org_id, c.id
            FROM campaign.campaigns c
            JOIN campaign.launches l ON l.org_id = c.org_id AND l.campaign_id = c.id
            LEFT JOIN platform.jobs j ON j.org_id = l.org_id AND j.id = l.job_id
            WHERE c.state IN ('launching', 'running', 'paused')
              AND l.materialised_at IS NULL
              AND (j.id IS NULL OR j.state IN ('succeeded', 'failed', 'cancelled'))
            ORDER BY c.org_id, c.id
            "#,
        )
        .fetch_all(self.0.conn())
        .await?;
        Ok(pairs(rows))
    }
}
