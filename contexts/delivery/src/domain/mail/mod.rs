//! Writes messages: RFC 5322 and MIME, only as much of it as this program sends.
//!
//! A writer of our own, because a retry must be equal to the first try to the last byte, so that
//! nothing in it may be random, and because no header may ever hold what could end it.

mod body;
mod compose;
mod header;
mod outgoing;

pub use compose::{Letter, ListHeaders, compose};
pub use header::{InvalidHeader, has_control};
pub use outgoing::OutgoingMail;
