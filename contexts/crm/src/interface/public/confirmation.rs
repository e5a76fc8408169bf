//! The page behind the mail of a double opt-in.

use axum::{extract::State, response::Response};
use contracts::crm::consent::CONFIRMATION;
use http::HeaderMap;
use kernel::shortened_ip;
use maud::html;
use platform::web::{AppError, Path, Visitor, WebResult};
use ui_kit::{Button, button_row, link};

use super::{Sender, own_form, to};
use crate::{
    Crm,
    application::ask_confirmation::{Request, Standing, confirm as confirm_request, request_standing},
    infrastructure::pg::CrmTx,
};

/// Shows what is to be confirmed. Changes nothing.
pub async fn show(visitor: Visitor, State(crm): State<Crm>, Path(token): Path<String>) -> WebResult {
    let request = read(&crm, &token)?;
    let mut tx = CrmTx::tenant(&crm.deps.db, request.org).await?;
    let settings = tx.privacy_settings().await?;
    let standing = request_standing(&mut tx, request, visitor.now).await?;
    drop(tx);
    let sender = Sender::of(&crm, request.org, &settings).await?;
    let (topic, standing) = standing.ok_or(AppError::NotFound)?;
    let preferences = crm.privacy.links.preferences_path(request.org, request.contact);
    Ok(page(&visitor, &sender, &token, &topic, standing, &preferences))
}

/// The button.
pub async fn confirm(
    visitor: Visitor,
    headers: HeaderMap,
    State(crm): State<Crm>,
    Path(token): Path<String>,
) -> WebResult {
    own_form(&headers)?;
    let request = read(&crm, &token)?;
    let tx = CrmTx::tenant(&crm.deps.db, request.org).await?;
    confirm_request(tx, request, shortened_ip(visitor.peer.ip), visitor.now)
        .await?
        .ok_or(AppError::NotFound)?;
    Ok(to(&CONFIRMATION.url(&token)))
}

fn read(crm: &Crm, token: &str) -> Result<Request, AppError> {
    crm.privacy
        .links
        .read_confirmation(token)
        .ok_or(AppError::NotFound)
}

fn page(
    visitor: &Visitor,
    sender: &Sender,
    token: &str,
    topic: &str,
    standing: Standing,
    preferences: &str,
) -> Response {
    let (title, text) = match standing {
        Standing::Open => ("crm-confirm-title", "crm-confirm-text"),
        Standing::Confirmed => ("crm-confirm-done-title", "crm-confirm-done-text"),
        Standing::Over => ("crm-confirm-over-title", "crm-confirm-over-text"),
    };
    let values = [
        ("organization", sender.name.as_str().into()),
        ("topic", topic.into()),
    ];
    let body = html! {
        h1 { (visitor.ta(title, &values)) }
        p { (visitor.ta(text, &values)) }
        @if standing == Standing::Open {
            form method="post" action=(CONFIRMATION.url(&token.to_owned())) {
                (button_row(html! { (Button::primary(visitor.t("crm-confirm-mail-button"))) }))
            }
        } @else {
            p { (link(preferences, &visitor.t("crm-preferences-link"))) }
        }
    };
    sender.page(visitor, &visitor.t("crm-confirm-page"), body)
}
