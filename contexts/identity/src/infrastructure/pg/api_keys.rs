use contracts::identity::{ApiCaller, OrganizationProfile, SendingMode};
use jiff_sqlx::{Timestamp as SqlTime, ToSqlx};
use kernel::{ApiKeyId, OrgId, Permission, Timestamp, UserId};
use platform::DbError;
use uuid::Uuid;

use super::{IdentityDb, IdentityTx, inconsistent, organizations::read_mode};
use crate::domain::{
    api_key::{KeyState, Scopes},
    names::Name,
    token::Digest,
};

/// A key to be added.
pub struct NewKey<'a> {
    /// The key.
    pub id: ApiKeyId,
    /// What people call it.
    pub name: &'a Name,
    /// What people recognise it by.
    pub prefix: &'a str,
    /// Digest of its token.
    pub token: Digest,
    /// The mode it is for.
    pub mode: SendingMode,
    /// What it may do.
    pub scopes: &'a Scopes,
    /// The person who made it; `None` when another key did.
    pub created_by: Option<UserId>,
    /// When it stops being good.
    pub expires_at: Option<Timestamp>,
}

/// A key found by its token, good or not.
#[derive(Debug, Clone)]
pub struct FoundKey {
    /// What decides whether it is good.
    pub state: KeyState,
    /// Who it stands for.
    pub caller: ApiCaller,
}

/// A key as people see it.
#[derive(Debug, Clone)]
pub struct KeyRow {
    /// The key.
    pub id: ApiKeyId,
    /// What people call it.
    pub name: String,
    /// What people recognise it by.
    pub prefix: String,
    /// What it may do; words of an older version that no longer mean anything are left out.
    pub scopes: Vec<Permission>,
    /// What decides whether it is good.
    pub state: KeyState,
    /// The name of the person who made it; `None` when another key did.
    pub created_by: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
}

#[derive(sqlx::FromRow)]
struct Row {
    org_id: Uuid,
    id: Uuid,
    name: String,
    prefix: String,
    mode: String,
    scopes: Vec<String>,
    created_by: Option<String>,
    created_at: SqlTime,
    expires_at: Option<SqlTime>,
    last_used_at: Option<SqlTime>,
    revoked_at: Option<SqlTime>,
}

impl TryFrom<Row> for KeyRow {
    type Error = DbError;

    fn try_from(row: Row) -> Result<Self, DbError> {
        let id = ApiKeyId::from_uuid(row.id);
        Ok(Self {
            id,
            state: KeyState {
                mode: read_mode(&row.mode).ok_or_else(|| inconsistent("identity.api_keys", "mode", id))?,
                expires_at: row.expires_at.map(SqlTime::to_jiff),
                revoked_at: row.revoked_at.map(SqlTime::to_jiff),
                last_used_at: row.last_used_at.map(SqlTime::to_jiff),
            },
            name: row.name,
            prefix: row.prefix,
            scopes: read_scopes(&row.scopes),
            created_by: row.created_by,
            created_at: row.created_at.to_jiff(),
        })
    }
}

fn read_scopes(words: &[String]) -> Vec<Permission> {
    words.iter().filter_map(|word| word.parse().ok()).collect()
}

impl IdentityDb {
    /// The key of a token. Asked of the installation: the token is all that a request brings.
    pub async fn api_key_by_token(&self, token: Digest) -> Result<Option<FoundKey>, DbError> {
        let row: Option<Row> = sqlx::query_as(
            r#"
            SELECT
                org_id, id, name, prefix, mode, scopes, NULL AS created_by,
                created_at, expires_at, last_used_at, revoked_at
            FROM identity.api_keys
            WHERE token_hash = $1
            LIMIT 1
            "#,
        )
        .bind(token.as_bytes())
        .fetch_optional(self.0.work_pool())
        .await?;
        let Some(row) = row else { return Ok(None) };
        let org = OrgId::from_uuid(row.org_id);
        let key = KeyRow::try_from(row)?;
        let organization: Option<OrganizationProfile> = self.profiles(&[org]).await?.pop();
        Ok(organization.map(|organization| FoundKey {
            state: key.state,
            caller: ApiCaller {
                key: key.id,
                organization,
                permissions: key.scopes,
            },
        }))
    }

