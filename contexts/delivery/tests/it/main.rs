//! Tests of delivery on real PostgreSQL, against a mail server inside the test.

mod smtp_session;
