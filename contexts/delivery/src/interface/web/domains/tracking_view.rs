use contracts::delivery::domains::DOMAIN_TRACKING;
use maud::{Markup, html};
use platform::web::{Ctx, FieldErrors};
use ui_kit::{Button, Field, Form, Icon, Tone, badge_with_icon, button_row, form_section};

use crate::application::read_domains::Domain;

/// Where links of the domain's mail lead.
pub fn card(ctx: &Ctx, domain: &Domain, typed: &str, errors: &FieldErrors, may_write: bool) -> Markup {
    let example = format!("links.{}", domain.domain);
    let fields = form_section(
        &ctx.t("delivery-tracking-title"),
        Some(&ctx.t("delivery-tracking-help")),
        html! {
            (state(ctx, domain))
            (Field::text("tracking_host", ctx.t("delivery-tracking-host"))
                .value(typed)
                .placeholder(example)
                .help(ctx.t("delivery-tracking-host-help"))
                .error(errors.of("tracking_host").map(str::to_owned))
                .autocomplete("off")
                .max_length(253))
        },
    );
    Form::post(DOMAIN_TRACKING.url(&domain.id), ctx.csrf_field()).body(
        ctx.words(),
        html! {
            (fields)
            @if may_write { (button_row(html! { (Button::secondary(ctx.t("delivery-tracking-save"))) })) }
        },
    )
}

fn state(ctx: &Ctx, domain: &Domain) -> Markup {
    match (&domain.tracking_host, domain.links_host()) {
        (None, _) => html! { p.muted { (ctx.t("delivery-tracking-none")) } },
        (Some(_), Some(_)) => html! {
            p { (badge_with_icon(Tone::Success, Icon::Check, &ctx.t("delivery-tracking-verified"))) }
        },
        (Some(_), None) => html! {
            p { (badge_with_icon(Tone::Warning, Icon::Warning, &ctx.t("delivery-tracking-unverified"))) }
            p.muted { (ctx.t("delivery-tracking-unverified-help")) }
        },
    }
}
