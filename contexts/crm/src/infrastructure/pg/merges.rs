//! crm.contact_merges: who became whom.

use jiff_sqlx::ToSqlx;
use kernel::{ContactId, MergeId, Timestamp};
use platform::{DbError, Tx};
use uuid::Uuid;

use super::{
    CrmTx,
    contacts::{Row as ContactRow, SaveError, contact_columns},
};
use crate::domain::{
    change::{Actor, By},
    contact::Contact,
    merge::{Merge, OtherIdentifier},
};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    winner_id: Uuid,
    loser_id: Uuid,
    at: jiff_sqlx::Timestamp,
    actor: String,
    actor_id: Option<Uuid>,
    loser_name: String,
    undone_at: Option<jiff_sqlx::Timestamp>,
    kept: bool,
}

impl From<Row> for Merge {
    fn from(row: Row) -> Self {
        Merge {
            id: row.id.into(),
            winner: row.winner_id.into(),
            loser: row.loser_id.into(),
            at: row.at.to_jiff(),
            actor: Actor::parse(&row.actor, row.actor_id).unwrap_or(Actor::System),
            loser_name: row.loser_name,
            undone_at: row.undone_at.map(jiff_sqlx::Timestamp::to_jiff),
            kept: row.kept,
        }
    }
}

/// Where a page of merges ended.
pub type MergePosition = (Timestamp, MergeId);

impl CrmTx {
    /// Remembers that one contact becomes another, and the loser as it stands in its table. To be called
    /// before anything of the loser is changed.
    pub async fn insert_merge(&mut self, merge: &Merge) -> Result<(), DbError> {
        let org = self.org.uuid();
        sqlx::query(
            r#"
            INSERT INTO crm.contact_merges (org_id, id, winner_id, loser_id, at, actor, actor_id, loser_name, loser)
            SELECT $1, $2, $3, c.id, $5, $6, $7, $8, to_jsonb(c)
            FROM crm.contacts AS c
            WHERE c.org_id = $1 AND c.id = $4
            "#,
        )
        .bind(org)
        .bind(merge.id.uuid())
        .bind(merge.winner.uuid())
        .bind(merge.loser.uuid())
        .bind(merge.at.to_sqlx())
        .bind(merge.actor.as_str())
        .bind(merge.actor.id())
        .bind(&merge.loser_name)
        .execute(self.conn())
        .await?;
        Ok(())
    }

    /// A merge, kept from others until the end of the transaction.
    pub async fn lock_merge(&mut self, id: MergeId) -> Result<Option<Merge>, DbError> {
        let org = self.org.uuid();
        let row: Option<Row> = sqlx::query_as(
            r#"
            SELECT id, winner_id, loser_id, at, actor, actor_id, loser_name, undone_at, loser IS NOT NULL AS kept
            FROM crm.contact_merges
            WHERE org_id = $1 AND id = $2
            FOR UPDATE
            "#,
        )
        .bind(org)
        .bind(id.uuid())
        .fetch_optional(self.conn())
        .await?;
        Ok(row.map(Merge::from))
    }

    /// The merges that a contact won and that were not undone, the latest first, after a position.
    pub async fn merges_into(
        &mut self,
        winner: ContactId,
        after: Option<MergePosition>,
        limit: i64,
    ) -> Result<Vec<Merge>, DbError> {
        let (at, id) = after.unzip();
        let org = self.org.uuid();
        let rows: Vec<Row> = sqlx::query_as(
            r#"
            SELECT id, winner_id, loser_id, at, actor, actor_id, loser_name, undone_at, loser IS NOT NULL AS kept
            FROM crm.contact_merges
            WHERE org_id = $1
              AND winner_id = $2
              AND undone_at IS NULL
              AND ($3::timestamptz IS NULL OR (at, id) < ($3, $4))
            ORDER BY at DESC, id DESC
            LIMIT $5
            "#,
        )
        .bind(org)
        .bind(winner.uuid())
        .bind(at.map(|at| at.to_sqlx()))
        .bind(id.map(MergeId::uuid))
        .bind(limit)
        .fetch_all(self.conn())
        .await?;
        Ok(rows.into_iter().map(Merge::from).collect())
    }

    /// Who a contact that is no more has become.
    pub async fn merged_into(&mut self, loser: ContactId) -> Result<Option<ContactId>, DbError> {
        let org = self.org.uuid();
        let winner: Option<Uuid> = sqlx::query_scalar(
            r#"
            SELECT winner_id
            FROM crm.contact_merges
            WHERE org_id = $1 AND loser_id = $2 AND undone_at IS NULL
            ORDER BY at DESC
            LIMIT 1
            "#,
        )
        .bind(org)
        .bind(loser.uuid())
        .fetch_optional(self.conn())
        .await?;
        Ok(winner.map(Into::into))
    }

