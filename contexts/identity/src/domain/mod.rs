//! The rules of identity: what a password, a session, a key and a name may be, when they stop
//! being good, and what the audit log says. Pure: no store, no clock, no web.

pub mod api_key;
pub mod audit;
pub mod browser;
pub mod first_run;
pub mod local_path;
pub mod login_throttle;
pub mod names;
pub mod organization;
pub mod password;
pub mod problem;
pub mod session;
pub mod setup_access;
pub mod time_zones;
pub mod token;
