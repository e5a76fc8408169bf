//! Settings: sources of events.

mod snippets;
mod view;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use contracts::{
    crm::events::{SOURCE, SOURCE_DELETION, SOURCE_KEY, SOURCE_NEW, SOURCE_STATE, SOURCES},
    identity::SendingMode,
};
use http::StatusCode;
use kernel::{Permission, SourceId};
use platform::{
    NavItem,
    web::{Access, AppError, Ctx, FieldErrors, Form, Path, Redirect, Routes, Toast, WebResult},
};
use serde::Deserialize;
use ui_kit::Icon;

use crate::{
    Crm,
    application::save_source::{
        SaveSourceError, change_source, create_source, delete_source, rotate_write_key,
    },
    domain::source::{Source, SourceKind, SourceSettings},
    infrastructure::pg::CrmTx,
    interface::event_words::source_errors,
};

/// All routes of sources.
pub fn routes() -> Routes<Crm> {
    let (read, write) = (
        Access::needs(Permission::EventsRead),
        Access::needs(Permission::SourcesWrite),
    );
    Routes::new()
        .get(SOURCES.template(), read, list)
        .get(SOURCE_NEW.template(), write, new)
        .post(SOURCE_NEW.template(), write, create)
        .get(SOURCE.template(), write, show)
        .post(SOURCE.template(), write, change)
        .post(SOURCE_KEY.template(), write, rotate)
        .post(SOURCE_STATE.template(), write, switch)
        .post(SOURCE_DELETION.template(), write, delete)
}

/// Its place in the settings.
pub fn nav() -> NavItem {
    NavItem {
        order: 115,
        label_key: "crm-nav-sources",
        icon: Icon::Plug,
        href: SOURCES.url(),
        permission: Permission::EventsRead,
        shortcut: None,
    }
}

/// The form as it was filled in.
#[derive(Debug, Clone, Deserialize)]
#[serde(default)]
pub struct SourceForm {
    name: String,
    kind: String,
    strict: bool,
    create_fields: bool,
    consent_required: bool,
    /// One a line.
    allowed_origins: String,
    events_per_second: String,
}

#[expect(
    clippy::derivable_impls,
    reason = "the settings that a new source has are not empty, as derived ones would be"
)]
impl Default for SourceForm {
    fn default() -> Self {
        Self {
            // A switch that is off is not sent at all.
            consent_required: false,
            ..Self::of(&SourceSettings::default())
        }
    }
}

impl SourceForm {
    fn of(settings: &SourceSettings) -> Self {
        Self {
            name: settings.name.clone(),
            kind: settings.kind.as_str().to_owned(),
            strict: settings.strict,
            create_fields: settings.create_fields,
            consent_required: settings.consent_required,
            allowed_origins: settings.allowed_origins.join("\n"),
            events_per_second: settings.events_per_second.to_string(),
        }
    }

    fn settings(&self) -> SourceSettings {
        SourceSettings {
            name: self.name.clone(),
            kind: SourceKind::parse(&self.kind).unwrap_or(SourceKind::Website),
            strict: self.strict,
            create_fields: self.create_fields,
            consent_required: self.consent_required,
            allowed_origins: self.allowed_origins.lines().map(str::to_owned).collect(),
            events_per_second: self.events_per_second.trim().parse().unwrap_or(0),
        }
    }
}

/// The list.
pub async fn list(ctx: Ctx, State(crm): State<Crm>) -> WebResult {
    let sources = CrmTx::tenant(&crm.deps.db, ctx.org).await?.sources().await?;
    Ok(view::list_page(&ctx, &sources))
}

/// The form for a new one.
pub async fn new(ctx: Ctx) -> Response {
    let form = SourceForm::of(&SourceSettings::default());
    view::new_page(&ctx, StatusCode::OK, &form, &FieldErrors::new())
}

