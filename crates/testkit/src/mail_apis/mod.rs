//! Providers of mail inside the test: each speaks its API as it is documented, refuses what the real one
//! refuses, misbehaves where it is told to, and keeps what it took.

mod mailgun;
mod sendgrid;
pub(crate) mod server;
mod ses;
mod sigv4;

pub use mailgun::FakeMailgun;
pub use sendgrid::FakeSendGrid;
pub use server::{ApiMail, FakeApi, Seen};
pub use ses::FakeSes;
