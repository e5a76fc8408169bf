//! What tells segments that their answers may have changed, and which of them want to be rebuilt.
//!
//! Whoever changes something that a rule can look at says so by one of the `watch_…` functions, in
//! the transaction that changes it: a rebuild that has not seen the one has not seen the other
//! either. Contacts themselves are told by `CrmEvent` and need nothing more.

use contracts::event::MAX_ITEMS;
use jiff_sqlx::ToSqlx;
use kernel::{ContactId, EmailAddress, OrgId, RecordId, SegmentId, Timestamp};
use platform::{DbError, Tx};
use serde_json::json;
use uuid::Uuid;

use super::CrmTx;

/// Signalled when segments have become stale.
pub const STALE_SEGMENTS: &str = "crm.stale_segments";

/// Something that segments may look at has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct News {
    pub org: OrgId,
    /// Names as rules mention them, such as `city`, `mail.opened` or `event.Signed Up`; all of them
    /// when there are none.
    pub fields: Option<Vec<String>>,
    /// Of whom; of everybody when there are none.
    pub contacts: Option<Vec<ContactId>>,
}

impl News {
    /// Fields changed of some contacts. Of very many, everybody is looked at once.
    #[must_use]
    pub fn of(org: OrgId, fields: Vec<String>, contacts: Vec<ContactId>) -> Self {
        Self {
            org,
            fields: Some(fields),
            contacts: (contacts.len() <= MAX_ITEMS).then_some(contacts),
        }
    }
}

/// How many changed contacts of a segment are looked at one by one; beyond that, everybody is.
const MAX_PENDING: i32 = 10_000;
/// How much news is taken at once.
const NEWS_AT_ONCE: i64 = 2_000;

/// Notes news. To be called in the transaction that makes it true.
pub async fn tell_segments(tx: &mut Tx, news: &[News]) -> Result<(), DbError> {
    if news.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = news
        .iter()
        .map(|one| {
            let contacts = one
                .contacts
                .as_ref()
                .map(|ids| ids.iter().map(|id| id.uuid()).collect::<Vec<Uuid>>());
            json!({"org_id": one.org.uuid(), "fields": one.fields, "contacts": contacts})
        })
        .collect();
    sqlx::query(
        r#"
        INSERT INTO crm.segment_news (org_id, fields, contacts)
        SELECT org_id, fields, contacts
        FROM jsonb_to_recordset($1) AS t (org_id uuid, fields text[], contacts uuid[])
        "#,
    )
    .bind(serde_json::Value::Array(rows))
    .execute(tx.conn())
    .await?;
    tx.signal_on_commit(STALE_SEGMENTS);
    Ok(())
}

/// Something happened to contacts: rows of crm.events, by their names.
pub async fn watch_events(tx: &mut Tx, events: &[(OrgId, ContactId, &str)]) -> Result<(), DbError> {
    let mut by_name: std::collections::BTreeMap<(OrgId, &str), Vec<ContactId>> = Default::default();
    for (org, contact, name) in events {
        by_name.entry((*org, name)).or_default().push(*contact);
    }
    let news: Vec<News> = by_name
        .into_iter()
        .map(|((org, name), mut contacts)| {
            contacts.sort_unstable();
            contacts.dedup();
            News::of(org, mentions_of_event(name), contacts)
        })
        .collect();
    tell_segments(tx, &news).await
}

/// The names by which rules mention an event: its own, any event, and what it says of mail.
fn mentions_of_event(name: &str) -> Vec<String> {
    let mail = match name {
        "email_sent" => Some("mail.sent"),
        "email_opened" => Some("mail.opened"),
        "email_clicked" => Some("mail.clicked"),
        "email_bounced" => Some("mail.bounced"),
        _ => None,
    };
    let mentions = [format!("event.{name}"), "event".to_owned()];
    mentions.into_iter().chain(mail.map(str::to_owned)).collect()
}

/// Addresses of a channel may no longer be written to, or may be again.
pub async fn watch_do_not_contact(
    tx: &mut Tx,
    channel: &str,
    addresses: &[(OrgId, &str)],
) -> Result<(), DbError> {
    let contacts = contacts_with_addresses(tx, channel, addresses).await?;
    let fields = vec![format!("do_not_contact.{channel}"), "subscription".to_owned()];
    let mut by_org: std::collections::BTreeMap<OrgId, Vec<ContactId>> = Default::default();
    for (org, contact) in contacts {
        by_org.entry(org).or_default().push(contact);
    }
    let news: Vec<News> = by_org
        .into_iter()
        .map(|(org, contacts)| News::of(org, fields.clone(), contacts))
        .collect();
    tell_segments(tx, &news).await
}

