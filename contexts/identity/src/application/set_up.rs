//! The first run: the first organisation and its owner.

use std::net::IpAddr;

use contracts::identity::{IdentityEvent, OrganizationProfile, SendingMode};
use kernel::{OrgId, Role, Timestamp, UserId};
use platform::DbError;
use tracing::info;

use super::{By, Client, IdentityDeps, sign_in::start_session};
use crate::{
    domain::{
        audit::{Act, Action, Actor, Facts},
        first_run::FirstRun,
        problem::FieldProblem,
        token::{Digest, SecretToken},
    },
    infrastructure::pg::NewPerson,
};

/// How the first run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetUpOutcome {
    /// It made this organisation and its owner.
    Completed {
        /// The organisation.
        org: OrgId,
        /// Its owner.
        user: UserId,
    },
    /// It had happened before, and made these; nothing was changed.
    AlreadyCompleted {
        /// The organisation.
        org: OrgId,
        /// Its owner.
        user: UserId,
    },
}

/// Why the first run did not end.
#[derive(Debug, thiserror::Error)]
pub enum SetUpError {
    /// Fields are wrong.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Invalid(Vec<FieldProblem>),
    /// The store failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Makes the first organisation with its owner. Safe to repeat: the second time finds the first.
pub async fn set_up(
    deps: &IdentityDeps,
    first_run: FirstRun,
    ip: Option<IpAddr>,
    now: Timestamp,
) -> Result<SetUpOutcome, DbError> {
    if let Some((org, user)) = deps.db.setup_completion().await? {
        return Ok(SetUpOutcome::AlreadyCompleted { org, user });
    }
    let FirstRun {
        organization,
        timezone,
        name,
        email,
        password,
    } = first_run;
    let password = deps.passwords.hash(password).await;
    let profile = OrganizationProfile {
        id: OrgId::generate(),
        name: organization.into_string(),
        mode: SendingMode::Test,
        timezone: timezone.as_str().to_owned(),
        postal_address: String::new(),
    };
    let (org, user) = (profile.id, UserId::generate());
    let owner = NewPerson {
        id: user,
        email: &email,
        name: &name,
        password: &password,
        org,
        role: Role::Owner,
    };

    let mut tx = deps.db.installation().await?;
    // Of two who submit at the same moment, the second one waits here and finds it done.
    if let Some((org, user)) = tx.lock_setup().await? {
        return Ok(SetUpOutcome::AlreadyCompleted { org, user });
    }
    tx.insert_organization(&profile, now).await?;
    tx.insert_person(&owner, now).await?;
    tx.complete_setup(org, user, now).await?;
    tx.publish(
        org,
        &IdentityEvent::OrganizationCreated {
            profile: profile.clone(),
        },
    )
    .await?;
    let by = By {
        org,
        actor: Actor::System,
        ip,
        now,
    };
    let created = Facts::none()
        .with("name", &profile.name)
        .with("timezone", &profile.timezone);
    tx.append_audit(
        org,
        Act {
            after: created,
            ..by.act(Action::OrganizationCreated, org)
        },
    )
    .await?;
    let joined = Facts::none()
        .with_personal("email")
        .with("role", owner.role.as_str());
    tx.append_audit(
        org,
        Act {
            after: joined,
            ..by.act(Action::MemberAdded, user)
        },
    )
    .await?;
    tx.commit().await?;
    info!(org.id = %org, user.id = %user, "set up {org} with its owner {user}");
    Ok(SetUpOutcome::Completed { org, user })
}

/// Whether the first run is still to come. Once it has happened it never is again, so from then on
/// nobody asks the database.
pub async fn needs_setup(deps: &IdentityDeps) -> Result<bool, DbError> {
    if deps.recent.is_set_up() {
        return Ok(false);
    }
    let needed = deps.db.setup_completion().await?.is_none();
    if !needed {
        deps.recent.remember_set_up();
    }
    Ok(needed)
}

/// Whether a token is one of those printed in the log.
pub async fn accepts_token(deps: &IdentityDeps, token: &str) -> Result<bool, DbError> {
    Ok(SecretToken::has_form(token) && deps.db.knows_setup_token(Digest::of(token)).await?)
}

/// Signs the owner in who has just set everything up.
pub async fn sign_owner_in(
    deps: &IdentityDeps,
    org: OrgId,
    user: UserId,
    client: &Client,
    now: Timestamp,
) -> Result<SecretToken, DbError> {
    let mut tx = deps.db.installation().await?;
    let token = start_session(&mut tx, user, org, client, now).await?;
    tx.commit().await?;
    Ok(token)
}