    /// Takes the row of a contact whose own rows have gone elsewhere.
    pub async fn remove_loser(&mut self, loser: ContactId) -> Result<(), DbError> {
        let org = self.org.uuid();
        sqlx::query(
            r#"
            WITH tags AS (
                DELETE FROM crm.contact_tags AS t
                USING crm.contacts AS c
                WHERE c.org_id = $1 AND c.id = $2 AND t.org_id = $1 AND t.tag = ANY(c.tags) AND t.contact_id = $2
            )
            DELETE FROM crm.contacts WHERE org_id = $1 AND id = $2
            "#,
        )
        .bind(org)
        .bind(loser.uuid())
        .execute(self.conn())
        .await?;
        // The winner may have been given what was unique of the loser.
        self.release_values_of(&[loser.uuid()]).await
    }

    /// The later of two activities counts.
    pub async fn keep_last_activity(&mut self, winner: ContactId, loser: &Contact) -> Result<(), DbError> {
        let org = self.org.uuid();
        sqlx::query(
            r#"
            UPDATE crm.contacts SET last_active_at = GREATEST(last_active_at, $3)
            WHERE org_id = $1 AND id = $2
            "#,
        )
        .bind(org)
        .bind(winner.uuid())
        .bind(loser.last_active_at.map(|at| at.to_sqlx()))
        .execute(self.conn())
        .await?;
        Ok(())
    }

    /// Notes by what else a contact is known. What is known already stays with whom it leads to.
    pub async fn add_identifiers(
        &mut self,
        contact: ContactId,
        others: &[OtherIdentifier],
        merge: MergeId,
        now: Timestamp,
    ) -> Result<(), DbError> {
        let kinds: Vec<&str> = others.iter().map(|other| other.kind.as_str()).collect();
        let values: Vec<&str> = others.iter().map(|other| other.value.as_str()).collect();
        let org = self.org.uuid();
        sqlx::query(
            r#"
            WITH added AS (
                INSERT INTO crm.contact_identifiers (org_id, kind, value, contact_id, first_seen_at)
                SELECT $1, kind, value, $2, $3 FROM UNNEST($4::text[], $5::text[]) AS t (kind, value)
                ON CONFLICT DO NOTHING
                RETURNING kind, value
            )
            INSERT INTO crm.merged_rows (org_id, merge_id, kind, key)
            SELECT $1, $6, 'added_identifiers', kind || ' ' || value FROM added
            "#,
        )
        .bind(org)
        .bind(contact.uuid())
        .bind(now.to_sqlx())
        .bind(&kinds)
        .bind(&values)
        .bind(merge.uuid())
        .execute(self.conn())
        .await?;
        Ok(())
    }

    /// Forgets the identifiers that a merge noted.
    pub async fn remove_added_identifiers(
        &mut self,
        winner: ContactId,
        merge: MergeId,
    ) -> Result<(), DbError> {
        let org = self.org.uuid();
        sqlx::query(
            r#"
            DELETE FROM crm.contact_identifiers AS i
            USING crm.merged_rows AS r
            WHERE r.org_id = $1 AND r.merge_id = $2 AND r.kind = 'added_identifiers'
              AND i.org_id = $1 AND i.contact_id = $3 AND i.kind || ' ' || i.value = r.key
            "#,
        )
        .bind(org)
        .bind(merge.uuid())
        .bind(winner.uuid())
        .execute(self.conn())
        .await?;
        Ok(())
    }

    /// By what else a contact is known, with what was known of it first.
    pub async fn other_identifiers(
        &mut self,
        contact: ContactId,
        limit: i64,
    ) -> Result<Vec<(OtherIdentifier, Timestamp)>, DbError> {
        let org = self.org.uuid();
        let rows: Vec<(String, String, jiff_sqlx::Timestamp)> = sqlx::query_as(
            r#"
            SELECT kind, value, first_seen_at
            FROM crm.contact_identifiers
            WHERE org_id = $1 AND contact_id = $2
            ORDER BY kind, first_seen_at DESC
            LIMIT $3
            "#,
        )
        .bind(org)
        .bind(contact.uuid())
        .bind(limit)
        .fetch_all(self.conn())
        .await?;
        Ok(rows
            .into_iter()
            .map(|(kind, value, at)| (OtherIdentifier { kind, value }, at.to_jiff()))
            .collect())
    }

