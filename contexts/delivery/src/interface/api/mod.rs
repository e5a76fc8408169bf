//! The API.
pub mod domains;
pub mod inbox;
pub mod messages;
pub mod providers;
pub mod sending;
pub mod suppressions;
pub mod templates;
