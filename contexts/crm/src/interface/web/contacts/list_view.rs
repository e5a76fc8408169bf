use std::collections::HashMap;

use axum::response::Response;
use contracts::crm::{
    CONTACT, CONTACT_NEW, CONTACTS, IMPORT_NEW, IMPORTS, SEGMENT_NEW,
    lists::{
        BULK_REVIEW, CONTACT_VIEW, CONTACT_VIEW_DELETION, CONTACT_VIEWS, CONTACTS_DENSITY, CONTACTS_FILTER,
        EXPORTS,
    },
    people::DUPLICATES,
};
use kernel::Permission;
use maud::{Markup, Render, html};
use platform::web::Ctx;
use ui_kit::{
    ActionForm, Alert, Bulk, Button, CheckboxGroup, Choice, Column, EmptyState, Field as Input, FilterBar,
    Form, Icon, Live, MenuItem, MenuTrigger, PageHeader, Pager, Row, Select, Sorted, Switch, Tab, Table,
    Tone, badge, filter_chip, filter_select, menu, number, person_link, segmented, tabs,
};

use super::{
    columns::{cell, column_label, field_label},
    may_write, name_of,
};
use crate::{
    domain::{
        contact::Contact,
        contact_column::ContactColumn,
        contact_list::{Order, SortBy, Visitors},
        contact_view::ContactView,
        export::ExportFormat,
        field::Field,
        selection::FilterSpec,
    },
    interface::{
        contact_query::ContactQuery,
        web::{bulk::bulk_buttons, segments::rounded},
    },
};

const LIST: &str = "contacts-list";
const PANEL: &str = "contacts-filter";
const BULK: &str = "bulk";
/// More columns than this scroll within the window.
const MANY_COLUMNS: usize = 6;

/// What the list shows.
pub struct List<'a> {
    pub query: &'a ContactQuery,
    pub order: Order,
    pub filtered: bool,
    /// Beside the name.
    pub columns: Vec<ContactColumn>,
    pub compact: bool,
    /// The conditions of the rule in words.
    pub conditions: Vec<String>,
    pub fields: &'a [Field],
    pub spec: &'a FilterSpec,
    pub views: Vec<ContactView>,
    pub tags: Vec<String>,
    /// Id and name.
    pub segments: Vec<(String, String)>,
    /// Addresses that may not be written to, and why.
    pub unreachable: HashMap<String, String>,
    pub contacts: Vec<Contact>,
    pub next: Option<String>,
    pub previous: Option<String>,
    pub unsorted: bool,
    pub size: Option<ListSize>,
}

/// How many contacts a list holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListSize {
    Exactly(i64),
    About(i64),
}

impl List<'_> {
    /// Whether the organisation has no contacts at all, as opposed to none that are looked for.
    fn nothing_yet(&self) -> bool {
        self.contacts.is_empty() && !self.filtered && self.previous.is_none() && self.next.is_none()
    }

    fn view(&self) -> Option<&ContactView> {
        let id = self.query.view.as_deref()?;
        self.views.iter().find(|view| view.id.to_string() == id)
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
        (Button::ghost(ctx.t("crm-duplicates-title")).href(DUPLICATES.url()))
        (Button::ghost(ctx.t("crm-imports-title")).href(IMPORTS.url()))
        @if may_write(ctx) {
            (Button::secondary(ctx.t("crm-import-contacts")).icon(Icon::Upload).href(IMPORT_NEW.url()))
            (Button::primary(ctx.t("crm-contact-new")).icon(Icon::Plus).href(CONTACT_NEW.url()))
        }
    };
    let body = html! {
        (filter_bar(ctx, list))
        // The editor of conditions comes here, when a script is there to fetch it.
        div id=(PANEL) {}
        (part(ctx, list))
    };
    ctx.page(&header.actions(actions).tabs(view_tabs(ctx, list)), body)
}

