//! Custom fields and tags for programs.

use axum::{
    Json as Answer,
    extract::State,
    response::{IntoResponse, Response},
};
use contracts::crm::{
    API_FIELD, API_FIELDS, API_TAGS,
    contacts::{Field as FieldView, FieldInput, FieldPatch, FieldQuery, Tag as TagView},
};
use http::{HeaderValue, StatusCode, header};
use kernel::FieldId;
use platform::web::{AppError, Ctx, Json, Path, Query, WebResult};

use super::page;
use crate::{
    Crm,
    application::{
        change_field::{FieldChanges, FlagChanges, change_field},
        define_field::define_field,
        delete_field::{DeleteFieldError, delete_field},
        open_objects::open,
    },
    domain::field::{CONTACTS, Field, FieldDefinition, FieldFlags, FieldType, GROUPS},
    infrastructure::pg::CrmTx,
    interface::problem_text::save_field_errors,
};

/// More tags than this are not listed.
const MOST_TAGS: i64 = 10_000;

pub async fn list(ctx: Ctx, State(crm): State<Crm>, Query(query): Query<FieldQuery>) -> WebResult {
    let object = query.object.as_deref().unwrap_or(CONTACTS);
    let mut tx = open(&crm.deps.db, ctx.org).await?;
    if object != CONTACTS && tx.object_by_key(object).await?.is_none() {
        return Err(AppError::NotFound);
    }
    let fields = tx.fields_of(&[object]).await?;
    page(&API_FIELDS.url(), fields.into_iter().map(view).collect(), None)
}

pub async fn get(ctx: Ctx, State(crm): State<Crm>, Path(id): Path<FieldId>) -> WebResult {
    let field = CrmTx::tenant(&crm.deps.db, ctx.org)
        .await?
        .field(id)
        .await?
        .ok_or(AppError::NotFound)?;
    Ok(Answer(view(field)).into_response())
}

pub async fn define(ctx: Ctx, State(crm): State<Crm>, Json(input): Json<FieldInput>) -> WebResult {
    let kind = FieldType::parse(&input.kind)
        .ok_or_else(|| AppError::invalid("type", "unknown_type", ctx.t("crm-api-field-type")))?;
    let definition = FieldDefinition {
        object: input.object.unwrap_or_else(|| CONTACTS.to_owned()),
        key: input.key,
        label: input.label,
        kind,
        options: input.options,
        flags: FieldFlags {
            required: input.required,
            visible: input.visible.unwrap_or(true),
            listable: input.listable,
            publicly_updatable: input.publicly_updatable,
            unique_identifier: input.unique_identifier,
        },
        max_length: input.max_length,
        default_value: input.default_value,
        group: input.group.unwrap_or_else(|| GROUPS[0].to_owned()),
        position: 0,
        filterable: input.filterable,
    };
    let tx = open(&crm.deps.db, ctx.org).await?;
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
        flags: FlagChanges {
            required: input.required,
            visible: input.visible,
            listable: input.listable,
            publicly_updatable: input.publicly_updatable,
            unique_identifier: input.unique_identifier,
        },
        max_length: input.max_length,
        default_value: input.default_value,
        group: input.group,
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
        object: field.object,
        key: field.key,
        label: field.label,
        kind: field.kind.as_str(),
        options: field.options,
        required: field.flags.required,
        visible: field.flags.visible,
        listable: field.flags.listable,
        publicly_updatable: field.flags.publicly_updatable,
        unique_identifier: field.flags.unique_identifier,
        max_length: field.max_length,
        default_value: field.default_value,
        group: field.group,
        position: field.position,
        filterable: field.filterable,
        created_at: field.created_at,
        updated_at: field.updated_at,
    }
}
