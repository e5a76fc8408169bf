//! Adding to roll-ups, each table with one statement for a whole batch of facts.

use std::collections::BTreeMap;

use contracts::{analytics::MessageTotals, crm::AudienceCounts};
use jiff_sqlx::ToSqlx;
use kernel::{CampaignId, OrgId};
use platform::{DbError, Tx};
use uuid::Uuid;

use crate::domain::{
    campaign_changes::CampaignChanges,
    contact_deltas::ContactDeltas,
    message_deltas::{LinkDelta, MessageDeltas},
};

/// Columns of [`MessageTotals`], to be bound side by side.
#[derive(Default)]
struct Columns {
    sent: Vec<i64>,
    not_sent: Vec<i64>,
    bounced: Vec<i64>,
    opened: Vec<i64>,
    opens: Vec<i64>,
    clicked: Vec<i64>,
    clicks: Vec<i64>,
    unsubscribed: Vec<i64>,
    delivered: Vec<i64>,
    complained: Vec<i64>,
}

impl<'a> FromIterator<&'a MessageTotals> for Columns {
    fn from_iter<I: IntoIterator<Item = &'a MessageTotals>>(all: I) -> Self {
        let mut columns = Columns::default();
        for totals in all {
            columns.sent.push(totals.sent);
            columns.not_sent.push(totals.not_sent);
            columns.bounced.push(totals.bounced);
            columns.opened.push(totals.opened);
            columns.opens.push(totals.opens);
            columns.clicked.push(totals.clicked);
            columns.clicks.push(totals.clicks);
            columns.unsubscribed.push(totals.unsubscribed);
            columns.delivered.push(totals.delivered);
            columns.complained.push(totals.complained);
        }
        columns
    }
}

