//! Whose messages are claimed next.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use contracts::{
    crm::consent::Channel,
    delivery::{Address, BatchState},
};
use kernel::{BatchId, MessageId, OrgId, Timestamp};
use platform::{DbError, failpoint};

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
        queue::{self, Claimed, Suspicion, Want},
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
                let room = self.routes.of(batch.org)?.room(batch.channel)?;
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
        let want = |after, suspicion, limit| Want {
            org: batch.org,
            batch: batch.id,
            channel: batch.channel,
            after,
            limit,
            suspicion,
        };
        let after = self.position.get(&batch.id).copied();
        let mut claimed = claim(running, want(after, Suspicion::None, turn.count), now).await?;
        if claimed.1.is_empty() && after.is_some() {
            // From the start again: some were deferred or handed back.
            claimed = claim(running, want(None, Suspicion::None, turn.count), now).await?;
        }
        let mut suspects = false;
        if claimed.1.is_empty() {
            suspects = true;
            claimed = claim(running, want(None, Suspicion::Some, GROUPS_OF_ONE), now).await?;
        }
        if claimed.1.is_empty() && route.is_at_rest() {
            claimed = claim(running, want(None, Suspicion::Grave, 1), now).await?;
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
        Ok(dispatch(running, batch, &route, claim, rows, suspects).await)
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

/// The domain of addresses that play a part; `.test` is nobody's (RFC 6761).
const SANDBOX: &str = "sandbox.test";
/// Messages with files in memory at once, by each lane: each may have 10 MB.
const LARGE_AT_ONCE: usize = 2;
/// Messages that were with engines that died are sent one by one, so many at a time.
const GROUPS_OF_ONE: usize = 10;

async fn claim(
    running: &Running,
    want: Want,
    now: Timestamp,
) -> Result<(queue::Claim, Vec<Claimed>), DbError> {
    let mut tx = running.parts.db.system().await?;
    let claimed = queue::claim(&mut tx, running.lease.engine, want, now).await?;
    if let Err(error) = tx.commit().await {
        give_up(running, want, &claimed).await;
        return Err(error);
    }
    if !claimed.1.is_empty() {
        failpoint::hit("delivery.after_claim");
    }
    Ok(claimed)
}

/// A commit that broke may have happened. Then the messages would be ours as long as we live, and nobody
/// would send them.
async fn give_up(running: &Running, want: Want, (claim, rows): &(queue::Claim, Vec<Claimed>)) {
    let ids: Vec<MessageId> = rows.iter().map(|row| row.id).collect();
    let back = || async {
        let mut tx = running.parts.db.system().await?;
        queue::hand_back(&mut tx, want.org, want.batch, *claim, &ids).await?;
        tx.commit().await
    };
    running.until_written("a claim of which nobody knows", back).await;
    running.gave_back();
}

/// Gives claimed messages to the ways out that they leave by. Returns whether there may be more to do at
/// once: tokens of a push service that the organisation has no account with wait for one.
async fn dispatch(
    running: &Arc<Running>,
    batch: &Arc<Batch>,
    route: &Arc<Route>,
    claim: queue::Claim,
    rows: Vec<Claimed>,
    suspects: bool,
) -> bool {
    // They exist nowhere, whether or not the organisation's mail leaves the machine.
    let is_sandbox = |to: &Address| to.email().is_some_and(|to| to.domain() == SANDBOX);
    let carries_files = |row: &Claimed| {
        let extras = row.extras.as_ref();
        extras.is_some_and(|extras| !extras.attachments.is_empty())
    };
    let mut shares: Vec<(Arc<Outlet>, bool, Vec<Claimed>)> = Vec::new();
    let mut left = Vec::new();
    for row in rows {
        let outlet = if is_sandbox(&row.to) {
            &route.sandbox
        } else {
            match route.outlet(batch.channel, &row) {
                Some(outlet) => outlet,
                // The last one has just been closed, or there is none for a token.
                None => {
                    left.push(row.id);
                    continue;
                }
            }
        };
        let large = carries_files(&row);
        let mine = |share: &&mut (Arc<Outlet>, bool, Vec<Claimed>)| {
            Arc::ptr_eq(&share.0, outlet) && share.1 == large
        };
        match shares.iter_mut().find(mine) {
            Some((.., rows)) => rows.push(row),
            None => shares.push((outlet.clone(), large, vec![row])),
        }
    }
    let group = |rows| Group {
        batch: batch.clone(),
        route: route.clone(),
        claim,
        rows,
        tried: Vec::new(),
    };
    let taken = !shares.is_empty();
    let waits = !left.is_empty() && batch.channel == Channel::Push;
    if waits {
        finish::set_aside(running, &group(Vec::new()), &left).await;
    } else {
        finish::hand_back(running, &group(Vec::new()), &left).await;
    }
    for (outlet, large, rows) in shares {
        let size = match (suspects, large) {
            (true, _) => 1,
            (false, true) => outlet.group_size(rows.len()).min(LARGE_AT_ONCE),
            (false, false) => outlet.group_size(rows.len()),
        };
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() {
            if outlet.push(group(rows.by_ref().take(size).collect())) {
                running.start_lane(outlet.clone());
            }
        }
    }
    taken || !waits
}
