//! SMTP accounts by the API.

use axum::{Json, extract::State, response::IntoResponse};
use contracts::{
    ListPage,
    delivery::{
        API_PROVIDER, API_PROVIDER_TESTS, API_PROVIDERS,
        settings::{
            NewProvider, Provider as ProviderItem, ProviderPatch, ProviderTestReport, ProviderTestRequest,
            SendingState, SmtpSecurity,
        },
    },
};
use http::{StatusCode, header};
use kernel::{EmailAddress, Permission, ProviderId};
use platform::web::{Access, AppError, Ctx, Json as Body, Op, Path, Routes, WebResult};

use crate::{
    application::{
        delete_provider::delete_provider,
        pause_provider::{pause_provider, resume_provider},
        read_providers::{Provider, find_provider, list_providers},
        save_provider::{ProviderDraft, add_provider, change_provider},
        settings_deps::SettingsDeps,
        test_provider::test_provider,
    },
    domain::{
        provider::{Security, SmtpConfig},
        provider_settings::PasswordChange,
    },
    interface::{
        settings_words::{provider_not_saved, test_letter},
        web::template_parts::author,
    },
};

/// All routes.
pub fn routes() -> Routes<SettingsDeps> {
    let read = Access::needs(Permission::ProvidersRead);
    let write = Access::needs(Permission::ProvidersWrite);
    Routes::new()
        .get(API_PROVIDERS.template(), read, list)
        .doc(
            Op::new("list_providers", "List SMTP accounts")
                .describe("In the order in which they are used. Passwords are never shown.")
                .returns::<ListPage<ProviderItem>>(200, "All accounts."),
        )
        .post(API_PROVIDERS.template(), write, create)
        .doc(
            Op::new("create_provider", "Set up an SMTP account")
                .body::<NewProvider>()
                .returns::<ProviderItem>(201, "The account."),
        )
        .get(API_PROVIDER.template(), read, show)
        .doc(Op::new("get_provider", "Get an SMTP account").returns::<ProviderItem>(200, "The account."))
        .patch(API_PROVIDER.template(), write, change)
        .doc(
            Op::new("update_provider", "Change an SMTP account")
                .describe(
                    "JSON Merge Patch. Changed settings let a paused account send again. Whoever changes the server, \
                     the user name or the encryption has to give the password again.",
                )
                .body_as::<ProviderPatch>("application/merge-patch+json")
                .returns::<ProviderItem>(200, "The account as it is now."),
        )
        .delete(API_PROVIDER.template(), write, remove)
        .doc(Op::new("delete_provider", "Delete an SMTP account").answers(204, "It is gone."))
        .post(API_PROVIDER_TESTS.template(), write, test)
        .doc(
            Op::new("test_provider", "Send one mail over an SMTP account")
                .describe("Connects and sends for real, also in test mode, and waits for the outcome.")
                .body::<ProviderTestRequest>()
                .returns::<ProviderTestReport>(200, "What came of it."),
        )
}

async fn list(ctx: Ctx, State(deps): State<SettingsDeps>) -> WebResult<Json<ListPage<ProviderItem>>> {
    let found = list_providers(&deps.db, ctx.org).await?;
    Ok(Json(ListPage {
        data: found.into_iter().map(item).collect(),
        has_more: false,
        next_cursor: None,
    }))
}

async fn create(ctx: Ctx, State(deps): State<SettingsDeps>, Body(new): Body<NewProvider>) -> WebResult {
    let draft = ProviderDraft {
        name: new.name,
        config: SmtpConfig {
            host: new.host,
            port: new.port,
            security: security(new.security),
            username: new.username,
            trusted_certificates: new.trusted_certificates,
            max_connections: new.max_connections,
            messages_per_connection: new.messages_per_connection,
            messages_per_second: new.messages_per_second,
        },
        password: new.password.map_or(PasswordChange::Keep, PasswordChange::Replace),
    };
    let id = add_provider(&deps, ctx.org, &draft)
        .await
        .map_err(|error| provider_not_saved(&ctx.l10n, error))?;
    let location = [(header::LOCATION, API_PROVIDER.url(&id))];
    Ok((
        StatusCode::CREATED,
        location,
        Json(item(read(&ctx, &deps, id).await?)),
    )
        .into_response())
}

async fn show(
    ctx: Ctx,
    State(deps): State<SettingsDeps>,
    Path(id): Path<ProviderId>,
) -> WebResult<Json<ProviderItem>> {
    Ok(Json(item(read(&ctx, &deps, id).await?)))
}

