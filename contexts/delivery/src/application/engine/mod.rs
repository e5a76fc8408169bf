//! The delivery engine: claims messages fairly, prepares them, hands them over, and writes down what
//! became of them.
//!
//! ```text
//! schedule --claim--> outlet (one an account) --group of 50--> lane (one a connection):
//!     prepare, begin attempts (commit), carry, finish (commit)
//! ```
//!
//! Invariants: no byte of a message leaves before its attempt is committed; no transaction is open
//! over the network; whoever has lost the lease begins nothing and writes nothing.

mod consent;
mod core;
mod deliver;
mod error;
mod finish;
mod lease;
mod limits;
mod outlet;
mod prepare;
mod recover;
mod repeat;
mod routes;
mod run;
mod schedule;
mod sweep;

pub use self::{
    core::{Engine, EngineParts, EngineSettings},
    error::EngineError,
};
