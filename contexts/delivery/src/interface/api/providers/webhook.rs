//! How accounts report, as a part of them.

use contracts::delivery::{
    providers::ProviderPatch,
    webhooks::{ProviderWebhook, WEBHOOK},
};
use kernel::ProviderId;
use platform::web::{AppError, Ctx, WebResult};

use crate::{
    application::{
        read_providers::Provider,
        save_webhook::{WebhookDraft, WebhookNotSaved, save_webhook},
        settings_deps::SettingsDeps,
    },
    domain::webhook::Scheme,
    interface::webhook_words::key_fault,
};

/// What the API shows.
pub(super) fn webhook(deps: &SettingsDeps, provider: &Provider) -> ProviderWebhook {
    let webhook = &provider.webhook;
    let reports = Scheme::of(provider.config.kind()).is_some();
    let refusal = webhook.last_refusal.as_ref();
    ProviderWebhook {
        webhook_url: reports.then(|| format!("{}{}", deps.base_url, WEBHOOK.url(&provider.id))),
        webhook_key: webhook.key.clone(),
        has_webhook_secret: webhook.has_secret,
        last_report_at: webhook.last_report_at,
        last_refusal_at: refusal.map(|(at, _)| *at),
        last_refusal: refusal.map(|(_, why)| why.clone()),
    }
}

/// What a patch says of keys.
pub(super) fn draft(patch: &ProviderPatch) -> WebhookDraft {
    let given = |value: &Option<Option<String>>| value.clone().map(Option::unwrap_or_default);
    WebhookDraft {
        key: given(&patch.webhook_key),
        secret: given(&patch.webhook_secret),
    }
}

/// Stores it, if it says anything.
pub(super) async fn save(
    ctx: &Ctx,
    deps: &SettingsDeps,
    id: ProviderId,
    draft: &WebhookDraft,
) -> WebResult<()> {
    if draft.key.is_none() && draft.secret.is_none() {
        return Ok(());
    }
    save_webhook(deps, ctx.org, id, draft)
        .await
        .map_err(|error| match error {
            WebhookNotSaved::NotFound => AppError::NotFound,
            WebhookNotSaved::Key(kind) => {
                let (field, text) = key_fault(&ctx.l10n, kind);
                AppError::invalid(field, "invalid_key", text)
            }
            WebhookNotSaved::Foreign(_, field) => {
                AppError::invalid(field, "not_applicable", ctx.t("delivery-provider-field-foreign"))
            }
            WebhookNotSaved::Secret(error) => error.into(),
            WebhookNotSaved::Db(error) => error.into(),
        })
}
