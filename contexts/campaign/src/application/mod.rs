//! What can be done with campaigns, one use case a file.

pub mod campaign_facts;
pub mod control_campaign;
pub mod copy_campaign;
pub mod create_campaign;
pub mod delete_campaign;
pub mod edit_campaign;
pub mod finish_campaigns;
pub mod launch_campaign;
pub mod launch_due_campaigns;
pub mod materialise_recipients;
pub mod preview_mail;
pub mod read_campaigns;
pub mod recover_campaigns;
pub mod unschedule_campaign;

use std::sync::Arc;

use contracts::{
    PortError,
    analytics::Statistics,
    crm::{Audience, ContactSnapshots, Segments, consent::Consents},
    delivery::{MessageIntake, Templates, domains::SendingDomains},
    identity::Organizations,
};
use kernel::{Clock, TemplateId};
use platform::DbError;

use crate::{
    domain::{audience::InvalidAudience, campaign::NotNow, preflight::Finding},
    infrastructure::pg::CampaignDb,
};

/// What campaigns need of the other contexts.
#[derive(Clone)]
pub struct Needs {
    /// Who gets a campaign.
    pub audience: Arc<dyn Audience>,
    /// What audiences are made of.
    pub segments: Arc<dyn Segments>,
    /// What campaigns can be about.
    pub consents: Arc<dyn Consents>,
    /// Sample contacts for previews.
    pub snapshots: Arc<dyn ContactSnapshots>,
    /// Takes the messages.
    pub intake: Arc<dyn MessageIntake>,
    /// What people get.
    pub templates: Arc<dyn Templates>,
    /// What became of it.
    pub statistics: Arc<dyn Statistics>,
    /// Whether receivers can tell whom it is from.
    pub domains: Arc<dyn SendingDomains>,
    /// Whose campaign it is.
    pub organizations: Arc<dyn Organizations>,
}

/// What every use case works with.
#[derive(Clone)]
pub struct Campaigns {
    /// The store.
    pub db: CampaignDb,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// The other contexts.
    pub needs: Needs,
}

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum CampaignError {
    /// There is no such campaign.
    #[error("there is no such campaign")]
    NotFound,
    /// Its state does not allow it.
    #[error(transparent)]
    NotNow(#[from] NotNow),
    /// It changed since the caller read it.
    #[error("somebody changed the campaign since it was read")]
    Changed,
    /// The audience cannot be meant.
    #[error(transparent)]
    Audience(#[from] InvalidAudience),
    /// There is no such template, or none that compiled.
    #[error("there is no template {0} that can be sent")]
    UnknownTemplate(TemplateId),
    /// A check keeps it from being sent.
    #[error("a check keeps the campaign from being sent")]
    Blocked(Vec<Finding>),
    /// Another context could not answer.
    #[error(transparent)]
    Port(#[from] PortError),
    /// The store failed.
    #[error(transparent)]
    Db(#[from] DbError),
}
