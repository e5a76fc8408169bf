use axum::response::Response;
use contracts::{
    campaign::CAMPAIGN,
    delivery::{MESSAGE, MESSAGE_RESOLUTIONS, MESSAGES, MessageSource, limits::QUEUE},
};
use kernel::Permission;
use maud::{Markup, html};
use platform::web::Ctx;
use ui_kit::{
    Bulk, Button, Column, EmptyState, FilterBar, Icon, Live, PageHeader, Pager, Row, Table, Tone,
    badge_with_icon, filter_chip, filter_select, link, link_with_note,
};

use super::ListQuery;
use crate::{
    application::read_messages::MessageRow,
    domain::{held::HeldDecision, message_state::MessageState},
    interface::{message_words, web::template_parts::times},
};

const LIST: Live<'static> = Live("message-list");
const BULK: &str = "held-messages";

/// States that people look for.
const STATES: [MessageState; 12] = [
    MessageState::Queued,
    MessageState::Sending,
    MessageState::Deferred,
    MessageState::Held,
    MessageState::Accepted,
    MessageState::Delivered,
    MessageState::Bounced,
    MessageState::Complained,
    MessageState::Failed,
    MessageState::Suppressed,
    MessageState::Expired,
    MessageState::Cancelled,
];

/// The page around the list.
pub fn page(ctx: &Ctx, query: &ListQuery, is_empty: bool, list: Markup) -> Response {
    let nothing_yet = is_empty && !query.is_filtered() && query.cursor.is_none();
    let header =
        PageHeader::new(ctx.t("delivery-messages-title")).purpose(ctx.t("delivery-messages-purpose"));
    let queue = Button::secondary(ctx.t("delivery-queue-title"))
        .icon(Icon::Clock)
        .href(QUEUE.url());
    let header = header.actions(html! { (queue) });
    let states: Vec<_> = std::iter::once(("".into(), ctx.t("delivery-messages-any-state").into()))
        .chain(STATES.map(|state| (state.as_str().into(), message_words::state(ctx, state).into())))
        .collect();
    let bar = FilterBar::new(MESSAGES.url())
        .search("to", query.to.as_str(), ctx.t("delivery-messages-search"))
        .keep(
            "campaign",
            Some(query.campaign.as_str()).filter(|id| !id.is_empty()),
        )
        .controls(filter_select(
            "state",
            &ctx.t("delivery-message-state"),
            &states,
            &query.state,
        ))
        .clear(query.is_filtered().then(|| MESSAGES.url()))
        .live(LIST);
    ctx.page(
        &header,
        html! {
            @if !nothing_yet { (bar.show(ctx.words())) (campaign_chip(ctx, query)) }
            (list)
        },
    )
}

fn campaign_chip(ctx: &Ctx, query: &ListQuery) -> Markup {
    let Ok(campaign) = query.campaign.parse() else {
        return Markup::default();
    };
    let without = MESSAGES.with(&[("to", query.to.as_str()), ("state", query.state.as_str())]);
    html! {
        p {
            (filter_chip(ctx.words(), &ctx.t("delivery-messages-of-campaign"), &without)) " "
            @if ctx.may(Permission::CampaignsRead) {
                (link(&CAMPAIGN.url(&campaign), &ctx.t("delivery-message-campaign-link")))
            }
        }
    }
}

/// The list alone.
pub fn list(ctx: &Ctx, query: &ListQuery, found: &[MessageRow], next: Option<String>) -> Markup {
    let columns = vec![
        Column::text(ctx.t("delivery-message-to")),
        Column::text(ctx.t("delivery-message-state")),
        Column::text(ctx.t("delivery-message-source")).wide_only(),
        Column::text(ctx.t("delivery-message-at")),
    ];
    let table = Table::new(ctx.t("delivery-messages-title"), columns)
        .rows(found.iter().map(|message| row(ctx, message)))
        .empty(empty(ctx, query))
        .live(LIST);
    let decides = query.state == MessageState::Held.as_str() && ctx.may(Permission::MessagesWrite);
    let table = if decides { table.bulk(bulk(ctx)) } else { table };
    let pager = Pager {
        next: next.map(|cursor| {
            let values = [
                ("to", query.to.as_str()),
                ("state", query.state.as_str()),
                ("campaign", query.campaign.as_str()),
                ("cursor", &cursor),
            ];
            MESSAGES.with(&values).into()
        }),
        live: Some(LIST),
        ..Pager::default()
    };
    html! { div id=(LIST.0) { (table.show(ctx.words())) (pager.show(ctx.words())) } }
}

