use axum::response::Response;
use contracts::{
    crm::CONTACT,
    delivery::{MESSAGE, MESSAGES, replies::REPLIES},
};
use kernel::Permission;
use maud::{Markup, html};
use platform::web::Ctx;
use ui_kit::{
    Column, EmptyState, FilterBar, Icon, Live, PageHeader, Pager, Row, Table, Tone, badge, filter_select,
    link, no_value,
};

use super::ListQuery;
use crate::{
    application::read_replies::Reply,
    domain::webhook::Keyword,
    interface::{web::template_parts::times, webhook_words::keyword},
};

const LIST: Live<'static> = Live("reply-list");

/// The page around the list.
pub fn page(ctx: &Ctx, query: &ListQuery, is_empty: bool, list: Markup) -> Response {
    let filtered = !query.q.is_empty() || !query.keyword.is_empty();
    let nothing_yet = is_empty && !filtered && query.cursor.is_none();
    let header = PageHeader::new(ctx.t("delivery-replies-title"))
        .crumb(ctx.t("delivery-messages-title"), MESSAGES.url())
        .purpose(ctx.t("delivery-replies-purpose"));
    let words = [Keyword::Stop, Keyword::Help, Keyword::Start].map(Keyword::as_str);
    let keywords: Vec<_> = std::iter::once(("".into(), ctx.t("delivery-replies-any").into()))
        .chain(words.map(|word| (word.into(), keyword(ctx, Some(word)).into())))
        .collect();
    let bar = FilterBar::new(REPLIES.url())
        .search("q", query.q.as_str(), ctx.t("delivery-replies-search"))
        .controls(filter_select(
            "keyword",
            &ctx.t("delivery-reply-keyword"),
            &keywords,
            &query.keyword,
        ))
        .clear(filtered.then(|| REPLIES.url()))
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
pub fn list(ctx: &Ctx, query: &ListQuery, found: &[Reply], next: Option<String>) -> Markup {
    let columns = vec![
        Column::text(ctx.t("delivery-reply-from")),
        Column::text(ctx.t("delivery-reply-says")),
        Column::text(ctx.t("delivery-reply-keyword")),
        Column::text(ctx.t("delivery-reply-answers")).wide_only(),
        Column::text(ctx.t("delivery-reply-account")).wide_only(),
        Column::text(ctx.t("delivery-reply-at")),
    ];
    let table = Table::new(ctx.t("delivery-replies-title"), columns)
        .rows(found.iter().map(|reply| row(ctx, reply)))
        .empty(empty(ctx, query))
        .live(LIST)
        .show(ctx.words());
    let pager = Pager {
        next: next.map(|cursor| {
            let values = [
                ("q", query.q.as_str()),
                ("keyword", query.keyword.as_str()),
                ("cursor", &cursor),
            ];
            REPLIES.with(&values).into()
        }),
        live: Some(LIST),
        ..Pager::default()
    };
    html! { div id=(LIST.0) { (table) (pager.show(ctx.words())) } }
}

fn row<'a>(ctx: &Ctx, reply: &'a Reply) -> Row<'a> {
    let from = match reply.contact {
        Some(contact) if ctx.may(Permission::ContactsRead) => link(&CONTACT.url(&contact), &reply.from),
        _ => html! { (reply.from) },
    };
    let tone = match reply.keyword.as_deref() {
        Some("stop") => Tone::Warning,
        Some("start") => Tone::Success,
        Some(_) => Tone::Info,
        None => Tone::Neutral,
    };
    Row::new(vec![
        from,
        html! { (reply.text) },
        badge(tone, &keyword(ctx, reply.keyword.as_deref())),
        match reply.message {
            Some(message) => link(&MESSAGE.url(&message), &ctx.t("delivery-reply-message")),
            None => no_value(),
        },
        match &reply.provider_name {
            Some(name) => html! { (name) },
            None => no_value(),
        },
        times(ctx).relative(reply.at),
    ])
}

fn empty<'a>(ctx: &Ctx, query: &ListQuery) -> EmptyState<'a> {
    if !query.q.is_empty() || !query.keyword.is_empty() {
        return EmptyState::new(Icon::Search, ctx.t("delivery-replies-none-found"));
    }
    EmptyState::new(Icon::Mail, ctx.t("delivery-replies-empty")).text(ctx.t("delivery-replies-empty-help"))
}
