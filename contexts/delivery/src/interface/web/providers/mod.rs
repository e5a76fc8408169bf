//! Accounts that mail goes out over.

mod fields;
mod form;
mod list_view;
mod push_test;
mod test_view;
mod text_fields;
mod view;

use axum::{extract::State, response::IntoResponse};
use contracts::{
    crm::consent::Channel,
    delivery::{PROVIDER, PROVIDERS},
};
use http::StatusCode;
use kernel::{OrgId, ProviderId};
use platform::{
    Db,
    web::{AppError, Ctx, FieldErrors, Form, Path, Query, Redirect, Toast, WebResult},
};
use serde::Deserialize;

pub use form::ProviderForm;
pub use view::page;

use super::provider_webhooks::webhook_card;
use crate::{
    application::{
        delete_provider::delete_provider,
        pause_provider::{pause_provider, prefer_provider, resume_provider},
        read_domains::list_domains,
        read_providers::{Provider, find_provider, list_providers},
        save_provider::{ProviderDraft, ProviderNotSaved, add_provider, change_provider},
        settings_deps::SettingsDeps,
    },
    domain::{provider::ProviderKind, provider_settings::ProviderFault},
    interface::{
        provider_tests::{TestRecipient, recipient, try_account},
        provider_words::{provider_faults, test_failure},
        settings_words::own_address,
    },
};

/// All accounts.
pub async fn list(ctx: Ctx, State(deps): State<SettingsDeps>) -> WebResult {
    let found = list_providers(&deps.db, ctx.org).await?;
    Ok(list_view::page(&ctx, &found))
}

/// Which kind of account is to be set up.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct NewQuery {
    kind: ProviderKind,
}

/// The form for a new one.
pub async fn new(ctx: Ctx, Query(query): Query<NewQuery>) -> WebResult {
    Ok(view::new_page(
        &ctx,
        StatusCode::OK,
        &ProviderForm::blank(query.kind),
        &FieldErrors::new(),
    ))
}

/// Sets one up.
pub async fn create(ctx: Ctx, State(deps): State<SettingsDeps>, Form(form): Form<ProviderForm>) -> WebResult {
    let added = match draft(&form) {
        Ok(draft) => add_provider(&deps, ctx.org, &draft).await,
        Err(error) => Err(error),
    };
    match added {
        Ok(id) => {
            let said = Toast::done(ctx.t("delivery-provider-added"));
            Ok(Redirect::to(&ctx, PROVIDER.url(&id))
                .say(&ctx, said)
                .into_response())
        }
        Err(error) => {
            let errors = faults(&ctx, form.kind, error)?;
            Ok(view::new_page(
                &ctx,
                StatusCode::UNPROCESSABLE_ENTITY,
                &form,
                &errors,
            ))
        }
    }
}

/// One account.
pub async fn show(ctx: Ctx, State(deps): State<SettingsDeps>, Path(id): Path<ProviderId>) -> WebResult {
    let provider = read(&deps.db, ctx.org, id).await?;
    let domains = list_domains(&deps.db, ctx.org).await?;
    let form = ProviderForm::of(&provider);
    Ok(view::page(
        &ctx,
        StatusCode::OK,
        &provider,
        &domains,
        &form,
        &FieldErrors::new(),
        webhook_card(&ctx, &deps.base_url, &provider, None, &FieldErrors::new()),
    ))
}

/// Changes it.
pub async fn save(
    ctx: Ctx,
    State(deps): State<SettingsDeps>,
    Path(id): Path<ProviderId>,
    Form(form): Form<ProviderForm>,
) -> WebResult {
    let changed = match draft(&form) {
        Ok(draft) => change_provider(&deps, ctx.org, id, &draft).await,
        Err(error) => Err(error),
    };
    match changed {
        Ok(()) => back(&ctx, id, Toast::done(ctx.t("delivery-provider-saved"))),
        Err(error) => {
            let errors = faults(&ctx, form.kind, error)?;
            let provider = read(&deps.db, ctx.org, id).await?;
            let domains = list_domains(&deps.db, ctx.org).await?;
            Ok(view::page(
                &ctx,
                StatusCode::UNPROCESSABLE_ENTITY,
                &provider,
                &domains,
                &form,
                &errors,
                webhook_card(&ctx, &deps.base_url, &provider, None, &FieldErrors::new()),
            ))
        }
    }
}

/// To whom a test goes, where it does not go to whoever asks.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct TestForm {
    to: String,
}

/// Asks for the telephone number that a text message is to go to; mail goes to whoever asks.
pub async fn ask_for_number(
    ctx: Ctx,
    State(deps): State<SettingsDeps>,
    Path(id): Path<ProviderId>,
) -> WebResult {
    let provider = read(&deps.db, ctx.org, id).await?;
    if provider.config.kind().channel() != Channel::Sms {
        return Ok(Redirect::to(&ctx, PROVIDER.url(&id)).into_response());
    }
    Ok(test_view::page(
        &ctx,
        StatusCode::OK,
        &provider,
        "",
        &FieldErrors::new(),
    ))
}

