//! Pages.
pub mod bounce_mailboxes;
pub mod channel_parts;
pub mod domains;
pub mod inbox;
pub mod inbox_message;
pub mod limits;
pub mod messages;

pub mod message_reports;
pub mod provider_webhooks;
pub mod providers;
pub mod queue;
pub mod replies;
pub mod settings_parts;
pub mod suppression_files;
pub mod suppressions;
pub mod template_editor;
pub mod template_new;
pub mod template_parts;
pub mod templates;
