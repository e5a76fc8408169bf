//! What a draft is made from and judged by, asked of the other contexts at once.

use contracts::{
    PortError, PortResult,
    crm::{
        AudienceCounts, AudienceSpec, ContactSnapshot, SegmentSummary,
        consent::{Channel, TopicSummary},
    },
    delivery::{RenderedMail, TemplateSummary, TextParts, domains::DomainStanding},
    identity::{OrganizationProfile, SendingMode},
};
use kernel::{ContactId, OrgId, TemplateId, Timestamp};

use super::Campaigns;
use crate::domain::{
    audience::missing_segments,
    campaign::Content,
    preflight::{Facts, Finding, Sample, Template, preflight},
};

/// How many contacts are offered to preview as.
const SAMPLE_CONTACTS: i64 = 20;

/// What the other contexts know about a campaign's content.
#[derive(Clone, Debug)]
pub struct CampaignFacts {
    /// What the chosen template travels by.
    pub channel: Channel,
    /// All segments, to choose from.
    pub segments: Vec<SegmentSummary>,
    /// All topics that messages of the channel can be about, to choose from.
    pub topics: Vec<TopicSummary>,
    /// All templates that can be sent, to choose from.
    pub templates: Vec<TemplateSummary>,
    /// The three numbers.
    pub counts: AudienceCounts,
    /// A few contacts to preview as.
    pub samples: Vec<ContactSnapshot>,
    /// The chosen template as one of them would get it; an error is what the renderer said. `None`
    /// when there is no template, or nobody to render it for.
    pub mail: Option<Result<RenderedMail, String>>,
    /// Whether mail leaves the machine.
    pub mode: SendingMode,
    /// What commercial mail has to carry.
    pub postal_address: String,
    /// Whether receivers can tell whom it is from.
    pub standing: DomainStanding,
    /// What the organisation is called.
    pub sender: String,
}

impl Campaigns {
    /// Asks all of them. `sample` is the contact to render the mail for, instead of the first one.
    pub async fn facts(
        &self,
        org: OrgId,
        content: &Content,
        sample: Option<ContactId>,
    ) -> PortResult<CampaignFacts> {
        let needs = &self.needs;
        let templates = needs.templates.templates(org).await?;
        let chosen = templates
            .iter()
            .find(|template| Some(template.id) == content.template);
        let channel = chosen.map_or(content.channel, |template| template.channel);
        let (segments, topics, counts, samples, profiles, standing) = futures::try_join!(
            needs.segments.segments(org),
            needs.consents.topics(org),
            self.count(org, &content.audience, channel),
            needs.snapshots.search(org, "", SAMPLE_CONTACTS),
            needs.organizations.profiles(std::slice::from_ref(&org)),
            needs.domains.standing(org),
        )?;
        let (mode, postal_address, sender) = sending(profiles);
        let mut facts = CampaignFacts {
            channel,
            segments,
            topics: topics
                .into_iter()
                .filter(|topic| topic.channels.contains(&channel))
                .collect(),
            templates,
            counts,
            samples,
            mail: None,
            mode,
            postal_address,
            standing,
            sender,
        };
        facts.mail = self.try_rendering(org, content, &facts, sample).await?;
        Ok(facts)
    }

    /// What a template is written for; mail while none is chosen.
    pub async fn channel_of(&self, org: OrgId, template: Option<TemplateId>) -> PortResult<Channel> {
        let Some(chosen) = template else {
            return Ok(Channel::Email);
        };
        let templates = self.needs.templates.templates(org).await?;
        let found = templates.iter().find(|template| template.id == chosen);
        Ok(found.map_or(Channel::Email, |template| template.channel))
    }

    /// The three numbers; nobody stands in no segment, which needs no question.
    pub async fn count(
        &self,
        org: OrgId,
        audience: &AudienceSpec,
        channel: Channel,
    ) -> PortResult<AudienceCounts> {
        match audience.include.is_empty() {
            true => Ok(AudienceCounts::default()),
            false => self.needs.audience.count(org, audience, channel).await,
        }
    }

    async fn try_rendering(
        &self,
        org: OrgId,
        content: &Content,
        facts: &CampaignFacts,
        sample: Option<ContactId>,
    ) -> PortResult<Option<Result<RenderedMail, String>>> {
        let (Some(template), Some(contact)) = (facts.template(content), facts.sample(sample)) else {
            return Ok(None);
        };
        match self.needs.templates.preview(org, template.version, contact).await {
            Ok(mail) => Ok(Some(Ok(mail))),
            Err(PortError::Refused(why)) => Ok(Some(Err(why))),
            Err(error) => Err(error),
        }
    }
}

/// An organisation that nobody knows any more sends nothing.
fn sending(profiles: Vec<OrganizationProfile>) -> (SendingMode, String, String) {
    let profile = profiles.into_iter().next();
    profile.map_or((SendingMode::Test, String::new(), String::new()), |profile| {
        (profile.mode, profile.postal_address, profile.name)
    })
}

impl CampaignFacts {
    /// What a campaign is about, when that is still there.
    #[must_use]
    pub fn topic(&self, content: &Content) -> Option<&TopicSummary> {
        let chosen = content.audience.topic?;
        self.topics.iter().find(|topic| topic.id == chosen)
    }

    /// The template of a campaign, when it can be sent.
    #[must_use]
    pub fn template(&self, content: &Content) -> Option<&TemplateSummary> {
        let chosen = content.template?;
        self.templates.iter().find(|template| template.id == chosen)
    }

    /// The sample contact with this id, or the first one.
    #[must_use]
    pub fn sample(&self, wanted: Option<ContactId>) -> Option<&ContactSnapshot> {
        self.samples
            .iter()
            .find(|contact| Some(contact.id) == wanted)
            .or_else(|| self.samples.first())
    }

    /// How large the chosen text message is for the sample contact, if it is one.
    #[must_use]
    pub fn parts(&self) -> Option<TextParts> {
        self.mail.as_ref()?.as_ref().ok()?.parts
    }

    /// The checks, for a campaign that is to be sent at `planned_for`, or at once.
    #[must_use]
    pub fn findings(
        &self,
        content: &Content,
        planned_for: Option<Timestamp>,
        now: Timestamp,
    ) -> Vec<Finding> {
        preflight(&Facts {
            included: content.audience.include.len(),
            missing: missing_segments(&content.audience, &self.segments).len(),
            counts: self.counts,
            template: match (content.template, self.template(content)) {
                (None, _) => Template::NotChosen,
                (Some(_), None) => Template::Gone,
                (Some(_), Some(template)) => Template::Found(template),
            },
            sample: match &self.mail {
                None => Sample::None,
                Some(Ok(_)) => Sample::Rendered,
                Some(Err(why)) => Sample::Failed(why.clone()),
            },
            has_opt_out: self.parts().map(|parts| parts.has_opt_out),
            planned_for,
            now,
            mode: self.mode,
            postal_address: &self.postal_address,
            standing: self.standing,
        })
    }
}
