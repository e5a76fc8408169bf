//! A client for the part of IMAP (RFC 3501) that a bounce mailbox needs: sign in, open a folder, read
//! new mails, and mark, move or delete them.
//!
//! Own and small rather than a general one, so that every size is bounded here: whoever may set a
//! mailbox up may also point us at a server that never stops talking.

mod connection;
mod folder_name;
mod response;
mod session;

pub use session::{Selected, Server, Session};
