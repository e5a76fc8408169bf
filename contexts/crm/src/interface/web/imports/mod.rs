//! Imports, from the upload to the report.

mod form;
mod list_view;
mod mapping_view;
mod progress_view;
mod record_mapping;
mod report_view;
mod view;
mod what;

use axum::{
    extract::{Multipart, State},
    response::IntoResponse,
};
use contracts::crm::{IMPORT, IMPORTS};
use http::{HeaderValue, StatusCode};
use kernel::{ImportId, Permission};
use platform::web::{AppError, Ctx, FieldErrors, Form, Path, Query, Redirect, Toast, WebResult};
use serde::Deserialize;

use self::{
    form::{MappingForm, Then},
    what::What,
};
use crate::{
    Crm,
    application::{
        cancel_import::cancel_import,
        import_onto::Onto,
        keep_import_template::{TemplateError, keep_import_template, use_import_template},
        map_import::{ImportError, change_dialect, map_import, sample_import},
        open_objects::open,
        receive_import::{ReceiveImportError, Upload, receive_import},
        start_import::{start_check, start_import},
        undo_import::start_undo_import,
    },
    domain::{
        field::CONTACTS,
        import::{encoding::NotText, state::Import},
    },
    infrastructure::{import_file::ReceiveError, pg::CrmTx, spreadsheet::NotASheet},
    interface::{
        assignment::People,
        errors_csv,
        import_access::{may, readable},
        problem_text::{import_error, mapping_problem},
        selection_words::started_by,
    },
};

/// Subscriptions that were not made, of which the report tells one by one.
const SKIPS: i64 = 100;
/// Imports on one page.
const PAGE: i64 = 50;
const LIST: &str = "crm.imports newest first";

/// Which page of the list.
#[derive(Deserialize)]
pub struct ListQuery {
    cursor: Option<String>,
}

/// The list.
pub async fn list(ctx: Ctx, State(crm): State<Crm>, Query(query): Query<ListQuery>) -> WebResult {
    let before = query
        .cursor
        .map(|cursor| ctx.open_cursor(LIST, &cursor))
        .transpose()?;
    let mut imports = CrmTx::tenant(&crm.deps.db, ctx.org)
        .await?
        .imports(before, PAGE + 1)
        .await?;
    let more = imports.len() as i64 > PAGE;
    imports.truncate(PAGE as usize);
    let next = imports
        .last()
        .filter(|_| more)
        .map(|last| ctx.seal_cursor(LIST, &last.id));
    let objects = open(&crm.deps.db, ctx.org).await?.objects().await?;
    Ok(list_view::page(&ctx, &imports, &objects, next))
}

/// What the file is to be of.
#[derive(Deserialize)]
pub struct NewQuery {
    object: Option<String>,
}

/// The form for a file.
pub async fn new(ctx: Ctx, State(crm): State<Crm>, Query(query): Query<NewQuery>) -> WebResult {
    let object = query.object.unwrap_or_else(|| CONTACTS.to_owned());
    upload_page(&ctx, &crm, StatusCode::OK, &object, None).await
}

async fn upload_page(
    ctx: &Ctx,
    crm: &Crm,
    status: StatusCode,
    object: &str,
    problem: Option<String>,
) -> WebResult {
    let mut objects = open(&crm.deps.db, ctx.org).await?.objects().await?;
    objects.retain(|_| ctx.may(Permission::RecordsWrite));
    let what = What::among(&objects, object);
    if matches!(what, What::Gone(_)) {
        return Err(AppError::NotFound);
    }
    Ok(list_view::upload_page(ctx, status, &objects, &what, problem))
}