/// Records were made, changed or linked, or are about to be deleted or unlinked: tells it of the
/// contacts that they belong to, directly or through one record more. Called while the links stand.
pub async fn watch_records(tx: &mut Tx, records: &[(OrgId, RecordId)]) -> Result<(), DbError> {
    if records.is_empty() {
        return Ok(());
    }
    let (orgs, ids): (Vec<Uuid>, Vec<Uuid>) = records
        .iter()
        .map(|(org, record)| (org.uuid(), record.uuid()))
        .unzip();
    sqlx::query(
        r#"
        WITH told AS (
            SELECT DISTINCT org_id, record_id FROM UNNEST($1::uuid[], $2::uuid[]) AS t (org_id, record_id)
        )
        INSERT INTO crm.segment_news (org_id, fields, contacts)
        SELECT p.org_id, ARRAY['objects.' || o.key],
               -- Of very many, everybody is looked at once.
               CASE WHEN count(DISTINCT p.contact_id) <= $3 THEN array_agg(DISTINCT p.contact_id) END
        FROM (
            SELECT t.org_id, c.object_id, c.contact_id
            FROM told AS t
            JOIN crm.record_contacts AS c ON c.org_id = t.org_id AND c.record_id = t.record_id
            UNION ALL
            SELECT t.org_id, c.object_id, c.contact_id
            FROM told AS t
            JOIN crm.record_links AS l ON l.org_id = t.org_id AND l.to_record = t.record_id
            JOIN crm.record_contacts AS c ON c.org_id = t.org_id AND c.record_id = l.from_record
            UNION ALL
            SELECT t.org_id, c.object_id, c.contact_id
            FROM told AS t
            JOIN crm.relations AS k ON k.org_id = t.org_id
            JOIN crm.record_links AS l
                ON l.org_id = t.org_id AND l.relation_id = k.id AND l.from_record = t.record_id
            JOIN crm.record_contacts AS c ON c.org_id = t.org_id AND c.record_id = l.to_record
        ) AS p
        JOIN crm.objects AS o ON o.org_id = p.org_id AND o.id = p.object_id
        GROUP BY p.org_id, o.key
        "#,
    )
    .bind(&orgs)
    .bind(&ids)
    .bind(i64::try_from(MAX_ITEMS).unwrap_or(i64::MAX))
    .execute(tx.conn())
    .await?;
    tx.signal_on_commit(STALE_SEGMENTS);
    Ok(())
}

/// Records of objects were deleted. Which records they were related to is no longer known: whoever
/// looks at related objects looks at everybody.
pub async fn watch_deleted_records(tx: &mut Tx, objects: &[(OrgId, &str)]) -> Result<(), DbError> {
    if objects.is_empty() {
        return Ok(());
    }
    let orgs: Vec<Uuid> = objects.iter().map(|(org, _)| org.uuid()).collect();
    let keys: Vec<&str> = objects.iter().map(|(_, key)| *key).collect();
    sqlx::query(
        r#"
        INSERT INTO crm.segment_news (org_id, fields, contacts)
        SELECT o.org_id, array_agg(DISTINCT 'objects.' || other.key), NULL
        FROM UNNEST($1::uuid[], $2::text[]) AS t (org_id, key)
        JOIN crm.objects AS o ON o.org_id = t.org_id AND o.key = t.key
        JOIN crm.relations AS k ON k.org_id = o.org_id AND o.id IN (k.from_object, k.to_object)
        JOIN crm.objects AS other
            ON other.org_id = o.org_id
           AND other.id = CASE WHEN k.from_object = o.id THEN k.to_object ELSE k.from_object END
        GROUP BY o.org_id
        "#,
    )
    .bind(&orgs)
    .bind(&keys)
    .execute(tx.conn())
    .await?;
    tx.signal_on_commit(STALE_SEGMENTS);
    Ok(())
}

/// The same for addresses of e-mail.
pub async fn watch_suppressions(tx: &mut Tx, addresses: &[(OrgId, &EmailAddress)]) -> Result<(), DbError> {
    let addresses: Vec<(OrgId, &str)> = addresses
        .iter()
        .map(|(org, address)| (*org, address.as_str()))
        .collect();
    watch_do_not_contact(tx, "email", &addresses).await
}

