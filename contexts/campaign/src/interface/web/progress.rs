//! Progress while it happens, as events from the server.

use std::{convert::Infallible, time::Duration};

use axum::{
    extract::State as Shared,
    response::{
        IntoResponse, Sse,
        sse::{Event, KeepAlive},
    },
};
use futures::{Stream, StreamExt, stream};
use http::{HeaderName, HeaderValue};
use kernel::CampaignId;
use platform::web::{Ctx, Path, WebResult};

use super::report::{self, FIGURES, PROGRESS, WHEREABOUTS};
use crate::{
    application::{
        CampaignError, Campaigns,
        read_campaigns::{read_campaign, read_outcome},
    },
    domain::state::State,
    interface::words::app_error,
};

/// Between two looks.
const EVERY: Duration = Duration::from_secs(1);
/// After so many looks the stream ends; a browser that is still there comes back, with its session
/// looked at again.
const MOST: u32 = 300;

/// Follows one campaign.
struct Watch {
    ctx: Ctx,
    campaigns: Campaigns,
    id: CampaignId,
    /// The state that the page was made for.
    state: State,
    looks: u32,
    over: bool,
}

/// The stream. It ends when the campaign stands elsewhere than the page says, which the page answers
/// by being loaded again.
pub async fn stream(ctx: Ctx, Shared(campaigns): Shared<Campaigns>, Path(id): Path<CampaignId>) -> WebResult {
    let campaign = read_campaign(&campaigns, ctx.org, id)
        .await
        .map_err(|error| app_error(&ctx, error))?;
    let watch = Watch {
        ctx,
        campaigns,
        id,
        state: campaign.state,
        looks: 0,
        over: false,
    };
    let events = Sse::new(watch.events()).keep_alive(KeepAlive::new().interval(Duration::from_secs(15)));
    // A proxy that collects answers before it hands them on would hold all of it back.
    let unbuffered = [(
        HeaderName::from_static("x-accel-buffering"),
        HeaderValue::from_static("no"),
    )];
    Ok((unbuffered, events).into_response())
}

impl Watch {
    fn events(self) -> impl Stream<Item = Result<Event, Infallible>> {
        stream::unfold(self, |mut watch| async move {
            if watch.over || watch.looks >= MOST {
                return None;
            }
            if watch.looks > 0 {
                tokio::time::sleep(EVERY).await;
            }
            watch.looks += 1;
            let events = watch.look().await.ok()?;
            Some((stream::iter(events.into_iter().map(Ok)), watch))
        })
        .flatten()
    }

    async fn look(&mut self) -> Result<Vec<Event>, CampaignError> {
        let campaign = read_campaign(&self.campaigns, self.ctx.org, self.id).await?;
        let outcome = read_outcome(&self.campaigns, self.ctx.org, &campaign).await?;
        let mut events = Vec::new();
        if let Some(outcome) = &outcome {
            let event =
                |name: &str, html: maud::Markup| Event::default().event(name).data(html.into_string());
            events.push(event(PROGRESS, report::progress(&self.ctx, &campaign, outcome)));
            events.push(event(FIGURES, report::figures(&self.ctx, self.id, outcome)));
            events.push(event(
                WHEREABOUTS,
                report::whereabouts(&self.ctx, &campaign, &outcome.reconciliation),
            ));
        }
        if campaign.state != self.state || !campaign.state.is_under_way() {
            self.over = true;
            events.push(Event::default().event("done").data(campaign.state.as_str()));
        }
        Ok(events)
    }
}
