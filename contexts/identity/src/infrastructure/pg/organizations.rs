use contracts::identity::{OrganizationProfile, SendingMode};
use jiff_sqlx::ToSqlx;
use kernel::{OrgId, Timestamp};
use platform::DbError;
use uuid::Uuid;

use super::{IdentityDb, IdentityTx, inconsistent};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    name: String,
    mode: String,
    timezone: String,
    postal_address: String,
}

impl TryFrom<Row> for OrganizationProfile {
    type Error = DbError;

    fn try_from(row: Row) -> Result<Self, DbError> {
        let id = OrgId::from_uuid(row.id);
        Ok(Self {
            id,
            name: row.name,
            mode: read_mode(&row.mode).ok_or_else(|| inconsistent("identity.organizations", "mode", id))?,
            timezone: row.timezone,
            postal_address: row.postal_address,
        })
    }
}

pub(super) fn read_mode(word: &str) -> Option<SendingMode> {
    [SendingMode::Test, SendingMode::Live]
        .into_iter()
        .find(|mode| mode.as_str() == word)
}

impl IdentityDb {
    /// The profiles of those that exist.
    pub async fn profiles(&self, ids: &[OrgId]) -> Result<Vec<OrganizationProfile>, DbError> {
        let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
        let rows: Vec<Row> = sqlx::query_as(
            r#"
            SELECT id, name, mode, timezone, postal_address
            FROM identity.organizations
            WHERE id = ANY($1)
            "#,
        )
        .bind(ids)
        .fetch_all(self.0.work_pool())
        .await?;
        rows.into_iter().map(OrganizationProfile::try_from).collect()
    }
}

impl IdentityTx {
    /// Adds an organisation.
    pub async fn insert_organization(
        &mut self,
        profile: &OrganizationProfile,
        now: Timestamp,
    ) -> Result<(), DbError> {
        sqlx::query(
            r#"
            INSERT INTO identity.organizations (id, name, mode, timezone, postal_address, created_at, updated_at)
            VALUES ($1, $2, $3, $4, $5, $6, $6)
            "#,
        )
        .bind(profile.id.uuid())
        .bind(&profile.name)
        .bind(profile.mode.as_str())
        .bind(&profile.timezone)
        .bind(&profile.postal_address)
        .bind(now.to_sqlx())
        .execute(self.0.conn())
        .await?;
        Ok(())
    }

    /// One profile, held until the unit of work ends, so that a decision made from it stays right.
    pub async fn lock_profile(&mut self, org: OrgId) -> Result<Option<OrganizationProfile>, DbError> {
        let row: Option<Row> = sqlx::query_as(
            r#"
            SELECT id, name, mode, timezone, postal_address
            FROM identity.organizations
            WHERE id = $1
            FOR UPDATE
            "#,
        )
        .bind(org.uuid())
        .fetch_optional(self.0.conn())
        .await?;
        row.map(OrganizationProfile::try_from).transpose()
    }

    /// One profile.
    pub async fn profile(&mut self, org: OrgId) -> Result<Option<OrganizationProfile>, DbError> {
        let row: Option<Row> = sqlx::query_as(
            r#"
            SELECT id, name, mode, timezone, postal_address
            FROM identity.organizations
            WHERE id = $1
            "#,
        )
        .bind(org.uuid())
        .fetch_optional(self.0.conn())
        .await?;
        row.map(OrganizationProfile::try_from).transpose()
    }

    /// Replaces a profile.
    pub async fn save_profile(
        &mut self,
        profile: &OrganizationProfile,
        now: Timestamp,
    ) -> Result<(), DbError> {
        sqlx::query(
            r#"
            UPDATE identity.organizations
            SET name = $2, mode = $3, timezone = $4, postal_address = $5, updated_at = $6
            WHERE id = $1
            "#,
        )
        .bind(profile.id.uuid())
        .bind(&profile.name)
        .bind(profile.mode.as_str())
        .bind(&profile.timezone)
        .bind(&profile.postal_address)
        .bind(now.to_sqlx())
        .execute(self.0.conn())
        .await?;
        Ok(())
    }
}
