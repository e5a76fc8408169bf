//! Events, from the requests that brought them to the database.
//!
//! **An answer means that the event is stored.** So that thousands of requests a second do not cost
//! thousands of transactions, those that wait at the same time are stored together, and each is
//! answered when the transaction has committed. What comes in while a batch of an organisation is under
//! way makes up the next one, so that batches grow with the load; when very many wait, some batches are
//! under way at a time. There is no loop that runs when nothing comes in: whoever finds too few at work
//! starts one, which ends when too few wait for it.
//!
//! Batches are of one organisation each, so that the trouble of one, such as an identity that two
//! processes create at once, is nobody else's.

use std::{
    collections::{HashMap, VecDeque},
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use bytes::Bytes;
use kernel::{ContactId, OrgId, SourceId, Timestamp};
use platform::{Db, DbError};
use tokio::sync::oneshot;
use tracing::{error, warn};

use super::commit_events::{Entry, commit_events};
use crate::{
    domain::ingest::{
        body::Rejected,
        message::{Message, Reject},
    },
    infrastructure::pg::contacts::SaveError,
};

/// Events of one transaction, unless a single request has more.
const BATCH: usize = 1_000;
/// How long the first of a batch waits for others.
const GATHER: Duration = Duration::from_millis(2);
/// Batches of one organisation stored at the same time, and how many events must wait for another one
/// to be begun beside those: a batch costs as much as some hundred events.
const AT_ONCE: usize = 4;
const WORTH_ANOTHER: usize = 500;
/// Events that wait; beyond that, senders are asked to come again.
const WAITING: usize = 50_000;
/// How often a batch is tried that met somebody else's change.
const TRIES: usize = 5;
/// Lines a second for the debugger of an organisation, and how many at once.
const LOG_RATE: f64 = 50.0;
const LOG_BURST: f64 = 500.0;
/// A device is noted again after so long.
const DEVICE_AGAIN: Duration = Duration::from_secs(60 * 60);
const DEVICES_KNOWN: usize = 50_000;

/// One thing that was sent.
#[derive(Clone, Debug)]
pub enum Item {
    Call { message: Box<Message>, raw: Bytes },
    Rejected { rejected: Rejected, raw: Bytes },
}

impl Item {
    pub(super) fn raw(&self) -> &[u8] {
        match self {
            Item::Call { raw, .. } | Item::Rejected { raw, .. } => raw,
        }
    }
}

/// What one request brought.
#[derive(Clone, Debug)]
pub struct Submission {
    pub org: OrgId,
    /// `None` for the API.
    pub source: Option<SourceId>,
    pub create_fields: bool,
    pub received_at: Timestamp,
    pub items: Vec<Item>,
}

/// What became of one thing that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Accepted {
        contact: ContactId,
        /// What of it was left out.
        remarks: Vec<String>,
    },
    /// It has arrived before, and counts once.
    Repeated,
    Rejected(Reject),
    /// Not decided yet; no answer has it.
    Pending,
}

impl Outcome {
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Outcome::Accepted { .. } | Outcome::Pending => "accepted",
            Outcome::Repeated => "repeated",
            Outcome::Rejected(_) => "rejected",
        }
    }

    #[must_use]
    pub fn reasons(&self) -> Vec<String> {
        match self {
            Outcome::Accepted { remarks, .. } => remarks.clone(),
            Outcome::Rejected(reason) => vec![reason.as_str().to_owned()],
            Outcome::Repeated | Outcome::Pending => Vec::new(),
        }
    }

    #[must_use]
    pub const fn contact(&self) -> Option<ContactId> {
        match self {
            Outcome::Accepted { contact, .. } => Some(*contact),
            _ => None,
        }
    }
}

/// Why nothing was stored. Come again later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotStored {
    #[error("the database does not answer")]
    Away,
    #[error("too much is waiting")]
    Busy,
    #[error("it could not be stored")]
    Failed,
}

/// Where requests leave their events and wait until they are stored. Cheap to clone.
#[derive(Clone, Debug)]
pub struct EventIntake(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    db: Db,
    queues: Mutex<Queues>,
    devices: Mutex<HashMap<u64, Instant>>,
}

