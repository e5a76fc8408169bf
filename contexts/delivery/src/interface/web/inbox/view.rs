use axum::response::Response;
use contracts::delivery::{INBOX, INBOX_EMPTYING, INBOX_MESSAGE};
use kernel::{MessageId, Permission};
use maud::{Markup, html};
use platform::web::Ctx;
use ui_kit::{
    ActionForm, Button, Column, Confirm, EmptyState, FilterBar, Icon, Live, PageHeader, Pager, Row, Table,
    bytes, link_with_note,
};

use super::ListQuery;
use crate::{
    application::read_inbox::InboxRow,
    interface::web::{
        channel_parts::{channel_filter, channel_name},
        template_parts::times,
    },
};

const LIST: Live<'static> = Live("inbox-list");

/// The page around the list.
pub fn page(ctx: &Ctx, query: &ListQuery, messages: &[InboxRow], list: Markup) -> Response {
    let nothing_yet = messages.is_empty() && !is_filtered(query);
    let mut header = PageHeader::new(ctx.t("delivery-inbox-title")).purpose(ctx.t("delivery-inbox-purpose"));
    if !nothing_yet && ctx.may(Permission::MessagesWrite) {
        header = header.actions(html! { (empty_button(ctx)) });
    }
    let bar = FilterBar::new(INBOX.url())
        .search("q", query.q.as_str(), ctx.t("delivery-inbox-search"))
        .controls(channel_filter(ctx, &query.channel))
        .clear(is_filtered(query).then(|| INBOX.url()))
        .live(LIST);
    ctx.page(
        &header,
        html! {
            @if !nothing_yet { (bar.show(ctx.words())) }
            (list)
        },
    )
}

/// The list alone.
pub fn list(ctx: &Ctx, query: &ListQuery, messages: &[InboxRow], next: Option<String>) -> Markup {
    let columns = vec![
        Column::text(ctx.t("delivery-inbox-subject")),
        Column::text(ctx.t("delivery-channel")),
        Column::text(ctx.t("delivery-inbox-from")).wide_only(),
        Column::number(ctx.t("delivery-inbox-size")).wide_only(),
        Column::text(ctx.t("delivery-inbox-received")),
    ];
    let empty = if !is_filtered(query) {
        EmptyState::new(Icon::Inbox, ctx.t("delivery-inbox-empty")).text(ctx.t("delivery-inbox-empty-help"))
    } else {
        EmptyState::new(Icon::Search, ctx.t("delivery-inbox-none-found"))
    };
    let table = Table::new(ctx.t("delivery-inbox-title"), columns)
        .rows(messages.iter().map(|message| row(ctx, message)))
        .empty(empty)
        .live(LIST)
        .show(ctx.words());
    let pager = Pager {
        next: next.map(|cursor| {
            let page = [
                ("q", query.q.as_str()),
                ("channel", query.channel.as_str()),
                ("cursor", &cursor),
            ];
            INBOX.with(&page).into()
        }),
        live: Some(LIST),
        ..Pager::default()
    };
    html! { div id=(LIST.0) { (table) (pager.show(ctx.words())) } }
}

fn row<'a>(ctx: &'a Ctx, message: &'a InboxRow) -> Row<'a> {
    let id = MessageId::from_uuid(message.id);
    let subject = match (message.subject.as_str(), message.words.as_str()) {
        ("", "") => ctx.t("delivery-inbox-no-subject"),
        ("", words) => words.to_owned(),
        (subject, _) => subject.to_owned(),
    };
    Row::new(vec![
        link_with_note(&INBOX_MESSAGE.url(&id), &subject, &message.to_address),
        html! { (channel_name(ctx, message.channel())) },
        html! { (message.from_address) },
        html! { (bytes(u64::try_from(message.size).unwrap_or(0))) },
        times(ctx).relative(message.received_at.to_jiff()),
    ])
    .id(id.to_string())
}

fn is_filtered(query: &ListQuery) -> bool {
    !query.q.is_empty() || !query.channel.is_empty()
}

fn empty_button<'a>(ctx: &Ctx) -> ActionForm<'a> {
    ActionForm::new(
        INBOX_EMPTYING.url(),
        ctx.csrf_field(),
        Button::secondary(ctx.t("delivery-inbox-empty-button")).icon(Icon::Trash),
    )
    .confirm(Confirm {
        title: ctx.t("delivery-inbox-empty-title").into(),
        text: ctx.t("delivery-inbox-empty-text").into(),
        button: ctx.t("delivery-inbox-empty-button").into(),
    })
}
