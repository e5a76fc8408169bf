//! Domains that mail is sent from.

mod form;
mod key_view;
mod list_view;
mod view;

pub use view::dkim_record;

use axum::{extract::State, response::IntoResponse};
use contracts::delivery::{DOMAIN, DOMAINS};
use http::StatusCode;
use kernel::{DomainId, OrgId};
use platform::{
    Db,
    web::{AppError, Ctx, FieldErrors, Form, Path, Redirect, Toast, WebResult},
};

use form::UnknownAlgorithm;
pub use form::{DomainForm, KeyForm};

use crate::{
    application::{
        choose_domain::{delete_domain, prefer_domain, resume_domain},
        read_domains::{Domain, find_domain, list_domains},
        save_domain::{DomainNotSaved, add_domain, change_sender, later_selector, remove_key, replace_key},
        settings_deps::SettingsDeps,
    },
    interface::settings_words::domain_faults,
};

/// All domains.
pub async fn list(ctx: Ctx, State(deps): State<SettingsDeps>) -> WebResult {
    let found = list_domains(&deps.db, ctx.org).await?;
    Ok(list_view::page(&ctx, &found))
}

/// The form for a new one.
pub async fn new(ctx: Ctx) -> WebResult {
    Ok(view::new_page(
        &ctx,
        StatusCode::OK,
        &DomainForm::default(),
        &FieldErrors::new(),
    ))
}

/// Sets one up.
pub async fn create(ctx: Ctx, State(deps): State<SettingsDeps>, Form(form): Form<DomainForm>) -> WebResult {
    match add_domain(&deps, ctx.org, &form.draft().map_err(|odd| unknown(&ctx, odd))?).await {
        Ok(id) => back(&ctx, id, ctx.t("delivery-domain-added")),
        Err(error) => {
            let errors = faults(&ctx, error)?;
            Ok(view::new_page(
                &ctx,
                StatusCode::UNPROCESSABLE_ENTITY,
                &form,
                &errors,
            ))
        }
    }
}

/// One domain.
pub async fn show(ctx: Ctx, State(deps): State<SettingsDeps>, Path(id): Path<DomainId>) -> WebResult {
    let domain = read(&deps.db, ctx.org, id).await?;
    let form = DomainForm::of(&domain);
    Ok(view::page(
        &ctx,
        StatusCode::OK,
        &domain,
        &form,
        &FieldErrors::new(),
    ))
}

/// Changes who its mail is from.
pub async fn save(
    ctx: Ctx,
    State(deps): State<SettingsDeps>,
    Path(id): Path<DomainId>,
    Form(form): Form<DomainForm>,
) -> WebResult {
    match change_sender(&deps, ctx.org, id, &form.sender()).await {
        Ok(()) => back(&ctx, id, ctx.t("delivery-domain-saved")),
        Err(error) => {
            let errors = faults(&ctx, error)?;
            let domain = read(&deps.db, ctx.org, id).await?;
            Ok(view::page(
                &ctx,
                StatusCode::UNPROCESSABLE_ENTITY,
                &domain,
                &form,
                &errors,
            ))
        }
    }
}

/// Asks what kind of key, and says what follows from a new one.
pub async fn ask_for_key(ctx: Ctx, State(deps): State<SettingsDeps>, Path(id): Path<DomainId>) -> WebResult {
    let domain = read(&deps.db, ctx.org, id).await?;
    let form = KeyForm {
        selector: later_selector(ctx.now),
        ..KeyForm::default()
    };
    Ok(key_view::page(
        &ctx,
        StatusCode::OK,
        &domain,
        &form,
        &FieldErrors::new(),
    ))
}

/// Makes a new key, or ends signing.
pub async fn change_key(
    ctx: Ctx,
    State(deps): State<SettingsDeps>,
    Path(id): Path<DomainId>,
    Form(form): Form<KeyForm>,
) -> WebResult {
    let Some(request) = form.request().map_err(|odd| unknown(&ctx, odd))? else {
        found(remove_key(&deps, ctx.org, id).await?)?;
        return back(&ctx, id, ctx.t("delivery-domain-key-removed"));
    };
    match replace_key(&deps, ctx.org, id, &request, ctx.now).await {
        Ok(()) => back(&ctx, id, ctx.t("delivery-domain-key-made")),
        Err(error) => {
            let errors = faults(&ctx, error)?;
            let domain = read(&deps.db, ctx.org, id).await?;
            Ok(key_view::page(
                &ctx,
                StatusCode::UNPROCESSABLE_ENTITY,
                &domain,
                &form,
                &errors,
            ))
        }
    }
}

/// Sends from it from now on.
pub async fn prefer(ctx: Ctx, State(deps): State<SettingsDeps>, Path(id): Path<DomainId>) -> WebResult {
    found(prefer_domain(&deps.db, ctx.org, id).await?)?;
    back(&ctx, id, ctx.t("delivery-domain-preferred"))
}

/// Sends from it again.
pub async fn resume(ctx: Ctx, State(deps): State<SettingsDeps>, Path(id): Path<DomainId>) -> WebResult {
    found(resume_domain(&deps.db, ctx.org, id).await?)?;
    back(&ctx, id, ctx.t("delivery-domain-resumed"))
}

/// Asks before it goes.
pub async fn ask_to_delete(
    ctx: Ctx,
    State(deps): State<SettingsDeps>,
    Path(id): Path<DomainId>,
) -> WebResult {
    let domain = read(&deps.db, ctx.org, id).await?;
    Ok(view::deletion_page(&ctx, &domain))
}

/// Deletes it.
pub async fn delete(ctx: Ctx, State(deps): State<SettingsDeps>, Path(id): Path<DomainId>) -> WebResult {
    found(delete_domain(&deps.db, ctx.org, id).await?)?;
    let said = Toast::done(ctx.t("delivery-domain-deleted"));
    Ok(Redirect::to(&ctx, DOMAINS.url()).say(&ctx, said).into_response())
}

async fn read(db: &Db, org: OrgId, id: DomainId) -> WebResult<Domain> {
    find_domain(db, org, id).await?.ok_or(AppError::NotFound)
}

fn found(there: bool) -> WebResult<()> {
    if there { Ok(()) } else { Err(AppError::NotFound) }
}

/// No choice of the form says that.
fn unknown(ctx: &Ctx, _: UnknownAlgorithm) -> AppError {
    AppError::invalid(
        "algorithm",
        "unknown_algorithm",
        ctx.t("delivery-domain-key-unknown"),
    )
}

fn back(ctx: &Ctx, id: DomainId, said: String) -> WebResult {
    Ok(Redirect::to(ctx, DOMAIN.url(&id))
        .say(ctx, Toast::done(said))
        .into_response())
}

/// What the person can mend, in the form; anything else is an error.
fn faults(ctx: &Ctx, error: DomainNotSaved) -> WebResult<FieldErrors> {
    match error {
        DomainNotSaved::Faults(faults) => Ok(domain_faults(&ctx.l10n, &faults)),
        DomainNotSaved::NotFound => Err(AppError::NotFound),
        DomainNotSaved::Key(error) => Err(AppError::internal(error)),
        DomainNotSaved::Secret(error) => Err(error.into()),
        DomainNotSaved::Db(error) => Err(error.into()),
    }
}
