use axum::response::Response;
use contracts::identity::SETUP;
use maud::{Markup, html};
use platform::web::{FieldErrors, Visitor};
use ui_kit::{Alert, Brand, Button, Field, Form, Icon, Tone};

use super::SetUpForm;
use crate::{
    domain::{
        names::LONGEST as LONGEST_NAME,
        password::{LONGEST as LONGEST_PASSWORD, SHORTEST},
    },
    interface::web::fields::{summary, timezone_select},
};

/// The first page that anybody sees.
pub fn page(visitor: &Visitor, form: &SetUpForm, errors: &FieldErrors) -> Response {
    let body = html! {
        h1 { (visitor.t("identity-setup-title")) }
        p.muted { (visitor.t("identity-setup-intro")) }
        (summary(&visitor.l10n, errors))
        (Form::post(SETUP.url(), token_field(&form.token)).body(visitor.words(), fields(visitor, form, errors)))
    };
    let footer = visitor.t("identity-setup-footer");
    visitor.page(
        &visitor.t("identity-setup-title"),
        Brand::Product,
        Some(&footer),
        body,
    )
}

fn token_field(token: &str) -> Markup {
    html! { @if !token.is_empty() { input type="hidden" name="token" value=(token); } }
}

fn fields(visitor: &Visitor, form: &SetUpForm, errors: &FieldErrors) -> Markup {
    let error = |field: &str| errors.of(field).map(str::to_owned);
    html! {
        (Field::text("organization", visitor.t("identity-field-organization"))
            .value(&form.organization)
            .help(visitor.t("identity-field-organization-help"))
            .error(error("organization"))
            .autocomplete("organization")
            .max_length(LONGEST_NAME)
            .required()
            .autofocus())
        (timezone_select(&visitor.l10n, &form.timezone, errors))
        (Field::text("name", visitor.t("identity-field-your-name"))
            .value(&form.name)
            .error(error("name"))
            .autocomplete("name")
            .max_length(LONGEST_NAME)
            .required())
        (Field::email("email", visitor.t("identity-field-email"))
            .value(&form.email)
            .help(visitor.t("identity-field-email-help"))
            .error(error("email"))
            .autocomplete("username")
            .required())
        // A password is never written back into a page, not even to the one who typed it.
        (Field::password("password", visitor.t("identity-field-password"))
            .help(visitor.ta("identity-field-password-help", &[("count", SHORTEST.into())]))
            .error(error("password"))
            .autocomplete("new-password")
            .max_length(LONGEST_PASSWORD)
            .required())
        (Button::primary(visitor.t("identity-setup-submit")).trailing(Icon::ArrowRight))
    }
}

/// For somebody who came without the link from the log.
pub fn locked_page(visitor: &Visitor, token_is_wrong: bool) -> Response {
    let body = html! {
        h1 { (visitor.t("identity-setup-locked-title")) }
        p { (visitor.t("identity-setup-locked-intro")) }
        @if token_is_wrong {
            (Alert::new(Tone::Danger, visitor.t("identity-setup-token-wrong"))
                .text(visitor.t("identity-setup-token-wrong-help")).live())
        }
        // Reads nothing and changes nothing: the token in the address is the link from the log.
        form.form method="get" action=(SETUP.url()) {
            (Field::text("token", visitor.t("identity-setup-token"))
                .help(visitor.t("identity-setup-token-help"))
                .autocomplete("off")
                .required())
            (Button::primary(visitor.t("identity-setup-token-submit")).trailing(Icon::ArrowRight))
        }
    };
    visitor.page(
        &visitor.t("identity-setup-locked-title"),
        Brand::Product,
        None,
        body,
    )
}
