//! A campaign that waits for its time, or that the reader may not change.

use axum::response::Response;
use contracts::campaign::CAMPAIGN_UNSCHEDULING;
use kernel::Permission;
use maud::{Markup, html};
use platform::web::Ctx;
use ui_kit::{ActionForm, Alert, Button, Card, Icon, Times, Tone, columns};

use super::{
    campaign::header,
    launch::summary,
    preview,
    review::{check_list, launch_link, number_list},
};
use crate::{
    application::campaign_facts::CampaignFacts,
    domain::{campaign::Campaign, state::State},
    interface::words::{counted, refusal},
};

/// The page.
pub fn page(ctx: &Ctx, campaign: &Campaign, facts: &CampaignFacts) -> Response {
    // What a check says of the present, since its time may have gone by.
    let findings = facts.findings(&campaign.content, None, ctx.now);
    let main = html! {
        (trouble(ctx, campaign))
        (Card::titled(ctx.t("campaign-summary")).body(summary(ctx, campaign, facts)))
        (Card::titled(ctx.t("campaign-content")).body(preview::frame(ctx, &campaign.content, facts, facts.sample(None))))
    };
    let aside = html! {
        (Card::titled(ctx.t("campaign-audience")).body(number_list(ctx, facts.counts)))
        (Card::titled(ctx.t("campaign-checks")).body(check_list(ctx, &findings, &campaign.content)))
    };
    ctx.page(
        &header(ctx, campaign, &actions(ctx, campaign, facts)),
        columns(main, aside),
    )
}

fn actions(ctx: &Ctx, campaign: &Campaign, facts: &CampaignFacts) -> Markup {
    if campaign.state != State::Scheduled || !ctx.may(Permission::CampaignsSend) {
        return Markup::default();
    }
    html! {
        (back_to_draft(ctx, campaign))
        (launch_link(campaign, counted(ctx, "campaign-send-now-to", facts.counts.will_receive)))
    }
}

fn back_to_draft(ctx: &Ctx, campaign: &Campaign) -> ActionForm<'static> {
    let button = Button::secondary(ctx.t("campaign-unschedule")).icon(Icon::Edit);
    ActionForm::new(CAMPAIGN_UNSCHEDULING.url(&campaign.id), ctx.csrf_field(), button)
}

/// Why it waits for a person and not for its time.
fn trouble(ctx: &Ctx, campaign: &Campaign) -> Markup {
    let times = Times {
        now: ctx.now,
        zone: &ctx.zone,
        words: ctx.words(),
    };
    let due = campaign
        .content
        .scheduled_at
        .map(|at| times.exact_text(at))
        .unwrap_or_default();
    let due = [("time", due.into())];
    if let Some(check) = campaign.refused_by {
        let text = format!("{} {}", refusal(ctx, check), ctx.t("campaign-refused-text"));
        return html! { (Alert::new(Tone::Danger, ctx.ta("campaign-refused-title", &due)).text(text)) };
    }
    if campaign.is_stale(ctx.now) {
        let title = ctx.ta("campaign-stale-title", &due);
        return html! { (Alert::new(Tone::Warning, title).text(ctx.t("campaign-stale-text"))) };
    }
    Markup::default()
}
