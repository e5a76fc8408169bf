//! Pages.
pub mod channel_parts;
pub mod domains;
pub mod inbox;
pub mod inbox_message;
pub mod messages;
pub mod providers;
pub mod settings_parts;
pub mod suppressions;
pub mod template_editor;
pub mod template_new;
pub mod template_parts;
pub mod templates;
