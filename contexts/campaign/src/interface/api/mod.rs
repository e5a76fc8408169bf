//! Campaigns by the API.

mod resource;

use axum::{
    extract::State as Shared,
    response::{IntoResponse, Response},
};
use contracts::{
    ListPage,
    campaign::{
        API_CAMPAIGN, API_CAMPAIGN_CANCELLATION, API_CAMPAIGN_LAUNCHES, API_CAMPAIGN_PAUSE,
        API_CAMPAIGN_REPORT, API_CAMPAIGNS,
        resources::{Campaign as Resource, CampaignPatch, CampaignQuery, CampaignReport, NewCampaign},
    },
};
use http::{HeaderMap, StatusCode, header};
use kernel::{CampaignId, Permission};
use platform::web::{Access, Ctx, Json, Op, Path, Query, Routes, WebResult};

use crate::{
    application::{
        Campaigns,
        control_campaign::{Control, control_campaign},
        create_campaign::create_campaign,
        delete_campaign::delete_campaign,
        edit_campaign::edit_campaign,
        launch_campaign::launch_campaign,
        read_campaigns::{list_campaigns, read_campaign, read_outcome},
        unschedule_campaign::unschedule_campaign,
    },
    domain::{campaign::Campaign, state::State},
    interface::words::app_error,
};
use resource::{expected_version, parse_new, parse_patch, report_of, resource, state_of};

/// Most campaigns on one page.
const MOST: i64 = 200;
/// As many as come without being asked for a number.
const USUAL: i64 = 100;
/// The order that cursors belong to.
const LIST: &str = "api campaigns newest first";

/// All routes, with the scope that each needs.
pub fn routes() -> Routes<Campaigns> {
    let read = Access::needs(Permission::CampaignsRead);
    let write = Access::needs(Permission::CampaignsWrite);
    let send = Access::needs(Permission::CampaignsSend);
    Routes::new()
        .get(API_CAMPAIGNS.template(), read, list)
        .doc(
            Op::new("list_campaigns", "List campaigns")
                .describe("Newest first.")
                .query::<CampaignQuery>()
                .returns::<ListPage<Resource>>(200, "A page of campaigns."),
        )
        .post(API_CAMPAIGNS.template(), write, create)
        .doc(
            Op::new("create_campaign", "Create a campaign")
                .describe("It is a draft until it is launched.")
                .body::<NewCampaign>()
                .returns::<Resource>(201, "The draft. `Location` holds its address, `ETag` its version."),
        )
        .get(API_CAMPAIGN.template(), read, get)
        .doc(Op::new("get_campaign", "Get a campaign").returns::<Resource>(200, "The campaign."))
        .patch(API_CAMPAIGN.template(), write, patch)
        .doc(
            Op::new("update_campaign", "Change a campaign")
                .describe(
                    "A JSON merge patch. Drafts can be changed; of any other campaign only the name can. \
                     With `If-Match` it is changed only when it is as it was read.",
                )
                .body_as::<CampaignPatch>("application/merge-patch+json")
                .returns::<Resource>(200, "The campaign as it is now."),
        )
        .delete(API_CAMPAIGN.template(), write, delete)
        .doc(Op::new("delete_campaign", "Delete a draft").answers(204, "It is gone."))
        .post(API_CAMPAIGN_LAUNCHES.template(), send, launch)
        .doc(
            Op::new("launch_campaign", "Launch a campaign")
                .describe(
                    "A draft with a `scheduled_at` is scheduled; anything else is sent at once, to exactly the \
                     people who stand in its audience now. A check that fails is a 422 that names it.",
                )
                .returns::<Resource>(202, "It is scheduled, or on its way."),
        )
        .delete(API_CAMPAIGN_LAUNCHES.template(), send, unschedule)
        .doc(
            Op::new("unschedule_campaign", "Take a scheduled campaign back into draft")
                .returns::<Resource>(200, "The draft."),
        )
        .post(API_CAMPAIGN_PAUSE.template(), send, pause)
        .doc(
            Op::new("pause_campaign", "Pause a campaign")
                .describe("What is on its way to a provider at this moment is still sent.")
                .returns::<Resource>(200, "The paused campaign."),
        )
        .delete(API_CAMPAIGN_PAUSE.template(), send, resume)
        .doc(Op::new("resume_campaign", "Resume a campaign").returns::<Resource>(200, "The running campaign."))
        .post(API_CAMPAIGN_CANCELLATION.template(), send, cancel)
        .doc(
            Op::new("cancel_campaign", "Cancel a campaign")
                .describe("This is final: nothing more is sent, ever.")
                .returns::<Resource>(200, "The cancelled campaign."),
        )
        .get(API_CAMPAIGN_REPORT.template(), read, report)
        .doc(
            Op::new("get_campaign_report", "Get the report of a campaign")
                .describe("A campaign that was not launched has none: 404.")
                .returns::<CampaignReport>(200, "What became of it."),
        )
}

