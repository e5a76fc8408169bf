//! What facts add up to.

pub mod fold;
pub mod period;
