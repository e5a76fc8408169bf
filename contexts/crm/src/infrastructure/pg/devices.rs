//! crm.devices.

use std::collections::HashMap;

use contracts::{crm::PushToken, delivery::DeviceToken};
use jiff_sqlx::ToSqlx;
use kernel::{ContactId, DeviceId, OrgId, Timestamp};
use platform::{DbError, Tx};
use uuid::Uuid;

use super::CrmTx;
use crate::domain::device::{Device, DeviceFacts, Platform};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    device_key: String,
    platform: String,
    os: String,
    os_version: String,
    model: String,
    browser: String,
    app_version: String,
    push_token: Option<String>,
    first_seen_at: jiff_sqlx::Timestamp,
    last_seen_at: jiff_sqlx::Timestamp,
}

impl TryFrom<Row> for Device {
    type Error = DbError;
    fn try_from(row: Row) -> Result<Self, DbError> {
        let id = DeviceId::from_uuid(row.id);
        Ok(Device {
            id,
            facts: DeviceFacts {
                key: Some(row.device_key),
                platform: Platform::parse(&row.platform).ok_or_else(|| DbError::InconsistentRow {
                    table: "crm.devices",
                    column: "platform",
                    id: id.to_string(),
                })?,
                os: row.os,
                os_version: row.os_version,
                model: row.model,
                browser: row.browser,
                app_version: row.app_version,
                push_token: row.push_token,
            },
            first_seen_at: row.first_seen_at.to_jiff(),
            last_seen_at: row.last_seen_at.to_jiff(),
        })
    }
}

/// A device that somebody was met on.
#[derive(Clone, Debug)]
pub struct Seen<'a> {
    pub contact: ContactId,
    pub key: &'a str,
    pub facts: &'a DeviceFacts,
    pub at: Timestamp,
}

