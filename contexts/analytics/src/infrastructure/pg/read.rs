//! Reading roll-ups.

use std::collections::HashMap;

use contracts::{
    analytics::{CurvePoint, LinkTotals, MessageTotals},
    crm::AudienceCounts,
};
use jiff_sqlx::ToSqlx;
use kernel::{CampaignId, OrgId, Timestamp};
use platform::{DbError, Tx};
use uuid::Uuid;

use crate::domain::campaign_changes::CampaignState;

/// Most links of a campaign that are read; a mail with more is a catalogue.
const MOST_LINKS: i64 = 200;

/// A unit of work that only reads, for one organisation.
#[derive(Debug)]
pub struct Reader {
    tx: Tx,
    org: OrgId,
}

/// A campaign with what became of it.
#[derive(Clone, Debug)]
pub struct CampaignRow {
    /// Which.
    pub id: CampaignId,
    /// What it is called.
    pub name: String,
    /// Where it stands.
    pub state: CampaignState,
    /// When it was launched.
    pub launched_at: Timestamp,
    /// To how many.
    pub audience: AudienceCounts,
    /// What became of it.
    pub totals: MessageTotals,
}

/// Contacts that came from somewhere.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct GrowthRow {
    /// `manual`, `api`, `import`.
    pub source: String,
    /// How many.
    pub created: i64,
}

#[derive(Clone, Copy, sqlx::FromRow)]
struct TotalsRow {
    sent: i64,
    not_sent: i64,
    bounced: i64,
    opened: i64,
    opens: i64,
    clicked: i64,
    clicks: i64,
    unsubscribed: i64,
    delivered: i64,
    complained: i64,
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
            delivered,
            complained,
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
            delivered,
            complained,
        }
    }
}

#[derive(sqlx::FromRow)]
struct CampaignTotalsRow {
    id: Uuid,
    #[sqlx(flatten)]
    totals: TotalsRow,
}

#[derive(sqlx::FromRow)]
struct HourRow {
    hour: jiff_sqlx::Timestamp,
    #[sqlx(flatten)]
    totals: TotalsRow,
}

impl From<HourRow> for CurvePoint {
    fn from(row: HourRow) -> Self {
        Self {
            at: row.hour.to_jiff(),
            totals: row.totals.into(),
        }
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    name: String,
    state: String,
    launched_at: jiff_sqlx::Timestamp,
    matching: i64,
    reachable: i64,
    will_receive: i64,
    #[sqlx(flatten)]
    totals: TotalsRow,
}

impl TryFrom<Row> for CampaignRow {
    type Error = DbError;
    fn try_from(row: Row) -> Result<Self, DbError> {
        let id = CampaignId::from_uuid(row.id);
        let state = CampaignState::parse(&row.state).ok_or_else(|| DbError::InconsistentRow {
            table: "analytics.campaigns",
            column: "state",
            id: id.to_string(),
        })?;
        let (matching, reachable, will_receive) = (row.matching, row.reachable, row.will_receive);
        Ok(Self {
            id,
            name: row.name,
            state,
            launched_at: row.launched_at.to_jiff(),
            audience: AudienceCounts {
                matching,
                reachable,
                will_receive,
            },
            totals: row.totals.into(),
        })
    }
}

impl Reader {
    pub(super) const fn new(tx: Tx, org: OrgId) -> Self {
        Self { tx, org }
    }

    /// The totals of campaigns, in the order asked for; one never heard of has zeros.
    pub async fn totals(&mut self, campaigns: &[CampaignId]) -> Result<Vec<MessageTotals>, DbError> {
        let ids: Vec<Uuid> = campaigns.iter().map(|id| id.uuid()).collect();
        let rows: Vec<CampaignTotalsRow> = sqlx::query_as(
            r#"
            SELECT id, sent, not_sent, bounced, opened, opens, clicked, clicks, unsubscribed, delivered, complained
            FROM analytics.campaigns
            WHERE org_id = $1 AND id = ANY($2)
            "#,
        )
        .bind(self.org.uuid())
        .bind(&ids)
        .fetch_all(self.tx.conn())
        .await?;
        let found: HashMap<Uuid, MessageTotals> =
            rows.into_iter().map(|row| (row.id, row.totals.into())).collect();
        Ok(ids
            .iter()
            .map(|id| found.get(id).copied().unwrap_or_default())
            .collect())
    }

