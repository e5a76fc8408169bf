//! How an account reports: what to enter at the provider, and what its calls are verified with.

use axum::{extract::State, response::IntoResponse};
use contracts::delivery::{PROVIDER, webhooks::PROVIDER_WEBHOOK};
use http::StatusCode;
use kernel::{Permission, ProviderId};
use maud::{Markup, html};
use platform::web::{AppError, Ctx, FieldErrors, Form as FormOf, Path, Redirect, Toast, WebResult};
use serde::Deserialize;
use ui_kit::{Alert, Button, Card, Field, Form, Tone, button_row, copy_value, facts, no_value};

use super::{
    providers::{self, ProviderForm},
    template_parts::times,
};
use crate::{
    application::{
        read_providers::{Provider, find_provider},
        save_webhook::{WebhookDraft, WebhookNotSaved, save_webhook},
        settings_deps::SettingsDeps,
    },
    domain::webhook::{KeyKind, Scheme},
    interface::webhook_words::{instructions, key_fault, refusal, webhook_url},
};

/// The keys as they were typed. An empty secret keeps the stored one.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct KeysForm {
    webhook_key: Option<String>,
    webhook_secret: Option<String>,
}

/// Stores them.
pub async fn save(
    ctx: Ctx,
    State(deps): State<SettingsDeps>,
    Path(id): Path<ProviderId>,
    FormOf(form): FormOf<KeysForm>,
) -> WebResult {
    let draft = WebhookDraft {
        key: form.webhook_key.clone(),
        secret: form
            .webhook_secret
            .clone()
            .filter(|secret| !secret.trim().is_empty()),
    };
    match save_webhook(&deps, ctx.org, id, &draft).await {
        Ok(()) => {
            let said = Toast::done(ctx.t("delivery-webhook-saved"));
            Ok(Redirect::to(&ctx, PROVIDER.url(&id))
                .say(&ctx, said)
                .into_response())
        }
        Err(WebhookNotSaved::Key(kind)) => {
            let (field, text) = key_fault(&ctx.l10n, kind);
            let mut errors = FieldErrors::new();
            errors.add(field, "invalid_key", text);
            let found = find_provider(&deps.db, ctx.org, id).await?;
            let provider = found.ok_or(AppError::NotFound)?;
            let typed = form.webhook_key.as_deref();
            let card = webhook_card(&ctx, &deps.base_url, &provider, typed, &errors);
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            let settings = ProviderForm::of(&provider);
            Ok(providers::page(&ctx, status, &provider, &settings, &errors, card))
        }
        Err(WebhookNotSaved::NotFound) => Err(AppError::NotFound),
        Err(WebhookNotSaved::Foreign(_, field)) => Err(AppError::invalid(
            field,
            "not_applicable",
            ctx.t("delivery-provider-field-foreign"),
        )),
        Err(WebhookNotSaved::Secret(error)) => Err(error.into()),
        Err(WebhookNotSaved::Db(error)) => Err(error.into()),
    }
}

/// The section of the account's page; nothing of a kind that does not report.
pub fn webhook_card(
    ctx: &Ctx,
    base_url: &str,
    provider: &Provider,
    typed: Option<&str>,
    errors: &FieldErrors,
) -> Markup {
    let Some(scheme) = Scheme::of(provider.config.kind()) else {
        return Markup::default();
    };
    let webhook = &provider.webhook;
    let times = times(ctx);
    let last = match webhook.last_report_at {
        Some(at) => times.relative(at),
        None => html! { (ctx.t("delivery-webhook-no-report")) },
    };
    let refused = match &webhook.last_refusal {
        Some((at, why)) => html! { (times.relative(*at)) " – " (refusal(ctx, why)) },
        None => no_value(),
    };
    let missing = match scheme.key() {
        KeyKind::TopicArn | KeyKind::PublicKey => webhook.key.is_none(),
        KeyKind::Secret => !webhook.has_secret,
        KeyKind::OwnSecret => false,
    };
    let url = webhook_url(base_url, provider.id);
    let list = facts(&[
        (
            ctx.t("delivery-webhook-url").into(),
            copy_value(ctx.words(), &url),
        ),
        (ctx.t("delivery-webhook-last-report").into(), last),
        (ctx.t("delivery-webhook-last-refusal").into(), refused),
    ]);
    Card::titled(ctx.t("delivery-webhook-title"))
        .help(ctx.t("delivery-webhook-help"))
        .body(html! {
            @if missing {
                (Alert::new(Tone::Info, ctx.t("delivery-webhook-missing")).text(ctx.t("delivery-webhook-missing-help")))
            }
            (list)
            p { (ctx.t(instructions(scheme))) }
            @if ctx.may(Permission::ProvidersWrite) && scheme.key() != KeyKind::OwnSecret {
                (Form::post(PROVIDER_WEBHOOK.url(&provider.id), ctx.csrf_field()).body(ctx.words(), html! {
                    (key_input(ctx, scheme, provider, typed, errors))
                    (button_row(html! { (Button::secondary(ctx.t("delivery-webhook-save"))) }))
                }))
            }
        })
}

fn key_input(
    ctx: &Ctx,
    scheme: Scheme,
    provider: &Provider,
    typed: Option<&str>,
    errors: &FieldErrors,
) -> Markup {
    let stored = provider.webhook.key.clone().unwrap_or_default();
    let value = typed.map_or(stored, str::to_owned);
    let public = |label: &str, help: &str| {
        Field::text("webhook_key", ctx.t(label))
            .value(value.as_str())
            .help(ctx.t(help))
            .error(errors.of("webhook_key").map(str::to_owned))
            .autocomplete("off")
            .max_length(1000)
    };
    match scheme.key() {
        KeyKind::TopicArn => {
            html! { (public("delivery-webhook-topic", "delivery-webhook-topic-help")) }
        }
        KeyKind::PublicKey => {
            html! { (public("delivery-webhook-key", "delivery-webhook-key-help")) }
        }
        KeyKind::Secret | KeyKind::OwnSecret => {
            let help = if provider.webhook.has_secret {
                "delivery-webhook-secret-kept"
            } else {
                "delivery-webhook-secret-help"
            };
            html! {
                (Field::password("webhook_secret", ctx.t("delivery-webhook-secret"))
                    .help(ctx.t(help))
                    .error(errors.of("webhook_secret").map(str::to_owned))
                    .autocomplete("new-password")
                    .max_length(1000))
            }
        }
    }
}
