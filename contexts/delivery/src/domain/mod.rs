//! Rules of sending. Invariant: pure; no I/O, no clock.

pub mod answer;
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
