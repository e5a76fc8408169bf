#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot be set up should end at once"
)]

mod cluster;
mod crash;
mod demo;
mod fight;
mod form;
mod installation;
mod isolation;
mod office;
mod outage;
mod privacy;
mod routes;
mod server;
mod story;
mod up;
