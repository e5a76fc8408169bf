//! The platform on a real database.

mod jobs;
mod outbox;
mod web;
