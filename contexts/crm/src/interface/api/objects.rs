//! Objects and relations for programs, and the routes of their records.

use axum::{
    Json as Answer,
    extract::State,
    response::{IntoResponse, Response},
};
use contracts::{
    ListPage,
    crm::objects::{
        API_COMPANIES, API_COMPANY, API_COMPANY_BATCH, API_COMPANY_BY, API_COMPANY_CONTACT,
        API_COMPANY_CONTACTS, API_COMPANY_LINKS, API_OBJECT, API_OBJECTS, API_RECORD, API_RECORD_BATCH,
        API_RECORD_BY, API_RECORD_CONTACT, API_RECORD_CONTACTS, API_RECORD_LINKS, API_RECORDS, API_RELATION,
        API_RELATIONS, ContactLink, LinkInput, Object as ObjectView, ObjectInput, ObjectPatch, Record,
        RecordBatch, RecordBatchResult, RecordContact, RecordInput, RecordLink, RecordQuery,
        Relation as RelationView, RelationInput,
    },
    crm::people::PageQuery,
};
use http::{HeaderValue, StatusCode, header};
use kernel::{Permission, RelationId};
use platform::web::{Access, AppError, Ctx, Json, Op, Path, Routes, WebResult};

use super::{page, records};
use crate::{
    Crm,
    application::{
        define_object::{
            SaveObjectError, define_object, define_relation, delete_object, delete_relation, rename_object,
        },
        open_objects::open,
    },
    domain::object::{Object, ObjectDefinition, ObjectKind, Relation, RelationDefinition},
    infrastructure::pg::CrmTx,
    interface::problem_text::{save_object_error, save_relation_errors},
};

pub fn routes() -> Routes<Crm> {
    object_routes().merge(record_routes()).merge(company_routes())
}

fn object_routes() -> Routes<Crm> {
    let read = Access::needs(Permission::RecordsRead);
    let define = Access::needs(Permission::ObjectsWrite);
    Routes::new()
        .get(API_OBJECTS.template(), read, list)
        .doc(
            Op::new("list_objects", "List objects")
                .returns::<ListPage<ObjectView>>(200, "All objects, companies first."),
        )
        .post(API_OBJECTS.template(), define, create)
        .doc(
            Op::new("create_object", "Define an object")
                .body::<ObjectInput>()
                .returns::<ObjectView>(201, "The object."),
        )
        .get(API_OBJECT.template(), read, get)
        .doc(Op::new("get_object", "Get an object").returns::<ObjectView>(200, "The object."))
        .patch(API_OBJECT.template(), define, change)
        .doc(
            Op::new("update_object", "Rename an object")
                .describe("Its key and kind cannot be changed, and companies not at all.")
                .body_as::<ObjectPatch>("application/merge-patch+json")
                .returns::<ObjectView>(200, "The object as it is now."),
        )
        .delete(API_OBJECT.template(), define, delete)
        .doc(
            Op::new("delete_object", "Delete an object that has no records")
                .describe("409 while it has records.")
                .answers(204, "It is gone, with its fields and relations."),
        )
        .post(API_RELATIONS.template(), define, relate)
        .doc(
            Op::new(
                "create_relation",
                "Define how records relate to those of another object",
            )
            .body::<RelationInput>()
            .returns::<RelationView>(201, "The relation."),
        )
        .delete(API_RELATION.template(), define, unrelate)
        .doc(Op::new("delete_relation", "Delete a relation with all links of it").answers(204, "It is gone."))
}