/// Sends a message over it: mail to whoever asks, a text message to the number that they name, a push
/// notification to the device that they name.
pub async fn test(
    ctx: Ctx,
    State(deps): State<SettingsDeps>,
    Path(id): Path<ProviderId>,
    Form(form): Form<TestForm>,
) -> WebResult {
    let provider = read(&deps.db, ctx.org, id).await?;
    let to = match provider.config.kind().channel() {
        Channel::Push => {
            let said = push_test::test(&ctx, &deps, &provider, &form.to).await?;
            return back(&ctx, id, said);
        }
        Channel::Sms => match recipient(&ctx, Channel::Sms, &form.to) {
            Ok(to) => to,
            Err(AppError::Invalid(errors)) => {
                let status = StatusCode::UNPROCESSABLE_ENTITY;
                return Ok(test_view::page(&ctx, status, &provider, &form.to, &errors));
            }
            Err(error) => return Err(error),
        },
        _ => TestRecipient::Mailbox(own_address(&ctx)?),
    };
    let said = match try_account(&ctx, &deps, &provider, &to).await? {
        None => Toast::done(ctx.ta("delivery-provider-test-done", &[("address", to.as_str().into())])),
        Some(failure) => Toast::failed(test_failure(&ctx.l10n, &failure)),
    };
    back(&ctx, id, said)
}

/// Stops sending over it.
pub async fn pause(ctx: Ctx, State(deps): State<SettingsDeps>, Path(id): Path<ProviderId>) -> WebResult {
    let name = ctx.person().map_or("", |person| person.name.as_str());
    let reason = ctx.ta("delivery-provider-paused-by", &[("name", name.into())]);
    found(pause_provider(&deps.db, ctx.org, id, &reason).await?)?;
    back(&ctx, id, Toast::done(ctx.t("delivery-provider-paused")))
}

/// Lets it send again.
pub async fn resume(ctx: Ctx, State(deps): State<SettingsDeps>, Path(id): Path<ProviderId>) -> WebResult {
    found(resume_provider(&deps.db, ctx.org, id).await?)?;
    back(&ctx, id, Toast::done(ctx.t("delivery-provider-resumed")))
}

/// Uses it before all others.
pub async fn prefer(ctx: Ctx, State(deps): State<SettingsDeps>, Path(id): Path<ProviderId>) -> WebResult {
    found(prefer_provider(&deps.db, ctx.org, id).await?)?;
    back(&ctx, id, Toast::done(ctx.t("delivery-provider-preferred")))
}

/// Asks before it goes.
pub async fn ask_to_delete(
    ctx: Ctx,
    State(deps): State<SettingsDeps>,
    Path(id): Path<ProviderId>,
) -> WebResult {
    let provider = read(&deps.db, ctx.org, id).await?;
    Ok(view::deletion_page(&ctx, &provider))
}

/// Deletes it.
pub async fn delete(ctx: Ctx, State(deps): State<SettingsDeps>, Path(id): Path<ProviderId>) -> WebResult {
    found(delete_provider(&deps.db, ctx.org, id).await?)?;
    let said = Toast::done(ctx.t("delivery-provider-deleted"));
    Ok(Redirect::to(&ctx, PROVIDERS.url())
        .say(&ctx, said)
        .into_response())
}

async fn read(db: &Db, org: OrgId, id: ProviderId) -> WebResult<Provider> {
    find_provider(db, org, id).await?.ok_or(AppError::NotFound)
}

fn found(there: bool) -> WebResult<()> {
    if there { Ok(()) } else { Err(AppError::NotFound) }
}

fn back(ctx: &Ctx, id: ProviderId, said: Toast) -> WebResult {
    Ok(Redirect::to(ctx, PROVIDER.url(&id))
        .say(ctx, said)
        .into_response())
}

fn draft(form: &ProviderForm) -> Result<ProviderDraft, ProviderNotSaved> {
    let faults = |fault| ProviderNotSaved::Faults(vec![ProviderFault::Config(fault)]);
    form.draft().map_err(faults)
}

/// What the person can mend, in the form; anything else is an error.
fn faults(ctx: &Ctx, kind: ProviderKind, error: ProviderNotSaved) -> WebResult<FieldErrors> {
    match error {
        ProviderNotSaved::Faults(faults) => Ok(provider_faults(&ctx.l10n, kind, &faults)),
        ProviderNotSaved::NotFound => Err(AppError::NotFound),
        ProviderNotSaved::Secret(error) => Err(error.into()),
        ProviderNotSaved::Db(error) => Err(error.into()),
    }
}
