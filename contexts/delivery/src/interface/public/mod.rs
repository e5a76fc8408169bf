//! What mails lead to; whoever holds a link may use it.

pub mod tracking;
pub mod unsubscribe;
pub mod web_view;
pub mod webhooks;
