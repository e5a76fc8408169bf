//! The list of contacts, one contact, and its form.

mod columns;
pub mod devices;
pub mod duplicates;
mod entries;
mod filter;
mod form;
mod form_view;
mod list;
mod list_view;
pub mod merge;
pub mod notes;
mod row_tags;
mod sent_events;
mod timeline;
mod view;
mod views;
mod why;

use axum::{extract::State, response::IntoResponse};
use contracts::crm::{CONTACT, CONTACTS};
use http::StatusCode;
use kernel::{ContactId, Permission};
use platform::web::{AppError, Ctx, FieldErrors, Form, Path, Query, Redirect, Toast, WebResult};

use self::form::ContactForm;
use super::consent;
use crate::{
    Crm,
    application::{
        change_contact::change_contact,
        create_contact::{SaveContactError, create_contact},
        delete_contacts::delete_contacts,
        open_objects::open,
    },
    domain::{
        change::Cause,
        contact::{Contact, ContactPatch, Source},
    },
    infrastructure::pg::CrmTx,
    interface::{
        acting::by,
        assignment::{ActorNames, People},
        problem_text::{field_errors, in_the_way, save_contact_errors},
        web::records::panel,
    },
};

pub use columns::{column_label, field_label};
pub use filter::{conditions_in_words, filter};
pub use list::{choose_density, list};
pub use list_view::reason_word;
pub use row_tags::{retag_row, row_tags};
pub use timeline::more as more_of_timeline;
pub use views::{change as change_view, create as create_view, delete as delete_view};

/// How many of the last changes tell who changed a value last.
const CHANGES_LOOKED_AT: i64 = 100;
/// How many other identifiers are shown.
const IDENTIFIERS: i64 = 50;
/// How many tags are suggested and offered as filters.
const MOST_TAGS: i64 = 500;

/// The form for a new one.
pub async fn new(ctx: Ctx, State(crm): State<Crm>) -> WebResult {
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let fields = tx.fields().await?;
    let page = form_view::FormPage {
        contact: None,
        form: ContactForm::new(&fields),
        fields,
        tags: tx.tags(MOST_TAGS).await?,
        people: People::read(&crm, &mut tx, ctx.org).await?,
        errors: FieldErrors::new(),
        in_the_way: None,
    };
    Ok(form_view::page(&ctx, StatusCode::OK, &page))
}

/// Creates one.
pub async fn create(ctx: Ctx, State(crm): State<Crm>, Form(pairs): Form<Vec<(String, String)>>) -> WebResult {
    let form = ContactForm::read(pairs);
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let (fields, tags) = (tx.fields().await?, tx.tags(MOST_TAGS).await?);
    let mut refused = form_view::FormPage {
        contact: None,
        form,
        fields,
        tags,
        people: People::read(&crm, &mut tx, ctx.org).await?,
        errors: FieldErrors::new(),
        in_the_way: None,
    };
    let new_patch = refused
        .form
        .new_patch(&refused.fields, &refused.people.assignable());
    let patch = match new_patch {
        Ok(patch) => patch,
        Err(problems) => {
            refused.errors = field_errors(&ctx.l10n, &problems);
            return Ok(form_view::page(&ctx, StatusCode::UNPROCESSABLE_ENTITY, &refused));
        }
    };
    match create_contact(tx, patch, Source::Manual, by(&ctx, Cause::Form), ctx.now).await {
        Ok(contact) => {
            let said = Toast::done(ctx.ta("crm-contact-created", &[("name", contact.label().into())]));
            Ok(Redirect::to(&ctx, CONTACT.url(&contact.id))
                .say(&ctx, said)
                .into_response())
        }
        Err(error) => {
            refused.in_the_way = in_the_way(&error);
            refused.errors = save_contact_errors(&ctx.l10n, error)?;
            Ok(form_view::page(&ctx, StatusCode::UNPROCESSABLE_ENTITY, &refused))
        }
    }
}

/// One contact; of one that became another, the way there.
pub async fn show(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path(id): Path<ContactId>,
    Query(query): Query<timeline::TimelineQuery>,
) -> WebResult {
    let mut tx = open(&crm.deps.db, ctx.org).await?;
    let Some(contact) = tx.contact(id).await? else {
        let winner = tx.merged_into(id).await?.ok_or(AppError::NotFound)?;
        return Ok(Redirect::to(&ctx, CONTACT.url(&winner))
            .say(&ctx, Toast::done(ctx.t("crm-merge-moved")))
            .into_response());
    };
    let changes = tx.contact_changes(id, None, CHANGES_LOOKED_AT).await?;
    let actors = ActorNames::read(&crm, ctx.org, changes.iter().map(|change| change.by.actor)).await?;
    let mut fields = tx.fields().await?;
    fields.retain(|field| field.flags.visible);
    let page = view::ContactPage {
        fields,
        people: People::read(&crm, &mut tx, ctx.org).await?,
        changes,
        actors,
        identifiers: tx.other_identifiers(id, IDENTIFIERS).await?,
        tags: tx.tags(MOST_TAGS).await?,
        segments: tx
            .segments_of(id)
            .await?
            .into_iter()
            .map(|(id, name, _)| (id, name))
            .collect(),
        do_not_contact: match &contact.email {
            Some(email) => tx.do_not_contact(email).await?,
            None => None,
        },
        records: panel::read(&mut tx, id).await?,
        timeline: timeline::read(&ctx, &crm, &mut tx, id, &query).await?,
        consent: consent::read(&mut tx, id).await?,
        met: devices::read(&ctx, &mut tx, id).await?,
        contact,
    };
    Ok(view::page(&ctx, &page))
}

