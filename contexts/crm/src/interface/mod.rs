//! Pages, the API, what other contexts call and tell.

mod acting;
pub mod api;
mod assignment;
pub mod audience_ports;
pub mod bulk_words;
pub mod consent_jobs;
pub mod consent_ports;
pub mod consent_words;
pub mod contact_query;
pub mod erasure_events;
pub mod errors_csv;
pub mod event_upkeep;
pub mod event_words;
pub mod events;
pub mod import_access;
pub mod jobs;
pub mod ports;
pub mod preview_ports;
pub mod problem_text;
pub mod public;
pub mod record_query;
pub mod segment_engine;
pub mod segment_events;
pub mod selection_jobs;
pub mod selection_words;
pub mod web;
