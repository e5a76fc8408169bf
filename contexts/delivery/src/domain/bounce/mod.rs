//! What comes into the bounce mailbox: bounces, complaints, automatic replies and the mail of people;
//! and which of our messages it is about.
//!
//! Invariant: pure. Everything here was written by strangers: no input may make it panic, and nothing
//! that it says is trusted further than [`Proof`] goes.

mod arrived;
mod automatic;
mod classify;
mod delivery_status;
mod feedback;
mod fields;
mod judgement;
mod notice;
mod notice_phrases;
mod notice_recipients;
mod report;
mod status_code;
mod verp;
mod wording;
mod wording_recipient;
mod wording_sender;

pub use classify::classify;
pub use delivery_status::{Action, RecipientReport};
pub use feedback::{FeedbackReport, FeedbackType};
pub use fields::Fields;
pub use judgement::{Finding, Judgement, MailKind, UNAUTHENTICATED_HOURS, UNAUTHENTICATED_LIMIT, judge};
pub use report::{Arrival, DeliveryReport, Report, Shape};
pub use verp::{Proof, ReturnPath, Trace, UnfitMailbox};
