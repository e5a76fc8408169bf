//! Changing the tags of a contact in its row of the list. Without a script the way leads to the
//! contact's own page.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use contracts::crm::{CONTACT, lists::CONTACT_TAGS_CELL};
use http::StatusCode;
use kernel::ContactId;
use maud::{Markup, html};
use platform::web::{AppError, Ctx, Form, Path, Redirect, View, WebResult};
use ui_kit::{Button, Icon, TagField, dom_id};

use super::{MOST_TAGS, columns::tags_cell, form::ContactForm};
use crate::{
    Crm,
    application::change_contact::change_contact,
    domain::{change::Cause, contact::Contact, tag::Tag},
    infrastructure::pg::CrmTx,
    interface::{
        acting::by,
        problem_text::{field_errors, save_contact_errors},
    },
};

/// The form in the row.
pub async fn row_tags(ctx: Ctx, view: View, State(crm): State<Crm>, Path(id): Path<ContactId>) -> WebResult {
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let contact = tx.contact(id).await?.ok_or(AppError::NotFound)?;
    if view == View::Full {
        return Ok(Redirect::to(&ctx, CONTACT.url(&id)).into_response());
    }
    let suggestions = tx.tags(MOST_TAGS).await?;
    let text = contact
        .tags
        .iter()
        .map(Tag::as_str)
        .collect::<Vec<_>>()
        .join(", ");
    Ok(form(&ctx, &contact, &text, &suggestions, None).into_response())
}

/// Takes the tags, all of them as they are to be.
pub async fn retag_row(
    ctx: Ctx,
    view: View,
    State(crm): State<Crm>,
    Path(id): Path<ContactId>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> WebResult {
    let given = ContactForm::read(pairs);
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let contact = tx.contact(id).await?.ok_or(AppError::NotFound)?;
    let errors = match given.tags_patch(contact.tags.clone()) {
        Err(problems) => field_errors(&ctx.l10n, &problems),
        Ok(patch) => match change_contact(tx, id, None, |_| patch, by(&ctx, Cause::Form), ctx.now).await {
            Ok(contact) if view == View::Part => return Ok(tags_cell(&ctx, &contact).into_response()),
            Ok(_) => return Ok(Redirect::to(&ctx, CONTACT.url(&id)).into_response()),
            Err(error) => save_contact_errors(&ctx.l10n, error)?,
        },
    };
    if view == View::Full {
        return Err(AppError::Invalid(errors));
    }
    let form = form(&ctx, &contact, given.get("tags"), &[], errors.of("tags"));
    // As a success, or htmx would not put it into its place.
    Ok::<Response, AppError>((StatusCode::OK, form).into_response())
}

fn form(ctx: &Ctx, contact: &Contact, text: &str, suggestions: &[String], error: Option<&str>) -> Markup {
    let action = CONTACT_TAGS_CELL.url(&contact.id);
    html! {
        form.cell-edit.cell-form method="post" action=(action) hx-post=(action) hx-target="this" hx-swap="outerHTML" {
            (ctx.csrf_field())
            (TagField::new("tags", ctx.ta("crm-list-edit-tags", &[("name", contact.label().into())]))
                .id(dom_id("tags", &contact.id.to_string()))
                .value(text)
                .suggestions(suggestions.iter().map(String::as_str))
                .hide_label()
                .error(error.map(str::to_owned))
                .show(ctx.words()))
            (Button::secondary(ctx.t("crm-contact-save-tags")).small().icon_only(Icon::Check))
        }
    }
}