/// Adds to the hours.
pub async fn add_to_hours(tx: &mut Tx, deltas: &MessageDeltas) -> Result<(), DbError> {
    if deltas.hourly.is_empty() {
        return Ok(());
    }
    let orgs: Vec<Uuid> = deltas.hourly.keys().map(|(org, ..)| org.uuid()).collect();
    let hours: Vec<jiff_sqlx::Timestamp> = deltas.hourly.keys().map(|(_, hour, _)| hour.to_sqlx()).collect();
    let campaigns: Vec<Uuid> = deltas
        .hourly
        .keys()
        .map(|(.., campaign)| campaign.uuid())
        .collect();
    let columns: Columns = deltas.hourly.values().collect();
    sqlx::query(
        r#"
        INSERT INTO analytics.hourly_messages AS h
            (org_id, hour, campaign_id, sent, not_sent, bounced, opened, opens, clicked, clicks, unsubscribed,
             delivered, complained)
        SELECT * FROM UNNEST($1::uuid[], $2::timestamptz[], $3::uuid[],
            $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[],
            $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[],
            $12::bigint[], $13::bigint[])
        ON CONFLICT (org_id, hour, campaign_id) DO UPDATE
        SET sent = h.sent + excluded.sent,
            not_sent = h.not_sent + excluded.not_sent,
            bounced = h.bounced + excluded.bounced,
            opened = h.opened + excluded.opened,
            opens = h.opens + excluded.opens,
            clicked = h.clicked + excluded.clicked,
            clicks = h.clicks + excluded.clicks,
            unsubscribed = h.unsubscribed + excluded.unsubscribed,
            delivered = h.delivered + excluded.delivered,
            complained = h.complained + excluded.complained
        "#,
    )
    .bind(orgs)
    .bind(hours)
    .bind(campaigns)
    .bind(columns.sent)
    .bind(columns.not_sent)
    .bind(columns.bounced)
    .bind(columns.opened)
    .bind(columns.opens)
    .bind(columns.clicked)
    .bind(columns.clicks)
    .bind(columns.unsubscribed)
    .bind(columns.delivered)
    .bind(columns.complained)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Adds to the totals of campaigns, which may not have been heard of yet.
pub async fn add_to_campaigns(
    tx: &mut Tx,
    sums: &BTreeMap<(OrgId, CampaignId), MessageTotals>,
) -> Result<(), DbError> {
    if sums.is_empty() {
        return Ok(());
    }
    let (orgs, ids): (Vec<Uuid>, Vec<Uuid>) = sums.keys().map(|(org, id)| (org.uuid(), id.uuid())).unzip();
    let columns: Columns = sums.values().collect();
    sqlx::query(
        r#"
        INSERT INTO analytics.campaigns AS c
            (org_id, id, sent, not_sent, bounced, opened, opens, clicked, clicks, unsubscribed,
             delivered, complained)
        SELECT * FROM UNNEST($1::uuid[], $2::uuid[],
            $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],
            $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[],
            $11::bigint[], $12::bigint[])
        ON CONFLICT (org_id, id) DO UPDATE
        SET sent = c.sent + excluded.sent,
            not_sent = c.not_sent + excluded.not_sent,
            bounced = c.bounced + excluded.bounced,
            opened = c.opened + excluded.opened,
            opens = c.opens + excluded.opens,
            clicked = c.clicked + excluded.clicked,
            clicks = c.clicks + excluded.clicks,
            unsubscribed = c.unsubscribed + excluded.unsubscribed,
            delivered = c.delivered + excluded.delivered,
            complained = c.complained + excluded.complained
        "#,
    )
    .bind(orgs)
    .bind(ids)
    .bind(columns.sent)
    .bind(columns.not_sent)
    .bind(columns.bounced)
    .bind(columns.opened)
    .bind(columns.opens)
    .bind(columns.clicked)
    .bind(columns.clicks)
    .bind(columns.unsubscribed)
    .bind(columns.delivered)
    .bind(columns.complained)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Adds to the links.
pub async fn add_links(
    tx: &mut Tx,
    links: &BTreeMap<(OrgId, CampaignId, String), LinkDelta>,
) -> Result<(), DbError> {
    if links.is_empty() {
        return Ok(());
    }
    let orgs: Vec<Uuid> = links.keys().map(|(org, ..)| org.uuid()).collect();
    let ids: Vec<Uuid> = links.keys().map(|(_, id, _)| id.uuid()).collect();
    let urls: Vec<&str> = links.keys().map(|(.., url)| url.as_str()).collect();
    let (clicked, clicks): (Vec<i64>, Vec<i64>) =
        links.values().map(|delta| (delta.clicked, delta.clicks)).unzip();
    sqlx::query(
        r#"
        INSERT INTO analytics.links AS l (org_id, campaign_id, url, clicked, clicks)
        SELECT * FROM UNNEST($1::uuid[], $2::uuid[], $3::text[], $4::bigint[], $5::bigint[])
        ON CONFLICT (org_id, campaign_id, digest) DO UPDATE
        SET clicked = l.clicked + excluded.clicked,
            clicks = l.clicks + excluded.clicks
        "#,
    )
    .bind(orgs)
    .bind(ids)
    .bind(urls)
    .bind(clicked)
    .bind(clicks)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Writes down what became known of campaigns.
pub async fn change_campaigns(tx: &mut Tx, changes: &CampaignChanges) -> Result<(), DbError> {
    let changes = &changes.0;
    if changes.is_empty() {
        return Ok(());
    }
    let (orgs, ids): (Vec<Uuid>, Vec<Uuid>) = changes.keys().map(|(org, id)| (org.uuid(), id.uuid())).unzip();
    let names: Vec<Option<&str>> = changes.values().map(|change| change.name.as_deref()).collect();
    let states: Vec<Option<&str>> = changes
        .values()
        .map(|change| change.state.map(|state| state.as_str()))
        .collect();
    let launches = || changes.values().map(|change| change.launch);
    let at: Vec<Option<jiff_sqlx::Timestamp>> = launches()
        .map(|launch| launch.map(|(at, _)| at.to_sqlx()))
        .collect();
    let count = |pick: fn(&AudienceCounts) -> i64| -> Vec<Option<i64>> {
        launches()
            .map(|launch| launch.map(|(_, counts)| pick(&counts)))
            .collect()
    };
    let finished: Vec<Option<jiff_sqlx::Timestamp>> = changes
        .values()
        .map(|change| change.finished_at.map(ToSqlx::to_sqlx))
        .collect();
    sqlx::query(
        r#"
        INSERT INTO analytics.campaigns AS c
            (org_id, id, name, state, launched_at, matching, reachable, will_receive, finished_at)
        SELECT org_id, id, coalesce(name, ''), coalesce(state, 'running'), launched_at,
               coalesce(matching, 0), coalesce(reachable, 0), coalesce(will_receive, 0), finished_at
        FROM UNNEST($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::timestamptz[],
                    $6::bigint[], $7::bigint[], $8::bigint[], $9::timestamptz[])
             AS t (org_id, id, name, state, launched_at, matching, reachable, will_receive, finished_at)
        -- A draft that is renamed is no campaign that anything became of.
        WHERE launched_at IS NOT NULL
        ON CONFLICT (org_id, id) DO UPDATE
        SET launched_at = excluded.launched_at,
            matching = excluded.matching,
            reachable = excluded.reachable,
            will_receive = excluded.will_receive
        "#,
    )
    .bind(&orgs)
    .bind(&ids)
    .bind(&names)
    .bind(&states)
    .bind(at)
    .bind(count(|counts| counts.matching))
    .bind(count(|counts| counts.reachable))
    .bind(count(|counts| counts.will_receive))
    .bind(&finished)
    .execute(tx.conn())
    .await?;
    sqlx::query(
        r#"
        UPDATE analytics.campaigns c
        SET name = coalesce(t.name, c.name),
            state = coalesce(t.state, c.state),
            finished_at = coalesce(t.finished_at, c.finished_at)
        FROM UNNEST($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::timestamptz[])
             AS t (org_id, id, name, state, finished_at)
        WHERE c.org_id = t.org_id AND c.id = t.id
        "#,
    )
    .bind(orgs)
    .bind(ids)
    .bind(names)
    .bind(states)
    .bind(finished)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Adds to the days of contacts.
pub async fn add_contacts(tx: &mut Tx, deltas: &ContactDeltas) -> Result<(), DbError> {
    let deltas = &deltas.0;
    if deltas.is_empty() {
        return Ok(());
    }
    let orgs: Vec<Uuid> = deltas.keys().map(|(org, ..)| org.uuid()).collect();
    let days: Vec<jiff_sqlx::Date> = deltas.keys().map(|(_, day, _)| day.to_sqlx()).collect();
    let sources: Vec<&str> = deltas.keys().map(|(.., source)| source.as_str()).collect();
    let (created, deleted): (Vec<i64>, Vec<i64>) = deltas
        .values()
        .map(|delta| (delta.created, delta.deleted))
        .unzip();
    sqlx::query(
        r#"
        INSERT INTO analytics.daily_contacts AS d (org_id, day, source, created, deleted)
        SELECT * FROM UNNEST($1::uuid[], $2::date[], $3::text[], $4::bigint[], $5::bigint[])
        ON CONFLICT (org_id, day, source) DO UPDATE
        SET created = d.created + excluded.created,
            deleted = d.deleted + excluded.deleted
        "#,
    )
    .bind(orgs)
    .bind(days)
    .bind(sources)
    .bind(created)
    .bind(deleted)
    .execute(tx.conn())
    .await?;
    Ok(())
}
