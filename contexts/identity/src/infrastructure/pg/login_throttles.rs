use std::collections::HashMap;

use jiff_sqlx::{Timestamp as SqlTime, ToSqlx};
use kernel::Timestamp;
use platform::DbError;

use super::{IdentityTx, inconsistent};
use crate::domain::{login_throttle::LoginThrottle, token::Digest};

#[derive(sqlx::FromRow)]
struct Row {
    key: Vec<u8>,
    window_start: SqlTime,
    attempts: i32,
    strikes: i32,
    blocked_until: Option<SqlTime>,
}

impl IdentityTx {
    /// The counts under `keys`, held until the unit of work ends: of ten attempts that arrive at
    /// once, each sees the ones before it.
    pub async fn lock_throttles(
        &mut self,
        keys: &[Digest],
        now: Timestamp,
    ) -> Result<HashMap<Digest, LoginThrottle>, DbError> {
        let keys: Vec<&[u8]> = keys.iter().map(Digest::as_bytes).collect();
        let rows: Vec<Row> = sqlx::query_as(
            r#"
            INSERT INTO identity.login_throttles AS throttle (key, window_start, attempts, strikes, updated_at)
            -- In one order for everybody, so that two sign-ins never wait for each other in a circle.
            SELECT key, $2, 0, 0, $2 FROM unnest($1::bytea[]) AS key ORDER BY key
            ON CONFLICT (key) DO UPDATE SET updated_at = excluded.updated_at
            RETURNING key, window_start, attempts, strikes, blocked_until
            "#,
        )
        .bind(keys)
        .bind(now.to_sqlx())
        .fetch_all(self.0.conn())
        .await?;
        rows.into_iter().map(read).collect()
    }

    /// Replaces counts.
    pub async fn save_throttles(
        &mut self,
        throttles: &HashMap<Digest, LoginThrottle>,
    ) -> Result<(), DbError> {
        let mut keys = Vec::new();
        let (mut starts, mut attempts, mut strikes, mut blocks) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (key, throttle) in throttles {
            keys.push(key.as_bytes());
            starts.push(throttle.window_start.to_sqlx());
            attempts.push(i32::try_from(throttle.attempts).unwrap_or(i32::MAX));
            strikes.push(i32::try_from(throttle.strikes).unwrap_or(i32::MAX));
            blocks.push(throttle.blocked_until.map(|until| until.to_sqlx()));
        }
        sqlx::query(
            r#"
            UPDATE identity.login_throttles AS throttle
            SET window_start = new.window_start,
                attempts = new.attempts,
                strikes = new.strikes,
                blocked_until = new.blocked_until
            FROM unnest($1::bytea[], $2::timestamptz[], $3::int[], $4::int[], $5::timestamptz[])
                AS new (key, window_start, attempts, strikes, blocked_until)
            WHERE throttle.key = new.key
            "#,
        )
        .bind(keys)
        .bind(starts)
        .bind(attempts)
        .bind(strikes)
        .bind(blocks)
        .execute(self.0.conn())
        .await?;
        Ok(())
    }

    /// Forgets one count: somebody proved to be who they say.
    pub async fn delete_throttle(&mut self, key: Digest) -> Result<(), DbError> {
        sqlx::query(r#"DELETE FROM identity.login_throttles WHERE key = $1"#)
            .bind(key.as_bytes())
            .execute(self.0.conn())
            .await?;
        Ok(())
    }

    /// Forgets counts that nobody added to since `then`.
    pub async fn delete_throttles_before(&mut self, then: Timestamp) -> Result<u64, DbError> {
        let done = sqlx::query(r#"DELETE FROM identity.login_throttles WHERE updated_at < $1"#)
            .bind(then.to_sqlx())
            .execute(self.0.conn())
            .await?;
        Ok(done.rows_affected())
    }
}

fn read(row: Row) -> Result<(Digest, LoginThrottle), DbError> {
    let key = Digest::from_stored(&row.key)
        .ok_or_else(|| inconsistent("identity.login_throttles", "key", "a row"))?;
    let throttle = LoginThrottle {
        window_start: row.window_start.to_jiff(),
        attempts: row.attempts.unsigned_abs(),
        strikes: row.strikes.unsigned_abs(),
        blocked_until: row.blocked_until.map(SqlTime::to_jiff),
    };
    Ok((key, throttle))
}
