//! From test mode to live sending, and back.

use std::sync::Arc;

use contracts::{
    PortError,
    identity::{IdentityEvent, OrganizationProfile, Readiness, ReadinessItem, SendingMode},
};
use kernel::{OrgId, Timestamp};
use platform::DbError;

use super::{By, IdentityDeps};
use crate::{
    domain::{
        audit::{Act, Action, Facts},
        organization::{ModeRefusal, go_live as decide_to_go_live, return_to_test as decide_to_return},
    },
    infrastructure::pg::IdentityTx,
};

/// Why the mode stays as it is.
#[derive(Debug, thiserror::Error)]
pub enum GoLiveError {
    /// The rules refuse.
    #[error(transparent)]
    Refused(#[from] ModeRefusal),
    /// There is no such organisation.
    #[error("no such organisation")]
    NotFound,
    /// Another context could not say what it demands.
    #[error(transparent)]
    Port(#[from] PortError),
    /// The store failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Everything that is checked before an organisation goes live, required things first.
pub async fn collect_readiness(
    readiness: &[Arc<dyn Readiness>],
    org: OrgId,
) -> Result<Vec<ReadinessItem>, PortError> {
    let answers = futures::future::try_join_all(readiness.iter().map(|port| port.readiness(org))).await?;
    let mut items: Vec<ReadinessItem> = answers.into_iter().flatten().collect();
    items.sort_by_key(|item| !item.required);
    Ok(items)
}

/// How many keys stop working when the organisation goes live.
pub async fn count_keys_that_would_stop(
    deps: &IdentityDeps,
    org: OrgId,
    now: Timestamp,
) -> Result<i64, DbError> {
    let mut tx = deps.db.tenant(org).await?;
    tx.count_good_test_keys(org, now).await
}

/// Takes the organisation live.
pub async fn go_live(
    deps: &IdentityDeps,
    by: By,
    readiness: &[Arc<dyn Readiness>],
    typed: &str,
) -> Result<(), GoLiveError> {
    // Asked before our own unit of work begins: the others open theirs to answer.
    let items = collect_readiness(readiness, by.org).await?;
    let mut tx = deps.db.tenant(by.org).await?;
    let before = tx.lock_profile(by.org).await?.ok_or(GoLiveError::NotFound)?;
    let mode = decide_to_go_live(&before, &items, typed)?;
    change_mode(&mut tx, by, before, mode, Action::OrganizationWentLive).await?;
    tx.commit().await?;
    deps.recent.forget();
    Ok(())
}

/// Takes the organisation back into test mode.
pub async fn return_to_test(deps: &IdentityDeps, by: By) -> Result<(), GoLiveError> {
    let mut tx = deps.db.tenant(by.org).await?;
    let before = tx.lock_profile(by.org).await?.ok_or(GoLiveError::NotFound)?;
    let mode = decide_to_return(&before)?;
    change_mode(&mut tx, by, before, mode, Action::OrganizationReturnedToTest).await?;
    tx.commit().await?;
    deps.recent.forget();
    Ok(())
}

async fn change_mode(
    tx: &mut IdentityTx,
    by: By,
    before: OrganizationProfile,
    mode: SendingMode,
    action: Action,
) -> Result<(), DbError> {
    let fact = |mode: SendingMode| Facts::none().with("mode", mode.as_str());
    let act = Act {
        before: fact(before.mode),
        after: fact(mode),
        ..by.act(action, by.org)
    };
    let after = OrganizationProfile { mode, ..before };
    tx.save_profile(&after, by.now).await?;
    tx.publish(by.org, &IdentityEvent::OrganizationChanged { profile: after })
        .await?;
    tx.append_audit(by.org, act).await
}