macro_rules! record_paths {
    ($name:ident, $one:literal, $many:literal, $prefix:literal, $suffix:literal, {
        list: $list:expr, batch: $batch:expr, one: $record:expr, by: $by:expr, contacts: $contacts:expr,
        contact: $contact:expr, links: $links:expr $(,)?
    }) => {
        fn $name() -> Routes<Crm> {
            let read = Access::needs(Permission::RecordsRead);
            let write = Access::needs(Permission::RecordsWrite);
            Routes::new()
                .get($list.template(), read, records::list)
                .doc(
                    Op::new(concat!("list_", $prefix), concat!("List ", $many))
                        .describe("`filter[<field>]` works for the key of every field, and for `contact`.")
                        .query::<RecordQuery>()
                        .returns::<ListPage<Record>>(200, concat!("A page of ", $many, ".")),
                )
                .post($list.template(), write, records::create)
                .doc(
                    Op::new(concat!("create_", $suffix), concat!("Create ", $one))
                        .describe("409 with the id of the other one when the external ID is taken.")
                        .body::<RecordInput>()
                        .returns::<Record>(201, "It was created."),
                )
                .post($batch.template(), write, records::batch)
                .doc(
                    Op::new(concat!("upsert_", $prefix), concat!("Create or change up to 1,000 ", $many))
                        .describe("One bad item does not hold up the others: each has its own outcome.")
                        .body::<RecordBatch>()
                        .returns::<RecordBatchResult>(200, "What became of each."),
                )
                .get($record.template(), read, records::get)
                .doc(
                    Op::new(concat!("get_", $suffix), concat!("Get ", $one))
                        .returns::<Record>(200, "It, with its version as ETag."),
                )
                .patch($record.template(), write, records::change)
                .doc(
                    Op::new(concat!("update_", $suffix), concat!("Change ", $one))
                        .describe("JSON Merge Patch: `null` clears. With `If-Match` only that version is changed, else 412.")
                        .body_as::<RecordInput>("application/merge-patch+json")
                        .returns::<Record>(200, "It as it is now."),
                )
                .delete($record.template(), write, records::delete)
                .doc(
                    Op::new(concat!("delete_", $suffix), concat!("Delete ", $one))
                        .describe("The people that it belongs to stay.")
                        .answers(204, "It is gone."),
                )
                .get($by.template(), read, records::get_by)
                .doc(
                    Op::new(concat!("get_", $suffix, "_by_external_id"), concat!("Get ", $one, " by its external ID"))
                        .returns::<Record>(200, "It, with its version as ETag."),
                )
                .put($by.template(), write, records::put_by)
                .doc(
                    Op::new(concat!("upsert_", $suffix), concat!("Create or change ", $one, " by its external ID"))
                        .describe("Idempotent: what is absent stays as it is.")
                        .body::<RecordInput>()
                        .returns::<Record>(200, "It was there, and is now as shown.")
                        .returns::<Record>(201, "It was created."),
                )
                .get($contacts.template(), read, records::contacts)
                .doc(
                    Op::new(concat!("list_", $suffix, "_contacts"), concat!("List the people of ", $one))
                        .query::<PageQuery>()
                        .returns::<ListPage<RecordContact>>(200, "A page of people."),
                )
                .post($contacts.template(), write, records::link)
                .doc(
                    Op::new(concat!("link_", $suffix, "_contact"), concat!("Link somebody with ", $one))
                        .describe("Or change their role, when they are linked already.")
                        .body::<ContactLink>()
                        .answers(204, "They are linked."),
                )
                .delete($contact.template(), write, records::unlink)
                .doc(
                    Op::new(concat!("unlink_", $suffix, "_contact"), concat!("Take somebody from ", $one))
                        .answers(204, "They are no longer linked."),
                )
                .get($links.template(), read, records::links)
                .doc(
                    Op::new(concat!("list_", $suffix, "_links"), concat!("List what is linked with ", $one))
                        .returns::<ListPage<RecordLink>>(200, "The newest 200 of each relation."),
                )
                .post($links.template(), write, records::join)
                .doc(
                    Op::new(concat!("link_", $suffix), concat!("Link another record with ", $one))
                        .body::<LinkInput>()
                        .answers(204, "They are linked."),
                )
                .delete($links.template(), write, records::part)
                .doc(
                    Op::new(concat!("unlink_", $suffix), concat!("Take the link to another record from ", $one))
                        .describe("`relation` and `record` stand in the query.")
                        .answers(204, "They are no longer linked."),
                )
        }
    };
}

record_paths!(record_routes, "a record", "records", "records", "record", {
    list: API_RECORDS, batch: API_RECORD_BATCH, one: API_RECORD, by: API_RECORD_BY,
    contacts: API_RECORD_CONTACTS, contact: API_RECORD_CONTACT, links: API_RECORD_LINKS,
});
record_paths!(company_routes, "a company", "companies", "companies", "company", {
    list: API_COMPANIES, batch: API_COMPANY_BATCH, one: API_COMPANY, by: API_COMPANY_BY,
    contacts: API_COMPANY_CONTACTS, contact: API_COMPANY_CONTACT, links: API_COMPANY_LINKS,
});

async fn list(ctx: Ctx, State(crm): State<Crm>) -> WebResult {
    let mut tx = open(&crm.deps.db, ctx.org).await?;
    let objects = tx.objects().await?;
    let relations = tx.relations().await?;
    let data: Vec<ObjectView> = objects
        .iter()
        .map(|object| view(object, &relations, &objects))
        .collect();
    page(&API_OBJECTS.url(), data, None)
}

async fn get(ctx: Ctx, State(crm): State<Crm>, Path(key): Path<String>) -> WebResult {
    let (mut tx, object) = find(&crm, &ctx, &key).await?;
    shown(&mut tx, StatusCode::OK, &object).await
}

