//! Who put an address on the suppression list or took it off, and why.

use contracts::delivery::Address;
use kernel::{OrgId, Timestamp, UserId};
use platform::{DbError, Tx};
use uuid::Uuid;

use crate::domain::suppression::SuppressionReason;

/// An addition or a removal.
#[derive(Clone, Debug)]
pub struct LogEntry {
    pub action: LogAction,
    pub reason: SuppressionReason,
    pub note: Option<String>,
    /// `None`: the program itself, or a person by a link in a mail.
    pub user: Option<UserId>,
    pub at: Timestamp,
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogAction {
    Added,
    Removed,
}

impl LogAction {
    /// The word that is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            LogAction::Added => "added",
            LogAction::Removed => "removed",
        }
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    action: String,
    reason: String,
    note: Option<String>,
    user_id: Option<Uuid>,
    at: jiff_sqlx::Timestamp,
}

impl TryFrom<Row> for LogEntry {
    type Error = DbError;
    fn try_from(row: Row) -> Result<Self, DbError> {
        let odd = |column| DbError::InconsistentRow {
            table: "delivery.suppression_log",
            column,
            id: row.id.to_string(),
        };
        let action = [LogAction::Added, LogAction::Removed]
            .into_iter()
            .find(|a| a.as_str() == row.action);
        Ok(Self {
            action: action.ok_or_else(|| odd("action"))?,
            reason: row.reason.parse().map_err(|()| odd("reason"))?,
            note: row.note,
            user: row.user_id.map(UserId::from_uuid),
            at: row.at.to_jiff(),
        })
    }
}

/// What happened to an address, the newest first.
pub async fn of_address(
    tx: &mut Tx,
    org: OrgId,
    address: &Address,
    limit: i64,
) -> Result<Vec<LogEntry>, DbError> {
    let rows: Vec<Row> = sqlx::query_as(
        r#"
        SELECT id, action, reason, note, user_id, at
        FROM delivery.suppression_log
        WHERE org_id = $1 AND address = $2
        ORDER BY id DESC
        LIMIT $3
        "#,
    )
    .bind(org.uuid())
    .bind(address.as_str())
    .bind(limit)
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(LogEntry::try_from).collect()
}
