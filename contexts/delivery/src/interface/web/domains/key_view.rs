use axum::response::Response;
use contracts::delivery::{DOMAIN, DOMAIN_KEY};
use http::StatusCode;
use maud::{Markup, html};
use platform::web::{Ctx, FieldErrors};
use ui_kit::{
    Alert, Button, Choice, Field, Form, Icon, PageHeader, RadioCards, Tone, button_row, danger_zone, stack,
};

use super::{
    KeyForm,
    form::{BOTH_KINDS, NO_KEY},
    list_view::crumb,
};
use crate::{
    application::read_domains::Domain,
    domain::{dkim::DkimAlgorithm, domain_key::KeyState},
    interface::web::template_parts::summary,
};

/// Makes a new key, or ends signing.
pub fn page(
    ctx: &Ctx,
    status: StatusCode,
    domain: &Domain,
    form: &KeyForm,
    errors: &FieldErrors,
) -> Response {
    let has_key = domain.keys.iter().any(|key| key.state == KeyState::Active);
    let title = if has_key {
        "delivery-keys-rotate"
    } else {
        "delivery-domain-key-make"
    };
    let header =
        crumb(ctx, PageHeader::new(ctx.t(title))).crumb(domain.domain.as_str(), DOMAIN.url(&domain.id));
    let post = || Form::post(DOMAIN_KEY.url(&domain.id), ctx.csrf_field());
    let body = stack(html! {
        (summary(ctx, errors))
        @if has_key {
            (Alert::new(Tone::Info, ctx.t("delivery-keys-wait"))
                .text(ctx.t("delivery-keys-wait-help")))
        }
        (post().body(ctx.words(), html! {
            (fields(ctx, form, errors, false))
            (button_row(html! {
                (Button::primary(ctx.t("delivery-domain-key-make")))
                (Button::ghost(ctx.t("delivery-cancel")).href(DOMAIN.url(&domain.id)))
            }))
        }))
        @if has_key {
            (danger_zone(
                &ctx.t("delivery-domain-key-remove"),
                &ctx.t("delivery-domain-key-remove-help"),
                post().body(ctx.words(), html! {
                    (Button::danger(ctx.t("delivery-domain-key-remove")).value("algorithm", NO_KEY))
                }),
            ))
        }
    });
    ctx.page_with(status, &header, body)
}

/// The choice of a key.
pub fn fields(ctx: &Ctx, form: &KeyForm, errors: &FieldErrors, optional: bool) -> Markup {
    let mut choices = vec![
        Choice::new(BOTH_KINDS, ctx.t("delivery-domain-key-both"))
            .help(ctx.t("delivery-domain-key-both-help"))
            .icon(Icon::Shield),
        Choice::new(DkimAlgorithm::Rsa.as_str(), ctx.t("delivery-domain-key-rsa"))
            .help(ctx.t("delivery-domain-key-rsa-help"))
            .icon(Icon::Key),
        Choice::new(
            DkimAlgorithm::Ed25519.as_str(),
            ctx.t("delivery-domain-key-ed25519"),
        )
        .help(ctx.t("delivery-domain-key-ed25519-help"))
        .icon(Icon::Key),
    ];
    if optional {
        choices.push(
            Choice::new(NO_KEY, ctx.t("delivery-domain-key-none"))
                .help(ctx.t("delivery-domain-key-none-help"))
                .icon(Icon::Close),
        );
    }
    html! {
        (RadioCards::new("algorithm", ctx.t("delivery-domain-key-kind"), choices).chosen(form.algorithm.as_str()))
        (Field::text("selector", ctx.t("delivery-domain-selector"))
            .value(form.selector.as_str())
            .help(ctx.t("delivery-domain-selector-help"))
            .error(errors.of("selector").map(str::to_owned))
            .autocomplete("off")
            .max_length(63))
    }
}
