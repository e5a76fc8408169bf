//! Merging contacts, and contacts that may be one person, for programs.

use axum::{
    Json as Answer,
    extract::State,
    response::{IntoResponse, Response},
};
use contracts::{
    ListPage,
    crm::people::{
        API_CONTACT_MERGE, API_CONTACT_MERGES, API_DUPLICATES, Duplicate as DuplicateView, Merge as View,
        MergeInput, PageQuery,
    },
};
use http::{HeaderValue, StatusCode, header};
use kernel::{ContactId, MergeId, Permission, Timestamp};
use platform::web::{Access, AppError, Ctx, Json, Op, Path, Query, Routes, WebResult};

use super::{changes, limit, page};
use crate::{
    Crm,
    application::{
        merge_contacts::{MergeError, merge_contacts},
        undo_merge::{UndoMergeError, undo_merge},
    },
    domain::{
        duplicate::DuplicatePosition,
        merge::{Choices, Merge, REVERSIBLE, Side},
    },
    infrastructure::pg::{CrmTx, merges::MergePosition},
    interface::acting::actor,
};

const MERGES: &str = "api.merges latest first";
const DUPLICATES: &str = "api.duplicates likeliest first";

pub fn routes() -> Routes<Crm> {
    let read = Access::needs(Permission::ContactsRead);
    let write = Access::needs(Permission::ContactsWrite);
    Routes::new()
        .get(API_DUPLICATES.template(), read, duplicates)
        .doc(
            Op::new("list_duplicates", "List contacts that may be one person, the likeliest first")
                .describe("As the last search found them; it is started on the page of duplicates.")
                .query::<PageQuery>()
                .returns::<ListPage<DuplicateView>>(200, "A page of pairs."),
        )
        .get(API_CONTACT_MERGES.template(), read, list)
        .doc(
            Op::new("list_contact_merges", "List who became part of a contact, latest first")
                .query::<PageQuery>()
                .returns::<ListPage<View>>(200, "A page of merges."),
        )
        .post(API_CONTACT_MERGES.template(), write, create)
        .doc(
            Op::new("merge_contacts", "Make another contact part of this one")
                .describe(
                    "Events, notes, tags, subscriptions and records of both are kept, and so is every identifier. \
                     Can be undone for 30 days.",
                )
                .body::<MergeInput>()
                .returns::<View>(201, "The merge."),
        )
        .delete(API_CONTACT_MERGE.template(), write, undo)
        .doc(
            Op::new("undo_contact_merge", "Part two contacts again")
                .describe("409 after 30 days, or when the contact is no more.")
                .answers(204, "They are two again."),
        )
}

async fn duplicates(ctx: Ctx, State(crm): State<Crm>, Query(query): Query<PageQuery>) -> WebResult {
    let after: Option<DuplicatePosition> = query
        .cursor
        .as_deref()
        .map(|cursor| ctx.open_cursor(DUPLICATES, cursor))
        .transpose()?;
    let limit = limit(query.limit);
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let mut pairs = tx.duplicates(after, limit + 1).await?;
    let more = pairs.len() as i64 > limit;
    pairs.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let next = pairs
        .last()
        .filter(|_| more)
        .map(|last| ctx.seal_cursor(DUPLICATES, &(last.score, last.first, last.second)));
    let data: Vec<DuplicateView> = pairs
        .into_iter()
        .map(|pair| DuplicateView {
            contact_id: pair.first,
            other_contact_id: pair.second,
            reasons: pair.reasons,
            score: pair.score,
        })
        .collect();
    page(&API_DUPLICATES.url(), data, next)
}

async fn list(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path(contact): Path<ContactId>,
    Query(query): Query<PageQuery>,
) -> WebResult {
    let after: Option<MergePosition> = query
        .cursor
        .as_deref()
        .map(|cursor| ctx.open_cursor(MERGES, cursor))
        .transpose()?;
    let limit = limit(query.limit);
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    tx.contact(contact).await?.ok_or(AppError::NotFound)?;
    let mut merges = tx.merges_into(contact, after, limit + 1).await?;
    let more = merges.len() as i64 > limit;
    merges.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let next = merges
        .last()
        .filter(|_| more)
        .map(|last| ctx.seal_cursor(MERGES, &(last.at, last.id)));
    let data: Vec<View> = merges.into_iter().map(|merge| view(merge, ctx.now)).collect();
    page(&API_CONTACT_MERGES.url(&contact), data, next)
}

async fn create(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path(winner): Path<ContactId>,
    Json(input): Json<MergeInput>,
) -> WebResult {
    let unknown = |field: &str| {
        AppError::invalid(
            format!("fields/{field}"),
            "unknown_side",
            ctx.t("crm-merge-side-unknown"),
        )
    };
    let choices: Choices = input
        .fields
        .iter()
        .map(|(field, side)| Ok((field.clone(), Side::parse(side).ok_or_else(|| unknown(field))?)))
        .collect::<Result<_, AppError>>()?;
    let tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let merge = merge_contacts(tx, winner, input.loser_id, &choices, actor(&ctx), ctx.now)
        .await
        .map_err(|error| match error {
            MergeError::NotFound => AppError::NotFound,
            MergeError::Same => AppError::invalid("loser_id", "same", ctx.t("crm-merge-same")),
            MergeError::Stale => AppError::PreconditionFailed,
            MergeError::Db(error) => error.into(),
        })?;
    let location =
        HeaderValue::from_str(&API_CONTACT_MERGE.url(&winner, &merge.id)).map_err(AppError::internal)?;
    let answer = Answer(view(merge, ctx.now));
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], answer).into_response())
}

async fn undo(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path((winner, id)): Path<(ContactId, MergeId)>,
) -> WebResult<Response> {
    let refused = |code, key: &str| AppError::Conflict {
        code,
        detail: ctx.t(key),
        existing: None,
    };
    let tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    match undo_merge(tx, winner, id, actor(&ctx), ctx.now).await {
        Ok(_) => Ok(StatusCode::NO_CONTENT.into_response()),
        Err(UndoMergeError::NotFound) => Err(AppError::NotFound),
        Err(UndoMergeError::TooLate) => Err(refused("too_late", "crm-merge-too-late")),
        Err(UndoMergeError::WinnerGone) => Err(refused("winner_gone", "crm-merge-winner-gone")),
        Err(UndoMergeError::Stale) => Err(AppError::PreconditionFailed),
        Err(UndoMergeError::Db(error)) => Err(error.into()),
    }
}

pub(super) fn view(merge: Merge, now: Timestamp) -> View {
    View {
        reversible_until: merge.is_reversible(now).then(|| merge.at + REVERSIBLE),
        id: merge.id,
        winner_id: merge.winner,
        loser_id: merge.loser,
        merged_at: merge.at,
        actor: changes::actor(merge.actor),
    }
}
