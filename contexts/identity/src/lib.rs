//! Identity: organisations, the people in them, and how people and programs prove who they are.
//!
//! Other contexts reach it by the ports and events of `contracts::identity`; the platform asks it
//! who stands behind each request.
//!
//! Invariants:
//! - Of passwords, session tokens, set-up tokens and keys only hashes are stored; a secret is shown
//!   once, to the one it is for.
//! - What is asked before an organisation is known (who signs in, whose session, whose key) runs
//!   under the worker role in single statements; everything else sees one organisation only.
//! - Whatever changes who may do what leaves an entry in the audit log, in the same transaction.

mod application;
mod domain;
mod infrastructure;
mod interface;

use std::sync::Arc;

use contracts::identity::{Authenticator, Organizations, Readiness};
use kernel::OrgId;
use platform::{DbError, Deps, Module};
use tokio_util::task::TaskTracker;

use application::{IdentityDeps, announce_setup, recent::Recent, set_up, verify_audit_log};
use infrastructure::{password_work::PasswordWork, pg::IdentityDb};
use interface::{
    events::RecordExports, jobs::ExpireSessions, ports::Ports, readiness::OrganizationReadiness, state, web,
};

pub use application::{
    set_up::{SetUpError, SetUpOutcome},
    verify_audit_log::AuditError,
};
pub use domain::{
    audit::BrokenChain,
    first_run::SetUpRequest,
    problem::{FieldProblem, Problem},
};

/// The context. Its ports come first, since the other contexts are made with them; its module comes
/// last, since it is made with what the others demand before going live.
#[derive(Clone)]
pub struct Identity {
    deps: Arc<IdentityDeps>,
    https: bool,
}

impl Identity {
    /// Over what the program gives every context.
    #[must_use]
    pub fn new(deps: &Deps) -> Self {
        let shared = IdentityDeps {
            db: IdentityDb::new(deps.db.clone()),
            passwords: PasswordWork::new(),
            clock: deps.clock.clone(),
            recent: Recent::default(),
            after_answers: TaskTracker::new(),
            base_url: deps.config.base_url(),
        };
        Self {
            deps: Arc::new(shared),
            https: deps.config.is_https(),
        }
    }

    /// Says who stands behind a request.
    #[must_use]
    pub fn authenticator(&self) -> Arc<dyn Authenticator> {
        Arc::new(Ports(self.deps.clone()))
    }

    /// Reads organisations.
    #[must_use]
    pub fn organizations(&self) -> Arc<dyn Organizations> {
        Arc::new(Ports(self.deps.clone()))
    }

    /// The link to the first-run page, for the log; `None` once somebody has been through it. Called
    /// once at each start of a process that serves pages.
    pub async fn setup_link(&self) -> Result<Option<String>, DbError> {
        announce_setup::announce_setup(&self.deps).await
    }

    /// The first run without a browser: makes the organisation and its owner, or finds those that are
    /// there. Safe to repeat.
    pub async fn set_up(&self, request: &SetUpRequest) -> Result<SetUpOutcome, SetUpError> {
        let first_run = domain::first_run::FirstRun::parse(request).map_err(SetUpError::Invalid)?;
        Ok(set_up::set_up(&self.deps, first_run, None, self.deps.clock.now()).await?)
    }

    /// Checks an organisation's audit log from its beginning, and returns how many entries it has.
    pub async fn verify_audit_log(&self, org: OrgId) -> Result<i64, AuditError> {
        verify_audit_log::verify_audit_log(&self.deps, org).await
    }

    /// Waits for what is written after answers were given: refused sign-ins in the audit log. For a
    /// process that stops.
    pub async fn settle(&self) {
        self.deps.after_answers.close();
        self.deps.after_answers.wait().await;
        self.deps.after_answers.reopen();
    }

    /// Pages, API and schedules. `readiness` is what the other contexts demand before going live.
    #[must_use]
    pub fn module(&self, readiness: Vec<Arc<dyn Readiness>>) -> Module {
        let own: Arc<dyn Readiness> = Arc::new(OrganizationReadiness(self.deps.clone()));
        let state = state::Identity {
            deps: self.deps.clone(),
            readiness: std::iter::once(own).chain(readiness).collect(),
            https: self.https,
        };
        Module {
            name: "identity",
            web: web::routes().with_state(state.clone()),
            api: interface::api::routes().with_state(state),
            ticks: vec![Arc::new(ExpireSessions(self.deps.clone()))],
            subscribers: vec![Arc::new(RecordExports)],
            messages: include_str!("../i18n/en.ftl"),
            nav: web::nav(),
            ..Module::default()
        }
    }
}
