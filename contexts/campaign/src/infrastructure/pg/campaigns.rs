//! `campaign.campaigns`, with the launch beside it when there is one.

use contracts::crm::{AudienceCounts, AudienceSpec, consent::Channel};
use jiff_sqlx::ToSqlx;
use kernel::{CampaignId, OrgId, Timestamp};
use platform::DbError;
use sqlx::types::Json;
use uuid::Uuid;

use super::{CampaignTx, inconsistent};
use crate::domain::{
    campaign::{Campaign, Content, Launch, Materialised},
    name::CampaignName,
    preflight::Check,
    schedule::STALE_AFTER,
    state::State,
};

macro_rules! select_campaigns {
    ($rest:literal) => {
        concat!(
            r#"
            SELECT c.id, c.name, c.audience, c.template_id, c.channel, c.state, c.scheduled_at, c.refused_by, c.untold,
                   c.finished_at, c.version, c.created_at, c.updated_at,
                   l.launched_at, l.template_version_id, l.audience_id, l.batch_id, l.job_id,
                   l.matching, l.reachable, l.will_receive, l.materialised_to, l.materialised, l.materialised_at
            FROM campaign.campaigns c
            LEFT JOIN campaign.launches l ON l.org_id = c.org_id AND l.campaign_id = c.id
            "#,
            $rest
        )
    };
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    name: String,
    audience: Json<AudienceSpec>,
    template_id: Option<Uuid>,
    channel: String,
    state: String,
    scheduled_at: Option<jiff_sqlx::Timestamp>,
    refused_by: Option<String>,
    untold: bool,
    finished_at: Option<jiff_sqlx::Timestamp>,
    version: i64,
    created_at: jiff_sqlx::Timestamp,
    updated_at: jiff_sqlx::Timestamp,
    launched_at: Option<jiff_sqlx::Timestamp>,
    template_version_id: Option<Uuid>,
    audience_id: Option<Uuid>,
    batch_id: Option<Uuid>,
    job_id: Option<Uuid>,
    matching: Option<i64>,
    reachable: Option<i64>,
    will_receive: Option<i64>,
    materialised_to: Option<Uuid>,
    materialised: Option<i64>,
    materialised_at: Option<jiff_sqlx::Timestamp>,
}

impl Row {
    fn launch(&self) -> Option<Launch> {
        let counts = || {
            let (matching, reachable) = (self.matching?, self.reachable?);
            Some(AudienceCounts {
                matching,
                reachable,
                will_receive: self.will_receive?,
            })
        };
        Some(Launch {
            at: self.launched_at?.to_jiff(),
            template_version: self.template_version_id?.into(),
            channel: Channel::parse(&self.channel)?,
            audience: self.audience_id?.into(),
            batch: self.batch_id?.into(),
            job: self.job_id?.into(),
            counts: counts(),
            materialised: Materialised {
                to: self.materialised_to.map(Into::into),
                people: self.materialised.unwrap_or_default(),
                at: self.materialised_at.map(jiff_sqlx::Timestamp::to_jiff),
            },
        })
    }
}

impl TryFrom<Row> for Campaign {
    type Error = DbError;
    fn try_from(row: Row) -> Result<Self, DbError> {
        let id = CampaignId::from_uuid(row.id);
        let launch = row.launch();
        let refused_by = match row.refused_by {
            Some(word) => Some(Check::parse(&word).ok_or_else(|| inconsistent("refused_by", id))?),
            None => None,
        };
        Ok(Self {
            id,
            content: Content {
                name: CampaignName::parse(&row.name).map_err(|_| inconsistent("name", id))?,
                audience: row.audience.0,
                template: row.template_id.map(Into::into),
                channel: Channel::parse(&row.channel).ok_or_else(|| inconsistent("channel", id))?,
                scheduled_at: row.scheduled_at.map(jiff_sqlx::Timestamp::to_jiff),
            },
            state: State::parse(&row.state).ok_or_else(|| inconsistent("state", id))?,
            refused_by,
            untold: row.untold,
            launch,
            finished_at: row.finished_at.map(jiff_sqlx::Timestamp::to_jiff),
            version: row.version,
            created_at: row.created_at.to_jiff(),
            updated_at: row.updated_at.to_jiff(),
        })
    }
}

/// Campaigns that wait for a person.
#[derive(Clone, Debug, Default)]
pub struct Troubles {
    /// Their time came long ago, and nobody was there to send them: how many, and the oldest.
    pub stale: Option<(i64, CampaignId, String)>,
    /// Their time came, and a check refused: how many, and the oldest.
    pub refused: Option<(i64, CampaignId, String)>,
}

impl CampaignTx {
    /// One campaign.
    pub async fn find_campaign(&mut self, org: OrgId, id: CampaignId) -> Result<Option<Campaign>, DbError> {
        let row: Option<Row> = sqlx::query_as(select_campaigns!("WHERE c.org_id = $1 AND c.id = $2"))
            .bind(org.uuid())
            .bind(id.uuid())
            .fetch_optional(self.0.conn())
            .await?;
        row.map(Campaign::try_from).transpose()
    }

