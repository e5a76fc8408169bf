//! A template as one contact would get it, without sending anything.

use std::sync::Arc;

use contracts::{
    PortError,
    crm::{ContactSnapshot, consent::Channel},
};
use kernel::{ContactId, MessageId, OrgId, TemplateId, TemplateVersionId};
use platform::DbError;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{
    check_sender::check_sender,
    compiled_templates::TemplateUnavailable,
    merge_records::{add_records, render_looking_up},
    save_template::{NotSaved, compile},
    template_deps::{Author, TemplateDeps},
};
use crate::{
    domain::template::{
        Check, CompiledTemplate, MergeData, RenderError, Rendered, TemplateError, TemplateSource, Tracking,
        check, sample_contact, with_places,
    },
    infrastructure::pg,
};

/// How a template comes out.
#[derive(Clone, Debug)]
pub struct Preview {
    /// What it is written for.
    pub channel: Channel,
    /// Subject, HTML and text, or what there is of them.
    pub rendered: Rendered,
    /// What should be looked at.
    pub checks: Vec<Check>,
}

/// Why there is no preview.
#[derive(Debug, thiserror::Error)]
pub enum NoPreview {
    /// There is no such version.
    #[error("the template does not exist")]
    NotFound,
    /// The source has mistakes.
    #[error("the template has {} mistakes", .0.len())]
    Faults(Vec<TemplateError>),
    /// It does not render for this contact.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// Another context did not answer.
    #[error(transparent)]
    Port(#[from] PortError),
    /// The database did not answer.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Renders a source that need not be saved.
pub async fn preview_source(
    deps: &TemplateDeps,
    org: OrgId,
    source: TemplateSource,
    contact: Option<ContactId>,
) -> Result<Preview, NoPreview> {
    let (source, compiled) = match compile(source).await {
        Ok(compiled) => compiled,
        Err(NotSaved::Faults(faults)) => return Err(NoPreview::Faults(faults)),
        Err(_) => return Err(NoPreview::NotFound),
    };
    let contact = deps.contact_or_sample(org, contact).await?;
    let mut preview = preview(deps, org, &compiled, contact, Map::new()).await?;
    if preview.channel == Channel::Email {
        preview.checks.extend(check_sender(&deps.db, org).await?);
    }
    preview.checks = with_places(preview.checks, &source);
    Ok(preview)
}

/// Renders a saved version.
pub async fn preview_version(
    deps: &TemplateDeps,
    org: OrgId,
    version: TemplateVersionId,
    contact: ContactSnapshot,
) -> Result<Preview, NoPreview> {
    let compiled = version_ready(deps, org, version).await?;
    preview(deps, org, &compiled, contact, Map::new()).await
}

async fn version_ready(
    deps: &TemplateDeps,
    org: OrgId,
    version: TemplateVersionId,
) -> Result<Arc<CompiledTemplate>, NoPreview> {
    let ready = deps.compiled.get(org, version).await;
    ready.map_err(|error| match error {
        TemplateUnavailable::NotFound => NoPreview::NotFound,
        TemplateUnavailable::Broken(fault) => NoPreview::Faults(vec![fault]),
        TemplateUnavailable::Db(error) => NoPreview::Db(error),
    })
}

/// The same with what a message would bring along, for a contact or a made-up person.
pub async fn preview_version_with(
    deps: &TemplateDeps,
    org: OrgId,
    version: TemplateVersionId,
    contact: Option<ContactSnapshot>,
    data: Map<String, Value>,
) -> Result<Preview, NoPreview> {
    let contact = contact.unwrap_or_else(sample_contact);
    let compiled = version_ready(deps, org, version).await?;
    preview(deps, org, &compiled, contact, data).await
}

/// The same for a contact by its id, or a made-up person.
pub async fn preview_version_as(
    deps: &TemplateDeps,
    org: OrgId,
    version: TemplateVersionId,
    contact: Option<ContactId>,
) -> Result<Preview, NoPreview> {
    let contact = deps.contact_or_sample(org, contact).await?;
    preview_version(deps, org, version, contact).await
}

/// Keeps a preview for the frame of the person who asked for it.
pub async fn keep_preview(
    deps: &TemplateDeps,
    author: Author,
    id: TemplateId,
    html: &str,
) -> Result<(), DbError> {
    let Some(user) = author.user else { return Ok(()) };
    let mut tx = deps.db.tenant(author.org).await?;
    if pg::templates::lock(&mut tx, author.org, id).await? {
        pg::templates::keep_preview(&mut tx, author.org, id, user, html, author.now).await?;
    }
    tx.commit().await
}

async fn preview(
    deps: &TemplateDeps,
    org: OrgId,
    compiled: &CompiledTemplate,
    mut contact: ContactSnapshot,
    with: Map<String, Value>,
) -> Result<Preview, NoPreview> {
    add_records(&*deps.contacts, org, compiled, std::iter::once(&mut contact)).await?;
    let data = MergeData {
        data: Arc::new(with),
        ..deps.merge_data(org, contact, "").await?
    };
    // There is no message yet, so links of the message lead to a page that says so.
    let mut links = deps.plain_links(org, MessageId::from_uuid(Uuid::nil()));
    if compiled.artefacts().channel == Channel::Sms {
        // What counts the clicks makes links long, and the text is paid for by its length.
        links.tracking = Tracking::On;
    }
    let (rendered, data) = render_looking_up(&*deps.contacts, org, compiled, data, &links).await?;
    let rendered = rendered?;
    let checks = check(compiled, &rendered, &data, &links);
    Ok(Preview {
        channel: compiled.artefacts().channel,
        rendered,
        checks,
    })
}
