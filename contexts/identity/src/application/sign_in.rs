//! Signing in with an address and a password.

use kernel::{EmailAddress, OrgId, SessionId, Timestamp, UserId};
use platform::DbError;
use tracing::{error, info};

use super::{
    By, Client, IdentityDeps,
    admit_attempt::{NotAdmitted, admit_attempt},
};
use crate::{
    domain::{
        audit::{Act, Action, Actor, Facts},
        login_throttle::{Wait, account_key},
        password::PasswordHash,
        token::SecretToken,
    },
    infrastructure::pg::{Credentials, IdentityTx, NewSession},
};

/// Why nobody is signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// Too many attempts.
    #[error(transparent)]
    Wait(Wait),
    /// No such account, or not its password. Which of the two is nobody's business.
    #[error("the address or the password is wrong")]
    Wrong,
    /// The store failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<NotAdmitted> for SignInError {
    fn from(error: NotAdmitted) -> Self {
        match error {
            NotAdmitted::Wait(wait) => Self::Wait(wait),
            NotAdmitted::Db(error) => Self::Db(error),
        }
    }
}

/// Checks the password and starts a session; the token goes into the cookie.
///
/// An account that does not exist takes the same way: counted, looked up, checked against a hash of
/// the same cost.
pub async fn sign_in(
    deps: &IdentityDeps,
    email: &str,
    password: String,
    client: Client,
    now: Timestamp,
) -> Result<SecretToken, SignInError> {
    let typed = email.trim().to_ascii_lowercase();
    admit_attempt(deps, &typed, client.ip, now).await?;
    let member = find_member(deps, &typed).await?;
    let hash = member
        .as_ref()
        .map_or_else(PasswordHash::decoy, |(person, _)| person.password.clone());
    let matches = deps.passwords.matches(hash, password).await;
    match member {
        Some((person, org)) if matches => {
            let mut tx = deps.db.installation().await?;
            tx.delete_throttle(account_key(&typed)).await?;
            let token = start_session(&mut tx, person.user, org, &client, now).await?;
            tx.commit().await?;
            Ok(token)
        }
        Some((person, org)) => {
            record_refusal(
                deps,
                &person,
                By {
                    org,
                    actor: Actor::System,
                    ip: client.ip,
                    now,
                },
            );
            Err(SignInError::Wrong)
        }
        None => Err(SignInError::Wrong),
    }
}

async fn find_member(deps: &IdentityDeps, typed: &str) -> Result<Option<(Credentials, OrgId)>, DbError> {
    let Ok(email) = EmailAddress::parse(typed) else {
        return Ok(None);
    };
    let person = deps.db.credentials_by_email(&email).await?;
    Ok(person.and_then(|person| person.org.map(|org| (person, org))))
}

/// Starts a session: always a new one, with a new token, so that nobody can be handed one that
/// somebody else knows.
pub async fn start_session(
    tx: &mut IdentityTx,
    user: UserId,
    org: OrgId,
    client: &Client,
    now: Timestamp,
) -> Result<SecretToken, DbError> {
    let token = SecretToken::generate();
    let id = SessionId::generate();
    let user_agent: Option<String> = client
        .user_agent
        .as_ref()
        .map(|text| text.chars().take(400).collect());
    let session = NewSession {
        id,
        token: token.digest(),
        user,
        org,
        ip: client.ip,
        user_agent: user_agent.as_deref(),
    };
    tx.insert_session(&session, now).await?;
    let by = By {
        org,
        actor: Actor::User(user),
        ip: client.ip,
        now,
    };
    tx.append_audit(org, by.act(Action::SessionStarted, id)).await?;
    info!(user.id = %user, session.id = %id, "{user} signed in");
    Ok(token)
}

/// Written after the answer: the time it takes would tell that the account exists.
fn record_refusal(deps: &IdentityDeps, person: &Credentials, by: By) {
    let db = deps.db.clone();
    let act = Act {
        after: Facts::none().with("reason", "wrong password"),
        ..by.act(Action::SessionRefused, person.user)
    };
    deps.after_answers.spawn(async move {
        let written = async {
            let mut tx = db.installation().await?;
            tx.append_audit(by.org, act).await?;
            tx.commit().await
        };
        if let Err(error) = written.await {
            error!(%error, "a refused sign-in could not be written into the audit log");
        }
    });
}
