//! The editor of one template: source, live preview, checks, tests, versions.

mod audience_view;
mod form;
mod link_view;
mod preview_view;
mod short_fields;
mod short_preview;
mod view;
mod visual;
mod visual_view;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use contracts::{
    crm::consent::Channel,
    delivery::{TEMPLATE, TEMPLATE_PREVIEW_HTML, editor::TEMPLATE_VISUAL},
};
use http::StatusCode;
use kernel::{Permission, TemplateId};
use platform::web::{AppError, Ctx, FieldErrors, Form, Path, Query, Redirect, Toast, View, WebResult};
use serde::Deserialize;
use uuid::Uuid;

pub use form::EditorForm;
pub use visual::{open_code, open_visual, show as visual};

use super::template_parts::author;
use crate::{
    application::{
        check_links::{CheckedLinks, check_links as try_links},
        preview_audience::{AudienceFindings, check_audience, preview_segments, step_preview},
        preview_template::{NoPreview, keep_preview, preview_source, preview_version_as},
        read_templates::{find_template, kept_preview, template_versions, version_source},
        save_template::{Changes, NotSaved, save_template},
        send_template_test::{parse_test_addresses, send_template_test},
        template_deps::TemplateDeps,
    },
    domain::template::{Look, Loss, Template, TemplateError, TemplatePart},
    interface::{frame, template_words},
};
use form::contact_label;
use preview_view::{PreviewOutcome, PreviewView};
use view::{EditorView, TestDialog};

/// So many contacts are offered to preview as.
const CONTACTS: i64 = 12;

/// What the address of the editor may say.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct EditorQuery {
    /// Loads an older version into the editor.
    version: Option<i32>,
}

/// How the preview is looked at.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct PreviewQuery {
    contact: String,
    part: String,
    look: String,
    audience: String,
}

impl PreviewQuery {
    fn fill(self, form: &mut EditorForm) {
        (form.contact, form.part) = (self.contact, self.part);
        (form.look, form.audience) = (self.look, self.audience);
    }
}

/// The editor.
pub async fn show(
    ctx: Ctx,
    State(deps): State<TemplateDeps>,
    Path(id): Path<TemplateId>,
    Query(query): Query<EditorQuery>,
    Query(preview): Query<PreviewQuery>,
) -> WebResult {
    let template = find_template(&deps.db, ctx.org, id)
        .await?
        .ok_or(AppError::NotFound)?;
    let mut form = EditorForm::of(&template);
    let older = query.version.filter(|number| *number != template.version.number);
    if let Some(number) = older {
        let source = version_source(&deps.db, ctx.org, id, number)
            .await?
            .ok_or(AppError::NotFound)?;
        form = form.with(source);
    }
    preview.fill(&mut form);
    let editor = Editor {
        older,
        ..Editor::new(template, form)
    };
    editor.answer(&ctx, &deps, StatusCode::OK).await
}

