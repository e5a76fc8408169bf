//! Notes about contacts for programs.

use axum::{
    Json as Answer,
    extract::State,
    response::{IntoResponse, Response},
};
use contracts::{
    ListPage,
    crm::people::{API_CONTACT_NOTE, API_CONTACT_NOTES, Note as View, NoteInput, NotePatch, PageQuery},
};
use http::{HeaderValue, StatusCode, header};
use kernel::{ContactId, NoteId, Permission};
use platform::web::{Access, AppError, Ctx, Json, Op, Path, Query, Routes, WebResult};

use super::{limit, page};
use crate::{
    Crm,
    application::write_note::{NoteError, Writer, change_note, delete_note, write_note},
    domain::note::{Note, NoteDraft, NoteKind},
    infrastructure::pg::{CrmTx, notes::NotePosition},
    interface::problem_text::invalid_note,
};

const LIST: &str = "api.notes latest first";

pub fn routes() -> Routes<Crm> {
    let read = Access::needs(Permission::ContactsRead);
    let write = Access::needs(Permission::ContactsWrite);
    Routes::new()
        .get(API_CONTACT_NOTES.template(), read, list)
        .doc(
            Op::new(
                "list_contact_notes",
                "List the notes about a contact, latest first",
            )
            .query::<PageQuery>()
            .returns::<ListPage<View>>(200, "A page of notes."),
        )
        .post(API_CONTACT_NOTES.template(), write, create)
        .doc(
            Op::new("create_contact_note", "Write a note about a contact")
                .body::<NoteInput>()
                .returns::<View>(201, "The note."),
        )
        .patch(API_CONTACT_NOTE.template(), write, change)
        .doc(
            Op::new("update_contact_note", "Change a note")
                .body_as::<NotePatch>("application/merge-patch+json")
                .returns::<View>(200, "The note as it is now."),
        )
        .delete(API_CONTACT_NOTE.template(), write, delete)
        .doc(Op::new("delete_contact_note", "Delete a note").answers(204, "It is gone."))
}

async fn list(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path(contact): Path<ContactId>,
    Query(query): Query<PageQuery>,
) -> WebResult {
    let after: Option<NotePosition> = query
        .cursor
        .as_deref()
        .map(|cursor| ctx.open_cursor(LIST, cursor))
        .transpose()?;
    let limit = limit(query.limit);
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    tx.contact(contact).await?.ok_or(AppError::NotFound)?;
    let mut notes = tx.notes(contact, after, limit + 1).await?;
    let more = notes.len() as i64 > limit;
    notes.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let next = notes
        .last()
        .filter(|_| more)
        .map(|last| ctx.seal_cursor(LIST, &(last.occurred_at, last.id)));
    let data = notes.into_iter().map(view).collect();
    page(&API_CONTACT_NOTES.url(&contact), data, next)
}

async fn create(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path(contact): Path<ContactId>,
    Json(input): Json<NoteInput>,
) -> WebResult {
    let draft = NoteDraft {
        kind: kind(&ctx, input.kind.as_deref())?.unwrap_or_default(),
        text: input.text,
        occurred_at: input.occurred_at,
    };
    let tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let note = write_note(tx, contact, draft, writer(&ctx), ctx.now)
        .await
        .map_err(|error| problem(&ctx, error))?;
    let location =
        HeaderValue::from_str(&API_CONTACT_NOTE.url(&contact, &note.id)).map_err(AppError::internal)?;
    let answer = Answer(view(note));
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], answer).into_response())
}

async fn change(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path((contact, id)): Path<(ContactId, NoteId)>,
    Json(input): Json<NotePatch>,
) -> WebResult {
    let kind = kind(&ctx, input.kind.as_deref())?;
    let draft = |note: &Note| NoteDraft {
        kind: kind.unwrap_or(note.kind),
        text: input.text.unwrap_or_else(|| note.text.clone()),
        occurred_at: input.occurred_at,
    };
    let tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let note = change_note(tx, (contact, id), draft, writer(&ctx), ctx.now)
        .await
        .map_err(|error| problem(&ctx, error))?;
    Ok(Answer(view(note)).into_response())
}

async fn delete(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path((contact, id)): Path<(ContactId, NoteId)>,
) -> WebResult<Response> {
    let tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    delete_note(tx, contact, id, writer(&ctx))
        .await
        .map_err(|error| problem(&ctx, error))?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// A program may change whatever was written: its key was given to it for that.
fn writer(ctx: &Ctx) -> Writer {
    Writer {
        user: ctx.user(),
        any: true,
    }
}

fn kind(ctx: &Ctx, word: Option<&str>) -> Result<Option<NoteKind>, AppError> {
    let unknown = || AppError::invalid("type", "unknown_type", ctx.t("crm-note-type-unknown"));
    word.map(|word| NoteKind::parse(word).ok_or_else(unknown))
        .transpose()
}

fn problem(ctx: &Ctx, error: NoteError) -> AppError {
    match error {
        NoteError::NotFound => AppError::NotFound,
        NoteError::NotYours => AppError::Forbidden,
        NoteError::Db(error) => error.into(),
        NoteError::Invalid(problem) => {
            let (code, text) = invalid_note(&ctx.l10n, problem);
            AppError::invalid("text", code, text)
        }
    }
}

pub(super) fn view(note: Note) -> View {
    View {
        id: note.id,
        kind: note.kind.as_str(),
        text: note.text,
        occurred_at: note.occurred_at,
        created_by: note.created_by,
        created_at: note.created_at,
        updated_at: note.updated_at,
    }
}
