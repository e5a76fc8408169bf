//! What an import says of topics: decided with its rows, written into the ledger in their transaction,
//! and withdrawn when the import is taken back.

use std::{collections::HashSet, sync::Arc};

use contracts::crm::consent::Channel;
use kernel::{ContactId, EmailAddress, ImportId, Timestamp, UserId};
use platform::DbError;

use super::ask_confirmation::ask_in_background;
use crate::{
    domain::{
        consent::{Action, Actor, Proof, Statement},
        contact::Change,
        import::{
            plan::{Plan, RowOutcome},
            row::Row,
            wishes::{Claim, Decided, Decision, Skip, Standings, decide_all},
        },
        topic::Topic,
    },
    infrastructure::pg::{CrmTx, consents::Said},
};

const SOURCE: &str = "import";

/// What is the same for all rows of an import.
#[derive(Clone, Debug)]
pub struct Sayer {
    pub import: ImportId,
    pub started_by: Option<UserId>,
    pub topics: Vec<Topic>,
    pub claim: Claim,
}

/// What becomes of the wishes of a chunk.
#[derive(Debug, Default)]
pub struct Subscriptions {
    decided: Vec<Decided>,
}

impl Subscriptions {
    /// How many are made.
    #[must_use]
    pub fn made(&self) -> i64 {
        self.count(|decision| decision == Decision::Grant)
    }

    /// Those that are not.
    #[must_use]
    pub fn skips(&self, rows: &[Row]) -> Vec<Skip> {
        let skip = |one: &Decided| match one.decision {
            Decision::Skip(reason) => Some(Skip {
                row: rows[one.row].row,
                line: rows[one.row].line,
                topic: one.topic,
                reason,
            }),
            _ => None,
        };
        self.decided.iter().filter_map(skip).collect()
    }

    /// A row that changes nothing but what somebody is written to about is not unchanged.
    pub fn count_into(&self, plan: &mut Plan) {
        let said = self.decided.iter().filter(|one| speaks(one.decision));
        let rows: HashSet<usize> = said.map(|one| one.row).collect();
        for row in rows {
            if let RowOutcome::Unchanged(contact) = plan.outcomes[row] {
                plan.outcomes[row] = RowOutcome::Updated(contact);
                plan.counts.unchanged -= 1;
                plan.counts.updated += 1;
            }
        }
    }

    fn count(&self, test: impl Fn(Decision) -> bool) -> i64 {
        let found = self.decided.iter().filter(|one| test(one.decision)).count();
        i64::try_from(found).unwrap_or(i64::MAX)
    }
}

fn speaks(decision: Decision) -> bool {
    matches!(decision, Decision::Grant | Decision::Withdraw)
}

/// The channel that an import speaks of: mail, where the topic has it.
fn channel(topic: &Topic) -> Channel {
    if topic.has(Channel::Email) {
        Channel::Email
    } else {
        topic.channels.first().copied().unwrap_or(Channel::Email)
    }
}

/// Decides about what rows say of topics.
pub async fn plan_subscriptions(
    tx: &mut CrmTx,
    rows: &[Row],
    plan: &Plan,
    sayer: &Sayer,
    now: Timestamp,
) -> Result<Subscriptions, DbError> {
    if rows.iter().all(|row| row.wishes.is_empty()) {
        return Ok(Subscriptions::default());
    }
    let mut standings = standings(tx, rows, plan, &sayer.topics).await?;
    let confirmed = sayer.claim.confirmed;
    let decided = decide_all(rows, plan, &sayer.topics, confirmed, &mut standings, now);
    Ok(Subscriptions { decided })
}

async fn standings(
    tx: &mut CrmTx,
    rows: &[Row],
    plan: &Plan,
    topics: &[Topic],
) -> Result<Standings, DbError> {
    let people = people(plan);
    let mut standings = Standings::default();
    for (contact, said) in tx.subscriptions(&people).await? {
        for one in said {
            let spoken_of = topics.iter().find(|topic| topic.id == one.topic).map(channel);
            if spoken_of == Some(one.channel) {
                standings.said.insert((contact, one.topic), (one.state, one.at));
            }
        }
    }
    for spoken in [Channel::Email, Channel::Sms, Channel::Push] {
        let concerned: Vec<&Topic> = topics.iter().filter(|topic| channel(topic) == spoken).collect();
        if concerned.is_empty() {
            continue;
        }
        let mut unreachable = tx.unreachable(&people, spoken).await?;
        if spoken == Channel::Email {
            unreachable.extend(suppressed(tx, rows, plan).await?);
        }
        let pairs = unreachable
            .iter()
            .flat_map(|contact| concerned.iter().map(move |topic| (*contact, topic.id)));
        standings.unreachable.extend(pairs);
    }
    Ok(standings)
}

