//! What a contact was met on, as a card of their page.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use contracts::crm::{CONTACT, events::CONTACT_DEVICE_DELETION};
use kernel::{ContactId, DeviceId};
use maud::{Markup, html};
use platform::web::{AppError, Ctx, Path, Redirect, Toast};
use ui_kit::{ActionForm, Button, Card, Icon, Times, Tone, badge};

use super::may_write;
use crate::{
    Crm,
    domain::device::Device,
    infrastructure::pg::CrmTx,
    interface::{event_words::platform, web::event_log},
};

/// What the event stream adds to the page of a contact.
pub struct Met {
    devices: Vec<Device>,
    alert: Markup,
}

/// Reads it.
pub async fn read(ctx: &Ctx, tx: &mut CrmTx, contact: ContactId) -> Result<Met, AppError> {
    let conflicts = tx.open_conflicts(Some(contact), 10).await?;
    Ok(Met {
        devices: tx.devices(contact).await?,
        alert: event_log::contact_alert(ctx, contact, &conflicts),
    })
}

/// A warning when somebody else may be them, and their devices; nothing when there is neither.
pub fn card(ctx: &Ctx, contact: ContactId, met: &Met) -> Markup {
    html! {
        (met.alert)
        @if !met.devices.is_empty() {
            (Card::titled(ctx.t("crm-devices-title")).body(html! {
                @for device in &met.devices { (entry(ctx, contact, device)) }
            }))
        }
    }
}

fn entry(ctx: &Ctx, contact: ContactId, device: &Device) -> Markup {
    let times = Times {
        now: ctx.now,
        zone: &ctx.zone,
        words: ctx.words(),
    };
    let facts = &device.facts;
    let label = match device.label() {
        label if label.is_empty() => platform(ctx, facts.platform),
        label => label,
    };
    let forget = Button::ghost(ctx.t("crm-device-forget"))
        .small()
        .icon_only(Icon::Trash);
    html! {
        div.check-item {
            div.check-item-text {
                p { (label) @if facts.push_token.is_some() { " " (badge(Tone::Info, &ctx.t("crm-device-push"))) } }
                p.muted {
                    @if !facts.app_version.is_empty() {
                        (ctx.ta("crm-device-app", &[("version", facts.app_version.as_str().into())])) " "
                    }
                    (times.relative(device.last_seen_at))
                }
            }
            @if may_write(ctx) {
                (ActionForm::new(CONTACT_DEVICE_DELETION.url(&contact, &device.id), ctx.csrf_field(), forget))
            }
        }
    }
}

/// Forgets one.
pub async fn delete(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path((contact, id)): Path<(ContactId, DeviceId)>,
) -> Result<Response, AppError> {
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    if !tx.delete_device(contact, id).await? {
        return Err(AppError::NotFound);
    }
    tx.commit().await?;
    Ok(Redirect::to(&ctx, CONTACT.url(&contact))
        .say(&ctx, Toast::done(ctx.t("crm-device-forgotten")))
        .into_response())
}
