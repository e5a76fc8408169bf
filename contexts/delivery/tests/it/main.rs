//! Tests of delivery on real PostgreSQL, against a mail server inside the test.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should end at once")]

mod api_messages;
mod authoring_app;
mod bounce_mailbox;
mod bounces;
mod conformance;
mod consent;
mod crashes;
mod dkim_signatures;
mod domain_dns;
mod domain_office;
mod domains;
mod editor;
mod far_side;
mod inbox;
mod key_rotation;
mod limits;
mod messages;
mod post_office;
mod provider_kinds;
mod providers;
mod push;
mod repeats;
mod sending;
mod sms;
mod sms_provider_kinds;
mod smtp_session;
mod suppression_files;
mod suppressions;
mod templates;
mod tracking;
mod tracking_hosts;
mod unsubscribe;
mod webhook_calls;
mod webhooks;
