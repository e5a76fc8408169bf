//! Identity.

mod application;
mod domain;
mod infrastructure;
mod interface;
