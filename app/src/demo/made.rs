//! What there is in the end.

use anyhow::Context;
use contracts::{
    campaign::{API_CAMPAIGN_REPORT, API_CAMPAIGNS},
    crm::API_SEGMENT,
};
use kernel::CampaignId;
use serde_json::Value;

use super::{
    catalogue::Catalogue,
    contact_files,
    content::campaigns::{DRAFT, FIRST, SCHEDULED, SECOND},
    imports::imported,
    seed::items,
    stage::Stage,
};

/// What was made.
#[derive(Debug)]
pub struct Made {
    /// Contacts.
    pub contacts: usize,
    /// Rows of the file that were refused, as they were meant to be.
    pub refused_rows: i64,
    /// Segments and how many are in them.
    pub segments: Vec<(String, i64)>,
    /// Templates.
    pub templates: usize,
    /// Campaigns and what became of them.
    pub campaigns: Vec<MadeCampaign>,
}

/// A campaign.
#[derive(Debug)]
pub struct MadeCampaign {
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub state: String,
    /// Mails sent.
    pub sent: i64,
    /// Opened at least once.
    pub opened: i64,
    /// With at least one click.
    pub clicked: i64,
    /// People who unsubscribed.
    pub unsubscribed: i64,
}

/// Looks at what there is.
pub async fn take_stock(stage: &Stage, catalogue: &Catalogue, contacts: usize) -> anyhow::Result<Made> {
    let mut segments = Vec::new();
    for id in catalogue.segments() {
        let segment = stage.get(&API_SEGMENT.url(&id)).await?;
        segments.push((
            text(&segment["name"]),
            segment["member_count"].as_i64().unwrap_or_default(),
        ));
    }
    let mut campaigns = Vec::new();
    let listed = stage.get(&API_CAMPAIGNS.url()).await?;
    for campaign in [FIRST, SECOND, DRAFT, SCHEDULED] {
        let found = items(&listed).find(|listed| listed["name"] == campaign.name);
        campaigns.push(outcome(stage, found.context("a campaign is gone")?).await?);
    }
    let import = imported(stage, contact_files::CUSTOMERS)
        .await?
        .unwrap_or_default();
    Ok(Made {
        contacts,
        refused_rows: import["rows"]["rejected"].as_i64().unwrap_or_default(),
        segments,
        templates: catalogue.templates(),
        campaigns,
    })
}

async fn outcome(stage: &Stage, campaign: &Value) -> anyhow::Result<MadeCampaign> {
    let id: CampaignId = serde_json::from_value(campaign["id"].clone())?;
    let state = text(&campaign["state"]);
    let totals = match state.as_str() {
        "completed" => stage.get(&API_CAMPAIGN_REPORT.url(&id)).await?["totals"].take(),
        _ => Value::Null,
    };
    let count = |name: &str| totals[name].as_i64().unwrap_or_default();
    Ok(MadeCampaign {
        name: text(&campaign["name"]),
        state,
        sent: count("sent"),
        opened: count("opened"),
        clicked: count("clicked"),
        unsubscribed: count("unsubscribed"),
    })
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
