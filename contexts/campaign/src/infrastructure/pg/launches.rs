//! `campaign.launches`.

use contracts::crm::AudienceCounts;
use jiff_sqlx::ToSqlx;
use kernel::{CampaignId, ContactId, JobId, OrgId, Timestamp};
use platform::DbError;

use super::CampaignTx;
use crate::domain::campaign::Launch;

impl CampaignTx {
    /// Adds the launch of a campaign. There can be only one.
    pub async fn insert_launch(
        &mut self,
        org: OrgId,
        id: CampaignId,
        launch: &Launch,
    ) -> Result<(), DbError> {
        sqlx::query(
            r#"
            INSERT INTO campaign.launches
                (org_id, campaign_id, launched_at, template_version_id, audience_id, batch_id, job_id)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            "#,
        )
        .bind(org.uuid())
        .bind(id.uuid())
        .bind(launch.at.to_sqlx())
        .bind(launch.template_version.uuid())
        .bind(launch.audience.uuid())
        .bind(launch.batch.uuid())
        .bind(launch.job.uuid())
        .execute(self.0.conn())
        .await?;
        Ok(())
    }

    /// Writes down how many the frozen audience holds.
    pub async fn save_counts(
        &mut self,
        org: OrgId,
        id: CampaignId,
        counts: AudienceCounts,
    ) -> Result<(), DbError> {
        sqlx::query(
            r#"
            UPDATE campaign.launches SET matching = $3, reachable = $4, will_receive = $5
            WHERE org_id = $1 AND campaign_id = $2
            "#,
        )
        .bind(org.uuid())
        .bind(id.uuid())
        .bind(counts.matching)
        .bind(counts.reachable)
        .bind(counts.will_receive)
        .execute(self.0.conn())
        .await?;
        Ok(())
    }

    /// Writes down that a page of people was handed over; `end` when it was the last one. Returns
    /// whether the campaign still is under way: nothing more is handed over of one that is not.
    pub async fn advance_launch(
        &mut self,
        org: OrgId,
        id: CampaignId,
        to: Option<ContactId>,
        people: i64,
        end: Option<Timestamp>,
    ) -> Result<bool, DbError> {
        let advanced = sqlx::query(
            r#"
            UPDATE campaign.launches l
            SET materialised_to = coalesce($3, materialised_to),
                materialised = materialised + $4,
                materialised_at = $5
            FROM campaign.campaigns c
            WHERE l.org_id = $1 AND l.campaign_id = $2
              AND c.org_id = $1 AND c.id = $2
              AND c.state IN ('running', 'paused')
            "#,
        )
        .bind(org.uuid())
        .bind(id.uuid())
        .bind(to.map(ContactId::uuid))
        .bind(people)
        .bind(end.map(ToSqlx::to_sqlx))
        .execute(self.0.conn())
        .await?;
        Ok(advanced.rows_affected() == 1)
    }

    /// Gives the work of handing over to another job.
    pub async fn reassign_launch(&mut self, org: OrgId, id: CampaignId, job: JobId) -> Result<(), DbError> {
        sqlx::query("UPDATE campaign.launches SET job_id = $3 WHERE org_id = $1 AND campaign_id = $2")
            .bind(org.uuid())
            .bind(id.uuid())
            .bind(job.uuid())
            .execute(self.0.conn())
            .await?;
        Ok(())
    }

    /// Writes down that crm has forgotten the audience.
    pub async fn mark_released(&mut self, org: OrgId, id: CampaignId) -> Result<(), DbError> {
        sqlx::query(
            r#"
            UPDATE campaign.launches SET audience_released = true
            WHERE org_id = $1 AND campaign_id = $2
            "#,
        )
        .bind(org.uuid())
        .bind(id.uuid())
        .execute(self.0.conn())
        .await?;
        Ok(())
    }
}
