//! Attempts whose outcome is unknown and that were to be repeated under the same key.

use jiff_sqlx::ToSqlx;
use kernel::{MessageId, OrgId, ProviderId, Timestamp};
use platform::{DbError, Tx};
use uuid::Uuid;

/// Where messages are about to be handed over.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// `None`: the built-in inbox.
    pub provider: Option<ProviderId>,
    /// Tries before this are not recognised any more; `None` if none is.
    pub too_old: Option<Timestamp>,
}

/// Which of these messages are in doubt since an attempt that would not be recognised there: it went
/// to another account, or to this one before its settings changed, or is too long ago.
pub async fn unrecognised(
    tx: &mut Tx,
    org: OrgId,
    place: Place,
    messages: &[MessageId],
) -> Result<Vec<MessageId>, DbError> {
    let ids: Vec<_> = messages.iter().map(|id| id.uuid()).collect();
    let found: Vec<Uuid> = sqlx::query_scalar(
        r#"
        SELECT DISTINCT a.message_id
        FROM delivery.attempts a
        LEFT JOIN delivery.providers p ON p.org_id = $1 AND p.id = $3
        WHERE a.org_id = $1
          AND a.message_id = ANY($2)
          AND a.outcome = 'unknown'
          AND a.resolution = 'repeated'
          AND (a.provider_id IS DISTINCT FROM $3
               OR $4::timestamptz IS NULL
               OR a.started_at < $4
               -- Another key may be that of another customer, who has keys of their own.
               OR a.started_at < p.updated_at)
        "#,
    )
    .bind(org.uuid())
    .bind(&ids)
    .bind(place.provider.map(ProviderId::uuid))
    .bind(place.too_old.map(|at| at.to_sqlx()))
    .fetch_all(tx.conn())
    .await?;
    Ok(found.into_iter().map(MessageId::from_uuid).collect())
}

/// Notes that these messages are not repeated after all, but held.
pub async fn hold(tx: &mut Tx, org: OrgId, messages: &[MessageId]) -> Result<(), DbError> {
    let ids: Vec<_> = messages.iter().map(|id| id.uuid()).collect();
    sqlx::query(
        r#"
        UPDATE delivery.attempts SET resolution = 'held'
        WHERE org_id = $1 AND message_id = ANY($2) AND resolution = 'repeated'
        "#,
    )
    .bind(org.uuid())
    .bind(&ids)
    .execute(tx.conn())
    .await?;
    Ok(())
}
