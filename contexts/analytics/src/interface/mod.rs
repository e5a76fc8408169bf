//! The doors of analytics: the dashboard, the API, the port and the subscribers.

pub mod api;
pub mod events;
pub mod ports;
pub mod web;
