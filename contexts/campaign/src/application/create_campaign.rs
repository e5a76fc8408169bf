use kernel::{OrgId, Timestamp};

use super::{CampaignError, Campaigns};
use crate::domain::{
    audience::{check_topic, tidy_audience},
    campaign::{Campaign, Content},
};

/// Makes a draft.
pub async fn create_campaign(
    campaigns: &Campaigns,
    org: OrgId,
    content: Content,
    now: Timestamp,
) -> Result<Campaign, CampaignError> {
    let content = campaigns.check_content(org, content).await?;
    let campaign = Campaign::draft(content, now);
    let mut tx = campaigns.db.tenant(org).await?;
    tx.insert_campaign(org, &campaign).await?;
    tx.commit().await?;
    Ok(campaign)
}

impl Campaigns {
    /// The same content with a tidy audience and the channel of its template, when everything that it
    /// names exists.
    pub(super) async fn check_content(&self, org: OrgId, content: Content) -> Result<Content, CampaignError> {
        let mut content = content;
        if !content.audience.include.is_empty() || !content.audience.exclude.is_empty() {
            let known = self.needs.segments.segments(org).await?;
            content.audience = tidy_audience(content.audience, &known)?;
        }
        if let Some(template) = content.template {
            let known = self.needs.templates.templates(org).await?;
            let found = known.iter().find(|summary| summary.id == template);
            content.channel = found.ok_or(CampaignError::UnknownTemplate(template))?.channel;
        }
        if content.audience.topic.is_some() {
            let known = self.needs.consents.topics(org).await?;
            check_topic(&content.audience, content.channel, &known)?;
        }
        Ok(content)
    }
}