fn row<'a>(ctx: &Ctx, message: &'a MessageRow) -> Row<'a> {
    let url = MESSAGE.url(&message.id);
    let shown = match &message.recipient {
        Some(recipient) if recipient.name.is_empty() => link(&url, &recipient.address),
        Some(recipient) => link_with_note(&url, &recipient.address, &recipient.name),
        None => link(&url, &ctx.t("delivery-message-erased")),
    };
    let address = message
        .recipient
        .as_ref()
        .map_or("", |recipient| recipient.address.as_str());
    Row::new(vec![
        shown,
        state_badge(ctx, message.state),
        source(ctx, message.source),
        times(ctx).relative(message.state_at),
    ])
    .id(message.id.to_string())
    .select(message.id.to_string(), address)
}

/// What a message was sent for.
pub fn source(ctx: &Ctx, source: MessageSource) -> Markup {
    match source {
        MessageSource::Campaign(id) if ctx.may(Permission::CampaignsRead) => {
            link(&CAMPAIGN.url(&id), &ctx.t("delivery-message-source-campaign"))
        }
        MessageSource::Campaign(_) => html! { (ctx.t("delivery-message-source-campaign")) },
        MessageSource::Test => html! { (ctx.t("delivery-message-source-test")) },
        MessageSource::Service => html! { (ctx.t("delivery-message-source-service")) },
        MessageSource::Api => html! { (ctx.t("delivery-message-source-api")) },
    }
}

/// Where a message stands.
pub fn state_badge(ctx: &Ctx, state: MessageState) -> Markup {
    let (tone, icon) = match state {
        MessageState::Queued | MessageState::Claimed => (Tone::Neutral, Icon::Clock),
        MessageState::Sending => (Tone::Info, Icon::Send),
        MessageState::Deferred => (Tone::Info, Icon::Refresh),
        MessageState::Ambiguous | MessageState::Held => (Tone::Warning, Icon::Help),
        MessageState::Accepted | MessageState::Delivered => (Tone::Success, Icon::Check),
        MessageState::Bounced | MessageState::Failed => (Tone::Danger, Icon::Error),
        MessageState::Complained => (Tone::Danger, Icon::Warning),
        MessageState::Suppressed => (Tone::Neutral, Icon::Shield),
        MessageState::Expired => (Tone::Neutral, Icon::Clock),
        MessageState::Cancelled => (Tone::Neutral, Icon::Stop),
    };
    badge_with_icon(tone, icon, &message_words::state(ctx, state))
}

fn bulk<'a>(ctx: &Ctx) -> Bulk<'a> {
    let button = |decision: HeldDecision, key: &str| {
        Button::secondary(ctx.t(key))
            .small()
            .attr("form", BULK)
            .value("decision", decision.as_str())
    };
    Bulk {
        form: BULK.into(),
        action: MESSAGE_RESOLUTIONS.url().into(),
        csrf: ctx.csrf_field(),
        buttons: html! {
            (button(HeldDecision::SendAgain, "delivery-held-send-again"))
            (button(HeldDecision::MarkSent, "delivery-held-mark-sent"))
            (button(HeldDecision::GiveUp, "delivery-held-give-up"))
        },
        all_matching: None,
    }
}

fn empty<'a>(ctx: &Ctx, query: &ListQuery) -> EmptyState<'a> {
    if query.is_filtered() {
        return EmptyState::new(Icon::Search, ctx.t("delivery-messages-none-found"));
    }
    EmptyState::new(Icon::Mail, ctx.t("delivery-messages-empty")).text(ctx.t("delivery-messages-empty-help"))
}
