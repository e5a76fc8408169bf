//! Everything that the dashboard shows.

use std::sync::Arc;

use contracts::{
    PortResult,
    analytics::{Attention, AttentionItem, StatisticsOverview},
    crm::Segments,
    delivery::Templates,
};
use futures::future::join_all;
use jiff::tz::TimeZone;
use kernel::{OrgId, Timestamp};
use platform::DbError;
use tracing::warn;

use crate::{
    domain::period::Period,
    infrastructure::pg::{AnalyticsDb, CampaignRow, GrowthRow},
};

/// How many campaigns are shown of each kind.
const SHOWN: i64 = 8;

/// What the dashboard needs of other contexts.
pub struct Needs {
    /// Everything that wants a person.
    pub attention: Vec<Arc<dyn Attention>>,
    /// For the first steps: whether there is a segment.
    pub segments: Arc<dyn Segments>,
    /// For the first steps: whether there is a template.
    pub templates: Arc<dyn Templates>,
}

/// What the roll-ups say.
#[derive(Clone, Debug)]
pub struct Figures {
    /// The last days, and those before them.
    pub overview: StatisticsOverview,
    /// Campaigns that are being sent.
    pub under_way: Vec<CampaignRow>,
    /// Campaigns launched last.
    pub recent: Vec<CampaignRow>,
    /// New contacts over the span, by where they came from.
    pub growth: Vec<GrowthRow>,
    /// Whether there ever was a contact.
    pub has_contacts: bool,
}

/// How far somebody got who has just begun.
#[derive(Clone, Copy, Debug)]
pub struct FirstSteps {
    /// There are contacts.
    pub contacts: bool,
    /// There is a segment.
    pub segment: bool,
    /// There is a mail to send.
    pub template: bool,
}

/// Reads the roll-ups.
pub async fn read_figures(
    db: &AnalyticsDb,
    org: OrgId,
    days: i64,
    now: Timestamp,
    zone: &TimeZone,
) -> Result<Figures, DbError> {
    let period = Period::last(days, now, zone);
    let mut reader = db.reader(org).await?;
    let hours = reader.hours_since(period.needs_from()).await?;
    let overview = period.overview(&hours);
    Ok(Figures {
        under_way: reader.campaigns_under_way(SHOWN).await?,
        recent: reader.recent_campaigns(SHOWN).await?,
        growth: reader.new_contacts(overview.from).await?,
        has_contacts: reader.has_contacts().await?,
        overview,
    })
}

/// Campaigns that are being sent, for the part of the page that follows them.
pub async fn read_under_way(db: &AnalyticsDb, org: OrgId) -> Result<Vec<CampaignRow>, DbError> {
    db.reader(org).await?.campaigns_under_way(SHOWN).await
}

/// How far somebody got who has just begun; asked only until the first campaign was launched.
pub async fn read_first_steps(
    needs: &Needs,
    org: OrgId,
    figures: &Figures,
) -> PortResult<Option<FirstSteps>> {
    if !figures.recent.is_empty() {
        return Ok(None);
    }
    let (segments, templates) =
        futures::try_join!(needs.segments.segments(org), needs.templates.templates(org))?;
    Ok(Some(FirstSteps {
        contacts: figures.has_contacts,
        segment: !segments.is_empty(),
        template: !templates.is_empty(),
    }))
}

/// What needs a person, the most urgent first. A context that cannot answer hides nothing of the
/// others.
pub async fn read_attention(needs: &Needs, org: OrgId) -> Vec<AttentionItem> {
    let answers = join_all(needs.attention.iter().map(|port| port.attention(org))).await;
    let mut items = Vec::new();
    for answer in answers {
        match answer {
            Ok(found) => items.extend(found),
            Err(error) => warn!(org.id = %org, %error, "a context could not say what needs a person"),
        }
    }
    items.sort_by_key(|item| std::cmp::Reverse(item.severity));
    items
}
