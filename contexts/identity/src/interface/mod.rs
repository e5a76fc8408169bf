//! The doors of identity: pages, API, ports and schedules.

pub mod api;
pub mod events;
pub mod jobs;
pub mod ports;
pub mod problem_text;
pub mod readiness;
pub mod state;
pub mod web;
