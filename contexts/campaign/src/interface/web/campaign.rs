//! One campaign: which page it has depends on where it stands.

use axum::{extract::State as Shared, response::IntoResponse};
use contracts::campaign::{CAMPAIGN, CAMPAIGN_COPY, CAMPAIGN_DELETION, CAMPAIGN_NAME, CAMPAIGNS};
use kernel::{CampaignId, ContactId, Permission};
use maud::{Markup, html};
use platform::web::{Ctx, Path, Query, Redirect, Toast, WebResult};
use serde::Deserialize;
use ui_kit::{ActionForm, Button, Icon, MenuItem, MenuTrigger, PageHeader, menu};

use super::{draft, overview, report};
use crate::{
    application::{
        Campaigns,
        copy_campaign::copy_campaign,
        read_campaigns::{read_campaign, read_outcome},
    },
    domain::{campaign::Campaign, state::State},
    interface::words::{app_error, state_badge},
};

/// What of the page is chosen.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct CampaignQuery {
    /// The contact to preview as.
    preview_as: Option<ContactId>,
}

/// The page of a campaign.
pub async fn show(
    ctx: Ctx,
    Shared(campaigns): Shared<Campaigns>,
    Path(id): Path<CampaignId>,
    Query(query): Query<CampaignQuery>,
) -> WebResult {
    let fail = |error| app_error(&ctx, error);
    let campaign = read_campaign(&campaigns, ctx.org, id).await.map_err(fail)?;
    if let Some(outcome) = read_outcome(&campaigns, ctx.org, &campaign).await.map_err(fail)? {
        return Ok(report::page(&ctx, &campaign, &outcome));
    }
    let facts = campaigns
        .facts(ctx.org, &campaign.content, query.preview_as)
        .await?;
    if campaign.state == State::Draft && ctx.may(Permission::CampaignsWrite) {
        return Ok(draft::page(&ctx, &campaign, &facts, query.preview_as));
    }
    Ok(overview::page(&ctx, &campaign, &facts))
}

/// Makes a draft like it and opens that.
pub async fn copy(ctx: Ctx, Shared(campaigns): Shared<Campaigns>, Path(id): Path<CampaignId>) -> WebResult {
    let mark = |name: &str| ctx.ta("campaign-copy-name", &[("name", name.into())]);
    let copied = copy_campaign(&campaigns, ctx.org, id, mark, ctx.now).await;
    let copy = copied.map_err(|error| app_error(&ctx, error))?;
    let said = Toast::done(ctx.t("campaign-copied"));
    Ok(Redirect::to(&ctx, CAMPAIGN.url(&copy.id))
        .say(&ctx, said)
        .into_response())
}

/// The head of every page of a campaign: where one is, how it stands, and what else can be done.
pub fn header<'a>(ctx: &'a Ctx, campaign: &'a Campaign, actions: &Markup) -> PageHeader<'a> {
    PageHeader::new(campaign.content.name.as_str())
        .crumb(ctx.t("campaign-list-title"), CAMPAIGNS.url())
        .badge(state_badge(ctx, campaign))
        .actions(html! { (actions) (more(ctx, campaign)) })
}

fn more(ctx: &Ctx, campaign: &Campaign) -> Markup {
    if !ctx.may(Permission::CampaignsWrite) {
        return Markup::default();
    }
    let copy = Button::ghost(ctx.t("campaign-copy")).icon(Icon::Copy);
    let copy = ActionForm::new(CAMPAIGN_COPY.url(&campaign.id), ctx.csrf_field(), copy).in_menu();
    let mut items = vec![
        MenuItem::Link {
            icon: Icon::Edit,
            label: ctx.t("campaign-rename").into(),
            href: CAMPAIGN_NAME.url(&campaign.id).into(),
        },
        MenuItem::Custom(html! { (copy) }),
    ];
    if campaign.state == State::Draft {
        items.push(MenuItem::Separator);
        items.push(MenuItem::Link {
            icon: Icon::Trash,
            label: ctx.t("campaign-delete").into(),
            href: CAMPAIGN_DELETION.url(&campaign.id).into(),
        });
    }
    menu(&MenuTrigger::Button(ctx.t("campaign-more").into()), &items)
}
