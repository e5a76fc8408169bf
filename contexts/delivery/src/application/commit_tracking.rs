//! Opens and clicks, from the requests that brought them to the database.
//!
//! A request hands its event over and is answered from memory. Here events are gathered for a few
//! milliseconds and stored with one statement, so that ten thousand requests a second cost a hundred
//! transactions and not ten thousand. Where there are cores for it, two batches are stored at a time:
//! while one waits for the disk, the next is gathered.
//!
//! Somebody waits for each answer, and nobody for the figures. So after each batch the database rests
//! for some times as long as that took, and what comes in meanwhile beyond a batch goes to files, as
//! everything does while the database is away: an event in a file is as safe as one in the database.
//! When less comes in, the files are stored.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex as StdMutex},
    time::Duration,
};

use async_trait::async_trait;
use contracts::{
    crm::consent::Channel,
    delivery::{DeliveryEvent, Engagement, MessageRef, MessageSource},
    event::MAX_ITEMS,
};
use kernel::OrgId;
use platform::{Db, DbError, Worker};
use tokio::{
    sync::{Mutex, OwnedSemaphorePermit, Semaphore, mpsc},
    task::JoinSet,
    time::{Instant, sleep_until, timeout_at},
};
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use crate::{
    domain::tracking::TrackingEvent,
    infrastructure::{
        pg::{self, tracking::Counted},
        tracking_spill::TrackingSpill,
    },
};

/// Events that wait for their batch; about 20 MB when it is full, which takes a database that is
/// away and a disk that does not write.
const WAITING: usize = 65_536;
/// Events of one statement.
const BATCH: usize = 1_000;
/// How long the first event of a batch waits for others.
const GATHER: Duration = Duration::from_millis(4);
/// How many times as long as a batch took the database rests after it, and how long at most.
const REST: u32 = 4;
const LONGEST_REST: Duration = Duration::from_millis(250);
/// How often the files are looked at.
const RETRY: Duration = Duration::from_secs(1);

/// Where requests leave their events.
#[derive(Clone, Debug)]
pub struct TrackingQueue {
    sender: mpsc::Sender<TrackingEvent>,
}

impl TrackingQueue {
    /// Takes the event and returns at once.
    pub fn hand_over(&self, event: TrackingEvent) {
        if self.sender.try_send(event).is_err() {
            metrics::counter!("delivery_tracking_events_lost_total").increment(1);
            error!("an open or click was lost: neither the database nor the disk takes them");
        }
    }
}

/// Stores what the queue holds. One runs in each process that answers requests.
pub struct CommitTracking {
    db: Db,
    spill: TrackingSpill,
    events: Mutex<mpsc::Receiver<TrackingEvent>>,
}

/// A queue and what stores its events.
#[must_use]
pub fn tracking_queue(db: Db, spill: TrackingSpill) -> (TrackingQueue, CommitTracking) {
    let (sender, events) = mpsc::channel(WAITING);
    (
        TrackingQueue { sender },
        CommitTracking {
            db,
            spill,
            events: Mutex::new(events),
        },
    )
}

#[async_trait]
impl Worker for CommitTracking {
    fn name(&self) -> &'static str {
        "delivery.tracking"
    }

    async fn run(&self, stop: CancellationToken) -> anyhow::Result<()> {
        let mut events = self.events.lock().await;
        let pace = Pace::new();
        let mut batches = JoinSet::new();
        let (mut look, mut put_aside_at) = (Instant::now(), None);
        loop {
            let mut batch = Vec::with_capacity(BATCH);
            // Waiting for the first event may be broken off at any point without taking one; what
            // comes after it may not.
            tokio::select! {
                received = events.recv_many(&mut batch, BATCH) => if received == 0 {
                    // The routes are gone, and with them every sender.
                    stop.cancelled().await;
                    break;
                },
                () = sleep_until(look) => {
                    // One file at a time: what comes in meanwhile must not wait for all of them. And
                    // none while others are being written.
                    let busy = put_aside_at.is_some_and(|at: Instant| at.elapsed() < RETRY);
                    let pause = if !busy && self.recover().await { Duration::ZERO } else { RETRY };
                    look = Instant::now() + pause;
                    continue;
                }
                () = stop.cancelled() => break,
            }
            let Some(slot) = gather(&mut events, &mut batch, &pace, &stop).await else {
                put_aside(&self.spill, &batch).await;
                put_aside_at = Some(Instant::now());
                continue;
            };
            let (db, spill, pace) = (self.db.clone(), self.spill.clone(), pace.clone());
            batches.spawn(async move {
                let start = Instant::now();
                store_or_spill(&db, &spill, &batch).await;
                pace.rest_after(start.elapsed());
                drop(slot);
            });
            while batches.try_join_next().is_some() {}
        }
        // Requests that were answered before the stop have left their events here.
        store_or_spill(&self.db, &self.spill, &waiting(&mut events)).await;
        while batches.join_next().await.is_some() {}
        Ok(())
    }

    async fn drain(&self) -> anyhow::Result<usize> {
        let batch = waiting(&mut *self.events.lock().await);
        let mut done = batch.len();
        for part in batch.chunks(BATCH) {
            store(&self.db, part).await?;
        }
        while let Some(spilled) = self.spill.oldest().await? {
            done += spilled.events.len();
            store(&self.db, &spilled.events).await?;
            self.spill.remove(spilled).await?;
        }
        Ok(done)
    }
}

