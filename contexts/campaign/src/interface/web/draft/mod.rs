//! A draft: one page with parts that can be filled in in any order.

mod form;
mod view;

use axum::{
    extract::State as Shared,
    response::{IntoResponse, Response},
};
use contracts::campaign::{CAMPAIGN, CAMPAIGN_LAUNCH};
use http::StatusCode;
use kernel::{CampaignId, ContactId, Permission};
use platform::web::{Ctx, FieldErrors, Form, Path, Redirect, Toast, View, WebResult};

use crate::{
    application::{
        CampaignError, Campaigns, campaign_facts::CampaignFacts, edit_campaign::edit_campaign,
        read_campaigns::read_campaign,
    },
    domain::{audience::InvalidAudience, campaign::Campaign},
    interface::words::{app_error, audience_error, not_now},
};

pub use form::{AudienceForm, DraftForm};
use view::{Draft, Trouble};

/// The page.
pub fn page(
    ctx: &Ctx,
    campaign: &Campaign,
    facts: &CampaignFacts,
    preview_as: Option<ContactId>,
) -> Response {
    let sample = facts.sample(preview_as).map(|contact| contact.id);
    let form = DraftForm::of(campaign, sample, ctx.now, &ctx.zone);
    let draft = Draft {
        campaign,
        facts,
        form: &form,
        trouble: None,
    };
    view::page(ctx, StatusCode::OK, &draft)
}

/// Saves the draft: by its button, or by itself after a change, which answers with what follows from
/// it.
pub async fn save(
    ctx: Ctx,
    Shared(campaigns): Shared<Campaigns>,
    view: View,
    Path(id): Path<CampaignId>,
    Form(form): Form<DraftForm>,
) -> WebResult {
    let edit = match form.parse(&ctx) {
        Ok(edit) => edit,
        Err(errors) => return again(&ctx, &campaigns, view, id, &form, Trouble::Invalid(errors)).await,
    };
    let before = read_campaign(&campaigns, ctx.org, id)
        .await
        .map_err(|error| app_error(&ctx, error))?;
    match edit_campaign(&campaigns, ctx.org, id, edit, Some(form.version), ctx.now).await {
        Ok(campaign) if view == View::Full => Ok(saved(&ctx, &campaign, &form)),
        Ok(campaign) => follow(&ctx, &campaigns, &before, &campaign, &form).await,
        Err(CampaignError::Changed) => again(&ctx, &campaigns, view, id, &form, Trouble::Changed).await,
        Err(CampaignError::Audience(error)) => {
            let mut errors = FieldErrors::new();
            let field = if matches!(error, InvalidAudience::UnknownTopic(_)) {
                "topic"
            } else {
                "include"
            };
            errors.add(field, "invalid_audience", audience_error(&ctx, error));
            again(&ctx, &campaigns, view, id, &form, Trouble::Invalid(errors)).await
        }
        Err(CampaignError::UnknownTemplate(_)) => {
            let mut errors = FieldErrors::new();
            errors.add("template", "unknown_template", ctx.t("campaign-error-template"));
            again(&ctx, &campaigns, view, id, &form, Trouble::Invalid(errors)).await
        }
        // It was sent, or scheduled, while this page was open.
        Err(CampaignError::NotNow(not)) => {
            let said = Toast::failed(not_now(&ctx, not.state));
            Ok(Redirect::to(&ctx, CAMPAIGN.url(&id))
                .say(&ctx, said)
                .into_response())
        }
        Err(error) => Err(app_error(&ctx, error)),
    }
}

fn saved(ctx: &Ctx, campaign: &Campaign, form: &DraftForm) -> Response {
    if form.goes_on() && ctx.may(Permission::CampaignsSend) {
        return Redirect::to(ctx, CAMPAIGN_LAUNCH.url(&campaign.id)).into_response();
    }
    let to = match form.preview_as() {
        Some(contact) if form.previews_another() => CAMPAIGN.with(&campaign.id, &[("preview_as", contact)]),
        _ => CAMPAIGN.url(&campaign.id),
    };
    Redirect::to(ctx, to)
        .say(ctx, Toast::done(ctx.t("campaign-saved")))
        .into_response()
}

/// What a change that was saved by itself changes on the page.
async fn follow(
    ctx: &Ctx,
    campaigns: &Campaigns,
    before: &Campaign,
    campaign: &Campaign,
    form: &DraftForm,
) -> WebResult {
    let facts = campaigns
        .facts(ctx.org, &campaign.content, form.preview_as())
        .await?;
    let draft = Draft {
        campaign,
        facts: &facts,
        form,
        trouble: None,
    };
    let other_mail = before.content.template != campaign.content.template || form.previews_another();
    Ok(view::changes(ctx, &draft, other_mail).into_response())
}

/// The same page with what was typed and what is wrong with it; nothing was saved.
async fn again(
    ctx: &Ctx,
    campaigns: &Campaigns,
    view: View,
    id: CampaignId,
    form: &DraftForm,
    trouble: Trouble,
) -> WebResult {
    let campaign = read_campaign(campaigns, ctx.org, id)
        .await
        .map_err(|error| app_error(ctx, error))?;
    if view == View::Part {
        return Ok((
            StatusCode::UNPROCESSABLE_ENTITY,
            view::trouble_note(ctx, id, &trouble),
        )
            .into_response());
    }
    let facts = campaigns
        .facts(ctx.org, &campaign.content, form.preview_as())
        .await?;
    let status = match trouble {
        Trouble::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
        Trouble::Changed => StatusCode::CONFLICT,
    };
    // Whoever saves once more after reading that somebody else changed it means to.
    let form = DraftForm {
        version: campaign.version,
        ..form.clone()
    };
    let draft = Draft {
        campaign: &campaign,
        facts: &facts,
        form: &form,
        trouble: Some(&trouble),
    };
    Ok(view::page(ctx, status, &draft))
}

/// The three numbers of the audience as it is chosen at present, saved or not.
pub async fn count(
    ctx: Ctx,
    Shared(campaigns): Shared<Campaigns>,
    Form(form): Form<AudienceForm>,
) -> WebResult {
    let channel = campaigns.channel_of(ctx.org, form.template()).await?;
    let audience = form.into_spec();
    let counts = campaigns.count(ctx.org, &audience, channel).await?;
    Ok(view::numbers(&ctx, &audience, channel, counts).into_response())
}
