//! The published language of the contexts: API types, public events, port traits and the paths of
//! every route, one module a context.
//!
//! Invariant: pure types and traits. A context knows another one only by what stands here.

pub mod analytics;
pub mod campaign;
pub mod crm;
pub mod delivery;
pub mod event;
pub mod identity;
pub mod page;
pub mod platform;
pub mod port;

pub use event::PublicEvent;
pub use page::ListPage;
pub use port::{PortError, PortResult};
