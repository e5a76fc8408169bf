use axum::response::Response;
use contracts::crm::{FIELD, FIELD_DELETION, FIELD_NEW, FIELD_PLACE, FIELDS, FIELDS_STANDARD};
use http::StatusCode;
use maud::{Markup, html};
use platform::web::{Ctx, FieldErrors};
use ui_kit::{
    ActionForm, Alert, Button, Card, Column, Confirm, EmptyState, ErrorSummary, Field as Input, Form, Icon,
    PageHeader, Row, Select, Switch, Tab, Table, Tone, badge, button_row, danger_zone, form_section,
    link_with_note, no_value, stack, tabs,
};

use super::{FieldForm, objects::ObjectChoice};
use crate::{
    domain::field::{CONTACTS, Field, FieldType, GROUPS},
    interface::web::field_widgets::{by_group, group_label},
};

/// What the list shows.
pub struct FieldList<'a> {
    pub object: &'a ObjectChoice,
    pub objects: &'a [ObjectChoice],
    pub fields: &'a [Field],
    /// How many of the standard fields are missing.
    pub missing: usize,
}

pub fn list_page(ctx: &Ctx, list: &FieldList<'_>) -> Response {
    let new_url = FIELD_NEW.with(&[("object", list.object.key.as_str())]);
    let create = html! { (Button::primary(ctx.t("crm-field-new")).icon(Icon::Plus).href(new_url)) };
    let all: Vec<Tab<'_>> = list
        .objects
        .iter()
        .map(|object| Tab {
            label: object.plural.as_str().into(),
            href: FIELDS.with(&[("object", object.key.as_str())]).into(),
            active: object.key == list.object.key,
            count: None,
        })
        .collect();
    let mut header = PageHeader::new(ctx.t("crm-fields-title"))
        .purpose(ctx.t("crm-fields-purpose"))
        .tabs(tabs(&ctx.t("crm-fields-objects"), &all));
    if !list.fields.is_empty() {
        header = header.actions(create.clone());
    }
    let body = html! {
        @if list.missing > 0 { (offer(ctx, list)) }
        @if list.fields.is_empty() {
            (EmptyState::new(Icon::Field, ctx.t("crm-fields-empty"))
                .text(ctx.t("crm-fields-empty-help"))
                .action(create))
        }
        @for (group, fields) in by_group(list.fields) {
            (Card::titled(group_label(ctx, group)).flush().body(group_table(ctx, group, &fields)))
        }
    };
    ctx.page(&header, stack(body))
}

/// The fields that most organisations want, in one click.
fn offer(ctx: &Ctx, list: &FieldList<'_>) -> Markup {
    let add = Button::secondary(ctx.ta("crm-fields-standard-add", &[("count", list.missing.into())]));
    let form = ActionForm::new(FIELDS_STANDARD.url(), ctx.csrf_field(), add)
        .field("object", list.object.key.as_str());
    let (title, text) = if list.object.key == CONTACTS {
        ("crm-fields-standard-title", "crm-fields-standard-text")
    } else {
        (
            "crm-fields-standard-companies-title",
            "crm-fields-standard-companies-text",
        )
    };
    html! { (Alert::new(Tone::Info, ctx.t(title)).text(ctx.t(text)).actions(html! { (form) })) }
}

fn group_table(ctx: &Ctx, group: &str, fields: &[&Field]) -> Markup {
    let columns = vec![
        Column::text(ctx.t("crm-field-column-label")),
        Column::text(ctx.t("crm-field-column-type")),
        Column::text(ctx.t("crm-field-column-flags")).wide_only(),
        Column::text(ctx.t("crm-field-column-options")).wide_only(),
    ];
    let last = fields.len().saturating_sub(1);
    let rows = fields
        .iter()
        .enumerate()
        .map(|(n, field)| row(ctx, field, n == 0, n == last));
    Table::new(group_label(ctx, group), columns)
        .rows(rows)
        .show(ctx.words())
}

fn row<'a>(ctx: &Ctx, field: &Field, first: bool, last: bool) -> Row<'a> {
    let options = field.options.join(", ");
    let move_button = |way: &'static str, key: &str, icon: Icon, disabled: bool| {
        let label = ctx.ta(key, &[("name", field.label.as_str().into())]);
        let button = Button::ghost(label).icon_only(icon).small().disabled(disabled);
        ActionForm::new(FIELD_PLACE.url(&field.id), ctx.csrf_field(), button).field("direction", way)
    };
    Row::new(vec![
        link_with_note(&FIELD.url(&field.id), &field.label, &field.key),
        html! { (kind_label(ctx, field.kind)) },
        flags(ctx, field),
        html! { @if options.is_empty() { (no_value()) } @else { (shortened(&options)) } },
    ])
    .id(field.id.to_string())
    .actions(html! {
        (move_button("up", "crm-field-move-up", Icon::ArrowUp, first))
        (move_button("down", "crm-field-move-down", Icon::ArrowDown, last))
    })
}