async fn create(ctx: Ctx, State(crm): State<Crm>, Json(input): Json<ObjectInput>) -> WebResult {
    let kind = match input.kind.as_deref() {
        None => ObjectKind::Records,
        Some(word) => ObjectKind::parse(word)
            .ok_or_else(|| AppError::invalid("kind", "unknown_kind", ctx.t("crm-api-object-kind")))?,
    };
    let definition = ObjectDefinition {
        key: input.key,
        singular: input.singular,
        plural: input.plural,
        kind,
    };
    let tx = open(&crm.deps.db, ctx.org).await?;
    let object = define_object(tx, definition, ctx.now)
        .await
        .map_err(|error| save_object_error(&ctx.l10n, error))?;
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let mut response = shown(&mut tx, StatusCode::CREATED, &object).await?;
    let location = HeaderValue::from_str(&API_OBJECT.url(&object.key)).map_err(AppError::internal)?;
    response.headers_mut().insert(header::LOCATION, location);
    Ok(response)
}

async fn change(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path(key): Path<String>,
    Json(patch): Json<ObjectPatch>,
) -> WebResult {
    let (tx, object) = find(&crm, &ctx, &key).await?;
    let singular = patch.singular.unwrap_or_else(|| object.singular.clone());
    let plural = patch.plural.unwrap_or_else(|| object.plural.clone());
    let object = rename_object(tx, &object, singular, plural, ctx.now)
        .await
        .map_err(|error| save_object_error(&ctx.l10n, error))?;
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    shown(&mut tx, StatusCode::OK, &object).await
}

async fn delete(ctx: Ctx, State(crm): State<Crm>, Path(key): Path<String>) -> WebResult {
    let (tx, object) = find(&crm, &ctx, &key).await?;
    delete_object(tx, &object)
        .await
        .map_err(|error: SaveObjectError| save_object_error(&ctx.l10n, error))?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn relate(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path(key): Path<String>,
    Json(input): Json<RelationInput>,
) -> WebResult {
    let (tx, object) = find(&crm, &ctx, &key).await?;
    let definition = RelationDefinition {
        inverse_key: input.inverse_key.unwrap_or_else(|| object.key.clone()),
        label: input.label.unwrap_or_else(|| input.key.replace('_', " ")),
        to: input.to,
        key: input.key,
        single: input.single,
    };
    let relation = match define_relation(tx, &object, definition, ctx.now).await {
        Ok(relation) => relation,
        Err(error) => return Err(AppError::Invalid(save_relation_errors(&ctx.l10n, error)?)),
    };
    let objects = CrmTx::tenant(&crm.deps.db, ctx.org).await?.objects().await?;
    let view = relation_view(&relation, &objects).ok_or(AppError::NotFound)?;
    Ok((StatusCode::CREATED, Answer(view)).into_response())
}

async fn unrelate(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path((key, relation)): Path<(String, RelationId)>,
) -> WebResult {
    let (tx, object) = find(&crm, &ctx, &key).await?;
    if delete_relation(tx, &object, relation).await? {
        Ok(StatusCode::NO_CONTENT.into_response())
    } else {
        Err(AppError::NotFound)
    }
}

async fn find(crm: &Crm, ctx: &Ctx, key: &str) -> Result<(CrmTx, Object), AppError> {
    let mut tx = open(&crm.deps.db, ctx.org).await?;
    let object = tx.object_by_key(key).await?.ok_or(AppError::NotFound)?;
    Ok((tx, object))
}

async fn shown(tx: &mut CrmTx, status: StatusCode, object: &Object) -> Result<Response, AppError> {
    let (relations, objects) = (tx.relations().await?, tx.objects().await?);
    Ok((status, Answer(view(object, &relations, &objects))).into_response())
}

fn view(object: &Object, relations: &[Relation], objects: &[Object]) -> ObjectView {
    ObjectView {
        id: object.id,
        key: object.key.clone(),
        singular: object.singular.clone(),
        plural: object.plural.clone(),
        kind: object.kind.as_str(),
        built_in: object.built_in,
        relations: relations
            .iter()
            .filter(|relation| relation.from == object.id)
            .filter_map(|relation| relation_view(relation, objects))
            .collect(),
        created_at: object.created_at,
        updated_at: object.updated_at,
    }
}

fn relation_view(relation: &Relation, objects: &[Object]) -> Option<RelationView> {
    let to = objects.iter().find(|object| object.id == relation.to)?;
    Some(RelationView {
        id: relation.id,
        key: relation.key.clone(),
        inverse_key: relation.inverse_key.clone(),
        label: relation.label.clone(),
        to: to.key.clone(),
        single: relation.single,
    })
}
