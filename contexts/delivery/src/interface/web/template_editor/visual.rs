//! The visual editor: another page over the same form and the same source.
//!
//! What is in one editor is handed to the other by a form, so that nothing has to be saved first. A
//! source that the visual editor would not keep is not opened; the code editor says why.

use axum::{extract::State, response::Response};
use http::{HeaderValue, StatusCode, header};
use kernel::TemplateId;
use platform::web::{AppError, Ctx, Form, Path, Query, WebResult};
use ui_kit::VISUAL_EDITOR_POLICY;

use super::{Editor, EditorForm, PreviewQuery, form::VISUAL};
use crate::{
    application::{read_templates::find_template, template_deps::TemplateDeps},
    domain::template::{Loss, TemplateSource, is_visual, obstacle},
};

/// What was saved, in the visual editor.
pub async fn show(
    ctx: Ctx,
    State(deps): State<TemplateDeps>,
    Path(id): Path<TemplateId>,
    Query(query): Query<PreviewQuery>,
) -> WebResult {
    let template = find_template(&deps.db, ctx.org, id)
        .await?
        .ok_or(AppError::NotFound)?;
    let mut form = EditorForm::of(&template);
    query.fill(&mut form);
    open(&ctx, &deps, Editor::new(template, form)).await
}

/// What is in the code editor, in the visual one.
pub async fn open_visual(
    ctx: Ctx,
    State(deps): State<TemplateDeps>,
    Path(id): Path<TemplateId>,
    Form(form): Form<EditorForm>,
) -> WebResult {
    let editor = unsaved(&ctx, &deps, id, form).await?;
    open(&ctx, &deps, editor).await
}

/// What is in the visual editor, as code.
pub async fn open_code(
    ctx: Ctx,
    State(deps): State<TemplateDeps>,
    Path(id): Path<TemplateId>,
    Form(form): Form<EditorForm>,
) -> WebResult {
    let mut editor = unsaved(&ctx, &deps, id, form).await?;
    // What it would have lost is told, and what it made is there to be looked at.
    editor.loss = editor.form.lost();
    editor.form.mode = String::new();
    editor.answer(&ctx, &deps, StatusCode::OK).await
}

/// The policy of the page with the canvas.
pub fn allow_canvas(response: &mut Response) {
    response.headers_mut().insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(VISUAL_EDITOR_POLICY),
    );
}

/// What can be filled in: label and code.
pub async fn merge_fields(ctx: &Ctx, deps: &TemplateDeps) -> WebResult<Vec<(String, String)>> {
    let own = [
        ("first-name", "{{ contact.first_name | default(\"there\") }}"),
        ("last-name", "{{ contact.last_name }}"),
        ("email", "{{ contact.email }}"),
        ("phone", "{{ contact.phone }}"),
        ("organization", "{{ organization.name }}"),
        ("postal-address", "{{ organization.postal_address }}"),
        ("unsubscribe", "{{ unsubscribe_url }}"),
        ("preferences", "{{ preferences_url }}"),
        ("web-view", "{{ web_view_url }}"),
    ];
    let mut fields: Vec<_> = own
        .into_iter()
        .map(|(key, code)| (ctx.t(&format!("delivery-merge-{key}")), code.to_owned()))
        .collect();
    if let Some(people) = &deps.people {
        let made = people.fields(ctx.org).await?;
        fields.extend(
            made.into_iter()
                .map(|field| (field.label, format!("{{{{ contact.attributes.{} }}}}", field.key))),
        );
    }
    Ok(fields)
}

async fn unsaved(ctx: &Ctx, deps: &TemplateDeps, id: TemplateId, form: EditorForm) -> WebResult<Editor> {
    let template = find_template(&deps.db, ctx.org, id)
        .await?
        .ok_or(AppError::NotFound)?;
    Ok(Editor {
        is_draft: true,
        ..Editor::new(template, form)
    })
}

async fn open(ctx: &Ctx, deps: &TemplateDeps, mut editor: Editor) -> WebResult {
    editor.loss = refusal(&editor.form.source());
    if editor.loss.is_some() {
        editor.form.mode = String::new();
        return editor.answer(ctx, deps, StatusCode::UNPROCESSABLE_ENTITY).await;
    }
    editor.form.mode = VISUAL.to_owned();
    editor.answer(ctx, deps, StatusCode::OK).await
}

fn refusal(source: &TemplateSource) -> Option<Loss> {
    if is_visual(source) {
        return obstacle(&source.body);
    }
    Some(Loss {
        line: 1,
        code: "html",
        detail: String::new(),
    })
}