/// Takes a file.
pub async fn upload(ctx: Ctx, State(crm): State<Crm>, mut body: Multipart) -> WebResult {
    let mut object = CONTACTS.to_owned();
    let part = loop {
        match body.next_field().await {
            // A file field that nothing was chosen in comes along without a name.
            Ok(Some(part))
                if part.name() == Some("file") && part.file_name().is_some_and(|n| !n.is_empty()) =>
            {
                break part;
            }
            Ok(Some(part)) if part.name() == Some("text") => break part,
            Ok(Some(part)) if part.name() == Some("object") => {
                let given = part.text().await;
                object = given.map_err(|error| AppError::BadRequest(error.body_text()))?;
            }
            Ok(Some(_)) => {}
            Ok(None) => return refuse(&ctx, &crm, &object, "crm-import-no-file").await,
            Err(error) => return Err(AppError::BadRequest(error.body_text())),
        }
    };
    may(&ctx, &object, Permission::RecordsWrite)?;
    let upload = Upload {
        org: ctx.org,
        user: ctx.user(),
        object: object.clone(),
        file_name: part
            .file_name()
            .map_or_else(|| ctx.t("crm-import-pasted"), str::to_owned),
    };
    let pasted = part.name() == Some("text");
    let members = crm.organizations.members(ctx.org).await?;
    let received = receive_import(&crm.deps.db, &crm.deps.objects, upload, &members, part, ctx.now).await;
    let key = match received {
        Ok(import) => return Ok(Redirect::to(&ctx, IMPORT.url(&import.id)).into_response()),
        Err(ReceiveImportError::NoSuchObject) => return Err(AppError::NotFound),
        Err(ReceiveImportError::Db(error)) => return Err(error.into()),
        Err(ReceiveImportError::Receive(error)) => match error {
            ReceiveError::NotText(NotText::Empty) if pasted => "crm-import-no-file",
            ReceiveError::NotText(NotText::Empty) => "crm-import-empty-file",
            ReceiveError::NotText(NotText::Spreadsheet) => "crm-import-spreadsheet",
            ReceiveError::NotText(NotText::Binary) => "crm-import-not-text",
            ReceiveError::NotASheet(NotASheet::Empty) => "crm-import-empty-file",
            ReceiveError::NotASheet(NotASheet::TooLarge) => "crm-import-sheet-too-large",
            ReceiveError::NotASheet(NotASheet::Broken) => "crm-import-sheet-broken",
            ReceiveError::NotASheet(NotASheet::Io(error)) => return Err(AppError::internal(error)),
            ReceiveError::TooLarge => return Err(AppError::TooLarge),
            ReceiveError::BrokenOff(text) => return Err(AppError::BadRequest(text)),
            ReceiveError::Store(error) => return Err(AppError::internal(error)),
        },
    };
    refuse(&ctx, &crm, &object, key).await
}

async fn refuse(ctx: &Ctx, crm: &Crm, object: &str, key: &str) -> WebResult {
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    upload_page(ctx, crm, status, object, Some(ctx.t(key))).await
}

/// One import: what is to be done next, how far it is, or what came of it.
pub async fn show(ctx: Ctx, State(crm): State<Crm>, Path(id): Path<ImportId>) -> WebResult {
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let import = readable(&ctx, tx.import(id).await?.ok_or(AppError::NotFound)?)?;
    if !import.state.is_open() {
        let what = What::read(&mut tx, &import.object).await?;
        let skips = if import.skipped > 0 {
            tx.import_skips(id, SKIPS).await?
        } else {
            Vec::new()
        };
        let topics = tx.topics().await?;
        return Ok(view::page(&ctx, &import, &what, &skips, &topics));
    }
    let form = MappingForm::of(&import);
    mapping_page(
        &ctx,
        &crm,
        tx,
        &import,
        StatusCode::OK,
        &form,
        &FieldErrors::new(),
    )
    .await
}

async fn mapping_page(
    ctx: &Ctx,
    crm: &Crm,
    mut tx: CrmTx,
    import: &Import,
    status: StatusCode,
    form: &MappingForm,
    errors: &FieldErrors,
) -> WebResult {
    let sample = match sample_import(&mut tx, &crm.deps.objects, import).await {
        Ok(sample) => sample,
        Err(error) => return Err(import_error(&ctx.l10n, &import.columns, error)),
    };
    let onto = Onto::read(&mut tx, &import.object)
        .await?
        .ok_or(AppError::NotFound)?;
    let what = What::read(&mut tx, &import.object).await?;
    let templates = tx.import_templates(&import.object).await?;
    let people = People::read(crm, &mut tx, ctx.org).await?;
    let known = mapping_view::Known {
        sample: &sample,
        onto: &onto,
        what: &what,
        templates: &templates,
        people: &people,
    };
    Ok(mapping_view::page(ctx, status, import, &known, form, errors))
}

