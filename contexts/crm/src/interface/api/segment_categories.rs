//! Categories of segments by the API.

use axum::{
    Json as Answer,
    extract::State,
    response::{IntoResponse, Response},
};
use contracts::{
    ListPage,
    crm::segments::{API_SEGMENT_CATEGORIES, API_SEGMENT_CATEGORY, SegmentCategory, SegmentCategoryInput},
};
use http::{StatusCode, header};
use kernel::{
    CategoryId,
    Permission::{SegmentsRead, SegmentsWrite},
};
use platform::web::{Access, AppError, Ctx, Json, Op, Path, Routes, WebResult};

use super::page;
use crate::{
    Crm,
    domain::segment::category_name,
    infrastructure::pg::{
        CrmTx,
        categories::{Category, CategoryWriteError},
    },
    interface::web::segments::title_problem,
};

/// The routes.
pub fn routes() -> Routes<Crm> {
    let (read, write) = (Access::needs(SegmentsRead), Access::needs(SegmentsWrite));
    Routes::new()
        .get(API_SEGMENT_CATEGORIES.template(), read, list)
        .doc(
            Op::new("list_segment_categories", "List categories of segments")
                .returns::<ListPage<SegmentCategory>>(200, "All of them, by name."),
        )
        .post(API_SEGMENT_CATEGORIES.template(), write, create)
        .doc(
            Op::new("create_segment_category", "Create a category of segments")
                .body::<SegmentCategoryInput>()
                .returns::<SegmentCategory>(201, "The category."),
        )
        .patch(API_SEGMENT_CATEGORY.template(), write, rename)
        .doc(
            Op::new("update_segment_category", "Rename a category of segments")
                .body_as::<SegmentCategoryInput>("application/merge-patch+json")
                .returns::<SegmentCategory>(200, "The category as it is now."),
        )
        .delete(API_SEGMENT_CATEGORY.template(), write, delete)
        .doc(
            Op::new("delete_segment_category", "Delete a category of segments")
                .describe("Its segments stay, in no category.")
                .answers(204, "It is gone."),
        )
}

async fn list(ctx: Ctx, State(crm): State<Crm>) -> WebResult<Response> {
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let data = tx.categories().await?.into_iter().map(view).collect();
    page(&API_SEGMENT_CATEGORIES.url(), data, None)
}

async fn create(
    ctx: Ctx,
    State(crm): State<Crm>,
    Json(input): Json<SegmentCategoryInput>,
) -> WebResult<Response> {
    let name = checked(&ctx, &input)?;
    let id = CategoryId::generate();
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    tx.insert_category(id, &name)
        .await
        .map_err(|error| refusal(&ctx, error))?;
    let category = find(&mut tx, id).await?;
    tx.commit().await?;
    let location = [(header::LOCATION, API_SEGMENT_CATEGORY.url(&id))];
    Ok((StatusCode::CREATED, location, Answer(category)).into_response())
}

async fn rename(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path(id): Path<CategoryId>,
    Json(input): Json<SegmentCategoryInput>,
) -> WebResult<Answer<SegmentCategory>> {
    let name = checked(&ctx, &input)?;
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    tx.rename_category(id, &name)
        .await
        .map_err(|error| refusal(&ctx, error))?;
    let category = find(&mut tx, id).await?;
    tx.commit().await?;
    Ok(Answer(category))
}

async fn delete(ctx: Ctx, State(crm): State<Crm>, Path(id): Path<CategoryId>) -> WebResult<StatusCode> {
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    if !tx.delete_category(id).await? {
        return Err(AppError::NotFound);
    }
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn find(tx: &mut CrmTx, id: CategoryId) -> Result<SegmentCategory, AppError> {
    let found = tx
        .categories()
        .await?
        .into_iter()
        .find(|category| category.id == id);
    found.map(view).ok_or(AppError::NotFound)
}

fn view(category: Category) -> SegmentCategory {
    SegmentCategory {
        id: category.id,
        name: category.name,
        segments: category.segments,
        created_at: category.created_at,
    }
}

fn checked(ctx: &Ctx, input: &SegmentCategoryInput) -> Result<String, AppError> {
    category_name(&input.name).map_err(|problem| {
        let (field, code, key) = title_problem(problem);
        AppError::invalid(field, code, ctx.t(key))
    })
}

fn refusal(ctx: &Ctx, error: CategoryWriteError) -> AppError {
    match error {
        CategoryWriteError::NotFound => AppError::NotFound,
        CategoryWriteError::Db(error) => error.into(),
        CategoryWriteError::NameTaken => AppError::Conflict {
            code: "name_taken",
            detail: ctx.t("crm-segments-category-taken"),
            existing: None,
        },
    }
}
