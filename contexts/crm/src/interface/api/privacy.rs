//! Handing over and erasing a person, for programs.

use axum::{
    Json as Answer,
    extract::State,
    response::{IntoResponse, Response},
};
use contracts::crm::consent::{API_CONTACT_ERASURE, API_CONTACT_EXPORT, Erasure as ErasureView};
use http::StatusCode;
use kernel::{ContactId, Permission};
use platform::web::{Access, AppError, Ctx, Op, Path, Routes, WebResult};

use crate::{
    Crm,
    application::{erase_contact::request_erasure, export_contact::export_contact},
    infrastructure::pg::CrmTx,
    interface::consent_words::actor,
};

pub fn routes() -> Routes<Crm> {
    let erase = Access::needs(Permission::ContactsErase);
    Routes::new()
        .get(API_CONTACT_EXPORT.template(), Access::needs(Permission::ContactsExport), export)
        .doc(
            Op::new("export_contact", "Get everything that is known of a contact")
                .describe("By context and kind, as the person may ask for it (Articles 15 and 20 of the GDPR).")
                .returns::<serde_json::Value>(200, "Everything."),
        )
        .get(API_CONTACT_ERASURE.template(), erase, get)
        .doc(
            Op::new("get_erasure", "Get how far the erasure of a contact is")
                .returns::<ErasureView>(200, "It is done when it has an end."),
        )
        .post(API_CONTACT_ERASURE.template(), erase, begin)
        .doc(
            Op::new("erase_contact", "Erase a contact")
                .describe(
                    "Everything that is known of the person goes, everywhere, in the background. Figures stay, and a \
                     fingerprint of the address, so that it is not written to again. Asking again changes nothing.",
                )
                .returns::<ErasureView>(202, "It has begun."),
        )
}

async fn export(ctx: Ctx, State(crm): State<Crm>, Path(id): Path<ContactId>) -> WebResult {
    let data = export_contact(&crm.privacy, ctx.org, id)
        .await
        .map_err(AppError::internal)?
        .ok_or(AppError::NotFound)?;
    Ok(Answer(data).into_response())
}

async fn begin(ctx: Ctx, State(crm): State<Crm>, Path(id): Path<ContactId>) -> WebResult {
    let tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    request_erasure(tx, id, actor(&ctx)).await?;
    let view = find(&ctx, &crm, id).await?;
    Ok((StatusCode::ACCEPTED, Answer(view)).into_response())
}

async fn get(ctx: Ctx, State(crm): State<Crm>, Path(id): Path<ContactId>) -> WebResult<Response> {
    Ok(Answer(find(&ctx, &crm, id).await?).into_response())
}

async fn find(ctx: &Ctx, crm: &Crm, id: ContactId) -> Result<ErasureView, AppError> {
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let erasure = tx.erasure_of(id).await?.ok_or(AppError::NotFound)?;
    Ok(ErasureView {
        contact_id: erasure.contact,
        requested_at: erasure.requested_at,
        finished_at: erasure.finished_at,
    })
}
