//! The platform on a real database.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should end at once")]

mod jobs;
mod outbox;
mod pools;
mod ticks;
mod web;
