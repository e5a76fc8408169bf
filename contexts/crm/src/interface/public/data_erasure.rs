//! The page behind the mail of an erasure: the link alone erases nothing, and the button works once.

use axum::{extract::State, response::Response};
use contracts::crm::consent::DATA_ERASURE;
use http::{HeaderMap, StatusCode};
use maud::html;
use platform::web::{AppError, Form, Path, Visitor, WebResult};
use ui_kit::{Alert, Tone};

use super::{
    Sender, own_form,
    preferences::ErasureForm,
    preferences_view::{erased, sure_form},
};
use crate::{
    Crm,
    application::erase_contact::request_erasure,
    domain::{consent::Actor, privacy::Wanted},
    infrastructure::pg::CrmTx,
};

/// Says what the button does, or that the link is over.
pub async fn show(visitor: Visitor, State(crm): State<Crm>, Path(token): Path<String>) -> WebResult {
    let (org, request) = crm
        .privacy
        .links
        .read_privacy(Wanted::Erasure, &token)
        .ok_or(AppError::NotFound)?;
    let mut tx = CrmTx::tenant(&crm.deps.db, org).await?;
    let settings = tx.privacy_settings().await?;
    let open = tx
        .open_privacy_request(request, Wanted::Erasure, visitor.now)
        .await?
        .is_some();
    drop(tx);
    let sender = Sender::of(&crm, org, &settings).await?;
    if open {
        return Ok(ask(&visitor, &sender, &token, false));
    }
    let body = html! {
        h1 { (visitor.t("crm-export-over-title")) }
        p { (visitor.t("crm-erasure-over-text")) }
    };
    Ok(sender.page(&visitor, &visitor.t("crm-preferences-erase"), body))
}

/// Erases, and uses the link up.
pub async fn erase(
    visitor: Visitor,
    headers: HeaderMap,
    State(crm): State<Crm>,
    Path(token): Path<String>,
    Form(form): Form<ErasureForm>,
) -> WebResult {
    own_form(&headers)?;
    let (org, request) = crm
        .privacy
        .links
        .read_privacy(Wanted::Erasure, &token)
        .ok_or(AppError::NotFound)?;
    let mut tx = CrmTx::tenant(&crm.deps.db, org).await?;
    let settings = tx.privacy_settings().await?;
    let sender = Sender::of(&crm, org, &settings).await?;
    if !form.sure {
        return Ok(ask(&visitor, &sender, &token, true));
    }
    let contact = tx
        .use_privacy_request(request, Wanted::Erasure, visitor.now)
        .await?
        .ok_or(AppError::NotFound)?;
    request_erasure(tx, contact, Actor::Person).await?;
    Ok(erased(&visitor, &sender))
}

fn ask(visitor: &Visitor, sender: &Sender, token: &String, missing: bool) -> Response {
    let values = [("organization", sender.name.as_str().into())];
    let body = html! {
        h1 { (visitor.t("crm-preferences-erase")) }
        (Alert::new(Tone::Warning, visitor.ta("crm-preferences-erase-text", &values)))
        (sure_form(visitor, &DATA_ERASURE.url(token), missing))
    };
    let mut response = sender.page(visitor, &visitor.t("crm-preferences-erase"), body);
    if missing {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    response
}
