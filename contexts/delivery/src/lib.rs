//! Messages: templates, sending, the built-in inbox, suppression and tracking.
//!
//! Invariant: a message is handed over at most once (marketing) or at least once (transactional),
//! whatever crashes; README.md says how.

pub mod application;
pub mod domain;
pub mod infrastructure;
pub mod interface;