impl CommitTracking {
    /// Stores what is in the oldest file. Says whether there was one and the database took it.
    async fn recover(&self) -> bool {
        let spilled = match self.spill.oldest().await {
            Ok(Some(spilled)) => spilled,
            Ok(None) => return false,
            Err(error) => {
                warn!(%error, "files with opens and clicks cannot be read");
                return false;
            }
        };
        if store(&self.db, &spilled.events).await.is_err() {
            return false;
        }
        info!(
            events = spilled.events.len(),
            "stored opens and clicks that had waited in a file"
        );
        if let Err(error) = self.spill.remove(spilled).await {
            warn!(%error, "a file with opens and clicks cannot be removed");
            return false;
        }
        true
    }
}

/// Batches stored at the same time: a burst shall not take all cores from the answers to it, since
/// PostgreSQL is often on the same machine.
fn at_once() -> usize {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    (cores / 2).clamp(1, 2)
}

/// How much of its time the database gives to opens and clicks.
#[derive(Clone)]
struct Pace {
    slots: Arc<Semaphore>,
    rests_until: Arc<StdMutex<Instant>>,
}

impl Pace {
    fn new() -> Self {
        Self {
            slots: Arc::new(Semaphore::new(at_once())),
            rests_until: Arc::new(StdMutex::new(Instant::now())),
        }
    }

    fn rest_after(&self, work: Duration) {
        *self.rests_until.lock().expect("nothing panics while holding it") =
            Instant::now() + (work * REST).min(LONGEST_REST);
    }

    fn rests_until(&self) -> Instant {
        *self.rests_until.lock().expect("nothing panics while holding it")
    }

    /// Lets a batch be stored now, if the database neither rests nor is at work.
    fn try_begin(&self) -> Option<OwnedSemaphorePermit> {
        if self.rests_until() > Instant::now() {
            return None;
        }
        Arc::clone(&self.slots).try_acquire_owned().ok()
    }
}

/// Waits for events that go with the first ones: a little, and for as long as the database cannot take
/// them. Nothing when the batch is full before it can.
async fn gather(
    events: &mut mpsc::Receiver<TrackingEvent>,
    batch: &mut Vec<TrackingEvent>,
    pace: &Pace,
    stop: &CancellationToken,
) -> Option<OwnedSemaphorePermit> {
    let mut until = Instant::now() + GATHER;
    while batch.len() < BATCH && !stop.is_cancelled() {
        let room = BATCH - batch.len();
        match timeout_at(until.max(pace.rests_until()), events.recv_many(batch, room)).await {
            Ok(0) => break,
            Ok(_) => {}
            Err(_) => match pace.try_begin() {
                Some(slot) => return Some(slot),
                None => until = Instant::now() + GATHER,
            },
        }
    }
    pace.try_begin()
}

fn waiting(events: &mut mpsc::Receiver<TrackingEvent>) -> Vec<TrackingEvent> {
    std::iter::from_fn(|| events.try_recv().ok()).collect()
}

async fn store_or_spill(db: &Db, spill: &TrackingSpill, events: &[TrackingEvent]) {
    for batch in events.chunks(BATCH) {
        let Err(cause) = store(db, batch).await else {
            continue;
        };
        warn!(error = %cause, events = batch.len(), "opens and clicks wait in a file for the database");
        put_aside(spill, batch).await;
    }
}

async fn put_aside(spill: &TrackingSpill, batch: &[TrackingEvent]) {
    metrics::counter!("delivery_tracking_events_put_aside_total").increment(batch.len() as u64);
    if let Err(error) = spill.put(batch).await {
        metrics::counter!("delivery_tracking_events_lost_total").increment(batch.len() as u64);
        error!(%error, events = batch.len(), "opens and clicks were lost: the disk does not take them");
    }
}

/// One transaction: the events, which of them are the first, and the facts about them.
async fn store(db: &Db, events: &[TrackingEvent]) -> Result<(), DbError> {
    if events.is_empty() {
        return Ok(());
    }
    let mut tx = db.system().await?;
    let counted = pg::tracking::store(&mut tx, events).await?;
    for (org, facts) in facts(counted) {
        tx.record_all(org, &facts).await?;
    }
    tx.commit().await?;
    metrics::counter!("delivery_tracking_events_total").increment(events.len() as u64);
    Ok(())
}

/// Facts by organisation, source and kind.
fn facts(counted: Vec<Counted>) -> BTreeMap<OrgId, Vec<DeliveryEvent>> {
    let mut groups: Vec<(OrgId, MessageSource, Channel, bool, Vec<Engagement>)> = Vec::new();
    for one in counted {
        let clicked = one.url.is_some();
        let engagement = Engagement {
            message: MessageRef {
                message: one.message,
                contact: one.contact,
                at: one.at,
            },
            first: one.first,
            first_for_message: one.first_for_message,
            url: one.url,
        };
        let group = groups.iter_mut().find(|(org, source, channel, clicks, items)| {
            (*org, *source, *channel, *clicks) == (one.org, one.source, one.channel, clicked)
                && items.len() < MAX_ITEMS
        });
        match group {
            Some((.., items)) => items.push(engagement),
            None => groups.push((one.org, one.source, one.channel, clicked, vec![engagement])),
        }
    }
    let mut facts: BTreeMap<OrgId, Vec<DeliveryEvent>> = BTreeMap::new();
    for (org, source, channel, clicked, engagements) in groups {
        facts.entry(org).or_default().push(if clicked {
            DeliveryEvent::MessagesClicked {
                source,
                engagements,
                channel,
            }
        } else {
            DeliveryEvent::MessagesOpened {
                source,
                engagements,
                channel,
            }
        });
    }
    facts
}
