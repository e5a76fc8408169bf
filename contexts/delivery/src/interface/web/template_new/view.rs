use axum::response::Response;
use contracts::delivery::TEMPLATES;
use http::StatusCode;
use maud::html;
use platform::web::{Ctx, FieldErrors};
use ui_kit::{Button, Choice, Field, Form, Icon, PageHeader, RadioCards, button_row, form_section, stack};

use super::NewForm;
use crate::{
    domain::template::{STARTERS, Starter, TemplateName},
    interface::web::template_parts::summary,
};

/// The page.
pub fn page(ctx: &Ctx, status: StatusCode, form: &NewForm, errors: &FieldErrors) -> Response {
    let header = PageHeader::new(ctx.t("delivery-template-new"))
        .purpose(ctx.t("delivery-template-new-purpose"))
        .crumb(ctx.t("delivery-templates-title"), TEMPLATES.url());
    let error = |field: &str| errors.of(field).map(str::to_owned);
    let fields = html! {
        (form_section(&ctx.t("delivery-template-name"), Some(&ctx.t("delivery-template-name-help")), html! {
            (Field::text("name", ctx.t("delivery-template-name"))
                .value(&form.name)
                .error(error("name"))
                .max_length(TemplateName::LONGEST)
                .required()
                .autofocus())
        }))
        (form_section(&ctx.t("delivery-template-starter"), Some(&ctx.t("delivery-template-starter-help")), html! {
            (RadioCards::new("starter", ctx.t("delivery-template-starter"), STARTERS.iter().map(|s| choice(ctx, s)).collect())
                .chosen(form.starter.as_str())
                .error(error("starter"))
                .hide_label())
        }))
        (button_row(html! { (Button::primary(ctx.t("delivery-template-create"))) }))
    };
    let body = stack(html! {
        (summary(ctx, errors))
        (Form::post(TEMPLATES.url(), ctx.csrf_field()).body(ctx.words(), fields))
    });
    ctx.page_with(status, &header, body)
}

fn choice<'a>(ctx: &Ctx, starter: &Starter) -> Choice<'a> {
    let icon = match starter.key {
        "welcome" => Icon::User,
        "newsletter" => Icon::List,
        "announcement" => Icon::Campaign,
        "invitation" => Icon::Calendar,
        "letter" => Icon::Mail,
        _ => Icon::Code,
    };
    Choice::new(starter.key, ctx.t(&format!("delivery-starter-{}", starter.key)))
        .help(ctx.t(&format!("delivery-starter-{}-help", starter.key)))
        .icon(icon)
}
