//! Whose messages are claimed next.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use contracts::delivery::BatchState;
use kernel::{BatchId, MessageId, OrgId, Timestamp};
use platform::DbError;

use super::{
    error::EngineError,
    finish,
    outlet::{Group, Outlet},
    routes::{Route, Routes},
    run::Running,
    sweep,
};
use crate::{
    domain::fairness::{Demand, Rota, Turn},
    infrastructure::pg::{
        batches::{self, Batch},
        queue::{self, Claimed, Want},
    },
};

/// A batch in which nothing was due is looked at again after this.
const REST: Duration = Duration::from_secs(1);

/// What there is to do, and who did how much of it.
pub(super) struct Schedule {
    batches: Vec<Arc<Batch>>,
    pub routes: Routes,
    rota: Rota,
    /// Behind which message the next claim of a batch begins.
    position: HashMap<BatchId, MessageId>,
    /// Batches in which nothing was due when they were looked at.
    resting: HashMap<BatchId, Instant>,
}

impl Schedule {
    pub fn new(claim: usize) -> Self {
        Self {
            batches: Vec::new(),
            routes: Routes::default(),
            rota: Rota::new(claim),
            position: HashMap::new(),
            resting: HashMap::new(),
        }
    }

    /// Reads again what there is to do, and by which ways it leaves. Returns what waited for a way
    /// that is closed now.
    pub async fn refresh(&mut self, running: &Running) -> Result<Vec<(Arc<Outlet>, Group)>, EngineError> {
        let mut tx = running.parts.db.system().await?;
        let live = batches::live(&mut tx).await?;
        tx.commit().await?;
        let mut orgs: Vec<OrgId> = live.iter().map(|batch| batch.org).collect();
        orgs.dedup();
        self.batches = live.into_iter().map(Arc::new).collect();
        let known = |id: &BatchId| self.batches.iter().any(|batch| batch.id == *id);
        self.position.retain(|id, _| known(id));
        self.resting.retain(|id, _| known(id));
        self.routes.refresh(&running.parts, &orgs).await
    }

    /// Forgets that batches had nothing due.
    pub fn wake_all(&mut self) {
        self.resting.clear();
    }

    /// Settles what will never be sent. Returns how much that was.
    pub async fn sweep(&mut self, running: &Running, now: Timestamp) -> Result<usize, DbError> {
        let mut swept = 0;
        for batch in self.batches.clone() {
            let Some(state) = sweep::fate(&batch, now) else {
                continue;
            };
            // A million of them must not keep the others waiting.
            for _ in 0..20 {
                match sweep::sweep(&running.parts, &batch, state).await? {
                    0 => {
                        self.retire(running, &batch).await?;
                        break;
                    }
                    n => swept += n,
                }
            }
        }
        Ok(swept)
    }

    /// Claims for whoever's turn it is and gives it to the lanes. `false` when there is nothing to
    /// claim, or no room for it.
    pub async fn turn(&mut self, running: &Arc<Running>) -> Result<bool, EngineError> {
        let now = running.parts.clock.now();
        let demands = self.demands(now);
        let Some(turn) = self.rota.next(&demands) else {
            return Ok(false);
        };
        let Some(batch) = self.batches.iter().find(|batch| batch.id == turn.batch).cloned() else {
            return Ok(true);
        };
        if !self.look(running, &batch, turn, now).await? {
            self.resting.insert(batch.id, Instant::now());
            self.retire(running, &batch).await?;
        }
        Ok(true)
    }

    /// Whether there is no batch to claim from now.
    pub fn is_idle(&self, now: Timestamp) -> bool {
        self.demands(now).is_empty()
    }

    fn demands(&self, now: Timestamp) -> Vec<Demand> {
        let wants = |batch: &&Arc<Batch>| {
            batch.state == BatchState::Running
                && batch.expires_at > now
                && self
                    .resting
                    .get(&batch.id)
                    .is_none_or(|since| since.elapsed() > REST)
        };
        self.batches
            .iter()
            .filter(wants)
            .filter_map(|batch| {
                let room = self.routes.of(batch.org)?.outlet(batch.channel)?.room();
                Some(Demand {
                    org: batch.org,
                    batch: batch.id,
                    stream: batch.stream,
                    room,
                })
            })
            .collect()
    }

