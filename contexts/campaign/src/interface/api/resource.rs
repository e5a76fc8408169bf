//! Between campaigns and what the API shows of them.

use contracts::{
    campaign::resources::{
        AudiencePatch, Campaign as Resource, CampaignLaunch, CampaignPatch, CampaignReport, CampaignState,
        NewCampaign,
    },
    crm::{AudienceSpec, consent::Channel},
};
use http::{HeaderMap, header};
use kernel::Timestamp;
use platform::web::{AppError, Ctx, FieldErrors, WebResult};

use crate::{
    application::{edit_campaign::Edit, read_campaigns::Outcome},
    domain::{
        campaign::{Campaign, Content},
        name::CampaignName,
        preflight::Check,
        schedule::check_ahead,
        state::State,
    },
    interface::words::{name_error, time_error},
};

/// A campaign as the API shows it.
pub fn resource(campaign: &Campaign) -> Resource {
    let content = &campaign.content;
    Resource {
        id: campaign.id,
        name: content.name.to_string(),
        state: shown_state(campaign.state),
        audience: content.audience.clone(),
        template_id: content.template,
        channel: content.channel,
        scheduled_at: content.scheduled_at,
        refused_by: campaign.refused_by.map(|check: Check| check.as_str().to_owned()),
        launch: campaign.launch.map(|launch| CampaignLaunch {
            at: launch.at,
            template_version_id: launch.template_version,
            audience: launch.counts,
        }),
        finished_at: campaign.finished_at,
        created_at: campaign.created_at,
        updated_at: campaign.updated_at,
    }
}

/// What became of it.
pub fn report_of(campaign: &Campaign, outcome: Outcome) -> CampaignReport {
    CampaignReport {
        campaign_id: campaign.id,
        state: shown_state(campaign.state),
        progress: outcome.progress,
        reconciliation: outcome.reconciliation,
        totals: outcome.statistics.totals,
        curve: outcome.statistics.curve,
        links: outcome.statistics.links,
    }
}

const fn shown_state(state: State) -> CampaignState {
    match state {
        State::Draft => CampaignState::Draft,
        State::Scheduled => CampaignState::Scheduled,
        State::Launching => CampaignState::Launching,
        State::Running => CampaignState::Running,
        State::Paused => CampaignState::Paused,
        State::Completed => CampaignState::Completed,
        State::Cancelled => CampaignState::Cancelled,
    }
}

/// The state that a query asks for.
pub const fn state_of(shown: CampaignState) -> State {
    match shown {
        CampaignState::Draft => State::Draft,
        CampaignState::Scheduled => State::Scheduled,
        CampaignState::Launching => State::Launching,
        CampaignState::Running => State::Running,
        CampaignState::Paused => State::Paused,
        CampaignState::Completed => State::Completed,
        CampaignState::Cancelled => State::Cancelled,
    }
}

/// What a new campaign is to be.
pub fn parse_new(ctx: &Ctx, new: NewCampaign) -> WebResult<Content> {
    let mut errors = FieldErrors::new();
    let name = parse_name(ctx, &new.name, &mut errors);
    let scheduled_at = new.scheduled_at.and_then(|at| parse_time(ctx, at, &mut errors));
    match name {
        Some(name) if errors.is_empty() => Ok(Content {
            name,
            audience: new.audience,
            template: new.template_id,
            // Until its template says otherwise.
            channel: Channel::Email,
            scheduled_at,
        }),
        _ => Err(AppError::Invalid(errors)),
    }
}

/// What a patch asks for.
pub fn parse_patch(ctx: &Ctx, current: &Campaign, patch: CampaignPatch) -> WebResult<Edit> {
    let mut errors = FieldErrors::new();
    let name = patch.name.and_then(|text| parse_name(ctx, &text, &mut errors));
    let scheduled_at = match patch.scheduled_at {
        Some(Some(at)) => parse_time(ctx, at, &mut errors).map(Some),
        other => other,
    };
    if !errors.is_empty() {
        return Err(AppError::Invalid(errors));
    }
    let audience = patch
        .audience
        .map(|patch| patched(&current.content.audience, patch));
    Ok(Edit {
        name,
        audience,
        template: patch.template_id,
        channel: None,
        scheduled_at,
    })
}

fn patched(audience: &AudienceSpec, patch: AudiencePatch) -> AudienceSpec {
    AudienceSpec {
        include: patch.include.unwrap_or_else(|| audience.include.clone()),
        exclude: patch.exclude.unwrap_or_else(|| audience.exclude.clone()),
        topic: patch.topic.unwrap_or(audience.topic),
    }
}

fn parse_name(ctx: &Ctx, text: &str, errors: &mut FieldErrors) -> Option<CampaignName> {
    let parsed = CampaignName::parse(text);
    parsed
        .map_err(|error| errors.add("name", "invalid_name", name_error(ctx, error)))
        .ok()
}

fn parse_time(ctx: &Ctx, at: Timestamp, errors: &mut FieldErrors) -> Option<Timestamp> {
    let checked = check_ahead(at, ctx.now);
    checked
        .map_err(|error| errors.add("scheduled_at", "invalid_time", time_error(ctx, error)))
        .ok()
}

/// The version that `If-Match` names; `*` and nothing ask for none. A tag that was never ours matches
/// nothing.
pub fn expected_version(headers: &HeaderMap) -> WebResult<Option<i64>> {
    let Some(value) = headers.get(header::IF_MATCH) else {
        return Ok(None);
    };
    let tag = value.to_str().unwrap_or_default().trim();
    if tag == "*" {
        return Ok(None);
    }
    let version = tag
        .strip_prefix('"')
        .and_then(|tag| tag.strip_suffix('"'))
        .and_then(|tag| tag.parse().ok());
    version.map(Some).ok_or(AppError::PreconditionFailed)
}
