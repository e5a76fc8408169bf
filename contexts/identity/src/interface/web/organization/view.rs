use axum::response::Response;
use contracts::identity::{GO_LIVE, ORGANIZATION, SendingMode};
use http::StatusCode;
use kernel::Permission;
use maud::{Markup, html};
use platform::web::{Ctx, FieldErrors};
use ui_kit::{Button, Card, Field, Form, Icon, PageHeader, Tone, badge_with_icon, form_section, stack};

use super::OrganizationForm;
use crate::{
    domain::{names::LONGEST, organization::LONGEST_ADDRESS},
    interface::web::fields::{summary, timezone_select},
};

/// The settings page.
pub fn page(ctx: &Ctx, status: StatusCode, form: &OrganizationForm, errors: &FieldErrors) -> Response {
    let header =
        PageHeader::new(ctx.t("identity-organization-title")).purpose(ctx.t("identity-organization-purpose"));
    let may_change = ctx.may(Permission::OrganizationWrite);
    let fields = fields(ctx, form, errors, may_change);
    let body = stack(html! {
        (mode_card(ctx))
        (summary(&ctx.l10n, errors))
        @if may_change {
            (Form::post(ORGANIZATION.url(), ctx.csrf_field()).save_bar().body(ctx.words(), fields))
        } @else {
            div.form { (fields) }
        }
    });
    ctx.page_with(status, &header, body)
}

fn fields(ctx: &Ctx, form: &OrganizationForm, errors: &FieldErrors, may_change: bool) -> Markup {
    let error = |field: &str| errors.of(field).map(str::to_owned);
    html! {
        (form_section(&ctx.t("identity-organization-general"), None, html! {
            (Field::text("name", ctx.t("identity-field-organization"))
                .value(&form.name)
                .help(ctx.t("identity-field-organization-help"))
                .error(error("name"))
                .max_length(LONGEST)
                .required()
                .disabled(!may_change))
            (timezone_select(&ctx.l10n, &form.timezone, errors).disabled(!may_change))
        }))
        (form_section(&ctx.t("identity-organization-legal"), Some(&ctx.t("identity-organization-legal-help")), html! {
            (Field::textarea("postal_address", ctx.t("identity-field-postal-address"), 4)
                .value(&form.postal_address)
                .help(ctx.t("identity-field-postal-address-help"))
                .error(error("postal_address"))
                .max_length(LONGEST_ADDRESS)
                .autocomplete("street-address")
                .disabled(!may_change))
        }))
    }
}

fn mode_card(ctx: &Ctx) -> Markup {
    let (state, help) = match ctx.organization.mode {
        SendingMode::Test => (
            badge_with_icon(Tone::Warning, Icon::Inbox, &ctx.t("identity-mode-test")),
            ctx.t("identity-mode-test-help"),
        ),
        SendingMode::Live => (
            badge_with_icon(Tone::Success, Icon::Send, &ctx.t("identity-mode-live")),
            ctx.t("identity-mode-live-help"),
        ),
    };
    Card::titled(ctx.t("identity-mode-title"))
        .help(help)
        .actions(html! { (Button::secondary(ctx.t("identity-mode-open")).href(GO_LIVE.url()).trailing(Icon::ArrowRight)) })
        .body(state)
}
