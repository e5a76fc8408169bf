//! Which process does what: a table, nothing clever.

use platform::{Module, runtime::Background};

/// A part of the program that can run in a process of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Role {
    /// Pages, API, tracking and unsubscribing.
    Gateway,
    /// Sends.
    DeliveryEngine,
    /// Keeps the roll-ups.
    AnalyticsAggregator,
    /// Everything else: imports, segments, campaigns, schedules.
    Worker,
}

impl Role {
    /// All roles.
    pub const ALL: &'static [Role] = &[
        Role::Gateway,
        Role::DeliveryEngine,
        Role::AnalyticsAggregator,
        Role::Worker,
    ];
}

impl Role {
    /// As on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Role::Gateway => "gateway",
            Role::DeliveryEngine => "delivery-engine",
            Role::AnalyticsAggregator => "analytics-aggregator",
            Role::Worker => "worker",
        }
    }
}

/// Which role runs an engine. What the gateway takes in (opens and clicks) it also writes down.
fn of_worker(name: &str) -> Role {
    match name {
        "delivery.engine" => Role::DeliveryEngine,
        "delivery.tracking" => Role::Gateway,
        _ => Role::Worker,
    }
}

/// Which role runs the rest of a context.
fn of_context(name: &str) -> Role {
    match name {
        "analytics" => Role::AnalyticsAggregator,
        _ => Role::Worker,
    }
}

/// What these roles run of the modules.
pub fn background(modules: &[Module], roles: &[Role]) -> Background {
    let mut background = Background::default();
    for module in modules {
        let workers = module
            .workers
            .iter()
            .filter(|worker| roles.contains(&of_worker(worker.name())));
        background.workers.extend(workers.cloned());
        if roles.contains(&of_context(module.name)) {
            background.subscribers.extend(module.subscribers.iter().cloned());
            background.jobs.extend(module.jobs.iter().cloned());
            background.ticks.extend(module.ticks.iter().cloned());
        }
    }
    background
}
