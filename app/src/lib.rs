//! app
pub mod cluster;