    /// One campaign, which nobody else changes until the end of this unit of work.
    pub async fn lock_campaign(&mut self, org: OrgId, id: CampaignId) -> Result<Option<Campaign>, DbError> {
        // The launch is read by a statement of its own behind the lock: joined to it, it would be as
        // it was before whoever held the lock wrote it.
        sqlx::query("SELECT 1 FROM campaign.campaigns WHERE org_id = $1 AND id = $2 FOR UPDATE")
            .bind(org.uuid())
            .bind(id.uuid())
            .fetch_optional(self.0.conn())
            .await?;
        self.find_campaign(org, id).await
    }

    /// A page of campaigns, newest first, behind `after`.
    pub async fn list_campaigns(
        &mut self,
        org: OrgId,
        states: Option<&[State]>,
        after: Option<CampaignId>,
        limit: i64,
    ) -> Result<Vec<Campaign>, DbError> {
        let states: Option<Vec<&str>> =
            states.map(|states| states.iter().map(|state| state.as_str()).collect());
        let rows: Vec<Row> = sqlx::query_as(select_campaigns!(
            r#"
            WHERE c.org_id = $1
              AND ($2::text[] IS NULL OR c.state = ANY($2))
              AND ($3::uuid IS NULL OR c.id < $3)
            ORDER BY c.id DESC
            LIMIT $4
            "#
        ))
        .bind(org.uuid())
        .bind(states)
        .bind(after.map(CampaignId::uuid))
        .bind(limit)
        .fetch_all(self.0.conn())
        .await?;
        rows.into_iter().map(Campaign::try_from).collect()
    }

    /// Adds a campaign.
    pub async fn insert_campaign(&mut self, org: OrgId, campaign: &Campaign) -> Result<(), DbError> {
        sqlx::query(
            r#"
            INSERT INTO campaign.campaigns
                (org_id, id, name, audience, template_id, state, scheduled_at, version, created_at, updated_at,
                 channel)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            "#,
        )
        .bind(org.uuid())
        .bind(campaign.id.uuid())
        .bind(campaign.content.name.as_str())
        .bind(Json(&campaign.content.audience))
        .bind(campaign.content.template.map(kernel::TemplateId::uuid))
        .bind(campaign.state.as_str())
        .bind(campaign.content.scheduled_at.map(ToSqlx::to_sqlx))
        .bind(campaign.version)
        .bind(campaign.created_at.to_sqlx())
        .bind(campaign.updated_at.to_sqlx())
        .bind(campaign.content.channel.as_str())
        .execute(self.0.conn())
        .await?;
        Ok(())
    }

    /// Writes a campaign that this unit of work has locked.
    pub async fn save_campaign(&mut self, org: OrgId, campaign: &Campaign) -> Result<(), DbError> {
        sqlx::query(
            r#"
            UPDATE campaign.campaigns
            SET name = $3, audience = $4, template_id = $5, state = $6, scheduled_at = $7, refused_by = $8,
                untold = $9, finished_at = $10, version = $11, updated_at = $12, channel = $13
            WHERE org_id = $1 AND id = $2
            "#,
        )
        .bind(org.uuid())
        .bind(campaign.id.uuid())
        .bind(campaign.content.name.as_str())
        .bind(Json(&campaign.content.audience))
        .bind(campaign.content.template.map(kernel::TemplateId::uuid))
        .bind(campaign.state.as_str())
        .bind(campaign.content.scheduled_at.map(ToSqlx::to_sqlx))
        .bind(campaign.refused_by.map(Check::as_str))
        .bind(campaign.untold)
        .bind(campaign.finished_at.map(ToSqlx::to_sqlx))
        .bind(campaign.version)
        .bind(campaign.updated_at.to_sqlx())
        .bind(campaign.content.channel.as_str())
        .execute(self.0.conn())
        .await?;
        Ok(())
    }

    /// Deletes a campaign that this unit of work has locked.
    pub async fn delete_campaign(&mut self, org: OrgId, id: CampaignId) -> Result<(), DbError> {
        sqlx::query("DELETE FROM campaign.campaigns WHERE org_id = $1 AND id = $2")
            .bind(org.uuid())
            .bind(id.uuid())
            .execute(self.0.conn())
            .await?;
        Ok(())
    }

    /// Campaigns that wait for a person.
    pub async fn find_troubles(&mut self, org: OrgId, now: Timestamp) -> Result<Troubles, DbError> {
        let rows: Vec<(bool, i64, Uuid, String)> = sqlx::query_as(
            r#"
            SELECT DISTINCT ON (refused)
                   refused, count(*) OVER (PARTITION BY refused), id, name
            FROM (
                SELECT id, name, scheduled_at, refused_by IS NOT NULL AS refused
                FROM campaign.campaigns
                WHERE org_id = $1
                  AND state = 'scheduled'
                  AND (refused_by IS NOT NULL OR scheduled_at < $2)
            ) AS waiting
            ORDER BY refused, scheduled_at, id
            "#,
        )
        .bind(org.uuid())
        .bind(stale_before(now).to_sqlx())
        .fetch_all(self.0.conn())
        .await?;
        let of = |wanted: bool| {
            let row = rows.iter().find(|(refused, ..)| *refused == wanted)?;
            Some((row.1, CampaignId::from_uuid(row.2), row.3.clone()))
        };
        Ok(Troubles {
            stale: of(false),
            refused: of(true),
        })
    }
}

/// What was due before that is stale now.
pub(super) fn stale_before(now: Timestamp) -> Timestamp {
    now - STALE_AFTER
}
