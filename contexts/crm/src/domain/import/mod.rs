//! Importing contacts from CSV: everything that needs no file, network or database.
//!
//! Bytes come in ([`encoding`]), are looked at ([`dialect`]), cut into records ([`records`]), read
//! into changes ([`row`]) by a mapping that was guessed ([`guess`]) and confirmed ([`mapping`]) and with
//! what words stand for ([`directory`]), come
//! together in [`chunk`]s, and meet the contacts that exist ([`plan`]) and
//! what these people said ([`wishes`]). Every fault has a
//! [`reject::Reason`].

pub mod chunk;
pub mod companies;
pub mod dialect;
pub mod directory;
pub mod dry_run;
pub mod encoding;
pub mod guess;
pub mod mapping;
pub mod plan;
pub mod reader;
pub mod record_row;
pub mod record_shape;
pub mod records;
pub mod reject;
pub mod row;
pub mod state;
pub mod template;
pub mod wishes;
