//! Contacts: who people are, what is known of them, and which files they came from.

#[allow(dead_code)]
mod domain;
#[allow(dead_code)]
mod infrastructure;
mod application;
mod interface;
