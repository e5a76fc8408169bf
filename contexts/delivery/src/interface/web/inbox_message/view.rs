use axum::response::Response;
use contracts::crm::consent::Channel;
use contracts::delivery::{INBOX, INBOX_MESSAGE, INBOX_MESSAGE_HTML, INBOX_MESSAGE_SOURCE};
use kernel::MessageId;
use maud::{Markup, html};
use platform::web::Ctx;
use ui_kit::{
    Button, Column, EmptyState, Icon, MailFrame, PageHeader, Row, Tab, Table, Tone, badge, bytes, code_block,
    facts, stack, tabs,
};

use super::Side;
use crate::{
    application::read_inbox::CaughtMessage,
    domain::{inbox_mail::MailLink, tracking::LinkSigner},
    interface::{
        inbox_links::destination,
        web::{
            channel_parts::{channel_name, push_on_phone, text_on_phone},
            template_parts::times,
        },
    },
};

/// The page.
pub fn page(ctx: &Ctx, signer: &LinkSigner, app: &str, caught: &CaughtMessage, side: Side) -> Response {
    if caught.row.channel() != Channel::Email {
        return short_page(ctx, app, caught);
    }
    let id = MessageId::from_uuid(caught.row.id);
    let title = if caught.row.subject.is_empty() {
        ctx.t("delivery-inbox-no-subject")
    } else {
        caught.row.subject.clone()
    };
    let download = Button::secondary(ctx.t("delivery-inbox-source"))
        .icon(Icon::Download)
        .href(INBOX_MESSAGE_SOURCE.url(&id))
        .attr("download", "");
    let header = PageHeader::new(title)
        .crumb(ctx.t("delivery-inbox-title"), INBOX.url())
        .actions(html! { (download) })
        .tabs(side_tabs(ctx, id, caught, side));
    ctx.page(
        &header,
        stack(html! {
            (summary(ctx, caught))
            @match side {
                Side::Html => { (html_side(ctx, id, caught)) }
                Side::Text => { (text_side(ctx, caught)) }
                Side::Headers => { (headers_side(ctx, caught)) }
                Side::Links => { (links_side(ctx, signer, &caught.mail.links)) }
            }
        }),
    )
}

/// A text message or a push notification: as a phone shows it is all there is to see.
fn short_page(ctx: &Ctx, app: &str, caught: &CaughtMessage) -> Response {
    let row = &caught.row;
    let text = caught.mail.text.as_deref().unwrap_or_default();
    let header = PageHeader::new(row.to_address.as_str()).crumb(ctx.t("delivery-inbox-title"), INBOX.url());
    let known = facts(&[
        (
            ctx.t("delivery-channel").into(),
            html! { (channel_name(ctx, row.channel())) },
        ),
        (
            ctx.t("delivery-inbox-to").into(),
            html! { span.cell-long { (row.to_address) } },
        ),
        (
            ctx.t("delivery-inbox-received").into(),
            times(ctx).exact(row.received_at.to_jiff()),
        ),
    ]);
    let shown = match row.channel() {
        Channel::Push => push_on_phone(ctx, app, (row.subject.as_str(), text), &caught.url, &caught.data),
        Channel::Sms | Channel::Email => text_on_phone(ctx, text),
    };
    ctx.page(&header, stack(html! { (known) (shown) }))
}

fn side_tabs(ctx: &Ctx, id: MessageId, caught: &CaughtMessage, side: Side) -> Markup {
    let tab = |which: Side, word: &'static str, label: &'static str, count: Option<usize>| Tab {
        label: ctx.t(label).into(),
        href: INBOX_MESSAGE.with(&id, &[("view", word)]).into(),
        active: side == which,
        count: count.and_then(|n| i64::try_from(n).ok()),
    };
    tabs(
        &ctx.t("delivery-inbox-sides"),
        &[
            tab(Side::Html, "html", "delivery-inbox-html", None),
            tab(Side::Text, "text", "delivery-inbox-text", None),
            tab(
                Side::Headers,
                "headers",
                "delivery-inbox-headers",
                Some(caught.mail.headers.len()),
            ),
            tab(
                Side::Links,
                "links",
                "delivery-inbox-links",
                Some(caught.mail.links.len()),
            ),
        ],
    )
}

