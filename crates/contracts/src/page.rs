//! Lists.

use serde::Serialize;
use utoipa::ToSchema;

/// One page of a list. Follow `next_cursor` until `has_more` is false.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ListPage<T> {
    /// The items, in the order asked for.
    pub data: Vec<T>,
    /// Whether there are more after these.
    pub has_more: bool,
    /// Opaque; give it back as `cursor`.
    pub next_cursor: Option<String>,
}
