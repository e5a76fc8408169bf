//! Background work of consent.

use std::time::Duration;

use async_trait::async_trait;
use platform::{JobError, JobHandler, L10n, RunningJob, Tick, i18n::Catalog};

use crate::application::{
    ask_by_mail::{SEND_PRIVACY_LINK, send_privacy_link},
    ask_confirmation::{ASK_CONFIRMATION, ask_confirmation, expire_requests},
    erase_contact::{ERASE_CONTACT, erase_contact},
    privacy_deps::PrivacyDeps,
};

/// Writes the mails of double opt-ins.
pub struct AskConfirmations {
    deps: PrivacyDeps,
    l10n: L10n,
}

impl AskConfirmations {
    pub fn new(deps: &PrivacyDeps) -> Self {
        Self {
            deps: deps.clone(),
            l10n: words(),
        }
    }
}

/// The text of mails. Jobs have no request that says a language.
pub fn words() -> L10n {
    let catalog = Catalog::english(&[("crm", include_str!("../../i18n/consent.en.ftl"))]);
    catalog.expect("the messages are valid").language("en")
}

#[async_trait]
impl JobHandler for AskConfirmations {
    fn kind(&self) -> &'static str {
        ASK_CONFIRMATION
    }
    async fn run(&self, job: &mut RunningJob) -> Result<(), JobError> {
        ask_confirmation(&self.deps, &self.l10n, job).await
    }
}

/// Ends requests that nobody confirmed in time.
pub struct ExpireRequests(pub PrivacyDeps);

#[async_trait]
impl Tick for ExpireRequests {
    fn name(&self) -> &'static str {
        "crm.expire_opt_in_requests"
    }
    fn every(&self) -> Duration {
        Duration::from_secs(60 * 60)
    }
    async fn run(&self) -> anyhow::Result<()> {
        Ok(expire_requests(&self.0).await?)
    }
}

/// Writes the mails that lead to what people asked for.
pub struct SendPrivacyLinks {
    deps: PrivacyDeps,
    l10n: L10n,
}

impl SendPrivacyLinks {
    pub fn new(deps: &PrivacyDeps) -> Self {
        Self {
            deps: deps.clone(),
            l10n: words(),
        }
    }
}

#[async_trait]
impl JobHandler for SendPrivacyLinks {
    fn kind(&self) -> &'static str {
        SEND_PRIVACY_LINK
    }
    async fn run(&self, job: &mut RunningJob) -> Result<(), JobError> {
        send_privacy_link(&self.deps, &self.l10n, job).await
    }
}

/// Erases people.
pub struct EraseContacts(pub PrivacyDeps);

#[async_trait]
impl JobHandler for EraseContacts {
    fn kind(&self) -> &'static str {
        ERASE_CONTACT
    }
    async fn run(&self, job: &mut RunningJob) -> Result<(), JobError> {
        erase_contact(&self.0, job).await
    }
}
