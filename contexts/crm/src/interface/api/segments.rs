//! Segments by the API.

use axum::{
    Json as Answer,
    extract::State,
    response::{IntoResponse, Response},
};
use contracts::{
    ListPage,
    crm::{
        API_SEGMENT, API_SEGMENT_MEMBERS, API_SEGMENT_REBUILDS, API_SEGMENTS, NewSegment, Segment,
        SegmentMember, SegmentPatch, SegmentRule,
    },
    platform::{API_JOB, Job},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use kernel::{
    CategoryId, ContactId,
    Permission::{SegmentsRead, SegmentsWrite},
    SegmentId, Timestamp,
};
use platform::{
    NewJob,
    web::{Access, AppError, Ctx, FieldErrors, Json, Op, Path, Query, Routes, WebResult},
};
use serde::Deserialize;

use super::{limit, page};
use crate::{
    Crm,
    application::{
        check_segment::{SaveSegmentError, SegmentDefinition},
        create_segment::create_segment,
        delete_segment::{DeleteSegmentError, delete_segment},
        edit_segment::edit_segment,
    },
    domain::{
        contact::Contact,
        rule::{
            self, Problem, Schema,
            sentence::{Names, problem_key},
        },
        segment::Segment as Stored,
    },
    infrastructure::pg::CrmTx,
    interface::{
        segment_engine::{REBUILD_SEGMENT, RebuildJob},
        web::segments::{Look, end_of, name_of, names, rebuild_now, rule_sentence, title_problem},
    },
};

/// The orders that cursors belong to.
const LIST: &str = "crm.api.segments by name";
const MEMBERS: &str = "crm.api.segment_members newest first";

/// All routes of segments.
pub fn routes() -> Routes<Crm> {
    let (read, write) = (Access::needs(SegmentsRead), Access::needs(SegmentsWrite));
    Routes::new()
        .get(API_SEGMENTS.template(), read, list)
        .doc(
            Op::new("list_segments", "List segments")
                .query::<ListQuery>()
                .returns::<ListPage<Segment>>(200, "The segments by name."),
        )
        .post(API_SEGMENTS.template(), write, create)
        .doc(
            Op::new("create_segment", "Create a segment")
                .describe("Its members are found at once where that is quick, otherwise in the background.")
                .body::<NewSegment>()
                .returns::<Segment>(201, "The segment."),
        )
        .get(API_SEGMENT.template(), read, get)
        .doc(
            Op::new("get_segment", "Get a segment")
                .returns::<Segment>(200, "The segment, with its version as ETag."),
        )
        .patch(API_SEGMENT.template(), write, patch)
        .doc(
            Op::new("update_segment", "Change a segment")
                .describe("JSON Merge Patch. With `If-Match` only that version is changed, else 412.")
                .body_as::<SegmentPatch>("application/merge-patch+json")
                .returns::<Segment>(200, "The segment as it is now."),
        )
        .delete(API_SEGMENT.template(), write, delete)
        .doc(
            Op::new("delete_segment", "Delete a segment")
                .describe("Refused with 409 while another segment uses it.")
                .answers(204, "It is gone."),
        )
        .get(API_SEGMENT_MEMBERS.template(), read, members)
        .doc(
            Op::new("list_segment_members", "List who is in a segment")
                .describe("With `on`, who was in at the end of that day and still exists; `entered_at` is null then.")
                .query::<PageQuery>()
                .returns::<ListPage<SegmentMember>>(
                    200,
                    "The members as of the last rebuild, the newest contacts first.",
                ),
        )
        .post(API_SEGMENT_REBUILDS.template(), write, rebuild)
        .doc(
            Op::new("rebuild_segment", "Rebuild a segment")
                .describe("Segments keep themselves up to date; this looks at every contact now.")
                .returns::<Job>(202, "The job that does it."),
        )
}

/// Which page of the segments.
#[derive(Deserialize, utoipa::IntoParams)]
struct ListQuery {
    /// How many, 1 to 200.
    #[param(minimum = 1, maximum = 200, default = 100)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Only segments with this in their name.
    #[serde(default)]
    search: String,
    /// Only segments of this category: `cat_…`.
    #[param(value_type = Option<String>)]
    category: Option<CategoryId>,
}

/// Which page of the members.
#[derive(Deserialize, utoipa::IntoParams)]
struct PageQuery {
    /// How many, 1 to 200.
    #[param(minimum = 1, maximum = 200, default = 100)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// A day such as 2026-05-31, in the organisation's time zone.
    #[param(value_type = Option<String>)]
    on: Option<jiff::civil::Date>,
}

async fn list(ctx: Ctx, State(crm): State<Crm>, Query(query): Query<ListQuery>) -> WebResult {
    let limit = limit(query.limit);
    let after: Option<String> = query
        .cursor
        .map(|cursor| ctx.open_cursor(LIST, &cursor))
        .transpose()?;
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let mut segments = tx
        .segments(query.search.trim(), query.category, after.as_deref(), limit + 1)
        .await?;
    let more = cut(&mut segments, limit);
    let next = segments
        .last()
        .filter(|_| more)
        .map(|last| ctx.seal_cursor(LIST, &last.name));
    let reader = Reader::load(&ctx, &crm, &mut tx).await?;
    let data = segments
        .into_iter()
        .map(|segment| reader.show(&ctx, segment))
        .collect();
    page(&API_SEGMENTS.url(), data, next)
}

/// Takes off what was read beyond the limit. Returns whether there was anything.
pub(super) fn cut<T>(items: &mut Vec<T>, limit: i64) -> bool {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = items.len() > limit;
    items.truncate(limit);
    more
}

async fn get(ctx: Ctx, State(crm): State<Crm>, Path(id): Path<SegmentId>) -> WebResult {
    Ok(answer(StatusCode::OK, find(&ctx, &crm, id).await?))
}

fn answer(status: StatusCode, segment: Segment) -> Response {
    let tag = HeaderValue::from_str(&etag(segment.version));
    let mut response = (status, Answer(segment)).into_response();
    if let Ok(tag) = tag {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

fn etag(version: i32) -> String {
    format!("\"{version}\"")
}

/// Refuses when the caller knows another version than the present one.
fn check_version(headers: &HeaderMap, version: i32) -> Result<(), AppError> {
    match headers.get(header::IF_MATCH).map(HeaderValue::as_bytes) {
        None => Ok(()),
        Some(tag) if tag == b"*" || tag == etag(version).as_bytes() => Ok(()),
        Some(_) => Err(AppError::PreconditionFailed),
    }
}

async fn create(ctx: Ctx, State(crm): State<Crm>, Json(new): Json<NewSegment>) -> WebResult<Response> {
    let definition = SegmentDefinition {
        name: &new.name,
        description: &new.description,
        category: new.category,
        rule: &new.rule.0,
    };
    let tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let id = create_segment(tx, &definition)
        .await
        .map_err(|error| refusal(&ctx, error))?;
    // What cannot be done now, the engine does; `up_to_date` tells which.
    let _later = rebuild_now(&ctx, &crm, id, Look::AtWhatChanged).await?;
    let mut response = answer(StatusCode::CREATED, find(&ctx, &crm, id).await?);
    let location = HeaderValue::from_str(&API_SEGMENT.url(&id)).map_err(AppError::internal)?;
    response.headers_mut().insert(header::LOCATION, location);
    Ok(response)
}

async fn patch(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path(id): Path<SegmentId>,
    headers: HeaderMap,
    Json(patch): Json<SegmentPatch>,
) -> WebResult {
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let current = tx.segment(id).await?.ok_or(AppError::NotFound)?;
    check_version(&headers, current.version)?;
    let definition = SegmentDefinition {
        name: patch.name.as_ref().unwrap_or(&current.name),
        description: patch.description.as_ref().unwrap_or(&current.description),
        category: patch.category.unwrap_or(current.category),
        rule: patch.rule.as_ref().map_or(&current.rule, |rule| &rule.0),
    };
    // What was not sent comes from the version just read, and goes over no other.
    let version = patch.version.unwrap_or(current.version);
    edit_segment(tx, id, Some(version), &definition)
        .await
        .map_err(|error| refusal(&ctx, error))?;
    let _later = rebuild_now(&ctx, &crm, id, Look::AtWhatChanged).await?;
    Ok(answer(StatusCode::OK, find(&ctx, &crm, id).await?))
}

async fn delete(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path(id): Path<SegmentId>,
    headers: HeaderMap,
) -> WebResult<StatusCode> {
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let current = tx.segment(id).await?.ok_or(AppError::NotFound)?;
    check_version(&headers, current.version)?;
    match delete_segment(tx, id).await {
        Ok(()) => Ok(StatusCode::NO_CONTENT),
        Err(DeleteSegmentError::NotFound) => Err(AppError::NotFound),
        Err(DeleteSegmentError::Db(error)) => Err(error.into()),
        Err(DeleteSegmentError::InUse(users)) => Err(AppError::Conflict {
            code: "in_use",
            detail: ctx.ta(
                "crm-segments-delete-in-use",
                &[("names", users.join(", ").into())],
            ),
            existing: None,
        }),
    }
}

async fn members(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path(id): Path<SegmentId>,
    Query(query): Query<PageQuery>,
) -> WebResult {
    let limit = limit(query.limit);
    let after: Option<ContactId> = query
        .cursor
        .map(|cursor| ctx.open_cursor(MEMBERS, &cursor))
        .transpose()?;
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    tx.segment(id).await?.ok_or(AppError::NotFound)?;
    let mut data: Vec<SegmentMember> = match query.on {
        None => {
            let members = tx.segment_members(id, after, limit + 1).await?.into_iter();
            members
                .map(|member| show_member(&ctx, member.contact, Some(member.entered_at)))
                .collect()
        }
        Some(day) => {
            let members = tx
                .segment_members_at(id, end_of(&ctx, day), after, limit + 1)
                .await?;
            members
                .into_iter()
                .map(|contact| show_member(&ctx, contact, None))
                .collect()
        }
    };
    let more = cut(&mut data, limit);
    let next = data
        .last()
        .filter(|_| more)
        .map(|last| ctx.seal_cursor(MEMBERS, &last.contact));
    page(&API_SEGMENT_MEMBERS.url(&id), data, next)
}

async fn rebuild(ctx: Ctx, State(crm): State<Crm>, Path(id): Path<SegmentId>) -> WebResult<Response> {
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    tx.segment(id).await?.ok_or(AppError::NotFound)?;
    let job = tx
        .enqueue(NewJob::new(
            REBUILD_SEGMENT,
            ctx.org,
            &RebuildJob { segment: id },
        )?)
        .await?;
    let shown = platform::jobs::find(tx.platform(), ctx.org, job)
        .await?
        .ok_or(AppError::NotFound)?;
    tx.commit().await?;
    Ok((
        StatusCode::ACCEPTED,
        [(header::LOCATION, API_JOB.url(&job))],
        Answer(shown),
    )
        .into_response())
}

async fn find(ctx: &Ctx, crm: &Crm, id: SegmentId) -> Result<Segment, AppError> {
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let segment = tx.segment(id).await?.ok_or(AppError::NotFound)?;
    Ok(Reader::load(ctx, crm, &mut tx).await?.show(ctx, segment))
}

/// What is needed to say rules in words.
pub(super) struct Reader {
    pub schema: Schema,
    pub names: Names,
}

impl Reader {
    pub async fn load(ctx: &Ctx, crm: &Crm, tx: &mut CrmTx) -> Result<Self, AppError> {
        Ok(Self {
            schema: tx.rule_schema().await?,
            names: names(ctx, crm, tx).await?,
        })
    }

    fn show(&self, ctx: &Ctx, segment: Stored) -> Segment {
        let rule = rule::parse(&segment.rule, &self.schema).ok();
        let sentence = rule.map(|rule| rule_sentence(ctx, &rule, &self.schema, &self.names));
        Segment {
            id: segment.id,
            name: segment.name,
            description: segment.description,
            category: segment.category,
            sentence: sentence.unwrap_or_default(),
            rule: SegmentRule(segment.rule),
            member_count: segment.member_count,
            rebuilt_at: segment.rebuilt_at,
            up_to_date: !segment.stale && segment.problem.is_none(),
            problem: segment.problem.map(|problem| problem.as_str().to_owned()),
            version: segment.version,
            created_at: segment.created_at,
            updated_at: segment.updated_at,
        }
    }
}

fn show_member(ctx: &Ctx, contact: Contact, entered_at: Option<Timestamp>) -> SegmentMember {
    SegmentMember {
        contact: contact.id,
        name: name_of(ctx, &contact),
        email: contact.email.map(kernel::EmailAddress::into_string),
        entered_at,
    }
}

fn refusal(ctx: &Ctx, error: SaveSegmentError) -> AppError {
    match error {
        SaveSegmentError::Invalid { title, rule } => {
            let mut errors = rule_errors(ctx, "rule", &rule);
            if let Some((field, code, key)) = title.map(title_problem) {
                errors.add(field, code, ctx.t(key));
            }
            AppError::Invalid(errors)
        }
        SaveSegmentError::NameTaken => AppError::Conflict {
            code: "name_taken",
            detail: ctx.t("crm-segments-name-taken"),
            existing: None,
        },
        SaveSegmentError::Changed => AppError::Conflict {
            code: "changed",
            detail: ctx.t("crm-segments-api-changed"),
            existing: None,
        },
        SaveSegmentError::NoCategory => AppError::invalid(
            "category",
            "unknown_category",
            ctx.t("crm-segments-category-gone"),
        ),
        SaveSegmentError::NotFound => AppError::NotFound,
        SaveSegmentError::Db(error) => error.into(),
    }
}

/// Problems of a rule that stands at `at` in the body, each with its place.
pub(super) fn rule_errors(ctx: &Ctx, at: &str, problems: &[Problem]) -> FieldErrors {
    let mut errors = FieldErrors::new();
    for problem in problems {
        let place = format!("{at}{}", problem.pointer);
        errors.add(
            place.trim_start_matches('/'),
            problem.code.word(),
            ctx.t(&problem_key(problem.code)),
        );
    }
    errors
}