impl CrmTx {
    /// Fields of some contacts changed that `CrmEvent::ContactsUpdated` does not tell, as rules
    /// mention them.
    pub async fn watch_contacts(&mut self, fields: &[&str], contacts: &[ContactId]) -> Result<(), DbError> {
        let fields = fields.iter().map(|field| (*field).to_owned()).collect();
        let news = News::of(self.org, fields, contacts.to_vec());
        tell_segments(&mut self.inner, &[news]).await
    }

    /// Marks the segments that look at what the news of this organisation is about. Returns whether
    /// there was any.
    pub async fn digest_segment_news(&mut self) -> Result<bool, DbError> {
        let org = self.org;
        let mut digested = false;
        while digest_news(&mut self.inner, Some(org)).await? > 0 {
            digested = true;
        }
        Ok(digested)
    }
}

/// Marks the segments that look at what some of the news is about, and takes it away. Returns how
/// much it was.
pub async fn digest_news(tx: &mut Tx, org: Option<OrgId>) -> Result<i64, DbError> {
    let now = tx.now();
    Ok(sqlx::query_scalar(
        r#"
        WITH taken AS (
            DELETE FROM crm.segment_news AS n
            USING (
                SELECT org_id, id FROM crm.segment_news
                WHERE $1::uuid IS NULL OR org_id = $1
                ORDER BY org_id, id
                LIMIT $2
                -- What another one is taking is told by it.
                FOR UPDATE SKIP LOCKED
            ) AS t
            WHERE n.org_id = t.org_id AND n.id = t.id
            RETURNING n.org_id, n.fields, n.contacts
        ), woken AS (
            DELETE FROM crm.segment_wakeups AS w
            USING (
                SELECT org_id, segment_id, due_at, contact_id FROM crm.segment_wakeups
                WHERE due_at <= $3 AND ($1::uuid IS NULL OR org_id = $1)
                LIMIT 10000
                FOR UPDATE SKIP LOCKED
            ) AS t
            WHERE w.org_id = t.org_id AND w.segment_id = t.segment_id AND w.due_at = t.due_at
              AND w.contact_id = t.contact_id
            RETURNING w.org_id, w.segment_id, w.contact_id
        ), told AS (
            SELECT t.org_id, s.id, t.contacts IS NULL AS everybody, c.contact_id
            FROM taken AS t
            JOIN crm.segments AS s ON s.org_id = t.org_id AND (t.fields IS NULL OR t.fields && s.mentions)
            LEFT JOIN LATERAL UNNEST(t.contacts) AS c (contact_id) ON true
            UNION ALL
            SELECT org_id, segment_id, false, contact_id FROM woken
        ), news AS (
            SELECT org_id, id, bool_or(everybody) AS everybody,
                   COALESCE(array_agg(DISTINCT contact_id) FILTER (WHERE contact_id IS NOT NULL), '{}') AS contacts
            FROM told
            GROUP BY org_id, id
        ), concerned AS (
            SELECT s.org_id, s.id
            FROM crm.segments AS s
            JOIN news ON news.org_id = s.org_id AND news.id = s.id
            -- Two that mark the same ones meet in the same order.
            ORDER BY s.org_id, s.id
            FOR UPDATE OF s
        ), marked AS (
            UPDATE crm.segments AS s
            SET changes = s.changes + 1,
                full_at = CASE WHEN news.everybody OR cardinality(s.pending || news.contacts) > $4
                               THEN s.changes + 1 ELSE s.full_at END,
                pending = CASE WHEN news.everybody OR cardinality(s.pending || news.contacts) > $4
                               THEN '{}' ELSE s.pending || news.contacts END
            FROM news
            JOIN concerned ON concerned.org_id = news.org_id AND concerned.id = news.id
            WHERE s.org_id = news.org_id AND s.id = news.id
            RETURNING 1
        )
        SELECT (SELECT count(*) FROM taken) + (SELECT count(*) FROM woken) + 0 * (SELECT count(*) FROM marked)
        "#,
    )
    .bind(org.map(OrgId::uuid))
    .bind(NEWS_AT_ONCE)
    .bind(now.to_sqlx())
    .bind(MAX_PENDING)
    .fetch_one(tx.conn())
    .await?)
}

/// A segment that wants to be rebuilt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DueSegment {
    pub org: OrgId,
    pub id: SegmentId,
    /// Everybody is to be looked at, since time has passed.
    pub full: bool,
}

