use jiff_sqlx::ToSqlx;
use kernel::{OrgId, Timestamp, UserId};
use platform::DbError;
use uuid::Uuid;

use super::{IdentityDb, IdentityTx};
use crate::domain::token::Digest;

const COMPLETION: &str = r#"SELECT org_id, user_id FROM identity.setup_completion"#;

impl IdentityDb {
    /// The organisation and the person of the first run; `None` while it has not happened.
    pub async fn setup_completion(&self) -> Result<Option<(OrgId, UserId)>, DbError> {
        let row: Option<(Uuid, Uuid)> = sqlx::query_as(COMPLETION)
            .fetch_optional(self.0.work_pool())
            .await?;
        Ok(row.map(|(org, user)| (OrgId::from_uuid(org), UserId::from_uuid(user))))
    }

    /// Whether some process printed this token.
    pub async fn knows_setup_token(&self, token: Digest) -> Result<bool, DbError> {
        let known =
            sqlx::query_scalar(r#"SELECT EXISTS (SELECT FROM identity.setup_tokens WHERE token_hash = $1)"#)
                .bind(token.as_bytes())
                .fetch_one(self.0.work_pool())
                .await?;
        Ok(known)
    }
}

impl IdentityTx {
    /// Makes everybody else who runs through the first run wait until this unit of work ends, and
    /// says what the one before made.
    pub async fn lock_setup(&mut self) -> Result<Option<(OrgId, UserId)>, DbError> {
        // Two statements: the second one must begin after the lock is held, to see what its last
        // holder did.
        sqlx::query(r#"SELECT pg_advisory_xact_lock(hashtextextended('identity.setup', 0))"#)
            .execute(self.0.conn())
            .await?;
        let row: Option<(Uuid, Uuid)> = sqlx::query_as(COMPLETION).fetch_optional(self.0.conn()).await?;
        Ok(row.map(|(org, user)| (OrgId::from_uuid(org), UserId::from_uuid(user))))
    }

    /// Closes the first run for ever, and voids its links.
    pub async fn complete_setup(&mut self, org: OrgId, user: UserId, now: Timestamp) -> Result<(), DbError> {
        sqlx::query(
            r#"INSERT INTO identity.setup_completion (org_id, user_id, completed_at) VALUES ($1, $2, $3)"#,
        )
        .bind(org.uuid())
        .bind(user.uuid())
        .bind(now.to_sqlx())
        .execute(self.0.conn())
        .await?;
        sqlx::query(r#"DELETE FROM identity.setup_tokens"#)
            .execute(self.0.conn())
            .await?;
        Ok(())
    }

    /// Remembers the digest of a token that a process prints.
    pub async fn insert_setup_token(&mut self, token: Digest, now: Timestamp) -> Result<(), DbError> {
        sqlx::query(r#"INSERT INTO identity.setup_tokens (token_hash, created_at) VALUES ($1, $2)"#)
            .bind(token.as_bytes())
            .bind(now.to_sqlx())
            .execute(self.0.conn())
            .await?;
        Ok(())
    }

    /// Forgets tokens printed before `then`: by processes that are long gone.
    pub async fn delete_setup_tokens_before(&mut self, then: Timestamp) -> Result<(), DbError> {
        sqlx::query(r#"DELETE FROM identity.setup_tokens WHERE created_at < $1"#)
            .bind(then.to_sqlx())
            .execute(self.0.conn())
            .await?;
        Ok(())
    }
}
