//! Tests of delivery on real PostgreSQL, against a mail server inside the test.

mod authoring_app;
mod crashes;
mod domains;
mod inbox;
mod messages;
mod post_office;
mod providers;
mod sending;
mod smtp_session;
mod suppressions;
mod templates;
mod tracking;
mod unsubscribe;