    /// The loser of a merge as it was.
    pub async fn loser_of(&mut self, id: MergeId) -> Result<Option<Contact>, DbError> {
        let org = self.org.uuid();
        let row: Option<ContactRow> = sqlx::query_as(concat!(
            "SELECT ",
            contact_columns!(),
            " FROM crm.contact_merges AS m CROSS JOIN LATERAL jsonb_populate_record(NULL::crm.contacts, m.loser) AS c \
             WHERE m.org_id = $1 AND m.id = $2 AND m.loser IS NOT NULL"
        ))
        .bind(org)
        .bind(id.uuid())
        .fetch_optional(self.conn())
        .await?;
        row.map(Contact::try_from).transpose()
    }

    /// Puts the loser of a merge back, and forgets what the merge kept of it.
    pub async fn restore_loser(
        &mut self,
        id: MergeId,
        loser: &Contact,
        by: &By,
        now: Timestamp,
    ) -> Result<(), SaveError> {
        self.insert_contacts(std::slice::from_ref(loser), by).await?;
        let org = self.org.uuid();
        sqlx::query(
            r#"
            WITH back AS (
                UPDATE crm.contacts AS c
                SET last_active_at = (m.loser ->> 'last_active_at')::timestamptz,
                    anonymous = COALESCE((m.loser ->> 'anonymous')::boolean, false)
                FROM crm.contact_merges AS m
                WHERE m.org_id = $1 AND m.id = $2 AND c.org_id = $1 AND c.id = $3
            )
            UPDATE crm.contact_merges SET undone_at = $4, loser = NULL, loser_name = ''
            WHERE org_id = $1 AND id = $2
            "#,
        )
        .bind(org)
        .bind(id.uuid())
        .bind(loser.id.uuid())
        .bind(now.to_sqlx())
        .execute(self.conn())
        .await?;
        Ok(())
    }

    /// What kept either of two from being written to keeps the one that they become from it, on every
    /// channel; that an address bounced says nothing of another. Returns why, when the address that is
    /// left is closed by that.
    pub async fn merge_suppressions(
        &mut self,
        winner: &Contact,
        loser: &Contact,
        after: &Contact,
        at: Timestamp,
    ) -> Result<bool, DbError> {
        let email = |contact: &Contact| contact.email.as_ref().map(ToString::to_string);
        let phone = |contact: &Contact| {
            contact
                .texts
                .get(crate::domain::contact::TextField::Phone)
                .to_owned()
        };
        let org = self.org.uuid();
        let closed: Vec<String> = sqlx::query_scalar(
            r#"
            WITH former AS (
                SELECT * FROM UNNEST(
                    ARRAY['email', 'email', 'sms', 'sms', 'push'], ARRAY[$2, $3, $4, $5, $6]
                ) AS f (channel, address)
            ), present AS (
                SELECT * FROM UNNEST(ARRAY['email', 'sms', 'push'], ARRAY[$7, $8, $9]) AS p (channel, address)
            )
            INSERT INTO crm.do_not_contact (org_id, channel, address, reason, at)
            SELECT DISTINCT ON (p.channel) $1, p.channel, p.address, d.reason, $10
            FROM former AS f
            JOIN crm.do_not_contact AS d ON d.org_id = $1 AND d.channel = f.channel AND d.address = f.address
            JOIN present AS p ON p.channel = f.channel AND p.address <> ''
            WHERE d.reason IN ('unsubscribed', 'complaint', 'manual')
            ORDER BY p.channel, d.at
            ON CONFLICT DO NOTHING
            RETURNING channel
            "#,
        )
        .bind(org)
        .bind(email(winner))
        .bind(email(loser))
        .bind(phone(winner))
        .bind(phone(loser))
        .bind(loser.id.to_string())
        .bind(email(after))
        .bind(phone(after))
        .bind(after.id.to_string())
        .bind(at.to_sqlx())
        .fetch_all(self.conn())
        .await?;
        Ok(closed.iter().any(|channel| channel == "email"))
    }
}

/// Forgets what is kept of merges that can no longer be undone, of all organisations; a bounded number
/// at a time.
pub async fn forget_merges(tx: &mut Tx, before: Timestamp, limit: i64) -> Result<u64, DbError> {
    let forgotten = sqlx::query(
        r#"
        WITH old AS (
            SELECT org_id, id FROM crm.contact_merges
            WHERE loser IS NOT NULL AND at < $1
            ORDER BY at
            LIMIT $2
            FOR UPDATE SKIP LOCKED
        ), rows AS (
            DELETE FROM crm.merged_rows AS r USING old AS o WHERE r.org_id = o.org_id AND r.merge_id = o.id
        )
        UPDATE crm.contact_merges AS m SET loser = NULL
        FROM old AS o
        WHERE m.org_id = o.org_id AND m.id = o.id
        "#,
    )
    .bind(before.to_sqlx())
    .bind(limit)
    .execute(tx.conn())
    .await?;
    Ok(forgotten.rows_affected())
}
