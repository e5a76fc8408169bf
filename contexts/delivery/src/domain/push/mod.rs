//! Push notifications: how large they may be, and which service a device's token belongs to.
//!
//! Invariant: pure.

mod payload;
mod service;

pub use payload::{LARGEST_PAYLOAD, payload_size};
pub use service::PushService;
