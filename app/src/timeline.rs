//! The migrations of all contexts, in one timeline, embedded when the program was built.

use platform::migrate::Migration;

/// In the order of their names.
pub const TIMELINE: &[Migration] = include!(concat!(env!("OUT_DIR"), "/timeline.rs"));
