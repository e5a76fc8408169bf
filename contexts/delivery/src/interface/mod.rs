//! The doors: pages, API, jobs, subscribers, ports.

pub mod api;
pub mod attention;
pub mod authoring;
pub mod events;
pub mod frame;
pub mod inbox_links;
pub mod log_lookups;
pub mod message_words;
pub mod personal_data;
pub mod ports;
pub mod provider_words;
pub mod public;
pub mod settings;
pub mod settings_words;
pub mod template_ports;
pub mod template_words;
pub mod tracking_upkeep;
pub mod upkeep;
pub mod web;
