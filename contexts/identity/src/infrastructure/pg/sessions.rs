use std::net::IpAddr;

use contracts::identity::{OrganizationProfile, SignedIn};
use jiff_sqlx::{Timestamp as SqlTime, ToSqlx};
use kernel::{OrgId, SessionId, Timestamp, UserId};
use platform::DbError;
use uuid::Uuid;

use super::{IdentityDb, IdentityTx, inconsistent, organizations::read_mode, people::read_role};
use crate::domain::{session::SessionTimes, token::Digest};

/// A session to be added.
pub struct NewSession<'a> {
    /// The session.
    pub id: SessionId,
    /// Digest of its token.
    pub token: Digest,
    /// Whose.
    pub user: UserId,
    /// Where they work.
    pub org: OrgId,
    /// Where the request came from.
    pub ip: Option<IpAddr>,
    /// The browser's name for itself, at most 400 characters.
    pub user_agent: Option<&'a str>,
}

/// A session found by its token, good or not.
#[derive(Debug, Clone)]
pub struct FoundSession {
    /// What decides whether it is good.
    pub times: SessionTimes,
    /// Who it stands for.
    pub signed_in: SignedIn,
}

/// A session as its person sees it.
#[derive(Debug, Clone)]
pub struct SessionRow {
    /// The session.
    pub id: SessionId,
    /// What decides whether it is good.
    pub times: SessionTimes,
    /// Where it was started from.
    pub ip: Option<String>,
    /// The browser's name for itself.
    pub user_agent: Option<String>,
}

#[derive(sqlx::FromRow)]
struct FoundRow {
    id: Uuid,
    user_id: Uuid,
    created_at: SqlTime,
    last_seen_at: SqlTime,
    revoked_at: Option<SqlTime>,
    user_name: String,
    email: String,
    locale: String,
    role: String,
    org_id: Uuid,
    org_name: String,
    mode: String,
    timezone: String,
    postal_address: String,
}

impl TryFrom<FoundRow> for FoundSession {
    type Error = DbError;

    fn try_from(row: FoundRow) -> Result<Self, DbError> {
        let org = OrgId::from_uuid(row.org_id);
        Ok(Self {
            times: SessionTimes {
                created_at: row.created_at.to_jiff(),
                last_seen_at: row.last_seen_at.to_jiff(),
                revoked_at: row.revoked_at.map(SqlTime::to_jiff),
            },
            signed_in: SignedIn {
                session: SessionId::from_uuid(row.id),
                user: UserId::from_uuid(row.user_id),
                name: row.user_name,
                email: row.email,
                role: read_role(&row.role, row.user_id)?,
                locale: row.locale,
                organization: OrganizationProfile {
                    id: org,
                    name: row.org_name,
                    mode: read_mode(&row.mode)
                        .ok_or_else(|| inconsistent("identity.organizations", "mode", org))?,
                    timezone: row.timezone,
                    postal_address: row.postal_address,
                },
            },
        })
    }
}

#[derive(sqlx::FromRow)]
struct ListedRow {
    id: Uuid,
    ip: Option<String>,
    user_agent: Option<String>,
    created_at: SqlTime,
    last_seen_at: SqlTime,
}

impl IdentityDb {
    /// The sessions of a person that nobody ended, newest use first; some may have run out.
    pub async fn sessions_of(&self, user: UserId) -> Result<Vec<SessionRow>, DbError> {
        let rows: Vec<ListedRow> = sqlx::query_as(
            r#"
            SELECT id, ip, user_agent, created_at, last_seen_at
            FROM identity.sessions
            WHERE user_id = $1 AND revoked_at IS NULL
            ORDER BY last_seen_at DESC, id DESC
            LIMIT 200
            "#,
        )
        .bind(user.uuid())
        .fetch_all(self.0.work_pool())
        .await?;
        Ok(rows.into_iter().map(SessionRow::from).collect())
    }

