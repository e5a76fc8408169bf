//! Campaigns as the API shows them.

use kernel::{CampaignId, SegmentId, TemplateId, TemplateVersionId, Timestamp, TopicId};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    analytics::{CurvePoint, LinkTotals, MessageTotals},
    crm::{AudienceCounts, AudienceSpec, consent::Channel},
    delivery::BatchProgress,
};

/// Where a campaign stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CampaignState {
    /// Being made.
    Draft,
    /// Waits for its time.
    Scheduled,
    /// Was let go; who gets it is being written down.
    Launching,
    /// Is being sent.
    Running,
    /// Stopped for the time being.
    Paused,
    /// Everything that could be sent was sent.
    Completed,
    /// Stopped for good.
    Cancelled,
}

/// A campaign.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Campaign {
    /// `cmp_…`
    #[schema(value_type = String, example = "cmp_01jd7x8n3qf3v8k2m4r6t9w0xz")]
    pub id: CampaignId,
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub state: CampaignState,
    /// Who gets it.
    pub audience: AudienceSpec,
    /// What they get.
    #[schema(value_type = Option<String>)]
    pub template_id: Option<TemplateId>,
    /// What it travels by: the channel of its template.
    pub channel: Channel,
    /// When it is to be sent; null is at once.
    pub scheduled_at: Option<Timestamp>,
    /// Which check refused the launch when its time had come.
    pub refused_by: Option<String>,
    /// What was fixed when it was let go.
    pub launch: Option<CampaignLaunch>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// When it came into being.
    pub created_at: Timestamp,
    /// When a person or a program changed it last.
    pub updated_at: Timestamp,
}

/// What was fixed when a campaign was let go.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct CampaignLaunch {
    /// When.
    pub at: Timestamp,
    /// The very version of the template that everybody gets.
    #[schema(value_type = String)]
    pub template_version_id: TemplateVersionId,
    /// How many people; null until they are written down.
    pub audience: Option<AudienceCounts>,
}

/// A campaign to be made.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCampaign {
    /// Its name.
    #[schema(max_length = 200)]
    pub name: String,
    /// Who gets it.
    #[serde(default)]
    pub audience: AudienceSpec,
    /// What they get.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub template_id: Option<TemplateId>,
    /// When it is to be sent, once it is launched; absent or null is at once.
    #[serde(default)]
    pub scheduled_at: Option<Timestamp>,
}

/// What is to change; what is absent stays as it is, and null takes it away. Only the name can be
/// changed once a campaign is no draft any more.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CampaignPatch {
    /// Its name.
    pub name: Option<String>,
    /// Who gets it.
    pub audience: Option<AudiencePatch>,
    /// What they get.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    pub template_id: Option<Option<TemplateId>>,
    /// When it is to be sent.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<Timestamp>)]
    pub scheduled_at: Option<Option<Timestamp>>,
}

/// What is to change about an audience; a list that is given replaces the whole list.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AudiencePatch {
    /// Everybody who stands in at least one of these.
    #[schema(value_type = Option<Vec<String>>)]
    pub include: Option<Vec<SegmentId>>,
    /// But nobody who stands in one of these.
    #[schema(value_type = Option<Vec<String>>)]
    pub exclude: Option<Vec<SegmentId>>,
    /// What it is about; null makes it for everybody who has not opted out of marketing.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    pub topic: Option<Option<TopicId>>,
}

/// Which campaigns.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
pub struct CampaignQuery {
    /// Only those that stand there.
    pub state: Option<CampaignState>,
    /// From the page before.
    pub cursor: Option<String>,
    /// At most so many: 1 to 200.
    pub limit: Option<i64>,
}

/// What became of a campaign.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CampaignReport {
    /// `cmp_…`
    #[schema(value_type = String)]
    pub campaign_id: CampaignId,
    /// Where it stands.
    pub state: CampaignState,
    /// How far delivery is, counted from its messages.
    pub progress: BatchProgress,
    /// Where everybody is; the parts add up to the audience.
    pub reconciliation: Reconciliation,
    /// What people did.
    pub totals: MessageTotals,
    /// By hour.
    pub curve: Vec<CurvePoint>,
    /// By link, most clicked first.
    pub links: Vec<LinkTotals>,
}

/// Where everybody of a campaign's audience is. All other figures add up to `audience`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Reconciliation {
    /// People whom the audience named at the launch.
    pub audience: i64,
    /// Had no e-mail address.
    pub without_address: i64,
    /// Taken over by the provider, whatever came later.
    pub accepted: i64,
    /// Unsubscribed, bounced before or otherwise suppressed.
    pub suppressed: i64,
    /// Refused for good.
    pub failed: i64,
    /// Held: whether they were sent is not known, and a second mail would be worse than none.
    pub held: i64,
    /// Not sent in time.
    pub expired: i64,
    /// Not sent, since the campaign was cancelled.
    pub cancelled: i64,
    /// Waiting for their turn.
    pub pending: i64,
    /// Deleted, or left without an address, after the launch and before their turn.
    pub left: i64,
}

impl Reconciliation {
    /// People with an address.
    #[must_use]
    pub fn reachable(&self) -> i64 {
        self.audience - self.without_address
    }

    /// People who will not get it.
    #[must_use]
    pub fn not_sent(&self) -> i64 {
        self.suppressed + self.failed + self.held + self.expired + self.cancelled + self.left
    }

    /// People with an address of whom it is known what became of them.
    #[must_use]
    pub fn settled(&self) -> i64 {
        self.reachable() - self.pending
    }

    /// Whether the parts make the whole.
    #[must_use]
    pub fn adds_up(&self) -> bool {
        self.audience == self.without_address + self.accepted + self.not_sent() + self.pending
    }
}

/// Tells a null from nothing.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}
