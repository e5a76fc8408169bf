use axum::response::Response;
use contracts::crm::objects::{RECORD, RECORD_EDIT, RECORD_NEW, RECORDS};
use http::StatusCode;
use maud::{Markup, html};
use platform::web::{Ctx, FieldErrors};
use ui_kit::{
    Alert, Button, ErrorSummary, Field as Input, Form, PageHeader, Tone, button_row, form_section, link,
    stack,
};

use super::form::{RecordForm, SEEN};
use crate::{
    domain::{
        field::{Field, FieldType},
        object::Object,
        record::{MAX_NAME, Record},
    },
    interface::web::field_widgets::{Widget, attribute_name, by_group, group_label, input},
};

/// The form of a new record or of one that exists.
pub struct FormPage {
    pub object: Object,
    pub record: Option<Record>,
    pub form: RecordForm,
    pub fields: Vec<Field>,
    pub errors: FieldErrors,
    /// The page of a record with the same external ID.
    pub in_the_way: Option<String>,
}

pub fn page(ctx: &Ctx, status: StatusCode, page: &FormPage) -> Response {
    let object = &page.object;
    let (header, action, back) = match &page.record {
        Some(record) => {
            let label = record.label();
            let header = PageHeader::new(ctx.ta("crm-record-edit-title", &[("name", label.as_str().into())]))
                .crumb(object.plural.as_str(), RECORDS.url(&object.key))
                .crumb(label, RECORD.url(&object.key, &record.id));
            let url = RECORD.url(&object.key, &record.id);
            (header, RECORD_EDIT.url(&object.key, &record.id), url)
        }
        None => {
            let title = ctx.ta(
                "crm-record-new-title",
                &[("object", object.singular.as_str().into())],
            );
            let header = PageHeader::new(title).crumb(object.plural.as_str(), RECORDS.url(&object.key));
            (header, RECORD_NEW.url(&object.key), RECORDS.url(&object.key))
        }
    };
    let save = ctx.t(if page.record.is_some() {
        "crm-record-save"
    } else {
        "crm-record-create"
    });
    let groups = by_group(&page.fields);
    let body = html! {
        @if page.record.is_some() { input type="hidden" name=(SEEN) value=(page.form.get(SEEN)); }
        (form_section(&object.singular, None, identity(ctx, page)))
        @for (group, fields) in &groups {
            (form_section(&group_label(ctx, group), None, attributes(ctx, page, fields)))
        }
        (button_row(html! {
            (Button::primary(save))
            (Button::ghost(ctx.words().cancel.as_str()).href(back))
        }))
    };
    let form = Form::post(action, ctx.csrf_field()).body(ctx.words(), body);
    ctx.page_with(status, &header, stack(html! { (summary(ctx, page)) (form) }))
}

fn summary(ctx: &Ctx, page: &FormPage) -> Markup {
    let mut summary = ErrorSummary::new(ctx.t("crm-form-errors"));
    for error in &page.errors.0 {
        summary = summary.error(error.field.as_str(), error.detail.as_str());
    }
    html! {
        (summary)
        @if let Some(href) = &page.in_the_way {
            (Alert::new(Tone::Info, ctx.t("crm-record-in-the-way"))
                .actions(link(href, &ctx.t("crm-record-in-the-way-open"))))
        }
    }
}

fn identity(ctx: &Ctx, page: &FormPage) -> Markup {
    let error = |name: &str| page.errors.of(name).map(str::to_owned);
    html! {
        (Input::text("name", ctx.t("crm-record-name"))
            .value(page.form.get("name"))
            .max_length(MAX_NAME)
            .autocomplete("off")
            .error(error("name")))
        (Input::text("external_id", ctx.t("crm-field-external-id"))
            .value(page.form.get("external_id"))
            .help(ctx.t("crm-record-external-id-help"))
            .error(error("external_id")))
    }
}

fn attributes(ctx: &Ctx, page: &FormPage, fields: &[&Field]) -> Markup {
    let country = page.fields.iter().find(|field| field.kind == FieldType::Country);
    let country = country
        .map(|field| attribute_name(&field.key))
        .unwrap_or_default();
    html! {
        @for field in fields {
            @let name = attribute_name(&field.key);
            (input(ctx, Widget {
                field,
                values: page.form.all(&name).collect(),
                error: page.errors.of(&name).map(str::to_owned),
                country: page.form.get(&country),
            }))
        }
    }
}
