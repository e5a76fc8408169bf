//! Services for push notifications inside the test: each speaks its API as it is documented, refuses what the
//! real one refuses, misbehaves where it is told to, and keeps what it took.

mod apns;
mod fcm;
mod jwt;

pub use apns::FakeApns;
pub use fcm::FakeFcm;
