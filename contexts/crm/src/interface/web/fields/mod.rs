//! Settings: custom fields.

mod objects;
mod view;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use contracts::crm::FIELDS;
use http::StatusCode;
use kernel::FieldId;
use platform::web::{AppError, Ctx, FieldErrors, Form, Path, Query, Redirect, Toast, WebResult};
use serde::Deserialize;
use serde_json::Value;

use self::{
    objects::{choices, chosen},
    view::{FieldList, FieldPage},
};
use crate::{
    Crm,
    application::{
        add_standard_fields::{add_standard_fields, missing},
        change_field::{FieldChanges, change_field},
        define_field::define_field,
        delete_field::{DeleteFieldError, delete_field},
        open_objects::open,
        place_field::{Direction, place_field},
    },
    domain::{
        field::{Field, FieldDefinition, FieldFlags, FieldType, GROUPS, key_like},
        field_value,
    },
    infrastructure::pg::CrmTx,
    interface::problem_text::save_field_errors,
};

pub use view::kind_label;

/// The form as it was filled in.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct FieldForm {
    object: String,
    label: String,
    key: String,
    kind: String,
    group: String,
    /// One a line.
    options: String,
    default_value: String,
    max_length: String,
    required: bool,
    visible: bool,
    listable: bool,
    publicly_updatable: bool,
    unique_identifier: bool,
    filterable: bool,
}

impl FieldForm {
    /// As it begins.
    fn empty(object: &str) -> Self {
        Self {
            object: object.to_owned(),
            group: GROUPS[0].to_owned(),
            visible: true,
            ..Self::default()
        }
    }

    fn of(field: &Field) -> Self {
        Self {
            object: field.object.clone(),
            label: field.label.clone(),
            key: field.key.clone(),
            kind: field.kind.as_str().to_owned(),
            group: field.group.clone(),
            options: field.options.join("\n"),
            default_value: field
                .default_value
                .as_ref()
                .map(field_value::to_text)
                .unwrap_or_default(),
            max_length: field.max_length.map(|most| most.to_string()).unwrap_or_default(),
            required: field.flags.required,
            visible: field.flags.visible,
            listable: field.flags.listable,
            publicly_updatable: field.flags.publicly_updatable,
            unique_identifier: field.flags.unique_identifier,
            filterable: field.filterable,
        }
    }

    fn options(&self) -> Vec<String> {
        self.options.lines().map(str::to_owned).collect()
    }

    const fn flags(&self) -> FieldFlags {
        FieldFlags {
            required: self.required,
            visible: self.visible,
            listable: self.listable,
            publicly_updatable: self.publicly_updatable,
            unique_identifier: self.unique_identifier,
        }
    }

    /// What is no number is a limit that no type has.
    fn max_length(&self) -> Option<usize> {
        match self.max_length.trim() {
            "" => None,
            text => Some(text.parse().unwrap_or(0)),
        }
    }

    fn default_value(&self) -> Option<Value> {
        let text = self.default_value.trim();
        (!text.is_empty()).then(|| text.into())
    }

    fn group(&self) -> String {
        match self.group.trim() {
            "" => GROUPS[0].to_owned(),
            group => group.to_owned(),
        }
    }

    fn definition(&self, object: &str) -> FieldDefinition {
        let typed = self.key.trim();
        FieldDefinition {
            object: object.to_owned(),
            // Most people do not care for a key, and the label makes a good one.
            key: if typed.is_empty() {
                key_like(&self.label)
            } else {
                typed.to_owned()
            },
            label: self.label.clone(),
            kind: FieldType::parse(&self.kind).unwrap_or_default(),
            options: self.options(),
            flags: self.flags(),
            max_length: self.max_length(),
            default_value: self.default_value(),
            group: self.group(),
            position: 0,
            filterable: self.filterable,
        }
    }
}

/// Whose fields.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct OfObject {
    object: String,
}

/// The list.
pub async fn list(ctx: Ctx, State(crm): State<Crm>, Query(of): Query<OfObject>) -> WebResult {
    let mut tx = open(&crm.deps.db, ctx.org).await?;
    let objects = choices(&ctx, &mut tx).await?;
    let object = chosen(&objects, &of.object)?;
    let fields = tx.fields_of(&[&object.key]).await?;
    let list = FieldList {
        missing: missing(&object.key, &fields).len(),
        object,
        objects: &objects,
        fields: &fields,
    };
    Ok(view::list_page(&ctx, &list))
}

/// The form for a new one.
pub async fn new(ctx: Ctx, State(crm): State<Crm>, Query(of): Query<OfObject>) -> WebResult {
    let form = FieldForm::empty(&of.object);
    show_form(&ctx, &crm, StatusCode::OK, None, &form, &FieldErrors::new()).await
}

