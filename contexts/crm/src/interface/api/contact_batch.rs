//! Creating or changing contacts by what tells them apart: one, or up to a thousand at once.

use axum::{Json as Answer, extract::State, response::IntoResponse};
use contracts::crm::contacts::{
    ContactBatch, ContactBatchItem, ContactBatchResult, ContactInput as Input, ContactProblem,
};
use http::StatusCode;
use platform::web::{AppError, Ctx, Json, Path, WebResult};

use super::contacts::{answer, assignable, invalid, patch};
use crate::{
    Crm,
    application::upsert_contacts::upsert_contacts,
    domain::{
        change::Cause,
        contact::Source,
        contact_input::{Assignable, Problem},
        field::Field,
        import::{
            mapping::{Existing, Identity},
            plan::{RowOutcome, Rules},
            reject::Reason,
            row::Row,
        },
    },
    infrastructure::pg::CrmTx,
    interface::{
        acting::by,
        problem_text::{reason, save_contact_error},
    },
};

const MAX_BATCH: usize = 1000;

/// Creates or changes the contact that has an address or an identifier.
pub async fn put_by(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path((identifier, value)): Path<(String, String)>,
    Json(mut input): Json<Input>,
) -> WebResult {
    let identity = Identity::parse(&identifier).ok_or(AppError::NotFound)?;
    // What the address of the request says wins over the body.
    match identity {
        Identity::Email => input.email = Some(Some(value)),
        Identity::ExternalId => input.external_id = Some(Some(value)),
        Identity::Phone | Identity::Name | Identity::Attribute(_) => return Err(AppError::NotFound),
    }
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let fields = tx.fields().await?;
    let known = assignable(&crm, &mut tx, ctx.org, &[&input]).await?;
    let row = row(&input, &fields, &known, &identity).map_err(|problems| invalid(&ctx, &problems))?;
    let plan = upsert_contacts(tx, &[row], rules(identity, &ctx))
        .await
        .map_err(|error| save_contact_error(&ctx.l10n, error))?;
    let (status, id) = match plan.outcomes[0] {
        RowOutcome::Created(id) => (StatusCode::CREATED, id),
        RowOutcome::Updated(id) | RowOutcome::Unchanged(id) => (StatusCode::OK, id),
        RowOutcome::Refused(why) => {
            return Err(AppError::Conflict {
                code: why.as_str(),
                detail: reason(&ctx.l10n, why.as_str()),
                existing: None,
            });
        }
    };
    let contact = CrmTx::tenant(&crm.deps.db, ctx.org)
        .await?
        .contact(id)
        .await?
        .ok_or(AppError::NotFound)?;
    Ok(answer(status, contact))
}

/// Up to a thousand at once, each with its own outcome.
pub async fn batch(ctx: Ctx, State(crm): State<Crm>, Json(batch): Json<ContactBatch>) -> WebResult {
    if batch.contacts.len() > MAX_BATCH {
        return Err(AppError::invalid(
            "contacts",
            "too_many",
            ctx.t("crm-api-batch-too-large"),
        ));
    }
    let identity = match batch.identifier.as_deref() {
        None => Identity::Email,
        Some(word) => Identity::parse(word)
            .filter(|identity| matches!(identity, Identity::Email | Identity::ExternalId))
            .ok_or_else(|| {
                AppError::invalid("identifier", "unknown_identifier", ctx.t("crm-api-identifier"))
            })?,
    };
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let fields = tx.fields().await?;
    let inputs: Vec<&Input> = batch.contacts.iter().collect();
    let known = assignable(&crm, &mut tx, ctx.org, &inputs).await?;
    let read: Vec<_> = batch
        .contacts
        .iter()
        .map(|input| row(input, &fields, &known, &identity))
        .collect();
    let rows: Vec<Row> = read.iter().filter_map(|row| row.as_ref().ok().cloned()).collect();
    let plan = upsert_contacts(tx, &rows, rules(identity, &ctx))
        .await
        .map_err(|error| save_contact_error(&ctx.l10n, error))?;
    let mut outcomes = plan.outcomes.into_iter();
    let results = read
        .iter()
        .enumerate()
        .map(|(n, row)| match row {
            Err(problems) => rejected(&ctx, n, problems),
            Ok(_) => item(&ctx, n, outcomes.next()),
        })
        .collect();
    Ok(Answer(ContactBatchResult { results }).into_response())
}

/// An item that names tags names all that the contact is to have.
fn row(
    input: &Input,
    fields: &[Field],
    assignable: &Assignable,
    identity: &Identity,
) -> Result<Row, Vec<Problem>> {
    let patch = patch(input, fields, assignable, [])?;
    if patch.identified_by(identity).is_none() {
        let problem = Problem {
            field: identity.to_string(),
            code: Reason::MissingIdentity.as_str(),
        };
        return Err(vec![problem]);
    }
    Ok(Row {
        patch,
        replaces_tags: input.tags.is_some(),
        ..Row::default()
    })
}

fn rules(identity: Identity, ctx: &Ctx) -> Rules {
    Rules {
        identity,
        existing: Existing::Overwrite,
        source: Source::Api,
        import: None,
        by: by(ctx, Cause::Api),
        now: ctx.now,
    }
}

fn item(ctx: &Ctx, n: usize, outcome: Option<RowOutcome>) -> ContactBatchItem {
    let done = |status, id| ContactBatchItem {
        status,
        id: Some(id),
        errors: Vec::new(),
    };
    match outcome {
        Some(RowOutcome::Created(id)) => done("created", id),
        Some(RowOutcome::Updated(id)) => done("updated", id),
        Some(RowOutcome::Unchanged(id)) => done("unchanged", id),
        Some(RowOutcome::Refused(why)) => {
            let field = if why == Reason::EmailTaken {
                "email"
            } else {
                "external_id"
            };
            rejected(
                ctx,
                n,
                &[Problem {
                    field: field.to_owned(),
                    code: why.as_str(),
                }],
            )
        }
        None => ContactBatchItem {
            status: "rejected",
            id: None,
            errors: Vec::new(),
        },
    }
}

fn rejected(ctx: &Ctx, n: usize, problems: &[Problem]) -> ContactBatchItem {
    let errors = problems.iter().map(|problem| ContactProblem {
        pointer: format!("#/contacts/{n}/{}", problem.field),
        code: problem.code.to_owned(),
        detail: reason(&ctx.l10n, problem.code),
    });
    ContactBatchItem {
        status: "rejected",
        id: None,
        errors: errors.collect(),
    }
}
