use axum::response::Response;
use contracts::identity::LOGIN;
use maud::{Markup, html};
use platform::web::Visitor;
use ui_kit::{Alert, Brand, Button, Field, Form, Tone, duration};

use super::Refusal;
use crate::domain::{local_path::LocalPath, password::LONGEST};

/// The sign-in page.
pub fn page(visitor: &Visitor, email: &str, next: &LocalPath, refusal: Option<&Refusal>) -> Response {
    let next = html! { input type="hidden" name="next" value=(next.as_str()); };
    let body = html! {
        h1 { (visitor.t("identity-login-title")) }
        @if let Some(refusal) = refusal { (alert(visitor, refusal)) }
        (Form::post(LOGIN.url(), next).body(visitor.words(), fields(visitor, email)))
    };
    visitor.page(&visitor.t("identity-login-title"), Brand::Product, None, body)
}

fn fields(visitor: &Visitor, email: &str) -> Markup {
    let address = Field::email("email", visitor.t("identity-field-email"))
        .value(email)
        .autocomplete("username")
        .required();
    let password = Field::password("password", visitor.t("identity-field-password"))
        .autocomplete("current-password")
        .max_length(LONGEST)
        .required();
    // The cursor stands where the next letter goes.
    let (address, password) = if email.is_empty() {
        (address.autofocus(), password)
    } else {
        (address, password.autofocus())
    };
    html! {
        (address)
        (password)
        (Button::primary(visitor.t("identity-login-submit")))
    }
}

fn alert<'a>(visitor: &Visitor, refusal: &Refusal) -> Alert<'a> {
    match refusal {
        Refusal::Wrong => Alert::new(Tone::Danger, visitor.t("identity-login-wrong"))
            .text(visitor.t("identity-login-wrong-help"))
            .live(),
        Refusal::Wait(wait) => {
            let time = duration(visitor.words(), wait.seconds());
            Alert::new(Tone::Warning, visitor.t("identity-login-wait"))
                .text(visitor.ta("identity-login-wait-help", &[("time", time.into())]))
                .live()
        }
    }
}
