//! What became of messages, step by step, for those who ask why somebody got one or did not.

use contracts::delivery::MessageTrace;
use kernel::{MessageId, OrgId};
use platform::{Db, DbError};

use crate::infrastructure::pg::message_traces;

/// Those that exist, in no particular order.
pub async fn trace_messages(
    db: &Db,
    org: OrgId,
    messages: &[MessageId],
) -> Result<Vec<MessageTrace>, DbError> {
    if messages.is_empty() {
        return Ok(Vec::new());
    }
    let mut tx = db.tenant(org).await?;
    message_traces::traces(&mut tx, org, messages).await
}
