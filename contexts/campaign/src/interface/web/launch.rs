//! Letting a campaign go: the page that asks for the last time, and the act itself.

use axum::{
    extract::State as Shared,
    response::{IntoResponse, Response},
};
use contracts::campaign::{CAMPAIGN, CAMPAIGN_LAUNCH, CAMPAIGNS};
use http::StatusCode;
use kernel::CampaignId;
use maud::{Markup, html};
use platform::web::{Ctx, Form, Path, Redirect, Toast, WebResult};
use serde::Deserialize;
use ui_kit::{Button, Card, Form as PostForm, Icon, PageHeader, Times, button_row, columns, facts};

use super::preview;
use super::review::{back_link, check_list, go_label, number_list, segment_names};
use crate::{
    application::{
        CampaignError, Campaigns, campaign_facts::CampaignFacts, launch_campaign::launch_campaign,
        read_campaigns::read_campaign, unschedule_campaign::unschedule_campaign,
    },
    domain::{
        campaign::Campaign,
        preflight::{Finding, blocker},
        state::{Act, State},
    },
    interface::words::{app_error, not_now},
};

/// The version that the person has read.
#[derive(Debug, Deserialize)]
pub struct LaunchForm {
    version: i64,
}

/// What is about to happen, and its button.
pub async fn ask(ctx: Ctx, Shared(campaigns): Shared<Campaigns>, Path(id): Path<CampaignId>) -> WebResult {
    let campaign = read_campaign(&campaigns, ctx.org, id)
        .await
        .map_err(|error| app_error(&ctx, error))?;
    if !campaign.state.allows(campaign.way_to_go()) {
        return Ok(Redirect::to(&ctx, CAMPAIGN.url(&id)).into_response());
    }
    let (facts, findings) = look(&ctx, &campaigns, &campaign).await?;
    Ok(page(&ctx, StatusCode::OK, &campaign, &facts, &findings))
}

/// Lets it go.
pub async fn launch(
    ctx: Ctx,
    Shared(campaigns): Shared<Campaigns>,
    Path(id): Path<CampaignId>,
    Form(form): Form<LaunchForm>,
) -> WebResult {
    let to_campaign = |said: Toast| {
        Redirect::to(&ctx, CAMPAIGN.url(&id))
            .say(&ctx, said)
            .into_response()
    };
    match launch_campaign(&campaigns, ctx.org, id, Some(form.version), ctx.now).await {
        Ok(campaign) if campaign.state == State::Scheduled => {
            Ok(to_campaign(Toast::done(ctx.t("campaign-scheduled"))))
        }
        Ok(_) => Ok(to_campaign(Toast::done(ctx.t("campaign-launched")))),
        Err(CampaignError::Blocked(_)) => {
            let campaign = read_campaign(&campaigns, ctx.org, id)
                .await
                .map_err(|error| app_error(&ctx, error))?;
            let (facts, findings) = look(&ctx, &campaigns, &campaign).await?;
            Ok(page(
                &ctx,
                StatusCode::UNPROCESSABLE_ENTITY,
                &campaign,
                &facts,
                &findings,
            ))
        }
        Err(CampaignError::Changed) => Ok(to_campaign(Toast::failed(
            ctx.t("campaign-changed-before-launch"),
        ))),
        Err(CampaignError::NotNow(not)) => Ok(to_campaign(Toast::failed(not_now(&ctx, not.state)))),
        Err(error) => Err(app_error(&ctx, error)),
    }
}

/// Takes a scheduled campaign back into draft.
pub async fn unschedule(
    ctx: Ctx,
    Shared(campaigns): Shared<Campaigns>,
    Path(id): Path<CampaignId>,
) -> WebResult {
    let said = match unschedule_campaign(&campaigns, ctx.org, id, ctx.now).await {
        Ok(_) => Toast::done(ctx.t("campaign-unscheduled")),
        Err(CampaignError::NotNow(not)) => Toast::failed(not_now(&ctx, not.state)),
        Err(error) => return Err(app_error(&ctx, error)),
    };
    Ok(Redirect::to(&ctx, CAMPAIGN.url(&id))
        .say(&ctx, said)
        .into_response())
}

