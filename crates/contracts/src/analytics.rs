//! Roll-ups of what happened, and the dashboard.

use async_trait::async_trait;
use kernel::{CampaignId, OrgId, Route0, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::PortResult;

/// What happened to the messages of a campaign, or of a span of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MessageTotals {
    /// Taken over by the provider.
    pub sent: i64,
    /// Never sent: failed, expired, cancelled or suppressed.
    pub not_sent: i64,
    /// Arrived, as those who carried them say. Mail servers say nothing of what arrived.
    pub delivered: i64,
    /// Came back.
    pub bounced: i64,
    /// Messages opened at least once.
    pub opened: i64,
    /// Opens in all.
    pub opens: i64,
    /// Messages with at least one click.
    pub clicked: i64,
    /// Clicks in all.
    pub clicks: i64,
    /// People who unsubscribed.
    pub unsubscribed: i64,
    /// Messages that their recipients called spam.
    pub complained: i64,
}

/// One point of a time curve.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
pub struct CurvePoint {
    /// Start of the hour.
    pub at: Timestamp,
    /// What happened in it.
    #[serde(flatten)]
    pub totals: MessageTotals,
}

/// One link of a mail.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LinkTotals {
    /// Where it leads.
    pub url: String,
    /// Messages in which it was clicked.
    pub clicked: i64,
    /// Clicks in all.
    pub clicks: i64,
}

/// All figures of a campaign.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct CampaignStatistics {
    /// Over all time.
    pub totals: MessageTotals,
    /// By hour, from the first to the last with anything in it.
    pub curve: Vec<CurvePoint>,
    /// By link, most clicked first.
    pub links: Vec<LinkTotals>,
}

impl std::ops::AddAssign for MessageTotals {
    fn add_assign(&mut self, more: Self) {
        self.sent += more.sent;
        self.not_sent += more.not_sent;
        self.delivered += more.delivered;
        self.bounced += more.bounced;
        self.opened += more.opened;
        self.opens += more.opens;
        self.clicked += more.clicked;
        self.clicks += more.clicks;
        self.unsubscribed += more.unsubscribed;
        self.complained += more.complained;
    }
}

/// Which span of time, for the API.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
pub struct StatisticsQuery {
    /// The last so many days, today included: 1 to 366. Absent is 30.
    pub days: Option<i64>,
}

/// What happened to campaigns' messages in a span of time, and in the one before it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StatisticsOverview {
    /// Where the span begins: the first instant of a day in the organisation's zone.
    pub from: Timestamp,
    /// Where it ends: the present.
    pub to: Timestamp,
    /// Over the span.
    pub totals: MessageTotals,
    /// Over as many days before it.
    pub previous: MessageTotals,
    /// By day; each point stands at the first instant of its day.
    pub curve: Vec<CurvePoint>,
}

/// Reads the roll-ups.
#[async_trait]
pub trait Statistics: Send + Sync {
    /// The figures of campaigns, in the order asked for; one never sent has zeros.
    async fn totals(&self, org: OrgId, campaigns: &[CampaignId]) -> PortResult<Vec<MessageTotals>>;
    /// All figures of one campaign.
    async fn campaign(&self, org: OrgId, campaign: CampaignId) -> PortResult<CampaignStatistics>;
}

/// How urgent something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Soon.
    Warning,
    /// Now.
    Error,
}

/// Something that needs a person.
#[derive(Clone, Debug)]
pub struct AttentionItem {
    /// How urgent.
    pub severity: Severity,
    /// Message key of the sentence; may use `$count` and `$name`.
    pub text_key: &'static str,
    /// For `$count`.
    pub count: i64,
    /// For `$name`.
    pub name: String,
    /// Where to act.
    pub href: String,
}

/// What a context wants to show under "what needs you".
#[async_trait]
pub trait Attention: Send + Sync {
    /// All items; cheap enough for every view of the dashboard.
    async fn attention(&self, org: OrgId) -> PortResult<Vec<AttentionItem>>;
}

/// The dashboard.
pub const DASHBOARD: Route0 = Route0::new("/app");
/// The same figures by the API.
pub const API_STATISTICS: Route0 = Route0::new("/api/v1/statistics");