async fn list(
    ctx: Ctx,
    Shared(campaigns): Shared<Campaigns>,
    Query(query): Query<CampaignQuery>,
) -> WebResult<axum::Json<ListPage<Resource>>> {
    let after: Option<CampaignId> = query
        .cursor
        .as_deref()
        .map(|text| ctx.open_cursor(LIST, text))
        .transpose()?;
    let state = query.state.map(state_of);
    let states = state.as_ref().map(std::slice::from_ref::<State>);
    let limit = query.limit.unwrap_or(USUAL).clamp(1, MOST);
    let found = list_campaigns(&campaigns, ctx.org, states, after, limit).await;
    let (listed, has_more) = found.map_err(|error| app_error(&ctx, error))?;
    let next = listed
        .last()
        .filter(|_| has_more)
        .map(|last| ctx.seal_cursor(LIST, &last.campaign.id));
    let data = listed.iter().map(|listed| resource(&listed.campaign)).collect();
    Ok(axum::Json(ListPage {
        data,
        has_more,
        next_cursor: next,
    }))
}

async fn create(ctx: Ctx, Shared(campaigns): Shared<Campaigns>, Json(new): Json<NewCampaign>) -> WebResult {
    let content = parse_new(&ctx, new)?;
    let created = create_campaign(&campaigns, ctx.org, content, ctx.now).await;
    let campaign = created.map_err(|error| app_error(&ctx, error))?;
    let location = [(header::LOCATION, API_CAMPAIGN.url(&campaign.id))];
    Ok((StatusCode::CREATED, location, tagged(&campaign)).into_response())
}

async fn get(ctx: Ctx, Shared(campaigns): Shared<Campaigns>, Path(id): Path<CampaignId>) -> WebResult {
    let campaign = read_campaign(&campaigns, ctx.org, id).await;
    campaign
        .map(|campaign| tagged(&campaign))
        .map_err(|error| app_error(&ctx, error))
}

async fn patch(
    ctx: Ctx,
    Shared(campaigns): Shared<Campaigns>,
    Path(id): Path<CampaignId>,
    headers: HeaderMap,
    Json(patch): Json<CampaignPatch>,
) -> WebResult {
    let expected = expected_version(&headers)?;
    let current = read_campaign(&campaigns, ctx.org, id)
        .await
        .map_err(|error| app_error(&ctx, error))?;
    let edit = parse_patch(&ctx, &current, patch)?;
    // A patch of half an audience is about the audience that was read.
    let expected = expected.or(Some(current.version));
    let edited = edit_campaign(&campaigns, ctx.org, id, edit, expected, ctx.now).await;
    edited
        .map(|campaign| tagged(&campaign))
        .map_err(|error| app_error(&ctx, error))
}

async fn delete(
    ctx: Ctx,
    Shared(campaigns): Shared<Campaigns>,
    Path(id): Path<CampaignId>,
    headers: HeaderMap,
) -> WebResult<StatusCode> {
    let expected = expected_version(&headers)?;
    let deleted = delete_campaign(&campaigns, ctx.org, id, expected).await;
    deleted
        .map(|()| StatusCode::NO_CONTENT)
        .map_err(|error| app_error(&ctx, error))
}

async fn launch(
    ctx: Ctx,
    Shared(campaigns): Shared<Campaigns>,
    Path(id): Path<CampaignId>,
    headers: HeaderMap,
) -> WebResult {
    let expected = expected_version(&headers)?;
    let launched = launch_campaign(&campaigns, ctx.org, id, expected, ctx.now).await;
    let campaign = launched.map_err(|error| app_error(&ctx, error))?;
    Ok((StatusCode::ACCEPTED, tagged(&campaign)).into_response())
}

async fn unschedule(ctx: Ctx, Shared(campaigns): Shared<Campaigns>, Path(id): Path<CampaignId>) -> WebResult {
    let draft = unschedule_campaign(&campaigns, ctx.org, id, ctx.now).await;
    draft
        .map(|campaign| tagged(&campaign))
        .map_err(|error| app_error(&ctx, error))
}

async fn pause(ctx: Ctx, Shared(campaigns): Shared<Campaigns>, Path(id): Path<CampaignId>) -> WebResult {
    control(&ctx, &campaigns, id, Control::Pause).await
}

async fn resume(ctx: Ctx, Shared(campaigns): Shared<Campaigns>, Path(id): Path<CampaignId>) -> WebResult {
    control(&ctx, &campaigns, id, Control::Resume).await
}

async fn cancel(ctx: Ctx, Shared(campaigns): Shared<Campaigns>, Path(id): Path<CampaignId>) -> WebResult {
    control(&ctx, &campaigns, id, Control::Cancel).await
}

async fn control(ctx: &Ctx, campaigns: &Campaigns, id: CampaignId, control: Control) -> WebResult {
    let controlled = control_campaign(campaigns, ctx.org, id, control, ctx.now).await;
    controlled
        .map(|campaign| tagged(&campaign))
        .map_err(|error| app_error(ctx, error))
}

async fn report(
    ctx: Ctx,
    Shared(campaigns): Shared<Campaigns>,
    Path(id): Path<CampaignId>,
) -> WebResult<axum::Json<CampaignReport>> {
    let fail = |error| app_error(&ctx, error);
    let campaign = read_campaign(&campaigns, ctx.org, id).await.map_err(fail)?;
    let outcome = read_outcome(&campaigns, ctx.org, &campaign).await.map_err(fail)?;
    let outcome = outcome.ok_or(platform::web::AppError::NotFound)?;
    Ok(axum::Json(report_of(&campaign, outcome)))
}

/// A campaign with its version as the entity tag.
fn tagged(campaign: &Campaign) -> Response {
    let tag = format!("\"{}\"", campaign.version);
    ([(header::ETAG, tag)], axum::Json(resource(campaign))).into_response()
}