async fn look(
    ctx: &Ctx,
    campaigns: &Campaigns,
    campaign: &Campaign,
) -> WebResult<(CampaignFacts, Vec<Finding>)> {
    let facts = campaigns.facts(ctx.org, &campaign.content, None).await?;
    let waits = campaign.way_to_go() == Act::Schedule;
    let planned_for = campaign.content.scheduled_at.filter(|_| waits);
    let findings = facts.findings(&campaign.content, planned_for, ctx.now);
    Ok((facts, findings))
}

fn page(
    ctx: &Ctx,
    status: StatusCode,
    campaign: &Campaign,
    known: &CampaignFacts,
    findings: &[Finding],
) -> Response {
    let header = PageHeader::new(ctx.t("campaign-launch-title"))
        .crumb(ctx.t("campaign-list-title"), CAMPAIGNS.url())
        .crumb(campaign.content.name.as_str(), CAMPAIGN.url(&campaign.id));
    let main = html! {
        (Card::titled(campaign.content.name.as_str()).body(html! {
            (summary(ctx, campaign, known))
            (go(ctx, campaign, known, findings))
        }))
        (Card::titled(ctx.t("campaign-content"))
            .body(preview::frame(ctx, &campaign.content, known, known.sample(None))))
    };
    let aside = html! {
        (Card::titled(ctx.t("campaign-audience")).body(number_list(ctx, known.counts)))
        (Card::titled(ctx.t("campaign-checks")).body(check_list(ctx, findings, &campaign.content)))
    };
    ctx.page_with(status, &header, columns(main, aside))
}

/// What is sent to whom and when.
pub fn summary(ctx: &Ctx, campaign: &Campaign, known: &CampaignFacts) -> Markup {
    let content = &campaign.content;
    let times = Times {
        now: ctx.now,
        zone: &ctx.zone,
        words: ctx.words(),
    };
    let mut lines = vec![(
        ctx.t("campaign-include").into(),
        segment_names(ctx, &content.audience.include, known),
    )];
    if !content.audience.exclude.is_empty() {
        lines.push((
            ctx.t("campaign-exclude").into(),
            segment_names(ctx, &content.audience.exclude, known),
        ));
    }
    if let Some(template) = known.template(content) {
        let subject = match &known.mail {
            Some(Ok(mail)) => mail.subject.as_str(),
            _ => template.subject.as_str(),
        };
        lines.push((ctx.t("campaign-template").into(), html! { (template.name) }));
        lines.push((ctx.t("campaign-subject").into(), html! { (subject) }));
    }
    let when = match content.scheduled_at {
        Some(at) => html! { (times.exact(at)) " " span.muted { (ctx.organization.timezone) } },
        None => html! { (ctx.t("campaign-schedule-now-summary")) },
    };
    lines.push((ctx.t("campaign-when").into(), when));
    facts(&lines)
}

fn go(ctx: &Ctx, campaign: &Campaign, known: &CampaignFacts, findings: &[Finding]) -> Markup {
    if blocker(findings).is_some() {
        return html! {
            p { (ctx.t("campaign-blocked")) }
            (button_row(html! { (back_link(ctx, campaign)) }))
        };
    }
    let button = Button::primary(go_label(ctx, campaign, known.counts)).icon(Icon::Send);
    let text = match campaign.way_to_go() {
        Act::Schedule => ctx.t("campaign-launch-schedule-text"),
        _ => ctx.t("campaign-launch-now-text"),
    };
    PostForm::post(CAMPAIGN_LAUNCH.url(&campaign.id), ctx.csrf_field()).body(
        ctx.words(),
        html! {
            input type="hidden" name="version" value=(campaign.version);
            p.muted { (text) }
            (button_row(html! { (button) (back_link(ctx, campaign)) }))
        },
    )
}
