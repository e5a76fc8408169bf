//! The doors of campaigns: pages, API, schedules and jobs.

pub mod api;
pub mod attention;
pub mod jobs;
pub mod ticks;
pub mod web;
pub mod words;