impl CrmTx {
    /// Notes devices, each contact and key once. What is known of one and not said again stays.
    pub async fn note_devices(&mut self, seen: &[Seen<'_>]) -> Result<(), DbError> {
        if seen.is_empty() {
            return Ok(());
        }
        let ids: Vec<Uuid> = seen.iter().map(|_| DeviceId::generate().uuid()).collect();
        let contacts: Vec<Uuid> = seen.iter().map(|s| s.contact.uuid()).collect();
        let text = |of: fn(&DeviceFacts) -> &str| seen.iter().map(|s| of(s.facts)).collect::<Vec<&str>>();
        let keys: Vec<&str> = seen.iter().map(|s| s.key).collect();
        let tokens: Vec<Option<&str>> = seen.iter().map(|s| s.facts.push_token.as_deref()).collect();
        let times: Vec<_> = seen.iter().map(|s| s.at.to_sqlx()).collect();
        let org = self.org.uuid();
        sqlx::query(
            r#"
            INSERT INTO crm.devices AS d
                (org_id, contact_id, id, device_key, platform, os, os_version, model, browser, app_version,
                 push_token, first_seen_at, last_seen_at)
            SELECT $1, t.contact_id, t.id, t.device_key, t.platform, t.os, t.os_version, t.model, t.browser,
                   t.app_version, t.push_token, t.at, t.at
            FROM UNNEST($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                        $9::text[], $10::text[], $11::text[], $12::timestamptz[])
                AS t (contact_id, id, device_key, platform, os, os_version, model, browser, app_version,
                      push_token, at)
            -- A contact that has gone in the meantime leaves nothing behind.
            JOIN crm.contacts AS c ON c.org_id = $1 AND c.id = t.contact_id
            ORDER BY t.contact_id, t.device_key
            ON CONFLICT (org_id, contact_id, device_key) DO UPDATE
            SET platform = excluded.platform,
                os = COALESCE(NULLIF(excluded.os, ''), d.os),
                os_version = COALESCE(NULLIF(excluded.os_version, ''), d.os_version),
                model = COALESCE(NULLIF(excluded.model, ''), d.model),
                browser = COALESCE(NULLIF(excluded.browser, ''), d.browser),
                app_version = COALESCE(NULLIF(excluded.app_version, ''), d.app_version),
                push_token = COALESCE(excluded.push_token, d.push_token),
                last_seen_at = GREATEST(d.last_seen_at, excluded.last_seen_at)
            "#,
        )
        .bind(org)
        .bind(&contacts)
        .bind(&ids)
        .bind(&keys)
        .bind(text(|f| f.platform.as_str()))
        .bind(text(|f| &f.os))
        .bind(text(|f| &f.os_version))
        .bind(text(|f| &f.model))
        .bind(text(|f| &f.browser))
        .bind(text(|f| &f.app_version))
        .bind(&tokens)
        .bind(&times)
        .execute(self.conn())
        .await?;
        Ok(())
    }

    /// Devices of a contact, those seen last first.
    pub async fn devices(&mut self, contact: ContactId) -> Result<Vec<Device>, DbError> {
        let org = self.org.uuid();
        let rows: Vec<Row> = sqlx::query_as(
            r#"
            SELECT id, device_key, platform, os, os_version, model, browser, app_version, push_token, first_seen_at,
                   last_seen_at
            FROM crm.devices
            WHERE org_id = $1 AND contact_id = $2
            ORDER BY last_seen_at DESC, id
            LIMIT 100
            "#,
        )
        .bind(org)
        .bind(contact.uuid())
        .fetch_all(self.conn())
        .await?;
        rows.into_iter().map(Device::try_from).collect()
    }

    /// The tokens of these people's devices, those seen last first, each once. What cannot be a token is
    /// passed over.
    pub async fn push_tokens(
        &mut self,
        contacts: &[ContactId],
    ) -> Result<HashMap<ContactId, Vec<PushToken>>, DbError> {
        let org = self.org.uuid();
        let ids: Vec<Uuid> = contacts.iter().map(|id| id.uuid()).collect();
        let rows: Vec<(Uuid, String, String)> = sqlx::query_as(
            r#"
            SELECT contact_id, platform, push_token
            FROM crm.devices
            WHERE org_id = $1 AND contact_id = ANY($2) AND push_token IS NOT NULL
            ORDER BY contact_id, last_seen_at DESC, id
            "#,
        )
        .bind(org)
        .bind(&ids)
        .fetch_all(self.conn())
        .await?;
        let mut found: HashMap<ContactId, Vec<PushToken>> = HashMap::new();
        for (contact, platform, text) in rows {
            let Some(token) = DeviceToken::parse(&text) else {
                continue;
            };
            let of_contact = found.entry(contact.into()).or_default();
            if of_contact.iter().all(|known| known.token != token) {
                of_contact.push(PushToken { platform, token });
            }
        }
        Ok(found)
    }

    /// Forgets a device. Returns whether the contact had it.
    pub async fn delete_device(&mut self, contact: ContactId, id: DeviceId) -> Result<bool, DbError> {
        let org = self.org.uuid();
        let done = sqlx::query("DELETE FROM crm.devices WHERE org_id = $1 AND contact_id = $2 AND id = $3")
            .bind(org)
            .bind(contact.uuid())
            .bind(id.uuid())
            .execute(self.conn())
            .await?;
        Ok(done.rows_affected() == 1)
    }
}

/// Forgets tokens that were gone at an instant, wherever they stand. A device that was seen since keeps
/// its token: an app may come back.
pub async fn forget_tokens(tx: &mut Tx, gone: &[(OrgId, DeviceToken, Timestamp)]) -> Result<(), DbError> {
    if gone.is_empty() {
        return Ok(());
    }
    sqlx::query(
        r#"
        UPDATE crm.devices AS d
        SET push_token = NULL
        FROM UNNEST($1::uuid[], $2::text[], $3::timestamptz[]) AS t (org_id, token, at)
        WHERE d.org_id = t.org_id AND d.push_token = t.token AND d.last_seen_at <= t.at
        "#,
    )
    .bind(gone.iter().map(|(org, ..)| org.uuid()).collect::<Vec<Uuid>>())
    .bind(
        gone.iter()
            .map(|(_, token, _)| token.as_str())
            .collect::<Vec<_>>(),
    )
    .bind(gone.iter().map(|(.., at)| at.to_sqlx()).collect::<Vec<_>>())
    .execute(tx.conn())
    .await?;
    Ok(())
}