/// The whole list is on the field's own page.
fn shortened(options: &str) -> String {
    const MOST: usize = 60;
    if options.chars().count() <= MOST {
        return options.to_owned();
    }
    let mut short: String = options.chars().take(MOST).collect();
    short.push('…');
    short
}

fn flags(ctx: &Ctx, field: &Field) -> Markup {
    let told: Vec<(Tone, &str)> = [
        (field.flags.required, Tone::Warning, "crm-field-flag-required"),
        (field.flags.unique_identifier, Tone::Info, "crm-field-flag-unique"),
        (
            field.flags.publicly_updatable,
            Tone::Warning,
            "crm-field-flag-public",
        ),
        (field.flags.listable, Tone::Neutral, "crm-field-flag-listable"),
        (!field.flags.visible, Tone::Neutral, "crm-field-flag-hidden"),
        (
            field.filterable && field.indexed,
            Tone::Success,
            "crm-field-indexed",
        ),
        (
            field.filterable && !field.indexed,
            Tone::Info,
            "crm-field-indexing",
        ),
    ]
    .into_iter()
    .filter(|(on, _, _)| *on)
    .map(|(_, tone, key)| (tone, key))
    .collect();
    html! {
        @if told.is_empty() { (no_value()) }
        @for (tone, key) in told { (badge(tone, &ctx.t(key))) " " }
    }
}

/// What people call a type.
pub fn kind_label(ctx: &Ctx, kind: FieldType) -> String {
    ctx.t(match kind {
        FieldType::Text => "crm-type-text",
        FieldType::Textarea => "crm-type-textarea",
        FieldType::Html => "crm-type-html",
        FieldType::Number => "crm-type-number",
        FieldType::Boolean => "crm-type-boolean",
        FieldType::Date => "crm-type-date",
        FieldType::Datetime => "crm-type-datetime",
        FieldType::Time => "crm-type-time",
        FieldType::Select => "crm-type-select",
        FieldType::Multiselect => "crm-type-multiselect",
        FieldType::Lookup => "crm-type-lookup",
        FieldType::Email => "crm-type-email",
        FieldType::Phone => "crm-type-phone",
        FieldType::Url => "crm-type-url",
        FieldType::Country => "crm-type-country",
        FieldType::Region => "crm-type-region",
        FieldType::Locale => "crm-type-locale",
        FieldType::Timezone => "crm-type-timezone",
    })
}

/// What the form shows.
pub struct FieldPage<'a> {
    pub object: &'a ObjectChoice,
    pub field: Option<&'a Field>,
    pub form: &'a FieldForm,
    /// Groups that other fields are in, to choose from.
    pub groups: Vec<String>,
    pub errors: &'a FieldErrors,
}

pub fn form_page(ctx: &Ctx, status: StatusCode, page: &FieldPage<'_>) -> Response {
    let title = match page.field {
        Some(field) => ctx.ta("crm-field-edit-title", &[("name", field.label.as_str().into())]),
        None => ctx.ta(
            "crm-field-new-of",
            &[("object", page.object.plural.as_str().into())],
        ),
    };
    let back = FIELDS.with(&[("object", page.object.key.as_str())]);
    let header = PageHeader::new(title).crumb(ctx.t("crm-fields-title"), back.clone());
    let action = page
        .field
        .map_or_else(|| FIELD_NEW.url(), |field| FIELD.url(&field.id));
    let mut summary = ErrorSummary::new(ctx.t("crm-form-errors"));
    for error in &page.errors.0 {
        summary = summary.error(error.field.as_str(), error.detail.as_str());
    }
    let save = if page.field.is_some() {
        "crm-field-save"
    } else {
        "crm-field-define"
    };
    let body = html! {
        input type="hidden" name="object" value=(page.object.key);
        (form_section(&ctx.t("crm-field-section"), None, inputs(ctx, page)))
        (form_section(&ctx.t("crm-field-section-values"), None, value_inputs(ctx, page)))
        (form_section(&ctx.t("crm-field-section-use"), None, switches(ctx, page)))
        (button_row(html! {
            (Button::primary(ctx.t(save)))
            (Button::ghost(ctx.words().cancel.as_str()).href(back))
        }))
    };
    let whole = stack(html! {
        (summary)
        (Form::post(action, ctx.csrf_field()).body(ctx.words(), body))
        @if let Some(field) = page.field { (deletion(ctx, field)) }
    });
    ctx.page_with(status, &header, whole)
}

