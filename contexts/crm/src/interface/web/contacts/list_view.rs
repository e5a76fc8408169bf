use std::collections::HashMap;

use axum::response::Response;
use contracts::crm::{
    CONTACT, CONTACT_NEW, CONTACTS, CONTACTS_DELETION, CONTACTS_TAGGING, IMPORT_NEW, IMPORTS,
};
use maud::{Markup, Render, html};
use platform::web::Ctx;
use ui_kit::{
    Alert, Bulk, Button, Column, Dialog, EmptyState, Field as Input, FilterBar, Icon, Live, PageHeader,
    Pager, Row, Select, Sorted, Switch, Table, TagField, Times, Tone, badge, dialog_actions, filter_chip,
    filter_select, no_value, person_link, tags,
};

use super::{may_write, name_of};
use crate::{
    domain::{
        contact::{Contact, TextField},
        contact_list::{Order, SortBy},
        field::Field,
        tag::Tag,
    },
    interface::contact_query::ContactQuery,
};

const LIST: &str = "contacts-list";
const BULK: &str = "bulk";

/// What the list shows.
pub struct List<'a> {
    pub query: &'a ContactQuery,
    pub order: Order,
    pub filtered: bool,
    pub fields: &'a [Field],
    pub tags: Vec<String>,
    /// Id and name.
    pub segments: Vec<(String, String)>,
    /// Addresses that may not be written to, and why.
    pub unreachable: HashMap<String, String>,
    pub contacts: Vec<Contact>,
    pub next: Option<String>,
    pub previous: Option<String>,
    pub unsorted: bool,
}

impl List<'_> {
    /// Whether the organisation has no contacts at all, as opposed to none that are looked for.
    fn nothing_yet(&self) -> bool {
        self.contacts.is_empty() && !self.filtered && self.previous.is_none() && self.next.is_none()
    }
}

/// The whole page.
pub fn page(ctx: &Ctx, list: &List<'_>) -> Response {
    let header = PageHeader::new(ctx.t("crm-contacts-title"))
        .purpose(ctx.t("crm-contacts-purpose"))
        .wide();
    if list.nothing_yet() {
        return ctx.page(&header, nothing_yet(ctx).render());
    }
    let actions = html! {
        (Button::ghost(ctx.t("crm-imports-title")).href(IMPORTS.url()))
        @if may_write(ctx) {
            (Button::secondary(ctx.t("crm-import-contacts")).icon(Icon::Upload).href(IMPORT_NEW.url()))
            (Button::primary(ctx.t("crm-contact-new")).icon(Icon::Plus).href(CONTACT_NEW.url()))
        }
    };
    let body = html! {
        (filter_bar(ctx, list))
        (part(ctx, list))
        @if may_write(ctx) { (tag_dialog(ctx, list)) (delete_dialog(ctx)) }
        (filter_dialog(ctx, list))
    };
    ctx.page(&header.actions(actions), body)
}

