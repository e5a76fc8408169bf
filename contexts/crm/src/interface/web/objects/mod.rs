//! Settings: objects and how they relate.

mod view;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use contracts::crm::objects::{
    OBJECT, OBJECT_DELETION, OBJECT_NEW, OBJECT_RELATION_DELETION, OBJECT_RELATIONS, OBJECTS,
};
use http::StatusCode;
use kernel::{Permission, RelationId};
use platform::{
    NavItem,
    web::{Access, AppError, Ctx, FieldErrors, Form, Path, Redirect, Routes, Toast, WebResult},
};
use serde::Deserialize;
use ui_kit::Icon;

use crate::{
    Crm,
    application::{
        define_object::{
            SaveObjectError, define_object, define_relation, delete_object, delete_relation, rename_object,
        },
        open_objects::open,
    },
    domain::{
        field::key_like,
        object::{Object, ObjectDefinition, ObjectKind, RelationDefinition},
    },
    infrastructure::pg::CrmTx,
    interface::problem_text::{save_object_errors, save_relation_errors},
};

pub fn routes() -> Routes<Crm> {
    let define = Access::needs(Permission::ObjectsWrite);
    Routes::new()
        .get(OBJECTS.template(), define, list)
        .get(OBJECT_NEW.template(), define, new)
        .post(OBJECT_NEW.template(), define, create)
        .get(OBJECT.template(), define, show)
        .post(OBJECT.template(), define, rename)
        .post(OBJECT_DELETION.template(), define, delete)
        .post(OBJECT_RELATIONS.template(), define, relate)
        .post(OBJECT_RELATION_DELETION.template(), define, unrelate)
}

pub fn nav() -> NavItem {
    NavItem {
        order: 114,
        label_key: "crm-nav-objects",
        icon: Icon::Building,
        href: OBJECTS.url(),
        permission: Permission::ObjectsWrite,
        shortcut: None,
    }
}

/// The form of an object as it was filled in.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ObjectForm {
    pub singular: String,
    pub plural: String,
    pub key: String,
    pub kind: String,
}

/// The form of a relation.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct RelationForm {
    pub to: String,
    pub label: String,
    pub key: String,
    pub inverse_key: String,
    pub single: bool,
}

async fn list(ctx: Ctx, State(crm): State<Crm>) -> WebResult {
    let mut tx = open(&crm.deps.db, ctx.org).await?;
    let (objects, relations) = (tx.objects().await?, tx.relations().await?);
    Ok(view::list_page(&ctx, &objects, &relations))
}

async fn new(ctx: Ctx) -> Response {
    view::new_page(&ctx, StatusCode::OK, &ObjectForm::default(), &FieldErrors::new())
}

async fn create(ctx: Ctx, State(crm): State<Crm>, Form(form): Form<ObjectForm>) -> WebResult {
    let typed = form.key.trim();
    let definition = ObjectDefinition {
        // Most people do not care for a key, and the name makes a good one.
        key: if typed.is_empty() {
            key_like(&form.plural)
        } else {
            typed.to_owned()
        },
        singular: form.singular.clone(),
        plural: form.plural.clone(),
        kind: ObjectKind::parse(&form.kind).unwrap_or_default(),
    };
    let tx = open(&crm.deps.db, ctx.org).await?;
    match define_object(tx, definition, ctx.now).await {
        Ok(object) => {
            let said = ctx.ta("crm-object-defined", &[("name", object.plural.as_str().into())]);
            Ok(Redirect::to(&ctx, OBJECT.url(&object.key))
                .say(&ctx, Toast::done(said))
                .into_response())
        }
        Err(error) => {
            let errors = save_object_errors(&ctx.l10n, error)?;
            Ok(view::new_page(
                &ctx,
                StatusCode::UNPROCESSABLE_ENTITY,
                &form,
                &errors,
            ))
        }
    }
}

async fn show(ctx: Ctx, State(crm): State<Crm>, Path(key): Path<String>) -> WebResult {
    let (tx, object) = find(&crm, &ctx, &key).await?;
    let form = ObjectForm {
        singular: object.singular.clone(),
        plural: object.plural.clone(),
        ..ObjectForm::default()
    };
    shown(
        &ctx,
        tx,
        StatusCode::OK,
        &object,
        &form,
        &RelationForm::default(),
        &FieldErrors::new(),
    )
    .await
}