async fn change(
    ctx: Ctx,
    State(deps): State<SettingsDeps>,
    Path(id): Path<ProviderId>,
    Body(patch): Body<ProviderPatch>,
) -> WebResult<Json<ProviderItem>> {
    let before = read(&ctx, &deps, id).await?;
    let state = patch.state;
    if let Some(draft) = changed(&before, patch) {
        change_provider(&deps, ctx.org, id, &draft)
            .await
            .map_err(|error| provider_not_saved(&ctx.l10n, error))?;
    }
    match state {
        Some(SendingState::Paused) => {
            let reason = ctx.t("delivery-provider-paused-by-program");
            pause_provider(&deps.db, ctx.org, id, &reason).await?;
        }
        Some(SendingState::Active) => {
            resume_provider(&deps.db, ctx.org, id).await?;
        }
        None => {}
    }
    Ok(Json(item(read(&ctx, &deps, id).await?)))
}

/// The account as it is to be; `None` when nothing but its state changes.
fn changed(before: &Provider, patch: ProviderPatch) -> Option<ProviderDraft> {
    let old = before.config.clone();
    let password = match patch.password {
        None => PasswordChange::Keep,
        Some(None) => PasswordChange::Remove,
        Some(Some(password)) => PasswordChange::Replace(password),
    };
    let config = SmtpConfig {
        host: patch.host.unwrap_or(old.host),
        port: patch.port.unwrap_or(old.port),
        security: patch.security.map_or(old.security, security),
        username: patch.username.unwrap_or(old.username),
        trusted_certificates: patch.trusted_certificates.unwrap_or(old.trusted_certificates),
        max_connections: patch.max_connections.unwrap_or(old.max_connections),
        messages_per_connection: patch
            .messages_per_connection
            .unwrap_or(old.messages_per_connection),
        messages_per_second: patch.messages_per_second.unwrap_or(old.messages_per_second),
    };
    let name = patch.name.unwrap_or_else(|| before.name.clone());
    let same = config == before.config && name == before.name && password == PasswordChange::Keep;
    (!same).then_some(ProviderDraft {
        name,
        config,
        password,
    })
}

async fn remove(
    ctx: Ctx,
    State(deps): State<SettingsDeps>,
    Path(id): Path<ProviderId>,
) -> WebResult<StatusCode> {
    if delete_provider(&deps.db, ctx.org, id).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(AppError::NotFound)
    }
}

async fn test(
    ctx: Ctx,
    State(deps): State<SettingsDeps>,
    Path(id): Path<ProviderId>,
    Body(request): Body<ProviderTestRequest>,
) -> WebResult<Json<ProviderTestReport>> {
    let provider = read(&ctx, &deps, id).await?;
    let to = EmailAddress::parse(&request.to)
        .map_err(|_| AppError::invalid("to", "invalid_email", ctx.t("delivery-provider-test-address")))?;
    let letter = test_letter(&ctx, &provider.name);
    let failure = test_provider(&deps, author(&ctx), id, &to, &letter).await?;
    let error = failure.map(|failure| failure.to_string());
    Ok(Json(ProviderTestReport {
        succeeded: error.is_none(),
        error,
    }))
}

async fn read(ctx: &Ctx, deps: &SettingsDeps, id: ProviderId) -> WebResult<Provider> {
    find_provider(&deps.db, ctx.org, id)
        .await?
        .ok_or(AppError::NotFound)
}

fn item(provider: Provider) -> ProviderItem {
    let config = provider.config;
    ProviderItem {
        id: provider.id,
        name: provider.name,
        host: config.host,
        port: config.port,
        security: match config.security {
            Security::Tls => SmtpSecurity::Tls,
            Security::StartTls => SmtpSecurity::StartTls,
            Security::None => SmtpSecurity::None,
        },
        username: config.username,
        has_password: provider.secret.is_some(),
        trusted_certificates: config.trusted_certificates,
        max_connections: config.max_connections,
        messages_per_connection: config.messages_per_connection,
        messages_per_second: config.messages_per_second,
        state: if provider.paused.is_some() {
            SendingState::Paused
        } else {
            SendingState::Active
        },
        pause_reason: provider.paused,
        tested_at: provider.tested_at,
        test_error: provider.test_error,
        updated_at: provider.updated_at,
    }
}

const fn security(security: SmtpSecurity) -> Security {
    match security {
        SmtpSecurity::Tls => Security::Tls,
        SmtpSecurity::StartTls => Security::StartTls,
        SmtpSecurity::None => Security::None,
    }
}
