//! From modules to one program: router, background work, messages, navigation.

use std::sync::Arc;

use axum::Router;
use contracts::{
    identity::Authenticator,
    platform::{API_DOCS, API_JOB, API_JOB_CANCELLATION, Job},
};
use http::StatusCode;
use kernel::{JobId, Permission};

use super::{
    Access, AppError, Ctx, Op, Path, RouteEntry, Routes, Site, SiteParts, Surface, WebResult, api_docs,
    openapi, serve::Surfaces, tasks,
};
use crate::{
    Deps, Module, NavItem,
    housekeeping::KeepHouse,
    i18n::{BadMessages, Catalog},
    jobs,
    runtime::Background,
};

/// A program that can be served and run.
pub struct Built {
    /// What all pages share.
    pub site: Arc<Site>,
    /// Answers requests.
    pub router: Router,
    /// What runs beside that.
    pub background: Background,
    /// All routes.
    pub routes: Vec<(Surface, RouteEntry)>,
}

/// Puts the modules together. Fails on messages that cannot be parsed or stand in two files.
pub fn build(
    deps: Deps,
    authenticator: Arc<dyn Authenticator>,
    modules: Vec<Module>,
) -> Result<Built, BadMessages> {
    let mut messages = vec![("ui-kit", ui_kit::MESSAGES)];
    messages.extend(modules.iter().map(|module| (module.name, module.messages)));
    let catalog = Catalog::english(&messages)?;
    let (mut surfaces, mut background, mut nav) = (Surfaces::default(), Background::default(), Vec::new());
    let mut public_hosts = Vec::new();
    for module in modules {
        surfaces.web = surfaces.web.merge(module.web);
        surfaces.api = surfaces.api.merge(module.api);
        surfaces.public = surfaces.public.merge(module.public);
        background.subscribers.extend(module.subscribers);
        background.jobs.extend(module.jobs);
        background.ticks.extend(module.ticks);
        background.workers.extend(module.workers);
        nav.extend(module.nav);
        public_hosts.extend(module.public_hosts);
    }
    let routes = surfaces.entries();
    let openapi = openapi::document(surfaces.api.entries()).to_string();
    let site = Arc::new(Site::new(SiteParts {
        deps,
        authenticator,
        catalog,
        nav,
        openapi,
        public_hosts,
    }));
    let router = site.router(surfaces);
    Ok(Built {
        site,
        router,
        background,
        routes,
    })
}

impl Surfaces {
    fn entries(&self) -> Vec<(Surface, RouteEntry)> {
        let of = |surface, routes: &Routes| {
            routes
                .entries()
                .iter()
                .cloned()
                .map(move |e| (surface, e))
                .collect::<Vec<_>>()
        };
        [
            of(Surface::Web, &self.web),
            of(Surface::Api, &self.api),
            of(Surface::Public, &self.public),
        ]
        .concat()
    }
}

/// What the platform itself serves: jobs.
#[must_use]
pub fn module(deps: &Deps) -> Module {
    Module {
        name: "platform",
        web: Routes::new()
            .get(API_DOCS.template(), Access::SignedIn, api_docs::show)
            .merge(tasks::web()),
        api: Routes::new()
            .get(API_JOB.template(), Access::needs(Permission::JobsRead), get_job)
            .doc(Op::new("get_job", "Get a background job").returns::<Job>(200, "The job."))
            .post(
                API_JOB_CANCELLATION.template(),
                Access::needs(Permission::JobsWrite),
                cancel_job,
            )
            .doc(Op::new("cancel_job", "Ask a job to stop").answers(202, "It will stop at its next step."))
            .merge(tasks::api()),
        ticks: vec![Arc::new(KeepHouse { db: deps.db.clone() })],
        messages: include_str!("../../i18n/en.ftl"),
        nav: vec![NavItem {
            order: 150,
            label_key: "platform-api-title",
            icon: ui_kit::Icon::Code,
            href: API_DOCS.url(),
            permission: Permission::OrganizationRead,
            shortcut: None,
        }],
        ..Module::default()
    }
}

async fn get_job(ctx: Ctx, Path(id): Path<JobId>) -> WebResult<axum::Json<Job>> {
    let mut tx = ctx.tx().await?;
    let job = jobs::find(&mut tx, ctx.org, id).await?;
    job.map(axum::Json).ok_or(AppError::NotFound)
}

async fn cancel_job(ctx: Ctx, Path(id): Path<JobId>) -> WebResult<StatusCode> {
    let mut tx = ctx.tx().await?;
    if !jobs::cancel(&mut tx, ctx.org, id).await? {
        return Err(AppError::NotFound);
    }
    tx.commit().await?;
    Ok(StatusCode::ACCEPTED)
}
