//! What providers report by calling us: signatures are verified over the bytes that came, and only
//! then is anything read.
//!
//! Each provider has one function, `receive`, which verifies and then reads, so that nobody reads what
//! was not verified. Amazon's is in two steps, [`sns`] and then [`ses`], since a certificate has to be
//! fetched between them.
//!
//! Invariant: pure. Nothing here knows HTTP: headers come as names and values, and whoever answers
//! makes 401 or 400 of [`Refused`].

mod bounce;
mod certificate;
mod event;
mod form;
mod json;
mod keyword;
pub mod mailgun;
pub mod plivo;
mod request;
mod scheme;
pub mod sendgrid;
pub mod ses;
mod signature;
mod sms;
pub mod sns;
pub mod telnyx;
pub mod twilio;
pub mod vonage;

pub use event::{EventKind, OUR_ID, ProviderEvent, Received};
pub use keyword::{Keyword, keyword};
pub use request::{Refused, Request};
pub use scheme::{KeyKind, Scheme};

#[cfg(test)]
mod forging;
#[cfg(test)]
mod hostile_input;
