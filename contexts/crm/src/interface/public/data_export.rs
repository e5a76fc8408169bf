//! The page behind the mail of an export: the link alone shows nothing, and the button works once.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use contracts::crm::consent::DATA_EXPORT;
use http::{HeaderMap, HeaderValue, header};
use kernel::OrgId;
use maud::html;
use platform::web::{AppError, Form, Path, Visitor, WebResult};
use serde::Deserialize;
use serde_json::{Map, Value};
use ui_kit::{Button, button_row};
use uuid::Uuid;

use super::{Sender, own_form, quiet, readable};
use crate::{
    Crm, application::export_contact::export_contact, domain::privacy::Wanted, infrastructure::pg::CrmTx,
};

/// As a page or as a file.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Shape {
    form: String,
}

/// Says whether the link still works. Uses nothing up.
pub async fn show(visitor: Visitor, State(crm): State<Crm>, Path(token): Path<String>) -> WebResult {
    let (org, request) = read(&crm, &token)?;
    let mut tx = CrmTx::tenant(&crm.deps.db, org).await?;
    let settings = tx.privacy_settings().await?;
    let open = tx
        .open_privacy_request(request, Wanted::Export, visitor.now)
        .await?
        .is_some();
    drop(tx);
    let sender = Sender::of(&crm, org, &settings).await?;
    let values = [("organization", sender.name.as_str().into())];
    let body = if open {
        html! {
            h1 { (visitor.ta("crm-export-title", &values)) }
            p { (visitor.t("crm-export-once")) }
            form method="post" action=(DATA_EXPORT.url(&token)) {
                (button_row(html! {
                    (Button::primary(visitor.t("crm-export-read")).value("form", "page"))
                    (Button::secondary(visitor.t("crm-privacy-export-download")).value("form", "file"))
                }))
            }
        }
    } else {
        html! {
            h1 { (visitor.t("crm-export-over-title")) }
            p { (visitor.t("crm-export-over-text")) }
        }
    };
    Ok(sender.page(&visitor, &visitor.t("crm-export-page"), body))
}

/// Hands the data over and uses the link up.
pub async fn hand_over(
    visitor: Visitor,
    headers: HeaderMap,
    State(crm): State<Crm>,
    Path(token): Path<String>,
    Form(shape): Form<Shape>,
) -> WebResult {
    own_form(&headers)?;
    let (org, request) = read(&crm, &token)?;
    let mut tx = CrmTx::tenant(&crm.deps.db, org).await?;
    let settings = tx.privacy_settings().await?;
    let contact = tx
        .use_privacy_request(request, Wanted::Export, visitor.now)
        .await?
        .ok_or(AppError::NotFound)?;
    tx.commit().await?;
    let data = export_contact(&crm.privacy, org, contact)
        .await
        .map_err(AppError::internal)?
        .ok_or(AppError::NotFound)?;
    if shape.form == "file" {
        return Ok(quiet(file(&data)));
    }
    let sender = Sender::of(&crm, org, &settings).await?;
    let values = [("organization", sender.name.as_str().into())];
    let body = html! {
        h1 { (visitor.ta("crm-export-title", &values)) }
        (readable(&visitor.l10n, &data))
    };
    Ok(sender.page(&visitor, &visitor.t("crm-export-page"), body))
}

/// The data as a file to be kept or taken elsewhere.
pub fn file(data: &Map<String, Value>) -> Response {
    let text = serde_json::to_string_pretty(data).unwrap_or_default();
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (
            header::CONTENT_DISPOSITION,
            HeaderValue::from_static("attachment; filename=\"personal-data.json\""),
        ),
    ];
    (headers, text).into_response()
}

fn read(crm: &Crm, token: &str) -> Result<(OrgId, Uuid), AppError> {
    crm.privacy
        .links
        .read_privacy(Wanted::Export, token)
        .ok_or(AppError::NotFound)
}
