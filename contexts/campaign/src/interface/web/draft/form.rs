use contracts::crm::AudienceSpec;
use jiff::tz::TimeZone;
use kernel::{ContactId, SegmentId, TemplateId, Timestamp, TopicId};
use platform::web::{Ctx, FieldErrors};
use serde::Deserialize;

use crate::{
    application::edit_campaign::Edit,
    domain::{
        campaign::Campaign,
        name::CampaignName,
        schedule::{local_text, parse_local, suggested_text},
    },
    interface::words::{name_error, time_error},
};

/// A draft as it was filled in.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct DraftForm {
    /// Its name.
    pub name: String,
    /// Segments whose people get it.
    #[serde(default)]
    pub include: Vec<SegmentId>,
    /// Segments whose people do not.
    #[serde(default)]
    pub exclude: Vec<SegmentId>,
    /// The id of a topic, or nothing.
    #[serde(default)]
    pub topic: String,
    /// The id of a template, or nothing.
    #[serde(default)]
    pub template: String,
    /// `now` or `at`.
    #[serde(default)]
    pub when: String,
    /// A local time, for `at`.
    #[serde(default)]
    pub at: String,
    /// The version that the page shows.
    pub version: i64,
    /// The contact to preview as, or nothing; a choice of the page, not of the campaign.
    #[serde(default)]
    pub preview_as: String,
    /// The contact that the preview shows.
    #[serde(default)]
    pub previewed: String,
    /// `launch` when the next step is to let it go.
    #[serde(default)]
    pub then: String,
}

/// The audience of the same form, which is counted before it is saved.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct AudienceForm {
    include: Vec<SegmentId>,
    exclude: Vec<SegmentId>,
    topic: String,
    template: String,
}

impl AudienceForm {
    /// What decides the channel; nothing while none is chosen.
    pub fn template(&self) -> Option<TemplateId> {
        self.template.parse().ok()
    }

    /// As the other contexts know it.
    pub fn into_spec(self) -> AudienceSpec {
        AudienceSpec {
            include: self.include,
            exclude: self.exclude,
            // One that is gone is heard of by nobody; the form says so when it is saved.
            topic: self.topic.parse().ok(),
        }
    }
}

impl DraftForm {
    /// The form for a campaign as it is.
    pub fn of(campaign: &Campaign, preview_as: Option<ContactId>, now: Timestamp, zone: &TimeZone) -> Self {
        let content = &campaign.content;
        let text = |id: Option<ContactId>| id.map(|id| id.to_string()).unwrap_or_default();
        Self {
            name: content.name.to_string(),
            include: content.audience.include.clone(),
            exclude: content.audience.exclude.clone(),
            topic: content
                .audience
                .topic
                .map(|id| id.to_string())
                .unwrap_or_default(),
            template: content.template.map(|id| id.to_string()).unwrap_or_default(),
            when: if content.scheduled_at.is_some() {
                "at"
            } else {
                "now"
            }
            .to_owned(),
            at: content
                .scheduled_at
                .map_or_else(|| suggested_text(now, zone), |at| local_text(at, zone)),
            version: campaign.version,
            preview_as: text(preview_as),
            previewed: text(preview_as),
            then: String::new(),
        }
    }

    /// What it asks for, or what is wrong with it.
    pub fn parse(&self, ctx: &Ctx) -> Result<Edit, FieldErrors> {
        let mut errors = FieldErrors::new();
        let name = CampaignName::parse(&self.name)
            .map_err(|error| errors.add("name", "invalid_name", name_error(ctx, error)))
            .ok();
        let template = self.template(ctx, &mut errors);
        let topic = self.topic(ctx, &mut errors);
        let scheduled_at = self.scheduled_at(ctx, &mut errors);
        if !errors.is_empty() {
            return Err(errors);
        }
        let audience = AudienceSpec {
            include: self.include.clone(),
            exclude: self.exclude.clone(),
            topic,
        };
        Ok(Edit {
            name,
            audience: Some(audience),
            template: Some(template),
            channel: None,
            scheduled_at: Some(scheduled_at),
        })
    }

    /// The contact to preview as.
    pub fn preview_as(&self) -> Option<ContactId> {
        self.preview_as.parse().ok()
    }

    /// Whether another contact was chosen than the preview shows.
    pub fn previews_another(&self) -> bool {
        self.preview_as != self.previewed
    }

    /// Whether the next step is to let it go.
    pub fn goes_on(&self) -> bool {
        self.then == "launch"
    }

    fn topic(&self, ctx: &Ctx, errors: &mut FieldErrors) -> Option<TopicId> {
        if self.topic.is_empty() {
            return None;
        }
        let parsed = self.topic.parse();
        if parsed.is_err() {
            errors.add("topic", "unknown_topic", ctx.t("campaign-error-topic"));
        }
        parsed.ok()
    }

    fn template(&self, ctx: &Ctx, errors: &mut FieldErrors) -> Option<TemplateId> {
        if self.template.is_empty() {
            return None;
        }
        let parsed = self.template.parse();
        if parsed.is_err() {
            errors.add("template", "unknown_template", ctx.t("campaign-error-template"));
        }
        parsed.ok()
    }

    fn scheduled_at(&self, ctx: &Ctx, errors: &mut FieldErrors) -> Option<Timestamp> {
        if self.when != "at" {
            return None;
        }
        let parsed = parse_local(&self.at, &ctx.zone, ctx.now);
        parsed
            .map_err(|error| errors.add("at", "invalid_time", time_error(ctx, error)))
            .ok()
    }
}
