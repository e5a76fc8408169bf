//! One running process: its database, its roles, its end.

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use kernel::Clock;
use platform::{
    Config, Cursor, Db, Deps, Objects, Secrets, SharedClock, Wake,
    db::PoolSizes,
    egress::{Egress, Reach},
    heartbeat, machine_clock, migrate, web,
};
use tokio::{
    net::TcpListener,
    signal::unix::{Signal, SignalKind, signal},
    task::JoinSet,
    time::timeout,
};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::{
    cluster::Cluster,
    health, metrics_server,
    roles::{self, Role},
    secret_key,
    timeline::TIMELINE,
    wiring::{self, Wired},
};

/// How long work under way may take to end.
const GRACE: Duration = Duration::from_secs(30);

/// The database that the configuration names, or the private one.
pub enum Database {
    /// Somebody else runs it.
    Given(String),
    /// We run it.
    Private(Cluster),
}

impl Database {
    /// For the program itself.
    pub async fn start(config: &Config) -> anyhow::Result<Self> {
        match &config.database_url {
            Some(url) => Ok(Self::Given(url.clone())),
            None => Ok(Self::Private(Cluster::start(&config.data_dir).await?)),
        }
    }

    /// For commands that may be given beside the running program.
    pub async fn join(config: &Config) -> anyhow::Result<Self> {
        match &config.database_url {
            Some(url) => Ok(Self::Given(url.clone())),
            None => Ok(Self::Private(Cluster::join_or_start(&config.data_dir).await?)),
        }
    }

    /// Where it is.
    pub fn url(&self) -> &str {
        match self {
            Database::Given(url) => url,
            Database::Private(cluster) => cluster.url(),
        }
    }

    /// Ends it, if it is ours.
    pub async fn stop(self) -> anyhow::Result<()> {
        match self {
            Database::Given(_) => Ok(()),
            Database::Private(cluster) => cluster.stop().await,
        }
    }
}

/// What contexts are given, for a migrated database.
pub fn deps(config: Config, database_url: &str) -> anyhow::Result<Deps> {
    deps_by(machine_clock(), config, database_url)
}

/// The same, by another clock.
pub fn deps_by(clock: Arc<dyn Clock>, config: Config, database_url: &str) -> anyhow::Result<Deps> {
    let keys = secret_key::load(&config)?;
    let wake = Wake::default();
    let sizes = PoolSizes {
        serve: config.database.serve_connections,
        work: config.database.work_connections,
    };
    let reach = if config.egress.allow_private_networks {
        Reach::Anywhere
    } else {
        Reach::Public
    };
    Ok(Deps {
        db: Db::connect(database_url, sizes, clock.clone(), wake.clone())?,
        clock,
        secrets: Secrets::new(&keys),
        cursors: Cursor::new(&keys),
        keys,
        objects: Objects::new(config.data_dir.join("objects")),
        egress: Egress::new(reach)?,
        wake,
        config: Arc::new(config),
    })
}

/// What tells the program to end. It listens before the database is started: by default a signal kills
/// the program, and one that came in between would leave the database running.
pub struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    /// Listens from now on.
    pub fn listen() -> anyhow::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Waits for SIGINT (Ctrl-C) or SIGTERM.
    pub async fn received(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// A process that serves and works.
pub struct Process {
    deps: Deps,
    identity: identity::Identity,
    tasks: JoinSet<()>,
    stop: CancellationToken,
    url: String,
}

impl Process {
    /// Migrates, then starts the roles.
    pub async fn start(mut config: Config, database_url: &str, roles: &[Role]) -> anyhow::Result<Self> {
        let applied = migrate::migrate(database_url, TIMELINE)
            .await
            .context("the database could not be migrated")?;
        if !applied.is_empty() {
            info!(count = applied.len(), "applied {} migrations", applied.len());
        }
        let stop = CancellationToken::new();
        let mut tasks = JoinSet::new();
        let listener = match roles.contains(&Role::Gateway) {
            true => Some(listen(&mut config).await?),
            false => None,
        };
        let trust_proxy = config.web.trust_proxy;
        let metrics = config.metrics.listen;
        let url = config.base_url();
        let clock = Arc::new(SharedClock::new(machine_clock()));
        let deps = deps_by(clock.clone(), config, database_url)?;
        // Before anything asks what time it is.
        clock.ask(&deps.db).await?;
        tasks.spawn(clock.follow(deps.db.clone(), stop.clone()));
        if let Some(listen) = metrics {
            metrics_server::start(listen, deps.db.clone(), stop.clone()).await?;
        }
        let Wired { identity, modules } = wiring::wire(&deps);
        let background = roles::background(&modules, roles);
        let built = web::build(deps.clone(), identity.authenticator(), modules)?;
        if let Some(listener) = listener {
            let router = built.router.merge(health::routes(deps.db.clone(), stop.clone()));
            tasks.spawn(web::serve(listener, router, trust_proxy, stop.clone()));
        }
        let names = roles.iter().map(|role| role.name().to_owned()).collect();
        tasks.spawn(heartbeat::beat(deps.db.clone(), names, stop.clone()));
        let mut running = background.start(&deps, &stop);
        tasks.spawn(async move { while running.join_next().await.is_some() {} });
        Ok(Self {
            deps,
            identity,
            tasks,
            stop,
            url,
        })
    }

    /// Where people reach it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The link to the first-run page, until it has happened.
    pub async fn setup_link(&self) -> anyhow::Result<Option<String>> {
        Ok(self.identity.setup_link().await?)
    }

    /// Runs until it is told to stop, then lets what is under way end.
    pub async fn run_until_stopped(mut self, mut signals: Signals) -> anyhow::Result<()> {
        signals.received().await;
        info!("stopping: work under way is finished or handed back");
        self.stop.cancel();
        let ended = timeout(GRACE, async { while self.tasks.join_next().await.is_some() {} });
        tokio::select! {
            ended = ended => {
                if ended.is_err() {
                    warn!("some work did not end in time; its lease will run out and another process takes it");
                }
            }
            // A second time means now.
            () = signals.received() => warn!("stopping at once"),
        }
        self.identity.settle().await;
        self.deps.db.close().await;
        Ok(())
    }
}

/// Listens, and writes the port that was taken back into the configuration, for links.
async fn listen(config: &mut Config) -> anyhow::Result<TcpListener> {
    let address = (config.web.host, config.web.port);
    let listener = TcpListener::bind(address).await.with_context(|| {
        format!(
            "{}:{} cannot be listened on; choose another one by --port",
            address.0, address.1
        )
    })?;
    config.web.port = listener.local_addr()?.port();
    Ok(listener)
}
