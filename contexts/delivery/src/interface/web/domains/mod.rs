//! Domains that mail is sent from.

mod activation_view;
mod form;
mod key_view;
mod keys_view;
mod list_view;
mod records_view;
mod tracking_view;
mod trust_view;
mod view;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use contracts::delivery::{DOMAIN, DOMAINS};
use http::StatusCode;
use kernel::{DomainId, OrgId};
use platform::{
    Db,
    web::{AppError, Ctx, FieldErrors, Form, Path, Redirect, Toast, WebResult},
};

use serde::Deserialize;

use form::UnknownAlgorithm;
pub use form::{DomainForm, KeyForm};

use crate::{
    application::{
        check_domain::{check_domain, check_soon},
        choose_domain::{delete_domain, prefer_domain, resume_domain},
        read_domains::{Domain, DomainReport, find_domain, list_domains, report_domain},
        rotate_keys::{activate_keys, both_kinds, discard_keys, rotate_keys, stop_signing},
        save_domain::{DomainNotSaved, KeyRequest, add_domain, change_sender, set_tracking_host},
        settings_deps::SettingsDeps,
    },
    domain::{dkim::DkimAlgorithm, domain_key::free_selector},
    interface::{domain_words, settings_words::domain_faults},
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
        Ok(id) => {
            check_soon(&deps, ctx.org, id).await;
            back(&ctx, id, ctx.t("delivery-domain-added"))
        }
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
    let report = report(&deps, ctx.org, id).await?;
    let form = DomainForm::of(&report.domain);
    let shown = view::Shown {
        report: &report,
        form: &form,
        tracking: report.domain.tracking_host.as_deref().unwrap_or_default(),
        errors: &FieldErrors::new(),
    };
    Ok(view::page(&ctx, StatusCode::OK, &shown))
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
            let report = report(&deps, ctx.org, id).await?;
            let shown = view::Shown {
                report: &report,
                form: &form,
                tracking: report.domain.tracking_host.as_deref().unwrap_or_default(),
                errors: &errors,
            };
            Ok(view::page(&ctx, StatusCode::UNPROCESSABLE_ENTITY, &shown))
        }
    }
}

/// Where links are to lead, as it was filled in.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct TrackingForm {
    pub tracking_host: String,
}

/// Says where the links of its mail lead.
pub async fn set_tracking(
    ctx: Ctx,
    State(deps): State<SettingsDeps>,
    Path(id): Path<DomainId>,
    Form(typed): Form<TrackingForm>,
) -> WebResult {
    match set_tracking_host(&deps, ctx.org, id, &typed.tracking_host).await {
        Ok(()) => {
            check_soon(&deps, ctx.org, id).await;
            back(&ctx, id, ctx.t("delivery-tracking-saved"))
        }
        Err(error) => {
            let errors = faults(&ctx, error)?;
            let report = report(&deps, ctx.org, id).await?;
            let form = DomainForm::of(&report.domain);
            let shown = view::Shown {
                report: &report,
                form: &form,
                tracking: &typed.tracking_host,
                errors: &errors,
            };
            Ok(view::page(&ctx, StatusCode::UNPROCESSABLE_ENTITY, &shown))
        }
    }
}

/// Asks DNS now.
pub async fn check(ctx: Ctx, State(deps): State<SettingsDeps>, Path(id): Path<DomainId>) -> WebResult {
    found(check_domain(&deps, ctx.org, id).await?)?;
    let report = report(&deps, ctx.org, id).await?;
    let said = match domain_words::missing_records(&ctx, &report) {
        Some(missing) => missing,
        None if report.records.iter().any(|record| record.status().is_none()) => {
            ctx.t("delivery-domain-check-failed")
        }
        None => ctx.t("delivery-domain-checked"),
    };
    back(&ctx, id, said)
}

/// Makes new keys of both kinds.
pub async fn rotate(ctx: Ctx, State(deps): State<SettingsDeps>, Path(id): Path<DomainId>) -> WebResult {
    make(&ctx, &deps, id, &both_kinds()).await.or_else(|error| {
        let errors = faults(&ctx, error)?;
        let detail = errors.of("selector").map(str::to_owned).unwrap_or_default();
        let said = Toast::failed(detail);
        Ok(Redirect::to(&ctx, DOMAIN.url(&id))
            .say(&ctx, said)
            .into_response())
    })
}

/// Says what follows from signing with keys that nobody can see yet.
pub async fn ask_to_activate(
    ctx: Ctx,
    State(deps): State<SettingsDeps>,
    Path(id): Path<DomainId>,
) -> WebResult {
    let domain = read(&deps.db, ctx.org, id).await?;
    Ok(activation_view::page(&ctx, &domain))
}

/// Signs with the new keys from now on.
pub async fn activate(ctx: Ctx, State(deps): State<SettingsDeps>, Path(id): Path<DomainId>) -> WebResult {
    found(activate_keys(&deps, ctx.org, id).await?)?;
    back(&ctx, id, ctx.t("delivery-keys-activated"))
}

/// Throws the new keys away.
pub async fn discard(ctx: Ctx, State(deps): State<SettingsDeps>, Path(id): Path<DomainId>) -> WebResult {
    found(discard_keys(&deps, ctx.org, id).await?)?;
    back(&ctx, id, ctx.t("delivery-keys-discarded"))
}

async fn make(
    ctx: &Ctx,
    deps: &SettingsDeps,
    id: DomainId,
    requests: &[KeyRequest],
) -> Result<Response, DomainNotSaved> {
    rotate_keys(deps, ctx.org, id, requests, ctx.now).await?;
    check_soon(deps, ctx.org, id).await;
    let said = Toast::done(ctx.t("delivery-domain-key-made"));
    Ok(Redirect::to(ctx, DOMAIN.url(&id)).say(ctx, said).into_response())
}

/// Asks what kind of key, and says what follows from a new one.
pub async fn ask_for_key(ctx: Ctx, State(deps): State<SettingsDeps>, Path(id): Path<DomainId>) -> WebResult {
    let domain = read(&deps.db, ctx.org, id).await?;
    let taken: Vec<&str> = domain.keys.iter().map(|key| key.selector.as_str()).collect();
    let form = KeyForm {
        selector: free_selector(DkimAlgorithm::Rsa, &taken, ctx.now),
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
    let requests = form.requests().map_err(|odd| unknown(&ctx, odd))?;
    if requests.is_empty() {
        found(stop_signing(&deps, ctx.org, id).await?)?;
        return back(&ctx, id, ctx.t("delivery-domain-key-removed"));
    }
    match make(&ctx, &deps, id, &requests).await {
        Ok(done) => Ok(done),
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

async fn report(deps: &SettingsDeps, org: OrgId, id: DomainId) -> WebResult<DomainReport> {
    report_domain(deps, org, id).await?.ok_or(AppError::NotFound)
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
        DomainNotSaved::RotationUnderWay => {
            let mut errors = FieldErrors::new();
            errors.add(
                "selector",
                "rotation_under_way",
                ctx.t("delivery-keys-wait-already"),
            );
            Ok(errors)
        }
        DomainNotSaved::Key(error) => Err(AppError::internal(error)),
        DomainNotSaved::Secret(error) => Err(error.into()),
        DomainNotSaved::Db(error) => Err(error.into()),
    }
}