#[derive(Debug, Default)]
struct Queues {
    waiting: usize,
    orgs: HashMap<OrgId, Queue>,
}

#[derive(Debug)]
struct Queue {
    submissions: VecDeque<Waiting>,
    /// In the submissions.
    events: usize,
    at_work: usize,
    log_left: f64,
    log_at: Instant,
}

#[derive(Debug)]
struct Waiting {
    submission: Submission,
    answer: oneshot::Sender<Result<Vec<Outcome>, NotStored>>,
}

impl EventIntake {
    /// Over the engines' connections.
    #[must_use]
    pub fn new(db: Db) -> Self {
        Self(Arc::new(Shared {
            db,
            queues: Mutex::default(),
            devices: Mutex::default(),
        }))
    }

    /// Stores what a request brought; returns when it is committed, with one outcome an item.
    pub async fn store(&self, submission: Submission) -> Result<Vec<Outcome>, NotStored> {
        if submission.items.is_empty() {
            return Ok(Vec::new());
        }
        let (answer, outcome) = oneshot::channel();
        self.hand_over(Waiting { submission, answer })?;
        outcome.await.unwrap_or(Err(NotStored::Failed))
    }

    fn hand_over(&self, waiting: Waiting) -> Result<(), NotStored> {
        let (org, size) = (waiting.submission.org, waiting.submission.items.len());
        let mut queues = self.0.queues.lock().expect("nothing panics while holding it");
        if queues.waiting + size > WAITING {
            return Err(NotStored::Busy);
        }
        queues.waiting += size;
        let queue = queues.orgs.entry(org).or_insert_with(|| Queue {
            submissions: VecDeque::new(),
            events: 0,
            at_work: 0,
            log_left: LOG_BURST,
            log_at: Instant::now(),
        });
        queue.submissions.push_back(waiting);
        queue.events += size;
        if queue.wants_a_batch() {
            queue.at_work += 1;
            let shared = self.0.clone();
            tokio::spawn(async move { shared.work(org).await });
        }
        Ok(())
    }
}

impl Shared {
    /// Stores batches of an organisation until nobody waits.
    async fn work(&self, org: OrgId) {
        loop {
            tokio::time::sleep(GATHER).await;
            let Some((batch, lines)) = self.take(org) else {
                return;
            };
            self.store_all(org, batch, lines).await;
        }
    }

    /// The next batch, and how many lines of it the debugger takes. None ends this worker; it is
    /// counted off under the same lock, so that whoever comes next starts another one.
    fn take(&self, org: OrgId) -> Option<(Vec<Waiting>, usize)> {
        let mut queues = self.queues.lock().expect("nothing panics while holding it");
        let queue = queues.orgs.get_mut(&org)?;
        queue.at_work -= 1;
        if !queue.wants_a_batch() {
            return None;
        }
        queue.at_work += 1;
        let (mut batch, mut events) = (Vec::new(), 0);
        while let Some(next) = queue.submissions.front() {
            let size = next.submission.items.len();
            if events > 0 && events + size > BATCH {
                break;
            }
            events += size;
            batch.extend(queue.submissions.pop_front());
        }
        let lines = queue.log_lines(events);
        queue.events -= events;
        queues.waiting -= events;
        Some((batch, lines))
    }

    async fn store_all(&self, org: OrgId, batch: Vec<Waiting>, lines: usize) {
        let started = Instant::now();
        let submissions: Vec<&Submission> = batch.iter().map(|w| &w.submission).collect();
        match self.store(org, &submissions, lines).await {
            Ok(outcomes) => {
                metrics::histogram!("crm_event_batch_seconds").record(started.elapsed().as_secs_f64());
                metrics::counter!("crm_events_total").increment(outcomes.len() as u64);
                let mut outcomes = outcomes.into_iter();
                for waiting in batch {
                    let mine = outcomes.by_ref().take(waiting.submission.items.len()).collect();
                    // Whoever has hung up has still sent something.
                    let _gone = waiting.answer.send(Ok(mine));
                }
            }
            // Something in it cannot be stored: each alone, so that the others are.
            Err(NotStored::Failed) if batch.len() > 1 => {
                for waiting in batch {
                    let alone = self
                        .store(org, &[&waiting.submission], waiting.submission.items.len())
                        .await;
                    let _gone = waiting.answer.send(alone);
                }
            }
            Err(why) => {
                for waiting in batch {
                    let _gone = waiting.answer.send(Err(why));
                }
            }
        }
    }