async fn rename(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path(key): Path<String>,
    Form(form): Form<ObjectForm>,
) -> WebResult {
    let (tx, object) = find(&crm, &ctx, &key).await?;
    match rename_object(tx, &object, form.singular.clone(), form.plural.clone(), ctx.now).await {
        Ok(object) => {
            let said = ctx.ta("crm-object-saved", &[("name", object.plural.as_str().into())]);
            Ok(Redirect::to(&ctx, OBJECT.url(&object.key))
                .say(&ctx, Toast::done(said))
                .into_response())
        }
        Err(error) => {
            let errors = save_object_errors(&ctx.l10n, error)?;
            let tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            shown(
                &ctx,
                tx,
                status,
                &object,
                &form,
                &RelationForm::default(),
                &errors,
            )
            .await
        }
    }
}

async fn delete(ctx: Ctx, State(crm): State<Crm>, Path(key): Path<String>) -> WebResult {
    let (tx, object) = find(&crm, &ctx, &key).await?;
    let (url, toast) = match delete_object(tx, &object).await {
        Ok(()) => {
            let said = ctx.ta("crm-object-deleted", &[("name", object.plural.as_str().into())]);
            (OBJECTS.url(), Toast::done(said))
        }
        Err(SaveObjectError::HasRecords) => {
            (OBJECT.url(&key), Toast::failed(ctx.t("crm-object-has-records")))
        }
        Err(SaveObjectError::BuiltIn) => (OBJECT.url(&key), Toast::failed(ctx.t("crm-object-built-in"))),
        Err(error) => {
            return Err(crate::interface::problem_text::save_object_error(
                &ctx.l10n, error,
            ));
        }
    };
    Ok(Redirect::to(&ctx, url).say(&ctx, toast).into_response())
}

async fn relate(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path(key): Path<String>,
    Form(form): Form<RelationForm>,
) -> WebResult {
    let (tx, object) = find(&crm, &ctx, &key).await?;
    let or = |given: &str, other: &str| {
        if given.trim().is_empty() {
            key_like(other)
        } else {
            given.trim().to_owned()
        }
    };
    let definition = RelationDefinition {
        key: or(&form.key, &form.label),
        inverse_key: or(&form.inverse_key, &object.key),
        to: form.to.clone(),
        label: form.label.clone(),
        single: form.single,
    };
    match define_relation(tx, &object, definition, ctx.now).await {
        Ok(relation) => {
            let said = ctx.ta(
                "crm-relation-defined",
                &[("name", relation.label.as_str().into())],
            );
            Ok(Redirect::to(&ctx, OBJECT.url(&object.key))
                .say(&ctx, Toast::done(said))
                .into_response())
        }
        Err(error) => {
            let errors = save_relation_errors(&ctx.l10n, error)?;
            let names = ObjectForm {
                singular: object.singular.clone(),
                plural: object.plural.clone(),
                ..ObjectForm::default()
            };
            let tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
            shown(
                &ctx,
                tx,
                StatusCode::UNPROCESSABLE_ENTITY,
                &object,
                &names,
                &form,
                &errors,
            )
            .await
        }
    }
}

async fn unrelate(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path((key, relation)): Path<(String, RelationId)>,
) -> WebResult {
    let (tx, object) = find(&crm, &ctx, &key).await?;
    if !delete_relation(tx, &object, relation).await? {
        return Err(AppError::NotFound);
    }
    Ok(Redirect::to(&ctx, OBJECT.url(&object.key))
        .say(&ctx, Toast::done(ctx.t("crm-relation-deleted")))
        .into_response())
}

async fn shown(
    ctx: &Ctx,
    mut tx: CrmTx,
    status: StatusCode,
    object: &Object,
    form: &ObjectForm,
    relation: &RelationForm,
    errors: &FieldErrors,
) -> WebResult {
    let page = view::ObjectPage {
        object,
        form,
        relation,
        errors,
        relations: tx.relations().await?,
        objects: tx.objects().await?,
    };
    Ok(view::object_page(ctx, status, &page))
}

async fn find(crm: &Crm, ctx: &Ctx, key: &str) -> Result<(CrmTx, Object), AppError> {
    let mut tx = open(&crm.deps.db, ctx.org).await?;
    let object = tx.object_by_key(key).await?.ok_or(AppError::NotFound)?;
    Ok((tx, object))
}
