//! The API.
pub mod domains;
pub mod inbox;
pub mod messages;
pub mod providers;
pub mod suppressions;
pub mod template_checks;
pub mod templates;
