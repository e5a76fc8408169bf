use axum::response::Response;
use contracts::crm::{
    IMPORT_NEW,
    objects::{OBJECTS, RECORD, RECORD_NEW, RECORDS},
};
use kernel::Permission;
use maud::{Markup, Render, html};
use platform::web::Ctx;
use ui_kit::{
    Button, Column, Dialog, EmptyState, Field as Input, FilterBar, Icon, Live, PageHeader, Pager, Row,
    Select, Sorted, Table, Times, Tone, badge, dialog_actions, filter_chip, filter_select, link,
    link_with_note, no_value,
};

use super::may_write;
use crate::{
    domain::{
        field::Field,
        object::{Object, ObjectKind},
        record::{Record, RecordOrder, RecordSort},
    },
    interface::{record_query::RecordListQuery, web::field_widgets::shown},
};

const LIST: &str = "records-list";
/// Columns for fields; more do not fit beside the name and the dates.
const MOST_COLUMNS: usize = 4;

/// What the list shows.
pub struct List<'a> {
    pub object: &'a Object,
    pub query: &'a RecordListQuery,
    pub order: RecordOrder,
    pub filtered: bool,
    pub fields: &'a [Field],
    pub records: Vec<Record>,
    pub next: Option<String>,
    pub previous: Option<String>,
}

/// All objects, to choose one.
pub fn index_page(ctx: &Ctx, objects: &[Object]) -> Response {
    let mut header = PageHeader::new(ctx.t("crm-records-title")).purpose(ctx.t("crm-records-purpose"));
    if ctx.may(Permission::ObjectsWrite) {
        header = header.actions(html! {
            (Button::secondary(ctx.t("crm-objects-title")).icon(Icon::Settings).href(OBJECTS.url()))
        });
    }
    let columns = vec![
        Column::text(ctx.t("crm-object-column-name")),
        Column::text(ctx.t("crm-object-column-kind")),
    ];
    let rows = objects.iter().map(|object| {
        Row::new(vec![
            link_with_note(&RECORDS.url(&object.key), &object.plural, &object.key),
            kind_badge(ctx, object),
        ])
    });
    let table = Table::new(ctx.t("crm-records-title"), columns).rows(rows);
    ctx.page(&header, table.show(ctx.words()))
}

/// What records of the object are for.
pub fn kind_badge(ctx: &Ctx, object: &Object) -> Markup {
    match object.kind {
        ObjectKind::Records => badge(Tone::Neutral, &ctx.t("crm-object-kind-records")),
        ObjectKind::Catalogue => badge(Tone::Info, &ctx.t("crm-object-kind-catalogue")),
    }
}

/// The whole page.
pub fn page(ctx: &Ctx, list: &List<'_>) -> Response {
    let object = list.object;
    let purpose = match (object.is_companies(), object.kind) {
        (true, _) => "crm-companies-purpose",
        (_, ObjectKind::Records) => "crm-records-list-purpose",
        (_, ObjectKind::Catalogue) => "crm-catalogue-list-purpose",
    };
    let mut header = PageHeader::new(object.plural.as_str())
        .purpose(ctx.t(purpose))
        .wide();
    let nothing_yet =
        list.records.is_empty() && !list.filtered && list.previous.is_none() && list.next.is_none();
    if nothing_yet {
        return ctx.page(&header, empty(ctx, object).render());
    }
    if may_write(ctx) {
        header = header.actions(html! { (import(ctx, object)) (create(ctx, object)) });
    }
    let body = html! {
        (filter_bar(ctx, list))
        (part(ctx, list))
        @if !list.fields.is_empty() { (filter_dialog(ctx, list)) }
    };
    ctx.page(&header, body)
}

fn create(ctx: &Ctx, object: &Object) -> Markup {
    let label = ctx.ta(
        "crm-record-new-title",
        &[("object", object.singular.as_str().into())],
    );
    html! { (Button::primary(label).icon(Icon::Plus).href(RECORD_NEW.url(&object.key))) }
}

/// The way to bring many at once. Files may link people, so that whoever may not change them brings none.
fn import(ctx: &Ctx, object: &Object) -> Markup {
    let url = IMPORT_NEW.with(&[("object", object.key.as_str())]);
    html! {
        @if ctx.may(Permission::ContactsWrite) {
            (Button::secondary(ctx.t("crm-import-records-action")).icon(Icon::Upload).href(url))
        }
    }
}

fn empty<'a>(ctx: &Ctx, object: &Object) -> EmptyState<'a> {
    let icon = if object.is_companies() {
        Icon::Building
    } else {
        Icon::List
    };
    let title = ctx.ta("crm-records-empty", &[("objects", object.plural.as_str().into())]);
    let empty = EmptyState::new(icon, title).text(ctx.t("crm-records-empty-help"));
    if may_write(ctx) {
        empty.action(html! { (create(ctx, object)) (import(ctx, object)) })
    } else {
        empty
    }
}

/// The part that changes with search, order and page.
pub fn part(ctx: &Ctx, list: &List<'_>) -> Markup {
    html! {
        div id=(LIST) {
            @for (key, value) in &list.query.filters {
                (filter_chip(
                    ctx.words(),
                    &format!("{}: {value}", filter_label(ctx, list, key)),
                    &list.query.without(&list.object.key, key),
                ))
            }
            (table(ctx, list))
            (Pager {
                previous: list.previous.as_deref().map(Into::into),
                next: list.next.as_deref().map(Into::into),
                summary: None,
                live: Some(Live(LIST)),
            }.show(ctx.words()))
        }
    }
}