/// Saves; a changed source becomes a new version.
pub async fn save(
    ctx: Ctx,
    State(deps): State<TemplateDeps>,
    Path(id): Path<TemplateId>,
    Form(form): Form<EditorForm>,
) -> WebResult {
    let template = find_template(&deps.db, ctx.org, id)
        .await?
        .ok_or(AppError::NotFound)?;
    if let Some(loss) = form.lost() {
        let editor = Editor {
            loss: Some(loss),
            ..Editor::new(template, form)
        };
        return editor.answer(&ctx, &deps, StatusCode::UNPROCESSABLE_ENTITY).await;
    }
    let changes = Changes {
        name: Some(form.name.clone()),
        source: Some(form.source()),
        based_on: form.based_on,
    };
    let error = match save_template(&deps.db, author(&ctx), id, changes).await {
        Ok(saved) => {
            let words = [("version", i64::from(saved.version.number).into())];
            let done = Toast::done(ctx.ta("delivery-template-saved", &words));
            let page = if form.is_visual() {
                TEMPLATE_VISUAL
            } else {
                TEMPLATE
            };
            let url = page.with(&id, &form.preview_words());
            return Ok(Redirect::to(&ctx, url).say(&ctx, done).into_response());
        }
        Err(error) => error,
    };
    let mut editor = Editor::new(template, form);
    match error {
        NotSaved::NotFound => return Err(AppError::NotFound),
        NotSaved::Db(error) => return Err(error.into()),
        NotSaved::Name(invalid) => {
            editor
                .errors
                .add("name", "invalid_name", template_words::name(&ctx.l10n, invalid));
        }
        NotSaved::NameTaken(_) => {
            editor
                .errors
                .add("name", "name_taken", ctx.t("delivery-template-name-taken"));
        }
        NotSaved::Faults(faults) => editor.faults = faults,
        NotSaved::OtherChannel => {
            editor.errors.add(
                "kind",
                "channel_is_fixed",
                ctx.t("delivery-template-channel-is-fixed"),
            );
        }
        NotSaved::Outdated(number) => {
            // Saving again overwrites, now that the person knows.
            editor.form.based_on = Some(number);
            editor.newer = Some(number);
            return editor.answer(&ctx, &deps, StatusCode::CONFLICT).await;
        }
    }
    editor.answer(&ctx, &deps, StatusCode::UNPROCESSABLE_ENTITY).await
}

/// What is in the editor, as one contact would get it. Without htmx the whole editor comes back.
pub async fn preview(
    ctx: Ctx,
    State(deps): State<TemplateDeps>,
    view: View,
    Form(form): Form<EditorForm>,
) -> WebResult {
    let id = form.id.ok_or(AppError::NotFound)?;
    let template = find_template(&deps.db, ctx.org, id)
        .await?
        .ok_or(AppError::NotFound)?;
    let editor = Editor {
        is_draft: true,
        ..Editor::new(template, form)
    };
    match view {
        View::Part => Ok(preview_view::answer(&ctx, &editor.preview(&ctx, &deps).await?).into_response()),
        View::Full => editor.answer(&ctx, &deps, StatusCode::OK).await,
    }
}

/// What the frame of the preview asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct FrameQuery {
    /// The person's last preview, and not the saved version.
    draft: bool,
    contact: String,
    look: String,
}

/// A template as HTML, in the sandbox.
pub async fn frame(
    ctx: Ctx,
    State(deps): State<TemplateDeps>,
    Path(id): Path<TemplateId>,
    Query(query): Query<FrameQuery>,
) -> WebResult {
    if query.draft {
        let user = ctx.user().ok_or(AppError::NotFound)?;
        let html = kept_preview(&deps.db, ctx.org, id, user)
            .await?
            .ok_or(AppError::NotFound)?;
        return framed(html, &query.look);
    }
    let template = find_template(&deps.db, ctx.org, id)
        .await?
        .ok_or(AppError::NotFound)?;
    let preview = preview_version_as(&deps, ctx.org, template.version.id, query.contact.parse().ok())
        .await
        .map_err(|error| template_words::no_preview(&ctx.l10n, error))?;
    framed(preview.rendered.html, &query.look)
}

fn framed(html: String, look: &str) -> WebResult {
    let html = Look::parse(look).apply(html).map_err(AppError::internal)?;
    Ok(frame::framed(html))
}

/// Tries the links of what is in the editor. Without htmx the whole editor comes back.
pub async fn check_links(
    ctx: Ctx,
    State(deps): State<TemplateDeps>,
    view: View,
    Form(form): Form<EditorForm>,
) -> WebResult {
    let id = form.id.ok_or(AppError::NotFound)?;
    let template = find_template(&deps.db, ctx.org, id)
        .await?
        .ok_or(AppError::NotFound)?;
    let checked = try_links(&deps.egress, &form.source()).await;
    match view {
        View::Part => Ok(link_view::region(&ctx, Some(&checked), true).into_response()),
        View::Full => {
            let editor = Editor {
                is_draft: true,
                links: Some(checked),
                ..Editor::new(template, form)
            };
            editor.answer(&ctx, &deps, StatusCode::OK).await
        }
    }
}

