//! Stopping: pausing and resuming, and what cannot be undone and therefore asks on a page of its own.

use axum::{extract::State as Shared, response::IntoResponse};
use contracts::campaign::{CAMPAIGN, CAMPAIGN_CANCELLATION, CAMPAIGN_DELETION, CAMPAIGNS};
use kernel::CampaignId;
use maud::html;
use platform::web::{Ctx, Path, Redirect, Toast, WebResult};
use ui_kit::{Button, Card, Form, PageHeader, button_row};

use super::review::back_link;
use crate::{
    application::{
        CampaignError, Campaigns,
        control_campaign::{Control, control_campaign},
        delete_campaign::delete_campaign,
        read_campaigns::{read_campaign, read_outcome},
    },
    domain::{
        campaign::Campaign,
        state::{Act, State},
    },
    interface::words::{app_error, counted, not_now},
};

/// Stops it for the time being.
pub async fn pause(ctx: Ctx, Shared(campaigns): Shared<Campaigns>, Path(id): Path<CampaignId>) -> WebResult {
    control(&ctx, &campaigns, id, Control::Pause, "campaign-paused").await
}

/// Lets it go on.
pub async fn resume(ctx: Ctx, Shared(campaigns): Shared<Campaigns>, Path(id): Path<CampaignId>) -> WebResult {
    control(&ctx, &campaigns, id, Control::Resume, "campaign-resumed").await
}

/// Stops it for good.
pub async fn cancel(ctx: Ctx, Shared(campaigns): Shared<Campaigns>, Path(id): Path<CampaignId>) -> WebResult {
    control(&ctx, &campaigns, id, Control::Cancel, "campaign-cancelled").await
}

async fn control(
    ctx: &Ctx,
    campaigns: &Campaigns,
    id: CampaignId,
    control: Control,
    done: &'static str,
) -> WebResult {
    let said = match control_campaign(campaigns, ctx.org, id, control, ctx.now).await {
        Ok(_) => Toast::done(ctx.t(done)),
        Err(CampaignError::NotNow(not)) => Toast::failed(not_now(ctx, not.state)),
        Err(error) => return Err(app_error(ctx, error)),
    };
    Ok(Redirect::to(ctx, CAMPAIGN.url(&id))
        .say(ctx, said)
        .into_response())
}

/// What cancelling means, and its button.
pub async fn ask_to_cancel(
    ctx: Ctx,
    Shared(campaigns): Shared<Campaigns>,
    Path(id): Path<CampaignId>,
) -> WebResult {
    let fail = |error| app_error(&ctx, error);
    let campaign = read_campaign(&campaigns, ctx.org, id).await.map_err(fail)?;
    if !campaign.state.allows(Act::Cancel) {
        return Ok(Redirect::to(&ctx, CAMPAIGN.url(&id)).into_response());
    }
    let outcome = read_outcome(&campaigns, ctx.org, &campaign).await.map_err(fail)?;
    let whereabouts = outcome.map(|outcome| outcome.reconciliation).unwrap_or_default();
    let question = Question {
        title: ctx.ta(
            "campaign-cancel-title",
            &[("name", campaign.content.name.as_str().into())],
        ),
        text: format!(
            "{} {} {}",
            counted(&ctx, "campaign-cancel-sent", whereabouts.accepted),
            counted(&ctx, "campaign-cancel-pending", whereabouts.pending),
            ctx.t("campaign-cancel-text"),
        ),
        button: ctx.t("campaign-cancel-submit"),
        action: CAMPAIGN_CANCELLATION.url(&id),
    };
    Ok(question.page(&ctx, &campaign))
}

/// What deleting means, and its button.
pub async fn ask_to_delete(
    ctx: Ctx,
    Shared(campaigns): Shared<Campaigns>,
    Path(id): Path<CampaignId>,
) -> WebResult {
    let campaign = read_campaign(&campaigns, ctx.org, id)
        .await
        .map_err(|error| app_error(&ctx, error))?;
    if campaign.state != State::Draft {
        return Ok(Redirect::to(&ctx, CAMPAIGN.url(&id)).into_response());
    }
    let question = Question {
        title: ctx.ta(
            "campaign-delete-title",
            &[("name", campaign.content.name.as_str().into())],
        ),
        text: ctx.t("campaign-delete-text"),
        button: ctx.t("campaign-delete-submit"),
        action: CAMPAIGN_DELETION.url(&id),
    };
    Ok(question.page(&ctx, &campaign))
}

/// Deletes a draft.
pub async fn delete(ctx: Ctx, Shared(campaigns): Shared<Campaigns>, Path(id): Path<CampaignId>) -> WebResult {
    match delete_campaign(&campaigns, ctx.org, id, None).await {
        Ok(()) => {
            let said = Toast::done(ctx.t("campaign-deleted"));
            Ok(Redirect::to(&ctx, CAMPAIGNS.url())
                .say(&ctx, said)
                .into_response())
        }
        Err(CampaignError::NotNow(not)) => {
            let said = Toast::failed(not_now(&ctx, not.state));
            Ok(Redirect::to(&ctx, CAMPAIGN.url(&id))
                .say(&ctx, said)
                .into_response())
        }
        Err(error) => Err(app_error(&ctx, error)),
    }
}

struct Question {
    title: String,
    text: String,
    button: String,
    action: String,
}

impl Question {
    fn page(&self, ctx: &Ctx, campaign: &Campaign) -> axum::response::Response {
        let header = PageHeader::new(self.title.as_str())
            .crumb(ctx.t("campaign-list-title"), CAMPAIGNS.url())
            .crumb(campaign.content.name.as_str(), CAMPAIGN.url(&campaign.id));
        let form = Form::post(self.action.as_str(), ctx.csrf_field()).body(
            ctx.words(),
            html! {
                p { (self.text) }
                (button_row(html! { (Button::danger(self.button.as_str())) (back_link(ctx, campaign)) }))
            },
        );
        ctx.page(&header, Card::untitled().body(form))
    }
}