/// How far a rebuild looks. Those who changed are looked at in milliseconds and never wait for a look
/// at everybody, which takes seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    Few,
    Everybody,
}

/// Whether segments are left alone for as long as they may rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest {
    Granted,
    /// For tests, which do not wait.
    Denied,
}

/// Segments of all organisations that want to be rebuilt, those that waited longest first.
pub async fn due_segments(
    tx: &mut Tx,
    now: Timestamp,
    reach: Reach,
    rest: Rest,
    limit: i64,
) -> Result<Vec<DueSegment>, DbError> {
    let rows: Vec<(Uuid, Uuid, bool)> = sqlx::query_as(
        r#"
        SELECT org_id, id, COALESCE(due_at <= $1, false)
        FROM crm.segments
        WHERE CASE WHEN COALESCE(full_at > changes_seen OR due_at <= $1 OR listed_until <= $1, false)
                   THEN $2 AND (GREATEST(rest_until, full_rest_until) <= $1 OR ($3 AND problem IS NULL))
                   ELSE NOT $2 AND changes > changes_seen AND (rest_until <= $1 OR ($3 AND problem IS NULL))
              END
        ORDER BY rebuilt_at NULLS FIRST, org_id, id
        LIMIT $4
        "#,
    )
    .bind(now.to_sqlx())
    .bind(reach == Reach::Everybody)
    .bind(rest == Rest::Denied)
    .bind(limit)
    .fetch_all(tx.conn())
    .await?;
    let due = |(org, id, full): (Uuid, Uuid, bool)| DueSegment {
        org: org.into(),
        id: id.into(),
        full,
    };
    Ok(rows.into_iter().map(due).collect())
}

/// When a segment will next want something, if nothing changes before.
pub async fn next_due(tx: &mut Tx, now: Timestamp, reach: Reach) -> Result<Option<Timestamp>, DbError> {
    // A segment that was just saved has no rest, not even a past one: it is -infinity.
    let next = match reach {
        Reach::Few => {
            r#"
            SELECT LEAST(
                (SELECT min(due_at) FROM crm.segment_wakeups),
                (SELECT min(GREATEST(rest_until, 'epoch'))
                 FROM crm.segments
                 WHERE changes > changes_seen AND full_at <= changes_seen
                   AND COALESCE(LEAST(due_at, listed_until) > $1, true)))
            "#
        }
        Reach::Everybody => {
            r#"
            SELECT min(GREATEST(rest_until, full_rest_until, 'epoch',
                                CASE WHEN full_at <= changes_seen THEN LEAST(due_at, listed_until) END))
            FROM crm.segments
            WHERE (full_at > changes_seen OR due_at IS NOT NULL OR listed_until IS NOT NULL)
              AND $1::timestamptz IS NOT NULL
            "#
        }
    };
    let at: Option<jiff_sqlx::Timestamp> = sqlx::query_scalar(next)
        .bind(now.to_sqlx())
        .fetch_one(tx.conn())
        .await?;
    Ok(at.map(jiff_sqlx::Timestamp::to_jiff))
}

/// The contacts with these addresses.
async fn contacts_with_addresses(
    tx: &mut Tx,
    channel: &str,
    addresses: &[(OrgId, &str)],
) -> Result<Vec<(OrgId, ContactId)>, DbError> {
    let orgs: Vec<Uuid> = addresses.iter().map(|(org, _)| org.uuid()).collect();
    let texts: Vec<&str> = addresses.iter().map(|(_, address)| *address).collect();
    let rows: Vec<(Uuid, Uuid)> = sqlx::query_as(
        r#"
        SELECT c.org_id, c.id
        FROM UNNEST($1::uuid[], $2::text[]) AS t (org_id, address)
        JOIN crm.contacts AS c ON c.org_id = t.org_id AND c.email = t.address
        WHERE $3 = 'email'
        UNION
        SELECT c.org_id, c.id
        FROM UNNEST($1::uuid[], $2::text[]) AS t (org_id, address)
        JOIN crm.contacts AS c ON c.org_id = t.org_id AND c.phone = t.address
        WHERE $3 = 'sms'
        UNION
        SELECT c.org_id, c.id
        FROM UNNEST($1::uuid[], $2::text[]) AS t (org_id, address)
        JOIN crm.contacts AS c ON c.org_id = t.org_id AND c.id::text = t.address
        WHERE $3 = 'push'
        "#,
    )
    .bind(&orgs)
    .bind(&texts)
    .bind(channel)
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|(org, id)| (org.into(), id.into()))
        .collect())
}
