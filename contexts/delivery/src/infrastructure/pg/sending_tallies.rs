//! What became of messages by day, sender, account and mailbox provider.

use jiff::{SignedDuration, civil::Date, tz::TimeZone};
use jiff_sqlx::ToSqlx;
use kernel::{DomainId, OrgId, ProviderId, Timestamp};
use platform::{DbError, Tx};
use uuid::Uuid;

use crate::domain::{mx_group::MxGroup, warm_up::Day};

/// So long a tally is kept by the minute.
const FRESH: SignedDuration = SignedDuration::from_hours(2);
/// So long tallies are kept.
const KEPT_DAYS: i32 = 400;

/// Some messages more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub sent: i32,
    pub deferred: i32,
    pub bounced: i32,
    pub complained: i32,
}

/// Adds to what is counted, in one statement.
pub async fn add(
    tx: &mut Tx,
    org: OrgId,
    domain: Option<DomainId>,
    provider: Option<ProviderId>,
    tallies: &[(MxGroup, Tally)],
) -> Result<(), DbError> {
    if tallies.is_empty() {
        return Ok(());
    }
    let groups: Vec<&str> = tallies.iter().map(|(group, _)| group.as_str()).collect();
    let of = |count: fn(&Tally) -> i32| {
        tallies
            .iter()
            .map(|(_, tally)| count(tally))
            .collect::<Vec<i32>>()
    };
    let now = tx.now();
    sqlx::query(
        r#"
        INSERT INTO delivery.sending_tallies
            (org_id, day, domain_id, provider_id, mx_group, at, sent, deferred, bounced, complained)
        SELECT $1, ($2::timestamptz AT TIME ZONE 'UTC')::date, $3, $4, t.mx_group, $2, t.sent, t.deferred, t.bounced,
               t.complained
        FROM UNNEST($5::text[], $6::int[], $7::int[], $8::int[], $9::int[])
            AS t (mx_group, sent, deferred, bounced, complained)
        "#,
    )
    .bind(org.uuid())
    .bind(now.to_sqlx())
    .bind(domain.map_or(Uuid::nil(), DomainId::uuid))
    .bind(provider.map_or(Uuid::nil(), ProviderId::uuid))
    .bind(&groups)
    .bind(of(|tally| tally.sent))
    .bind(of(|tally| tally.deferred))
    .bind(of(|tally| tally.bounced))
    .bind(of(|tally| tally.complained))
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Whose mail: of a sending domain, or over an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    Domain(DomainId),
    Account(ProviderId),
}

impl Subject {
    /// The word and the identifier that are stored.
    #[must_use]
    pub const fn columns(self) -> (&'static str, Uuid) {
        match self {
            Subject::Domain(id) => ("domain", id.uuid()),
            Subject::Account(id) => ("account", id.uuid()),
        }
    }

    /// Reads them.
    #[must_use]
    pub fn of_columns(word: &str, id: Uuid) -> Option<Self> {
        match word {
            "domain" => Some(Subject::Domain(id.into())),
            "account" => Some(Subject::Account(id.into())),
            _ => None,
        }
    }
}

/// What became of the messages of some days, newest first; `cap` is left at zero.
pub async fn days(
    tx: &mut Tx,
    org: OrgId,
    subject: Subject,
    since: Date,
) -> Result<Vec<(Date, MxGroup, Day)>, DbError> {
    let (word, id) = subject.columns();
    let rows: Vec<(jiff_sqlx::Date, String, i64, i64, i64, i64)> = sqlx::query_as(
        r#"
        SELECT day, mx_group, sum(sent), sum(deferred), sum(bounced), sum(complained)
        FROM delivery.sending_tallies
        WHERE org_id = $1 AND day >= $4
          AND CASE WHEN $2 = 'domain' THEN domain_id ELSE provider_id END = $3
        GROUP BY day, mx_group
        ORDER BY day DESC, mx_group
        "#,
    )
    .bind(org.uuid())
    .bind(word)
    .bind(id)
    .bind(since.to_sqlx())
    .fetch_all(tx.conn())
    .await?;
    let count = |n: i64| u64::try_from(n).unwrap_or(0);
    Ok(rows
        .into_iter()
        .filter_map(|(day, group, sent, deferred, bounced, complained)| {
            let facts = Day {
                cap: 0,
                sent: count(sent),
                deferred: count(deferred),
                bounced: count(bounced),
                complained: count(complained),
            };
            Some((day.to_jiff(), MxGroup::parse(&group)?, facts))
        })
        .collect())
}

/// What became of messages since an instant, by sending domain and mailbox provider.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Recent {
    pub org_id: Uuid,
    pub domain_id: Uuid,
    pub mx_group: String,
    pub sent: i64,
    pub bounced: i64,
    pub complained: i64,
}

/// Where messages came back or were complained of since then.
pub async fn harmful_since(tx: &mut Tx, since: Timestamp) -> Result<Vec<Recent>, DbError> {
    Ok(sqlx::query_as(
        r#"
        SELECT org_id, domain_id, mx_group, sum(sent) AS sent, sum(bounced) AS bounced, sum(complained) AS complained
        FROM delivery.sending_tallies
        WHERE at > $1
        GROUP BY org_id, domain_id, mx_group
        HAVING sum(bounced) + sum(complained) > 0
        "#,
    )
    .bind(since.to_sqlx())
    .fetch_all(tx.conn())
    .await?)
}

/// Adds up pieces that are no longer needed one by one, and forgets old ones.
pub async fn compact(tx: &mut Tx) -> Result<(), DbError> {
    let now = tx.now();
    sqlx::query(
        r#"
        WITH crowded AS (
            SELECT org_id, day, domain_id, provider_id, mx_group
            FROM delivery.sending_tallies
            WHERE at < $1
            GROUP BY org_id, day, domain_id, provider_id, mx_group
            HAVING count(*) > 1
            LIMIT 1000
        ), gone AS (
            DELETE FROM delivery.sending_tallies t
            USING crowded c
            WHERE t.org_id = c.org_id AND t.day = c.day AND t.domain_id = c.domain_id
              AND t.provider_id = c.provider_id AND t.mx_group = c.mx_group AND t.at < $1
            RETURNING t.*
        )
        INSERT INTO delivery.sending_tallies
            (org_id, day, domain_id, provider_id, mx_group, at, sent, deferred, bounced, complained)
        SELECT org_id, day, domain_id, provider_id, mx_group, max(at), sum(sent), sum(deferred), sum(bounced),
               sum(complained)
        FROM gone
        GROUP BY org_id, day, domain_id, provider_id, mx_group
        "#,
    )
    .bind((now - FRESH).to_sqlx())
    .execute(tx.conn())
    .await?;
    sqlx::query(
        "DELETE FROM delivery.sending_tallies WHERE day < ($1::timestamptz AT TIME ZONE 'UTC')::date - $2",
    )
    .bind(now.to_sqlx())
    .bind(KEPT_DAYS)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The day of an instant, in UTC.
#[must_use]
pub fn utc_day(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}
