//! Records: the list of an object's, one of them, and its form. Companies are one object of many.

mod form;
mod form_view;
mod list_view;
pub mod panel;
mod view;

pub use list_view::kind_badge;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use contracts::crm::{
    CONTACT,
    objects::{
        CONTACT_RECORDS, CONTACT_RECORDS_REMOVAL, RECORD, RECORD_CONTACTS, RECORD_CONTACTS_REMOVAL,
        RECORD_DELETION, RECORD_EDIT, RECORD_LINKS, RECORD_LINKS_REMOVAL, RECORD_MERGE, RECORD_NEW,
        RECORD_OBJECTS, RECORDS,
    },
};
use http::StatusCode;
use kernel::{ContactId, Permission, RecordId};
use platform::{
    NavItem,
    web::{Access, AppError, Ctx, FieldErrors, Form, Path, Query, Redirect, Routes, Toast, View, WebResult},
};
use serde::Deserialize;
use ui_kit::Icon;

use self::form::RecordForm;
use crate::{
    Crm,
    application::{
        delete_records::delete_records,
        merge_records::merge_records,
        open_objects::open,
        unlink_records::{unlink_contact, unlink_record},
        write_records::write_records,
    },
    domain::{
        change::Cause,
        contact_input::Problem,
        object::{COMPANIES, Object},
        record::{RecordPatch, parse_role},
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

/// Records on one page.
const PAGE: i64 = 50;
/// People and linked records that the page of one shows.
const MOST_LINKED: i64 = 100;

pub fn routes() -> Routes<Crm> {
    let read = Access::needs(Permission::RecordsRead);
    let write = Access::needs(Permission::RecordsWrite);
    Routes::new()
        .get(RECORD_OBJECTS.template(), read, index)
        .get(RECORDS.template(), read, list)
        .get(RECORD_NEW.template(), write, new)
        .post(RECORD_NEW.template(), write, create)
        .get(RECORD.template(), read, show)
        .get(RECORD_EDIT.template(), write, edit)
        .post(RECORD_EDIT.template(), write, change)
        .post(RECORD_DELETION.template(), write, delete)
        .post(RECORD_CONTACTS.template(), write, link)
        .post(RECORD_CONTACTS_REMOVAL.template(), write, unlink)
        .post(RECORD_LINKS.template(), write, join)
        .post(RECORD_LINKS_REMOVAL.template(), write, part)
        .post(RECORD_MERGE.template(), write, merge)
        .post(CONTACT_RECORDS.template(), write, link_from_contact)
        .post(CONTACT_RECORDS_REMOVAL.template(), write, unlink_from_contact)
}

pub fn nav() -> [NavItem; 2] {
    [
        NavItem {
            order: 22,
            label_key: "crm-nav-companies",
            icon: Icon::Building,
            href: RECORDS.url(&COMPANIES.to_owned()),
            permission: Permission::RecordsRead,
            shortcut: None,
        },
        NavItem {
            order: 24,
            label_key: "crm-nav-records",
            icon: Icon::List,
            href: RECORD_OBJECTS.url(),
            permission: Permission::RecordsRead,
            shortcut: None,
        },
    ]
}

/// All objects, to choose one.
async fn index(ctx: Ctx, State(crm): State<Crm>) -> WebResult {
    let objects = open(&crm.deps.db, ctx.org).await?.objects().await?;
    Ok(list_view::index_page(&ctx, &objects))
}

/// The list of an object's records.
async fn list(
    ctx: Ctx,
    view: View,
    State(crm): State<Crm>,
    Path(key): Path<String>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> WebResult {
    let query = RecordListQuery::read(pairs);
    let (mut tx, object) = find(&crm, &ctx, &key).await?;
    let fields = tx.fields_of(&[&object.key]).await?;
    let bad = |bad: crate::interface::contact_query::BadParameter| {
        AppError::invalid(bad.name, bad.code, ctx.t("crm-list-bad-parameter"))
    };
    let (order, filter) = (query.order().map_err(bad)?, query.filter(&fields).map_err(bad)?);
    let name = format!("crm.records {} {}", object.key, order.as_str());
    let from = query
        .cursor
        .as_deref()
        .map(|cursor| ctx.open_cursor(&name, cursor))
        .transpose()?;
    let page = tx
        .list_records(object.id, &filter, order, from.as_ref(), PAGE)
        .await?;
    let at = |position| query.at(&object.key, ctx.seal_cursor(&name, position));
    let list = list_view::List {
        next: page.next.as_ref().map(at),
        previous: page.previous.as_ref().map(at),
        object: &object,
        query: &query,
        order,
        filtered: !filter.is_empty(),
        fields: &fields,
        records: page.records,
    };
    Ok(match view {
        View::Full => list_view::page(&ctx, &list),
        View::Part => list_view::part(&ctx, &list).into_response(),
    })
}

/// The form for a new one.
async fn new(ctx: Ctx, State(crm): State<Crm>, Path(key): Path<String>) -> WebResult {
    let (mut tx, object) = find(&crm, &ctx, &key).await?;
    let fields = tx.fields_of(&[&object.key]).await?;
    let page = form_view::FormPage {
        form: RecordForm::new(&fields),
        object,
        record: None,
        fields,
        errors: FieldErrors::new(),
        in_the_way: None,
    };
    Ok(form_view::page(&ctx, StatusCode::OK, &page))
}

/// Creates one.
async fn create(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path(key): Path<String>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> WebResult {
    let (mut tx, object) = find(&crm, &ctx, &key).await?;
    let fields = tx.fields_of(&[&object.key]).await?;
    let page = form_view::FormPage {
        form: RecordForm::read(pairs),
        object,
        record: None,
        fields,
        errors: FieldErrors::new(),
        in_the_way: None,
    };
    let new_patch = page.form.new_patch(&page.fields);
    save(&ctx, tx, page, RecordKey::New, new_patch).await
}

/// One record.
async fn show(ctx: Ctx, State(crm): State<Crm>, Path((key, id)): Path<(String, RecordId)>) -> WebResult {
    let (mut tx, object) = find(&crm, &ctx, &key).await?;
    let record = tx.record_of(object.id, id).await?.ok_or(AppError::NotFound)?;
    let page = read_page(&ctx, &mut tx, object, record.id, FieldErrors::new()).await?;
    Ok(view::page(&ctx, StatusCode::OK, &page))
}

/// The form of one.
async fn edit(ctx: Ctx, State(crm): State<Crm>, Path((key, id)): Path<(String, RecordId)>) -> WebResult {
    let (mut tx, object) = find(&crm, &ctx, &key).await?;
    let record = tx.record_of(object.id, id).await?.ok_or(AppError::NotFound)?;
    let page = form_view::FormPage {
        form: RecordForm::of(&record),
        fields: tx.fields_of(&[&object.key]).await?,
        object,
        record: Some(record),
        errors: FieldErrors::new(),
        in_the_way: None,
    };
    Ok(form_view::page(&ctx, StatusCode::OK, &page))
}

/// Changes one.
async fn change(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path((key, id)): Path<(String, RecordId)>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> WebResult {
    let (mut tx, object) = find(&crm, &ctx, &key).await?;
    let record = tx.record_of(object.id, id).await?.ok_or(AppError::NotFound)?;
    let page = form_view::FormPage {
        form: RecordForm::read(pairs),
        fields: tx.fields_of(&[&object.key]).await?,
        object,
        record: Some(record),
        errors: FieldErrors::new(),
        in_the_way: None,
    };
    let key = RecordKey::Id(id, page.form.seen());
    let patch = page.form.patch(&page.fields);
    save(&ctx, tx, page, key, patch).await
}

async fn save(
    ctx: &Ctx,
    tx: CrmTx,
    mut page: form_view::FormPage,
    key: RecordKey,
    patch: Result<RecordPatch, Vec<Problem>>,
) -> WebResult {
    let patch = match patch {
        Ok(patch) => patch,
        Err(problems) => {
            page.errors = field_errors(&ctx.l10n, &problems);
            return Ok(form_view::page(ctx, StatusCode::UNPROCESSABLE_ENTITY, &page));
        }
    };
    let item = RecordItem {
        key,
        patch: patch.clone(),
        new_patch: Ok(patch),
        contacts: Vec::new(),
        links: Default::default(),
    };
    let outcome = one(tx, &page.object, item, ctx).await?;
    match outcome {
        RecordOutcome::Created(id) | RecordOutcome::Updated(id) | RecordOutcome::Unchanged(id) => {
            let said = if matches!(outcome, RecordOutcome::Created(_)) {
                "crm-record-created"
            } else {
                "crm-record-saved"
            };
            let name = page.form.label();
            Ok(Redirect::to(ctx, RECORD.url(&page.object.key, &id))
                .say(ctx, Toast::done(ctx.ta(said, &[("name", name.into())])))
                .into_response())
        }
        RecordOutcome::Missing => Err(AppError::NotFound),
        // Somebody else was faster: the form comes back as it was filled in, and is saved over
        // theirs when it is sent once more.
        RecordOutcome::Stale => {
            if let Some(record) = &page.record {
                page.form.see(record.updated_at);
            }
            page.errors.add("", "stale", ctx.t("crm-record-stale"));
            Ok(form_view::page(ctx, StatusCode::CONFLICT, &page))
        }
        RecordOutcome::Taken(other) => {
            page.in_the_way = Some(RECORD.url(&page.object.key, &other));
            let code = "record_external_id_taken";
            page.errors.add("external_id", code, reason(&ctx.l10n, code));
            Ok(form_view::page(ctx, StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
        RecordOutcome::Rejected(problems) => {
            page.errors = field_errors(&ctx.l10n, &problems);
            Ok(form_view::page(ctx, StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
    }
}

/// Deletes one.
async fn delete(ctx: Ctx, State(crm): State<Crm>, Path((key, id)): Path<(String, RecordId)>) -> WebResult {
    let (tx, object) = find(&crm, &ctx, &key).await?;
    if delete_records(tx, &object, &[id], &by(&ctx, Cause::Form), ctx.now)
        .await?
        .is_empty()
    {
        return Err(AppError::NotFound);
    }
    let said = ctx.ta(
        "crm-record-deleted",
        &[("object", object.singular.as_str().into())],
    );
    Ok(Redirect::to(&ctx, RECORDS.url(&object.key))
        .say(&ctx, Toast::done(said))
        .into_response())
}

/// Who is to be linked.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct LinkForm {
    /// An id, an address, or what another system calls them.
    contact: String,
    role: String,
    primary: bool,
}

/// Links it with somebody, or changes their role.
async fn link(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path((key, id)): Path<(String, RecordId)>,
    Form(form): Form<LinkForm>,
) -> WebResult {
    let (tx, object) = find(&crm, &ctx, &key).await?;
    let wanted = wanted_contact(&form);
    let problems = match wanted {
        Err(problems) => problems,
        Ok(wanted) => {
            let item = RecordItem {
                key: RecordKey::Id(id, None),
                patch: RecordPatch::default(),
                new_patch: Ok(RecordPatch::default()),
                contacts: vec![wanted],
                links: Default::default(),
            };
            match one(tx, &object, item, &ctx).await? {
                RecordOutcome::Missing => return Err(AppError::NotFound),
                RecordOutcome::Rejected(problems) => problems,
                _ => return Ok(back_to_record(&ctx, &object, id, "crm-record-linked")),
            }
        }
    };
    // One field says who it is, so that is where the problem is.
    let problems: Vec<Problem> = problems
        .into_iter()
        .map(|problem| Problem {
            field: if problem.field == "role" {
                "role"
            } else {
                "contact"
            }
            .to_owned(),
            ..problem
        })
        .collect();
    refused(&crm, &ctx, object, id, &problems).await
}

fn wanted_contact(form: &LinkForm) -> Result<WantedContact, Vec<Problem>> {
    let missing = || Problem {
        field: "contact".to_owned(),
        code: "which_contact",
    };
    Ok(WantedContact {
        who: ContactRef::read(&form.contact).ok_or_else(|| vec![missing()])?,
        role: Some(parse_role(&form.role).map_err(|problem| vec![problem])?),
        primary: form.primary.then_some(true),
    })
}

/// Whose link goes.
#[derive(Debug, Deserialize)]
pub struct UnlinkForm {
    contact: ContactId,
}

/// Takes the link with somebody away.
async fn unlink(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path((key, id)): Path<(String, RecordId)>,
    Form(form): Form<UnlinkForm>,
) -> WebResult {
    let (tx, object) = find(&crm, &ctx, &key).await?;
    if unlink_contact(tx, &object, id, form.contact, &by(&ctx, Cause::Form), ctx.now).await? {
        Ok(back_to_record(&ctx, &object, id, "crm-record-unlinked"))
    } else {
        Err(AppError::NotFound)
    }
}

/// Another record, and the word for it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct JoinForm {
    relation: String,
    /// An id, what another system calls it, or its name.
    record: String,
}

/// Links it with another record.
async fn join(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path((key, id)): Path<(String, RecordId)>,
    Form(form): Form<JoinForm>,
) -> WebResult {
    let (mut tx, object) = find(&crm, &ctx, &key).await?;
    let other = named_record(&mut tx, &object, &form).await?;
    let item = RecordItem {
        key: RecordKey::Id(id, None),
        patch: RecordPatch::default(),
        new_patch: Ok(RecordPatch::default()),
        contacts: Vec::new(),
        links: [(form.relation, vec![other])].into(),
    };
    match one(tx, &object, item, &ctx).await? {
        RecordOutcome::Missing => Err(AppError::NotFound),
        RecordOutcome::Rejected(problems) => {
            let problems: Vec<Problem> = problems
                .into_iter()
                .map(|problem| Problem {
                    field: "record".to_owned(),
                    ..problem
                })
                .collect();
            refused(&crm, &ctx, object, id, &problems).await
        }
        _ => Ok(back_to_record(&ctx, &object, id, "crm-record-joined")),
    }
}

/// What people type is rarely an id: the only record of the name is meant, too.
async fn named_record(tx: &mut CrmTx, object: &Object, form: &JoinForm) -> Result<RecordRef, AppError> {
    let typed = RecordRef::read(&form.record);
    let relations = tx.relations().await?;
    let Some((relation, forward)) = seen_from(object.id, relations).remove(&form.relation) else {
        return Ok(typed);
    };
    let other = if forward { relation.to } else { relation.from };
    if let RecordRef::ExternalId(text) = &typed
        && tx.records_by_external_id(other, &[text]).await?.is_empty()
        && let [only] = tx.records_named(other, text).await?.as_slice()
    {
        return Ok(RecordRef::Id(only.id));
    }
    Ok(typed)
}

/// Takes the link with another record away.
async fn part(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path((key, id)): Path<(String, RecordId)>,
    Form(form): Form<JoinForm>,
) -> WebResult {
    let (tx, object) = find(&crm, &ctx, &key).await?;
    if unlink_record(tx, &object, id, &form.relation, &RecordRef::read(&form.record)).await? {
        Ok(back_to_record(&ctx, &object, id, "crm-record-parted"))
    } else {
        Err(AppError::NotFound)
    }
}

/// The one that goes.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct MergeForm {
    /// An id, what another system calls it, or its name.
    other: String,
}

/// Merges another record into it.
async fn merge(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path((key, id)): Path<(String, RecordId)>,
    Form(form): Form<MergeForm>,
) -> WebResult {
    let (mut tx, object) = find(&crm, &ctx, &key).await?;
    tx.record_of(object.id, id).await?.ok_or(AppError::NotFound)?;
    let mut found = match RecordRef::read(&form.other) {
        RecordRef::Id(id) => tx.records(object.id, &[id]).await?,
        RecordRef::ExternalId(text) => match tx.records_by_external_id(object.id, &[&text]).await? {
            found if found.is_empty() => tx.records_named(object.id, &text).await?,
            found => found,
        },
    };
    found.retain(|record| record.id != id);
    let [other] = found.as_slice() else {
        let code = if found.is_empty() {
            "unknown_record"
        } else {
            "ambiguous_record"
        };
        let problem = Problem {
            field: "other".to_owned(),
            code,
        };
        return refused(&crm, &ctx, object, id, &[problem]).await;
    };
    merge_records(tx, &object, id, other.id, &by(&ctx, Cause::Form), ctx.now)
        .await
        .map_err(write_records_error)?
        .ok_or(AppError::NotFound)?;
    let said = ctx.ta("crm-record-merged", &[("name", other.label().into())]);
    Ok(Redirect::to(&ctx, RECORD.url(&object.key, &id))
        .say(&ctx, Toast::done(said))
        .into_response())
}

/// A record, typed on the page of a contact.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ContactRecordForm {
    /// The key of its object.
    object: String,
    /// An id, what another system calls it, or its name.
    record: String,
    role: String,
    primary: bool,
}

async fn link_from_contact(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path(contact): Path<ContactId>,
    Form(form): Form<ContactRecordForm>,
) -> WebResult {
    let (mut tx, object) = find(&crm, &ctx, &form.object).await?;
    tx.contact(contact).await?.ok_or(AppError::NotFound)?;
    let text = form.record.trim();
    let found = match RecordRef::read(text) {
        RecordRef::Id(id) => tx.records(object.id, &[id]).await?,
        RecordRef::ExternalId(text) => match tx.records_by_external_id(object.id, &[&text]).await? {
            found if found.is_empty() => tx.records_named(object.id, &text).await?,
            found => found,
        },
    };
    let role = parse_role(&form.role).ok();
    let failed = |code: &str| {
        Ok(Redirect::to(&ctx, CONTACT.url(&contact))
            .say(&ctx, Toast::failed(reason(&ctx.l10n, code)))
            .into_response())
    };
    let Some(role) = role else {
        return failed("too_long");
    };
    let key = match found.as_slice() {
        [only] => RecordKey::Id(only.id, None),
        // A company that is not there yet is made: that is what people mean who type its name.
        [] if object.is_companies() && !text.is_empty() => RecordKey::New,
        [] => return failed("unknown_record"),
        _ => return failed("ambiguous_record"),
    };
    let mut input = crate::domain::record::RecordInput::new(&[]);
    input.name(text);
    let new_patch = input.finish_new();
    if let (RecordKey::New, Err(problems)) = (&key, &new_patch) {
        return failed(problems.first().map_or("unknown_record", |problem| problem.code));
    }
    let item = RecordItem {
        key,
        patch: RecordPatch::default(),
        new_patch,
        contacts: vec![WantedContact {
            who: ContactRef::Id(contact),
            role: Some(role),
            primary: form.primary.then_some(true),
        }],
        links: Default::default(),
    };
    match one(tx, &object, item, &ctx).await? {
        RecordOutcome::Rejected(problems) => {
            failed(problems.first().map_or("unknown_record", |problem| problem.code))
        }
        RecordOutcome::Missing | RecordOutcome::Stale | RecordOutcome::Taken(_) => failed("unknown_record"),
        _ => Ok(back_to_contact(&ctx, contact, "crm-record-linked")),
    }
}

/// A link, on the page of a contact.
#[derive(Debug, Deserialize)]
pub struct ContactUnlinkForm {
    object: String,
    record: RecordId,
}

async fn unlink_from_contact(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path(contact): Path<ContactId>,
    Form(form): Form<ContactUnlinkForm>,
) -> WebResult {
    let (tx, object) = find(&crm, &ctx, &form.object).await?;
    if unlink_contact(tx, &object, form.record, contact, &by(&ctx, Cause::Form), ctx.now).await? {
        Ok(back_to_contact(&ctx, contact, "crm-record-unlinked"))
    } else {
        Err(AppError::NotFound)
    }
}

async fn find(crm: &Crm, ctx: &Ctx, key: &str) -> Result<(CrmTx, Object), AppError> {
    let mut tx = open(&crm.deps.db, ctx.org).await?;
    let object = tx.object_by_key(key).await?.ok_or(AppError::NotFound)?;
    Ok((tx, object))
}

async fn one(tx: CrmTx, object: &Object, item: RecordItem, ctx: &Ctx) -> Result<RecordOutcome, AppError> {
    let outcomes = write_records(tx, object, vec![item], &by(ctx, Cause::Form), ctx.now)
        .await
        .map_err(write_records_error)?;
    Ok(outcomes.into_iter().next().unwrap_or(RecordOutcome::Missing))
}

/// The page of a record with what is wrong with the form that was sent.
async fn refused(crm: &Crm, ctx: &Ctx, object: Object, id: RecordId, problems: &[Problem]) -> WebResult {
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let errors = field_errors(&ctx.l10n, problems);
    let page = read_page(ctx, &mut tx, object, id, errors).await?;
    Ok(view::page(ctx, StatusCode::UNPROCESSABLE_ENTITY, &page))
}

async fn read_page(
    _: &Ctx,
    tx: &mut CrmTx,
    object: Object,
    id: RecordId,
    errors: FieldErrors,
) -> Result<view::RecordPage, AppError> {
    let record = tx.record_of(object.id, id).await?.ok_or(AppError::NotFound)?;
    let mut fields = tx.fields_of(&[&object.key]).await?;
    fields.retain(|field| field.flags.visible);
    let mut people = tx.linked_contacts(id, None, MOST_LINKED + 1).await?;
    let more_people = people.len() as i64 > MOST_LINKED;
    people.truncate(usize::try_from(MOST_LINKED).unwrap_or(usize::MAX));
    let mut relations: Vec<_> = seen_from(object.id, tx.relations().await?).into_iter().collect();
    relations.sort_by(|(a, _), (b, _)| a.cmp(b));
    Ok(view::RecordPage {
        linked: tx.linked_records(&[id], MOST_LINKED).await?,
        objects: tx.objects().await?,
        relations,
        object,
        record,
        fields,
        people,
        more_people,
        errors,
    })
}

fn back_to_record(ctx: &Ctx, object: &Object, id: RecordId, said: &str) -> Response {
    Redirect::to(ctx, RECORD.url(&object.key, &id))
        .say(ctx, Toast::done(ctx.t(said)))
        .into_response()
}

fn back_to_contact(ctx: &Ctx, contact: ContactId, said: &str) -> Response {
    Redirect::to(ctx, CONTACT.url(&contact))
        .say(ctx, Toast::done(ctx.t(said)))
        .into_response()
}

/// Whether the person may change records.
fn may_write(ctx: &Ctx) -> bool {
    ctx.may(Permission::RecordsWrite)
}
