//! Giving a campaign its name: when it is made, and later.

pub mod view;

use axum::{
    extract::State as Shared,
    response::{IntoResponse, Response},
};
use contracts::{
    campaign::CAMPAIGN,
    crm::{AudienceSpec, consent::Channel},
};
use http::StatusCode;
use kernel::CampaignId;
use platform::web::{Ctx, Form, Path, Redirect, Toast, WebResult};
use serde::Deserialize;

use crate::{
    application::{
        Campaigns,
        create_campaign::create_campaign,
        edit_campaign::{Edit, edit_campaign},
        read_campaigns::read_campaign,
    },
    domain::{campaign::Content, name::CampaignName},
    interface::words::{app_error, name_error},
};

/// The form as it was filled in.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct NameForm {
    /// The name.
    pub name: String,
}

/// The form for a new campaign.
pub async fn new(ctx: Ctx) -> Response {
    view::new_page(&ctx, StatusCode::OK, "", None)
}

/// Makes a draft and opens it.
pub async fn create(ctx: Ctx, Shared(campaigns): Shared<Campaigns>, Form(form): Form<NameForm>) -> WebResult {
    let name = match CampaignName::parse(&form.name) {
        Ok(name) => name,
        Err(error) => {
            let error = name_error(&ctx, error);
            return Ok(view::new_page(
                &ctx,
                StatusCode::UNPROCESSABLE_ENTITY,
                &form.name,
                Some(error),
            ));
        }
    };
    let content = Content {
        name,
        audience: AudienceSpec::default(),
        template: None,
        channel: Channel::Email,
        scheduled_at: None,
    };
    let created = create_campaign(&campaigns, ctx.org, content, ctx.now).await;
    let campaign = created.map_err(|error| app_error(&ctx, error))?;
    Ok(Redirect::to(&ctx, CAMPAIGN.url(&campaign.id)).into_response())
}

/// The form for another name.
pub async fn edit(ctx: Ctx, Shared(campaigns): Shared<Campaigns>, Path(id): Path<CampaignId>) -> WebResult {
    let campaign = read_campaign(&campaigns, ctx.org, id)
        .await
        .map_err(|error| app_error(&ctx, error))?;
    Ok(view::rename_page(
        &ctx,
        StatusCode::OK,
        id,
        campaign.content.name.as_str(),
        None,
    ))
}

/// Calls it something else.
pub async fn rename(
    ctx: Ctx,
    Shared(campaigns): Shared<Campaigns>,
    Path(id): Path<CampaignId>,
    Form(form): Form<NameForm>,
) -> WebResult {
    let name = match CampaignName::parse(&form.name) {
        Ok(name) => name,
        Err(error) => {
            let error = name_error(&ctx, error);
            return Ok(view::rename_page(
                &ctx,
                StatusCode::UNPROCESSABLE_ENTITY,
                id,
                &form.name,
                Some(error),
            ));
        }
    };
    let edit = Edit {
        name: Some(name),
        ..Edit::default()
    };
    let renamed = edit_campaign(&campaigns, ctx.org, id, edit, None, ctx.now).await;
    renamed.map_err(|error| app_error(&ctx, error))?;
    let said = Toast::done(ctx.t("campaign-renamed"));
    Ok(Redirect::to(&ctx, CAMPAIGN.url(&id))
        .say(&ctx, said)
        .into_response())
}
