//! Events as other software sends them: read, checked, and taken apart into what is known of a person
//! and what they did.

pub mod body;
pub mod context;
pub mod message;
pub mod shape;
pub mod traits;
pub mod user_agent;
