use contracts::crm::{AudienceSpec, consent::Channel};
use kernel::{CampaignId, OrgId, TemplateId, Timestamp};

use super::{CampaignError, Campaigns};
use crate::domain::{
    campaign::{Campaign, Content},
    name::CampaignName,
};

/// What is to change; `None` stays as it is.
#[derive(Clone, Debug, Default)]
pub struct Edit {
    /// What it is called.
    pub name: Option<CampaignName>,
    /// Who gets it.
    pub audience: Option<AudienceSpec>,
    /// What they get.
    pub template: Option<Option<TemplateId>>,
    /// What that travels by; found out from the template.
    pub channel: Option<Channel>,
    /// When.
    pub scheduled_at: Option<Option<Timestamp>>,
}

impl Edit {
    fn is_rename(&self) -> bool {
        self.audience.is_none() && self.template.is_none() && self.scheduled_at.is_none()
    }

    fn over(self, content: &Content) -> Content {
        Content {
            name: self.name.unwrap_or_else(|| content.name.clone()),
            audience: self.audience.unwrap_or_else(|| content.audience.clone()),
            template: self.template.unwrap_or(content.template),
            channel: self.channel.unwrap_or(content.channel),
            scheduled_at: self.scheduled_at.unwrap_or(content.scheduled_at),
        }
    }
}

/// Changes a draft, or the name of any campaign. `expected` is the version that the caller has seen.
pub async fn edit_campaign(
    campaigns: &Campaigns,
    org: OrgId,
    id: CampaignId,
    edit: Edit,
    expected: Option<i64>,
    now: Timestamp,
) -> Result<Campaign, CampaignError> {
    let mut tx = campaigns.db.tenant(org).await?;
    let seen = tx.find_campaign(org, id).await?.ok_or(CampaignError::NotFound)?;
    drop(tx);
    let edit = campaigns.check_edit(org, edit, &seen.content).await?;
    let mut tx = campaigns.db.tenant(org).await?;
    let mut campaign = tx.lock_campaign(org, id).await?.ok_or(CampaignError::NotFound)?;
    if expected.is_some_and(|version| version != campaign.version) {
        return Err(CampaignError::Changed);
    }
    let event = match edit.name.clone() {
        Some(name) if edit.is_rename() => campaign.rename(name, now),
        _ => campaign.edit(edit.over(&campaign.content), now)?,
    };
    tx.save_campaign(org, &campaign).await?;
    if let Some(event) = event {
        tx.publish(org, &event).await?;
    }
    tx.commit().await?;
    Ok(campaign)
}

impl Campaigns {
    /// Asks only about what is to change: a draft whose template was deleted can still be renamed.
    async fn check_edit(&self, org: OrgId, edit: Edit, before: &Content) -> Result<Edit, CampaignError> {
        let Edit {
            audience, template, ..
        } = &edit;
        let (had_audience, had_template) = (audience.is_some(), template.is_some());
        let stand_in = Content {
            name: CampaignName::parse("-").expect("a dash is a name"),
            audience: audience.clone().unwrap_or_default(),
            template: template.flatten(),
            channel: before.channel,
            scheduled_at: None,
        };
        let checked = self.check_content(org, stand_in).await?;
        Ok(Edit {
            audience: had_audience.then_some(checked.audience),
            channel: had_template.then_some(checked.channel),
            ..edit
        })
    }
}
