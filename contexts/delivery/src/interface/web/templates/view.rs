use axum::response::Response;
use contracts::delivery::{TEMPLATE, TEMPLATE_DELETION, TEMPLATE_NEW, TEMPLATES};
use kernel::Permission;
use maud::{Markup, html};
use platform::web::Ctx;
use ui_kit::{
    ActionForm, Button, Column, EmptyState, FilterBar, Icon, Live, PageHeader, Pager, Row, Table,
    link_with_note,
};

use super::ListQuery;
use crate::{
    domain::template::Template,
    interface::web::{
        channel_parts::{channel_filter, channel_name},
        template_parts::{confirm_deletion, times},
    },
};

const LIST: Live<'static> = Live("template-list");

/// The page around the list.
pub fn page(ctx: &Ctx, query: &ListQuery, templates: &[Template], list: Markup) -> Response {
    let header =
        PageHeader::new(ctx.t("delivery-templates-title")).purpose(ctx.t("delivery-templates-purpose"));
    let nothing_yet = templates.is_empty() && !is_filtered(query);
    let header = if nothing_yet || !ctx.may(Permission::TemplatesWrite) {
        header
    } else {
        header.actions(html! { (new_button(ctx)) })
    };
    let bar = FilterBar::new(TEMPLATES.url())
        .search("q", query.q.as_str(), ctx.t("delivery-templates-search"))
        .controls(channel_filter(ctx, &query.channel))
        .clear(is_filtered(query).then(|| TEMPLATES.url()))
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
pub fn list(ctx: &Ctx, query: &ListQuery, templates: &[Template], next: Option<String>) -> Markup {
    let columns = vec![
        Column::text(ctx.t("delivery-template-name")),
        Column::text(ctx.t("delivery-channel")),
        Column::text(ctx.t("delivery-template-kind")).wide_only(),
        Column::number(ctx.t("delivery-template-version")).wide_only(),
        Column::text(ctx.t("delivery-template-updated")),
    ];
    let table = Table::new(ctx.t("delivery-templates-title"), columns)
        .rows(templates.iter().map(|template| row(ctx, template)))
        .empty(empty(ctx, query))
        .live(LIST)
        .show(ctx.words());
    let pager = Pager {
        next: next.map(|cursor| {
            TEMPLATES
                .with(&[
                    ("q", query.q.as_str()),
                    ("channel", query.channel.as_str()),
                    ("cursor", &cursor),
                ])
                .into()
        }),
        live: Some(LIST),
        ..Pager::default()
    };
    html! { div id=(LIST.0) { (table) (pager.show(ctx.words())) } }
}

fn row<'a>(ctx: &'a Ctx, template: &'a Template) -> Row<'a> {
    let source = &template.version.source;
    // A text message has no subject to be known by.
    let note = if source.subject.is_empty() {
        &source.body
    } else {
        &source.subject
    };
    let row = Row::new(vec![
        link_with_note(&TEMPLATE.url(&template.id), &template.name, note),
        html! { (channel_name(ctx, source.kind.channel())) },
        html! { (ctx.t(&format!("delivery-template-kind-{}", source.kind.as_str()))) },
        html! { (template.version.number) },
        times(ctx).relative(template.updated_at),
    ])
    .id(template.id.to_string());
    if !ctx.may(Permission::TemplatesWrite) {
        return row;
    }
    let delete = Button::ghost(ctx.t("delivery-template-delete"))
        .icon_only(Icon::Trash)
        .small();
    row.actions(html! {
        (ActionForm::new(TEMPLATE_DELETION.url(&template.id), ctx.csrf_field(), delete)
            .confirm(confirm_deletion(ctx, &template.name)))
    })
}

fn empty<'a>(ctx: &Ctx, query: &ListQuery) -> EmptyState<'a> {
    if is_filtered(query) {
        return EmptyState::new(Icon::Search, ctx.t("delivery-templates-none-found"));
    }
    let empty = EmptyState::new(Icon::Template, ctx.t("delivery-templates-empty"))
        .text(ctx.t("delivery-templates-empty-help"));
    if ctx.may(Permission::TemplatesWrite) {
        empty.action(html! { (new_button(ctx)) })
    } else {
        empty
    }
}

fn is_filtered(query: &ListQuery) -> bool {
    !query.q.is_empty() || !query.channel.is_empty()
}

fn new_button<'a>(ctx: &Ctx) -> Button<'a> {
    Button::primary(ctx.t("delivery-template-new"))
        .icon(Icon::Plus)
        .href(TEMPLATE_NEW.url())
}