/// Who gets a test.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct TestForm {
    to: String,
    contact: String,
}

/// Sends the saved version to a few addresses.
pub async fn test(
    ctx: Ctx,
    State(deps): State<TemplateDeps>,
    Path(id): Path<TemplateId>,
    Form(form): Form<TestForm>,
) -> WebResult {
    let template = find_template(&deps.db, ctx.org, id)
        .await?
        .ok_or(AppError::NotFound)?;
    let channel = template.version.source.kind.channel();
    let to = match parse_test_addresses(channel, form.to.split([',', ';', '\n'])) {
        Ok(to) => to,
        Err(invalid) => {
            let error = template_words::test_addresses(&ctx.l10n, channel, &invalid);
            let dialog = TestDialog {
                open: true,
                to: form.to,
                error: Some(error),
            };
            let form = EditorForm::of(&template);
            let editor = Editor {
                dialog,
                ..Editor::new(template, form)
            };
            return editor.answer(&ctx, &deps, StatusCode::UNPROCESSABLE_ENTITY).await;
        }
    };
    let contact = form.contact.parse().ok();
    let sent = send_template_test(&deps, author(&ctx), &template.version, contact, &to).await?;
    let words = [("count", i64::try_from(sent).unwrap_or(i64::MAX).into())];
    let done = Toast::done(ctx.ta("delivery-template-test-sent", &words));
    Ok(Redirect::to(&ctx, TEMPLATE.url(&id))
        .say(&ctx, done)
        .into_response())
}

/// All that the page is made from.
struct Editor {
    template: Template,
    form: EditorForm,
    /// The older version that is in the editor.
    older: Option<i32>,
    /// The version that somebody else saved meanwhile.
    newer: Option<i32>,
    errors: FieldErrors,
    faults: Vec<TemplateError>,
    dialog: TestDialog,
    /// Whether the editor holds something that is not saved.
    is_draft: bool,
    /// What the visual editor would lose, so that it is not opened, or not saved from.
    loss: Option<Loss>,
    /// Where its links lead, if that was asked.
    links: Option<CheckedLinks>,
}

impl Editor {
    fn new(template: Template, form: EditorForm) -> Self {
        Self {
            template,
            form,
            older: None,
            newer: None,
            errors: FieldErrors::new(),
            faults: Vec::new(),
            dialog: TestDialog::default(),
            is_draft: false,
            loss: None,
            links: None,
        }
    }

    async fn answer(mut self, ctx: &Ctx, deps: &TemplateDeps, status: StatusCode) -> WebResult<Response> {
        self.is_draft |= status != StatusCode::OK || self.older.is_some();
        let preview = self.preview(ctx, deps).await?;
        let visual = if self.form.is_visual() && self.loss.is_none() {
            Some(visual::merge_fields(ctx, deps).await?)
        } else {
            None
        };
        let versions = template_versions(&deps.db, ctx.org, self.template.id).await?;
        let view = EditorView {
            template: &self.template,
            form: &self.form,
            versions: &versions,
            older: self.older,
            newer: self.newer,
            errors: self.field_errors(ctx),
            wrong_line: self.wrong_line(),
            preview,
            dialog: &self.dialog,
            may_write: ctx.may(Permission::TemplatesWrite),
            loss: self.loss.as_ref(),
            links: self.links.as_ref(),
            visual: visual.as_deref(),
        };
        let mut response = (status, view::page(ctx, &view)).into_response();
        if visual.is_some() {
            visual::allow_canvas(&mut response);
        }
        Ok(response)
    }

