//! Campaigns: one mail to an audience.
//!
//! Invariant: a campaign is launched once, and everybody who stood in its audience at that moment is
//! handed over to delivery exactly once, whatever crashes; README.md says how.

mod application;
mod domain;
mod infrastructure;
mod interface;

use std::sync::Arc;

use platform::{Deps, Module};

use application::Campaigns;
pub use application::Needs;
use infrastructure::pg::CampaignDb;
use interface::{
    api,
    attention::WaitingCampaigns,
    jobs::MaterialiseRecipients,
    ticks::{Finish, LaunchDue, Recover},
    web,
};

/// Pages, API, jobs and schedules.
#[must_use]
pub fn module(deps: &Deps, needs: Needs) -> Module {
    let campaigns = Campaigns {
        db: CampaignDb::new(deps.db.clone()),
        clock: deps.clock.clone(),
        needs,
    };
    Module {
        name: "campaign",
        web: web::routes().with_state(campaigns.clone()),
        api: api::routes().with_state(campaigns.clone()),
        jobs: vec![Arc::new(MaterialiseRecipients(campaigns.clone()))],
        ticks: vec![
            Arc::new(LaunchDue(campaigns.clone())),
            Arc::new(Finish(campaigns.clone())),
            Arc::new(Recover(campaigns.clone())),
        ],
        messages: include_str!("../i18n/en.ftl"),
        nav: web::nav(),
        attention: Some(Arc::new(WaitingCampaigns(campaigns))),
        ..Module::default()
    }
}
