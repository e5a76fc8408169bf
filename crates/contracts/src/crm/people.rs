//! What is known of how contacts came to be as they are: changes.

use kernel::{ChangeId, ContactId, Route1, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

/// Who or what did something: a person, a key of the API, an import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Doer {
    /// Of actors `user`, `api_key` or `system`; of causes `form`, `api`, `import`, `bulk`, `event`,
    /// `merge`, `journey`, `preferences` or `undo`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Which one, where there are several.
    pub id: Option<String>,
}

/// One change of one contact.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ContactChange {
    /// `chg_…`
    #[schema(value_type = String)]
    pub id: ChangeId,
    /// When.
    pub at: Timestamp,
    /// Who made it.
    pub actor: Doer,
    /// By what.
    pub cause: Doer,
    /// The values that changed as they were, by the names of core fields, `attributes.<key>` and `tags`.
    #[schema(value_type = Object)]
    pub before: Map<String, Value>,
    /// The same as they became.
    #[schema(value_type = Object)]
    pub after: Map<String, Value>,
}

/// Which part of a list.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
pub struct PageQuery {
    /// At most so many, up to 200.
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// What was changed of a contact.
pub const API_CONTACT_CHANGES: Route1<ContactId> = Route1::new("/api/v1/contacts/{id}/changes");
