//! The figures of the dashboard.

use contracts::analytics::{CurvePoint, MessageTotals};
use jiff::{civil::Date, tz::TimeZone};
use kernel::{CampaignId, OrgId, Timestamp};
use platform::DbError;

use crate::{
    domain::period::{Days, Period},
    infrastructure::pg::{AnalyticsDb, CampaignLine, DayRow},
};

/// Campaigns shown.
const CAMPAIGNS: i64 = 8;

/// All figures, for one span of days.
#[derive(Debug, Clone)]
pub struct Figures {
    /// The days, oldest first.
    pub days: Vec<Date>,
    /// What happened on each of them.
    pub daily: Vec<MessageTotals>,
    /// Over the span.
    pub totals: MessageTotals,
    /// Over the span before.
    pub before: MessageTotals,
    /// The newest campaigns with what became of them.
    pub campaigns: Vec<(CampaignLine, MessageTotals)>,
    /// New contacts over the span, by source.
    pub growth: Vec<DayRow>,
    /// Whether there ever was a contact.
    pub has_contacts: bool,
}

/// Reads them all as of one instant.
pub async fn read_dashboard(
    db: &AnalyticsDb,
    org: OrgId,
    now: Timestamp,
    zone: &TimeZone,
    days: Days,
) -> Result<Figures, DbError> {
    let period = Period::ending(now, days, zone);
    let mut reads = db.reads(org).await?;
    let hours = reads.hours(period.before).await?;
    let campaigns = reads.newest_campaigns(CAMPAIGNS).await?;
    let ids: Vec<CampaignId> = campaigns.iter().map(|campaign| campaign.id).collect();
    let totals = reads.totals(&ids).await?;
    let growth = reads.new_contacts(period.from).await?;
    let has_contacts = reads.has_contacts().await?;
    let of = |id: CampaignId| {
        totals
            .iter()
            .find(|(other, _)| *other == id)
            .map_or_else(MessageTotals::default, |(_, t)| *t)
    };
    let (daily, totals_now, before) = by_day(&hours, &period, zone);
    Ok(Figures {
        days: period.days,
        daily,
        totals: totals_now,
        before,
        campaigns: campaigns
            .into_iter()
            .map(|line| {
                let totals = of(line.id);
                (line, totals)
            })
            .collect(),
        growth,
        has_contacts,
    })
}

fn by_day(
    hours: &[CurvePoint],
    period: &Period,
    zone: &TimeZone,
) -> (Vec<MessageTotals>, MessageTotals, MessageTotals) {
    let mut daily = vec![MessageTotals::default(); period.days.len()];
    let (mut totals, mut before) = (MessageTotals::default(), MessageTotals::default());
    for point in hours {
        match period.index(point.at, zone) {
            Some(day) => {
                add(&mut daily[day], &point.totals);
                add(&mut totals, &point.totals);
            }
            None => add(&mut before, &point.totals),
        }
    }
    (daily, totals, before)
}

/// Adds one to the other, field by field.
pub fn add(to: &mut MessageTotals, more: &MessageTotals) {
    to.sent += more.sent;
    to.not_sent += more.not_sent;
    to.bounced += more.bounced;
    to.opened += more.opened;
    to.opens += more.opens;
    to.clicked += more.clicked;
    to.clicks += more.clicks;
    to.unsubscribed += more.unsubscribed;
}
