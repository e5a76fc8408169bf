use contracts::analytics::{CurvePoint, LinkTotals, MessageTotals};
use jiff_sqlx::ToSqlx;
use kernel::{CampaignId, OrgId, Timestamp};
use platform::{DbError, Tx};
use uuid::Uuid;

/// Reads of one organisation's roll-ups, as of one instant.
#[derive(Debug)]
pub struct Reads {
    tx: Tx,
    org: OrgId,
}

#[derive(sqlx::FromRow)]
struct TotalsRow {
    sent: i64,
    not_sent: i64,
    bounced: i64,
    opened: i64,
    opens: i64,
    clicked: i64,
    clicks: i64,
    unsubscribed: i64,
}

impl From<TotalsRow> for MessageTotals {
    fn from(row: TotalsRow) -> Self {
        let TotalsRow {
            sent,
            not_sent,
            bounced,
            opened,
            opens,
            clicked,
            clicks,
            unsubscribed,
        } = row;
        Self {
            sent,
            not_sent,
            bounced,
            opened,
            opens,
            clicked,
            clicks,
            unsubscribed,
        }
    }
}

#[derive(sqlx::FromRow)]
struct HourRow {
    hour: jiff_sqlx::Timestamp,
    #[sqlx(flatten)]
    totals: TotalsRow,
}

#[derive(sqlx::FromRow)]
struct CampaignTotalsRow {
    campaign_id: Uuid,
    #[sqlx(flatten)]
    totals: TotalsRow,
}

/// A campaign in a list.
#[derive(Debug, Clone)]
pub struct CampaignLine {
    /// Which.
    pub id: CampaignId,
    /// Its name.
    pub name: String,
    /// When it was launched.
    pub launched_at: Timestamp,
    /// Whether it still runs.
    pub running: bool,
    /// Whom it was for.
    pub will_receive: i64,
}

/// Contacts that came on a day.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct DayRow {
    /// `manual`, `api`, `import`.
    pub source: String,
    /// How many.
    pub created: i64,
}

impl Reads {
    pub(super) fn new(tx: Tx, org: OrgId) -> Self {
        Self { tx, org }
    }

