use axum::response::Response;
use contracts::campaign::{CAMPAIGN, CAMPAIGN_NAME, CAMPAIGN_NEW, CAMPAIGNS};
use http::StatusCode;
use kernel::CampaignId;
use maud::{Markup, html};
use platform::web::Ctx;
use ui_kit::{Button, Card, Field, Form, PageHeader, button_row};

use crate::domain::name::LONGEST_NAME;

/// The form for a new campaign.
pub fn new_page(ctx: &Ctx, status: StatusCode, name: &str, error: Option<String>) -> Response {
    let header =
        PageHeader::new(ctx.t("campaign-new-title")).crumb(ctx.t("campaign-list-title"), CAMPAIGNS.url());
    let button = Button::primary(ctx.t("campaign-new-submit"));
    let form = Form::post(CAMPAIGN_NEW.url(), ctx.csrf_field()).body(
        ctx.words(),
        html! {
            (name_field(ctx, name, error).help(ctx.t("campaign-name-help")).autofocus())
            (buttons(ctx, &button, CAMPAIGNS.url()))
        },
    );
    ctx.page_with(status, &header, Card::untitled().body(form))
}

/// The form for another name.
pub fn rename_page(
    ctx: &Ctx,
    status: StatusCode,
    id: CampaignId,
    name: &str,
    error: Option<String>,
) -> Response {
    let header =
        PageHeader::new(ctx.t("campaign-rename-title")).crumb(ctx.t("campaign-list-title"), CAMPAIGNS.url());
    let button = Button::primary(ctx.t("campaign-rename-submit"));
    let form = Form::post(CAMPAIGN_NAME.url(&id), ctx.csrf_field()).body(
        ctx.words(),
        html! {
            (name_field(ctx, name, error).autofocus())
            (buttons(ctx, &button, CAMPAIGN.url(&id)))
        },
    );
    ctx.page_with(status, &header, Card::untitled().body(form))
}

/// The field itself, wherever it stands.
pub fn name_field<'a>(ctx: &Ctx, name: &'a str, error: Option<String>) -> Field<'a> {
    Field::text("name", ctx.t("campaign-name"))
        .value(name)
        .error(error)
        .required()
        .max_length(LONGEST_NAME)
}

fn buttons(ctx: &Ctx, submit: &Button<'_>, back: String) -> Markup {
    button_row(html! { (submit) (Button::ghost(ctx.t("campaign-back")).href(back)) })
}
