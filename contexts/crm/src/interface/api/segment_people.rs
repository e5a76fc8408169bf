//! Who is put into segments and taken out by hand, trying rules, and the history, by the API.

use axum::{Json as Answer, extract::State, response::Response};
use contracts::{
    ListPage,
    crm::segments::{
        API_SEGMENT_HISTORY, API_SEGMENT_OVERRIDE, API_SEGMENT_OVERRIDES, API_SEGMENT_PREVIEWS,
        API_SEGMENT_TESTS, SegmentHistoryDay, SegmentOverride, SegmentOverrideInput, SegmentOverridesInput,
        SegmentOverridesResult, SegmentPreview, SegmentPreviewInput, SegmentSampleContact, SegmentTest,
        SegmentTestCondition, SegmentTestInput,
    },
    event::MAX_ITEMS,
};
use http::StatusCode;
use kernel::{
    ContactId,
    Permission::{SegmentsRead, SegmentsWrite},
    SegmentId,
};
use platform::web::{Access, AppError, Ctx, Json, Op, Path, Query, Routes, WebResult};
use serde::Deserialize;

use super::{
    limit, page,
    segments::{Reader, cut, rule_errors},
};
use crate::{
    Crm,
    application::{
        override_segment::{OverrideError, Overrides, override_segment},
        preview_segment::{Expected, Precision, preview_segment},
        test_contact::{find_contact, test_contact},
    },
    domain::rule::{self, Moment, leaves, sentence::condition_clause, verdict},
    infrastructure::pg::CrmTx,
    interface::web::segments::{
        Look, acting, history_of, name_of, reasons_text, rebuild_now, rule_sentence, say,
    },
};

/// The order that cursors belong to.
const OVERRIDES: &str = "crm.api.segment_overrides newest first";
/// The most days of a history.
const MOST_DAYS: i64 = 400;

/// The routes.
pub fn routes() -> Routes<Crm> {
    let (read, write) = (Access::needs(SegmentsRead), Access::needs(SegmentsWrite));
    Routes::new()
        .post(API_SEGMENT_PREVIEWS.template(), read, preview)
        .doc(
            Op::new("preview_segment", "See whom a rule finds")
                .describe("Counts within a quarter of a second, or estimates from a sample; with `exact` it counts.")
                .body::<SegmentPreviewInput>()
                .returns::<SegmentPreview>(200, "How many, some of them, and why."),
        )
        .post(API_SEGMENT_TESTS.template(), read, test)
        .doc(
            Op::new("test_segment", "Try a rule on a contact")
                .body::<SegmentTestInput>()
                .returns::<SegmentTest>(200, "Whether they match, and which conditions hold."),
        )
        .get(API_SEGMENT_OVERRIDES.template(), read, list)
        .doc(
            Op::new("list_segment_overrides", "List who was put in or taken out by hand")
                .query::<PageQuery>()
                .returns::<ListPage<SegmentOverride>>(200, "The newest contacts first."),
        )
        .post(API_SEGMENT_OVERRIDES.template(), write, change_many)
        .doc(
            Op::new("change_segment_overrides", "Put contacts in, take them out, or let the rule decide")
                .describe("Up to 1,000 contacts at once; those that do not exist are passed over.")
                .body::<SegmentOverridesInput>()
                .returns::<SegmentOverridesResult>(200, "How many were changed."),
        )
        .put(API_SEGMENT_OVERRIDE.template(), write, put)
        .doc(
            Op::new("put_segment_override", "Put a contact in, or take it out")
                .body::<SegmentOverrideInput>()
                .answers(204, "It is so."),
        )
        .delete(API_SEGMENT_OVERRIDE.template(), write, reset)
        .doc(
            Op::new("delete_segment_override", "Let the rule decide about a contact again")
                .answers(204, "It does."),
        )
        .get(API_SEGMENT_HISTORY.template(), read, history)
        .doc(
            Op::new("get_segment_history", "Get how many were in a segment on each day")
                .query::<HistoryQuery>()
                .returns::<ListPage<SegmentHistoryDay>>(200, "The days, the oldest first."),
        )
}

