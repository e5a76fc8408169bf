//! The form of a segment. It is complete without a script: the buttons that add and remove
//! conditions submit it, and it comes back changed.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use contracts::crm::{SEGMENT, SEGMENTS};
use http::StatusCode;
use kernel::{CategoryId, SegmentId};
use platform::web::{AppError, Ctx, FieldErrors, Form, Path, Query, Redirect, Toast, WebResult};

use super::{
    editor::{self, Choices, EditorPage},
    preview::Found,
    show::{Look, rebuild_now},
    words::form_errors,
};
use crate::{
    Crm,
    application::{
        check_segment::{SaveSegmentError, SegmentDefinition, schema_for},
        create_segment::create_segment,
        edit_segment::edit_segment,
    },
    domain::{
        rule::draft::{Draft, EDIT, Edit},
        segment::{InvalidTitle, Segment},
    },
    infrastructure::pg::CrmTx,
};

/// The form as it was filled in.
#[derive(Debug)]
pub struct SegmentForm {
    pub name: String,
    pub description: String,
    pub category: Option<CategoryId>,
    /// The contact that the rule is tried on, as it was typed.
    pub probe: String,
    /// The version that is edited.
    pub version: Option<i32>,
    pub draft: Draft,
    /// The button that was pressed, unless it was the one that saves.
    pub edit: Option<Edit>,
    /// It was the one that counts exactly.
    pub exact: bool,
}

/// The value of the button that counts exactly; it changes nothing.
pub const COUNT: &str = "count";

impl SegmentForm {
    /// Reads what was submitted; the edit is done to the draft already.
    pub fn read(fields: &[(String, String)]) -> Self {
        let one = |name: &str| {
            fields
                .iter()
                .find(|(n, _)| n == name)
                .map(|(_, value)| value.as_str())
        };
        let edit = one(EDIT).map(Edit::parse);
        let mut draft = Draft::from_form(fields);
        if let Some(edit) = &edit {
            draft.edit(edit);
        }
        Self {
            name: one("name").unwrap_or_default().to_owned(),
            description: one("description").unwrap_or_default().to_owned(),
            category: one("category").and_then(|id| id.parse().ok()),
            probe: one("probe").unwrap_or_default().to_owned(),
            version: one("version").and_then(|version| version.parse().ok()),
            draft,
            exact: one(EDIT) == Some(COUNT),
            edit,
        }
    }

    fn blank() -> Self {
        Self {
            name: String::new(),
            description: String::new(),
            category: None,
            probe: String::new(),
            version: None,
            draft: Draft::blank(),
            edit: None,
            exact: false,
        }
    }

    fn of(segment: &Segment) -> Self {
        Self {
            name: segment.name.clone(),
            description: segment.description.clone(),
            category: segment.category,
            probe: String::new(),
            version: Some(segment.version),
            draft: Draft::from_json(&segment.rule),
            edit: None,
            exact: false,
        }
    }
}

type Fields = Form<Vec<(String, String)>>;

/// What a new segment begins with: the conditions of a list of contacts.
#[derive(serde::Deserialize)]
pub struct Begun {
    rule: Option<String>,
}

/// The form for a new one.
pub async fn new(ctx: Ctx, State(crm): State<Crm>, Query(begun): Query<Begun>) -> WebResult {
    let rule = begun.rule.and_then(|text| serde_json::from_str(&text).ok());
    let form = SegmentForm {
        draft: rule.as_ref().map_or_else(Draft::blank, Draft::from_json),
        ..SegmentForm::blank()
    };
    show(&ctx, &crm, None, form, StatusCode::OK, FieldErrors::new()).await
}

/// The form of one that exists.
pub async fn edit(ctx: Ctx, State(crm): State<Crm>, Path(id): Path<SegmentId>) -> WebResult {
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let segment = tx.segment(id).await?.ok_or(AppError::NotFound)?;
    tx.commit().await?;
    show(
        &ctx,
        &crm,
        Some(&segment),
        SegmentForm::of(&segment),
        StatusCode::OK,
        FieldErrors::new(),
    )
    .await
}

/// Makes a segment, or shows the form with another condition more or less.
pub async fn create(ctx: Ctx, State(crm): State<Crm>, Form(fields): Fields) -> WebResult {
    submit(&ctx, &crm, None, SegmentForm::read(&fields)).await
}

/// Changes a segment, or shows the form with another condition more or less.
pub async fn update(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path(id): Path<SegmentId>,
    Form(fields): Fields,
) -> WebResult {
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let segment = tx.segment(id).await?.ok_or(AppError::NotFound)?;
    tx.commit().await?;
    submit(&ctx, &crm, Some(&segment), SegmentForm::read(&fields)).await
}

