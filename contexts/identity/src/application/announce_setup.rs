//! The link to the first run, for the log.

use contracts::identity::SETUP;
use jiff::SignedDuration;
use platform::DbError;

use super::IdentityDeps;
use crate::domain::token::SecretToken;

/// Links of processes that ended long ago are forgotten.
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Makes a link to the first-run page; `None` once it has happened. Each start makes its own, and all
/// of them are void after the first run.
pub async fn announce_setup(deps: &IdentityDeps) -> Result<Option<String>, DbError> {
    if deps.db.setup_completion().await?.is_some() {
        return Ok(None);
    }
    let now = deps.clock.now();
    let token = SecretToken::generate();
    let mut tx = deps.db.installation().await?;
    tx.delete_setup_tokens_before(now - KEPT).await?;
    tx.insert_setup_token(token.digest(), now).await?;
    tx.commit().await?;
    Ok(Some(format!(
        "{}{}",
        deps.base_url,
        SETUP.with(&[("token", token.reveal())])
    )))
}
