//! Analytics on a real database.

mod dashboard;
mod rollups;
mod support;