    /// The session of a token, with everything a request wants to know of its person. One statement:
    /// this runs for nearly every page.
    pub async fn session_by_token(&self, token: Digest) -> Result<Option<FoundSession>, DbError> {
        let row: Option<FoundRow> = sqlx::query_as(
            r#"
            SELECT
                session.id, session.user_id, session.created_at, session.last_seen_at, session.revoked_at,
                person.name AS user_name, person.email, person.locale,
                member.role,
                org.id AS org_id, org.name AS org_name, org.mode, org.timezone, org.postal_address
            FROM identity.sessions AS session
            JOIN identity.users AS person ON person.id = session.user_id
            -- Who is no longer a member has no session there either.
            JOIN identity.org_members AS member
              ON member.org_id = session.org_id AND member.user_id = session.user_id
            JOIN identity.organizations AS org ON org.id = session.org_id
            WHERE session.token_hash = $1
            "#,
        )
        .bind(token.as_bytes())
        .fetch_optional(self.0.work_pool())
        .await?;
        row.map(FoundSession::try_from).transpose()
    }

    /// Writes down that a session was used.
    pub async fn touch_session(&self, id: SessionId, now: Timestamp) -> Result<(), DbError> {
        sqlx::query(r#"UPDATE identity.sessions SET last_seen_at = $2 WHERE id = $1 AND last_seen_at < $2"#)
            .bind(id.uuid())
            .bind(now.to_sqlx())
            .execute(self.0.work_pool())
            .await?;
        Ok(())
    }
}

impl IdentityTx {
    /// Adds a session.
    pub async fn insert_session(&mut self, session: &NewSession<'_>, now: Timestamp) -> Result<(), DbError> {
        sqlx::query(
            r#"
            INSERT INTO identity.sessions (id, token_hash, user_id, org_id, ip, user_agent, created_at, last_seen_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
            "#,
        )
        .bind(session.id.uuid())
        .bind(session.token.as_bytes())
        .bind(session.user.uuid())
        .bind(session.org.uuid())
        .bind(session.ip.map(|ip| ip.to_string()))
        .bind(session.user_agent)
        .bind(now.to_sqlx())
        .execute(self.0.conn())
        .await?;
        Ok(())
    }

    /// Ends one session of a person. `false` when there is none to end.
    pub async fn end_session(
        &mut self,
        user: UserId,
        id: SessionId,
        now: Timestamp,
    ) -> Result<bool, DbError> {
        let done = sqlx::query(
            r#"
            UPDATE identity.sessions
            SET revoked_at = $3
            WHERE id = $2 AND user_id = $1 AND revoked_at IS NULL
            "#,
        )
        .bind(user.uuid())
        .bind(id.uuid())
        .bind(now.to_sqlx())
        .execute(self.0.conn())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Ends all sessions of a person but one, and says how many that were.
    pub async fn end_other_sessions(
        &mut self,
        user: UserId,
        kept: SessionId,
        now: Timestamp,
    ) -> Result<u64, DbError> {
        let done = sqlx::query(
            r#"
            UPDATE identity.sessions
            SET revoked_at = $3
            WHERE user_id = $1 AND id <> $2 AND revoked_at IS NULL
            "#,
        )
        .bind(user.uuid())
        .bind(kept.uuid())
        .bind(now.to_sqlx())
        .execute(self.0.conn())
        .await?;
        Ok(done.rows_affected())
    }

    /// Deletes sessions that started before `then`.
    pub async fn delete_sessions_before(&mut self, then: Timestamp) -> Result<u64, DbError> {
        let done = sqlx::query(r#"DELETE FROM identity.sessions WHERE created_at < $1"#)
            .bind(then.to_sqlx())
            .execute(self.0.conn())
            .await?;
        Ok(done.rows_affected())
    }
}

impl From<ListedRow> for SessionRow {
    fn from(row: ListedRow) -> Self {
        Self {
            id: SessionId::from_uuid(row.id),
            times: SessionTimes {
                created_at: row.created_at.to_jiff(),
                last_seen_at: row.last_seen_at.to_jiff(),
                revoked_at: None,
            },
            ip: row.ip,
            user_agent: row.user_agent,
        }
    }
}
