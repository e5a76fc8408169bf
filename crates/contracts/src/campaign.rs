//! Campaigns: one mail to an audience.

use kernel::{CampaignId, Route0, Route1, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{PublicEvent, crm::AudienceCounts};

pub mod resources;

/// What campaign tells the others.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum CampaignEvent {
    /// The recipients are fixed and sending has begun.
    CampaignLaunched {
        /// Which.
        campaign: CampaignId,
        /// Its name then.
        name: String,
        /// The three numbers at that moment.
        audience: AudienceCounts,
        /// When.
        at: Timestamp,
    },
    /// Nothing more will be sent.
    CampaignFinished {
        /// Which.
        campaign: CampaignId,
        /// Its name then.
        name: String,
        /// `completed` or `cancelled`.
        outcome: String,
        /// When.
        at: Timestamp,
    },
    /// A person stopped it for the time being.
    CampaignPaused {
        /// Which.
        campaign: CampaignId,
    },
    /// A person let it go on.
    CampaignResumed {
        /// Which.
        campaign: CampaignId,
    },
    /// It got another name.
    CampaignRenamed {
        /// Which.
        campaign: CampaignId,
        /// Its name now.
        name: String,
    },
}

impl PublicEvent for CampaignEvent {
    const TOPIC: &'static str = "campaign";
}

/// Campaigns.
pub const CAMPAIGNS: Route0 = Route0::new("/app/campaigns");
/// The form for a new one.
pub const CAMPAIGN_NEW: Route0 = Route0::new("/app/campaigns/new");
/// One campaign: its parts while a draft, its progress and report afterwards.
pub const CAMPAIGN: Route1<CampaignId> = Route1::new("/app/campaigns/{id}");
/// Its name, which can be changed at any time.
pub const CAMPAIGN_NAME: Route1<CampaignId> = Route1::new("/app/campaigns/{id}/name");
/// Asks; `POST` deletes a draft.
pub const CAMPAIGN_DELETION: Route1<CampaignId> = Route1::new("/app/campaigns/{id}/deletion");
/// `POST` copies it into a new draft.
pub const CAMPAIGN_COPY: Route1<CampaignId> = Route1::new("/app/campaigns/{id}/copy");
/// Asks for the last time; `POST` launches or schedules it.
pub const CAMPAIGN_LAUNCH: Route1<CampaignId> = Route1::new("/app/campaigns/{id}/launch");
/// `POST` takes a scheduled one back into draft.
pub const CAMPAIGN_UNSCHEDULING: Route1<CampaignId> = Route1::new("/app/campaigns/{id}/unscheduling");
/// `POST` pauses it.
pub const CAMPAIGN_PAUSE: Route1<CampaignId> = Route1::new("/app/campaigns/{id}/pause");
/// `POST` resumes it.
pub const CAMPAIGN_RESUME: Route1<CampaignId> = Route1::new("/app/campaigns/{id}/resume");
/// Asks; `POST` cancels it.
pub const CAMPAIGN_CANCELLATION: Route1<CampaignId> = Route1::new("/app/campaigns/{id}/cancellation");
/// `POST` the audience as chosen; answers with the three numbers.
pub const CAMPAIGN_AUDIENCE: Route0 = Route0::new("/ui/campaign/audience");
/// The mail as a sample contact would get it, for the sandboxed frame.
pub const CAMPAIGN_PREVIEW: Route0 = Route0::new("/ui/campaign/preview");
/// Server-sent progress.
pub const CAMPAIGN_PROGRESS: Route1<CampaignId> = Route1::new("/ui/campaign/campaigns/{id}/progress");

/// Campaigns by the API.
pub const API_CAMPAIGNS: Route0 = Route0::new("/api/v1/campaigns");
/// One campaign by the API.
pub const API_CAMPAIGN: Route1<CampaignId> = Route1::new("/api/v1/campaigns/{id}");
/// `POST` launches it.
pub const API_CAMPAIGN_LAUNCHES: Route1<CampaignId> = Route1::new("/api/v1/campaigns/{id}/launches");
/// `POST` pauses it, `DELETE` resumes it.
pub const API_CAMPAIGN_PAUSE: Route1<CampaignId> = Route1::new("/api/v1/campaigns/{id}/pause");
/// `POST` cancels it.
pub const API_CAMPAIGN_CANCELLATION: Route1<CampaignId> = Route1::new("/api/v1/campaigns/{id}/cancellation");
/// Its report.
pub const API_CAMPAIGN_REPORT: Route1<CampaignId> = Route1::new("/api/v1/campaigns/{id}/report");
