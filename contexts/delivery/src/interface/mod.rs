//! The doors: pages, API, jobs, subscribers, ports.

pub mod api;
pub mod web;
pub mod authoring;
pub mod events;
pub mod frame;
pub mod inbox_links;
pub mod public;
pub mod template_ports;
pub mod template_words;
pub mod tracking_upkeep;
pub mod attention;
pub mod ports;
pub mod upkeep;
pub mod message_words;
pub mod settings;
pub mod settings_words;
