//! Settings: custom fields.

mod view;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use contracts::crm::FIELDS;
use http::StatusCode;
use kernel::FieldId;
use platform::web::{AppError, Ctx, FieldErrors, Form, Path, Redirect, Toast, WebResult};
use serde::Deserialize;

use crate::{
    Crm,
    application::{
        change_field::{FieldChanges, change_field},
        define_field::define_field,
        delete_field::{DeleteFieldError, delete_field},
    },
    domain::field::{Field, FieldDefinition, FieldType, key_from_label},
    infrastructure::pg::CrmTx,
    interface::problem_text::save_field_errors,
};

pub use view::kind_label;

/// The form as it was filled in.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct FieldForm {
    label: String,
    key: String,
    kind: String,
    /// One a line.
    options: String,
    filterable: bool,
}

impl FieldForm {
    fn of(field: &Field) -> Self {
        Self {
            label: field.label.clone(),
            key: field.key.clone(),
            kind: field.kind.as_str().to_owned(),
            options: field.options.join("\n"),
            filterable: field.filterable,
        }
    }

    fn options(&self) -> Vec<String> {
        self.options.lines().map(str::to_owned).collect()
    }

    fn definition(&self) -> FieldDefinition {
        let typed = self.key.trim();
        FieldDefinition {
            // Most people do not care for a key, and the label makes a good one.
            key: if typed.is_empty() {
                key_from_label(&self.label).unwrap_or_default()
            } else {
                typed.to_owned()
            },
            label: self.label.clone(),
            kind: FieldType::parse(&self.kind).unwrap_or(FieldType::Text),
            options: self.options(),
            filterable: self.filterable,
        }
    }
}

/// The list.
pub async fn list(ctx: Ctx, State(crm): State<Crm>) -> WebResult {
    let fields = CrmTx::tenant(&crm.deps.db, ctx.org).await?.fields().await?;
    Ok(view::list_page(&ctx, &fields))
}

/// The form for a new one.
pub async fn new(ctx: Ctx) -> Response {
    view::form_page(
        &ctx,
        StatusCode::OK,
        None,
        &FieldForm::default(),
        &FieldErrors::new(),
    )
}

/// Defines one.
pub async fn define(ctx: Ctx, State(crm): State<Crm>, Form(form): Form<FieldForm>) -> WebResult {
    let tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    match define_field(tx, form.definition(), ctx.now).await {
        Ok(field) => Ok(said(
            &ctx,
            ctx.ta("crm-field-defined", &[("name", field.label.into())]),
        )),
        Err(error) => {
            let errors = save_field_errors(&ctx.l10n, error)?;
            Ok(view::form_page(
                &ctx,
                StatusCode::UNPROCESSABLE_ENTITY,
                None,
                &form,
                &errors,
            ))
        }
    }
}

/// The form of one.
pub async fn edit(ctx: Ctx, State(crm): State<Crm>, Path(id): Path<FieldId>) -> WebResult {
    let field = find(&crm, &ctx, id).await?;
    let form = FieldForm::of(&field);
    Ok(view::form_page(
        &ctx,
        StatusCode::OK,
        Some(&field),
        &form,
        &FieldErrors::new(),
    ))
}

/// Changes one.
pub async fn change(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path(id): Path<FieldId>,
    Form(form): Form<FieldForm>,
) -> WebResult {
    let field = find(&crm, &ctx, id).await?;
    let changes = FieldChanges {
        label: Some(form.label.clone()),
        options: field.kind.has_options().then(|| form.options()),
        filterable: Some(form.filterable),
    };
    let tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    match change_field(tx, id, changes, ctx.now).await {
        Ok(field) => Ok(said(
            &ctx,
            ctx.ta("crm-field-saved", &[("name", field.label.into())]),
        )),
        Err(error) => {
            let errors = save_field_errors(&ctx.l10n, error)?;
            Ok(view::form_page(
                &ctx,
                StatusCode::UNPROCESSABLE_ENTITY,
                Some(&field),
                &form,
                &errors,
            ))
        }
    }
}

/// Deletes one with its values.
pub async fn delete(ctx: Ctx, State(crm): State<Crm>, Path(id): Path<FieldId>) -> WebResult {
    let tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    match delete_field(tx, id).await {
        Ok(()) => Ok(said(&ctx, ctx.t("crm-field-deleted"))),
        Err(DeleteFieldError::NotFound) => Err(AppError::NotFound),
        Err(DeleteFieldError::InUse(segments)) => {
            let text = ctx.ta("crm-field-in-use", &[("segments", segments.join(", ").into())]);
            Ok(Redirect::to(&ctx, FIELDS.url())
                .say(&ctx, Toast::failed(text))
                .into_response())
        }
        Err(DeleteFieldError::Db(error)) => Err(error.into()),
    }
}

async fn find(crm: &Crm, ctx: &Ctx, id: FieldId) -> Result<Field, AppError> {
    let fields = CrmTx::tenant(&crm.deps.db, ctx.org).await?.fields().await?;
    fields
        .into_iter()
        .find(|field| field.id == id)
        .ok_or(AppError::NotFound)
}

fn said(ctx: &Ctx, text: String) -> Response {
    Redirect::to(ctx, FIELDS.url())
        .say(ctx, Toast::done(text))
        .into_response()
}
