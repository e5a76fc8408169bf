//! Rules of sending. Invariant: pure; no I/O, no clock.

pub mod answer;
pub mod batch_health;
pub mod breaker;
pub mod dkim;
pub mod fairness;
pub mod mail;
pub mod message_state;
pub mod outcome;
pub mod provider;
pub mod retry;
pub mod sending_domain;
pub mod suppression;
pub mod template;
pub mod tracking;
pub mod inbox_mail;
pub mod address_list;
pub mod dns_record;
pub mod held;
pub mod provider_settings;
pub mod provider_test;
pub mod sender_settings;
