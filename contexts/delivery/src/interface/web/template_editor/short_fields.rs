//! The fields of what is no mail.

use maud::{Markup, html};
use platform::web::Ctx;
use ui_kit::Field;

use super::view::{EditorView, FORM};
use crate::domain::sms;

/// What people read. It stands in the canvas and names the form that it belongs to.
pub fn text_message(ctx: &Ctx, view: &EditorView<'_>) -> Markup {
    let longest = [("limit", i64::try_from(sms::LONGEST).unwrap_or(i64::MAX).into())];
    html! {
        (Field::textarea("body", ctx.t("delivery-sms-body"), 8)
            .value(view.form.body.as_str())
            .help(ctx.ta("delivery-sms-body-help", &longest))
            .error(view.errors.of("body").map(str::to_owned))
            .disabled(!view.may_write)
            .attr("form", FORM))
    }
}

/// Title, text, link and data.
pub fn notification(ctx: &Ctx, view: &EditorView<'_>) -> Markup {
    let form = view.form;
    let error = |field: &str| view.errors.of(field).map(str::to_owned);
    html! {
        (Field::text("subject", ctx.t("delivery-push-title"))
            .value(form.subject.as_str())
            .help(ctx.t("delivery-push-title-help"))
            .error(error("subject"))
            .max_length(1000)
            .disabled(!view.may_write)
            .attr("form", FORM))
        (Field::textarea("body", ctx.t("delivery-push-body"), 5)
            .value(form.body.as_str())
            .help(ctx.t("delivery-push-body-help"))
            .error(error("body"))
            .disabled(!view.may_write)
            .attr("form", FORM))
        (Field::text("url", ctx.t("delivery-push-url"))
            .value(form.url.as_str())
            .help(ctx.t("delivery-push-url-help"))
            .error(error("url"))
            .max_length(1000)
            .disabled(!view.may_write)
            .attr("form", FORM))
        (Field::textarea("data", ctx.t("delivery-push-data"), 4)
            .value(form.data.as_str())
            .help(ctx.t("delivery-push-data-help"))
            .error(error("data"))
            .disabled(!view.may_write)
            .attr("form", FORM))
    }
}
