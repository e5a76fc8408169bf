//! What all contexts stand on: PostgreSQL and units of work, the outbox and its subscribers, the
//! work queue, schedules, configuration, secrets, the one outgoing HTTP client, and the web edge.
//!
//! Invariant: it knows no context. A context hands it a [`Module`] and is called back through it.

pub mod config;
pub mod db;
pub mod egress;
pub mod erasure;
pub mod failpoint;
pub mod heartbeat;
mod housekeeping;
pub mod i18n;
pub mod jobs;
pub mod keys;
mod machine_clock;
pub mod migrate;
pub mod module;
pub mod objects;
pub mod outbox;
pub mod paging;
pub mod runtime;
pub mod seal;
pub mod secrets;
mod shared_clock;
pub mod subscriber;
pub mod telemetry;
pub mod ticks;
pub mod wake;
pub mod web;

pub use config::Config;
pub use db::{Db, DbError, Tx};
pub use i18n::L10n;
pub use jobs::{JobError, JobHandler, NewJob, RunningJob};
pub use keys::Keys;
pub use machine_clock::machine_clock;
pub use module::{Deps, Module, NavItem, PublicHosts, Worker};
pub use objects::Objects;
pub use outbox::Envelope;
pub use paging::Cursor;
pub use seal::{LinkSeal, Pseudonyms};
pub use secrets::Secrets;
pub use shared_clock::SharedClock;
pub use subscriber::Subscriber;
pub use ticks::Tick;
pub use wake::Wake;