    /// What happened in each hour from `from` on.
    pub async fn hours(&mut self, from: Timestamp) -> Result<Vec<CurvePoint>, DbError> {
        let rows: Vec<HourRow> = sqlx::query_as(
            r#"
            SELECT hour,
                   sum(sent)::bigint AS sent, sum(not_sent)::bigint AS not_sent,
                   sum(bounced)::bigint AS bounced, sum(opened)::bigint AS opened,
                   sum(opens)::bigint AS opens, sum(clicked)::bigint AS clicked,
                   sum(clicks)::bigint AS clicks, sum(unsubscribed)::bigint AS unsubscribed
            FROM analytics.hourly_messages
            WHERE org_id = $1 AND hour >= $2
            GROUP BY hour
            ORDER BY hour
            "#,
        )
        .bind(self.org.uuid())
        .bind(from.to_sqlx())
        .fetch_all(self.tx.conn())
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| CurvePoint {
                at: row.hour.to_jiff(),
                totals: row.totals.into(),
            })
            .collect())
    }

    /// What happened to one campaign, hour by hour.
    pub async fn campaign_hours(&mut self, campaign: CampaignId) -> Result<Vec<CurvePoint>, DbError> {
        let rows: Vec<HourRow> = sqlx::query_as(
            r#"
            SELECT hour, sent, not_sent, bounced, opened, opens, clicked, clicks, unsubscribed
            FROM analytics.hourly_messages
            WHERE org_id = $1 AND campaign_id = $2
            ORDER BY hour
            "#,
        )
        .bind(self.org.uuid())
        .bind(campaign.uuid())
        .fetch_all(self.tx.conn())
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| CurvePoint {
                at: row.hour.to_jiff(),
                totals: row.totals.into(),
            })
            .collect())
    }

    /// The totals of several campaigns; those without any are missing.
    pub async fn totals(
        &mut self,
        campaigns: &[CampaignId],
    ) -> Result<Vec<(CampaignId, MessageTotals)>, DbError> {
        let ids: Vec<Uuid> = campaigns.iter().map(|id| id.uuid()).collect();
        let rows: Vec<CampaignTotalsRow> = sqlx::query_as(
            r#"
            SELECT campaign_id,
                   sum(sent)::bigint AS sent, sum(not_sent)::bigint AS not_sent,
                   sum(bounced)::bigint AS bounced, sum(opened)::bigint AS opened,
                   sum(opens)::bigint AS opens, sum(clicked)::bigint AS clicked,
                   sum(clicks)::bigint AS clicks, sum(unsubscribed)::bigint AS unsubscribed
            FROM analytics.hourly_messages
            WHERE org_id = $1 AND campaign_id = ANY ($2)
            GROUP BY campaign_id
            "#,
        )
        .bind(self.org.uuid())
        .bind(ids)
        .fetch_all(self.tx.conn())
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| (row.campaign_id.into(), row.totals.into()))
            .collect())
    }

    /// The links of a campaign, most clicked first.
    pub async fn links(&mut self, campaign: CampaignId) -> Result<Vec<LinkTotals>, DbError> {
        let rows: Vec<(String, i64, i64)> = sqlx::query_as(
            r#"
            SELECT url, clicked, clicks FROM analytics.links
            WHERE org_id = $1 AND campaign_id = $2
            ORDER BY clicked DESC, clicks DESC, url
            LIMIT 200
            "#,
        )
        .bind(self.org.uuid())
        .bind(campaign.uuid())
        .fetch_all(self.tx.conn())
        .await?;
        Ok(rows
            .into_iter()
            .map(|(url, clicked, clicks)| LinkTotals { url, clicked, clicks })
            .collect())
    }

    /// The newest campaigns.
    pub async fn newest_campaigns(&mut self, limit: i64) -> Result<Vec<CampaignLine>, DbError> {
        let rows: Vec<(Uuid, String, jiff_sqlx::Timestamp, bool, i64)> = sqlx::query_as(
            r#"
            SELECT id, name, launched_at, finished_at IS NULL, will_receive
            FROM analytics.campaigns
            WHERE org_id = $1
            ORDER BY launched_at DESC, id
            LIMIT $2
            "#,
        )
        .bind(self.org.uuid())
        .bind(limit)
        .fetch_all(self.tx.conn())
        .await?;
        let line =
            |(id, name, at, running, will_receive): (Uuid, String, jiff_sqlx::Timestamp, bool, i64)| {
                CampaignLine {
                    id: id.into(),
                    name,
                    launched_at: at.to_jiff(),
                    running,
                    will_receive,
                }
            };
        Ok(rows.into_iter().map(line).collect())
    }

    /// Contacts that came since, by where they came from.
    pub async fn new_contacts(&mut self, from: Timestamp) -> Result<Vec<DayRow>, DbError> {
        Ok(sqlx::query_as(
            r#"
            SELECT source, sum(created)::bigint AS created
            FROM analytics.daily_contacts
            WHERE org_id = $1 AND day >= ($2 AT TIME ZONE 'UTC')::date AND created > 0
            GROUP BY source
            ORDER BY 2 DESC, 1
            "#,
        )
        .bind(self.org.uuid())
        .bind(from.to_sqlx())
        .fetch_all(self.tx.conn())
        .await?)
    }

    /// Whether any contact ever came.
    pub async fn has_contacts(&mut self) -> Result<bool, DbError> {
        Ok(sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM analytics.daily_contacts WHERE org_id = $1 AND created > 0)",
        )
        .bind(self.org.uuid())
        .fetch_one(self.tx.conn())
        .await?)
    }
}
