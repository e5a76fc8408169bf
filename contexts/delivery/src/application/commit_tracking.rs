//! Opens and clicks, from the requests that brought them to the database.
//!
//! A request hands its event over and is answered from memory. Here events are gathered for a few
//! milliseconds and stored with one statement, so that ten thousand requests a second cost a hundred
//! transactions and not ten thousand. Where there are cores for it, two batches are stored at a time:
//! while one waits for the disk, the next is gathered. While the database is away, or takes less than
//! what comes in, batches go to files.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use async_trait::async_trait;
use contracts::{
    delivery::{DeliveryEvent, Engagement, MessageRef, MessageSource},
    event::MAX_ITEMS,
};
use kernel::OrgId;
use platform::{Db, DbError, Worker};
use tokio::{
    sync::{Mutex, Semaphore, mpsc},
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
/// From here on batches go to files when the database is busy.
const CROWDED: usize = WAITING / 4;
/// Events of one statement.
const BATCH: usize = 1_000;
/// How long the first event of a batch waits for others.
const GATHER: Duration = Duration::from_millis(4);
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
        let slots = Arc::new(Semaphore::new(at_once()));
        let mut batches = JoinSet::new();
        let mut look = Instant::now();
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
                    // One file at a time: what comes in meanwhile must not wait for all of them.
                    let pause = if self.recover().await { Duration::ZERO } else { RETRY };
                    look = Instant::now() + pause;
                    continue;
                }
                () = stop.cancelled() => break,
            }
            gather(&mut events, &mut batch).await;
            // More comes in than the database takes. The disk is faster, and an event in a file is
            // as safe as one in the database.
            if events.len() > CROWDED && slots.available_permits() == 0 {
                put_aside(&self.spill, &batch).await;
                continue;
            }
            let slot = Arc::clone(&slots).acquire_owned().await?;
            let (db, spill) = (self.db.clone(), self.spill.clone());
            batches.spawn(async move {
                store_or_spill(&db, &spill, &batch).await;
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

/// Waits a little for events that go with the first ones.
async fn gather(events: &mut mpsc::Receiver<TrackingEvent>, batch: &mut Vec<TrackingEvent>) {
    let deadline = Instant::now() + GATHER;
    while batch.len() < BATCH {
        let room = BATCH - batch.len();
        match timeout_at(deadline, events.recv_many(batch, room)).await {
            Ok(0) | Err(_) => break,
            Ok(_) => {}
        }
    }
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
    let mut groups: Vec<(OrgId, MessageSource, bool, Vec<Engagement>)> = Vec::new();
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
        let group = groups.iter_mut().find(|(org, source, clicks, items)| {
            (*org, *source, *clicks) == (one.org, one.source, clicked) && items.len() < MAX_ITEMS
        });
        match group {
            Some((.., items)) => items.push(engagement),
            None => groups.push((one.org, one.source, clicked, vec![engagement])),
        }
    }
    let mut facts: BTreeMap<OrgId, Vec<DeliveryEvent>> = BTreeMap::new();
    for (org, source, clicked, engagements) in groups {
        facts.entry(org).or_default().push(if clicked {
            DeliveryEvent::MessagesClicked { source, engagements }
        } else {
            DeliveryEvent::MessagesOpened { source, engagements }
        });
    }
    facts
}
