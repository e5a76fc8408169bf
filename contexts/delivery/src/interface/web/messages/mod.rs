//! Messages, what became of each, and decisions about held ones.

mod list_view;
mod view;

use axum::{extract::State, response::IntoResponse};
use contracts::delivery::{MESSAGE, MESSAGES};
use kernel::{CampaignId, MessageId};
use platform::web::{AppError, Ctx, Form, Path, Query, Redirect, Toast, View, WebResult};
use serde::Deserialize;
use uuid::Uuid;

use super::template_parts::author;
use crate::{
    application::{
        read_messages::{Filter, list_messages, message_story},
        resolve_held::resolve_held,
        settings_deps::SettingsDeps,
    },
    domain::{held::HeldDecision, message_state::MessageState},
};

const LIST: &str = "messages page";
const PAGE: i64 = 50;

/// The state of the list, which is its address.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ListQuery {
    state: String,
    campaign: String,
    to: String,
    cursor: Option<String>,
}

impl ListQuery {
    fn filter(&self, ctx: &Ctx) -> WebResult<Filter> {
        let wrong =
            |field| AppError::invalid(field, "unknown_filter", ctx.t("delivery-messages-filter-unknown"));
        let state = Some(self.state.as_str()).filter(|word| !word.is_empty());
        let campaign = Some(self.campaign.as_str()).filter(|text| !text.is_empty());
        Ok(Filter {
            state: state
                .map(str::parse::<MessageState>)
                .transpose()
                .map_err(|()| wrong("state"))?,
            campaign: campaign
                .map(str::parse::<CampaignId>)
                .transpose()
                .map_err(|_| wrong("campaign"))?,
            to: self.to.trim().to_owned(),
        })
    }

    fn is_filtered(&self) -> bool {
        !self.state.is_empty() || !self.campaign.is_empty() || !self.to.is_empty()
    }
}

/// The list.
pub async fn list(
    ctx: Ctx,
    State(deps): State<SettingsDeps>,
    view: View,
    Query(query): Query<ListQuery>,
) -> WebResult {
    let filter = query.filter(&ctx)?;
    let after: Option<Uuid> = match &query.cursor {
        Some(cursor) => Some(ctx.open_cursor(LIST, cursor)?),
        None => None,
    };
    let after = after.map(MessageId::from_uuid);
    let mut found = list_messages(&deps.db, ctx.org, &filter, after, PAGE + 1).await?;
    let more = found.len() as i64 > PAGE;
    found.truncate(PAGE as usize);
    let next = found
        .last()
        .filter(|_| more)
        .map(|last| ctx.seal_cursor(LIST, &last.id.uuid()));
    let list = list_view::list(&ctx, &query, &found, next);
    Ok(match view {
        View::Part => list.into_response(),
        View::Full => list_view::page(&ctx, &query, found.is_empty(), list),
    })
}

/// One message.
pub async fn show(ctx: Ctx, State(deps): State<SettingsDeps>, Path(id): Path<MessageId>) -> WebResult {
    let story = message_story(&deps.db, ctx.org, id)
        .await?
        .ok_or(AppError::NotFound)?;
    Ok(view::page(&ctx, &story))
}

/// A decision about held messages.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ResolutionForm {
    /// Which.
    id: Vec<MessageId>,
    /// What becomes of them.
    decision: String,
}

/// Decides what becomes of held messages.
pub async fn resolve(
    ctx: Ctx,
    State(deps): State<SettingsDeps>,
    Form(form): Form<ResolutionForm>,
) -> WebResult {
    let unknown = |()| {
        AppError::invalid(
            "decision",
            "unknown_decision",
            ctx.t("delivery-held-decision-unknown"),
        )
    };
    let decision: HeldDecision = form.decision.parse().map_err(unknown)?;
    // From the page of one message the way back is to that page; from the list, to the held ones.
    let back = match form.id.as_slice() {
        [id] => {
            message_story(&deps.db, ctx.org, *id)
                .await?
                .ok_or(AppError::NotFound)?;
            MESSAGE.url(id)
        }
        _ => MESSAGES.with(&[("state", MessageState::Held.as_str())]),
    };
    let reached = resolve_held(&deps.db, author(&ctx), &form.id, decision).await?;
    let said = match (reached, decision) {
        (0, HeldDecision::SendAgain) => Toast::failed(ctx.t("delivery-held-nothing-to-send")),
        (0, _) => Toast::failed(ctx.t("delivery-held-nothing")),
        (_, decision) => Toast::done(ctx.ta(done(decision), &[("count", reached.into())])),
    };
    Ok(Redirect::to(&ctx, back).say(&ctx, said).into_response())
}

const fn done(decision: HeldDecision) -> &'static str {
    match decision {
        HeldDecision::SendAgain => "delivery-held-sent-again",
        HeldDecision::MarkSent => "delivery-held-marked-sent",
        HeldDecision::GiveUp => "delivery-held-given-up",
    }
}
