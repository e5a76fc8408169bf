//! The published reliability suite: the real program, its real PostgreSQL and fakes that keep a ledger on
//! disk, under faults of all kinds; and an oracle that looks at everything afterwards.
//!
//! The short form is a test like any other. The long form is `bin/chaos`, which prints a table of what was
//! done, what had to hold, and whether it did. All that is left to chance hangs on a seed, which is printed:
//! `--seed N` lets the same fall again.
//!
//! Runs without the usual harness, since the same scenarios are tests of `cargo nextest` and of `cargo
//! test` on the one hand, and a program with options on the other.
#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot be set up should end at once"
)]

mod chance;
mod doctored;
mod evidence;
mod harness;
mod nemesis;
mod oracle;
mod plan;
mod scenarios;
#[path = "../it/server.rs"]
mod server;
mod stage;
mod table;
mod world;

use std::process::ExitCode;

use plan::Plan;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some(first) = arguments.first() else {
        return harness::test(&arguments);
    };
    if first != "run" {
        return harness::test(&arguments);
    }
    match Plan::parse(&arguments[1..]) {
        Ok(plan) => harness::run(&plan),
        Err(error) => {
            eprintln!("chaos: {error:#}\n\n{}", plan::USAGE);
            ExitCode::from(2)
        }
    }
}
