//! Notes about a contact: writing, changing, deleting them.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use contracts::crm::{
    CONTACT, CONTACTS,
    people::{CONTACT_NOTE, CONTACT_NOTES},
};
use http::StatusCode;
use kernel::{ContactId, NoteId};
use maud::html;
use platform::web::{AppError, Ctx, FieldErrors, Form as Posted, Path, Redirect, Toast, WebResult};
use serde::Deserialize;
use ui_kit::{Button, ErrorSummary, Field as Input, Form, PageHeader, button_row, form_section, stack};

use super::{entries::may_change_any, timeline::note_kind};
use crate::{
    Crm,
    application::write_note::{NoteError, Writer, change_note, delete_note, write_note},
    domain::note::{MAX_NOTE, NoteDraft, NoteKind},
    infrastructure::pg::CrmTx,
    interface::problem_text::invalid_note,
};

/// The form as it was filled in.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct NoteForm {
    kind: String,
    text: String,
}

impl NoteForm {
    fn draft(&self) -> NoteDraft {
        NoteDraft {
            kind: NoteKind::parse(&self.kind).unwrap_or_default(),
            text: self.text.clone(),
            occurred_at: None,
        }
    }
}

/// Who acts.
fn writer(ctx: &Ctx) -> Writer {
    Writer {
        user: ctx.user(),
        any: may_change_any(ctx),
    }
}

/// Writes one.
pub async fn write(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path(contact): Path<ContactId>,
    Posted(form): Posted<NoteForm>,
) -> WebResult {
    let tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    match write_note(tx, contact, form.draft(), writer(&ctx), ctx.now).await {
        Ok(_) => Ok(said(&ctx, contact, "crm-note-written")),
        Err(error) => {
            let errors = note_errors(&ctx, error)?;
            Ok(form_page(&ctx, contact, None, &form, &errors))
        }
    }
}

/// The form of one.
pub async fn edit(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path((contact, id)): Path<(ContactId, NoteId)>,
) -> WebResult {
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let note = tx.lock_note(contact, id).await?.ok_or(AppError::NotFound)?;
    let form = NoteForm {
        kind: note.kind.as_str().to_owned(),
        text: note.text,
    };
    Ok(form_page(&ctx, contact, Some(id), &form, &FieldErrors::new()))
}

/// Changes one.
pub async fn change(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path((contact, id)): Path<(ContactId, NoteId)>,
    Posted(form): Posted<NoteForm>,
) -> WebResult {
    let tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    match change_note(tx, (contact, id), |_| form.draft(), writer(&ctx), ctx.now).await {
        Ok(_) => Ok(said(&ctx, contact, "crm-note-saved")),
        Err(error) => {
            let errors = note_errors(&ctx, error)?;
            Ok(form_page(&ctx, contact, Some(id), &form, &errors))
        }
    }
}

/// Deletes one.
pub async fn delete(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path((contact, id)): Path<(ContactId, NoteId)>,
) -> WebResult {
    let tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    match delete_note(tx, contact, id, writer(&ctx)).await {
        Ok(()) => Ok(said(&ctx, contact, "crm-note-deleted")),
        Err(error) => Err(AppError::Invalid(note_errors(&ctx, error)?)),
    }
}

fn note_errors(ctx: &Ctx, error: NoteError) -> Result<FieldErrors, AppError> {
    let mut errors = FieldErrors::new();
    match error {
        NoteError::NotFound => return Err(AppError::NotFound),
        NoteError::NotYours => return Err(AppError::Forbidden),
        NoteError::Db(error) => return Err(error.into()),
        NoteError::Invalid(problem) => {
            let (code, text) = invalid_note(&ctx.l10n, problem);
            errors.add("text", code, text);
        }
    }
    Ok(errors)
}

/// A form that came back, or one of a note that is to be changed.
fn form_page(
    ctx: &Ctx,
    contact: ContactId,
    note: Option<NoteId>,
    form: &NoteForm,
    errors: &FieldErrors,
) -> Response {
    let header = PageHeader::new(ctx.t("crm-note-title"))
        .crumb(ctx.t("crm-contacts-title"), CONTACTS.url())
        .crumb(ctx.t("crm-contact"), CONTACT.url(&contact));
    let status = if errors.0.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let mut summary = ErrorSummary::new(ctx.t("crm-form-errors"));
    for error in &errors.0 {
        summary = summary.error(error.field.as_str(), error.detail.as_str());
    }
    let inputs = html! {
        (Input::textarea("text", ctx.t("crm-note-text"), 8)
            .value(&form.text)
            .max_length(MAX_NOTE)
            .error(errors.of("text").map(str::to_owned)))
        (note_kind(ctx, NoteKind::parse(&form.kind).unwrap_or_default()))
    };
    let body = html! {
        (form_section(&ctx.t("crm-note-title"), None, inputs))
        (button_row(html! {
            (Button::primary(ctx.t("crm-note-save")))
            (Button::ghost(ctx.words().cancel.as_str()).href(CONTACT.url(&contact)))
        }))
    };
    let action = note.map_or_else(
        || CONTACT_NOTES.url(&contact),
        |id| CONTACT_NOTE.url(&contact, &id),
    );
    let form = Form::post(action, ctx.csrf_field()).body(ctx.words(), body);
    ctx.page_with(status, &header, stack(html! { (summary) (form) }))
}

fn said(ctx: &Ctx, contact: ContactId, key: &str) -> Response {
    Redirect::to(ctx, CONTACT.url(&contact))
        .say(ctx, Toast::done(ctx.t(key)))
        .into_response()
}