/// Defines one.
pub async fn define(ctx: Ctx, State(crm): State<Crm>, Form(form): Form<FieldForm>) -> WebResult {
    let mut tx = open(&crm.deps.db, ctx.org).await?;
    let objects = choices(&ctx, &mut tx).await?;
    let object = chosen(&objects, &form.object)?;
    match define_field(tx, form.definition(&object.key), ctx.now).await {
        Ok(field) => Ok(said(
            &ctx,
            &field.object,
            ctx.ta("crm-field-defined", &[("name", field.label.as_str().into())]),
        )),
        Err(error) => {
            let errors = save_field_errors(&ctx.l10n, error)?;
            show_form(&ctx, &crm, StatusCode::UNPROCESSABLE_ENTITY, None, &form, &errors).await
        }
    }
}

/// The form of one.
pub async fn edit(ctx: Ctx, State(crm): State<Crm>, Path(id): Path<FieldId>) -> WebResult {
    let field = find(&crm, &ctx, id).await?;
    let form = FieldForm::of(&field);
    show_form(
        &ctx,
        &crm,
        StatusCode::OK,
        Some(&field),
        &form,
        &FieldErrors::new(),
    )
    .await
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
        flags: form.flags().into(),
        max_length: Some(form.max_length()),
        default_value: Some(form.default_value()),
        group: Some(form.group()),
        filterable: Some(form.filterable),
    };
    let tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    match change_field(tx, id, changes, ctx.now).await {
        Ok(field) => Ok(said(
            &ctx,
            &field.object,
            ctx.ta("crm-field-saved", &[("name", field.label.as_str().into())]),
        )),
        Err(error) => {
            let errors = save_field_errors(&ctx.l10n, error)?;
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            show_form(&ctx, &crm, status, Some(&field), &form, &errors).await
        }
    }
}

/// Deletes one with its values.
pub async fn delete(ctx: Ctx, State(crm): State<Crm>, Path(id): Path<FieldId>) -> WebResult {
    let field = find(&crm, &ctx, id).await?;
    let tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    match delete_field(tx, id).await {
        Ok(()) => Ok(said(&ctx, &field.object, ctx.t("crm-field-deleted"))),
        Err(DeleteFieldError::NotFound) => Err(AppError::NotFound),
        Err(DeleteFieldError::InUse(segments)) => {
            let text = ctx.ta("crm-field-in-use", &[("segments", segments.join(", ").into())]);
            Ok(Redirect::to(&ctx, list_url(&field.object))
                .say(&ctx, Toast::failed(text))
                .into_response())
        }
        Err(DeleteFieldError::Db(error)) => Err(error.into()),
    }
}

/// Which way a field goes.
#[derive(Debug, Deserialize)]
pub struct Move {
    direction: Direction,
}

/// Moves one up or down.
pub async fn place(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path(id): Path<FieldId>,
    Form(Move { direction }): Form<Move>,
) -> WebResult {
    let tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let field = place_field(tx, id, direction).await?.ok_or(AppError::NotFound)?;
    Ok(Redirect::to(&ctx, list_url(&field.object)).into_response())
}

/// Adds those that most organisations want.
pub async fn add_standard(ctx: Ctx, State(crm): State<Crm>, Form(of): Form<OfObject>) -> WebResult {
    let mut tx = open(&crm.deps.db, ctx.org).await?;
    let objects = choices(&ctx, &mut tx).await?;
    let object = chosen(&objects, &of.object)?;
    match add_standard_fields(tx, &object.key, ctx.now).await {
        Ok(count) => Ok(said(
            &ctx,
            &object.key,
            ctx.ta("crm-fields-standard-added", &[("count", count.into())]),
        )),
        Err(error) => {
            let errors = save_field_errors(&ctx.l10n, error)?;
            let text = errors
                .0
                .first()
                .map(|error| error.detail.clone())
                .unwrap_or_default();
            Ok(Redirect::to(&ctx, list_url(&object.key))
                .say(&ctx, Toast::failed(text))
                .into_response())
        }
    }
}

async fn show_form(
    ctx: &Ctx,
    crm: &Crm,
    status: StatusCode,
    field: Option<&Field>,
    form: &FieldForm,
    errors: &FieldErrors,
) -> WebResult {
    let mut tx = open(&crm.deps.db, ctx.org).await?;
    let objects = choices(ctx, &mut tx).await?;
    let object = chosen(
        &objects,
        field.map_or(form.object.as_str(), |field| &field.object),
    )?;
    let mut groups: Vec<String> = tx
        .fields_of(&[&object.key])
        .await?
        .into_iter()
        .map(|field| field.group)
        .filter(|group| !GROUPS.contains(&group.as_str()))
        .collect();
    groups.sort();
    groups.dedup();
    let page = FieldPage {
        object,
        field,
        form,
        groups,
        errors,
    };
    Ok(view::form_page(ctx, status, &page))
}

async fn find(crm: &Crm, ctx: &Ctx, id: FieldId) -> Result<Field, AppError> {
    let field = CrmTx::tenant(&crm.deps.db, ctx.org).await?.field(id).await?;
    field.ok_or(AppError::NotFound)
}

fn list_url(object: &str) -> String {
    FIELDS.with(&[("object", object)])
}

fn said(ctx: &Ctx, object: &str, text: String) -> Response {
    Redirect::to(ctx, list_url(object))
        .say(ctx, Toast::done(text))
        .into_response()
}
