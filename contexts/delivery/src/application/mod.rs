//! One use case a file.
pub mod commit_tracking;
pub mod compiled_templates;
pub mod preview_template;
pub mod read_templates;
pub mod save_template;
pub mod send_template_test;
pub mod template_deps;
pub mod read_inbox;
pub mod show_web_view;
pub mod unsubscribe_contact;
pub mod carrier;
pub mod engine;
pub mod suppress_addresses;
pub mod sealed_settings;
pub mod take_in_messages;
pub mod control_batch;
pub mod resolve_held;
