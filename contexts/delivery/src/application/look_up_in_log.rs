//! Looking for messages in doubt in the log of the Postfix server that they were handed to.

use std::{
    collections::{BTreeMap, HashMap},
    path::PathBuf,
};

use kernel::{MessageId, OrgId, Timestamp};
use platform::{Db, DbError};
use tracing::{info, warn};

use super::resolve_held::facts;
use crate::{
    domain::{
        held::HeldDecision,
        postfix_log::{Evidence, Handover},
    },
    infrastructure::{
        pg::{
            held::{self, Decided},
            postfix_doubts::{self, Doubt},
        },
        postfix_log,
    },
};

/// So many messages are looked for at once.
const MOST: i64 = 1000;
/// How an attempt was resolved whose message the log shows.
const FOUND: &str = "found_in_log";
/// How one was resolved whose message the log would show.
const ABSENT: &str = "absent_from_log";

/// Resolves held messages by what the logs say: those that the server took count as sent, those that it
/// never took are sent again. Returns how many were resolved. No transaction is open while files are
/// read.
pub async fn look_up_in_logs(db: &Db) -> anyhow::Result<usize> {
    let mut tx = db.system().await?;
    let now = tx.now();
    let doubts = postfix_doubts::list(&mut tx, MOST).await?;
    tx.commit().await?;
    let mut by_log: BTreeMap<(OrgId, String), Vec<Handover>> = BTreeMap::new();
    for Doubt {
        org,
        log_path,
        handover,
    } in doubts
    {
        by_log.entry((org, log_path)).or_default().push(handover);
    }
    let mut resolved = 0;
    for ((org, path), handovers) in by_log {
        let (file, looked_for) = (PathBuf::from(&path), handovers.clone());
        let reading = tokio::task::spawn_blocking(move || postfix_log::read(&file, &looked_for, now));
        match reading.await? {
            Ok(log) => {
                let said = handovers.iter().map(|one| (one.message, log.evidence(one)));
                resolved += resolve(db, org, said.collect(), now).await?;
            }
            // On another machine it may be there.
            Err(error) => warn!(org.id = %org, path, %error, "the log of a mail server cannot be read"),
        }
    }
    Ok(resolved)
}

/// A message about which a person has decided meanwhile is left alone.
async fn resolve(
    db: &Db,
    org: OrgId,
    said: HashMap<MessageId, Evidence>,
    now: Timestamp,
) -> Result<usize, DbError> {
    let with = |wanted: fn(&Evidence) -> bool| -> Vec<MessageId> {
        let some = said.iter().filter(|(_, evidence)| wanted(evidence));
        some.map(|(id, _)| *id).collect()
    };
    let taken = with(|evidence| matches!(evidence, Evidence::Taken(_)));
    let absent = with(|evidence| *evidence == Evidence::NotTaken);
    if taken.is_empty() && absent.is_empty() {
        return Ok(0);
    }
    let mut tx = db.system().await?;
    let sent = held::settle(&mut tx, org, &taken, HeldDecision::MarkSent).await?;
    let again = held::send_again(&mut tx, org, &absent).await?;
    let words = |decided: &[Decided]| -> Vec<(MessageId, Option<String>)> {
        let one = |decided: &Decided| match said.get(&decided.id) {
            Some(Evidence::Taken(words)) => (decided.id, Some(words.clone())),
            _ => (decided.id, None),
        };
        decided.iter().map(one).collect()
    };
    postfix_doubts::note_evidence(&mut tx, org, &words(&sent), FOUND).await?;
    postfix_doubts::note_evidence(&mut tx, org, &words(&again), ABSENT).await?;
    tx.record_all(org, &facts(&sent, HeldDecision::MarkSent, now))
        .await?;
    tx.commit().await?;
    info!(org.id = %org, sent = sent.len(), again = again.len(), "messages in doubt were looked up in a mail server's log");
    Ok(sent.len() + again.len())
}
