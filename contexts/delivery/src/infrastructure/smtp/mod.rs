//! A client for SMTP submission and relaying (RFC 5321) that keeps its connections busy.
//!
//! With PIPELINING a message costs one round trip: its end and the next message's envelope leave
//! in one write. CHUNKING is not used: `DATA` as the last command of a group costs no more round
//! trips than `BDAT`, and only one message at a time can be in doubt when a connection breaks.
//! 8BITMIME and SMTPUTF8 are not needed: messages are written in 7 bits, addresses are ASCII.

mod connect;
mod dialogue;
mod ehlo;
mod reply;
mod session;
mod stuffing;
mod tls;

pub use connect::{Credentials, Endpoint, Timeouts};
pub use session::Session;
pub use tls::{TlsError, config as tls_config, handshake};