/// The part that changes with search, order and page.
pub fn part(ctx: &Ctx, list: &List<'_>) -> Markup {
    html! {
        div id=(LIST) {
            (chips(ctx, list))
            @if list.unsorted {
                (Alert::new(Tone::Info, ctx.t("crm-list-unsorted")).text(ctx.t("crm-list-unsorted-help")))
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

fn nothing_yet<'a>(ctx: &Ctx) -> EmptyState<'a> {
    let empty =
        EmptyState::new(Icon::Contacts, ctx.t("crm-contacts-empty")).text(ctx.t("crm-contacts-empty-help"));
    if !may_write(ctx) {
        return empty;
    }
    empty.action(html! {
        (Button::primary(ctx.t("crm-import-contacts")).icon(Icon::Upload).href(IMPORT_NEW.url()))
        (Button::secondary(ctx.t("crm-contact-new")).icon(Icon::Plus).href(CONTACT_NEW.url()))
    })
}

fn filter_bar(ctx: &Ctx, list: &List<'_>) -> Markup {
    let any = || ("".into(), ctx.t("crm-filter-any").into());
    let tag_options: Vec<_> = std::iter::once(any())
        .chain(list.tags.iter().map(|tag| (tag.into(), tag.into())))
        .collect();
    let segment_options: Vec<_> = std::iter::once(any())
        .chain(list.segments.iter().map(|(id, name)| (id.into(), name.into())))
        .collect();
    let orders = [
        ("-created_at", "crm-sort-newest"),
        ("created_at", "crm-sort-oldest"),
        ("-updated_at", "crm-sort-updated"),
        ("name", "crm-sort-name"),
        ("email", "crm-sort-email"),
    ];
    let order_options: Vec<_> = orders
        .iter()
        .map(|(value, key)| ((*value).into(), ctx.t(key).into()))
        .collect();
    let controls = html! {
        @if !list.tags.is_empty() {
            (filter_select("filter[tag]", &ctx.t("crm-filter-tag"), &tag_options, list.query.filter_value("tag")))
        }
        @if !list.segments.is_empty() {
            (filter_select("filter[segment]", &ctx.t("crm-filter-segment"), &segment_options, list.query.filter_value("segment")))
        }
        (filter_select("sort", &ctx.t("crm-sort"), &order_options, list.order.as_str()))
    };
    let mut bar = FilterBar::new(CONTACTS.url())
        .search("q", list.query.search.as_str(), ctx.t("crm-contacts-search"))
        .controls(controls)
        .actions(html! { (Button::ghost(ctx.t("crm-filter-field")).icon(Icon::Filter).plain().dialog("field-filter")) })
        .clear(list.filtered.then(|| CONTACTS.url()))
        .live(Live(LIST));
    for (key, value) in field_filters(list) {
        bar = bar.keep(format!("filter[{key}]"), Some(value.as_str()));
    }
    bar.show(ctx.words())
}

/// Filters that the bar has no control for.
fn field_filters<'a>(list: &'a List<'_>) -> impl Iterator<Item = &'a (String, String)> {
    list.query
        .filters
        .iter()
        .filter(|(key, _)| key != "tag" && key != "segment")
}

fn chips(ctx: &Ctx, list: &List<'_>) -> Markup {
    let label = |key: &str| match list.fields.iter().find(|field| field.key == key) {
        Some(field) => field.label.clone(),
        None => field_label(ctx, key),
    };
    html! {
        @for (key, value) in field_filters(list) {
            (filter_chip(ctx.words(), &format!("{}: {value}", label(key)), &list.query.without(key)))
        }
    }
}

/// What people call a column that every contact has.
pub fn field_label(ctx: &Ctx, key: &str) -> String {
    ctx.t(&format!("crm-field-{}", key.replace('_', "-")))
}

fn table(ctx: &Ctx, list: &List<'_>) -> Markup {
    let sort = |column: Column<'static>, by: SortBy, first_descending: bool| {
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
        column.sort(list.query.sorted_by(Order { by, descending }), sorted)
    };
    let columns = vec![
        sort(Column::text(ctx.t("crm-column-contact")), SortBy::Name, false),
        Column::text(ctx.t("crm-column-tags")).wide_only(),
        Column::text(field_label(ctx, "company")).wide_only(),
        sort(Column::text(ctx.t("crm-column-created")), SortBy::Created, true).wide_only(),
        sort(Column::text(ctx.t("crm-column-updated")), SortBy::Updated, true).wide_only(),
    ];
    let empty =
        EmptyState::new(Icon::Search, ctx.t("crm-contacts-none-found")).text(ctx.t(if list.next.is_some() {
            "crm-contacts-look-further"
        } else {
            "crm-contacts-none-found-help"
        }));
    let table = Table::new(ctx.t("crm-contacts-title"), columns)
        .rows(list.contacts.iter().map(|contact| row(ctx, list, contact)))
        .empty(empty)
        .live(Live(LIST));
    if may_write(ctx) {
        table.bulk(bulk(ctx)).show(ctx.words())
    } else {
        table.show(ctx.words())
    }
}

fn row<'a>(ctx: &Ctx, list: &List<'_>, contact: &Contact) -> Row<'a> {
    let times = Times {
        now: ctx.now,
        zone: &ctx.zone,
        words: ctx.words(),
    };
    let label = name_of(ctx, contact);
    let email = contact
        .email
        .as_ref()
        .map(|email| email.as_str())
        .unwrap_or_default();
    let names: Vec<&str> = contact.tags.iter().map(Tag::as_str).collect();
    let company = contact.texts.get(TextField::Company);
    let cells = vec![
        html! {
            (person_link(&CONTACT.url(&contact.id), &label, email))
            @if let Some(why) = list.unreachable.get(email) { " " (badge(Tone::Warning, &reason_word(ctx, why))) }
        },
        html! { @if names.is_empty() { (no_value()) } @else { (tags(&names)) } },
        html! { @if company.is_empty() { (no_value()) } @else { (company) } },
        times.relative(contact.created_at),
        times.relative(contact.updated_at),
    ];
    Row::new(cells)
        .id(contact.id.to_string())
        .select(contact.id.to_string(), label)
}

/// The word for why somebody is not written to.
pub fn reason_word(ctx: &Ctx, reason: &str) -> String {
    ctx.t(match reason {
        "unsubscribed" | "unsubscribe" => "crm-dnc-unsubscribed",
        "hard_bounce" => "crm-dnc-bounced",
        "complaint" => "crm-dnc-complained",
        _ => "crm-dnc-suppressed",
    })
}

fn bulk<'a>(ctx: &Ctx) -> Bulk<'a> {
    Bulk {
        form: BULK.into(),
        action: CONTACTS_TAGGING.url().into(),
        csrf: ctx.csrf_field(),
        buttons: html! {
            (Button::secondary(ctx.t("crm-bulk-tag")).icon(Icon::Tag).small().plain().dialog("bulk-tag"))
            (Button::danger(ctx.t("crm-bulk-delete")).icon(Icon::Trash).small().plain().dialog("bulk-delete"))
        },
        all_matching: None,
    }
}

fn tag_dialog(ctx: &Ctx, list: &List<'_>) -> Markup {
    let send = Button::primary(ctx.t("crm-bulk-tag-do"))
        .attr("form", BULK)
        .attr("formaction", CONTACTS_TAGGING.url());
    Dialog::new("bulk-tag", ctx.t("crm-bulk-tag-title")).body(
        ctx.words(),
        html! {
            (TagField::new("tags", ctx.t("crm-column-tags"))
                .suggestions(list.tags.iter().map(String::as_str))
                .attr("form", BULK)
                .show(ctx.words()))
            (Switch::new("remove", ctx.t("crm-bulk-tag-remove"), false).value("true").attr("form", BULK))
            (dialog_actions(ctx.words(), &send))
        },
    )
}

fn delete_dialog(ctx: &Ctx) -> Markup {
    let send = Button::danger(ctx.t("crm-bulk-delete-do"))
        .attr("form", BULK)
        .attr("formaction", CONTACTS_DELETION.url());
    Dialog::new("bulk-delete", ctx.t("crm-bulk-delete-title")).body(
        ctx.words(),
        html! {
            p { (ctx.t("crm-delete-text")) }
            (dialog_actions(ctx.words(), &send))
        },
    )
}

/// Adds a filter by any field; a plain form, whose answer is the list with the filter in its address.
fn filter_dialog(ctx: &Ctx, list: &List<'_>) -> Markup {
    let own: Vec<_> = list
        .fields
        .iter()
        .map(|field| (field.key.clone(), field.label.clone()))
        .collect();
    let columns: Vec<_> = TextField::ALL
        .iter()
        .filter(|field| !matches!(field, TextField::Phone))
        .map(|field| (field.key(), field_label(ctx, field.key())))
        .collect();
    let select = Select::new("field", ctx.t("crm-filter-field-name")).options(columns);
    let select = if own.is_empty() {
        select
    } else {
        select.group(ctx.t("crm-fields-title"), own)
    };
    let kept = ContactQuery {
        cursor: None,
        ..list.query.clone()
    };
    Dialog::new("field-filter", ctx.t("crm-filter-field-title")).body(
        ctx.words(),
        html! {
            form method="get" action=(CONTACTS.url()) {
                @if !kept.search.is_empty() { input type="hidden" name="q" value=(kept.search); }
                @if let Some(sort) = &kept.sort { input type="hidden" name="sort" value=(sort); }
                @for (key, value) in &kept.filters { input type="hidden" name={ "filter[" (key) "]" } value=(value); }
                (select)
                (Input::text("value", ctx.t("crm-filter-field-value")).required())
                (dialog_actions(ctx.words(), &Button::primary(ctx.t("crm-filter-field-do"))))
            }
        },
    )
}
