#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot be set up should end at once"
)]

mod account;
mod api;
mod api_keys;
mod audit;
mod go_live;
mod hostile_input;
mod installation;
mod isolation;
mod organization;
mod setup;
mod sign_in;
