//! The API.
pub mod domains;
pub mod inbox;
pub mod messages;
pub mod providers;
pub mod replies;
pub mod suppressions;
pub mod templates;
