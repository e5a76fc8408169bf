//! The web edge: routes that declare who may call them, the request's context, errors, forms.

mod api;
mod api_docs;
mod assemble;
mod ctx;
mod error;
mod extract;
mod flash;
mod headers;
mod idempotency;
mod named_fields;
mod openapi;
mod origin;
mod page;
mod peer;
mod public_hosts;
mod quota;
mod routes;
mod serve;
mod session;
mod site;
mod tasks;
mod versions;

pub use assemble::{Built, build, module};
pub use ctx::{Actor, Ctx, Visitor};
pub use error::{AppError, FieldError, FieldErrors, WebResult};
pub use extract::{Form, Json, Path, Query, View};
pub use flash::{Redirect, Toast};
pub use openapi::Op;
pub use peer::Peer;
pub use routes::{Access, RouteEntry, Routes, Surface};
pub use serve::{health, serve};
pub use session::{clear_session_cookie, session_cookie};
pub use site::{Site, SiteParts};