/// The part that changes with search, order and page.
pub fn part(ctx: &Ctx, list: &List<'_>) -> Markup {
    html! {
        div id=(LIST) {
            div.list-tools {
                div.chips { (chips(ctx, list)) }
                div.btn-row.push { (tools(ctx, list)) }
            }
            @if list.unsorted {
                (Alert::new(Tone::Info, ctx.t("crm-list-unsorted")).text(ctx.t("crm-list-unsorted-help")))
            }
            (table(ctx, list))
            (Pager {
                previous: list.previous.as_deref().map(Into::into),
                next: list.next.as_deref().map(Into::into),
                summary: list.size.map(|size| size_text(ctx, size).into()),
                live: Some(Live(LIST)),
            }.show(ctx.words()))
        }
    }
}

fn size_text(ctx: &Ctx, size: ListSize) -> String {
    match size {
        ListSize::Exactly(count) => ctx.ta("crm-list-size", &[("count", count.into())]),
        ListSize::About(count) => ctx.ta("crm-list-size-about", &[("count", number(rounded(count)).into())]),
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

fn view_tabs(ctx: &Ctx, list: &List<'_>) -> Markup {
    let active = list.view().map(|view| view.id);
    let mut all = vec![Tab {
        label: ctx.t("crm-view-all").into(),
        href: CONTACTS.url().into(),
        active: active.is_none(),
        count: None,
    }];
    all.extend(list.views.iter().map(|view| {
        let query = ContactQuery {
            view: Some(view.id.to_string()),
            ..ContactQuery::parse(&view.query)
        };
        Tab {
            label: view.name.as_str().into(),
            href: query.url().into(),
            active: active == Some(view.id),
            count: None,
        }
    }));
    // One tab is no choice.
    if all.len() > 1 {
        tabs(&ctx.t("crm-views"), &all)
    } else {
        Markup::default()
    }
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
    let kept = ContactQuery {
        cursor: None,
        ..list.query.clone()
    };
    let pairs = kept.pairs();
    let pairs: Vec<(&str, &str)> = pairs
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let editor = CONTACTS_FILTER.with(&pairs);
    let conditions = Button::ghost(ctx.t("crm-list-filter"))
        .icon(Icon::Filter)
        .href(editor.clone())
        .attr("hx-get", editor)
        .attr("hx-target", format!("#{PANEL}"))
        .attr("hx-swap", "innerHTML");
    let mut bar = FilterBar::new(CONTACTS.url())
        .search("q", list.query.search.as_str(), ctx.t("crm-contacts-search"))
        .controls(controls)
        .actions(html! { (conditions) })
        .clear(list.filtered.then(|| CONTACTS.url()))
        .live(Live(LIST));
    let has_control = ["q", "sort", "filter[tag]", "filter[segment]"];
    for (name, value) in kept.pairs() {
        if !has_control.contains(&name.as_str()) {
            bar = bar.keep(name, Some(value));
        }
    }
    bar.show(ctx.words())
}

/// Filters that the bar has no control for.
fn field_filters<'a>(list: &'a List<'_>) -> impl Iterator<Item = &'a (String, String)> {
    list.query
        .filters
        .iter()
        .filter(|(key, _)| !matches!(key.as_str(), "tag" | "segment" | "visitors"))
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
        @for (n, text) in list.conditions.iter().enumerate() {
            (filter_chip(ctx.words(), text, &list.query.without_condition(n)))
        }
        @if list.spec.visitors != Visitors::Hidden {
            (filter_chip(ctx.words(), &visitors_text(ctx, list.spec.visitors), &list.query.without("visitors")))
        }
    }
}

fn visitors_text(ctx: &Ctx, visitors: Visitors) -> String {
    ctx.t(match visitors {
        Visitors::Hidden => "crm-visitors-hidden",
        Visitors::Included => "crm-visitors-included",
        Visitors::Only => "crm-visitors-only",
    })
}

/// What can be done with the list as it is shown.
fn tools(ctx: &Ctx, list: &List<'_>) -> Markup {
    let rule = list.spec.as_rule();
    let has_rule = rule["all"].as_array().is_none_or(|all| !all.is_empty());
    let may_save = ctx.may(Permission::SegmentsWrite) && has_rule && list.query.search.is_empty();
    html! {
        @if may_save {
            (Button::ghost(ctx.t("crm-list-save-segment")).small().icon(Icon::Segments)
                .href(SEGMENT_NEW.with(&[("rule", rule.to_string())])))
        }
        @if may_write(ctx) { (view_menu(ctx, list)) }
        (display_menu(ctx, list))
        @if ctx.may(Permission::ContactsExport) { (export_menu(ctx, list)) }
    }
}

fn view_menu(ctx: &Ctx, list: &List<'_>) -> Markup {
    let kept = list.query.query_string();
    let view = list.view();
    let person = ctx.user().zip(ctx.role());
    let mine = view.filter(|view| person.is_some_and(|(user, role)| view.may_be_changed_by(user, role)));
    let shared = |on: bool| Switch::new("shared", ctx.t("crm-view-shared"), on).value("true");
    let new = Form::post(CONTACT_VIEWS.url(), ctx.csrf_field()).body(
        ctx.words(),
        html! {
            input type="hidden" name="query" value=(kept);
            (Input::text("name", ctx.t("crm-view-name")).id("view-new-name").required().max_length(60))
            (shared(false).id("view-new-shared"))
            (Button::primary(ctx.t("crm-view-create")).small())
        },
    );
    let mut items = Vec::new();
    if let Some(view) = mine {
        let same = ContactQuery::parse(&view.query).query_string() == kept;
        if !same {
            let save = Button::ghost(ctx.ta("crm-view-update", &[("name", view.name.as_str().into())]))
                .icon(Icon::Bookmark);
            let form = ActionForm::new(CONTACT_VIEW.url(&view.id), ctx.csrf_field(), save)
                .field("query", kept.as_str())
                .in_menu();
            items.push(MenuItem::Custom(form.render()));
            items.push(MenuItem::Separator);
        }
        let rename = Form::post(CONTACT_VIEW.url(&view.id), ctx.csrf_field()).body(
            ctx.words(),
            html! {
                input type="hidden" name="sharing" value="true";
                (Input::text("name", ctx.t("crm-view-name")).id("view-name").value(view.name.as_str()).required().max_length(60))
                (shared(view.shared).id("view-shared"))
                (Button::secondary(ctx.t("crm-view-save")).small())
            },
        );
        items.push(MenuItem::Custom(html! { div.menu-panel { (rename) } }));
        let delete = Button::ghost(ctx.t("crm-view-delete")).icon(Icon::Trash);
        let form = ActionForm::new(CONTACT_VIEW_DELETION.url(&view.id), ctx.csrf_field(), delete).in_menu();
        items.push(MenuItem::Custom(form.render()));
        items.push(MenuItem::Separator);
    }
    items.push(MenuItem::Custom(html! { div.menu-panel { (new) } }));
    menu(&MenuTrigger::Button(ctx.t("crm-view-keep").into()), &items)
}

fn display_menu(ctx: &Ctx, list: &List<'_>) -> Markup {
    let kept = ContactQuery {
        cursor: None,
        columns: Vec::new(),
        filters: list
            .query
            .filters
            .iter()
            .filter(|(key, _)| key != "visitors")
            .cloned()
            .collect(),
        ..list.query.clone()
    };
    let choices = ContactColumn::all(list.fields)
        .into_iter()
        .map(|column| Choice::new(column.name(), column_label(ctx, list.fields, &column)))
        .collect();
    let chosen: Vec<String> = list.columns.iter().map(ContactColumn::name).collect();
    let visitors = Visitors::ALL.map(|visitors| (visitors.as_str(), visitors_text(ctx, visitors)));
    let columns = html! {
        form.menu-panel method="get" action=(CONTACTS.url()) {
            @for (name, value) in kept.pairs() { input type="hidden" name=(name) value=(value); }
            (Select::new("filter[visitors]", ctx.t("crm-visitors")).options(visitors).selected(list.spec.visitors.as_str()))
            div.menu-scroll {
                (CheckboxGroup::new("columns", ctx.t("crm-list-columns"), choices).chosen(chosen))
            }
            (Button::primary(ctx.t("crm-list-columns-do")).small())
        }
    };
    let densities = [
        ("".into(), ctx.t("crm-density-comfortable").into()),
        ("compact".into(), ctx.t("crm-density-compact").into()),
    ];
    let density = Form::post(CONTACTS_DENSITY.url(), ctx.csrf_field()).body(
        ctx.words(),
        html! {
            input type="hidden" name="query" value=(list.query.query_string());
            (segmented("density", &ctx.t("crm-density"), &densities, if list.compact { "compact" } else { "" }))
            (Button::secondary(ctx.t("crm-density-do")).small())
        },
    );
    menu(
        &MenuTrigger::Button(ctx.t("crm-list-display").into()),
        &[
            MenuItem::Custom(html! { div.menu-panel { (density) } }),
            MenuItem::Separator,
            MenuItem::Custom(columns),
        ],
    )
}

fn export_menu(ctx: &Ctx, list: &List<'_>) -> Markup {
    let kept = list.query.query_string();
    let mut items: Vec<MenuItem<'_>> = ExportFormat::ALL
        .into_iter()
        .map(|format| {
            let key = match format {
                ExportFormat::Csv => "crm-export-csv",
                ExportFormat::Xlsx => "crm-export-xlsx",
            };
            let form = ActionForm::new(
                EXPORTS.url(),
                ctx.csrf_field(),
                Button::ghost(ctx.t(key)).icon(Icon::Download),
            )
            .field("format", format.as_str())
            .field("query", kept.as_str())
            .in_menu();
            MenuItem::Custom(form.render())
        })
        .collect();
    items.push(MenuItem::Separator);
    items.push(MenuItem::Link {
        icon: Icon::File,
        label: ctx.t("crm-exports-title").into(),
        href: EXPORTS.url().into(),
    });
    menu(&MenuTrigger::Button(ctx.t("crm-list-export").into()), &items)
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
    let mut columns = vec![sort(
        Column::text(ctx.t("crm-column-contact")),
        SortBy::Name,
        false,
    )];
    columns.extend(list.columns.iter().map(|column| {
        let head = Column::text(column_label(ctx, list.fields, column)).wide_only();
        match column {
            ContactColumn::Created => sort(head, SortBy::Created, true),
            ContactColumn::Updated => sort(head, SortBy::Updated, true),
            ContactColumn::Email => sort(head, SortBy::Email, false),
            _ => head,
        }
    }));
    let empty =
        EmptyState::new(Icon::Search, ctx.t("crm-contacts-none-found")).text(ctx.t(if list.next.is_some() {
            "crm-contacts-look-further"
        } else {
            "crm-contacts-none-found-help"
        }));
    let table = Table::new(ctx.t("crm-contacts-title"), columns)
        .rows(list.contacts.iter().map(|contact| row(ctx, list, contact)))
        .empty(empty)
        .compact(list.compact)
        .scrolls(list.columns.len() > MANY_COLUMNS)
        .live(Live(LIST));
    if may_write(ctx) {
        table.bulk(bulk(ctx, list)).show(ctx.words())
    } else {
        table.show(ctx.words())
    }
}

fn row<'a>(ctx: &Ctx, list: &List<'_>, contact: &Contact) -> Row<'a> {
    let label = name_of(ctx, contact);
    let email = contact
        .email
        .as_ref()
        .map(|email| email.as_str())
        .unwrap_or_default();
    let name = html! {
        (person_link(&CONTACT.url(&contact.id), &label, email))
        @if let Some(why) = list.unreachable.get(email) { " " (badge(Tone::Warning, &reason_word(ctx, why))) }
    };
    let others = list.columns.iter().map(|column| cell(ctx, contact, column));
    Row::new(std::iter::once(name).chain(others).collect())
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

fn bulk<'a>(ctx: &Ctx, list: &List<'_>) -> Bulk<'a> {
    // Only when there are others than those on the page.
    let others = list.next.is_some() || list.previous.is_some();
    let all = list.size.filter(|_| others).map(|size| match size {
        ListSize::Exactly(count) => ctx.ta("crm-list-select-all", &[("count", number(count).into())]),
        ListSize::About(count) => ctx.ta(
            "crm-list-select-all-about",
            &[("count", number(rounded(count)).into())],
        ),
    });
    let all = all.or_else(|| others.then(|| ctx.t("crm-list-select-all-found")));
    Bulk {
        form: BULK.into(),
        action: BULK_REVIEW.url().into(),
        csrf: html! {
            (ctx.csrf_field())
            input type="hidden" name="query" value=(list.query.query_string());
        },
        buttons: bulk_buttons(ctx, BULK, &BULK_REVIEW.url(), ctx.may(Permission::ContactsExport)),
        all_matching: all.map(Into::into),
    }
}
