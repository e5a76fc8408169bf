use contracts::identity::Member;
use jiff_sqlx::ToSqlx;
use kernel::{EmailAddress, OrgId, Role, Timestamp, UserId};
use platform::DbError;
use uuid::Uuid;

use super::{IdentityDb, IdentityTx, inconsistent};
use crate::domain::{names::Name, password::PasswordHash};

/// A person to be added, with the organisation they become a member of.
pub struct NewPerson<'a> {
    /// Who.
    pub id: UserId,
    /// Their address, by which they sign in.
    pub email: &'a EmailAddress,
    /// Their name.
    pub name: &'a Name,
    /// Their password, hashed.
    pub password: &'a PasswordHash,
    /// Where.
    pub org: OrgId,
    /// As what.
    pub role: Role,
}

/// What sign-in and a change of password need to know of a person.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// Who.
    pub user: UserId,
    /// Their address.
    pub email: String,
    /// Their password, hashed.
    pub password: PasswordHash,
    /// The organisation they joined first; `None` when they belong to none.
    pub org: Option<OrgId>,
}

#[derive(sqlx::FromRow)]
struct CredentialsRow {
    id: Uuid,
    email: String,
    password_hash: String,
    org_id: Option<Uuid>,
}

impl From<CredentialsRow> for Credentials {
    fn from(row: CredentialsRow) -> Self {
        Self {
            user: UserId::from_uuid(row.id),
            email: row.email,
            password: PasswordHash::from_stored(row.password_hash),
            org: row.org_id.map(OrgId::from_uuid),
        }
    }
}

impl IdentityDb {
    /// Who signs in with this address.
    pub async fn credentials_by_email(&self, email: &EmailAddress) -> Result<Option<Credentials>, DbError> {
        let row: Option<CredentialsRow> = sqlx::query_as(
            r#"
            SELECT person.id, person.email, person.password_hash, member.org_id
            FROM identity.users AS person
            LEFT JOIN identity.org_members AS member ON member.user_id = person.id
            WHERE person.email = $1
            ORDER BY member.created_at
            LIMIT 1
            "#,
        )
        .bind(email.as_str())
        .fetch_optional(self.0.work_pool())
        .await?;
        Ok(row.map(Credentials::from))
    }

    /// The credentials of one person in one organisation.
    pub async fn credentials(&self, org: OrgId, user: UserId) -> Result<Option<Credentials>, DbError> {
        let row: Option<CredentialsRow> = sqlx::query_as(
            r#"
            SELECT person.id, person.email, person.password_hash, member.org_id
            FROM identity.users AS person
            JOIN identity.org_members AS member ON member.user_id = person.id
            WHERE person.id = $2 AND member.org_id = $1
            "#,
        )
        .bind(org.uuid())
        .bind(user.uuid())
        .fetch_optional(self.0.work_pool())
        .await?;
        Ok(row.map(Credentials::from))
    }
}

impl IdentityTx {
    /// Everybody who works for an organisation, by name.
    pub async fn members(&mut self, org: OrgId) -> Result<Vec<Member>, DbError> {
        let rows: Vec<(Uuid, String, String, String)> = sqlx::query_as(
            r#"
            SELECT person.id, person.name, person.email, member.role
            FROM identity.org_members AS member
            JOIN identity.users AS person ON person.id = member.user_id
            WHERE member.org_id = $1
            ORDER BY lower(person.name), person.id
            "#,
        )
        .bind(org.uuid())
        .fetch_all(self.0.conn())
        .await?;
        rows.into_iter()
            .map(|(id, name, email, role)| {
                let role = role
                    .parse()
                    .map_err(|()| inconsistent("identity.org_members", "role", UserId::from_uuid(id)))?;
                Ok(Member {
                    id: UserId::from_uuid(id),
                    name,
                    email,
                    role,
                })
            })
            .collect()
    }

    /// Adds a person and their membership.
    pub async fn insert_person(&mut self, person: &NewPerson<'_>, now: Timestamp) -> Result<(), DbError> {
        sqlx::query(
            r#"
            WITH person AS (
                INSERT INTO identity.users (id, email, name, password_hash, created_at, updated_at)
                VALUES ($1, $2, $3, $4, $7, $7)
            )
            INSERT INTO identity.org_members (org_id, user_id, role, created_at)
            VALUES ($5, $1, $6, $7)
            "#,
        )
        .bind(person.id.uuid())
        .bind(person.email.as_str())
        .bind(person.name.as_str())
        .bind(person.password.as_str())
        .bind(person.org.uuid())
        .bind(person.role.as_str())
        .bind(now.to_sqlx())
        .execute(self.0.conn())
        .await?;
        Ok(())
    }

    /// Replaces a person's name. `false` when it was that already.
    pub async fn rename_person(
        &mut self,
        user: UserId,
        name: &Name,
        now: Timestamp,
    ) -> Result<bool, DbError> {
        let done = sqlx::query(
            r#"UPDATE identity.users SET name = $2, updated_at = $3 WHERE id = $1 AND name <> $2"#,
        )
        .bind(user.uuid())
        .bind(name.as_str())
        .bind(now.to_sqlx())
        .execute(self.0.conn())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Replaces a person's password if it is still `old`, so that of two changes at once one wins
    /// and the other is told.
    pub async fn replace_password(
        &mut self,
        user: UserId,
        old: &PasswordHash,
        new: &PasswordHash,
        now: Timestamp,
    ) -> Result<bool, DbError> {
        let done = sqlx::query(
            r#"
            UPDATE identity.users
            SET password_hash = $3, updated_at = $4
            WHERE id = $1 AND password_hash = $2
            "#,
        )
        .bind(user.uuid())
        .bind(old.as_str())
        .bind(new.as_str())
        .bind(now.to_sqlx())
        .execute(self.0.conn())
        .await?;
        Ok(done.rows_affected() == 1)
    }
}

pub(super) fn read_role(word: &str, user: Uuid) -> Result<Role, DbError> {
    word.parse()
        .map_err(|()| inconsistent("identity.org_members", "role", UserId::from_uuid(user)))
}