    /// Claims from a batch. `false` when nothing in it is due.
    async fn look(
        &mut self,
        running: &Arc<Running>,
        batch: &Arc<Batch>,
        turn: Turn,
        now: Timestamp,
    ) -> Result<bool, EngineError> {
        let Some(route) = self.routes.of(batch.org).cloned() else {
            return Ok(false);
        };
        let Some(outlet) = route.outlet(batch.channel).cloned() else {
            return Ok(false);
        };
        let want = |after, suspects, limit| Want {
            org: batch.org,
            batch: batch.id,
            channel: batch.channel,
            after,
            limit,
            suspects,
        };
        let after = self.position.get(&batch.id).copied();
        let mut claimed = claim(running, want(after, false, turn.count), now).await?;
        if claimed.1.is_empty() && after.is_some() {
            // From the start again: some were deferred or handed back.
            claimed = claim(running, want(None, false, turn.count), now).await?;
        }
        let (mut suspects, mut size) = (false, outlet.group_size(claimed.1.len()));
        if claimed.1.is_empty() {
            (suspects, size) = (true, 1);
            claimed = claim(running, want(None, true, GROUPS_OF_ONE), now).await?;
        }
        let (claim, rows) = claimed;
        let Some(last) = rows.last().map(|row| row.id) else {
            return Ok(false);
        };
        if !suspects && rows.len() == turn.count {
            self.position.insert(batch.id, last);
        } else {
            self.position.remove(&batch.id);
        }
        let (rows, others) = route.share(&outlet, batch.channel, rows);
        let taken = !rows.is_empty();
        dispatch(running, &outlet, batch, &route, claim, rows, size);
        let alone = suspects.then_some(1);
        let others = self.dispatch_others(running, batch, &route, (claim, alone), others);
        Ok(others.await || taken)
    }

    /// Tokens of another push service go over an account there; those of a service that the organisation
    /// has no account with wait for one. Returns whether any were taken.
    async fn dispatch_others(
        &self,
        running: &Arc<Running>,
        batch: &Arc<Batch>,
        route: &Arc<Route>,
        (claim, size): (queue::Claim, Option<usize>),
        mut rows: Vec<Claimed>,
    ) -> bool {
        let mut taken = false;
        while let Some(first) = rows.first() {
            let Some(outlet) = route.outlet_for(batch.channel, first).cloned() else {
                break;
            };
            let (theirs, others) = route.share(&outlet, batch.channel, rows);
            let size = size.unwrap_or_else(|| outlet.group_size(theirs.len()));
            dispatch(running, &outlet, batch, route, claim, theirs, size);
            (rows, taken) = (others, true);
        }
        if !rows.is_empty() {
            let ids: Vec<MessageId> = rows.iter().map(|row| row.id).collect();
            let group = Group {
                batch: batch.clone(),
                route: route.clone(),
                claim,
                rows,
            };
            finish::set_aside(running, &group, &ids).await;
        }
        taken
    }

    /// Takes a batch that has nothing in the queue any more off the list.
    async fn retire(&mut self, running: &Running, batch: &Batch) -> Result<(), DbError> {
        let mut tx = running.parts.db.system().await?;
        if batches::rest(&mut tx, batch.org, batch.id).await? {
            self.batches.retain(|other| other.id != batch.id);
        }
        tx.commit().await
    }
}

/// Messages that were with engines that died are sent one by one, so many at a time.
const GROUPS_OF_ONE: usize = 10;

async fn claim(
    running: &Running,
    want: Want,
    now: Timestamp,
) -> Result<(queue::Claim, Vec<Claimed>), DbError> {
    let mut tx = running.parts.db.system().await?;
    let claimed = queue::claim(&mut tx, running.lease.engine, want, now).await?;
    tx.commit().await?;
    Ok(claimed)
}

fn dispatch(
    running: &Arc<Running>,
    outlet: &Arc<Outlet>,
    batch: &Arc<Batch>,
    route: &Arc<Route>,
    claim: queue::Claim,
    rows: Vec<Claimed>,
    size: usize,
) {
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let group = Group {
            batch: batch.clone(),
            route: route.clone(),
            claim,
            rows: rows.by_ref().take(size).collect(),
        };
        if outlet.push(group) {
            running.start_lane(outlet.clone());
        }
    }
}
