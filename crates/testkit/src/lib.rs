//! What tests are made with: a database of their own, the program around it, people who act, and
//! faithful stand-ins for the outside world.
//!
//! Invariant: only ever a dev-dependency.
#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot be set up should end at once"
)]

mod app;
mod client;
mod database;
pub mod dns_server;
mod fakes;
pub mod imap_server;
pub mod mail_apis;
pub mod push_apis;
pub mod running;
pub mod scenario;
pub mod sms_apis;
pub mod smtp_sink;

pub use app::TestApp;
pub use client::{Client, TestResponse};
pub use database::TestDatabase;
pub use fakes::{FakeAuthenticator, FakeConsents, FakeOrganizations};
pub use running::{How, Node, RunningProgram};
