//! Which processes run, for the operator: each says every ten seconds that it is there.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::db::{Db, DbError};

const EVERY: Duration = Duration::from_secs(10);

/// Says so until told to stop, and takes it back at the end. A database that does not answer is
/// noticed by everything else.
pub async fn beat(db: Db, roles: Vec<String>, stop: CancellationToken) {
    let process = Uuid::now_v7();
    while !stop.is_cancelled() {
        let _unheard = say(&db, process, &roles).await;
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(EVERY) => {}
        }
    }
    let _unheard = sqlx::query("DELETE FROM platform.heartbeats WHERE process = $1")
        .bind(process)
        .execute(db.work_pool())
        .await;
}

async fn say(db: &Db, process: Uuid, roles: &[String]) -> Result<(), DbError> {
    sqlx::query(
        r#"
        INSERT INTO platform.heartbeats (process, role)
        SELECT $1, role FROM UNNEST($2::text[]) AS t (role)
        ON CONFLICT (process, role) DO UPDATE SET at = now()
        "#,
    )
    .bind(process)
    .bind(roles)
    .execute(db.work_pool())
    .await?;
    Ok(())
}

/// Roles that some process runs at present.
pub async fn roles_alive(db: &Db) -> Result<Vec<String>, DbError> {
    Ok(sqlx::query_scalar(
        r#"
        SELECT DISTINCT role FROM platform.heartbeats
        WHERE at > now() - interval '30 seconds'
        ORDER BY role
        "#,
    )
    .fetch_all(db.work_pool())
    .await?)
}
