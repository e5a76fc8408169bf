//! Opens, clicks and unsubscribes: the tokens in the links of a mail, and what a request that comes
//! back is worth.
//!
//! Invariant: pure. A token says all that an answer needs, so that answering touches no database.

mod client;
mod event;
mod signer;

pub use client::{Agent, agent};
pub use event::{Tracked, TrackingEvent, kept_user_agent};
pub use signer::{ClickToken, LinkSigner, OpenToken, UnsubscribeToken, WebViewToken};
