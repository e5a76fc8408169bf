use contracts::analytics::MessageTotals;
use jiff_sqlx::ToSqlx;
use kernel::{CampaignId, OrgId, Timestamp};
use platform::{DbError, Tx};
use uuid::Uuid;

use crate::domain::fold::Deltas;

/// Adds what a batch of facts changed, with one statement a table.
pub async fn save_messages(tx: &mut Tx, deltas: &Deltas) -> Result<(), DbError> {
    save_hours(tx, deltas).await?;
    save_links(tx, deltas).await
}

async fn save_hours(tx: &mut Tx, deltas: &Deltas) -> Result<(), DbError> {
    if deltas.hours.is_empty() {
        return Ok(());
    }
    let keys = deltas.hours.keys();
    let orgs: Vec<Uuid> = keys.clone().map(|k| k.org.uuid()).collect();
    let hours: Vec<jiff_sqlx::Timestamp> = keys.clone().map(|k| k.hour.to_sqlx()).collect();
    let campaigns: Vec<Uuid> = keys.map(|k| k.campaign.uuid()).collect();
    let column = |of: fn(&MessageTotals) -> i64| deltas.hours.values().map(of).collect::<Vec<i64>>();
    sqlx::query(
        r#"
        INSERT INTO analytics.hourly_messages AS h
            (org_id, hour, campaign_id, sent, not_sent, bounced, opened, opens, clicked, clicks, unsubscribed)
        SELECT *
        FROM UNNEST($1::uuid[], $2::timestamptz[], $3::uuid[], $4::bigint[], $5::bigint[], $6::bigint[],
                    $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[])
        ON CONFLICT (org_id, hour, campaign_id) DO UPDATE
        SET sent = h.sent + excluded.sent,
            not_sent = h.not_sent + excluded.not_sent,
            bounced = h.bounced + excluded.bounced,
            opened = h.opened + excluded.opened,
            opens = h.opens + excluded.opens,
            clicked = h.clicked + excluded.clicked,
            clicks = h.clicks + excluded.clicks,
            unsubscribed = h.unsubscribed + excluded.unsubscribed
        "#,
    )
    .bind(orgs)
    .bind(hours)
    .bind(campaigns)
    .bind(column(|t| t.sent))
    .bind(column(|t| t.not_sent))
    .bind(column(|t| t.bounced))
    .bind(column(|t| t.opened))
    .bind(column(|t| t.opens))
    .bind(column(|t| t.clicked))
    .bind(column(|t| t.clicks))
    .bind(column(|t| t.unsubscribed))
    .execute(tx.conn())
    .await?;
    Ok(())
}

