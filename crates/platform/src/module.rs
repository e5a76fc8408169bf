//! The one value that a context hands to the program.

use std::sync::Arc;

use async_trait::async_trait;
use contracts::{analytics::Attention, identity::Readiness};
use kernel::{Clock, Permission};
use tokio_util::sync::CancellationToken;

use crate::{
    Config, Cursor, Db, JobHandler, Keys, Objects, Secrets, Subscriber, Tick, Wake, egress::Egress,
    web::Routes,
};

/// What the program gives every context.
#[derive(Clone, Debug)]
pub struct Deps {
    /// The database.
    pub db: Db,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The configuration.
    pub config: Arc<Config>,
    /// Secrets at rest.
    pub secrets: Secrets,
    /// Keys for tokens.
    pub keys: Keys,
    /// Cursors of lists.
    pub cursors: Cursor,
    /// Uploaded files.
    pub objects: Objects,
    /// The way out over HTTP.
    pub egress: Egress,
    /// Signals between loops of this process.
    pub wake: Wake,
}

/// An engine that runs as long as the process.
#[async_trait]
pub trait Worker: Send + Sync + 'static {
    /// `delivery.engine`.
    fn name(&self) -> &'static str;
    /// Works until told to stop, then finishes or hands back what it holds.
    async fn run(&self, stop: CancellationToken) -> anyhow::Result<()>;
    /// Does what there is to do now, and returns how much that was. Used by tests, which have no
    /// engines running.
    async fn drain(&self) -> anyhow::Result<usize>;
}

/// An entry of the navigation.
#[derive(Clone, Debug)]
pub struct NavItem {
    /// Where among the others; lower comes first. Below 100 the main part, from 100 the settings.
    pub order: u16,
    /// Message key of its label.
    pub label_key: &'static str,
    /// Its picture.
    pub icon: ui_kit::Icon,
    /// Where it leads.
    pub href: String,
    /// Who sees it.
    pub permission: Permission,
    /// The letter behind `g` that leads there.
    pub shortcut: Option<char>,
}

/// Knows hosts at which strangers are served and nobody signs in.
#[async_trait]
pub trait PublicHosts: Send + Sync + 'static {
    /// Whether only public routes answer at this host, in lower case and without a port. A host of
    /// which nothing can be told at the moment is not one.
    async fn is_public_only(&self, host: &str) -> bool;
}

/// What a context consists of, as far as the program is concerned.
#[derive(Default)]
pub struct Module {
    /// The context's name.
    pub name: &'static str,
    /// Pages and fragments, below `/app` and `/ui`; plus public pages such as `/login`.
    pub web: Routes,
    /// The API, below `/api/v1`.
    pub api: Routes,
    /// What anybody may call without a session: tracking, unsubscribing, webhooks.
    pub public: Routes,
    /// Readers of the outbox.
    pub subscribers: Vec<Arc<dyn Subscriber>>,
    /// Kinds of jobs.
    pub jobs: Vec<Arc<dyn JobHandler>>,
    /// Schedules.
    pub ticks: Vec<Arc<dyn Tick>>,
    /// Engines.
    pub workers: Vec<Arc<dyn Worker>>,
    /// English messages in Fluent's format.
    pub messages: &'static str,
    /// Entries of the navigation.
    pub nav: Vec<NavItem>,
    /// What it shows under "what needs you".
    pub attention: Option<Arc<dyn Attention>>,
    /// What it demands before an organisation goes live.
    pub readiness: Option<Arc<dyn Readiness>>,
    /// The hosts at which only public routes answer.
    pub public_hosts: Option<Arc<dyn PublicHosts>>,
}