/// Which page.
#[derive(Deserialize, utoipa::IntoParams)]
struct PageQuery {
    /// How many, 1 to 200.
    #[param(minimum = 1, maximum = 200, default = 100)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// How far back.
#[derive(Deserialize, utoipa::IntoParams)]
struct HistoryQuery {
    /// How many days, 1 to 400.
    #[param(minimum = 1, maximum = 400, default = 30)]
    days: Option<i64>,
}

fn moment(ctx: &Ctx) -> Moment {
    Moment {
        now: ctx.now,
        zone: ctx.zone.clone(),
    }
}

async fn preview(
    ctx: Ctx,
    State(crm): State<Crm>,
    Json(input): Json<SegmentPreviewInput>,
) -> WebResult<Answer<SegmentPreview>> {
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let reader = Reader::load(&ctx, &crm, &mut tx).await?;
    drop(tx);
    let rule = rule::parse(&input.rule.0, &reader.schema)
        .map_err(|problems| AppError::Invalid(rule_errors(&ctx, "rule", &problems)))?;
    let precision = if input.exact {
        Precision::Exact
    } else {
        Precision::Quick
    };
    let found = preview_segment(&crm.deps.db, ctx.org, &rule, &moment(&ctx), precision).await?;
    let sample = found
        .people
        .into_iter()
        .map(|(contact, answers)| SegmentSampleContact {
            contact: contact.id,
            name: name_of(&ctx, &contact),
            reasons: reasons_text(&ctx, &rule, &answers, &reader.schema, &reader.names),
            email: contact.email.map(kernel::EmailAddress::into_string),
        });
    Ok(Answer(SegmentPreview {
        count: found.count,
        margin: found.margin,
        expected_ms: match found.expected {
            Expected::Milliseconds(ms) => Some(ms),
            Expected::Long => None,
        },
        sentence: rule_sentence(&ctx, &rule, &reader.schema, &reader.names),
        sample: sample.collect(),
    }))
}

async fn test(
    ctx: Ctx,
    State(crm): State<Crm>,
    Json(input): Json<SegmentTestInput>,
) -> WebResult<Answer<SegmentTest>> {
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let reader = Reader::load(&ctx, &crm, &mut tx).await?;
    let rule = rule::parse(&input.rule.0, &reader.schema)
        .map_err(|problems| AppError::Invalid(rule_errors(&ctx, "rule", &problems)))?;
    let contact = find_contact(&mut tx, &input.contact)
        .await?
        .ok_or_else(|| AppError::invalid("contact", "unknown_contact", ctx.t("crm-segments-probe-nobody")))?;
    let answers = test_contact(&mut tx, &rule, &moment(&ctx), contact.id).await?;
    let conditions = leaves(&rule).into_iter().zip(&answers).map(|(condition, holds)| {
        let say = |key: &str, words: &[_]| say(&ctx, key, words);
        SegmentTestCondition {
            sentence: condition_clause(condition, &reader.schema, &reader.names, &say),
            holds: *holds,
        }
    });
    Ok(Answer(SegmentTest {
        contact: contact.id,
        matches: verdict(&rule, &answers).holds(),
        conditions: conditions.collect(),
    }))
}

async fn list(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path(id): Path<SegmentId>,
    Query(query): Query<PageQuery>,
) -> WebResult {
    let limit = limit(query.limit);
    let after: Option<ContactId> = query
        .cursor
        .map(|cursor| ctx.open_cursor(OVERRIDES, &cursor))
        .transpose()?;
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    tx.segment(id).await?.ok_or(AppError::NotFound)?;
    let mut overrides = tx.segment_overrides(id, after, limit + 1).await?;
    let more = cut(&mut overrides, limit);
    let next = overrides
        .last()
        .filter(|_| more)
        .map(|last| ctx.seal_cursor(OVERRIDES, &last.contact.id));
    let data: Vec<SegmentOverride> = overrides
        .into_iter()
        .map(|one| SegmentOverride {
            contact: one.contact.id,
            email: one.contact.email.map(kernel::EmailAddress::into_string),
            included: one.included,
            at: one.at,
        })
        .collect();
    page(&API_SEGMENT_OVERRIDES.url(&id), data, next)
}

async fn change_many(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path(id): Path<SegmentId>,
    Json(input): Json<SegmentOverridesInput>,
) -> WebResult<Answer<SegmentOverridesResult>> {
    if input.include.len() + input.exclude.len() + input.reset.len() > MAX_ITEMS {
        return Err(AppError::invalid(
            "",
            "too_many",
            ctx.t("crm-segments-too-many-overrides"),
        ));
    }
    let done = change(
        &ctx,
        &crm,
        id,
        Overrides {
            include: input.include,
            exclude: input.exclude,
            reset: input.reset,
        },
    )
    .await?;
    Ok(Answer(SegmentOverridesResult {
        included: done.included,
        excluded: done.excluded,
        reset: done.reset,
    }))
}

async fn put(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path((id, contact)): Path<(SegmentId, ContactId)>,
    Json(input): Json<SegmentOverrideInput>,
) -> WebResult<StatusCode> {
    let one = vec![contact];
    let overrides = if input.included {
        Overrides {
            include: one,
            ..Overrides::default()
        }
    } else {
        Overrides {
            exclude: one,
            ..Overrides::default()
        }
    };
    let done = change(&ctx, &crm, id, overrides).await?;
    if done.included + done.excluded == 0 {
        return Err(AppError::NotFound);
    }
    Ok(StatusCode::NO_CONTENT)
}

async fn reset(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path((id, contact)): Path<(SegmentId, ContactId)>,
) -> WebResult<StatusCode> {
    let overrides = Overrides {
        reset: vec![contact],
        ..Overrides::default()
    };
    let done = change(&ctx, &crm, id, overrides).await?;
    if done.reset == 0 {
        return Err(AppError::NotFound);
    }
    Ok(StatusCode::NO_CONTENT)
}

async fn change(
    ctx: &Ctx,
    crm: &Crm,
    id: SegmentId,
    overrides: Overrides,
) -> Result<crate::application::override_segment::Overridden, AppError> {
    let tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let done = override_segment(tx, id, &overrides, acting(ctx))
        .await
        .map_err(|error| match error {
            OverrideError::NotFound => AppError::NotFound,
            OverrideError::Db(error) => error.into(),
        })?;
    // What cannot be done now, the engine does.
    let _later = rebuild_now(ctx, crm, id, Look::AtWhatChanged).await?;
    Ok(done)
}

async fn history(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path(id): Path<SegmentId>,
    Query(query): Query<HistoryQuery>,
) -> WebResult<Response> {
    let days = query.days.unwrap_or(30).clamp(1, MOST_DAYS);
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let segment = tx.segment(id).await?.ok_or(AppError::NotFound)?;
    let data: Vec<SegmentHistoryDay> = history_of(&ctx, &mut tx, &segment, days)
        .await?
        .into_iter()
        .map(|day| SegmentHistoryDay {
            day: day.day,
            members: day.members,
            entered: day.entered,
            left: day.departed,
        })
        .collect();
    page(&API_SEGMENT_HISTORY.url(&id), data, None)
}
