//! Rules of sending. Invariant: pure; no I/O, no clock.

pub mod address_list;
pub mod answer;
pub mod batch_health;
pub mod bounce;
pub mod breaker;
pub mod dkim;
pub mod dns_record;
pub mod fairness;
pub mod held;
pub mod http_answer;
pub mod inbox_mail;
pub mod mail;
pub mod message_state;
pub mod outcome;
pub mod outgoing;
pub mod postfix_log;
pub mod provider;
pub mod provider_settings;
pub mod provider_test;
pub mod retry;
pub mod sender_settings;
pub mod sending_domain;
pub mod suppression;
pub mod template;
pub mod tracking;
pub mod webhook;
