//! Pages, the API, what other contexts call and tell.

mod acting;
pub mod api;
mod assignment;
pub mod audience_ports;
pub mod contact_query;
pub mod errors_csv;
pub mod events;
pub mod jobs;
pub mod ports;
pub mod problem_text;
pub mod record_query;
pub mod segment_engine;
pub mod segment_events;
pub mod web;
