//! Trying an account: a real connection, a real message.

use std::time::Duration;

use kernel::{EmailAddress, MessageId, OrgId, ProviderId};
use platform::{DbError, secrets::SecretError};

use super::{
    report_address::report_address,
    sealed_settings::{open_password, open_signing_keys},
    settings_deps::SettingsDeps,
    template_deps::Author,
};
use crate::{
    domain::{
        answer::Phase,
        dkim::{DkimKey, sign_with_all},
        mail::{Extra, InvalidHeader, Letter, OutgoingMail, compose},
        outgoing::{Outgoing, OutgoingText},
        provider_test::TestFailure,
        sending_domain::Sender,
    },
    infrastructure::{
        carriers::{Ways, account_at},
        pg::{
            domains::{self, Domain},
            providers::{self, Provider},
        },
        smtp::Timeouts,
    },
};

/// A person waits for the answer.
pub(super) const PATIENCE: Duration = Duration::from_secs(45);

/// What the message says.
#[derive(Clone, Debug)]
pub struct TestLetter {
    /// Its subject.
    pub subject: String,
    /// Its HTML part.
    pub html: String,
    /// Its text part.
    pub text: String,
    /// The sender's name where no domain says another.
    pub from_name: String,
}

/// What is sent, and to whom.
#[derive(Clone, Copy, Debug)]
pub enum TestMessage<'m> {
    /// By mail.
    Mail {
        /// To this mailbox.
        to: &'m EmailAddress,
        /// This.
        letter: &'m TestLetter,
    },
    /// By text message.
    Text {
        /// To this telephone number, in the form of E.164.
        to: &'m str,
        /// This.
        body: &'m str,
    },
}

/// Why nothing was tried.
#[derive(Debug, thiserror::Error)]
pub enum NotTested {
    /// The account does not exist, or not in this organisation.
    #[error("the account does not exist")]
    NotFound,
    /// The message cannot be written.
    #[error(transparent)]
    Letter(#[from] InvalidHeader),
    /// The stored password or key does not open.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The database did not answer.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Sends one message over an account, whatever mode the organisation is in, and keeps what came of
/// it. `None` when the server took it.
pub async fn test_provider(
    deps: &SettingsDeps,
    author: Author,
    id: ProviderId,
    message: TestMessage<'_>,
) -> Result<Option<TestFailure>, NotTested> {
    let attempt = prepare(deps, author.org, id).await?;
    let message = match message {
        TestMessage::Mail { to, letter } => write(&attempt, author, to, letter)?.into(),
        TestMessage::Text { to, body } => Outgoing::Text(OutgoingText {
            id: MessageId::generate(),
            to: to.to_owned(),
            body: body.to_owned(),
        }),
    };
    let failure = match tokio::time::timeout(PATIENCE, send(deps, &attempt, message)).await {
        Ok(failure) => failure,
        Err(_) => {
            let said = format!("the server did not finish within {} s", PATIENCE.as_secs());
            Some(TestFailure::at(None, &said))
        }
    };
    note(deps, author.org, &attempt.provider, failure.as_ref()).await?;
    Ok(failure)
}

/// All that is needed before anything is sent.
pub(super) struct Attempt {
    pub(super) provider: Provider,
    pub(super) password: Option<String>,
    domain: Option<Domain>,
    keys: Vec<DkimKey>,
}

/// Nothing of the database is held while the server is talked to.
pub(super) async fn prepare(deps: &SettingsDeps, org: OrgId, id: ProviderId) -> Result<Attempt, NotTested> {
    let mut tx = deps.db.tenant(org).await?;
    let provider = providers::find(&mut tx, org, id)
        .await?
        .ok_or(NotTested::NotFound)?;
    let password = open_password(&deps.secrets, &mut tx, &provider).await?;
    let domain = domains::defaults(&mut tx, &[org]).await?.remove(&org);
    let keys = match &domain {
        Some(domain) => open_signing_keys(&deps.secrets, &mut tx, domain).await.0,
        None => Vec::new(),
    };
    tx.commit().await?;
    Ok(Attempt {
        provider,
        password,
        domain,
        keys,
    })
}

/// From the sender of campaigns, signed as they are; before there is one, from the person to
/// themselves, since no server takes mail from nowhere.
fn write(
    attempt: &Attempt,
    author: Author,
    to: &EmailAddress,
    letter: &TestLetter,
) -> Result<OutgoingMail, InvalidHeader> {
    let themselves = || Sender {
        name: letter.from_name.clone(),
        address: to.clone(),
        reply_to: None,
    };
    let sender = attempt
        .domain
        .as_ref()
        .map_or_else(themselves, |domain| domain.sender.clone());
    let id = MessageId::generate();
    let source = compose(&Letter {
        id,
        sender: &sender,
        to,
        date: author.now,
        subject: &letter.subject,
        html: &letter.html,
        text: &letter.text,
        list: None,
        extra: Extra::default(),
    })?;
    Ok(OutgoingMail {
        id,
        from: sender.address.as_str().to_owned(),
        to: to.as_str().to_owned(),
        subject: letter.subject.clone(),
        source: sign_with_all(&attempt.keys, &source, author.now),
    })
}

async fn send(deps: &SettingsDeps, attempt: &Attempt, message: Outgoing) -> Option<TestFailure> {
    let ways = ways(deps, attempt.provider.id);
    let account = match account_at(&attempt.provider.config, attempt.password.clone(), ways) {
        Ok(account) => account,
        Err(error) => return Some(TestFailure::at(Some(Phase::Tls), &error.to_string())),
    };
    let mut carrier = match account.open().await {
        Ok(carrier) => carrier,
        Err(conclusion) => return TestFailure::of(&conclusion),
    };
    let conclusions = carrier.carry(&[message], &|| true).await;
    carrier.close().await;
    conclusions.first().and_then(TestFailure::of)
}

/// With the patience of a person.
pub(super) fn ways(deps: &SettingsDeps, provider: ProviderId) -> Ways {
    let timeouts = Timeouts {
        connect: Duration::from_secs(10),
        command: Duration::from_secs(15),
        data: Duration::from_secs(15),
        block: Duration::from_secs(15),
        acceptance: Duration::from_secs(30),
    };
    Ways {
        egress: deps.egress.clone(),
        clock: deps.clock.clone(),
        timeouts,
        ehlo_name: deps.ehlo_name.clone(),
        reach: deps.reach,
        carriers: 1,
        reports: report_address(&deps.base_url, provider),
    }
}

/// Keeps the result, unless the account was changed meanwhile: then it says nothing about it.
pub(super) async fn note(
    deps: &SettingsDeps,
    org: OrgId,
    tested: &Provider,
    failure: Option<&TestFailure>,
) -> Result<(), DbError> {
    let mut tx = deps.db.tenant(org).await?;
    let now = providers::find(&mut tx, org, tested.id).await?;
    if now.is_some_and(|now| now.updated_at == tested.updated_at) {
        let error = failure.map(ToString::to_string);
        providers::note_test(&mut tx, org, tested.id, error.as_deref()).await?;
    }
    tx.commit().await
}
