use axum::response::Response;
use contracts::delivery::{DOMAIN, DOMAIN_NEW, DOMAINS};
use kernel::Permission;
use maud::{Markup, html};
use platform::web::Ctx;
use ui_kit::{
    Button, Column, EmptyState, Icon, PageHeader, Row, Table, Tone, badge, badge_with_icon, link_with_note,
};

use crate::{
    application::read_domains::Domain,
    domain::{domain_key::signing as signing_keys, sending_domain::Sender},
    interface::domain_words::{algorithm, domain_badge},
};

/// All domains.
pub fn page(ctx: &Ctx, domains: &[Domain]) -> Response {
    let header = PageHeader::new(ctx.t("delivery-domains-title")).purpose(ctx.t("delivery-domains-purpose"));
    let may_write = ctx.may(Permission::ProvidersWrite);
    let add =
        || html! { (Button::primary(ctx.t("delivery-domain-new")).icon(Icon::Plus).href(DOMAIN_NEW.url())) };
    let header = if may_write && !domains.is_empty() {
        header.actions(add())
    } else {
        header
    };
    let empty = EmptyState::new(Icon::Send, ctx.t("delivery-domains-empty"))
        .text(ctx.t("delivery-domains-empty-help"));
    let empty = if may_write { empty.action(add()) } else { empty };
    let columns = vec![
        Column::text(ctx.t("delivery-domain-domain")),
        Column::text(ctx.t("delivery-domain-state")),
        Column::text(ctx.t("delivery-domain-signing")),
        Column::text(ctx.t("delivery-domain-verification")),
    ];
    let table = Table::new(ctx.t("delivery-domains-title"), columns)
        .rows(domains.iter().map(|domain| row(ctx, domain)))
        .empty(empty)
        .show(ctx.words());
    ctx.page(&header, table)
}

fn row<'a>(ctx: &Ctx, domain: &'a Domain) -> Row<'a> {
    Row::new(vec![
        link_with_note(&DOMAIN.url(&domain.id), &domain.domain, &shown(&domain.sender)),
        html! {
            (badges(ctx, domain))
            @if let Some(reason) = &domain.paused { br; span.muted { (reason) } }
        },
        signing(ctx, domain),
        domain_badge(ctx, domain),
    ])
    .id(domain.id.to_string())
}

/// Whether mail is sent from it.
pub fn badges(ctx: &Ctx, domain: &Domain) -> Markup {
    html! {
        @if domain.paused.is_some() {
            (badge_with_icon(Tone::Warning, Icon::Pause, &ctx.t("delivery-domain-is-paused")))
        } @else if domain.is_default {
            (badge_with_icon(Tone::Success, Icon::Check, &ctx.t("delivery-domain-is-default")))
        } @else {
            (badge(Tone::Neutral, &ctx.t("delivery-domain-is-spare")))
        }
    }
}

/// What its mail is signed with.
pub fn signing(ctx: &Ctx, domain: &Domain) -> Markup {
    let keys = signing_keys(&domain.keys);
    if keys.is_empty() {
        return badge_with_icon(Tone::Warning, Icon::Warning, &ctx.t("delivery-domain-unsigned"));
    }
    html! {
        @for key in keys { (badge_with_icon(Tone::Success, Icon::Lock, &algorithm(ctx, key.algorithm))) " " }
    }
}

/// `Shop <news@example.com>`
pub fn shown(sender: &Sender) -> String {
    if sender.name.is_empty() {
        return sender.address.as_str().to_owned();
    }
    format!("{} <{}>", sender.name, sender.address)
}

/// The way back to the list.
pub fn crumb<'a>(ctx: &Ctx, header: PageHeader<'a>) -> PageHeader<'a> {
    header.crumb(ctx.t("delivery-domains-title"), DOMAINS.url())
}