async fn submit(ctx: &Ctx, crm: &Crm, segment: Option<&Segment>, form: SegmentForm) -> WebResult {
    if form.edit.is_some() {
        return show(ctx, crm, segment, form, StatusCode::OK, FieldErrors::new()).await;
    }
    let id = segment.map(|segment| segment.id);
    match save(ctx, crm, id, &form).await {
        Ok(id) => saved(ctx, crm, id, &form.name, segment.is_none()).await,
        Err(SaveSegmentError::NotFound) => Err(AppError::NotFound),
        Err(SaveSegmentError::Db(error)) => Err(error.into()),
        Err(SaveSegmentError::Changed) => {
            // The next attempt is meant for the version that is there now.
            let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
            let current = match id {
                Some(id) => tx.segment(id).await?,
                None => None,
            };
            let current = current.ok_or(AppError::NotFound)?;
            tx.commit().await?;
            let form = SegmentForm {
                version: Some(current.version),
                ..form
            };
            let mut errors = FieldErrors::new();
            errors.add("", "changed", ctx.t("crm-segments-changed"));
            show(ctx, crm, Some(&current), form, StatusCode::CONFLICT, errors).await
        }
        Err(error) => {
            let errors = field_errors(ctx, &error);
            show(ctx, crm, segment, form, StatusCode::UNPROCESSABLE_ENTITY, errors).await
        }
    }
}

async fn save(
    ctx: &Ctx,
    crm: &Crm,
    id: Option<SegmentId>,
    form: &SegmentForm,
) -> Result<SegmentId, SaveSegmentError> {
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let schema = schema_for(&mut tx, id).await?;
    let rule = form.draft.to_json(&schema);
    let definition = SegmentDefinition {
        name: &form.name,
        description: &form.description,
        category: form.category,
        rule: &rule,
    };
    match id {
        Some(id) => {
            edit_segment(tx, id, form.version, &definition).await?;
            Ok(id)
        }
        None => create_segment(tx, &definition).await,
    }
}

/// Finds the members at once where that is quick, so that the page that follows shows them.
async fn saved(ctx: &Ctx, crm: &Crm, id: SegmentId, name: &str, is_new: bool) -> WebResult {
    // Whatever keeps it from being rebuilt now is told by the page and mended by the engine.
    let _later = rebuild_now(ctx, crm, id, Look::AtWhatChanged).await?;
    let key = if is_new {
        "crm-segments-created"
    } else {
        "crm-segments-saved"
    };
    let toast = Toast::done(ctx.ta(key, &[("name", name.trim().into())]));
    Ok(Redirect::to(ctx, SEGMENT.url(&id))
        .say(ctx, toast)
        .into_response())
}

fn field_errors(ctx: &Ctx, error: &SaveSegmentError) -> FieldErrors {
    let mut errors = FieldErrors::new();
    match error {
        SaveSegmentError::NameTaken => errors.add("name", "name_taken", ctx.t("crm-segments-name-taken")),
        SaveSegmentError::Invalid { title, rule } => {
            if let Some((field, code, key)) = title.map(title_problem) {
                errors.add(field, code, ctx.t(key));
            }
            errors.0.extend(form_errors(ctx, rule).0);
        }
        SaveSegmentError::NoCategory => {
            errors.add(
                "category",
                "unknown_category",
                ctx.t("crm-segments-category-gone"),
            );
        }
        SaveSegmentError::Changed | SaveSegmentError::NotFound | SaveSegmentError::Db(_) => {}
    }
    errors
}

/// The field that a problem of the name or description is about, its code and its message.
pub fn title_problem(problem: InvalidTitle) -> (&'static str, &'static str, &'static str) {
    match problem {
        InvalidTitle::NameMissing => ("name", "missing", "crm-segments-name-missing"),
        InvalidTitle::Name => ("name", "invalid", "crm-segments-name-invalid"),
        InvalidTitle::Description => ("description", "invalid", "crm-segments-description-invalid"),
    }
}

async fn show(
    ctx: &Ctx,
    crm: &Crm,
    segment: Option<&Segment>,
    mut form: SegmentForm,
    status: StatusCode,
    errors: FieldErrors,
) -> Result<Response, AppError> {
    let choices = Choices::load(ctx, crm, segment.map(|segment| segment.id)).await?;
    form.draft.settle(&choices.schema);
    let found = if errors.is_empty() {
        Found::by(ctx, crm, &choices, &form).await?
    } else {
        Found::Incomplete
    };
    let action = segment.map_or_else(|| SEGMENTS.url(), |segment| SEGMENT.url(&segment.id));
    let page = EditorPage {
        segment,
        form: &form,
        choices: &choices,
        errors: &errors,
        found: &found,
        action,
    };
    Ok(editor::page(ctx, status, &page))
}
