//! A way out of the machine: an account, what waits for it, and the lanes that serve it.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use kernel::{OrgId, ProviderId};
use tokio::sync::Notify;

use super::routes::Route;
use crate::{
    application::carrier::Account,
    domain::breaker::Breaker,
    infrastructure::pg::{
        batches::Batch,
        queue::{Claim, Claimed},
    },
};

/// At most so many attempts are committed at once. Together with the lanes that is the window in
/// which a crash leaves outcomes unknown.
pub(super) const GROUP: usize = 50;

/// Messages of one batch and one claim that are sent together.
#[derive(Debug)]
pub(super) struct Group {
    pub batch: Arc<Batch>,
    pub route: Arc<Route>,
    pub claim: Claim,
    pub rows: Vec<Claimed>,
    /// Accounts that have had their day's worth.
    pub tried: Vec<ProviderId>,
}

/// An account with its queue in memory.
pub(super) struct Outlet {
    pub org: OrgId,
    /// `None`: the built-in inbox.
    pub provider: Option<ProviderId>,
    /// What metrics call its kind.
    pub label: &'static str,
    pub account: Box<dyn Account>,
    pub per_second: Option<u32>,
    /// A day's worth.
    pub per_day: Option<u32>,
    connections: usize,
    queue: Mutex<Queue>,
    arrived: Notify,
    breaker: Mutex<Breaker>,
    closed: AtomicBool,
    start: Instant,
}

/// Whose account it is, and how much of it may be used.
#[derive(Clone, Copy, Debug)]
pub(super) struct Use {
    /// `None`: the built-in inbox.
    pub provider: Option<ProviderId>,
    pub label: &'static str,
    pub connections: usize,
    pub per_second: Option<u32>,
    pub per_day: Option<u32>,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Group>,
    /// Messages waiting or with a lane.
    held: usize,
    lanes: usize,
    idle_lanes: usize,
}

impl Outlet {
    pub fn new(org: OrgId, account: Box<dyn Account>, use_of: Use) -> Self {
        Self {
            org,
            provider: use_of.provider,
            label: use_of.label,
            account,
            per_second: use_of.per_second,
            per_day: use_of.per_day,
            connections: use_of.connections,
            queue: Mutex::default(),
            arrived: Notify::new(),
            breaker: Mutex::default(),
            closed: AtomicBool::new(false),
            start: Instant::now(),
        }
    }

    /// How many messages it can take now: as many as keep every lane busy twice over. Nothing while
    /// it is more than half full, so that claims are large.
    pub fn room(&self) -> usize {
        if !self.is_open() {
            return 0;
        }
        let most = 2 * self.connections() * self.group_size(usize::MAX);
        let free = most.saturating_sub(self.queue().held);
        if free * 2 >= most { free } else { 0 }
    }

    /// Whether anything may be tried.
    pub fn is_open(&self) -> bool {
        !self.is_closed() && self.breaker().allows(self.start.elapsed())
    }

    /// How many messages go into a group when so many are there: enough groups for all lanes.
    pub fn group_size(&self, messages: usize) -> usize {
        let most = self.per_second.map_or(GROUP, |n| GROUP.min(n as usize).max(1));
        messages.div_ceil(self.connections()).clamp(5, GROUP).min(most)
    }

    /// Adds a group. Returns whether a lane has to be started for it.
    pub fn push(&self, group: Group) -> bool {
        let connections = self.connections();
        let mut queue = self.queue();
        queue.held += group.rows.len();
        queue.waiting.push_back(group);
        let needed = queue.waiting.len() > queue.idle_lanes && queue.lanes < connections;
        queue.lanes += usize::from(needed);
        drop(queue);
        self.arrived.notify_one();
        needed
    }

    /// The next group for a lane. `None` ends the lane: none came for that long, or the account is
    /// used over fewer connections than before.
    pub async fn next(&self, idle: Duration) -> Option<Group> {
        let deadline = tokio::time::Instant::now() + idle;
        let connections = self.connections();
        {
            let mut queue = self.queue();
            if queue.lanes > connections {
                queue.lanes -= 1;
                return None;
            }
            queue.idle_lanes += 1;
        }
        loop {
            let arrived = self.arrived.notified();
            tokio::pin!(arrived);
            // Registered before looking, so that a group that comes in between is not missed.
            arrived.as_mut().enable();
            if let Some(group) = self.take() {
                return Some(group);
            }
            if self.is_closed() || tokio::time::timeout_at(deadline, arrived).await.is_err() {
                let mut queue = self.queue();
                queue.idle_lanes -= 1;
                let last = queue.waiting.pop_front();
                queue.lanes -= usize::from(last.is_none());
                return last;
            }
        }
    }

    fn take(&self) -> Option<Group> {
        let mut queue = self.queue();
        let group = queue.waiting.pop_front()?;
        queue.idle_lanes -= 1;
        Some(group)
    }

    /// All that waits; to be handed back.
    pub fn take_all(&self) -> Vec<Group> {
        self.queue().waiting.drain(..).collect()
    }

    /// So many messages are no longer held. Returns how many still are.
    pub fn release(&self, messages: usize) -> usize {
        let mut queue = self.queue();
        queue.held -= messages;
        queue.held
    }

    /// How many messages it holds.
    pub fn held(&self) -> usize {
        self.queue().held
    }

    /// Nothing more leaves by it: its settings have changed, or it is gone.
    pub fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.arrived.notify_waiters();
    }

    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// Returns whether a pause ends.
    pub fn succeeded(&self) -> bool {
        self.breaker().succeeded(self.start.elapsed())
    }

    /// Returns whether a pause begins.
    pub fn failed(&self) -> bool {
        self.breaker().failed(self.start.elapsed())
    }

    pub fn slow_down(&self) {
        self.breaker().slow_down(self.start.elapsed());
    }

    fn connections(&self) -> usize {
        let breaker = self.breaker();
        if breaker.is_probing() {
            1
        } else {
            breaker.connections(self.connections, self.start.elapsed())
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().expect("nothing panics while holding it")
    }

    fn breaker(&self) -> MutexGuard<'_, Breaker> {
        self.breaker.lock().expect("nothing panics while holding it")
    }
}
