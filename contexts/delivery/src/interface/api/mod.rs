//! The API.
pub mod inbox;
pub mod templates;
