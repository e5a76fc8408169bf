use axum::response::Response;
use contracts::{
    crm::consent::Channel,
    delivery::{PROVIDER, PROVIDER_NEW, PROVIDER_TEST, PROVIDERS},
    identity::{GO_LIVE, SendingMode},
};
use kernel::Permission;
use maud::{Markup, html};
use platform::web::Ctx;
use ui_kit::{
    ActionForm, Alert, Button, Column, EmptyState, Icon, PageHeader, Row, Table, Tone, badge,
    badge_with_icon, link_with_note, stack,
};

use super::{fields::security, view::state_badge};
use crate::{
    application::read_providers::Provider,
    domain::provider::ProviderConfig,
    interface::{provider_words, web::template_parts::times},
};

/// All accounts.
pub fn page(ctx: &Ctx, providers: &[Provider]) -> Response {
    let header =
        PageHeader::new(ctx.t("delivery-providers-title")).purpose(ctx.t("delivery-providers-purpose"));
    let header = if providers.is_empty() || !ctx.may(Permission::ProvidersWrite) {
        header
    } else {
        header.actions(html! { (new_button(ctx)) })
    };
    ctx.page(&header, stack(html! { (mode_note(ctx)) (table(ctx, providers)) }))
}

/// In test mode nothing goes out over them but tests.
pub fn mode_note(ctx: &Ctx) -> Markup {
    if ctx.organization.mode == SendingMode::Live {
        return Markup::default();
    }
    let way = html! { (Button::secondary(ctx.t("delivery-providers-go-live")).small().href(GO_LIVE.url())) };
    html! {
        (Alert::new(Tone::Info, ctx.t("delivery-providers-test-mode"))
            .text(ctx.t("delivery-providers-test-mode-help"))
            .actions(way))
    }
}

fn table(ctx: &Ctx, providers: &[Provider]) -> Markup {
    let columns = vec![
        Column::text(ctx.t("delivery-provider-name")),
        Column::text(ctx.t("delivery-provider-state")),
        Column::text(ctx.t("delivery-provider-kind")).wide_only(),
        Column::text(ctx.t("delivery-provider-last-test")),
    ];
    let empty = EmptyState::new(Icon::Plug, ctx.t("delivery-providers-empty"))
        .text(ctx.t("delivery-providers-empty-help"));
    let empty = if ctx.may(Permission::ProvidersWrite) {
        empty.action(html! { (new_button(ctx)) })
    } else {
        empty
    };
    // Of each channel the first one that is not paused is the one in use.
    let used = |channel| {
        let mut of_channel = providers.iter().filter(|p| p.config.kind().channel() == channel);
        let first = of_channel.find(|provider| provider.paused.is_none());
        first.map(|provider| provider.id)
    };
    Table::new(ctx.t("delivery-providers-title"), columns)
        .rows(providers.iter().map(|provider| {
            row(
                ctx,
                provider,
                used(provider.config.kind().channel()) == Some(provider.id),
            )
        }))
        .empty(empty)
        .show(ctx.words())
}

fn row<'a>(ctx: &'a Ctx, provider: &'a Provider, is_used: bool) -> Row<'a> {
    let row = Row::new(vec![
        link_with_note(
            &PROVIDER.url(&provider.id),
            &provider.name,
            &provider.config.place(),
        ),
        html! {
            (state_badge(ctx, provider))
            @if is_used { " " (badge(Tone::Neutral, &ctx.t("delivery-provider-used-first"))) }
            @if let Some(reason) = &provider.paused { br; span.muted { (reason) } }
        },
        kind(ctx, &provider.config),
        last_test(ctx, provider),
    ])
    .id(provider.id.to_string());
    if !ctx.may(Permission::ProvidersWrite) {
        return row;
    }
    let test = Button::ghost(ctx.t("delivery-provider-test"))
        .icon(Icon::Send)
        .small();
    row.actions(test_button(ctx, provider, test))
}

/// Mail goes to whoever presses it, and push services are asked about the credentials alone; for a text message
/// it leads to where a number is asked for.
pub fn test_button(ctx: &Ctx, provider: &Provider, button: Button<'_>) -> Markup {
    let url = PROVIDER_TEST.url(&provider.id);
    match provider.config.kind().channel() {
        Channel::Sms => html! { (button.href(url)) },
        _ => html! { (ActionForm::new(url, ctx.csrf_field(), button)) },
    }
}

/// The kind, what it carries, and of mail servers how they are talked to.
fn kind(ctx: &Ctx, config: &ProviderConfig) -> Markup {
    let name = provider_words::kind(&ctx.l10n, config.kind());
    let channel = provider_words::channel(&ctx.l10n, config.kind().channel());
    let server = match config {
        ProviderConfig::Smtp(server) => Some(server),
        ProviderConfig::Postfix(postfix) => Some(&postfix.server),
        _ => None,
    };
    html! {
        (name) " " span.muted { (channel) }
        @if let Some(server) = server { " " span.muted { (security(ctx, server.security)) } }
    }
}

/// When an account was last tried, and what came of it.
pub fn last_test(ctx: &Ctx, provider: &Provider) -> Markup {
    let Some(at) = provider.tested_at else {
        return html! { span.muted { (ctx.t("delivery-provider-never-tested")) } };
    };
    let outcome = match provider.test_error {
        None => badge_with_icon(
            Tone::Success,
            Icon::Check,
            &ctx.t("delivery-provider-test-passed"),
        ),
        Some(_) => badge_with_icon(
            Tone::Danger,
            Icon::Warning,
            &ctx.t("delivery-provider-test-failed"),
        ),
    };
    html! { (outcome) " " span.muted { (times(ctx).relative(at)) } }
}

fn new_button<'a>(ctx: &Ctx) -> Button<'a> {
    Button::primary(ctx.t("delivery-provider-new"))
        .icon(Icon::Plus)
        .href(PROVIDER_NEW.url())
}

/// The way back to the list.
pub fn crumb<'a>(ctx: &Ctx, header: PageHeader<'a>) -> PageHeader<'a> {
    header.crumb(ctx.t("delivery-providers-title"), PROVIDERS.url())
}
