//! How the outside reaches analytics.

pub mod api;
pub mod events;
pub mod ports;
pub mod web;
