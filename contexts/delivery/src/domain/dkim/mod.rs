//! DKIM (RFC 6376, RFC 8463): keys, the record to publish, and signatures. Relaxed/relaxed,
//! because relays do alter white space.

mod canonical;
mod key;
mod sign;

pub use key::{DkimAlgorithm, DkimKey, GeneratedKey, InvalidDkimKey, is_selector};
pub use sign::sign_with_all;
