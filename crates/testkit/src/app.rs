use std::{path::PathBuf, sync::Arc};

use axum::Router;
use contracts::identity::Authenticator;
use kernel::{Clock, ManualClock, OrgId, Permission, Role, SystemClock};
use platform::{
    Config, Cursor, Db, Deps, Keys, Module, Objects, Secrets, Wake,
    db::PoolSizes,
    egress::{Egress, Reach},
    runtime::Background,
    web::{RouteEntry, Site, Surface},
};
use uuid::Uuid;

use crate::{Client, FakeAuthenticator, FakeOrganizations, TestDatabase};

/// The program around some modules, on a database of its own. Nothing runs in the background: what
/// there is to do is done by [`TestApp::run_until_idle`].
pub struct TestApp {
    /// What the modules were given.
    pub deps: Deps,
    /// Moves only when the test moves it.
    pub clock: ManualClock,
    /// The organisation that [`TestApp::person`] works for.
    pub org: OrgId,
    /// All organisations.
    pub organizations: Arc<FakeOrganizations>,
    /// All routes, for tests over every one of them.
    pub routes: Vec<(Surface, RouteEntry)>,
    /// The database.
    pub database: TestDatabase,
    authenticator: Arc<FakeAuthenticator>,
    site: Arc<Site>,
    router: Router,
    background: Background,
    folder: PathBuf,
}

impl TestApp {
    /// Starts the modules that `modules` makes, over a database with the migrations of `contexts`.
    pub async fn start(
        contexts: &[&str],
        modules: impl FnOnce(&Deps, &Arc<FakeOrganizations>) -> Vec<Module>,
    ) -> Self {
        Self::start_with(contexts, |_| {}, modules).await
    }

    /// The same, with a changed configuration.
    pub async fn start_with(
        contexts: &[&str],
        configure: impl FnOnce(&mut Config),
        modules: impl FnOnce(&Deps, &Arc<FakeOrganizations>) -> Vec<Module>,
    ) -> Self {
        Self::assemble(contexts, configure, |deps, organizations, declared| {
            (modules(deps, organizations), declared)
        })
        .await
    }

    /// The same, with an authenticator of the modules' own: for the context that says who somebody
    /// is. The people and programs that the test declares are unknown there.
    pub async fn start_with_authenticator(
        contexts: &[&str],
        configure: impl FnOnce(&mut Config),
        modules: impl FnOnce(&Deps) -> (Vec<Module>, Arc<dyn Authenticator>),
    ) -> Self {
        Self::assemble(contexts, configure, |deps, _, _| modules(deps)).await
    }

    async fn assemble(
        contexts: &[&str],
        configure: impl FnOnce(&mut Config),
        modules: impl FnOnce(
            &Deps,
            &Arc<FakeOrganizations>,
            Arc<dyn Authenticator>,
        ) -> (Vec<Module>, Arc<dyn Authenticator>),
    ) -> Self {
        let database = TestDatabase::create(contexts).await;
        // Today, since partitions are made for today.
        let clock = ManualClock::new(SystemClock.now());
        let folder = std::env::temp_dir().join(format!("mauntic-test-{}", Uuid::new_v4().simple()));
        let deps = deps(&database, &clock, &folder, configure);
        let organizations = Arc::new(FakeOrganizations::default());
        let authenticator = Arc::new(FakeAuthenticator::new(organizations.clone()));
        let org = organizations.add("Example Ltd");
        let (mut modules, trusted) = modules(&deps, &organizations, authenticator.clone());
        modules.push(platform::web::module(&deps));
        let built = platform::web::build(deps.clone(), trusted, modules).expect("the messages are valid");
        Self {
            deps,
            clock,
            org,
            organizations,
            routes: built.routes,
            database,
            authenticator,
            site: built.site,
            router: built.router,
            background: built.background,
            folder,
        }
    }

    /// The owner of the organisation, with a browser.
    #[must_use]
    pub fn person(&self) -> Client {
        self.person_as(self.org, Role::Owner)
    }

    /// A member of any organisation, with a browser.
    #[must_use]
    pub fn person_as(&self, org: OrgId, role: Role) -> Client {
        let session = self.authenticator.sign_in(org, role);
        Client::person(self.router.clone(), &session, &self.site.csrf_token(&session))
    }

    /// A program that may do everything.
    #[must_use]
    pub fn program(&self) -> Client {
        self.program_with(self.org, Permission::ALL)
    }

    /// A program that may do some things.
    #[must_use]
    pub fn program_with(&self, org: OrgId, permissions: &[Permission]) -> Client {
        Client::program(
            self.router.clone(),
            &self.authenticator.issue_key(org, permissions),
        )
    }

    /// Somebody who is not signed in.
    #[must_use]
    pub fn stranger(&self) -> Client {
        Client::stranger(self.router.clone())
    }

    /// Runs schedules once, then engines, jobs and subscribers until nothing is left to do.
    pub async fn run_until_idle(&self) {
        self.background
            .drain(&self.deps)
            .await
            .expect("everything ends well");
    }

    /// The same, handing on the first failure.
    pub async fn try_run_until_idle(&self) -> anyhow::Result<()> {
        self.background.drain(&self.deps).await
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        let _gone = std::fs::remove_dir_all(&self.folder);
    }
}

fn deps(
    database: &TestDatabase,
    clock: &ManualClock,
    folder: &std::path::Path,
    configure: impl FnOnce(&mut Config),
) -> Deps {
    let _again = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let mut config = Config {
        data_dir: folder.to_owned(),
        ..Config::default()
    };
    // Nobody's DNS is asked unless a test brings its own.
    config.delivery.look_up_domains = false;
    config.delivery.require_verified_domains = false;
    configure(&mut config);
    let (clock, wake): (Arc<dyn Clock>, _) = (Arc::new(clock.clone()), Wake::default());
    let sizes = PoolSizes { serve: 4, work: 8 };
    let keys = Keys::new(b"a secret for tests that is long enough");
    Deps {
        db: Db::connect(&database.url, sizes, clock.clone(), wake.clone()).expect("a valid URL"),
        clock,
        config: Arc::new(config),
        secrets: Secrets::new(&keys),
        cursors: Cursor::new(&keys),
        keys,
        objects: Objects::new(folder.join("objects")),
        egress: Egress::new(Reach::Anywhere).expect("a client"),
        wake,
    }
}
