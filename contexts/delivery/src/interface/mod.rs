//! The doors: pages, API, jobs, subscribers, ports.

pub mod api;
pub mod web;
