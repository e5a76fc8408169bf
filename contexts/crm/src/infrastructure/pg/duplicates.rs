//! crm.duplicates: contacts that may be one person.

use jiff_sqlx::ToSqlx;
use kernel::{ContactId, JobId, Timestamp};
use platform::DbError;
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::CrmTx;
use crate::domain::duplicate::{Duplicate, DuplicatePosition, DuplicateSearch, Likeness};

/// What makes two contacts alike, as a key that both have. Names of columns only: nothing that people
/// typed is part of the statement.
const fn key(likeness: Likeness) -> Option<&'static str> {
    match likeness {
        // What stands behind a plus is for the owner of a mailbox to sort by; Google does not care for
        // dots, nor for which of its two domains.
        Likeness::Email => Some(
            "CASE WHEN email_domain IN ('gmail.com', 'googlemail.com') \
             THEN replace(split_part(split_part(email, '@', 1), '+', 1), '.', '') || '@gmail.com' \
             ELSE split_part(split_part(email, '@', 1), '+', 1) || '@' || email_domain END",
        ),
        Likeness::ExternalId => Some("lower(btrim(external_id))"),
        // Digits alone; the leading zeros are those of 0049 and of a number without its country.
        Likeness::Phone => Some(
            "CASE WHEN length(ltrim(regexp_replace(phone, '[^0-9]', '', 'g'), '0')) >= 7 \
             THEN ltrim(regexp_replace(phone, '[^0-9]', '', 'g'), '0') END",
        ),
        Likeness::Name => Some(
            "CASE WHEN first_name <> '' AND last_name_key IS NOT NULL AND company_key IS NOT NULL \
             THEN lower(first_name) || ' ' || last_name_key || ' ' || company_key END",
        ),
        Likeness::Identifier => None,
    }
}

/// How pairs are added to those that this search has found already.
const ADD: &str = r#"
    INSERT INTO crm.duplicates AS d (org_id, first_id, second_id, reasons, score, found_at)
    SELECT DISTINCT $1, p.first_id, p.second_id, ARRAY[$2], $3, $4::timestamptz FROM pairs AS p
    ON CONFLICT (org_id, first_id, second_id) DO UPDATE
    SET reasons = CASE WHEN d.found_at < EXCLUDED.found_at THEN EXCLUDED.reasons
                       WHEN d.reasons @> EXCLUDED.reasons THEN d.reasons
                       ELSE d.reasons || EXCLUDED.reasons END,
        score = CASE WHEN d.found_at < EXCLUDED.found_at THEN EXCLUDED.score
                     WHEN d.reasons @> EXCLUDED.reasons THEN d.score
                     ELSE d.score + EXCLUDED.score END,
        found_at = EXCLUDED.found_at
"#;

/// More contacts than that share a switchboard or a made-up address, and are not one person.
const MOST_ALIKE: i64 = 20;

impl CrmTx {
    /// Adds the pairs that are alike in one way, by one statement. Of more than two, each is paired with
    /// the oldest. A pair that was found before keeps that it was dismissed.
    pub async fn find_duplicates(&mut self, likeness: Likeness, at: Timestamp) -> Result<(), DbError> {
        let org = self.org.uuid();
        let pairs = match key(likeness) {
            Some(key) => format!(
                r#"
                WITH keyed AS (
                    SELECT id, {key} AS key FROM crm.contacts WHERE org_id = $1
                ), ranked AS (
                    SELECT id,
                           first_value(id) OVER (PARTITION BY key ORDER BY id) AS first_id,
                           count(*) OVER (PARTITION BY key) AS alike
                    FROM keyed
                    WHERE key IS NOT NULL
                ), pairs AS (
                    SELECT first_id, id AS second_id FROM ranked WHERE id <> first_id AND alike <= $5
                )
                "#
            ),
            // Somebody was known by what another contact has now.
            None => r#"
                WITH met AS (
                    SELECT i.contact_id, c.id
                    FROM crm.contact_identifiers AS i
                    JOIN crm.contacts AS c ON c.org_id = $1 AND c.email = i.value
                    WHERE i.org_id = $1 AND i.kind = 'email'
                    UNION
                    SELECT i.contact_id, c.id
                    FROM crm.contact_identifiers AS i
                    JOIN crm.contacts AS c ON c.org_id = $1 AND c.external_id = i.value
                    WHERE i.org_id = $1 AND i.kind = 'external_id'
                ), pairs AS (
                    SELECT LEAST(contact_id, id) AS first_id, GREATEST(contact_id, id) AS second_id
                    FROM met
                    WHERE contact_id <> id AND $5 > 0
                )
                "#
            .to_owned(),
        };
        sqlx::query(AssertSqlSafe(format!("{pairs} {ADD}")))
            .bind(org)
            .bind(likeness.as_str())
            .bind(likeness.score())
            .bind(at.to_sqlx())
            .bind(MOST_ALIKE)
            .execute(self.conn())
            .await?;
        Ok(())
    }

