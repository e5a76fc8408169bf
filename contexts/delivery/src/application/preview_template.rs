//! A template as one contact would get it, without sending anything.

use contracts::{
    PortError,
    crm::{ContactSnapshot, consent::Channel},
};
use kernel::{ContactId, MessageId, OrgId, TemplateId, TemplateVersionId};
use platform::DbError;
use uuid::Uuid;

use super::{
    compiled_templates::TemplateUnavailable,
    merge_records::{add_records, render_looking_up},
    save_template::{NotSaved, compile},
    template_deps::{Author, TemplateDeps},
};
use crate::{
    domain::template::{
        Check, CompiledTemplate, RenderError, Rendered, TemplateError, TemplateSource, Tracking, check,
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
    let compiled = match compile(source).await {
        Ok((_, compiled)) => compiled,
        Err(NotSaved::Faults(faults)) => return Err(NoPreview::Faults(faults)),
        Err(_) => return Err(NoPreview::NotFound),
    };
    let contact = deps.contact_or_sample(org, contact).await?;
    preview(deps, org, &compiled, contact).await
}

/// Renders a saved version.
pub async fn preview_version(
    deps: &TemplateDeps,
    org: OrgId,
    version: TemplateVersionId,
    contact: ContactSnapshot,
) -> Result<Preview, NoPreview> {
    let compiled = deps
        .compiled
        .get(org, version)
        .await
        .map_err(|error| match error {
            TemplateUnavailable::NotFound => NoPreview::NotFound,
            TemplateUnavailable::Broken(fault) => NoPreview::Faults(vec![fault]),
            TemplateUnavailable::Db(error) => NoPreview::Db(error),
        })?;
    preview(deps, org, &compiled, contact).await
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
) -> Result<Preview, NoPreview> {
    add_records(&*deps.contacts, org, compiled, std::iter::once(&mut contact)).await?;
    let data = deps.merge_data(org, contact, "").await?;
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