    /// Writes down that a key was used.
    pub async fn touch_api_key(&self, org: OrgId, id: ApiKeyId, now: Timestamp) -> Result<(), DbError> {
        sqlx::query(r#"UPDATE identity.api_keys SET last_used_at = $3 WHERE org_id = $1 AND id = $2"#)
            .bind(org.uuid())
            .bind(id.uuid())
            .bind(now.to_sqlx())
            .execute(self.0.work_pool())
            .await?;
        Ok(())
    }
}

impl IdentityTx {
    /// Adds a key.
    pub async fn insert_api_key(
        &mut self,
        org: OrgId,
        key: &NewKey<'_>,
        now: Timestamp,
    ) -> Result<(), DbError> {
        sqlx::query(
            r#"
            INSERT INTO identity.api_keys
                (org_id, id, name, prefix, token_hash, mode, scopes, created_by, created_at, expires_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            "#,
        )
        .bind(org.uuid())
        .bind(key.id.uuid())
        .bind(key.name.as_str())
        .bind(key.prefix)
        .bind(key.token.as_bytes())
        .bind(key.mode.as_str())
        .bind(key.scopes.words())
        .bind(key.created_by.map(kernel::Id::uuid))
        .bind(now.to_sqlx())
        .bind(key.expires_at.map(|at| at.to_sqlx()))
        .execute(self.0.conn())
        .await?;
        Ok(())
    }

    /// Keys of an organisation, newest first, from behind `after`; revoked ones too, so that people
    /// see what was there.
    pub async fn api_keys(
        &mut self,
        org: OrgId,
        after: Option<ApiKeyId>,
        limit: i64,
    ) -> Result<Vec<KeyRow>, DbError> {
        let rows: Vec<Row> = sqlx::query_as(
            r#"
            SELECT
                key.org_id, key.id, key.name, key.prefix, key.mode, key.scopes, maker.name AS created_by,
                key.created_at, key.expires_at, key.last_used_at, key.revoked_at
            FROM identity.api_keys AS key
            LEFT JOIN identity.users AS maker ON maker.id = key.created_by
            WHERE key.org_id = $1
              AND ($2::uuid IS NULL OR key.id < $2)
            ORDER BY key.id DESC
            LIMIT $3
            "#,
        )
        .bind(org.uuid())
        .bind(after.map(kernel::Id::uuid))
        .bind(limit)
        .fetch_all(self.0.conn())
        .await?;
        rows.into_iter().map(KeyRow::try_from).collect()
    }

    /// What keys are called.
    pub async fn api_key_names(
        &mut self,
        org: OrgId,
        keys: &[ApiKeyId],
    ) -> Result<Vec<(ApiKeyId, String)>, DbError> {
        let ids: Vec<Uuid> = keys.iter().map(|key| key.uuid()).collect();
        let rows: Vec<(Uuid, String)> =
            sqlx::query_as(r#"SELECT id, name FROM identity.api_keys WHERE org_id = $1 AND id = ANY($2)"#)
                .bind(org.uuid())
                .bind(&ids)
                .fetch_all(self.0.conn())
                .await?;
        Ok(rows.into_iter().map(|(id, name)| (id.into(), name)).collect())
    }

    /// How many test keys are good at present: they stop working when the organisation goes live.
    pub async fn count_good_test_keys(&mut self, org: OrgId, now: Timestamp) -> Result<i64, DbError> {
        let count = sqlx::query_scalar(
            r#"
            SELECT count(*)
            FROM identity.api_keys
            WHERE org_id = $1
              AND mode = 'test'
              AND revoked_at IS NULL
              AND (expires_at IS NULL OR expires_at > $2)
            "#,
        )
        .bind(org.uuid())
        .bind(now.to_sqlx())
        .fetch_one(self.0.conn())
        .await?;
        Ok(count)
    }

    /// Revokes a key, and returns its name; `None` when there is no such key or it is revoked.
    pub async fn revoke_api_key(
        &mut self,
        org: OrgId,
        id: ApiKeyId,
        now: Timestamp,
    ) -> Result<Option<String>, DbError> {
        let name = sqlx::query_scalar(
            r#"
            UPDATE identity.api_keys
            SET revoked_at = $3
            WHERE org_id = $1 AND id = $2 AND revoked_at IS NULL
            RETURNING name
            "#,
        )
        .bind(org.uuid())
        .bind(id.uuid())
        .bind(now.to_sqlx())
        .fetch_optional(self.0.conn())
        .await?;
        Ok(name)
    }
}
