//! Devices of contacts by the API: where push messages go.

use axum::{
    Json as Answer,
    extract::State,
    response::{IntoResponse, Response},
};
use contracts::{
    ListPage,
    crm::events::{API_CONTACT_DEVICE, API_CONTACT_DEVICES, Device as DeviceView, DeviceInput},
};
use http::StatusCode;
use kernel::{
    ContactId, DeviceId,
    Permission::{ContactsRead, ContactsWrite},
};
use platform::web::{Access, AppError, Ctx, FieldErrors, Json, Op, Path, Routes, WebResult};

use super::page;
use crate::{
    Crm,
    domain::{
        contact_value::parse_external_id,
        device::{Device, DeviceFacts, Platform},
        text::single_line,
    },
    infrastructure::pg::{CrmTx, devices::Seen},
};

const MAX_TOKEN: usize = 4_096;
const MAX_TEXT: usize = 100;

/// All routes of devices.
pub fn routes() -> Routes<Crm> {
    let (read, write) = (Access::needs(ContactsRead), Access::needs(ContactsWrite));
    Routes::new()
        .get(API_CONTACT_DEVICES.template(), read, list)
        .doc(
            Op::new("list_contact_devices", "List devices of a contact")
                .returns::<ListPage<DeviceView>>(200, "The devices, those seen last first."),
        )
        .post(API_CONTACT_DEVICES.template(), write, note)
        .doc(
            Op::new("create_contact_device", "Note a device of a contact")
                .describe("A device that is known by its `device_id` is changed.")
                .body::<DeviceInput>()
                .returns::<DeviceView>(200, "The device as it is now."),
        )
        .delete(API_CONTACT_DEVICE.template(), write, delete)
        .doc(Op::new("delete_contact_device", "Forget a device of a contact").answers(204, "It is gone."))
}

async fn list(ctx: Ctx, State(crm): State<Crm>, Path(id): Path<ContactId>) -> WebResult {
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    tx.contact(id).await?.ok_or(AppError::NotFound)?;
    let devices = tx.devices(id).await?.into_iter().map(view).collect();
    page(&API_CONTACT_DEVICES.url(&id), devices, None)
}

async fn note(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path(id): Path<ContactId>,
    Json(input): Json<DeviceInput>,
) -> WebResult {
    let (key, facts) = check(&ctx, input).map_err(AppError::Invalid)?;
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    tx.contact(id).await?.ok_or(AppError::NotFound)?;
    let seen = Seen {
        contact: id,
        key: &key,
        facts: &facts,
        at: ctx.now,
    };
    tx.note_devices(&[seen]).await?;
    let device = tx
        .devices(id)
        .await?
        .into_iter()
        .find(|device| device.facts.key.as_ref() == Some(&key));
    tx.commit().await?;
    Ok(Answer(view(device.ok_or(AppError::NotFound)?)).into_response())
}

async fn delete(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path((contact, id)): Path<(ContactId, DeviceId)>,
) -> Result<Response, AppError> {
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    if !tx.delete_device(contact, id).await? {
        return Err(AppError::NotFound);
    }
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn check(ctx: &Ctx, input: DeviceInput) -> Result<(String, DeviceFacts), FieldErrors> {
    let mut errors = FieldErrors::new();
    let key = parse_external_id(&input.device_id).ok().flatten();
    if key.is_none() {
        errors.add("device_id", "invalid_device_id", ctx.t("crm-device-id-invalid"));
    }
    let platform = Platform::parse(&input.platform);
    if platform.is_none() {
        errors.add(
            "platform",
            "unknown_platform",
            ctx.t("crm-device-platform-invalid"),
        );
    }
    let token = input
        .push_token
        .map(|token| single_line(&token, MAX_TOKEN))
        .transpose();
    let texts = [
        ("os", &input.os),
        ("os_version", &input.os_version),
        ("model", &input.model),
        ("app_version", &input.app_version),
    ]
    .map(|(name, text)| {
        let line = single_line(text, MAX_TEXT);
        if line.is_err() {
            errors.add(name, "too_long", ctx.t("crm-reason-too-long"));
        }
        line.unwrap_or_default()
    });
    if token.is_err() {
        errors.add("push_token", "too_long", ctx.t("crm-reason-too-long"));
    }
    let [os, os_version, model, app_version] = texts;
    match (key, platform) {
        (Some(key), Some(platform)) if errors.is_empty() => Ok((
            key.clone(),
            DeviceFacts {
                key: Some(key),
                platform,
                os,
                os_version,
                model,
                browser: String::new(),
                app_version,
                push_token: token.ok().flatten().filter(|token| !token.is_empty()),
            },
        )),
        _ => Err(errors),
    }
}

fn view(device: Device) -> DeviceView {
    let facts = device.facts;
    DeviceView {
        id: device.id,
        device_id: facts.key.unwrap_or_default(),
        platform: facts.platform.as_str().to_owned(),
        os: facts.os,
        os_version: facts.os_version,
        model: facts.model,
        browser: facts.browser,
        app_version: facts.app_version,
        push_token: facts.push_token,
        first_seen_at: device.first_seen_at,
        last_seen_at: device.last_seen_at,
    }
}
