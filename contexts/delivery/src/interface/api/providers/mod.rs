//! Accounts by the API.

mod convert;
mod webhook;

use axum::{Json, extract::State, response::IntoResponse};
use contracts::{
    ListPage,
    crm::consent::Channel,
    delivery::{
        API_PROVIDER, API_PROVIDER_TESTS, API_PROVIDERS,
        providers::{
            NewProvider, Provider as ProviderItem, ProviderPatch, ProviderTestReport, ProviderTestRequest,
        },
        settings::SendingState,
    },
};
use http::{StatusCode, header};
use kernel::{Permission, ProviderId};
use platform::web::{Access, AppError, Ctx, Json as Body, Op, Path, Routes, WebResult};

use self::convert::{Inapplicable, changed, draft, item};
use crate::{
    application::{
        delete_provider::delete_provider,
        pause_provider::{pause_provider, resume_provider},
        read_providers::{Provider, find_provider, list_providers},
        save_provider::{add_provider, change_provider},
        settings_deps::SettingsDeps,
        test_push::test_push,
    },
    domain::provider_test::TestFailure,
    interface::{
        provider_tests::{recipient, try_account},
        provider_words::{provider_not_saved, push_of_a_test},
    },
};

/// All routes.
pub fn routes() -> Routes<SettingsDeps> {
    let read = Access::needs(Permission::ProvidersRead);
    let write = Access::needs(Permission::ProvidersWrite);
    Routes::new()
        .get(API_PROVIDERS.template(), read, list)
        .doc(
            Op::new("list_providers", "List accounts that messages go out over")
                .describe("In the order in which they are used. Passwords and keys are never shown.")
                .returns::<ListPage<ProviderItem>>(200, "All accounts."),
        )
        .post(API_PROVIDERS.template(), write, create)
        .doc(
            Op::new("create_provider", "Set up an account that messages go out over")
                .describe(
                    "A mail server, Amazon SES, SendGrid, Mailgun or Postfix for mail; Twilio, Plivo, Vonage or Telnyx \
                     for text messages; Firebase or Apple for push notifications; by `kind`; without it, a mail \
                     server. Passwords and keys are stored encrypted.",
                )
                .body::<NewProvider>()
                .returns::<ProviderItem>(201, "The account."),
        )
        .get(API_PROVIDER.template(), read, show)
        .doc(Op::new("get_provider", "Get an account").returns::<ProviderItem>(200, "The account."))
        .patch(API_PROVIDER.template(), write, change)
        .doc(
            Op::new("update_provider", "Change an account")
                .describe(
                    "JSON Merge Patch. Changed settings let a paused account send again. Only fields of the account's \
                     kind may be given, and the kind stays. Whoever changes the server, the name to sign in by or \
                     the encryption has to give the password or the key again.",
                )
                .body_as::<ProviderPatch>("application/merge-patch+json")
                .returns::<ProviderItem>(200, "The account as it is now."),
        )
        .delete(API_PROVIDER.template(), write, remove)
        .doc(Op::new("delete_provider", "Delete an account").answers(204, "It is gone."))
        .post(API_PROVIDER_TESTS.template(), write, test)
        .doc(
            Op::new("test_provider", "Send one message over an account")
                .describe("Connects and sends for real, also in test mode, and waits for the outcome.")
                .body::<ProviderTestRequest>()
                .returns::<ProviderTestReport>(200, "What came of it."),
        )
}

async fn list(ctx: Ctx, State(deps): State<SettingsDeps>) -> WebResult<Json<ListPage<ProviderItem>>> {
    let found = list_providers(&deps.db, ctx.org).await?;
    Ok(Json(ListPage {
        data: found.into_iter().map(|found| item(&deps, found)).collect(),
        has_more: false,
        next_cursor: None,
    }))
}

async fn create(ctx: Ctx, State(deps): State<SettingsDeps>, Body(new): Body<NewProvider>) -> WebResult {
    let draft = draft(new);
    let kind = draft.config.kind();
    let id = add_provider(&deps, ctx.org, &draft)
        .await
        .map_err(|error| provider_not_saved(&ctx.l10n, kind, error))?;
    let location = [(header::LOCATION, API_PROVIDER.url(&id))];
    Ok((
        StatusCode::CREATED,
        location,
        Json(item(&deps, read(&ctx, &deps, id).await?)),
    )
        .into_response())
}

async fn show(
    ctx: Ctx,
    State(deps): State<SettingsDeps>,
    Path(id): Path<ProviderId>,
) -> WebResult<Json<ProviderItem>> {
    Ok(Json(item(&deps, read(&ctx, &deps, id).await?)))
}

async fn change(
    ctx: Ctx,
    State(deps): State<SettingsDeps>,
    Path(id): Path<ProviderId>,
    Body(patch): Body<ProviderPatch>,
) -> WebResult<Json<ProviderItem>> {
    let before = read(&ctx, &deps, id).await?;
    let state = patch.state;
    let kind = before.config.kind();
    let keys = webhook::draft(&patch);
    let changed = changed(&before, patch).map_err(|error| inapplicable(&ctx, error))?;
    if let Some(draft) = changed {
        change_provider(&deps, ctx.org, id, &draft)
            .await
            .map_err(|error| provider_not_saved(&ctx.l10n, kind, error))?;
    }
    webhook::save(&ctx, &deps, id, &keys).await?;
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
    Ok(Json(item(&deps, read(&ctx, &deps, id).await?)))
}

fn inapplicable(ctx: &Ctx, error: Inapplicable) -> AppError {
    match error {
        Inapplicable::Field(field) => {
            AppError::invalid(field, "not_applicable", ctx.t("delivery-provider-field-foreign"))
        }
        Inapplicable::Region => AppError::invalid(
            "region",
            "invalid_region",
            ctx.t("delivery-provider-region-invalid"),
        ),
    }
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
    let channel = provider.config.kind().channel();
    if channel == Channel::Push {
        let push = push_of_a_test(&ctx, &provider.name, request.to.trim());
        return Ok(Json(report(test_push(&deps, ctx.org, id, push).await?)));
    }
    let recipient = recipient(&ctx, channel, &request.to)?;
    let failure = try_account(&ctx, &deps, &provider, &recipient).await?;
    Ok(Json(report(failure)))
}

fn report(failure: Option<TestFailure>) -> ProviderTestReport {
    let error = failure.map(|failure| failure.to_string());
    ProviderTestReport {
        succeeded: error.is_none(),
        error,
    }
}

async fn read(ctx: &Ctx, deps: &SettingsDeps, id: ProviderId) -> WebResult<Provider> {
    find_provider(&deps.db, ctx.org, id)
        .await?
        .ok_or(AppError::NotFound)
}
