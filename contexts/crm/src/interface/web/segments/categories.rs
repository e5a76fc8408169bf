//! Categories of segments.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use contracts::crm::{
    SEGMENTS,
    segments::{SEGMENT_CATEGORIES, SEGMENT_CATEGORY, SEGMENT_CATEGORY_DELETION},
};
use http::StatusCode;
use kernel::{CategoryId, Permission};
use maud::{Markup, html};
use platform::web::{AppError, Ctx, FieldErrors, Form as Submitted, Path, Redirect, Toast, WebResult};
use serde::Deserialize;
use ui_kit::{
    ActionForm, Button, Card, Column, Confirm, EmptyState, Field, Form, Icon, PageHeader, Row, Table, link,
    number, stack,
};

use super::form::title_problem;
use crate::{
    Crm,
    domain::segment::category_name,
    infrastructure::pg::{
        CrmTx,
        categories::{Category, CategoryWriteError},
    },
};

/// What a category is to be called.
#[derive(Deserialize)]
pub struct CategoryForm {
    #[serde(default)]
    name: String,
}

/// All of them.
pub async fn list(ctx: Ctx, State(crm): State<Crm>) -> WebResult {
    show(&ctx, &crm, StatusCode::OK, "", &FieldErrors::new()).await
}

/// Makes one.
pub async fn create(ctx: Ctx, State(crm): State<Crm>, Submitted(form): Submitted<CategoryForm>) -> WebResult {
    let name = match checked(&ctx, &form.name) {
        Ok(name) => name,
        Err(errors) => return show(&ctx, &crm, StatusCode::UNPROCESSABLE_ENTITY, &form.name, &errors).await,
    };
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let written = tx.insert_category(CategoryId::generate(), &name).await;
    if let Err(error) = written {
        drop(tx);
        return refuse(&ctx, &crm, &form.name, error).await;
    }
    tx.commit().await?;
    Ok(done(
        &ctx,
        ctx.ta("crm-segments-category-created", &[("name", name.into())]),
    ))
}

/// Gives one another name.
pub async fn rename(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path(id): Path<CategoryId>,
    Submitted(form): Submitted<CategoryForm>,
) -> WebResult {
    let name = match checked(&ctx, &form.name) {
        Ok(name) => name,
        Err(errors) => return show(&ctx, &crm, StatusCode::UNPROCESSABLE_ENTITY, "", &errors).await,
    };
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let written = tx.rename_category(id, &name).await;
    if let Err(error) = written {
        drop(tx);
        return refuse(&ctx, &crm, "", error).await;
    }
    tx.commit().await?;
    Ok(done(
        &ctx,
        ctx.ta("crm-segments-category-renamed", &[("name", name.into())]),
    ))
}

/// Deletes one; its segments stay.
pub async fn delete(ctx: Ctx, State(crm): State<Crm>, Path(id): Path<CategoryId>) -> WebResult {
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    if !tx.delete_category(id).await? {
        return Err(AppError::NotFound);
    }
    tx.commit().await?;
    Ok(done(&ctx, ctx.t("crm-segments-category-deleted")))
}

fn done(ctx: &Ctx, text: String) -> Response {
    Redirect::to(ctx, SEGMENT_CATEGORIES.url())
        .say(ctx, Toast::done(text))
        .into_response()
}

fn checked(ctx: &Ctx, name: &str) -> Result<String, FieldErrors> {
    category_name(name).map_err(|problem| {
        let (field, code, key) = title_problem(problem);
        let mut errors = FieldErrors::new();
        errors.add(field, code, ctx.t(key));
        errors
    })
}

async fn refuse(ctx: &Ctx, crm: &Crm, typed: &str, error: CategoryWriteError) -> WebResult {
    match error {
        CategoryWriteError::NotFound => Err(AppError::NotFound),
        CategoryWriteError::Db(error) => Err(error.into()),
        CategoryWriteError::NameTaken => {
            let mut errors = FieldErrors::new();
            errors.add("name", "name_taken", ctx.t("crm-segments-category-taken"));
            show(ctx, crm, StatusCode::UNPROCESSABLE_ENTITY, typed, &errors).await
        }
    }
}

async fn show(ctx: &Ctx, crm: &Crm, status: StatusCode, typed: &str, errors: &FieldErrors) -> WebResult {
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let categories = tx.categories().await?;
    let header = PageHeader::new(ctx.t("crm-segments-categories"))
        .purpose(ctx.t("crm-segments-categories-purpose"))
        .crumb(ctx.t("crm-segments-title"), SEGMENTS.url());
    let may = ctx.may(Permission::SegmentsWrite);
    let body = stack(html! {
        (Card::untitled().flush().body(table(ctx, &categories, may)))
        @if may {
            (Card::titled(ctx.t("crm-segments-category-new")).body(
                Form::post(SEGMENT_CATEGORIES.url(), ctx.csrf_field()).body(ctx.words(), html! {
                    (Field::text("name", ctx.t("crm-segments-name")).value(typed).max_length(100).required()
                        .error(errors.of("name").map(str::to_owned)))
                    div.btn-row { (Button::primary(ctx.t("crm-segments-category-create"))) }
                })))
        }
    });
    Ok(ctx.page_with(status, &header, body))
}

fn table(ctx: &Ctx, categories: &[Category], may: bool) -> Markup {
    let mut columns = vec![
        Column::text(ctx.t("crm-segments-name")),
        Column::number(ctx.t("crm-segments-title")),
    ];
    if may {
        columns.push(Column::text(ctx.t("crm-segments-actions")));
    }
    let rows = categories.iter().map(|category| {
        let href = SEGMENTS.with(&[("category", category.id)]);
        let mut cells = vec![
            html! { (link(&href, &category.name)) },
            html! { (number(category.segments)) },
        ];
        if may {
            cells.push(actions(ctx, category));
        }
        Row::new(cells)
    });
    Table::new(ctx.t("crm-segments-categories"), columns)
        .rows(rows)
        .empty(EmptyState::new(
            Icon::Segments,
            ctx.t("crm-segments-no-categories"),
        ))
        .show(ctx.words())
}

fn actions(ctx: &Ctx, category: &Category) -> Markup {
    let confirm = Confirm {
        title: ctx
            .ta(
                "crm-segments-category-delete-title",
                &[("name", category.name.as_str().into())],
            )
            .into(),
        text: ctx.t("crm-segments-category-delete-text").into(),
        button: ctx.t("crm-segments-category-delete").into(),
    };
    let delete = ActionForm::new(
        SEGMENT_CATEGORY_DELETION.url(&category.id),
        ctx.csrf_field(),
        Button::ghost(ctx.t("crm-segments-category-delete")).small(),
    );
    let rename = Form::post(SEGMENT_CATEGORY.url(&category.id), ctx.csrf_field());
    html! {
        details {
            summary { (ctx.t("crm-segments-category-rename")) }
            (rename.body(ctx.words(), html! {
                (Field::text("name", ctx.t("crm-segments-name")).id(format!("category-{}", category.id))
                    .value(category.name.as_str()).max_length(100).required())
                div.btn-row { (Button::secondary(ctx.t("crm-segments-category-rename")).small()) }
            }))
        }
        (delete.confirm(confirm))
    }
}
