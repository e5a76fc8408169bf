//! The doors: pages, API, jobs, subscribers, ports.

pub mod api;
pub mod attention;
pub mod authoring;
pub mod bounce_poller;
pub mod bounce_words;
pub mod bounces;
pub mod events;
pub mod frame;
pub mod inbox_links;
pub mod message_words;
pub mod personal_data;
pub mod ports;
pub mod provider_words;
pub mod public;
pub mod report_upkeep;
pub mod reporting;
pub mod settings;
pub mod settings_words;
pub mod suppression_downloads;
pub mod suppression_import_jobs;
pub mod template_ports;
pub mod template_words;
pub mod tracking_upkeep;
pub mod upkeep;
pub mod web;
pub mod webhook_words;
