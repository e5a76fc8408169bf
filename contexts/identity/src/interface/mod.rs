//! Doors of identity.
pub mod ports;
