//! Tests of delivery on real PostgreSQL, against a mail server inside the test.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should end at once")]

mod authoring_app;
mod bounces;
mod conformance;
mod consent;
mod crashes;
mod domains;
mod far_side;
mod inbox;
mod messages;
mod post_office;
mod provider_kinds;
mod providers;
mod push;
mod sending;
mod sms;
mod smtp_session;
mod suppressions;
mod templates;
mod tracking;
mod unsubscribe;
