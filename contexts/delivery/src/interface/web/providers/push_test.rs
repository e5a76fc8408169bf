//! Trying an account for push notifications: a person has no device that the program knows, so they name one,
//! or ask about the credentials alone.

use contracts::delivery::PROVIDER_TEST;
use maud::{Markup, html};
use platform::web::{Ctx, Toast, WebResult};
use ui_kit::{Button, Field, Form, Icon, button_row};

use crate::{
    application::{read_providers::Provider, settings_deps::SettingsDeps, test_push::test_push},
    domain::provider::ProviderKind,
    interface::provider_words::{push_of_a_test, test_failure},
};

/// The longest token of a device that anybody gives out, in bytes.
const LONGEST_TOKEN: usize = 4096;

/// Tries it with the token of a device, or with none where that is empty, and says what came of it.
pub(super) async fn test(
    ctx: &Ctx,
    deps: &SettingsDeps,
    provider: &Provider,
    token: &str,
) -> WebResult<Toast> {
    let token = token.trim();
    if token.len() > LONGEST_TOKEN {
        return Ok(Toast::failed(ctx.t("delivery-provider-test-token-invalid")));
    }
    let push = push_of_a_test(ctx, &provider.name, token);
    let failure = test_push(deps, ctx.org, provider.id, push).await?;
    let passed = match (token.is_empty(), provider.config.kind()) {
        (true, _) => "delivery-provider-test-credentials-accepted",
        (false, ProviderKind::Fcm) => "delivery-provider-test-token-accepted",
        (false, _) => "delivery-provider-test-push-taken",
    };
    Ok(match failure {
        None => Toast::done(ctx.t(passed)),
        Some(failure) => Toast::failed(test_failure(&ctx.l10n, &failure)),
    })
}

/// The form that names a device.
pub(super) fn form(ctx: &Ctx, provider: &Provider) -> Markup {
    let help = match provider.config.kind() {
        ProviderKind::Fcm => "delivery-provider-test-token-help-fcm",
        _ => "delivery-provider-test-token-help-apns",
    };
    let fields = html! {
        (Field::text("to", ctx.t("delivery-provider-test-token"))
            .help(ctx.t(help))
            .autocomplete("off")
            .max_length(LONGEST_TOKEN))
        (button_row(html! {
            (Button::secondary(ctx.t("delivery-provider-test-device")).icon(Icon::Send))
        }))
    };
    Form::post(PROVIDER_TEST.url(&provider.id), ctx.csrf_field()).body(ctx.words(), fields)
}