/// Those of a chunk whose addresses are not to be written to, also when they do not exist yet, as in a
/// dry run.
async fn suppressed(tx: &mut CrmTx, rows: &[Row], plan: &Plan) -> Result<HashSet<ContactId>, DbError> {
    let addresses = addresses(rows, plan);
    let emails: Vec<&str> = addresses.iter().map(|(email, _)| email.as_str()).collect();
    let found = tx.do_not_contact_among(&emails).await?;
    Ok(addresses
        .iter()
        .filter(|(email, _)| found.contains_key(email.as_str()))
        .map(|(_, contact)| *contact)
        .collect())
}

fn addresses(rows: &[Row], plan: &Plan) -> Vec<(EmailAddress, ContactId)> {
    let of = |(row, outcome): (&Row, &RowOutcome)| {
        let contact = contact_of(outcome)?;
        match &row.whole().email {
            Change::Set(email) => Some((email.clone(), contact)),
            _ => None,
        }
    };
    rows.iter().zip(&plan.outcomes).filter_map(of).collect()
}

fn people(plan: &Plan) -> Vec<ContactId> {
    let mut people: Vec<ContactId> = plan.outcomes.iter().filter_map(contact_of).collect();
    people.sort_unstable();
    people.dedup();
    people
}

fn contact_of(outcome: &RowOutcome) -> Option<ContactId> {
    match outcome {
        RowOutcome::Created(id) | RowOutcome::Updated(id) | RowOutcome::Unchanged(id) => Some(*id),
        RowOutcome::Refused(_) => None,
    }
}

/// Writes into the ledger what was decided, once the people are there, and asks those who are to
/// confirm it.
pub async fn write_subscriptions(
    tx: &mut CrmTx,
    rows: &[Row],
    subscriptions: &Subscriptions,
    sayer: &Sayer,
    now: Timestamp,
) -> Result<(), DbError> {
    let said = statements(rows, subscriptions, sayer, now);
    let recorded = tx.record_consents(&said).await?;
    ask_in_background(tx, &recorded).await?;
    let skips = subscriptions.skips(rows);
    tx.insert_skips(sayer.import, &skips).await?;
    let skipped = i64::try_from(skips.len()).unwrap_or(i64::MAX);
    tx.count_subscriptions(sayer.import, subscriptions.made(), skipped)
        .await
}

fn statements(rows: &[Row], subscriptions: &Subscriptions, sayer: &Sayer, now: Timestamp) -> Vec<Said> {
    let spoken = subscriptions.decided.iter().filter(|one| speaks(one.decision));
    spoken
        .filter_map(|one| {
            let topic = sayer.topics.iter().find(|topic| topic.id == one.topic)?;
            let (row, channel) = (&rows[one.row], channel(topic));
            let asks = topic.double_opt_in && channel == Channel::Email && !sayer.claim.confirmed;
            let action = match one.decision {
                Decision::Withdraw => Action::Withdrawn,
                _ if asks => Action::Requested,
                _ => Action::Granted,
            };
            let proof = Proof {
                // A confirmation that is still to come is asked for now, whenever the row is from.
                at: row.consent_at.filter(|_| !asks).map_or(now, |at| at.min(now)),
                ip: row.consent_ip.clone(),
                ..proof(sayer, now)
            };
            Some(Said {
                statement: Statement {
                    contact: one.contact,
                    topic: Some(topic.id),
                    channel,
                    action,
                },
                proof: Arc::new(topic.complete(proof).tidied()),
            })
        })
        .collect()
}

fn proof(sayer: &Sayer, now: Timestamp) -> Proof {
    let actor = sayer.started_by.map_or(Actor::System, Actor::User);
    Proof {
        basis: sayer
            .claim
            .basis()
            .unwrap_or(crate::domain::consent::Basis::Unknown),
        text: sayer.claim.text().unwrap_or_default(),
        source_id: Some(sayer.import.uuid()),
        ..Proof::new(SOURCE, actor, now)
    }
}

/// Withdraws some of the subscriptions that an import made and that still stand. Returns how many: none
/// when all are withdrawn.
pub async fn withdraw_subscriptions(
    tx: &mut CrmTx,
    import: ImportId,
    started_by: Option<UserId>,
    limit: i64,
    now: Timestamp,
) -> Result<usize, DbError> {
    let standing = tx.subscriptions_made_by(import.uuid(), limit).await?;
    let actor = started_by.map_or(Actor::System, Actor::User);
    let proof = Arc::new(Proof {
        source_id: Some(import.uuid()),
        ..Proof::new(SOURCE, actor, now)
    });
    let said: Vec<Said> = standing
        .into_iter()
        .map(|one| Said {
            statement: Statement {
                contact: one.contact,
                topic: Some(one.topic),
                channel: one.channel,
                action: Action::Withdrawn,
            },
            proof: proof.clone(),
        })
        .collect();
    Ok(tx.record_consents(&said).await?.len())
}
