//! Tests of delivery on real PostgreSQL, against a mail server inside the test.

mod smtp_session;
mod authoring_app;
mod inbox;
mod templates;
mod tracking;
mod unsubscribe;
mod post_office;
mod sending;
mod crashes;
mod providers;
mod domains;
mod suppressions;
mod messages;
