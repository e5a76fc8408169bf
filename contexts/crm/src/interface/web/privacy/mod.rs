//! Settings of the preference centre, and what an operator does for a person who asks: handing over
//! what is known of them, and erasing it.

mod view;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use contracts::crm::{
    CONTACTS,
    consent::{CONTACT_ERASURE, CONTACT_EXPORT, CONTACT_EXPORT_FILE, Frequency, PRIVACY},
};
use http::StatusCode;
use kernel::{ContactId, Permission};
use platform::{
    NavItem,
    web::{Access, AppError, Ctx, FieldErrors, Form, Path, Redirect, Routes, Toast, WebResult},
};
use serde::Deserialize;
use serde_json::{Map, Value};
use ui_kit::Icon;

use crate::{
    Crm,
    application::{erase_contact::request_erasure, export_contact::export_contact},
    domain::{
        contact::Contact,
        privacy::{InvalidSettings, PrivacySettings},
    },
    infrastructure::pg::CrmTx,
    interface::{consent_words::actor, public::data_export_file},
};

pub use view::menu_items;

/// Erasures that are listed.
const MOST_ERASURES: i64 = 100;

/// Pages of privacy.
pub fn routes() -> Routes<Crm> {
    let settings = Access::needs(Permission::TopicsWrite);
    let export = Access::needs(Permission::ContactsExport);
    let erase = Access::needs(Permission::ContactsErase);
    Routes::new()
        .get(PRIVACY.template(), settings, show)
        .post(PRIVACY.template(), settings, save)
        .get(CONTACT_EXPORT.template(), export, read)
        .get(CONTACT_EXPORT_FILE.template(), export, download)
        .get(CONTACT_ERASURE.template(), erase, ask)
        .post(CONTACT_ERASURE.template(), erase, erase_one)
}

/// Where they stand in the navigation.
pub fn nav() -> NavItem {
    NavItem {
        order: 115,
        label_key: "crm-nav-privacy",
        icon: Icon::Shield,
        href: PRIVACY.url(),
        permission: Permission::TopicsWrite,
        shortcut: None,
    }
}

/// The form as it was filled in.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct SettingsForm {
    pub intro: String,
    pub display_name: String,
    pub color: String,
    pub confirm_subject: String,
    pub confirm_text: String,
    pub frequency: String,
}

impl SettingsForm {
    fn of(settings: &PrivacySettings) -> Self {
        Self {
            intro: settings.intro.clone(),
            display_name: settings.display_name.clone(),
            color: settings.color.clone(),
            confirm_subject: settings.confirm_subject.clone(),
            confirm_text: settings.confirm_text.clone(),
            frequency: settings
                .frequency
                .map(|frequency| frequency.to_string())
                .unwrap_or_default(),
        }
    }

    fn settings(&self) -> PrivacySettings {
        PrivacySettings {
            intro: self.intro.clone(),
            display_name: self.display_name.clone(),
            color: self.color.clone(),
            confirm_subject: self.confirm_subject.clone(),
            confirm_text: self.confirm_text.clone(),
            frequency: Frequency::parse(&self.frequency),
        }
    }
}

async fn show(ctx: Ctx, State(crm): State<Crm>) -> WebResult {
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let form = SettingsForm::of(&tx.privacy_settings().await?);
    let erasures = tx.erasures(MOST_ERASURES).await?;
    Ok(view::settings_page(
        &ctx,
        StatusCode::OK,
        &form,
        &erasures,
        &FieldErrors::new(),
    ))
}

async fn save(ctx: Ctx, State(crm): State<Crm>, Form(form): Form<SettingsForm>) -> WebResult {
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let settings = match form.settings().check() {
        Ok(settings) => settings,
        Err(problems) => {
            let mut errors = FieldErrors::new();
            for (field, problem) in problems {
                let (code, key) = match problem {
                    InvalidSettings::TooLong => ("too_long", "crm-privacy-too-long"),
                    InvalidSettings::Color => ("invalid_color", "crm-privacy-color-invalid"),
                };
                errors.add(field, code, ctx.t(key));
            }
            let erasures = tx.erasures(MOST_ERASURES).await?;
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return Ok(view::settings_page(&ctx, status, &form, &erasures, &errors));
        }
    };
    tx.save_privacy_settings(&settings).await?;
    tx.commit().await?;
    Ok(Redirect::to(&ctx, PRIVACY.url())
        .say(&ctx, Toast::done(ctx.t("crm-privacy-saved")))
        .into_response())
}

/// Everything that is known of a contact, as a page.
async fn read(ctx: Ctx, State(crm): State<Crm>, Path(id): Path<ContactId>) -> WebResult {
    let (contact, data) = everything(&ctx, &crm, id).await?;
    Ok(view::export_page(&ctx, &contact, &data))
}

/// The same as a file.
async fn download(ctx: Ctx, State(crm): State<Crm>, Path(id): Path<ContactId>) -> WebResult<Response> {
    let (_, data) = everything(&ctx, &crm, id).await?;
    Ok(data_export_file(&data))
}

async fn everything(ctx: &Ctx, crm: &Crm, id: ContactId) -> Result<(Contact, Map<String, Value>), AppError> {
    let contact = find(ctx, crm, id).await?;
    let data = export_contact(&crm.privacy, ctx.org, id)
        .await
        .map_err(AppError::internal)?
        .ok_or(AppError::NotFound)?;
    Ok((contact, data))
}

async fn find(ctx: &Ctx, crm: &Crm, id: ContactId) -> Result<Contact, AppError> {
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    tx.contact(id).await?.ok_or(AppError::NotFound)
}

/// Says what erasing means.
async fn ask(ctx: Ctx, State(crm): State<Crm>, Path(id): Path<ContactId>) -> WebResult {
    let contact = find(&ctx, &crm, id).await?;
    Ok(view::erasure_page(&ctx, &contact))
}

async fn erase_one(ctx: Ctx, State(crm): State<Crm>, Path(id): Path<ContactId>) -> WebResult {
    let tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    if !request_erasure(tx, id, actor(&ctx)).await? {
        return Err(AppError::NotFound);
    }
    Ok(Redirect::to(&ctx, CONTACTS.url())
        .say(&ctx, Toast::done(ctx.t("crm-erasure-begun")))
        .into_response())
}
