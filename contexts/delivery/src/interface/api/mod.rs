//! The API.
pub mod inbox;
pub mod templates;
pub mod domains;
pub mod messages;
pub mod providers;
pub mod suppressions;