fn summary(ctx: &Ctx, caught: &CaughtMessage) -> Markup {
    let row = &caught.row;
    facts(&[
        (
            ctx.t("delivery-inbox-from").into(),
            html! { (caught.mail.header("From").unwrap_or(&row.from_address)) },
        ),
        (ctx.t("delivery-inbox-to").into(), html! { (row.to_address) }),
        (
            ctx.t("delivery-inbox-received").into(),
            times(ctx).exact(row.received_at.to_jiff()),
        ),
        (
            ctx.t("delivery-inbox-size").into(),
            html! { (bytes(u64::try_from(row.size).unwrap_or(0))) },
        ),
    ])
}

fn html_side(ctx: &Ctx, id: MessageId, caught: &CaughtMessage) -> Markup {
    if caught.mail.html.is_none() {
        return html! { (EmptyState::new(Icon::Mail, ctx.t("delivery-inbox-no-html"))) };
    }
    MailFrame::new(ctx.t("delivery-inbox-html"), INBOX_MESSAGE_HTML.url(&id))
        .with_links()
        .show(ctx.words())
}

fn text_side(ctx: &Ctx, caught: &CaughtMessage) -> Markup {
    match &caught.mail.text {
        Some(text) => code_block(ctx.words(), &ctx.t("delivery-inbox-text"), text),
        None => html! { (EmptyState::new(Icon::File, ctx.t("delivery-inbox-no-text"))) },
    }
}

fn headers_side(ctx: &Ctx, caught: &CaughtMessage) -> Markup {
    let columns = vec![
        Column::text(ctx.t("delivery-inbox-header-name")),
        Column::text(ctx.t("delivery-inbox-header-value")),
    ];
    Table::new(ctx.t("delivery-inbox-headers"), columns)
        .rows(
            caught
                .mail
                .headers
                .iter()
                .map(|(name, value)| Row::new(vec![html! { (name) }, html! { span.cell-long { (value) } }])),
        )
        .show(ctx.words())
}

fn links_side(ctx: &Ctx, signer: &LinkSigner, links: &[MailLink]) -> Markup {
    let columns = vec![
        Column::text(ctx.t("delivery-inbox-link-words")),
        Column::text(ctx.t("delivery-inbox-link-leads")),
        Column::text(ctx.t("delivery-inbox-link-tracked")),
    ];
    let empty = EmptyState::new(Icon::Link, ctx.t("delivery-inbox-no-links"));
    Table::new(ctx.t("delivery-inbox-links"), columns)
        .rows(links.iter().map(|link| link_row(ctx, signer, link)))
        .empty(empty)
        .show(ctx.words())
}

fn link_row<'a>(ctx: &Ctx, signer: &LinkSigner, link: &MailLink) -> Row<'a> {
    let counted = destination(signer, &link.url);
    let words = if link.text.is_empty() {
        ctx.t("delivery-inbox-link-no-words")
    } else {
        link.text.clone()
    };
    let row = Row::new(vec![
        html! { (words) },
        html! { span.cell-long { (counted.as_deref().unwrap_or(&link.url)) } },
        match &counted {
            Some(_) => badge(Tone::Info, &ctx.t("delivery-inbox-link-counted")),
            None => badge(Tone::Neutral, &ctx.t("delivery-inbox-link-plain")),
        },
    ]);
    // Opening leads where a click in the mail would lead, through the counter.
    let opens = ["https://", "http://"]
        .iter()
        .any(|scheme| link.url.starts_with(scheme));
    if !opens {
        return row;
    }
    row.actions(html! {
        (Button::ghost(ctx.t("delivery-inbox-link-open")).icon(Icon::External).small().href(link.url.clone())
            .attr("target", "_blank").attr("rel", "noopener noreferrer"))
    })
}
