//! Campaigns: one mail to an audience.
//!
//! Invariant: a campaign is launched once, and everybody who stood in its audience at that moment is
//! handed over to delivery exactly once, whatever crashes; README.md says how.

mod application;
mod domain;
mod infrastructure;
