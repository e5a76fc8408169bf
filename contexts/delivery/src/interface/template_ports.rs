//! Templates for other contexts.

use async_trait::async_trait;
use contracts::{
    PortError, PortResult,
    crm::{ContactSnapshot, consent::Channel},
    delivery::{RenderedMail, TemplateSummary, Templates, TextParts},
};
use kernel::{OrgId, TemplateVersionId};

use crate::{
    application::{
        preview_template::{NoPreview, Preview, preview_version},
        read_templates::template_summaries,
        template_deps::TemplateDeps,
    },
    domain::sms,
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
                parts: text_parts(&preview),
                url: preview.rendered.url,
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

fn text_parts(preview: &Preview) -> Option<TextParts> {
    (preview.channel == Channel::Sms).then(|| TextParts {
        segments: sms::size(&preview.rendered.text).segments,
        has_opt_out: sms::has_opt_out(&preview.rendered.text),
    })
}
