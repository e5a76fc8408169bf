//! Tests of delivery on real PostgreSQL, against a mail server inside the test.

mod smtp_session;
mod authoring_app;
mod inbox;
mod templates;
mod tracking;
mod unsubscribe;
