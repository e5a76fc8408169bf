//! Writes messages: RFC 5322 and MIME, only as much of it as this program sends.
//!
//! A writer of our own, because a retry must be equal to the first try to the last byte, so that
//! nothing in it may be random, and because no header may ever hold what could end it.

mod attachment;
mod body;
mod compose;
mod custom_header;
mod header;
mod outgoing;

pub use attachment::{Attachment, InvalidAttachment, MOST_BYTES, MOST_FILES};
pub use compose::{Extra, Letter, ListHeaders, compose};
pub use custom_header::{InvalidCustomHeader, MOST_HEADERS, check_custom_header};
pub use header::{InvalidHeader, has_control};
pub use outgoing::OutgoingMail;
