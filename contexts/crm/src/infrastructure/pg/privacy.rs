//! crm.privacy_settings, crm.privacy_requests and crm.erasures.

use contracts::crm::consent::Frequency;
use jiff_sqlx::ToSqlx;
use kernel::{ContactId, Timestamp};
use platform::DbError;
use uuid::Uuid;

use super::CrmTx;
use crate::domain::{
    consent::Actor,
    privacy::{PrivacySettings, Wanted},
};

#[derive(sqlx::FromRow)]
struct SettingsRow {
    intro: String,
    display_name: String,
    color: String,
    confirm_subject: String,
    confirm_text: String,
    frequency_most: Option<i16>,
    frequency_days: Option<i16>,
}

/// An erasure that was asked for.
#[derive(Clone, Debug)]
pub struct Erasure {
    pub contact: ContactId,
    pub actor: String,
    pub requested_at: Timestamp,
    pub finished_at: Option<Timestamp>,
}

#[derive(sqlx::FromRow)]
struct ErasureRow {
    contact_id: Uuid,
    actor: String,
    requested_at: jiff_sqlx::Timestamp,
    finished_at: Option<jiff_sqlx::Timestamp>,
}

impl From<ErasureRow> for Erasure {
    fn from(row: ErasureRow) -> Self {
        Self {
            contact: row.contact_id.into(),
            actor: row.actor,
            requested_at: row.requested_at.to_jiff(),
            finished_at: row.finished_at.map(jiff_sqlx::Timestamp::to_jiff),
        }
    }
}

impl CrmTx {
    /// The words and looks of the preference centre.
    pub async fn privacy_settings(&mut self) -> Result<PrivacySettings, DbError> {
        let org = self.org.uuid();
        let row: Option<SettingsRow> = sqlx::query_as(
            r#"
            SELECT intro, display_name, color, confirm_subject, confirm_text, frequency_most, frequency_days
            FROM crm.privacy_settings
            WHERE org_id = $1
            "#,
        )
        .bind(org)
        .fetch_optional(self.conn())
        .await?;
        Ok(row.map_or_else(PrivacySettings::default, |row| PrivacySettings {
            intro: row.intro,
            display_name: row.display_name,
            color: row.color,
            confirm_subject: row.confirm_subject,
            confirm_text: row.confirm_text,
            frequency: row
                .frequency_most
                .zip(row.frequency_days)
                .map(|(most, days)| Frequency { most, days }),
        }))
    }

    /// Writes them.
    pub async fn save_privacy_settings(&mut self, settings: &PrivacySettings) -> Result<(), DbError> {
        let (org, now) = (self.org.uuid(), self.now());
        sqlx::query(
            r#"
            INSERT INTO crm.privacy_settings
                (org_id, intro, display_name, color, confirm_subject, confirm_text, updated_at, frequency_most,
                 frequency_days)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            ON CONFLICT (org_id) DO UPDATE
            SET intro = excluded.intro, display_name = excluded.display_name,
                color = excluded.color, confirm_subject = excluded.confirm_subject,
                confirm_text = excluded.confirm_text, updated_at = excluded.updated_at,
                frequency_most = excluded.frequency_most, frequency_days = excluded.frequency_days
            "#,
        )
        .bind(org)
        .bind(&settings.intro)
        .bind(&settings.display_name)
        .bind(&settings.color)
        .bind(&settings.confirm_subject)
        .bind(&settings.confirm_text)
        .bind(now.to_sqlx())
        .bind(settings.frequency.map(|frequency| frequency.most))
        .bind(settings.frequency.map(|frequency| frequency.days))
        .execute(self.conn())
        .await?;
        Ok(())
    }

    /// Notes that somebody asked for something. Returns false when they asked so often of late that
    /// this would fill their mailbox.
    pub async fn insert_privacy_request(
        &mut self,
        id: Uuid,
        wanted: Wanted,
        contact: ContactId,
        expires_at: Timestamp,
    ) -> Result<bool, DbError> {
        let (org, now) = (self.org.uuid(), self.now());
        let inserted = sqlx::query(
            r#"
            INSERT INTO crm.privacy_requests (org_id, id, contact_id, kind, created_at, expires_at)
            SELECT $1, $2, $3, $6, $4, $5
            WHERE (SELECT count(*) FROM crm.privacy_requests
                   WHERE org_id = $1 AND contact_id = $3 AND created_at > $4 - interval '1 day') < 3
            "#,
        )
        .bind(org)
        .bind(id)
        .bind(contact.uuid())
        .bind(now.to_sqlx())
        .bind(expires_at.to_sqlx())
        .bind(wanted.to_string())
        .execute(self.conn())
        .await?;
        Ok(inserted.rows_affected() == 1)
    }