fn filter_label(ctx: &Ctx, list: &List<'_>, key: &str) -> String {
    match list.fields.iter().find(|field| field.key == key) {
        Some(field) => field.label.clone(),
        None => ctx.t("crm-column-contact"),
    }
}

fn filter_bar(ctx: &Ctx, list: &List<'_>) -> Markup {
    let orders = [
        ("-created_at", "crm-sort-newest"),
        ("created_at", "crm-sort-oldest"),
        ("-updated_at", "crm-sort-updated"),
        ("name", "crm-sort-name"),
    ];
    let options: Vec<_> = orders
        .iter()
        .map(|(value, key)| ((*value).into(), ctx.t(key).into()))
        .collect();
    let url = RECORDS.url(&list.object.key);
    let mut bar = FilterBar::new(url.clone())
        .search("q", list.query.search.as_str(), ctx.t("crm-records-search"))
        .controls(filter_select(
            "sort",
            &ctx.t("crm-sort"),
            &options,
            list.order.as_str(),
        ))
        .clear(list.filtered.then_some(url))
        .live(Live(LIST));
    if !list.fields.is_empty() {
        bar = bar.actions(html! {
            (Button::ghost(ctx.t("crm-filter-field")).icon(Icon::Filter).plain().dialog("field-filter"))
        });
    }
    for (key, value) in &list.query.filters {
        bar = bar.keep(format!("filter[{key}]"), Some(value.as_str()));
    }
    bar.show(ctx.words())
}

fn table(ctx: &Ctx, list: &List<'_>) -> Markup {
    let sort = |column: Column<'static>, by: RecordSort, first_descending: bool| {
        let sorted = match (list.order.by == by, list.order.descending) {
            (false, _) => Sorted::No,
            (true, true) => Sorted::Down,
            (true, false) => Sorted::Up,
        };
        let descending = if list.order.by == by {
            !list.order.descending
        } else {
            first_descending
        };
        column.sort(
            list.query
                .sorted_by(&list.object.key, RecordOrder { by, descending }),
            sorted,
        )
    };
    let shown: Vec<&Field> = list
        .fields
        .iter()
        .filter(|field| field.flags.listable)
        .take(MOST_COLUMNS)
        .collect();
    let mut columns = vec![sort(
        Column::text(ctx.t("crm-record-name")),
        RecordSort::Name,
        false,
    )];
    columns.extend(
        shown
            .iter()
            .map(|field| Column::text(field.label.clone()).wide_only()),
    );
    columns.push(
        sort(
            Column::text(ctx.t("crm-column-created")),
            RecordSort::Created,
            true,
        )
        .wide_only(),
    );
    columns.push(
        sort(
            Column::text(ctx.t("crm-column-updated")),
            RecordSort::Updated,
            true,
        )
        .wide_only(),
    );
    let empty = EmptyState::new(Icon::Search, ctx.t("crm-records-none-found"))
        .text(ctx.t("crm-contacts-none-found-help"));
    Table::new(list.object.plural.as_str(), columns)
        .rows(
            list.records
                .iter()
                .map(|record| row(ctx, list.object, &shown, record)),
        )
        .empty(empty)
        .live(Live(LIST))
        .show(ctx.words())
}

fn row<'a>(ctx: &Ctx, object: &Object, fields: &[&Field], record: &Record) -> Row<'a> {
    let times = Times {
        now: ctx.now,
        zone: &ctx.zone,
        words: ctx.words(),
    };
    let url = RECORD.url(&object.key, &record.id);
    let mut cells = vec![match (&record.external_id, record.name.is_empty()) {
        (Some(id), false) => link_with_note(&url, &record.name, id),
        _ => link(&url, &record.label()),
    }];
    cells.extend(fields.iter().map(|field| {
        let value = record.attributes.get(&field.key);
        value.map_or_else(no_value, |value| shown(ctx, field, value))
    }));
    cells.push(times.relative(record.created_at));
    cells.push(times.relative(record.updated_at));
    Row::new(cells).id(record.id.to_string())
}

/// Adds a filter by any field; a plain form, whose answer is the list with the filter in its address.
fn filter_dialog(ctx: &Ctx, list: &List<'_>) -> Markup {
    let fields: Vec<_> = list
        .fields
        .iter()
        .map(|field| (field.key.clone(), field.label.clone()))
        .collect();
    let kept = RecordListQuery {
        cursor: None,
        ..list.query.clone()
    };
    Dialog::new("field-filter", ctx.t("crm-filter-field-title")).body(
        ctx.words(),
        html! {
            form method="get" action=(RECORDS.url(&list.object.key)) {
                @if !kept.search.is_empty() { input type="hidden" name="q" value=(kept.search); }
                @if let Some(sort) = &kept.sort { input type="hidden" name="sort" value=(sort); }
                @for (key, value) in &kept.filters { input type="hidden" name={ "filter[" (key) "]" } value=(value); }
                (Select::new("field", ctx.t("crm-filter-field-name")).options(fields))
                (Input::text("value", ctx.t("crm-filter-field-value")).required())
                (dialog_actions(ctx.words(), &Button::primary(ctx.t("crm-filter-field-do"))))
            }
        },
    )
}
