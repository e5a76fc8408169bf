//! Custom fields and tags for programs.

use axum::{
    Json as Answer,
    extract::State,
    response::{IntoResponse, Response},
};
use contracts::crm::{
    API_FIELD, API_FIELDS, API_TAGS,
    contacts::{Field as FieldView, FieldInput, FieldPatch, Tag as TagView},
};
use http::{HeaderValue, StatusCode, header};
use kernel::FieldId;
use platform::web::{AppError, Ctx, Json, Path, WebResult};

use super::page;
use crate::{
    Crm,
    application::{
        change_field::{FieldChanges, change_field},
        define_field::define_field,
        delete_field::{DeleteFieldError, delete_field},
    },
    domain::field::{Field, FieldDefinition, FieldType},
    infrastructure::pg::CrmTx,
    interface::problem_text::save_field_errors,
};

/// More tags than this are not listed.
const MOST_TAGS: i64 = 10_000;

pub async fn list(ctx: Ctx, State(crm): State<Crm>) -> WebResult {
    let fields = CrmTx::tenant(&crm.deps.db, ctx.org).await?.fields().await?;
    page(&API_FIELDS.url(), fields.into_iter().map(view).collect(), None)
}

pub async fn get(ctx: Ctx, State(crm): State<Crm>, Path(id): Path<FieldId>) -> WebResult {
    let fields = CrmTx::tenant(&crm.deps.db, ctx.org).await?.fields().await?;
    let field = fields
        .into_iter()
        .find(|field| field.id == id)
        .ok_or(AppError::NotFound)?;
    Ok(Answer(view(field)).into_response())
}

pub async fn define(ctx: Ctx, State(crm): State<Crm>, Json(input): Json<FieldInput>) -> WebResult {
    let kind = FieldType::parse(&input.kind)
        .ok_or_else(|| AppError::invalid("type", "unknown_type", ctx.t("crm-api-field-type")))?;
    let definition = FieldDefinition {
        key: input.key,
        label: input.label,
        kind,
        options: input.options,
        filterable: input.filterable,
    };
    let tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let field = match define_field(tx, definition, ctx.now).await {
        Ok(field) => field,
        Err(error) => return Err(AppError::Invalid(save_field_errors(&ctx.l10n, error)?)),
    };
    let location = HeaderValue::from_str(&API_FIELD.url(&field.id)).map_err(AppError::internal)?;
    Ok((
        StatusCode::CREATED,
        [(header::LOCATION, location)],
        Answer(view(field)),
    )
        .into_response())
}

pub async fn change(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path(id): Path<FieldId>,
    Json(input): Json<FieldPatch>,
) -> WebResult {
    let changes = FieldChanges {
        label: input.label,
        options: input.options,
        filterable: input.filterable,
    };
    let tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    match change_field(tx, id, changes, ctx.now).await {
        Ok(field) => Ok(Answer(view(field)).into_response()),
        Err(error) => Err(AppError::Invalid(save_field_errors(&ctx.l10n, error)?)),
    }
}

pub async fn delete(ctx: Ctx, State(crm): State<Crm>, Path(id): Path<FieldId>) -> WebResult<Response> {
    let tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    match delete_field(tx, id).await {
        Ok(()) => Ok(StatusCode::NO_CONTENT.into_response()),
        Err(DeleteFieldError::NotFound) => Err(AppError::NotFound),
        Err(DeleteFieldError::InUse(segments)) => Err(AppError::Conflict {
            code: "in_use",
            detail: ctx.ta("crm-field-in-use", &[("segments", segments.join(", ").into())]),
            existing: None,
        }),
        Err(DeleteFieldError::Db(error)) => Err(error.into()),
    }
}

pub async fn tags(ctx: Ctx, State(crm): State<Crm>) -> WebResult {
    let tags = CrmTx::tenant(&crm.deps.db, ctx.org)
        .await?
        .tags(MOST_TAGS)
        .await?;
    page(
        &API_TAGS.url(),
        tags.into_iter().map(|name| TagView { name }).collect(),
        None,
    )
}

fn view(field: Field) -> FieldView {
    FieldView {
        id: field.id,
        key: field.key,
        label: field.label,
        kind: field.kind.as_str(),
        options: field.options,
        filterable: field.filterable,
        created_at: field.created_at,
        updated_at: field.updated_at,
    }
}
