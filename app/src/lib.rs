//! The program around the contexts: command line, wiring, roles, the private database.
//!
//! Invariant: nothing here decides anything that a context could. [`wiring`] is the only place that
//! knows all of them.

pub mod cli;
pub mod cluster;
mod commands;
pub mod demo;
mod health;
mod metrics_server;
mod process;
mod roles;
mod secret_key;
pub mod timeline;
pub mod wiring;