/// Takes the mapping, and what is to happen then.
pub async fn map(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path(id): Path<ImportId>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> WebResult {
    let form = MappingForm::read(pairs);
    let import = find_own(&crm, &ctx, id).await?;
    let tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    if !import.state.is_open() {
        return answer(&ctx, &import, Err(ImportError::WrongState));
    }
    if form.then == Then::Reread {
        let members = crm.organizations.members(ctx.org).await?;
        let reread = change_dialect(tx, &crm.deps.objects, id, &members, |dialect| {
            form.dialect(dialect)
        });
        let reread = reread.await;
        return answer(&ctx, &import, reread.map(|_| ()));
    }
    if form.then == Then::UseTemplate {
        let template = form.get("template").parse().map_err(|_| AppError::NotFound)?;
        let used = use_import_template(tx, id, template).await;
        return template_answer(&ctx, &import, used.map(|_| None));
    }
    let mapping = match form.mapping(import.columns.len()) {
        Ok(mapping) => mapping,
        Err(problems) => {
            let errors = form::unreadable(&ctx.l10n, &problems);
            return mapping_page(
                &ctx,
                &crm,
                tx,
                &import,
                StatusCode::UNPROCESSABLE_ENTITY,
                &form,
                &errors,
            )
            .await;
        }
    };
    match map_import(tx, id, mapping).await {
        Ok(_) => {}
        Err(ImportError::Mapping(problem)) => {
            let (field, code, text) = mapping_problem(&ctx.l10n, &import.columns, &problem);
            let mut errors = FieldErrors::new();
            errors.add(field, code, text);
            let tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
            return mapping_page(
                &ctx,
                &crm,
                tx,
                &import,
                StatusCode::UNPROCESSABLE_ENTITY,
                &form,
                &errors,
            )
            .await;
        }
        Err(error) => return answer(&ctx, &import, Err(error)),
    }
    let tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    match form.then {
        Then::Check => answer(
            &ctx,
            &import,
            start_check(tx, id, started_by(&ctx)).await.map(|_| ()),
        ),
        Then::Start => answer(
            &ctx,
            &import,
            start_import(tx, id, started_by(&ctx), ctx.now).await.map(|_| ()),
        ),
        Then::KeepTemplate => {
            let kept = keep_import_template(tx, id, form.get("template_name"), ctx.user(), ctx.now).await;
            if let Err(TemplateError::Name(_)) = kept {
                let mut errors = FieldErrors::new();
                errors.add(
                    "template_name",
                    "invalid",
                    ctx.t("crm-import-template-name-invalid"),
                );
                let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
                let import = tx.import(id).await?.ok_or(AppError::NotFound)?;
                let status = StatusCode::UNPROCESSABLE_ENTITY;
                return mapping_page(&ctx, &crm, tx, &import, status, &form, &errors).await;
            }
            template_answer(&ctx, &import, kept.map(Some))
        }
        Then::Save | Then::Reread | Then::UseTemplate => answer(&ctx, &import, Ok(())),
    }
}

/// Back to the import, with a word about the template.
fn template_answer(ctx: &Ctx, import: &Import, done: Result<Option<String>, TemplateError>) -> WebResult {
    let toast = match done {
        Ok(Some(name)) => Toast::done(ctx.ta("crm-import-template-kept", &[("name", name.into())])),
        Ok(None) => return answer(ctx, import, Ok(())),
        Err(TemplateError::DoesNotFit) => Toast::failed(ctx.t("crm-import-template-does-not-fit")),
        Err(TemplateError::Import(error)) => return answer(ctx, import, Err(error)),
        Err(TemplateError::NotFound | TemplateError::Name(_)) => return Err(AppError::NotFound),
        Err(TemplateError::Db(error)) => return Err(error.into()),
    };
    Ok(Redirect::to(ctx, IMPORT.url(&import.id))
        .say(ctx, toast)
        .into_response())
}

/// Which kept mapping.
#[derive(Deserialize)]
pub struct TemplateForm {
    template: kernel::ImportTemplateId,
}

/// Deletes a kept mapping.
pub async fn delete_template(ctx: Ctx, State(crm): State<Crm>, Form(form): Form<TemplateForm>) -> WebResult {
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    if !tx.delete_import_template(form.template).await? {
        return Err(AppError::NotFound);
    }
    tx.commit().await?;
    Ok(Redirect::to(&ctx, IMPORTS.url())
        .say(&ctx, Toast::done(ctx.t("crm-import-template-deleted")))
        .into_response())
}

/// Looks at all rows without importing any.
pub async fn check(ctx: Ctx, State(crm): State<Crm>, Path(id): Path<ImportId>) -> WebResult {
    let import = find_own(&crm, &ctx, id).await?;
    let tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    answer(
        &ctx,
        &import,
        start_check(tx, id, started_by(&ctx)).await.map(|_| ()),
    )
}

/// Starts to import.
pub async fn start(ctx: Ctx, State(crm): State<Crm>, Path(id): Path<ImportId>) -> WebResult {
    let import = find_own(&crm, &ctx, id).await?;
    let tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    answer(
        &ctx,
        &import,
        start_import(tx, id, started_by(&ctx), ctx.now).await.map(|_| ()),
    )
}

/// Stops what runs.
pub async fn cancel(ctx: Ctx, State(crm): State<Crm>, Path(id): Path<ImportId>) -> WebResult {
    let import = find_own(&crm, &ctx, id).await?;
    let tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    answer(&ctx, &import, cancel_import(tx, id, ctx.now).await.map(|_| ()))
}

/// Takes it back.
pub async fn undo(ctx: Ctx, State(crm): State<Crm>, Path(id): Path<ImportId>) -> WebResult {
    let import = find_own(&crm, &ctx, id).await?;
    let tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let undone = start_undo_import(tx, id, started_by(&ctx), ctx.now).await;
    answer(&ctx, &import, undone.map(|_| ()))
}

/// The part of the page that moves. Once nothing moves any more, the whole page is loaded.
pub async fn progress(ctx: Ctx, State(crm): State<Crm>, Path(id): Path<ImportId>) -> WebResult {
    let import = find(&crm, &ctx, id).await?;
    if import.state.is_running() {
        return Ok(progress_view::part(&ctx, &import).into_response());
    }
    let to = HeaderValue::from_str(&IMPORT.url(&id)).map_err(AppError::internal)?;
    Ok(([("hx-redirect", to)], StatusCode::OK).into_response())
}

/// The rejected rows with their reasons.
pub async fn errors(ctx: Ctx, State(crm): State<Crm>, Path(id): Path<ImportId>) -> WebResult {
    let import = find(&crm, &ctx, id).await?;
    Ok(errors_csv::download(&crm, &ctx, &import))
}

async fn find(crm: &Crm, ctx: &Ctx, id: ImportId) -> Result<Import, AppError> {
    CrmTx::tenant(&crm.deps.db, ctx.org)
        .await?
        .import(id)
        .await?
        .ok_or(AppError::NotFound)
        .and_then(|import| readable(ctx, import))
}

/// One that the person may work on.
async fn find_own(crm: &Crm, ctx: &Ctx, id: ImportId) -> Result<Import, AppError> {
    let import = find(crm, ctx, id).await?;
    may(ctx, &import.object, Permission::RecordsWrite)?;
    Ok(import)
}

/// Back to the import, with a word about what could not be done.
fn answer(ctx: &Ctx, import: &Import, result: Result<(), ImportError>) -> WebResult {
    let back = Redirect::to(ctx, IMPORT.url(&import.id));
    match result {
        Ok(()) => Ok(back.into_response()),
        Err(ImportError::WrongState) => Ok(back
            .say(ctx, Toast::failed(ctx.t("crm-import-wrong-state")))
            .into_response()),
        Err(ImportError::FileGone) => Ok(back
            .say(ctx, Toast::failed(ctx.t("crm-import-file-gone")))
            .into_response()),
        Err(ImportError::Mapping(problem)) => {
            let (_, _, text) = mapping_problem(&ctx.l10n, &import.columns, &problem);
            Ok(back.say(ctx, Toast::failed(text)).into_response())
        }
        Err(error) => Err(import_error(&ctx.l10n, &import.columns, error)),
    }
}
