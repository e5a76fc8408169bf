//! A new key of the API.

use contracts::identity::SendingMode;
use kernel::{ApiKeyId, Timestamp};
use platform::DbError;

use super::{By, IdentityDeps};
use crate::{
    domain::{
        api_key::{KeyToken, Scopes},
        audit::{Act, Action, Actor, Facts},
        names::Name,
    },
    infrastructure::pg::NewKey,
};

/// A key as it is asked for.
#[derive(Debug, Clone)]
pub struct KeyRequest {
    /// What people call it.
    pub name: Name,
    /// What it may do.
    pub scopes: Scopes,
    /// The mode it is for.
    pub mode: SendingMode,
    /// When it stops being good.
    pub expires_at: Option<Timestamp>,
}

/// Makes a key. The token is returned here and never again.
pub async fn create_api_key(
    deps: &IdentityDeps,
    by: By,
    request: &KeyRequest,
) -> Result<(ApiKeyId, KeyToken), DbError> {
    let id = ApiKeyId::generate();
    let token = KeyToken::generate(request.mode);
    let key = NewKey {
        id,
        name: &request.name,
        prefix: token.prefix(),
        token: token.digest(),
        mode: request.mode,
        scopes: &request.scopes,
        created_by: match by.actor {
            Actor::User(user) => Some(user),
            Actor::ApiKey(_) | Actor::System => None,
        },
        expires_at: request.expires_at,
    };
    let after = Facts::none()
        .with("name", request.name.as_str())
        .with("scopes", request.scopes.words().join(" "))
        .with(
            "expires_at",
            request.expires_at.map_or("never".to_owned(), |at| at.to_string()),
        );
    let mut tx = deps.db.tenant(by.org).await?;
    tx.insert_api_key(by.org, &key, by.now).await?;
    tx.append_audit(
        by.org,
        Act {
            after,
            ..by.act(Action::ApiKeyCreated, id)
        },
    )
    .await?;
    tx.commit().await?;
    Ok((id, token))
}