    async fn store(
        &self,
        org: OrgId,
        submissions: &[&Submission],
        lines: usize,
    ) -> Result<Vec<Outcome>, NotStored> {
        let entries = self.entries(submissions, lines);
        for _ in 0..TRIES {
            match commit_events(&self.db, org, &entries).await {
                Ok(outcomes) => return Ok(outcomes),
                Err(SaveError::Raced) => {}
                Err(SaveError::Db(error)) if error.meets_another() => {}
                Err(SaveError::Db(error)) => return Err(why(&error)),
            }
        }
        // With one of them it does not end; the others are stored without it.
        warn!("a batch of events met the changes of others again and again");
        Err(NotStored::Failed)
    }

    fn entries<'a>(&self, submissions: &[&'a Submission], lines: usize) -> Vec<Entry<'a>> {
        let size: usize = submissions.iter().map(|s| s.items.len()).sum();
        let mut entries = Vec::with_capacity(size);
        let mut devices = self.devices.lock().expect("nothing panics while holding it");
        let now = Instant::now();
        if devices.len() > DEVICES_KNOWN {
            devices.clear();
        }
        // What was rejected is what people look for; of the rest, the last ones.
        let mut left = lines;
        for submission in submissions {
            for item in &submission.items {
                let rejected = matches!(item, Item::Rejected { .. });
                let logged = rejected && left > 0;
                left -= usize::from(logged);
                entries.push(Entry {
                    source: submission.source,
                    create_fields: submission.create_fields,
                    received_at: submission.received_at,
                    item,
                    logged,
                    device: is_news(&mut devices, submission.org, item, now),
                });
            }
        }
        for entry in entries.iter_mut().rev().filter(|entry| !entry.logged).take(left) {
            entry.logged = true;
        }
        entries
    }
}

impl Queue {
    /// Whether those that wait are worth a batch beside those under way.
    fn wants_a_batch(&self) -> bool {
        match self.at_work {
            0 => self.events > 0,
            under_way => under_way < AT_ONCE && self.events >= WORTH_ANOTHER,
        }
    }

    /// How many of so many events the debugger shows: all of them unless very many come in.
    fn log_lines(&mut self, events: usize) -> usize {
        let now = Instant::now();
        let passed = now.duration_since(self.log_at).as_secs_f64();
        self.log_left = (self.log_left + passed * LOG_RATE).min(LOG_BURST);
        self.log_at = now;
        let lines = (events as f64).min(self.log_left).floor();
        self.log_left -= lines;
        lines as usize
    }
}

/// Whether the device of a call has not been noted in the last hour by this process. Who it belongs to
/// is in it as far as the call says.
fn is_news(devices: &mut HashMap<u64, Instant>, org: OrgId, item: &Item, now: Instant) -> bool {
    let Item::Call { message, .. } = item else {
        return false;
    };
    let Some(device) = &message.context.device else {
        return false;
    };
    let mut hasher = DefaultHasher::new();
    (
        org,
        &message.identity.user_id,
        &message.identity.anonymous_id,
        device,
    )
        .hash(&mut hasher);
    let key = hasher.finish();
    match devices.get(&key) {
        Some(noted) if now.duration_since(*noted) < DEVICE_AGAIN => false,
        _ => {
            devices.insert(key, now);
            true
        }
    }
}

fn why(error: &DbError) -> NotStored {
    if error.is_unavailable() {
        warn!(%error, "events could not be stored: the database does not answer");
        NotStored::Away
    } else {
        error!(%error, "events could not be stored");
        NotStored::Failed
    }
}
