//! Campaigns on real PostgreSQL, with stand-ins for the contexts around them.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should end at once")]

mod api;
mod channels;
mod control;
mod crash;
mod draft_page;
mod hostile_input;
mod isolation;
mod launch;
mod pages;
mod progress;
mod schedule;
mod story;
mod world;