/// The form of one.
pub async fn edit(ctx: Ctx, State(crm): State<Crm>, Path(id): Path<ContactId>) -> WebResult {
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let contact = tx.contact(id).await?.ok_or(AppError::NotFound)?;
    let page = form_view::FormPage {
        form: ContactForm::of(&contact),
        contact: Some(contact),
        fields: tx.fields().await?,
        tags: tx.tags(MOST_TAGS).await?,
        people: People::read(&crm, &mut tx, ctx.org).await?,
        errors: FieldErrors::new(),
        in_the_way: None,
    };
    Ok(form_view::page(&ctx, StatusCode::OK, &page))
}

/// Changes one.
pub async fn change(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path(id): Path<ContactId>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> WebResult {
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let contact = tx.contact(id).await?.ok_or(AppError::NotFound)?;
    let mut refused = form_view::FormPage {
        form: ContactForm::read(pairs),
        fields: tx.fields().await?,
        tags: tx.tags(MOST_TAGS).await?,
        people: People::read(&crm, &mut tx, ctx.org).await?,
        errors: FieldErrors::new(),
        in_the_way: None,
        contact: Some(contact.clone()),
    };
    let patch = match refused
        .form
        .patch(&refused.fields, &refused.people.assignable(), contact.tags)
    {
        Ok(patch) => patch,
        Err(problems) => {
            refused.errors = field_errors(&ctx.l10n, &problems);
            return Ok(form_view::page(&ctx, StatusCode::UNPROCESSABLE_ENTITY, &refused));
        }
    };
    match change_contact(
        tx,
        id,
        refused.form.seen(),
        |_| patch,
        by(&ctx, Cause::Form),
        ctx.now,
    )
    .await
    {
        Ok(contact) => {
            let said = Toast::done(ctx.ta("crm-contact-saved", &[("name", contact.label().into())]));
            Ok(Redirect::to(&ctx, CONTACT.url(&id))
                .say(&ctx, said)
                .into_response())
        }
        // Somebody else was faster: the form comes back as it was filled in, and is saved over
        // theirs when it is sent once more.
        Err(SaveContactError::Stale) => {
            refused.form.see(contact.updated_at);
            refused.errors.add("", "stale", ctx.t("crm-contact-stale"));
            Ok(form_view::page(&ctx, StatusCode::CONFLICT, &refused))
        }
        Err(error) => {
            refused.in_the_way = in_the_way(&error);
            refused.errors = save_contact_errors(&ctx.l10n, error)?;
            Ok(form_view::page(&ctx, StatusCode::UNPROCESSABLE_ENTITY, &refused))
        }
    }
}

/// Says who looks after one, how far it has come, and its points.
pub async fn assign(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path(id): Path<ContactId>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> WebResult {
    let form = ContactForm::read(pairs);
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let known = People::read(&crm, &mut tx, ctx.org).await?.assignable();
    let patch = match form.assignment_patch(&known) {
        Ok(patch) => patch,
        Err(problems) => return Err(AppError::Invalid(field_errors(&ctx.l10n, &problems))),
    };
    match change_contact(tx, id, None, |_| patch, by(&ctx, Cause::Form), ctx.now).await {
        Ok(_) => Ok(Redirect::to(&ctx, CONTACT.url(&id))
            .say(&ctx, Toast::done(ctx.t("crm-contact-assigned")))
            .into_response()),
        Err(SaveContactError::NotFound) => Err(AppError::NotFound),
        Err(error) => Err(AppError::Invalid(save_contact_errors(&ctx.l10n, error)?)),
    }
}

/// Deletes one.
pub async fn delete(ctx: Ctx, State(crm): State<Crm>, Path(id): Path<ContactId>) -> WebResult {
    let tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    if delete_contacts(tx, &[id]).await?.is_empty() {
        return Err(AppError::NotFound);
    }
    Ok(Redirect::to(&ctx, CONTACTS.url())
        .say(&ctx, Toast::done(ctx.t("crm-contact-deleted")))
        .into_response())
}

/// The tags of one, all of them as they are to be.
pub async fn retag(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path(id): Path<ContactId>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> WebResult {
    let form = ContactForm::read(pairs);
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let contact = tx.contact(id).await?.ok_or(AppError::NotFound)?;
    let patch: ContactPatch = match form.tags_patch(contact.tags) {
        Ok(patch) => patch,
        Err(problems) => return Err(AppError::Invalid(field_errors(&ctx.l10n, &problems))),
    };
    match change_contact(tx, id, None, |_| patch, by(&ctx, Cause::Form), ctx.now).await {
        Ok(_) => {
            let said = Toast::done(ctx.t("crm-contact-retagged"));
            Ok(Redirect::to(&ctx, CONTACT.url(&id))
                .say(&ctx, said)
                .into_response())
        }
        Err(error) => Err(AppError::Invalid(save_contact_errors(&ctx.l10n, error)?)),
    }
}

/// What a page calls a contact: somebody who was only met has no name.
fn name_of(ctx: &Ctx, contact: &Contact) -> String {
    match contact.label() {
        label if label.is_empty() => ctx.t("crm-contact-anonymous"),
        label => label,
    }
}

/// Whether the person may change contacts.
fn may_write(ctx: &Ctx) -> bool {
    ctx.may(Permission::ContactsWrite)
}