async fn save_links(tx: &mut Tx, deltas: &Deltas) -> Result<(), DbError> {
    if deltas.links.is_empty() {
        return Ok(());
    }
    let orgs: Vec<Uuid> = deltas.links.keys().map(|k| k.org.uuid()).collect();
    let campaigns: Vec<Uuid> = deltas.links.keys().map(|k| k.campaign.uuid()).collect();
    let urls: Vec<&str> = deltas.links.keys().map(|k| k.url.as_str()).collect();
    let clicked: Vec<i64> = deltas.links.values().map(|d| d.clicked).collect();
    let clicks: Vec<i64> = deltas.links.values().map(|d| d.clicks).collect();
    sqlx::query(
        r#"
        INSERT INTO analytics.links AS l (org_id, campaign_id, url_hash, url, clicked, clicks)
        SELECT org_id, campaign_id, sha256(convert_to(url, 'UTF8')), url, clicked, clicks
        FROM UNNEST($1::uuid[], $2::uuid[], $3::text[], $4::bigint[], $5::bigint[])
             AS t (org_id, campaign_id, url, clicked, clicks)
        ON CONFLICT (org_id, campaign_id, url_hash) DO UPDATE
        SET clicked = l.clicked + excluded.clicked, clicks = l.clicks + excluded.clicks
        "#,
    )
    .bind(orgs)
    .bind(campaigns)
    .bind(urls)
    .bind(clicked)
    .bind(clicks)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// What a campaign's own fact says of it.
#[derive(Debug, Clone)]
pub struct CampaignDelta {
    /// Whose.
    pub org: OrgId,
    /// Which.
    pub campaign: CampaignId,
    /// Its name now.
    pub name: String,
    /// When it was launched; `None` for a fact about one that was launched before.
    pub launched: Option<(Timestamp, contracts::crm::AudienceCounts)>,
    /// When and how it ended, if it did.
    pub finished: Option<(Timestamp, String)>,
}

/// Facts about campaigns are few, so each is a statement.
pub async fn save_campaigns(tx: &mut Tx, deltas: &[CampaignDelta]) -> Result<(), DbError> {
    for delta in deltas {
        match &delta.launched {
            Some((at, audience)) => insert_campaign(tx, delta, *at, *audience).await?,
            None => update_campaign(tx, delta).await?,
        }
    }
    Ok(())
}

async fn insert_campaign(
    tx: &mut Tx,
    delta: &CampaignDelta,
    at: Timestamp,
    audience: contracts::crm::AudienceCounts,
) -> Result<(), DbError> {
    sqlx::query(
        r#"
        INSERT INTO analytics.campaigns (org_id, id, name, launched_at, matching, reachable, will_receive)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (org_id, id) DO UPDATE
        SET name = excluded.name, launched_at = excluded.launched_at, matching = excluded.matching,
            reachable = excluded.reachable, will_receive = excluded.will_receive
        "#,
    )
    .bind(delta.org.uuid())
    .bind(delta.campaign.uuid())
    .bind(&delta.name)
    .bind(at.to_sqlx())
    .bind(audience.matching)
    .bind(audience.reachable)
    .bind(audience.will_receive)
    .execute(tx.conn())
    .await?;
    Ok(())
}

async fn update_campaign(tx: &mut Tx, delta: &CampaignDelta) -> Result<(), DbError> {
    let (at, outcome) = delta.finished.clone().unzip();
    sqlx::query(
        r#"
        UPDATE analytics.campaigns
        SET name = $3, finished_at = coalesce($4, finished_at), outcome = coalesce($5, outcome)
        WHERE org_id = $1 AND id = $2
        "#,
    )
    .bind(delta.org.uuid())
    .bind(delta.campaign.uuid())
    .bind(&delta.name)
    .bind(at.map(|at| at.to_sqlx()))
    .bind(outcome)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Contacts that came or went on a day.
#[derive(Debug, Clone)]
pub struct ContactDelta {
    /// Whose.
    pub org: OrgId,
    /// When.
    pub at: Timestamp,
    /// `manual`, `api`, `import`; empty for those who went.
    pub source: String,
    /// How many came.
    pub created: i64,
    /// How many went.
    pub deleted: i64,
}

/// Adds them up by day with one statement.
pub async fn save_contacts(tx: &mut Tx, deltas: &[ContactDelta]) -> Result<(), DbError> {
    sqlx::query(
        r#"
        INSERT INTO analytics.daily_contacts AS d (org_id, day, source, created, deleted)
        SELECT org_id, (at AT TIME ZONE 'UTC')::date, source, sum(created), sum(deleted)
        FROM UNNEST($1::uuid[], $2::timestamptz[], $3::text[], $4::bigint[], $5::bigint[])
             AS t (org_id, at, source, created, deleted)
        GROUP BY 1, 2, 3
        ORDER BY 1, 2, 3
        ON CONFLICT (org_id, day, source) DO UPDATE
        SET created = d.created + excluded.created, deleted = d.deleted + excluded.deleted
        "#,
    )
    .bind(deltas.iter().map(|d| d.org.uuid()).collect::<Vec<_>>())
    .bind(deltas.iter().map(|d| d.at.to_sqlx()).collect::<Vec<_>>())
    .bind(deltas.iter().map(|d| d.source.as_str()).collect::<Vec<_>>())
    .bind(deltas.iter().map(|d| d.created).collect::<Vec<_>>())
    .bind(deltas.iter().map(|d| d.deleted).collect::<Vec<_>>())
    .execute(tx.conn())
    .await?;
    Ok(())
}
