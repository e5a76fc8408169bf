//! What is done. Each scenario is one file, and says what had to hold and whether it did.

mod clock;
mod control;
mod disk;
mod engines;
mod kills;
mod mail_server;
mod outage;
mod points;
mod poison;
mod provider;
mod self_test;
mod sleep;
mod suppression;
mod webhooks;

use futures::future::LocalBoxFuture;

use crate::{plan::Order, table::Line};

/// Lines of the table, or why there are none.
pub type Report = anyhow::Result<Vec<Line>>;

pub struct Scenario {
    pub name: &'static str,
    pub what: &'static str,
    /// Whether the short form has it.
    pub is_short: bool,
    pub run: fn(Order) -> LocalBoxFuture<'static, Report>,
}

pub const ALL: [Scenario; 14] = [
    Scenario {
        name: "oracle",
        what: "sound evidence is doctored",
        is_short: true,
        run: |order| Box::pin(self_test::run(order)),
    },
    Scenario {
        name: "points",
        what: "SIGKILL at each named point",
        is_short: true,
        run: |order| Box::pin(points::run(order)),
    },
    Scenario {
        name: "sleep",
        what: "SIGSTOP for three leases",
        is_short: true,
        run: |order| Box::pin(sleep::run(order)),
    },
    Scenario {
        name: "outage",
        what: "PostgreSQL is cut off",
        is_short: true,
        run: |order| Box::pin(outage::run(order)),
    },
    Scenario {
        name: "engines",
        what: "two processes on one database",
        is_short: true,
        run: |order| Box::pin(engines::run(order)),
    },
    Scenario {
        name: "provider",
        what: "faults of a provider's API",
        is_short: true,
        run: |order| Box::pin(provider::run(order)),
    },
    Scenario {
        name: "mail-server",
        what: "faults of a mail server",
        is_short: false,
        run: |order| Box::pin(mail_server::run(order)),
    },
    Scenario {
        name: "webhooks",
        what: "reports of a provider, repeated and shuffled",
        is_short: false,
        run: |order| Box::pin(webhooks::run(order)),
    },
    Scenario {
        name: "poison",
        what: "a row that kills or panics",
        is_short: false,
        run: |order| Box::pin(poison::run(order)),
    },
    Scenario {
        name: "suppression",
        what: "suppressions while mail is sent",
        is_short: false,
        run: |order| Box::pin(suppression::run(order)),
    },
    Scenario {
        name: "control",
        what: "pauses and a cancellation at random moments",
        is_short: false,
        run: |order| Box::pin(control::run(order)),
    },
    Scenario {
        name: "clock",
        what: "the clock of one node jumps",
        is_short: false,
        run: |order| Box::pin(clock::run(order)),
    },
    Scenario {
        name: "disk",
        what: "the disk is full",
        is_short: false,
        run: |order| Box::pin(disk::run(order)),
    },
    Scenario {
        name: "kills",
        what: "random SIGKILLs in a large campaign",
        is_short: false,
        run: |order| Box::pin(kills::run(order)),
    },
];

/// What every scenario asserts.
pub const ALL_RULES: &str = "O1 to O8";
