use contracts::{
    crm::ContactSnapshot,
    delivery::{RenderedMail, TemplateSummary},
};
use kernel::{ContactId, OrgId, TemplateId};

use super::{CampaignError, Campaigns};

/// The mail of a template as one contact would get it; without a contact, as somebody of whom
/// nothing is known.
pub async fn preview_mail(
    campaigns: &Campaigns,
    org: OrgId,
    template: TemplateId,
    contact: Option<ContactId>,
) -> Result<RenderedMail, CampaignError> {
    let needs = &campaigns.needs;
    let templates = needs.templates.templates(org).await?;
    let found: Option<&TemplateSummary> = templates.iter().find(|summary| summary.id == template);
    let version = found.ok_or(CampaignError::UnknownTemplate(template))?.version;
    let contact = match contact {
        Some(id) => needs
            .snapshots
            .snapshots(org, &[id])
            .await?
            .into_iter()
            .next()
            .unwrap_or_else(stranger),
        None => stranger(),
    };
    Ok(needs.templates.preview(org, version, &contact).await?)
}

fn stranger() -> ContactSnapshot {
    ContactSnapshot {
        id: ContactId::generate(),
        email: None,
        first_name: String::new(),
        last_name: String::new(),
        phone: String::new(),
        timezone: String::new(),
        locale: String::new(),
        attributes: serde_json::Map::new(),
        tags: Vec::new(),
        records: serde_json::Map::new(),
    }
}
