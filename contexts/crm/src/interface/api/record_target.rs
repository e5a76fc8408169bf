//! Whose records a request is about. Companies have addresses of their own besides those of every
//! object, and both lead to the same handlers.

use axum::{
    extract::{FromRequestParts, RawPathParams},
    http::request::Parts,
};
use contracts::crm::objects::{API_COMPANIES, API_COMPANY, API_RECORD, API_RECORDS};
use kernel::{ContactId, RecordId};
use platform::web::AppError;

use crate::{
    Crm,
    application::open_objects::open,
    domain::object::{COMPANIES, Object},
    infrastructure::pg::CrmTx,
};

/// What the path says.
#[derive(Clone, Debug, Default)]
pub struct Target {
    /// The key of an object.
    object: Option<String>,
    id: Option<String>,
    value: Option<String>,
    contact: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for Target {
    type Rejection = AppError;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, AppError> {
        let params = RawPathParams::from_request_parts(parts, state)
            .await
            .map_err(|_| AppError::NotFound)?;
        let mut target = Self::default();
        for (name, value) in &params {
            let value = Some(value.to_owned());
            match name {
                "object" => target.object = value,
                "id" => target.id = value,
                "value" => target.value = value,
                "contact" => target.contact = value,
                _ => {}
            }
        }
        Ok(target)
    }
}

impl Target {
    /// The object, and a unit of work.
    pub async fn open(&self, crm: &Crm, ctx: &platform::web::Ctx) -> Result<(CrmTx, Object), AppError> {
        let mut tx = open(&crm.deps.db, ctx.org).await?;
        let key = self.object.as_deref().unwrap_or(COMPANIES);
        let object = tx.object_by_key(key).await?.ok_or(AppError::NotFound)?;
        Ok((tx, object))
    }

    /// What does not parse does not exist.
    pub fn record(&self) -> Result<RecordId, AppError> {
        let id = self.id.as_deref().and_then(|id| id.parse().ok());
        id.ok_or(AppError::NotFound)
    }

    pub fn contact(&self) -> Result<ContactId, AppError> {
        let id = self.contact.as_deref().and_then(|id| id.parse().ok());
        id.ok_or(AppError::NotFound)
    }

    pub fn value(&self) -> &str {
        self.value.as_deref().unwrap_or_default()
    }

    /// The address of the list that was asked.
    pub fn list_url(&self) -> String {
        match &self.object {
            Some(object) => API_RECORDS.url(object),
            None => API_COMPANIES.url(),
        }
    }

    /// The address of a record in the same style.
    pub fn record_url(&self, id: RecordId) -> String {
        match &self.object {
            Some(object) => API_RECORD.url(object, &id),
            None => API_COMPANY.url(&id),
        }
    }
}
