//! Entering what a provider's calls are verified with.

use kernel::{OrgId, ProviderId};
use platform::{DbError, secrets::SecretError};

use super::settings_deps::SettingsDeps;
use crate::{
    domain::{
        provider::ProviderKind,
        webhook::{KeyKind, Scheme},
    },
    infrastructure::pg::{
        providers,
        webhook_accounts::{self, Change, SECRET_PLACE},
    },
};

/// What is to become of the keys of an account.
#[derive(Clone, Default)]
pub struct WebhookDraft {
    /// A public key or a topic; empty takes it away, `None` keeps it.
    pub key: Option<String>,
    /// A secret; empty takes it away, `None` keeps it.
    pub secret: Option<String>,
}

impl std::fmt::Debug for WebhookDraft {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WebhookDraft")
            .field("key", &self.key)
            .field("secret", &self.secret.as_ref().map(|_| "…"))
            .finish()
    }
}

/// Why keys are not stored.
#[derive(Debug, thiserror::Error)]
pub enum WebhookNotSaved {
    /// The account does not exist, or not in this organisation.
    #[error("the account does not exist")]
    NotFound,
    /// It cannot be such a key.
    #[error("the key of an account of {} cannot be that", .0.as_str())]
    Key(ProviderKind),
    /// Accounts of this kind have no such field.
    #[error("accounts of {} do not have this field", .0.as_str())]
    Foreign(ProviderKind, &'static str),
    /// It could not be sealed.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The database did not answer.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Stores them.
pub async fn save_webhook(
    deps: &SettingsDeps,
    org: OrgId,
    id: ProviderId,
    draft: &WebhookDraft,
) -> Result<(), WebhookNotSaved> {
    let mut tx = deps.db.tenant(org).await?;
    let found = providers::find(&mut tx, org, id).await?;
    let kind = found.ok_or(WebhookNotSaved::NotFound)?.config.kind();
    check(kind, draft)?;
    let key = match draft.key.as_deref().map(str::trim) {
        None => Change::Keep,
        Some(key) => Change::Set((!key.is_empty()).then_some(key)),
    };
    let sealed;
    let secret = match draft.secret.as_deref().map(str::trim) {
        None => Change::Keep,
        Some("") => Change::Set(None),
        Some(secret) => {
            sealed = deps
                .secrets
                .seal(&mut tx, org, SECRET_PLACE, secret.as_bytes())
                .await?;
            Change::Set(Some(sealed.as_slice()))
        }
    };
    if !webhook_accounts::set_keys(&mut tx, org, id, key, secret).await? {
        return Err(WebhookNotSaved::NotFound);
    }
    tx.commit().await?;
    Ok(())
}

fn check(kind: ProviderKind, draft: &WebhookDraft) -> Result<(), WebhookNotSaved> {
    let scheme = Scheme::of(kind);
    let given = |value: &Option<String>, fits: fn(KeyKind) -> bool, field| {
        let Some(value) = value.as_deref().map(str::trim) else {
            return Ok(());
        };
        match scheme.filter(|scheme| fits(scheme.key())) {
            None => Err(WebhookNotSaved::Foreign(kind, field)),
            Some(scheme) if !value.is_empty() && !scheme.is_plausible(value) => {
                Err(WebhookNotSaved::Key(kind))
            }
            Some(_) => Ok(()),
        }
    };
    let is_public = |key| matches!(key, KeyKind::TopicArn | KeyKind::PublicKey);
    given(&draft.key, is_public, "webhook_key")?;
    given(&draft.secret, |key| key == KeyKind::Secret, "webhook_secret")
}