    /// What happened to a campaign's messages, by hour.
    pub async fn campaign_hours(&mut self, campaign: CampaignId) -> Result<Vec<CurvePoint>, DbError> {
        let rows: Vec<HourRow> = sqlx::query_as(
            r#"
            SELECT hour, sent, not_sent, bounced, opened, opens, clicked, clicks, unsubscribed, delivered, complained
            FROM analytics.hourly_messages
            WHERE org_id = $1 AND campaign_id = $2
            ORDER BY hour
            "#,
        )
        .bind(self.org.uuid())
        .bind(campaign.uuid())
        .fetch_all(self.tx.conn())
        .await?;
        Ok(rows.into_iter().map(CurvePoint::from).collect())
    }

    /// The links of a campaign, most clicked first.
    pub async fn campaign_links(&mut self, campaign: CampaignId) -> Result<Vec<LinkTotals>, DbError> {
        let rows: Vec<(String, i64, i64)> = sqlx::query_as(
            r#"
            SELECT url, clicked, clicks
            FROM analytics.links
            WHERE org_id = $1 AND campaign_id = $2
            ORDER BY clicks DESC, clicked DESC, url
            LIMIT $3
            "#,
        )
        .bind(self.org.uuid())
        .bind(campaign.uuid())
        .bind(MOST_LINKS)
        .fetch_all(self.tx.conn())
        .await?;
        Ok(rows
            .into_iter()
            .map(|(url, clicked, clicks)| LinkTotals { url, clicked, clicks })
            .collect())
    }

    /// What happened to the messages of all campaigns since an instant, by hour.
    pub async fn hours_since(&mut self, from: Timestamp) -> Result<Vec<CurvePoint>, DbError> {
        let rows: Vec<HourRow> = sqlx::query_as(
            r#"
            SELECT hour,
                   sum(sent)::bigint AS sent, sum(not_sent)::bigint AS not_sent, sum(bounced)::bigint AS bounced,
                   sum(opened)::bigint AS opened, sum(opens)::bigint AS opens,
                   sum(clicked)::bigint AS clicked, sum(clicks)::bigint AS clicks,
                   sum(unsubscribed)::bigint AS unsubscribed,
                   sum(delivered)::bigint AS delivered, sum(complained)::bigint AS complained
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
        Ok(rows.into_iter().map(CurvePoint::from).collect())
    }

    /// Campaigns that are being sent, the longest first.
    pub async fn campaigns_under_way(&mut self, limit: i64) -> Result<Vec<CampaignRow>, DbError> {
        let rows: Vec<Row> = sqlx::query_as(
            r#"
            SELECT id, name, state, launched_at, matching, reachable, will_receive,
                   sent, not_sent, bounced, opened, opens, clicked, clicks, unsubscribed, delivered, complained
            FROM analytics.campaigns
            WHERE org_id = $1 AND launched_at IS NOT NULL AND state IN ('running', 'paused')
            ORDER BY launched_at
            LIMIT $2
            "#,
        )
        .bind(self.org.uuid())
        .bind(limit)
        .fetch_all(self.tx.conn())
        .await?;
        rows.into_iter().map(CampaignRow::try_from).collect()
    }

    /// Campaigns by their launch, newest first.
    pub async fn recent_campaigns(&mut self, limit: i64) -> Result<Vec<CampaignRow>, DbError> {
        let rows: Vec<Row> = sqlx::query_as(
            r#"
            SELECT id, name, state, launched_at, matching, reachable, will_receive,
                   sent, not_sent, bounced, opened, opens, clicked, clicks, unsubscribed, delivered, complained
            FROM analytics.campaigns
            WHERE org_id = $1 AND launched_at IS NOT NULL
            ORDER BY launched_at DESC, id DESC
            LIMIT $2
            "#,
        )
        .bind(self.org.uuid())
        .bind(limit)
        .fetch_all(self.tx.conn())
        .await?;
        rows.into_iter().map(CampaignRow::try_from).collect()
    }

    /// Contacts that came since the day of an instant, by where they came from, most first.
    pub async fn new_contacts(&mut self, from: Timestamp) -> Result<Vec<GrowthRow>, DbError> {
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
