use axum::response::Response;
use contracts::delivery::{PROVIDER, PROVIDER_TEST};
use http::StatusCode;
use maud::html;
use platform::web::{Ctx, FieldErrors};
use ui_kit::{Button, Field, Form, Icon, PageHeader, button_row, stack};

use super::list_view::{crumb, mode_note};
use crate::{application::read_providers::Provider, interface::web::template_parts::summary};

/// Asks for the telephone number that a test is to go to.
pub fn page(
    ctx: &Ctx,
    status: StatusCode,
    provider: &Provider,
    typed: &str,
    errors: &FieldErrors,
) -> Response {
    let title = ctx.t("delivery-provider-test-number-title");
    let header = crumb(ctx, PageHeader::new(title)).crumb(provider.name.as_str(), PROVIDER.url(&provider.id));
    let fields = html! {
        (Field::tel("to", ctx.t("delivery-provider-test-number"))
            .value(typed)
            .placeholder(ctx.t("delivery-provider-test-number-example"))
            .help(ctx.t("delivery-provider-test-number-help"))
            .error(errors.of("to").map(str::to_owned))
            .autocomplete("tel")
            .max_length(40)
            .required())
        (button_row(html! {
            (Button::primary(ctx.t("delivery-provider-test")).icon(Icon::Send))
            (Button::ghost(ctx.t("delivery-cancel")).href(PROVIDER.url(&provider.id)))
        }))
    };
    let form = Form::post(PROVIDER_TEST.url(&provider.id), ctx.csrf_field());
    let body = stack(html! {
        (summary(ctx, errors))
        (mode_note(ctx))
        (form.body(ctx.words(), fields))
    });
    ctx.page_with(status, &header, body)
}