    /// The preview of what is in the editor.
    async fn preview(&self, ctx: &Ctx, deps: &TemplateDeps) -> WebResult<PreviewView> {
        let id = self.template.id;
        let look = self.form.look().as_str();
        let mut contact = self.form.contact();
        let mut audience = None;
        if let Some(chosen) = self.form.audience() {
            contact = step_preview(deps, ctx.org, chosen, contact, self.form.direction()).await?;
            audience = self.audience(ctx, deps).await?;
        }
        let outcome = match preview_source(deps, ctx.org, self.form.source(), contact).await {
            Ok(preview) => {
                let mail = preview.channel == Channel::Email;
                let src = if !mail {
                    // What is no mail needs no frame.
                    String::new()
                } else if self.is_draft && ctx.user().is_some() {
                    keep_preview(deps, author(ctx), id, &preview.rendered.html).await?;
                    // Another address each time, or browsers keep what they have.
                    let fresh = Uuid::now_v7().simple().to_string();
                    TEMPLATE_PREVIEW_HTML.with(&id, &[("draft", "true"), ("at", &fresh), ("look", look)])
                } else {
                    let contact = contact.map(|id| id.to_string()).unwrap_or_default();
                    TEMPLATE_PREVIEW_HTML.with(&id, &[("contact", contact.as_str()), ("look", look)])
                };
                PreviewOutcome::Rendered {
                    src,
                    preview: Box::new(preview),
                }
            }
            Err(NoPreview::Faults(faults)) => PreviewOutcome::Faults(faults),
            Err(NoPreview::Render(error)) => PreviewOutcome::Failed(error),
            Err(other) => return Err(template_words::no_preview(&ctx.l10n, other)),
        };
        let found = deps.contacts.search(ctx.org, &self.form.find, CONTACTS).await?;
        let mut contacts: Vec<_> = found
            .iter()
            .map(|contact| (contact.id.to_string(), contact_label(contact)))
            .collect();
        if let Some(id) = contact.filter(|id| found.iter().all(|other| other.id != *id)) {
            let chosen = deps.contacts.snapshots(ctx.org, &[id]).await?;
            contacts.extend(
                chosen
                    .iter()
                    .map(|contact| (contact.id.to_string(), contact_label(contact))),
            );
        }
        Ok(PreviewView {
            outcome,
            contacts,
            contact: contact.map(|id| id.to_string()).unwrap_or_default(),
            find: self.form.find.clone(),
            wants_text: self.form.wants_text(),
            look: self.form.look(),
            segments: preview_segments(deps, ctx.org).await?,
            can_step: deps.people.is_some(),
            chosen_audience: self.form.audience.clone(),
            audience,
            may_write: ctx.may(Permission::TemplatesWrite),
            app: deps.sender_name(ctx.org).await?,
        })
    }

    /// For how many of the chosen people fields are empty; nothing where the source has faults, which
    /// are shown instead.
    async fn audience(&self, ctx: &Ctx, deps: &TemplateDeps) -> WebResult<Option<AudienceFindings>> {
        let Some(audience) = self.form.audience() else {
            return Ok(None);
        };
        match check_audience(deps, ctx.org, self.form.source(), audience).await {
            Ok(found) => Ok(Some(found)),
            Err(NoPreview::Faults(_) | NoPreview::Render(_)) => Ok(None),
            Err(other) => Err(template_words::no_preview(&ctx.l10n, other)),
        }
    }

    fn field_errors(&self, ctx: &Ctx) -> FieldErrors {
        let mut errors = self.errors.clone();
        for fault in &self.faults {
            let detail = template_words::fault_with_place(&ctx.l10n, fault);
            errors.add(fault.part.as_str(), fault.fault.code(), detail);
        }
        errors
    }

    fn wrong_line(&self) -> Option<usize> {
        let fault = self
            .faults
            .iter()
            .find(|fault| fault.part == TemplatePart::Body)?;
        usize::try_from(fault.line).ok()
    }
}