/// Makes one.
pub async fn create(ctx: Ctx, State(crm): State<Crm>, Form(form): Form<SourceForm>) -> WebResult {
    let tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    match create_source(tx, form.settings(), is_live(&ctx), ctx.now).await {
        Ok(source) => Ok(said(&ctx, &source, "crm-source-created")),
        Err(error) => {
            let errors = source_errors(&ctx, error)?;
            Ok(view::new_page(
                &ctx,
                StatusCode::UNPROCESSABLE_ENTITY,
                &form,
                &errors,
            ))
        }
    }
}

/// One: what it sends with, and its settings.
pub async fn show(ctx: Ctx, State(crm): State<Crm>, Path(id): Path<SourceId>) -> WebResult {
    let source = find(&crm, &ctx, id).await?;
    let page = view::SourcePage {
        base: crm.deps.config.base_url(),
        form: SourceForm::of(&source.settings),
        source,
        errors: FieldErrors::new(),
    };
    Ok(view::page(&ctx, StatusCode::OK, &page))
}

/// Changes its settings.
pub async fn change(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path(id): Path<SourceId>,
    Form(form): Form<SourceForm>,
) -> WebResult {
    let source = find(&crm, &ctx, id).await?;
    let tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let settings = form.settings();
    match change_source(tx, &crm.keys, id, |source| source.settings = settings, ctx.now).await {
        Ok(source) => Ok(said(&ctx, &source, "crm-source-saved")),
        Err(error) => {
            let page = view::SourcePage {
                base: crm.deps.config.base_url(),
                errors: source_errors(&ctx, error)?,
                form,
                source,
            };
            Ok(view::page(&ctx, StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
    }
}

/// Gives it another key.
pub async fn rotate(ctx: Ctx, State(crm): State<Crm>, Path(id): Path<SourceId>) -> WebResult {
    let tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let source = rotate_write_key(tx, &crm.keys, id, is_live(&ctx), ctx.now)
        .await
        .map_err(not_found)?;
    Ok(said(&ctx, &source, "crm-source-rotated"))
}

/// Whether it is to send.
#[derive(Debug, Deserialize)]
pub struct StateForm {
    #[serde(default)]
    enabled: bool,
}

/// Lets it send or not.
pub async fn switch(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path(id): Path<SourceId>,
    Form(form): Form<StateForm>,
) -> WebResult {
    let tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let source = change_source(tx, &crm.keys, id, |source| source.enabled = form.enabled, ctx.now)
        .await
        .map_err(not_found)?;
    let key = if source.enabled {
        "crm-source-enabled"
    } else {
        "crm-source-disabled"
    };
    Ok(said(&ctx, &source, key))
}

/// Deletes it.
pub async fn delete(ctx: Ctx, State(crm): State<Crm>, Path(id): Path<SourceId>) -> WebResult {
    let tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    delete_source(tx, &crm.keys, id).await.map_err(not_found)?;
    Ok(Redirect::to(&ctx, SOURCES.url())
        .say(&ctx, Toast::done(ctx.t("crm-source-deleted")))
        .into_response())
}

fn not_found(error: SaveSourceError) -> AppError {
    match error {
        SaveSourceError::NotFound => AppError::NotFound,
        SaveSourceError::Db(error) => error.into(),
        other => AppError::internal(other),
    }
}

async fn find(crm: &Crm, ctx: &Ctx, id: SourceId) -> Result<Source, AppError> {
    let source = CrmTx::tenant(&crm.deps.db, ctx.org).await?.source(id).await?;
    source.ok_or(AppError::NotFound)
}

fn is_live(ctx: &Ctx) -> bool {
    ctx.organization.mode == SendingMode::Live
}

fn said(ctx: &Ctx, source: &Source, key: &str) -> Response {
    let text = ctx.ta(key, &[("name", source.settings.name.as_str().into())]);
    Redirect::to(ctx, SOURCE.url(&source.id))
        .say(ctx, Toast::done(text))
        .into_response()
}
