//! What happened to one message, in one list.

use kernel::{MessageId, OrgId, Timestamp};
use platform::{Db, DbError};

use crate::infrastructure::pg::{message_reads, tracking};

/// The most opens and clicks that are listed.
const MOST_ENGAGEMENTS: i64 = 500;

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happened {
    /// A word for programs.
    pub kind: String,
    /// When.
    pub at: Timestamp,
    /// More about it.
    pub detail: Option<String>,
}

/// All of it, the oldest first; `None` where there is no such message.
pub async fn message_events(db: &Db, org: OrgId, id: MessageId) -> Result<Option<Vec<Happened>>, DbError> {
    let mut tx = db.tenant(org).await?;
    let Some(message) = message_reads::find(&mut tx, org, id).await? else {
        return Ok(None);
    };
    let attempts = message_reads::attempts(&mut tx, org, id).await?;
    let engagements = tracking::of_message(&mut tx, org, id, MOST_ENGAGEMENTS).await?;
    tx.commit().await?;
    let row = &message.row;
    let mut events = vec![Happened {
        kind: "taken_in".to_owned(),
        at: row.created_at,
        detail: None,
    }];
    events.extend(attempts.into_iter().map(|attempt| Happened {
        kind: "attempted".to_owned(),
        at: attempt.started_at,
        detail: attempt.reply.or(attempt.outcome),
    }));
    events.extend(engagements.into_iter().map(|(kind, at, url)| Happened {
        kind: if kind == "open" { "opened" } else { "clicked" }.to_owned(),
        at,
        detail: url,
    }));
    let state = row.state.as_str();
    if !matches!(state, "queued" | "claimed" | "sending") {
        events.push(Happened {
            kind: state.to_owned(),
            at: row.state_at,
            detail: row.reason.clone(),
        });
    }
    // Stable, so that what happened in the same instant stays in the order of its causes.
    events.sort_by_key(|event| event.at);
    Ok(Some(events))
}
