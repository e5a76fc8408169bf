use axum::response::Response;
use contracts::crm::{FIELD, FIELD_DELETION, FIELD_NEW, FIELDS};
use http::StatusCode;
use maud::{Markup, html};
use platform::web::{Ctx, FieldErrors};
use ui_kit::{
    ActionForm, Button, Column, Confirm, EmptyState, ErrorSummary, Field as Input, Form, Icon, PageHeader,
    Row, Select, Switch, Table, Tone, badge, button_row, danger_zone, form_section, link_with_note, no_value,
    stack,
};

use super::FieldForm;
use crate::domain::field::{Field, FieldType};

pub fn list_page(ctx: &Ctx, fields: &[Field]) -> Response {
    let create = html! { (Button::primary(ctx.t("crm-field-new")).icon(Icon::Plus).href(FIELD_NEW.url())) };
    let mut header = PageHeader::new(ctx.t("crm-fields-title")).purpose(ctx.t("crm-fields-purpose"));
    if !fields.is_empty() {
        header = header.actions(create.clone());
    }
    let columns = vec![
        Column::text(ctx.t("crm-field-column-label")),
        Column::text(ctx.t("crm-field-column-type")),
        Column::text(ctx.t("crm-field-column-options")).wide_only(),
        Column::text(ctx.t("crm-field-column-index")).wide_only(),
    ];
    let empty = EmptyState::new(Icon::Field, ctx.t("crm-fields-empty"))
        .text(ctx.t("crm-fields-empty-help"))
        .action(create);
    let table = Table::new(ctx.t("crm-fields-title"), columns)
        .rows(fields.iter().map(|field| row(ctx, field)))
        .empty(empty);
    ctx.page(&header, table.show(ctx.words()))
}

fn row<'a>(ctx: &Ctx, field: &Field) -> Row<'a> {
    let options = field.options.join(", ");
    Row::new(vec![
        link_with_note(&FIELD.url(&field.id), &field.label, &field.key),
        html! { (kind_label(ctx, field.kind)) },
        html! { @if options.is_empty() { (no_value()) } @else { (options) } },
        index_badge(ctx, field),
    ])
    .id(field.id.to_string())
}

fn index_badge(ctx: &Ctx, field: &Field) -> Markup {
    match (field.filterable, field.indexed) {
        (true, true) => badge(Tone::Success, &ctx.t("crm-field-indexed")),
        (true, false) => badge(Tone::Info, &ctx.t("crm-field-indexing")),
        (false, _) => no_value(),
    }
}

/// What people call a type.
pub fn kind_label(ctx: &Ctx, kind: FieldType) -> String {
    ctx.t(match kind {
        FieldType::Text => "crm-type-text",
        FieldType::Number => "crm-type-number",
        FieldType::Boolean => "crm-type-boolean",
        FieldType::Date => "crm-type-date",
        FieldType::Datetime => "crm-type-datetime",
        FieldType::Select => "crm-type-select",
        FieldType::Multiselect => "crm-type-multiselect",
        FieldType::Url => "crm-type-url",
        FieldType::Phone => "crm-type-phone",
    })
}

pub fn form_page(
    ctx: &Ctx,
    status: StatusCode,
    field: Option<&Field>,
    form: &FieldForm,
    errors: &FieldErrors,
) -> Response {
    let title = match field {
        Some(field) => ctx.ta("crm-field-edit-title", &[("name", field.label.as_str().into())]),
        None => ctx.t("crm-field-new-title"),
    };
    let header = PageHeader::new(title).crumb(ctx.t("crm-fields-title"), FIELDS.url());
    let action = field.map_or_else(|| FIELD_NEW.url(), |field| FIELD.url(&field.id));
    let mut summary = ErrorSummary::new(ctx.t("crm-form-errors"));
    for error in &errors.0 {
        summary = summary.error(error.field.as_str(), error.detail.as_str());
    }
    let body = html! {
        (form_section(&ctx.t("crm-field-section"), None, inputs(ctx, field, form, errors)))
        (button_row(html! {
            (Button::primary(ctx.t(if field.is_some() { "crm-field-save" } else { "crm-field-define" })))
            (Button::ghost(ctx.words().cancel.as_str()).href(FIELDS.url()))
        }))
    };
    let page = stack(html! {
        (summary)
        (Form::post(action, ctx.csrf_field()).body(ctx.words(), body))
        @if let Some(field) = field { (deletion(ctx, field)) }
    });
    ctx.page_with(status, &header, page)
}

fn inputs(ctx: &Ctx, field: Option<&Field>, form: &FieldForm, errors: &FieldErrors) -> Markup {
    let error = |name: &str| errors.of(name).map(str::to_owned);
    let kinds = FieldType::ALL.map(|kind| (kind.as_str(), kind_label(ctx, kind)));
    let takes_options = field.is_none_or(|field| field.kind.has_options());
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
            .help(ctx.t(if field.is_some() { "crm-field-key-fixed" } else { "crm-field-key-help" }))
            .error(error("key"))
            .max_length(63)
            .disabled(field.is_some()))
        (Select::new("kind", ctx.t("crm-field-column-type"))
            .options(kinds)
            .selected(form.kind.as_str())
            .disabled(field.is_some()))
        @if takes_options {
            (Input::textarea("options", ctx.t("crm-field-column-options"), 5)
                .value(&form.options)
                .help(ctx.t("crm-field-options-help"))
                .error(error("options")))
        }
        (Switch::new("filterable", ctx.t("crm-field-filterable"), form.filterable)
            .value("true")
            .help(ctx.t("crm-field-filterable-help")))
    }
}

fn deletion(ctx: &Ctx, field: &Field) -> Markup {
    let label = ctx.t("crm-field-delete");
    let confirm = Confirm {
        title: ctx
            .ta("crm-field-delete-title", &[("name", field.label.as_str().into())])
            .into(),
        text: ctx.t("crm-field-delete-text").into(),
        button: label.clone().into(),
    };
    let form = ActionForm::new(
        FIELD_DELETION.url(&field.id),
        ctx.csrf_field(),
        Button::danger(label.clone()),
    )
    .confirm(confirm);
    danger_zone(&label, &ctx.t("crm-field-delete-text"), html! { (form) })
}
