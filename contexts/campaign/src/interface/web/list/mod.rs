//! The list of campaigns.

mod view;

use axum::{extract::State as Shared, response::IntoResponse};
use kernel::CampaignId;
use platform::web::{Ctx, Query, View, WebResult};
use serde::Deserialize;

use crate::{
    application::{Campaigns, read_campaigns::list_campaigns},
    domain::state::State,
    interface::words::app_error,
};

/// Campaigns on one page.
const PAGE: i64 = 50;
/// The order that cursors belong to.
const LIST: &str = "campaigns newest first";

/// Which part of the list.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ListQuery {
    /// A word of [`Filter`]; anything else shows all.
    state: String,
    /// Where the page before ended.
    cursor: Option<String>,
}

/// What the list can be narrowed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filter {
    /// Being made.
    Draft,
    /// Waiting for their time.
    Scheduled,
    /// Let go and not ended.
    UnderWay,
    /// Ended.
    Finished,
}

impl Filter {
    /// All of them, in the order of a campaign's life.
    pub const ALL: [Filter; 4] = [
        Filter::Draft,
        Filter::Scheduled,
        Filter::UnderWay,
        Filter::Finished,
    ];

    /// The word in the address.
    pub const fn as_str(self) -> &'static str {
        match self {
            Filter::Draft => "draft",
            Filter::Scheduled => "scheduled",
            Filter::UnderWay => "under_way",
            Filter::Finished => "finished",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        Filter::ALL.into_iter().find(|filter| filter.as_str() == text)
    }

    const fn states(self) -> &'static [State] {
        match self {
            Filter::Draft => &[State::Draft],
            Filter::Scheduled => &[State::Scheduled],
            Filter::UnderWay => &[State::Launching, State::Running, State::Paused],
            Filter::Finished => &[State::Completed, State::Cancelled],
        }
    }
}

/// The list, or its table alone.
pub async fn show(
    ctx: Ctx,
    Shared(campaigns): Shared<Campaigns>,
    view: View,
    Query(query): Query<ListQuery>,
) -> WebResult {
    let after: Option<CampaignId> = query
        .cursor
        .as_deref()
        .map(|text| ctx.open_cursor(LIST, text))
        .transpose()?;
    let filter = Filter::parse(&query.state);
    let states = filter.map(Filter::states);
    let found = list_campaigns(&campaigns, ctx.org, states, after, PAGE).await;
    let (listed, more) = found.map_err(|error| app_error(&ctx, error))?;
    let next = listed
        .last()
        .filter(|_| more)
        .map(|last| ctx.seal_cursor(LIST, &last.campaign.id));
    let list = view::List {
        listed: &listed,
        filter,
        next,
        first: after.is_none(),
    };
    Ok(match view {
        View::Part => view::table(&ctx, &list).into_response(),
        View::Full => view::page(&ctx, &list),
    })
}
