//! Pages of campaigns.

mod campaign;
mod draft;
mod ending;
mod launch;
mod list;
mod naming;
mod overview;
mod preview;
mod progress;
mod report;
mod review;

use contracts::campaign::{
    CAMPAIGN, CAMPAIGN_AUDIENCE, CAMPAIGN_CANCELLATION, CAMPAIGN_COPY, CAMPAIGN_DELETION, CAMPAIGN_LAUNCH,
    CAMPAIGN_NAME, CAMPAIGN_NEW, CAMPAIGN_PAUSE, CAMPAIGN_PREVIEW, CAMPAIGN_PROGRESS, CAMPAIGN_RESUME,
    CAMPAIGN_UNSCHEDULING, CAMPAIGNS,
};
use kernel::Permission;
use platform::{
    NavItem,
    web::{Access, Routes},
};
use ui_kit::Icon;

use crate::application::Campaigns;

/// All pages, with who may see them.
pub fn routes() -> Routes<Campaigns> {
    let read = Access::needs(Permission::CampaignsRead);
    let write = Access::needs(Permission::CampaignsWrite);
    let send = Access::needs(Permission::CampaignsSend);
    Routes::new()
        .get(CAMPAIGNS.template(), read, list::show)
        .get(CAMPAIGN_NEW.template(), write, naming::new)
        .post(CAMPAIGN_NEW.template(), write, naming::create)
        .get(CAMPAIGN.template(), read, campaign::show)
        .post(CAMPAIGN.template(), write, draft::save)
        .get(CAMPAIGN_NAME.template(), write, naming::edit)
        .post(CAMPAIGN_NAME.template(), write, naming::rename)
        .get(CAMPAIGN_DELETION.template(), write, ending::ask_to_delete)
        .post(CAMPAIGN_DELETION.template(), write, ending::delete)
        .post(CAMPAIGN_COPY.template(), write, campaign::copy)
        .get(CAMPAIGN_LAUNCH.template(), send, launch::ask)
        .post(CAMPAIGN_LAUNCH.template(), send, launch::launch)
        .post(CAMPAIGN_UNSCHEDULING.template(), send, launch::unschedule)
        .post(CAMPAIGN_PAUSE.template(), send, ending::pause)
        .post(CAMPAIGN_RESUME.template(), send, ending::resume)
        .get(CAMPAIGN_CANCELLATION.template(), send, ending::ask_to_cancel)
        .post(CAMPAIGN_CANCELLATION.template(), send, ending::cancel)
        .post(CAMPAIGN_AUDIENCE.template(), read, draft::count)
        .get(CAMPAIGN_PREVIEW.template(), read, preview::show)
        .get(CAMPAIGN_PROGRESS.template(), read, progress::stream)
}

/// Entries of the navigation.
pub fn nav() -> Vec<NavItem> {
    vec![NavItem {
        order: 50,
        label_key: "campaign-nav",
        icon: Icon::Campaign,
        href: CAMPAIGNS.url(),
        permission: Permission::CampaignsRead,
        shortcut: Some('k'),
    }]
}
