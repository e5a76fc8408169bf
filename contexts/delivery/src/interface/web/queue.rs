//! What waits, and for what.

use axum::{extract::State, response::Response};
use contracts::{
    campaign::CAMPAIGN,
    delivery::{BatchState, MESSAGES, MessageSource, Stream, limits::LIMITS},
};
use kernel::Permission;
use maud::{Markup, html};
use platform::web::{Ctx, WebResult};
use ui_kit::{
    Button, Column, EmptyState, Icon, PageHeader, Row, Table, Tone, badge, badge_with_icon, link, no_value,
    number, stack,
};

use crate::{
    application::{
        read_queue::{Waiting, read_queue},
        settings_deps::SettingsDeps,
    },
    interface::web::template_parts::times,
};

/// All that waits.
pub async fn show(ctx: Ctx, State(deps): State<SettingsDeps>) -> WebResult {
    let waiting = read_queue(&deps.db, ctx.org).await?;
    Ok(page(&ctx, &waiting))
}

fn page(ctx: &Ctx, waiting: &[Waiting]) -> Response {
    let header = PageHeader::new(ctx.t("delivery-queue-title"))
        .crumb(ctx.t("delivery-messages-title"), MESSAGES.url())
        .purpose(ctx.t("delivery-queue-purpose"));
    let header = if ctx.may(Permission::ProvidersRead) {
        header.actions(html! {
            (Button::secondary(ctx.t("delivery-limits-title")).icon(Icon::Clock).href(LIMITS.url()))
        })
    } else {
        header
    };
    let columns = vec![
        Column::text(ctx.t("delivery-queue-what")),
        Column::text(ctx.t("delivery-queue-state")),
        Column::number(ctx.t("delivery-queue-waiting")),
        Column::number(ctx.t("delivery-queue-put-off")),
        Column::text(ctx.t("delivery-queue-next")),
        Column::number(ctx.t("delivery-queue-speed")),
        Column::text(ctx.t("delivery-queue-left")),
    ];
    let empty =
        EmptyState::new(Icon::Check, ctx.t("delivery-queue-empty")).text(ctx.t("delivery-queue-empty-help"));
    let table = Table::new(ctx.t("delivery-queue-title"), columns)
        .rows(waiting.iter().map(|waiting| row(ctx, waiting)))
        .empty(empty)
        .scrolls(true)
        .show(ctx.words());
    ctx.page(&header, stack(table))
}

fn row<'a>(ctx: &Ctx, waiting: &'a Waiting) -> Row<'a> {
    Row::new(vec![
        what(ctx, waiting),
        state(ctx, waiting),
        html! { (number(waiting.progress.pending)) },
        html! { (number(waiting.put_off)) },
        waiting
            .next_due
            .map_or_else(no_value, |due| times(ctx).relative(due)),
        html! { (format!("{:.0}", waiting.progress.per_second)) },
        match waiting.seconds_left() {
            Some(seconds) => html! { (left(ctx, seconds)) },
            None => no_value(),
        },
    ])
}

fn what(ctx: &Ctx, waiting: &Waiting) -> Markup {
    let name = match waiting.source {
        _ if !waiting.name.is_empty() => waiting.name.clone(),
        MessageSource::Campaign(_) => ctx.t("delivery-message-source-campaign"),
        MessageSource::Test => ctx.t("delivery-message-source-test"),
        MessageSource::Service => ctx.t("delivery-message-source-service"),
        MessageSource::Api => ctx.t("delivery-message-source-api"),
    };
    match waiting.campaign() {
        Some(id) if ctx.may(Permission::CampaignsRead) => link(&CAMPAIGN.url(&id), &name),
        _ => html! { (name) },
    }
}

fn state(ctx: &Ctx, waiting: &Waiting) -> Markup {
    let stream = match waiting.stream {
        Stream::Marketing => Markup::default(),
        Stream::Transactional => badge(Tone::Neutral, &ctx.t("delivery-queue-transactional")),
    };
    let state = match waiting.state {
        BatchState::Running => badge(Tone::Info, &ctx.t("delivery-queue-running")),
        BatchState::Paused => badge_with_icon(Tone::Warning, Icon::Pause, &ctx.t("delivery-queue-paused")),
        BatchState::Cancelled => badge(Tone::Neutral, &ctx.t("delivery-queue-cancelled")),
    };
    html! {
        (state) " " (stream)
        @if let Some(reason) = &waiting.pause_reason { br; span.muted { (reason) } }
    }
}

/// "about 3 min"
fn left(ctx: &Ctx, seconds: i64) -> String {
    let (key, count) = match seconds {
        0..=90 => ("delivery-queue-seconds", seconds),
        91..=5400 => ("delivery-queue-minutes", (seconds + 30) / 60),
        _ => ("delivery-queue-hours", (seconds + 1800) / 3600),
    };
    ctx.ta(key, &[("count", count.into())])
}
