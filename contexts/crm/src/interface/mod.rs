//! Pages, the API, what other contexts call and tell.

pub mod api;
pub mod web;
