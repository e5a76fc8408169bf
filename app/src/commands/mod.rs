//! What the command line can do, one file a verb.

pub mod config;
pub mod demo;
pub mod doctor;
pub mod healthcheck;
pub mod migrate;
pub mod residue;
pub mod serve;
pub mod setup;
pub mod up;
