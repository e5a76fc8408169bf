use axum::response::Response;
use contracts::delivery::bounces::{BOUNCE_MAILBOX, BOUNCE_MAILBOX_NEW, BOUNCE_MAILBOXES};
use kernel::Permission;
use maud::{Markup, html};
use platform::web::Ctx;
use ui_kit::{
    Button, Column, EmptyState, Icon, PageHeader, Row, Table, Tone, badge, badge_with_icon, link_with_note,
    no_value, number,
};

use crate::{application::read_bounce_mailboxes::ShownMailbox, interface::web::template_parts::times};

/// All mailboxes.
pub fn page(ctx: &Ctx, mailboxes: &[ShownMailbox]) -> Response {
    let header = PageHeader::new(ctx.t("delivery-bounce-title")).purpose(ctx.t("delivery-bounce-purpose"));
    let may_write = ctx.may(Permission::ProvidersWrite);
    let add = || {
        html! { (Button::primary(ctx.t("delivery-bounce-new")).icon(Icon::Plus).href(BOUNCE_MAILBOX_NEW.url())) }
    };
    let header = if may_write && !mailboxes.is_empty() {
        header.actions(add())
    } else {
        header
    };
    let empty =
        EmptyState::new(Icon::Undo, ctx.t("delivery-bounce-empty")).text(ctx.t("delivery-bounce-empty-help"));
    let empty = if may_write { empty.action(add()) } else { empty };
    let columns = vec![
        Column::text(ctx.t("delivery-bounce-address")),
        Column::text(ctx.t("delivery-bounce-state")),
        Column::number(ctx.t("delivery-bounce-count-bounces")),
        Column::number(ctx.t("delivery-bounce-count-complaints")),
        Column::text(ctx.t("delivery-bounce-looked-at")).wide_only(),
    ];
    let table = Table::new(ctx.t("delivery-bounce-title"), columns)
        .rows(mailboxes.iter().map(|shown| row(ctx, shown)))
        .empty(empty)
        .show(ctx.words());
    ctx.page(&header, table)
}

fn row<'a>(ctx: &Ctx, shown: &'a ShownMailbox) -> Row<'a> {
    let mailbox = &shown.mailbox;
    let settings = &mailbox.settings;
    let place = format!("{}:{}", settings.host, settings.port);
    Row::new(vec![
        link_with_note(
            &BOUNCE_MAILBOX.url(&mailbox.id),
            settings.address.as_str(),
            &place,
        ),
        state_badge(ctx, shown),
        html! { (number(mailbox.status.counts.bounces)) },
        html! { (number(mailbox.status.counts.complaints)) },
        match mailbox.status.looked_at {
            Some(at) => times(ctx).relative(at),
            None => no_value(),
        },
    ])
    .id(mailbox.id.to_string())
}

/// Whether it is read, and whether that works.
pub fn state_badge(ctx: &Ctx, shown: &ShownMailbox) -> Markup {
    let status = &shown.mailbox.status;
    if !shown.mailbox.settings.enabled {
        badge(Tone::Neutral, &ctx.t("delivery-bounce-state-off"))
    } else if status.last_error.is_some() {
        badge_with_icon(Tone::Danger, Icon::Error, &ctx.t("delivery-bounce-state-failing"))
    } else if status.looked_at.is_none() {
        badge_with_icon(Tone::Info, Icon::Clock, &ctx.t("delivery-bounce-state-waiting"))
    } else {
        badge_with_icon(Tone::Success, Icon::Check, &ctx.t("delivery-bounce-state-read"))
    }
}

/// The way back to the list.
pub fn crumb<'a>(ctx: &Ctx, header: PageHeader<'a>) -> PageHeader<'a> {
    header.crumb(ctx.t("delivery-bounce-title"), BOUNCE_MAILBOXES.url())
}
