use axum::response::Response;
use contracts::{crm::consent::Channel, delivery::TEMPLATES};
use http::StatusCode;
use maud::html;
use platform::web::{Ctx, FieldErrors};
use ui_kit::{Button, Choice, Field, Form, Icon, PageHeader, RadioCards, button_row, form_section, stack};

use super::NewForm;
use crate::{
    domain::template::{SHORT_STARTERS, STARTERS, Starter, TemplateName},
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
            (cards(ctx, Channel::Email, form).error(error("starter")))
            (cards(ctx, Channel::Sms, form))
            (cards(ctx, Channel::Push, form))
        }))
        (button_row(html! { (Button::primary(ctx.t("delivery-template-create"))) }))
    };
    let body = stack(html! {
        (summary(ctx, errors))
        (Form::post(TEMPLATES.url(), ctx.csrf_field()).body(ctx.words(), fields))
    });
    ctx.page_with(status, &header, body)
}

/// What messages of a channel start from. Whoever chooses one chooses the channel.
fn cards<'a>(ctx: &Ctx, channel: Channel, form: &'a NewForm) -> RadioCards<'a> {
    let all = STARTERS.iter().chain(SHORT_STARTERS);
    let choices = all
        .filter(|starter| starter.kind.channel() == channel)
        .map(|starter| choice(ctx, starter))
        .collect();
    RadioCards::new("starter", ctx.t(&format!("delivery-channel-{channel}")), choices)
        .chosen(form.starter.as_str())
}

fn choice<'a>(ctx: &Ctx, starter: &Starter) -> Choice<'a> {
    let icon = match starter.key {
        "welcome" => Icon::User,
        "newsletter" => Icon::List,
        "announcement" => Icon::Campaign,
        "invitation" => Icon::Calendar,
        "letter" => Icon::Mail,
        "sms-offer" => Icon::Tag,
        "sms-reminder" => Icon::Clock,
        "push-news" => Icon::Phone,
        _ => Icon::Code,
    };
    Choice::new(starter.key, ctx.t(&format!("delivery-starter-{}", starter.key)))
        .help(ctx.t(&format!("delivery-starter-{}-help", starter.key)))
        .icon(icon)
}
