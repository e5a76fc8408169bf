//! Evidence of a sound run that somebody has laid hands on: for each rule of the oracle at least one change
//! that it has to find.

use sqlx::{AssertSqlSafe, Connection, Executor};
use uuid::Uuid;

use crate::{
    evidence::{Evidence, Taken},
    oracle,
    world::World,
};

/// A change, and the rule that finds it.
struct Doctoring {
    rule: &'static str,
    what: &'static str,
    /// Statements, where rows are changed; `{accepted}` and `{held}` are ids of messages.
    sql: Option<&'static str>,
    /// What is changed beside rows.
    change: fn(&mut Evidence),
}

const fn of_rows(rule: &'static str, what: &'static str, sql: &'static str) -> Doctoring {
    Doctoring {
        rule,
        what,
        sql: Some(sql),
        change: |_| {},
    }
}

const fn of_the_rest(rule: &'static str, what: &'static str, change: fn(&mut Evidence)) -> Doctoring {
    Doctoring {
        rule,
        what,
        sql: None,
        change,
    }
}

const DOCTORINGS: [Doctoring; 18] = [
    of_rows(
        "O1",
        "a message vanishes",
        "DELETE FROM delivery.messages WHERE id = '{accepted}'",
    ),
    of_rows(
        "O1",
        "a message is left behind",
        "UPDATE delivery.messages SET state = 'queued' WHERE id = '{accepted}'",
    ),
    of_rows(
        "O1",
        "a row stays in the queue",
        "INSERT INTO delivery.queue (org_id, batch_id, message_id, due_at)
         SELECT org_id, batch_id, id, now() FROM delivery.messages WHERE id = '{accepted}'",
    ),
    of_the_rest("O2", "an accepted mail is missing in the ledger", |e| {
        let id = first(e, "accepted");
        e.ledger.retain(|line| line.message != id);
    }),
    of_the_rest("O2", "the ledger has a mail that nobody sent", |e| {
        let line = e.ledger[0].clone();
        e.ledger.push(Taken {
            message: Uuid::new_v4(),
            ..line
        });
    }),
    of_the_rest("O2", "a mail went to somebody else", |e| {
        e.ledger[0].recipient = "stranger@example.com".to_owned();
    }),
    of_the_rest("O3", "a mail arrived twice", |e| {
        let line = e.ledger[0].clone();
        e.ledger.push(line);
    }),
    of_rows(
        "O4",
        "an attempt has no outcome",
        "UPDATE delivery.attempts SET outcome = NULL, finished_at = NULL WHERE message_id = '{accepted}'",
    ),
    of_rows(
        "O4",
        "an unknown outcome was resolved by no rule",
        "UPDATE delivery.attempts SET resolution = NULL WHERE message_id = '{held}'",
    ),
    of_rows(
        "O4",
        "a message is held for no reason",
        "DELETE FROM delivery.attempts WHERE message_id = '{held}'",
    ),
    of_rows(
        "O4",
        "what arrived is said not to have been sent",
        "UPDATE delivery.attempts SET outcome = 'not_sent' WHERE message_id = '{accepted}'",
    ),
    of_the_rest("O5", "somebody was suppressed before", |e| {
        let id = first(e, "accepted");
        let message = e.messages.iter().find(|m| m.id == id).unwrap();
        e.account.suppressed.push((message.address.clone(), 0));
    }),
    of_the_rest("O6", "the account may take one a second", |e| {
        e.account.cap = Some(1)
    }),
    of_rows(
        "O7",
        "a message changes behind the counters",
        "UPDATE delivery.messages SET state = 'failed' WHERE id = '{accepted}'",
    ),
    of_rows(
        "O7",
        "a tally is counted twice",
        "INSERT INTO delivery.batch_tallies (org_id, batch_id, at, accepted)
         SELECT org_id, batch_id, now(), 1 FROM delivery.messages WHERE id = '{accepted}'",
    ),
    of_the_rest("O7", "the report says another number", |e| {
        *e.account.progress.get_mut("accepted").unwrap() += 1;
    }),
    of_the_rest("O8", "a log names a contact", |e| {
        e.log.push_str("INFO accepted person3@example3.com\n");
    }),
    of_the_rest("O8", "a log holds the key of the API", |e| {
        let secret = e.account.secrets[0].clone();
        e.log.push_str(&format!("INFO authorization: Bearer {secret}\n"));
    }),
];

/// How many changes there are.
pub const COUNT: usize = DOCTORINGS.len();

/// Makes each change in turn, in a transaction that is not committed, and returns those that their rule did
/// not find.
pub async fn not_found(world: &World, sound: &Evidence) -> anyhow::Result<Vec<String>> {
    let mut missed = Vec::new();
    for doctoring in &DOCTORINGS {
        let mut evidence = match doctoring.sql {
            Some(sql) => with_rows(world, sound, sql).await?,
            None => sound.clone(),
        };
        (doctoring.change)(&mut evidence);
        let found = oracle::judge(&evidence);
        if !found
            .iter()
            .any(|violation| violation.starts_with(doctoring.rule))
        {
            missed.push(format!(
                "{} does not find that {}",
                doctoring.rule, doctoring.what
            ));
        }
    }
    let untried = oracle::RULES
        .iter()
        .filter(|(name, _)| DOCTORINGS.iter().all(|d| d.rule != *name));
    missed.extend(untried.map(|(name, _)| format!("{name} is tried by no change")));
    Ok(missed)
}

async fn with_rows(world: &World, sound: &Evidence, sql: &str) -> anyhow::Result<Evidence> {
    let sql = sql
        .replace("{accepted}", &first(sound, "accepted").to_string())
        .replace("{held}", &first(sound, "held").to_string());
    let mut owner = world.owner().await?;
    let mut transaction = owner.begin().await?;
    let changed = transaction.execute(AssertSqlSafe(sql)).await?;
    anyhow::ensure!(changed.rows_affected() > 0, "the change changes nothing");
    let account = sound.account.clone();
    let evidence = Evidence::read(&mut transaction, &world.ledger, &world.log, account).await?;
    transaction.rollback().await?;
    owner.close().await?;
    Ok(evidence)
}

/// The first message in a state that is also in the ledger.
fn first(evidence: &Evidence, state: &str) -> Uuid {
    let copies = evidence.copies();
    let message = evidence
        .messages
        .iter()
        .find(|m| m.state == state && copies.contains_key(&m.id));
    message.expect("the sound run has one in each state").id
}
