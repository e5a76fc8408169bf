//! Where identity keeps things, and the threads that hash passwords.

pub mod password_work;
pub mod pg;