    /// Who asked for what a link leads to, while it may still be used.
    pub async fn open_privacy_request(
        &mut self,
        id: Uuid,
        wanted: Wanted,
        now: Timestamp,
    ) -> Result<Option<ContactId>, DbError> {
        let org = self.org.uuid();
        let contact: Option<Uuid> = sqlx::query_scalar(
            r#"
            SELECT contact_id FROM crm.privacy_requests
            WHERE org_id = $1 AND id = $2 AND kind = $4 AND used_at IS NULL AND expires_at > $3
            "#,
        )
        .bind(org)
        .bind(id)
        .bind(now.to_sqlx())
        .bind(wanted.to_string())
        .fetch_optional(self.conn())
        .await?;
        Ok(contact.map(Into::into))
    }

    /// Uses a link up. Of two who use it at once, one succeeds.
    pub async fn use_privacy_request(
        &mut self,
        id: Uuid,
        wanted: Wanted,
        now: Timestamp,
    ) -> Result<Option<ContactId>, DbError> {
        let org = self.org.uuid();
        let contact: Option<Uuid> = sqlx::query_scalar(
            r#"
            UPDATE crm.privacy_requests
            SET used_at = $3
            WHERE org_id = $1 AND id = $2 AND kind = $4 AND used_at IS NULL AND expires_at > $3
            RETURNING contact_id
            "#,
        )
        .bind(org)
        .bind(id)
        .bind(now.to_sqlx())
        .bind(wanted.to_string())
        .fetch_optional(self.conn())
        .await?;
        Ok(contact.map(Into::into))
    }

    /// Notes that somebody is to be erased; once for each person. Returns whether it is news.
    pub async fn insert_erasure(
        &mut self,
        id: Uuid,
        contact: ContactId,
        actor: Actor,
    ) -> Result<bool, DbError> {
        let (org, now) = (self.org.uuid(), self.now());
        let inserted = sqlx::query(
            r#"
            INSERT INTO crm.erasures (org_id, id, contact_id, actor, actor_id, requested_at)
            SELECT $1, $2, $3, $4, $5, $6
            WHERE NOT EXISTS (SELECT 1 FROM crm.erasures WHERE org_id = $1 AND contact_id = $3)
            "#,
        )
        .bind(org)
        .bind(id)
        .bind(contact.uuid())
        .bind(actor.as_str())
        .bind(actor.id())
        .bind(now.to_sqlx())
        .execute(self.conn())
        .await?;
        Ok(inserted.rows_affected() == 1)
    }

    /// Notes that everything of an erasure is done.
    pub async fn finish_erasure(&mut self, id: Uuid) -> Result<(), DbError> {
        let (org, now) = (self.org.uuid(), self.now());
        sqlx::query("UPDATE crm.erasures SET finished_at = $3 WHERE org_id = $1 AND id = $2")
            .bind(org)
            .bind(id)
            .bind(now.to_sqlx())
            .execute(self.conn())
            .await?;
        Ok(())
    }

    /// The last erasures, newest first.
    pub async fn erasures(&mut self, limit: i64) -> Result<Vec<Erasure>, DbError> {
        let org = self.org.uuid();
        let rows: Vec<ErasureRow> = sqlx::query_as(
            r#"
            SELECT contact_id, actor, requested_at, finished_at
            FROM crm.erasures
            WHERE org_id = $1
            ORDER BY requested_at DESC, id DESC
            LIMIT $2
            "#,
        )
        .bind(org)
        .bind(limit)
        .fetch_all(self.conn())
        .await?;
        Ok(rows.into_iter().map(Erasure::from).collect())
    }

    /// The erasure of a contact.
    pub async fn erasure_of(&mut self, contact: ContactId) -> Result<Option<Erasure>, DbError> {
        let org = self.org.uuid();
        let row: Option<ErasureRow> = sqlx::query_as(
            r#"
            SELECT contact_id, actor, requested_at, finished_at
            FROM crm.erasures
            WHERE org_id = $1 AND contact_id = $2
            "#,
        )
        .bind(org)
        .bind(contact.uuid())
        .fetch_optional(self.conn())
        .await?;
        Ok(row.map(Erasure::from))
    }
}
