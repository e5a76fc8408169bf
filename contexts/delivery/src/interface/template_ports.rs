//! Templates for other contexts.

use async_trait::async_trait;
use contracts::{
    PortError, PortResult,
    crm::ContactSnapshot,
    delivery::{RenderedMail, TemplateSummary, Templates},
};
use kernel::{OrgId, TemplateVersionId};

use crate::application::{
    preview_template::{NoPreview, preview_version},
    read_templates::template_summaries,
    template_deps::TemplateDeps,
};

/// Implements the port.
pub struct TemplatePorts(pub TemplateDeps);

#[async_trait]
impl Templates for TemplatePorts {
    async fn templates(&self, org: OrgId) -> PortResult<Vec<TemplateSummary>> {
        Ok(template_summaries(&self.0.db, org).await?)
    }

    async fn preview(
        &self,
        org: OrgId,
        version: TemplateVersionId,
        contact: &ContactSnapshot,
    ) -> PortResult<RenderedMail> {
        match preview_version(&self.0, org, version, contact.clone()).await {
            Ok(preview) => Ok(RenderedMail {
                subject: preview.rendered.subject,
                html: preview.rendered.html,
                text: preview.rendered.text,
            }),
            Err(NoPreview::NotFound) => Err(PortError::NotFound),
            Err(error @ (NoPreview::Faults(_) | NoPreview::Render(_))) => {
                Err(PortError::Refused(error.to_string()))
            }
            Err(NoPreview::Port(error)) => Err(error),
            Err(NoPreview::Db(error)) => Err(error.into()),
        }
    }
}
