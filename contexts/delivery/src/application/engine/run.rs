//! The life of one engine: it takes a lease, works, and hands back what it holds.

use std::{
    collections::HashMap,
    future::Future,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use kernel::{BatchId, Timestamp};
use platform::DbError;
use tokio::sync::Notify;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{info, warn};

use super::{
    core::EngineParts,
    deliver,
    error::EngineError,
    finish::{self, RETRY},
    lease::Lease,
    outlet::Outlet,
    recover,
    schedule::Schedule,
};
use crate::{
    domain::batch_health::{BatchHealth, Ending, Harm},
    infrastructure::pg::{QUEUE_CHANNEL, engines, providers},
};

/// What there is to do is read again this often, for what other processes took in.
const REFRESH: Duration = Duration::from_millis(500);
/// How long lanes may take to end when the engine stops. What a server has not answered by then is
/// in doubt.
const GRACE: Duration = Duration::from_secs(20);

/// How long an engine works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Until {
    /// Until it is told to stop.
    Stopped,
    /// Until there is nothing to do at present.
    Idle,
}

/// What scheduler and lanes share.
pub(super) struct Running {
    pub parts: Arc<EngineParts>,
    pub lease: Arc<Lease>,
    /// Something ended, so that there may be room.
    pub progressed: Notify,
    stop: CancellationToken,
    until: Until,
    lanes: TaskTracker,
    /// Outcomes that cannot be written at present.
    unwritten: AtomicUsize,
    done: AtomicUsize,
    /// Messages went back into the queue and may be due at once.
    gave_back: AtomicBool,
    health: Mutex<HashMap<BatchId, BatchHealth>>,
}

impl Running {
    /// Whether a message may be begun now.
    pub fn may_begin(&self) -> bool {
        !self.stop.is_cancelled() && self.lease.is_held()
    }

    /// How long a lane waits for work before it ends.
    pub fn idle(&self) -> Duration {
        match self.until {
            Until::Stopped if !self.stop.is_cancelled() => self.parts.settings.idle,
            _ => Duration::ZERO,
        }
    }

    /// Some messages were dealt with.
    pub fn did(&self, count: usize) {
        self.done.fetch_add(count, Ordering::Relaxed);
    }

    /// Some messages went back into the queue.
    pub fn gave_back(&self) {
        self.gave_back.store(true, Ordering::Release);
    }

    pub fn count_connection(&self) {
        metrics::counter!("mauntic_delivery_connections_total").increment(1);
    }

    /// Counts a failure of an account; when that begins a pause, all that waits for it goes back.
    pub async fn note_failure(self: &Arc<Self>, outlet: &Outlet, said: &str) {
        if !outlet.failed() {
            return;
        }
        info!(org.id = %outlet.org, said, "an account fails and is left alone for a moment");
        self.note_state(outlet, Some(said)).await;
        for group in outlet.take_all() {
            finish::hand_back_group(self, outlet, &group).await;
        }
    }

    /// An account works again after it was left alone.
    pub async fn note_recovery(&self, outlet: &Outlet) {
        info!(org.id = %outlet.org, "an account works again");
        self.note_state(outlet, None).await;
    }

    /// For people; nothing is decided by it.
    async fn note_state(&self, outlet: &Outlet, failing: Option<&str>) {
        let Some(provider) = outlet.provider else { return };
        let noted = async {
            let mut tx = self.parts.db.system().await?;
            providers::note_failing(&mut tx, outlet.org, provider, failing).await?;
            tx.commit().await
        };
        if let Err(error) = noted.await {
            warn!(%error, "how an account does could not be written down");
        }
    }

    pub fn health(
        &self,
        batch: BatchId,
        now: Timestamp,
        endings: impl Iterator<Item = Ending>,
    ) -> Option<Harm> {
        let mut health = self.health.lock().expect("nothing panics while holding it");
        health.entry(batch).or_default().count(now, endings)
    }

    pub fn start_lane(self: &Arc<Self>, outlet: Arc<Outlet>) {
        self.lanes.spawn(deliver::lane(self.clone(), outlet));
    }

    /// Writes something that must not be forgotten: again and again, until it is written or the
    /// messages are somebody else's. While anything cannot be written, nothing is claimed.
    pub async fn until_written<F: Future<Output = Result<(), DbError>>>(
        &self,
        what: &str,
        write: impl Fn() -> F,
    ) {
        let mut first = true;
        while !self.lease.is_lost() {
            match write().await {
                Ok(()) => break,
                Err(error) => warn!(%error, "{what} could not be written and are tried again"),
            }
            if std::mem::take(&mut first) {
                self.unwritten.fetch_add(1, Ordering::AcqRel);
            }
            tokio::time::sleep(RETRY).await;
        }
        if !first {
            self.unwritten.fetch_sub(1, Ordering::AcqRel);
        }
    }

    fn may_claim(&self) -> bool {
        self.may_begin() && self.unwritten.load(Ordering::Acquire) == 0
    }
}

