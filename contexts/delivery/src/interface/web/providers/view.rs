use axum::response::Response;
use contracts::{
    crm::consent::Channel,
    delivery::{
        PROVIDER, PROVIDER_DELETION, PROVIDER_NEW, PROVIDER_PAUSE, PROVIDER_PREFERENCE, PROVIDER_RESUMPTION,
        PROVIDERS,
    },
};
use http::StatusCode;
use kernel::Permission;
use maud::{Markup, html};
use platform::web::{Ctx, FieldErrors};
use ui_kit::{
    ActionForm, Alert, Button, Card, Form, Icon, PageHeader, Tab, Tone, badge_with_icon, button_row,
    danger_zone, segmented_links, stack,
};

use super::{
    ProviderForm,
    fields::fields,
    list_view::{crumb, last_test, mode_note, test_button},
    push_test,
};
use crate::{
    application::{read_domains::Domain, read_providers::Provider},
    domain::{provider::ProviderKind, provider_test::TestFailure},
    interface::{
        provider_words::{self, test_failure},
        web::{limits::share_card, settings_parts::Question, template_parts::summary},
    },
};

/// The form for a new account.
pub fn new_page(ctx: &Ctx, status: StatusCode, form: &ProviderForm, errors: &FieldErrors) -> Response {
    let purpose = match form.kind.channel() {
        Channel::Sms => "delivery-provider-new-text-purpose",
        _ => "delivery-provider-new-purpose",
    };
    let header = crumb(ctx, PageHeader::new(ctx.t("delivery-provider-new"))).purpose(ctx.t(purpose));
    let fields = html! {
        (fields(ctx, form, errors, false))
        (button_row(html! { (Button::primary(ctx.t("delivery-provider-create"))) }))
    };
    let body = stack(html! {
        (summary(ctx, errors))
        (kinds(ctx, form.kind))
        (Form::post(PROVIDERS.url(), ctx.csrf_field()).body(ctx.words(), fields))
    });
    ctx.page_with(status, &header, body)
}

/// Each kind has a form of its own, and an address. There is a row for each channel that has any.
fn kinds(ctx: &Ctx, chosen: ProviderKind) -> Markup {
    let row = |channel: Channel, label: &'static str| {
        let kinds = ProviderKind::ALL
            .into_iter()
            .filter(move |kind| kind.channel() == channel);
        let tab = |kind: ProviderKind| Tab {
            label: provider_words::kind(&ctx.l10n, kind).into(),
            href: PROVIDER_NEW.with(&[("kind", kind.as_str())]).into(),
            active: kind == chosen,
            count: None,
        };
        let tabs: Vec<Tab<'_>> = kinds.map(tab).collect();
        (!tabs.is_empty()).then(|| segmented_links(&ctx.t(label), &tabs))
    };
    let rows = [
        row(Channel::Email, "delivery-provider-kinds-email"),
        row(Channel::Sms, "delivery-provider-kinds-sms"),
        row(Channel::Push, "delivery-provider-kinds-push"),
    ];
    html! { @for row in rows.into_iter().flatten() { (row) } }
}

/// One account with its settings.
pub fn page(
    ctx: &Ctx,
    status: StatusCode,
    provider: &Provider,
    domains: &[Domain],
    form: &ProviderForm,
    errors: &FieldErrors,
    webhooks: Markup,
) -> Response {
    let may_write = ctx.may(Permission::ProvidersWrite);
    let header = crumb(ctx, PageHeader::new(provider.name.as_str())).badge(state_badge(ctx, provider));
    let header = if may_write {
        header.actions(actions(ctx, provider))
    } else {
        header
    };
    let fields = fields(ctx, form, errors, provider.secret.is_some());
    let save = Form::post(PROVIDER.url(&provider.id), ctx.csrf_field());
    let body = stack(html! {
        (summary(ctx, errors))
        (mode_note(ctx))
        (paused_note(ctx, provider))
        (test_card(ctx, provider))
        (save.body(ctx.words(), html! {
            (fields)
            @if may_write { (button_row(html! { (Button::primary(ctx.t("delivery-provider-save"))) })) }
        }))
        (share_card(ctx, provider, domains))
        (webhooks)
        @if may_write {
            (danger_zone(
                &ctx.t("delivery-provider-delete"),
                &ctx.t("delivery-provider-delete-help"),
                html! { (Button::danger(ctx.t("delivery-provider-delete")).href(PROVIDER_DELETION.url(&provider.id))) },
            ))
        }
    });
    ctx.page_with(status, &header, body)
}

fn actions(ctx: &Ctx, provider: &Provider) -> Markup {
    let form = |action: String, button| ActionForm::new(action, ctx.csrf_field(), button);
    let id = &provider.id;
    let switch = match provider.paused {
        Some(_) => form(
            PROVIDER_RESUMPTION.url(id),
            Button::secondary(ctx.t("delivery-provider-resume")).icon(Icon::Play),
        ),
        None => form(
            PROVIDER_PAUSE.url(id),
            Button::secondary(ctx.t("delivery-provider-pause")).icon(Icon::Pause),
        ),
    };
    html! {
        (form(PROVIDER_PREFERENCE.url(id), Button::ghost(ctx.t("delivery-provider-prefer")).icon(Icon::ArrowUp)))
        (switch)
        (test_button(ctx, provider, Button::primary(ctx.t("delivery-provider-test")).icon(Icon::Send)))
    }
}

fn paused_note(ctx: &Ctx, provider: &Provider) -> Markup {
    let Some(reason) = &provider.paused else {
        return Markup::default();
    };
    html! {
        (Alert::new(Tone::Warning, ctx.t("delivery-provider-paused-title"))
            .text(ctx.ta("delivery-provider-paused-text", &[("reason", reason.as_str().into())])))
    }
}

fn test_card(ctx: &Ctx, provider: &Provider) -> Markup {
    let failure = provider
        .test_error
        .as_deref()
        .and_then(|text| text.parse::<TestFailure>().ok());
    let channel = provider.config.kind().channel();
    let help = match channel {
        Channel::Sms => "delivery-provider-test-number-help",
        Channel::Push => "delivery-provider-test-help-push",
        Channel::Email => "delivery-provider-test-help",
    };
    let names_device = channel == Channel::Push && ctx.may(Permission::ProvidersWrite);
    Card::titled(ctx.t("delivery-provider-last-test"))
        .help(ctx.t(help))
        .body(html! {
            p { (last_test(ctx, provider)) }
            @if let Some(failure) = failure { p { code { (test_failure(&ctx.l10n, &failure)) } } }
            @if names_device { (push_test::form(ctx, provider)) }
        })
}

/// Asks before an account goes.
pub fn deletion_page(ctx: &Ctx, provider: &Provider) -> Response {
    let title = ctx.ta(
        "delivery-provider-delete-title",
        &[("name", provider.name.as_str().into())],
    );
    let header = crumb(ctx, PageHeader::new(title)).crumb(provider.name.as_str(), PROVIDER.url(&provider.id));
    let question = Question {
        text: ctx.t("delivery-provider-delete-text"),
        button: ctx.t("delivery-provider-delete"),
        action: PROVIDER_DELETION.url(&provider.id),
        back: PROVIDER.url(&provider.id),
    };
    question.page(ctx, header)
}

/// Whether it sends.
pub fn state_badge(ctx: &Ctx, provider: &Provider) -> Markup {
    match provider.paused {
        None => badge_with_icon(Tone::Success, Icon::Check, &ctx.t("delivery-provider-active")),
        Some(_) => badge_with_icon(Tone::Warning, Icon::Pause, &ctx.t("delivery-provider-is-paused")),
    }
}