    /// Forgets the pairs that are no longer alike, and ends the search.
    pub async fn finish_duplicate_search(
        &mut self,
        started_at: Timestamp,
        now: Timestamp,
    ) -> Result<(), DbError> {
        let org = self.org.uuid();
        sqlx::query(
            r#"
            WITH gone AS (
                DELETE FROM crm.duplicates WHERE org_id = $1 AND found_at < $2
            )
            UPDATE crm.duplicate_searches
            SET finished_at = $3,
                found = (
                    SELECT count(*) FROM crm.duplicates
                    WHERE org_id = $1 AND found_at >= $2 AND dismissed_at IS NULL
                )
            WHERE org_id = $1
            "#,
        )
        .bind(org)
        .bind(started_at.to_sqlx())
        .bind(now.to_sqlx())
        .execute(self.conn())
        .await?;
        Ok(())
    }

    /// Notes that a search begins.
    pub async fn begin_duplicate_search(&mut self, job: JobId, now: Timestamp) -> Result<(), DbError> {
        let org = self.org.uuid();
        sqlx::query(
            r#"
            INSERT INTO crm.duplicate_searches (org_id, job_id, started_at) VALUES ($1, $2, $3)
            ON CONFLICT (org_id) DO UPDATE
            SET job_id = EXCLUDED.job_id, started_at = EXCLUDED.started_at, finished_at = NULL
            "#,
        )
        .bind(org)
        .bind(job.uuid())
        .bind(now.to_sqlx())
        .execute(self.conn())
        .await?;
        Ok(())
    }

    /// The last search, if there was one. One whose job has ended without ending it counts as ended.
    pub async fn duplicate_search(&mut self) -> Result<Option<DuplicateSearch>, DbError> {
        let org = self.org.uuid();
        let row: Option<(jiff_sqlx::Timestamp, Option<jiff_sqlx::Timestamp>, bool)> = sqlx::query_as(
            r#"
            SELECT s.started_at, s.finished_at, s.finished_at IS NULL AND EXISTS (
                SELECT 1 FROM platform.jobs AS j
                WHERE j.org_id = $1 AND j.id = s.job_id AND j.state IN ('queued', 'running')
            )
            FROM crm.duplicate_searches AS s
            WHERE s.org_id = $1
            "#,
        )
        .bind(org)
        .fetch_optional(self.conn())
        .await?;
        Ok(row.map(|(started_at, finished_at, running)| DuplicateSearch {
            started_at: started_at.to_jiff(),
            finished_at: finished_at.map(jiff_sqlx::Timestamp::to_jiff),
            running,
        }))
    }

    /// Pairs that nobody has dismissed, the likeliest first, after a position.
    pub async fn duplicates(
        &mut self,
        after: Option<DuplicatePosition>,
        limit: i64,
    ) -> Result<Vec<Duplicate>, DbError> {
        let org = self.org.uuid();
        let (score, first, second) = match after {
            Some((score, first, second)) => (Some(score), Some(first.uuid()), Some(second.uuid())),
            None => (None, None, None),
        };
        let rows: Vec<(Uuid, Uuid, Vec<String>, i32)> = sqlx::query_as(
            r#"
            SELECT first_id, second_id, reasons, score
            FROM crm.duplicates
            WHERE org_id = $1
              AND dismissed_at IS NULL
              AND ($2::int IS NULL OR score < $2 OR (score = $2 AND (first_id, second_id) > ($3, $4)))
            ORDER BY score DESC, first_id, second_id
            LIMIT $5
            "#,
        )
        .bind(org)
        .bind(score)
        .bind(first)
        .bind(second)
        .bind(limit)
        .fetch_all(self.conn())
        .await?;
        Ok(rows
            .into_iter()
            .map(|(first, second, reasons, score)| Duplicate {
                first: first.into(),
                second: second.into(),
                reasons,
                score,
            })
            .collect())
    }

    /// Says of a pair that they are two people; says whether there was such a pair.
    pub async fn dismiss_duplicate(
        &mut self,
        first: ContactId,
        second: ContactId,
        now: Timestamp,
    ) -> Result<bool, DbError> {
        let org = self.org.uuid();
        let done = sqlx::query(
            r#"
            UPDATE crm.duplicates SET dismissed_at = $4
            WHERE org_id = $1 AND first_id = $2 AND second_id = $3 AND dismissed_at IS NULL
            "#,
        )
        .bind(org)
        .bind(first.uuid())
        .bind(second.uuid())
        .bind(now.to_sqlx())
        .execute(self.conn())
        .await?;
        Ok(done.rows_affected() > 0)
    }

    /// Forgets the pairs of a contact that became another.
    pub async fn forget_duplicates_of(&mut self, contact: ContactId) -> Result<(), DbError> {
        let org = self.org.uuid();
        sqlx::query("DELETE FROM crm.duplicates WHERE org_id = $1 AND (first_id = $2 OR second_id = $2)")
            .bind(org)
            .bind(contact.uuid())
            .execute(self.conn())
            .await?;
        Ok(())
    }
}