/// Runs an engine. Returns how many messages it dealt with.
pub(super) async fn run(
    parts: Arc<EngineParts>,
    stop: CancellationToken,
    until: Until,
) -> Result<usize, EngineError> {
    let lease = Lease::take(&parts.db, parts.settings.lease).await?;
    let running = Arc::new(Running {
        lease: lease.clone(),
        progressed: Notify::new(),
        stop: stop.clone(),
        until,
        lanes: TaskTracker::new(),
        unwritten: AtomicUsize::new(0),
        done: AtomicUsize::new(0),
        gave_back: AtomicBool::new(false),
        health: Mutex::default(),
        parts,
    });
    // The lease is kept until the last outcome is written, which is after `stop`.
    let finished = CancellationToken::new();
    let keeper = tokio::spawn(lease.clone().keep(running.parts.db.clone(), finished.clone()));
    let mut schedule = Schedule::new(running.parts.settings.claim);
    let worked = work(&running, &mut schedule).await;
    wind_down(&running, &schedule).await;
    finished.cancel();
    let _kept = keeper.await;
    let left = leave(&running).await;
    let done = worked?;
    left?;
    if lease.is_lost() && !stop.is_cancelled() {
        return Err(EngineError::LeaseLost);
    }
    Ok(done + running.done.load(Ordering::Relaxed))
}

/// Schedules until it is time to end. Returns how much was done beside sending.
async fn work(running: &Arc<Running>, schedule: &mut Schedule) -> Result<usize, EngineError> {
    let mut woken = running.parts.wake.listen(QUEUE_CHANNEL);
    let mut upkeep = Upkeep {
        refresh_at: Instant::now(),
        recover_at: Instant::now(),
        done: 0,
    };
    while !running.stop.is_cancelled() && !running.lease.is_lost() {
        match step(running, schedule, &mut upkeep).await {
            Ok(Step::Again) => continue,
            Ok(Step::Wait) => {}
            Ok(Step::Settled) => break,
            Err(error) if running.until == Until::Idle => return Err(error),
            // A database that is away comes back; what was claimed stays ours meanwhile.
            Err(error) => warn!(%error, "the engine could not look for messages"),
        }
        tokio::select! {
            () = running.stop.cancelled() => {}
            () = running.lease.ended.cancelled() => {}
            () = running.progressed.notified() => {}
            _signalled = woken.wait(REFRESH) => {
                schedule.wake_all();
                upkeep.refresh_at = Instant::now();
            }
        }
    }
    Ok(upkeep.done)
}

struct Upkeep {
    refresh_at: Instant,
    recover_at: Instant,
    done: usize,
}

enum Step {
    Again,
    Wait,
    Settled,
}

async fn step(
    running: &Arc<Running>,
    schedule: &mut Schedule,
    upkeep: &mut Upkeep,
) -> Result<Step, EngineError> {
    let now = Instant::now();
    if now >= upkeep.recover_at {
        upkeep.done += recover::recover(&running.parts, &running.lease).await?;
        upkeep.recover_at = now + running.parts.settings.lease / 4;
    }
    if now >= upkeep.refresh_at {
        refresh(running, schedule).await?;
        upkeep.done += schedule.sweep(running, running.parts.clock.now()).await?;
        upkeep.refresh_at = now + REFRESH;
    }
    if running.gave_back.swap(false, Ordering::AcqRel) {
        schedule.wake_all();
    }
    if running.may_claim() && schedule.turn(running).await? {
        return Ok(Step::Again);
    }
    // In this order: a lane that ends now has given back before it ended.
    let quiet = running.lanes.is_empty() && !running.gave_back.load(Ordering::Acquire);
    if running.until == Until::Idle && quiet && settled(running, schedule).await? {
        return Ok(Step::Settled);
    }
    Ok(Step::Wait)
}

async fn refresh(running: &Arc<Running>, schedule: &mut Schedule) -> Result<(), EngineError> {
    for (outlet, group) in schedule.refresh(running).await? {
        finish::hand_back_group(running, &outlet, &group).await;
    }
    let held: usize = schedule.routes.outlets().map(|outlet| outlet.held()).sum();
    metrics::gauge!("mauntic_delivery_in_flight").set(held as f64);
    Ok(())
}

/// Whether a fresh look finds nothing to do.
async fn settled(running: &Arc<Running>, schedule: &mut Schedule) -> Result<bool, EngineError> {
    if !schedule.is_idle(running.parts.clock.now()) {
        return Ok(false);
    }
    refresh(running, schedule).await?;
    let now = running.parts.clock.now();
    Ok(schedule.sweep(running, now).await? == 0 && schedule.is_idle(now))
}

/// Hands back what waits, and lets lanes end what they are at.
async fn wind_down(running: &Arc<Running>, schedule: &Schedule) {
    for outlet in schedule.routes.outlets() {
        outlet.close();
        for group in outlet.take_all() {
            finish::hand_back_group(running, outlet, &group).await;
        }
    }
    running.lanes.close();
    if tokio::time::timeout(GRACE, running.lanes.wait()).await.is_err() {
        warn!("some messages were still on the wire when the engine had to end");
    }
}

async fn leave(running: &Running) -> Result<(), DbError> {
    let mut tx = running.parts.db.system().await?;
    engines::leave(&mut tx, running.lease.engine).await?;
    tx.commit().await
}
