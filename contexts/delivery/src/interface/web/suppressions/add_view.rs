use axum::response::Response;
use contracts::delivery::SUPPRESSIONS;
use http::StatusCode;
use maud::html;
use platform::web::{Ctx, FieldErrors};
use ui_kit::{Button, Field, Form, PageHeader, Select, button_row, stack};

use super::AddForm;
use crate::{
    domain::{address_list::Remark, suppression::SuppressionReason},
    interface::{settings_words::suppression_reason, web::template_parts::summary},
};

/// The form that adds addresses.
pub fn page(ctx: &Ctx, status: StatusCode, form: &AddForm, errors: &FieldErrors) -> Response {
    let header = PageHeader::new(ctx.t("delivery-suppressions-add"))
        .purpose(ctx.t("delivery-suppressions-add-purpose"))
        .crumb(ctx.t("delivery-suppressions-title"), SUPPRESSIONS.url());
    let error = |field: &str| errors.of(field).map(str::to_owned);
    let fields = html! {
        (Field::textarea("addresses", ctx.t("delivery-suppressions-add-addresses"), 8)
            .value(form.addresses.as_str())
            .help(ctx.t("delivery-suppressions-add-addresses-help"))
            .error(error("addresses"))
            .required()
            .autofocus())
        (Select::new("reason", ctx.t("delivery-suppression-reason"))
            .options(SuppressionReason::ALL.map(|r| (r.as_str(), suppression_reason(&ctx.l10n, r))))
            .selected(form.reason.as_str())
            .help(ctx.t("delivery-suppressions-add-reason-help")))
        (Field::text("note", ctx.t("delivery-suppression-note"))
            .value(form.note.as_str())
            .help(ctx.t("delivery-suppressions-add-note-help"))
            .error(error("note"))
            .max_length(Remark::LONGEST))
        (button_row(html! { (Button::primary(ctx.t("delivery-suppressions-add-submit"))) }))
    };
    let body = stack(html! {
        (summary(ctx, errors))
        (Form::post(SUPPRESSIONS.url(), ctx.csrf_field()).body(ctx.words(), fields))
    });
    ctx.page_with(status, &header, body)
}
