//! Records for programs: companies, and those of every object.

use axum::{
    Json as Answer,
    extract::State,
    response::{IntoResponse, Response},
};
use contracts::crm::{
    contacts::ContactProblem,
    objects::{
        ContactLink, LinkInput, Record as RecordView, RecordBatch, RecordBatchItem, RecordBatchResult,
        RecordContact as ContactView, RecordInput as Input, RecordLink as LinkView,
    },
    people::PageQuery,
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use kernel::{ContactId, RecordId, Timestamp};
use platform::web::{AppError, Ctx, Json, Query, WebResult};

use super::{limit, page, record_target::Target};
use crate::{
    Crm,
    application::{
        delete_records::delete_records,
        unlink_records::{unlink_contact, unlink_record},
        write_records::write_records,
    },
    domain::{
        change::Cause,
        contact_input::Problem,
        field::Field,
        object::Object,
        record::{Record, RecordInput, RecordPatch, parse_role},
        record_item::{ContactRef, RecordItem, RecordKey, RecordRef, WantedContact},
        record_plan::{RecordOutcome, seen_from},
    },
    infrastructure::pg::CrmTx,
    interface::{
        acting::by,
        problem_text::{field_errors, reason, write_records_error},
        record_query::RecordListQuery,
    },
};

const MAX_BATCH: usize = 1000;
/// The most links of one relation that are shown.
const MOST_LINKS: i64 = 200;
const PEOPLE: &str = "crm.record_contacts by contact";

pub async fn list(
    ctx: Ctx,
    State(crm): State<Crm>,
    target: Target,
    Query(pairs): Query<Vec<(String, String)>>,
) -> WebResult {
    let query = RecordListQuery::read(pairs);
    let (mut tx, object) = target.open(&crm, &ctx).await?;
    let fields = tx.fields_of(&[&object.key]).await?;
    let bad = |bad: crate::interface::contact_query::BadParameter| {
        AppError::invalid(bad.name, bad.code, ctx.t("crm-list-bad-parameter"))
    };
    let (order, filter) = (query.order().map_err(bad)?, query.filter(&fields).map_err(bad)?);
    let name = format!("api.records {} {}", object.key, order.as_str());
    let from = query
        .cursor
        .as_deref()
        .map(|cursor| ctx.open_cursor(&name, cursor))
        .transpose()?;
    let found = tx
        .list_records(object.id, &filter, order, from.as_ref(), limit(query.limit))
        .await?;
    let next = found.next.map(|position| ctx.seal_cursor(&name, &position));
    let data: Vec<RecordView> = found
        .records
        .into_iter()
        .map(|record| view(&object, record))
        .collect();
    page(&target.list_url(), data, next)
}

pub async fn get(ctx: Ctx, State(crm): State<Crm>, target: Target) -> WebResult {
    let (mut tx, object) = target.open(&crm, &ctx).await?;
    let record = tx
        .record_of(object.id, target.record()?)
        .await?
        .ok_or(AppError::NotFound)?;
    Ok(answer(StatusCode::OK, &object, record))
}

pub async fn get_by(ctx: Ctx, State(crm): State<Crm>, target: Target) -> WebResult {
    let (mut tx, object) = target.open(&crm, &ctx).await?;
    let found = tx
        .records_by_external_id(object.id, &[target.value()])
        .await?
        .pop();
    Ok(answer(StatusCode::OK, &object, found.ok_or(AppError::NotFound)?))
}

pub async fn create(ctx: Ctx, State(crm): State<Crm>, target: Target, Json(input): Json<Input>) -> WebResult {
    let (mut tx, object) = target.open(&crm, &ctx).await?;
    let fields = tx.fields_of(&[&object.key]).await?;
    let item = item(&input, &fields, RecordKey::New).map_err(|problems| invalid(&ctx, &problems))?;
    let outcome = one(tx, &object, item, &ctx).await?;
    let id = settled(&ctx, &outcome)?;
    let mut response = saved(&crm, &ctx, &object, id, StatusCode::CREATED).await?;
    let location = HeaderValue::from_str(&target.record_url(id)).map_err(AppError::internal)?;
    response.headers_mut().insert(header::LOCATION, location);
    Ok(response)
}

/// Creates or changes the one that another system calls so.
pub async fn put_by(
    ctx: Ctx,
    State(crm): State<Crm>,
    target: Target,
    Json(mut input): Json<Input>,
) -> WebResult {
    let (mut tx, object) = target.open(&crm, &ctx).await?;
    let fields = tx.fields_of(&[&object.key]).await?;
    // What the address of the request says wins over the body.
    input.external_id = Some(Some(target.value().to_owned()));
    let key = RecordKey::ExternalId(target.value().trim().to_owned());
    let item = item(&input, &fields, key).map_err(|problems| invalid(&ctx, &problems))?;
    let outcome = one(tx, &object, item, &ctx).await?;
    let status = match outcome {
        RecordOutcome::Created(_) => StatusCode::CREATED,
        _ => StatusCode::OK,
    };
    let id = settled(&ctx, &outcome)?;
    saved(&crm, &ctx, &object, id, status).await
}

/// JSON Merge Patch.
pub async fn change(
    ctx: Ctx,
    State(crm): State<Crm>,
    target: Target,
    headers: HeaderMap,
    Json(input): Json<Input>,
) -> WebResult {
    let (mut tx, object) = target.open(&crm, &ctx).await?;
    let fields = tx.fields_of(&[&object.key]).await?;
    let before = tx
        .record_of(object.id, target.record()?)
        .await?
        .ok_or(AppError::NotFound)?;
    let key = RecordKey::Id(before.id, if_match(&headers, &before)?);
    let item = item(&input, &fields, key).map_err(|problems| invalid(&ctx, &problems))?;
    let outcome = one(tx, &object, item, &ctx).await?;
    let id = settled(&ctx, &outcome)?;
    saved(&crm, &ctx, &object, id, StatusCode::OK).await
}

pub async fn delete(ctx: Ctx, State(crm): State<Crm>, target: Target, headers: HeaderMap) -> WebResult {
    let (mut tx, object) = target.open(&crm, &ctx).await?;
    let record = tx
        .record_of(object.id, target.record()?)
        .await?
        .ok_or(AppError::NotFound)?;
    if_match(&headers, &record)?;
    delete_records(tx, &object, &[record.id], &by(&ctx, Cause::Api), ctx.now).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Up to a thousand at once, each with its own outcome.
pub async fn batch(
    ctx: Ctx,
    State(crm): State<Crm>,
    target: Target,
    Json(batch): Json<RecordBatch>,
) -> WebResult {
    if batch.records.len() > MAX_BATCH {
        return Err(AppError::invalid(
            "records",
            "too_many",
            ctx.t("crm-api-batch-too-large"),
        ));
    }
    let (mut tx, object) = target.open(&crm, &ctx).await?;
    let fields = tx.fields_of(&[&object.key]).await?;
    let read: Vec<_> = batch
        .records
        .iter()
        .map(|input| {
            let key = match &input.external_id {
                Some(Some(id)) => RecordKey::ExternalId(id.trim().to_owned()),
                _ => RecordKey::New,
            };
            item(input, &fields, key)
        })
        .collect();
    let items: Vec<RecordItem> = read
        .iter()
        .filter_map(|item| item.as_ref().ok().cloned())
        .collect();
    let mut outcomes = write_records(tx, &object, items, &by(&ctx, Cause::Api), ctx.now)
        .await
        .map_err(write_records_error)?
        .into_iter();
    let results = read
        .iter()
        .enumerate()
        .map(|(n, item)| match item {
            Err(problems) => rejected(&ctx, n, problems),
            Ok(_) => result(&ctx, n, outcomes.next()),
        })
        .collect();
    Ok(Answer(RecordBatchResult { results }).into_response())
}

/// Whom a record belongs to.
pub async fn contacts(
    ctx: Ctx,
    State(crm): State<Crm>,
    target: Target,
    Query(query): Query<PageQuery>,
) -> WebResult {
    let (mut tx, object) = target.open(&crm, &ctx).await?;
    let record = tx
        .record_of(object.id, target.record()?)
        .await?
        .ok_or(AppError::NotFound)?;
    let after: Option<ContactId> = query
        .cursor
        .as_deref()
        .map(|cursor| ctx.open_cursor(PEOPLE, cursor))
        .transpose()?;
    let limit = limit(query.limit);
    let mut people = tx.linked_contacts(record.id, after, limit + 1).await?;
    let more = people.len() as i64 > limit;
    people.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let next = people
        .last()
        .filter(|_| more)
        .map(|last| ctx.seal_cursor(PEOPLE, &last.id));
    let data: Vec<ContactView> = people
        .into_iter()
        .map(|person| ContactView {
            id: person.id,
            email: person.email,
            name: person.name,
            role: person.role,
            primary: person.primary,
            linked_at: person.linked_at,
        })
        .collect();
    page(&format!("{}/contacts", target.record_url(record.id)), data, next)
}

/// Links it with somebody, or changes their role.
pub async fn link(
    ctx: Ctx,
    State(crm): State<Crm>,
    target: Target,
    Json(link): Json<ContactLink>,
) -> WebResult {
    let (tx, object) = target.open(&crm, &ctx).await?;
    let wanted = wanted_contact(&link).map_err(|problem| invalid(&ctx, &[problem]))?;
    let item = RecordItem {
        key: RecordKey::Id(target.record()?, None),
        patch: RecordPatch::default(),
        new_patch: Ok(RecordPatch::default()),
        contacts: vec![wanted],
        links: Default::default(),
    };
    settled(&ctx, &one(tx, &object, item, &ctx).await?)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

pub async fn unlink(ctx: Ctx, State(crm): State<Crm>, target: Target) -> WebResult {
    let (mut tx, object) = target.open(&crm, &ctx).await?;
    let record = tx
        .record_of(object.id, target.record()?)
        .await?
        .ok_or(AppError::NotFound)?;
    if unlink_contact(
        tx,
        &object,
        record.id,
        target.contact()?,
        &by(&ctx, Cause::Api),
        ctx.now,
    )
    .await?
    {
        Ok(StatusCode::NO_CONTENT.into_response())
    } else {
        Err(AppError::NotFound)
    }
}

/// What it is linked with.
pub async fn links(ctx: Ctx, State(crm): State<Crm>, target: Target) -> WebResult {
    let (mut tx, object) = target.open(&crm, &ctx).await?;
    let record = tx
        .record_of(object.id, target.record()?)
        .await?
        .ok_or(AppError::NotFound)?;
    let objects = tx.objects().await?;
    let words = seen_from(object.id, tx.relations().await?);
    let linked = tx.linked_records(&[record.id], MOST_LINKS).await?;
    let data: Vec<LinkView> = linked
        .into_iter()
        .filter_map(|linked| {
            let (word, _) = words.iter().find(|(_, (relation, forward))| {
                relation.id == linked.relation && *forward == linked.forward
            })?;
            let other = objects.iter().find(|object| object.id == linked.record.object)?;
            Some(LinkView {
                relation: word.clone(),
                id: linked.record.id,
                object: other.key.clone(),
                external_id: linked.record.external_id,
                name: linked.record.name,
            })
        })
        .collect();
    page(&format!("{}/links", target.record_url(record.id)), data, None)
}

/// Links it with another record.
pub async fn join(
    ctx: Ctx,
    State(crm): State<Crm>,
    target: Target,
    Json(link): Json<LinkInput>,
) -> WebResult {
    let (tx, object) = target.open(&crm, &ctx).await?;
    let item = RecordItem {
        key: RecordKey::Id(target.record()?, None),
        patch: RecordPatch::default(),
        new_patch: Ok(RecordPatch::default()),
        contacts: Vec::new(),
        links: [(link.relation, vec![RecordRef::read(&link.record)])].into(),
    };
    settled(&ctx, &one(tx, &object, item, &ctx).await?)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Takes such a link away.
pub async fn part(
    ctx: Ctx,
    State(crm): State<Crm>,
    target: Target,
    Query(link): Query<LinkInput>,
) -> WebResult {
    let (mut tx, object) = target.open(&crm, &ctx).await?;
    let record = tx
        .record_of(object.id, target.record()?)
        .await?
        .ok_or(AppError::NotFound)?;
    let other = RecordRef::read(&link.record);
    if unlink_record(tx, &object, record.id, &link.relation, &other).await? {
        Ok(StatusCode::NO_CONTENT.into_response())
    } else {
        Err(AppError::NotFound)
    }
}

/// A record as the API shows it.
fn view(object: &Object, record: Record) -> RecordView {
    RecordView {
        id: record.id,
        object: object.key.clone(),
        external_id: record.external_id,
        name: record.name,
        owner_id: record.owner,
        attributes: record.attributes,
        created_at: record.created_at,
        updated_at: record.updated_at,
    }
}

fn answer(status: StatusCode, object: &Object, record: Record) -> Response {
    let tag = HeaderValue::from_str(&etag(&record));
    let mut response = (status, Answer(view(object, record))).into_response();
    if let Ok(tag) = tag {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

async fn saved(crm: &Crm, ctx: &Ctx, object: &Object, id: RecordId, status: StatusCode) -> WebResult {
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let record = tx.record_of(object.id, id).await?.ok_or(AppError::NotFound)?;
    Ok(answer(status, object, record))
}

fn etag(record: &Record) -> String {
    format!("\"{}\"", record.updated_at.as_microsecond())
}

/// The version that the caller knows, when it says so and it is the present one.
fn if_match(headers: &HeaderMap, record: &Record) -> Result<Option<Timestamp>, AppError> {
    match headers.get(header::IF_MATCH).map(HeaderValue::as_bytes) {
        None => Ok(None),
        Some(value) if value == b"*" || value == etag(record).as_bytes() => Ok(Some(record.updated_at)),
        Some(_) => Err(AppError::PreconditionFailed),
    }
}

fn invalid(ctx: &Ctx, problems: &[Problem]) -> AppError {
    AppError::Invalid(field_errors(&ctx.l10n, problems))
}

/// What a program asks for. Absent stays, `null` clears.
fn item(input: &Input, fields: &[Field], key: RecordKey) -> Result<RecordItem, Vec<Problem>> {
    let read = || {
        let mut builder = RecordInput::new(fields);
        if let Some(name) = &input.name {
            builder.name(name.as_deref().unwrap_or_default());
        }
        if let Some(id) = &input.external_id {
            builder.external_id(id.as_deref().unwrap_or_default());
        }
        if let Some(owner) = input.owner_id {
            builder.owner(owner);
        }
        for (name, value) in input.attributes.iter().flatten() {
            builder.attribute_json(name, value);
        }
        builder
    };
    let new_patch = read().finish_new();
    let patch = match (&key, read().finish()) {
        (RecordKey::New, _) => new_patch.clone()?,
        (_, patch) => patch?,
    };
    let mut contacts = Vec::new();
    for (n, link) in input.contacts.iter().flatten().enumerate() {
        let wanted = wanted_contact(link).map_err(|problem| {
            vec![Problem {
                field: format!("contacts/{n}/{}", problem.field),
                ..problem
            }]
        })?;
        contacts.push(wanted);
    }
    let links = input.links.iter().flatten().map(|(relation, others)| {
        let others = others.iter().map(|other| RecordRef::read(other)).collect();
        (relation.clone(), others)
    });
    Ok(RecordItem {
        key,
        patch,
        new_patch,
        contacts,
        links: links.collect(),
    })
}

fn wanted_contact(link: &ContactLink) -> Result<WantedContact, Problem> {
    let told = [
        link.id.map(ContactRef::Id),
        link.email
            .as_ref()
            .map(|email| ContactRef::Email(email.trim().to_lowercase())),
        link.external_id
            .as_ref()
            .map(|id| ContactRef::ExternalId(id.trim().to_owned())),
    ];
    let mut told = told.into_iter().flatten();
    let (Some(who), None) = (told.next(), told.next()) else {
        return Err(Problem {
            field: "id".to_owned(),
            code: "which_contact",
        });
    };
    Ok(WantedContact {
        who,
        role: link.role.as_deref().map(parse_role).transpose()?,
        primary: link.primary,
    })
}

async fn one(tx: CrmTx, object: &Object, item: RecordItem, ctx: &Ctx) -> Result<RecordOutcome, AppError> {
    let outcomes = write_records(tx, object, vec![item], &by(ctx, Cause::Api), ctx.now)
        .await
        .map_err(write_records_error)?;
    Ok(outcomes.into_iter().next().unwrap_or(RecordOutcome::Missing))
}

/// The record that was written, or why none was.
fn settled(ctx: &Ctx, outcome: &RecordOutcome) -> Result<RecordId, AppError> {
    match outcome {
        RecordOutcome::Created(id) | RecordOutcome::Updated(id) | RecordOutcome::Unchanged(id) => Ok(*id),
        RecordOutcome::Missing => Err(AppError::NotFound),
        RecordOutcome::Stale => Err(AppError::PreconditionFailed),
        RecordOutcome::Taken(other) => Err(AppError::Conflict {
            code: "external_id_taken",
            detail: reason(&ctx.l10n, "record_external_id_taken"),
            existing: Some(other.to_string()),
        }),
        RecordOutcome::Rejected(problems) => Err(invalid(ctx, problems)),
    }
}

fn result(ctx: &Ctx, n: usize, outcome: Option<RecordOutcome>) -> RecordBatchItem {
    let done = |status, id| RecordBatchItem {
        status,
        id: Some(id),
        errors: Vec::new(),
    };
    match outcome {
        Some(RecordOutcome::Created(id)) => done("created", id),
        Some(RecordOutcome::Updated(id)) => done("updated", id),
        Some(RecordOutcome::Unchanged(id)) => done("unchanged", id),
        Some(RecordOutcome::Rejected(problems)) => rejected(ctx, n, &problems),
        Some(RecordOutcome::Taken(_) | RecordOutcome::Stale | RecordOutcome::Missing) | None => {
            let problem = Problem {
                field: "external_id".to_owned(),
                code: "record_external_id_taken",
            };
            rejected(ctx, n, &[problem])
        }
    }
}

fn rejected(ctx: &Ctx, n: usize, problems: &[Problem]) -> RecordBatchItem {
    let errors = problems.iter().map(|problem| ContactProblem {
        pointer: format!("#/records/{n}/{}", problem.field),
        code: problem.code.to_owned(),
        detail: reason(&ctx.l10n, problem.code),
    });
    RecordBatchItem {
        status: "rejected",
        id: None,
        errors: errors.collect(),
    }
}
