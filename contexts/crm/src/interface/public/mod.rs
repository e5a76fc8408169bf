//! What anybody may call without an account. People decide over their own data by links in their
//! mail, and whoever holds a link may use it: `GET` only shows, since programs that check links follow
//! them all, and every change is a `POST`; there is no session that a foreign page could use, and a
//! browser that says that another site sent a form is refused nevertheless. Tracking libraries send
//! events with a write key, and are answered after they were stored.

mod answer;
mod confirmation;
mod data_erasure;
mod data_export;
mod ingest;
mod mautic;
mod parcelvoy;
mod preferences;
mod preferences_view;
mod readable;
mod scripts;

use axum::response::{IntoResponse, Response};
use contracts::crm::consent::{
    CONFIRMATION, DATA_ERASURE, DATA_EXPORT, PREFERENCES, PREFERENCES_ERASURE, PREFERENCES_EXPORT,
};
use contracts::crm::events::{
    INGEST, INGEST_SETTINGS, MAUTIC_CONTACT, MAUTIC_EVENT, MAUTIC_PIXEL, MAUTIC_SNIPPET, PARCELVOY_CLIENT,
    SNIPPET,
};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use kernel::OrgId;
use maud::Markup;
use platform::web::{Access, AppError, Routes, Visitor};
use ui_kit::Brand;

use crate::{Crm, domain::privacy::PrivacySettings};

pub use data_export::file as data_export_file;
pub use readable::readable;

/// All of them.
pub fn routes() -> Routes<Crm> {
    personal_routes().merge(sending_routes())
}

fn personal_routes() -> Routes<Crm> {
    let open = Access::Public;
    Routes::new()
        .get(PREFERENCES.template(), open, preferences::show)
        .post(PREFERENCES.template(), open, preferences::save)
        .get(PREFERENCES_EXPORT.template(), open, preferences::ask_export)
        .post(PREFERENCES_EXPORT.template(), open, preferences::export)
        .get(PREFERENCES_ERASURE.template(), open, preferences::ask_erasure)
        .post(PREFERENCES_ERASURE.template(), open, preferences::erase)
        .get(DATA_ERASURE.template(), open, data_erasure::show)
        .post(DATA_ERASURE.template(), open, data_erasure::erase)
        .get(CONFIRMATION.template(), open, confirmation::show)
        .post(CONFIRMATION.template(), open, confirmation::confirm)
        .get(DATA_EXPORT.template(), open, data_export::show)
        .post(DATA_EXPORT.template(), open, data_export::hand_over)
}

/// Bodies are read as streams, since a batch is larger than what other public routes take.
fn sending_routes() -> Routes<Crm> {
    Routes::new()
        .post_stream(INGEST.template(), Access::Public, ingest::call)
        .options(INGEST.template(), Access::Public, answer::preflight)
        .get(INGEST_SETTINGS.template(), Access::Public, ingest::settings)
        .options(INGEST_SETTINGS.template(), Access::Public, answer::preflight)
        .get(SNIPPET.template(), Access::Public, scripts::snippet)
        .post_stream(PARCELVOY_CLIENT.template(), Access::Public, parcelvoy::call)
        .options(PARCELVOY_CLIENT.template(), Access::Public, answer::preflight)
        .get(MAUTIC_SNIPPET.template(), Access::Public, scripts::mautic)
        .post(MAUTIC_EVENT.template(), Access::Public, mautic::event)
        .options(MAUTIC_EVENT.template(), Access::Public, answer::preflight)
        .get(MAUTIC_PIXEL.template(), Access::Public, mautic::pixel)
        .get(MAUTIC_CONTACT.template(), Access::Public, mautic::contact)
}

/// Whose page it is.
pub struct Sender {
    name: String,
    color: String,
    address: String,
}

impl Sender {
    async fn of(crm: &Crm, org: OrgId, settings: &PrivacySettings) -> Result<Self, AppError> {
        let profile = crm
            .organizations
            .profiles(&[org])
            .await?
            .pop()
            .ok_or(AppError::NotFound)?;
        Ok(Self {
            name: settings.name(&profile.name),
            color: settings.color.clone(),
            address: profile.postal_address,
        })
    }

    fn page(&self, visitor: &Visitor, title: &str, body: Markup) -> Response {
        let brand = Brand::Organization {
            name: self.name.as_str().into(),
            color: Some(self.color.as_str())
                .filter(|color| !color.is_empty())
                .map(Into::into),
            logo: None,
        };
        let footer = Some(self.address.as_str()).filter(|address| !address.is_empty());
        quiet(visitor.page(title, brand, footer, body))
    }
}

/// The address of such a page is a secret of its holder.
fn quiet(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(
        HeaderName::from_static("x-robots-tag"),
        HeaderValue::from_static("noindex"),
    );
    response
}

/// Refuses a form that a browser says another site sent. Says nothing of programs, which say nothing.
fn own_form(headers: &HeaderMap) -> Result<(), AppError> {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    match text(HeaderName::from_static("sec-fetch-site")) {
        Some("cross-site" | "same-site") => Err(AppError::Forbidden),
        _ => Ok(()),
    }
}

fn to(path: &str) -> Response {
    let location = HeaderValue::from_str(path).unwrap_or(HeaderValue::from_static("/"));
    quiet((http::StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response())
}

/// Enough to recognise one's own address, and no more: links are forwarded with the mail.
fn masked(address: &kernel::EmailAddress) -> String {
    let first = address.as_str().chars().next().unwrap_or_default();
    format!("{first}…@{}", address.domain())
}