fn inputs(ctx: &Ctx, page: &FieldPage<'_>) -> Markup {
    let (form, fixed) = (page.form, page.field.is_some());
    let error = |name: &str| page.errors.of(name).map(str::to_owned);
    let kinds = FieldType::ALL
        .iter()
        .map(|kind| (kind.as_str(), kind_label(ctx, *kind)));
    html! {
        (Input::text("label", ctx.t("crm-field-column-label"))
            .value(&form.label)
            .help(ctx.t("crm-field-label-help"))
            .error(error("label"))
            .max_length(100)
            .required())
        // Values are stored by key and type, so these two stay as they are.
        (Input::text("key", ctx.t("crm-field-key"))
            .value(&form.key)
            .help(ctx.t(if fixed { "crm-field-key-fixed" } else { "crm-field-key-help" }))
            .error(error("key"))
            .max_length(63)
            .disabled(fixed))
        (Select::new("kind", ctx.t("crm-field-column-type"))
            .options(kinds)
            .selected(form.kind.as_str())
            .disabled(fixed))
        (Input::text("group", ctx.t("crm-field-group"))
            .value(&form.group)
            .suggestions(GROUPS.iter().map(|group| (*group).to_owned()).chain(page.groups.iter().cloned()))
            .help(ctx.t("crm-field-group-help"))
            .max_length(50)
            .error(error("group")))
    }
}

fn value_inputs(ctx: &Ctx, page: &FieldPage<'_>) -> Markup {
    let form = page.form;
    let error = |name: &str| page.errors.of(name).map(str::to_owned);
    let is = |test: fn(FieldType) -> bool| page.field.is_none_or(|field| test(field.kind));
    html! {
        @if is(FieldType::has_options) {
            (Input::textarea("options", ctx.t("crm-field-column-options"), 5)
                .value(&form.options)
                .help(ctx.t("crm-field-options-help"))
                .error(error("options")))
        }
        (Input::text("default_value", ctx.t("crm-field-default"))
            .value(&form.default_value)
            .help(ctx.t("crm-field-default-help"))
            .error(error("default_value")))
        @if is(FieldType::has_length) {
            (Input::text("max_length", ctx.t("crm-field-max-length"))
                .value(&form.max_length)
                .attr("inputmode", "numeric")
                .help(ctx.t("crm-field-max-length-help"))
                .error(error("max_length")))
        }
    }
}

fn switches(ctx: &Ctx, page: &FieldPage<'_>) -> Markup {
    let form = page.form;
    let switch = |name: &'static str, key: &str, on: bool| {
        Switch::new(name, ctx.t(key), on)
            .value("true")
            .help(ctx.t(&format!("{key}-help")))
            .error(page.errors.of(name).map(str::to_owned))
    };
    let identifies = page.field.is_none_or(|field| field.kind.can_identify());
    html! {
        (switch("required", "crm-field-required", form.required))
        (switch("visible", "crm-field-visible", form.visible))
        (switch("listable", "crm-field-listable", form.listable))
        @if identifies { (switch("unique_identifier", "crm-field-unique", form.unique_identifier)) }
        @if page.object.key == CONTACTS {
            (switch("publicly_updatable", "crm-field-public", form.publicly_updatable))
        }
        (switch("filterable", "crm-field-filterable", form.filterable))
    }
}

fn deletion(ctx: &Ctx, field: &Field) -> Markup {
    let label = ctx.t("crm-field-delete");
    let text = ctx.t(if field.object == CONTACTS {
        "crm-field-delete-text"
    } else {
        "crm-field-delete-text-records"
    });
    let confirm = Confirm {
        title: ctx
            .ta("crm-field-delete-title", &[("name", field.label.as_str().into())])
            .into(),
        text: text.clone().into(),
        button: label.clone().into(),
    };
    let form = ActionForm::new(
        FIELD_DELETION.url(&field.id),
        ctx.csrf_field(),
        Button::danger(label.clone()),
    )
    .confirm(confirm);
    danger_zone(&label, &text, html! { (form) })
}
