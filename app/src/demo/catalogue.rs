//! What the organisation has made, by name: so that nothing is made twice, and campaigns find their
//! segments and templates.

use std::collections::BTreeMap;

use anyhow::Context;
use contracts::{campaign::API_CAMPAIGNS, crm::API_SEGMENTS, delivery::API_TEMPLATES};
use kernel::{SegmentId, Timestamp};
use serde_json::{Value, json};

use super::{
    content::{
        campaigns::Campaign,
        segments::{self, READERS, Segment},
        templates::TEMPLATES,
    },
    seed::items,
    stage::Stage,
};

/// Ids by name.
pub struct Catalogue {
    segments: BTreeMap<String, Value>,
    templates: BTreeMap<String, Value>,
    campaigns: BTreeMap<String, Value>,
}

/// Makes the segments and templates that are missing.
pub async fn prepare(stage: &Stage) -> anyhow::Result<()> {
    let there = Catalogue::read(stage).await?;
    for template in TEMPLATES
        .iter()
        .filter(|template| !there.templates.contains_key(template.name))
    {
        stage.post(&API_TEMPLATES.url(), &template.body()).await?;
    }
    for segment in segments::first() {
        make(stage, &there, segment).await?;
    }
    let there = Catalogue::read(stage).await?;
    make(stage, &there, segments::quiet(there.segment(READERS)?)).await?;
    stage.settle().await
}

/// Makes the segments that look at the product.
pub async fn prepare_product(stage: &Stage) -> anyhow::Result<()> {
    let there = Catalogue::read(stage).await?;
    for segment in segments::of_the_product() {
        make(stage, &there, segment).await?;
    }
    Ok(())
}

async fn make(stage: &Stage, there: &Catalogue, segment: Segment) -> anyhow::Result<()> {
    let Segment {
        name,
        description,
        rule,
    } = segment;
    if !there.segments.contains_key(name) {
        let body = json!({"name": name, "description": description, "rule": rule});
        stage.post(&API_SEGMENTS.url(), &body).await?;
    }
    Ok(())
}

impl Catalogue {
    /// As it is now.
    pub async fn read(stage: &Stage) -> anyhow::Result<Self> {
        Ok(Self {
            segments: by_name(&stage.get(&API_SEGMENTS.url()).await?),
            templates: by_name(&stage.get(&API_TEMPLATES.url()).await?),
            campaigns: by_name(&stage.get(&API_CAMPAIGNS.url()).await?),
        })
    }

    /// All segments.
    pub fn segments(&self) -> impl Iterator<Item = SegmentId> {
        self.segments
            .values()
            .filter_map(|segment| serde_json::from_value(segment["id"].clone()).ok())
    }

    /// How many templates there are.
    pub fn templates(&self) -> usize {
        self.templates.len()
    }

    /// The campaign as it stands, or as a draft that is made now.
    pub async fn campaign_or_draft(
        &self,
        stage: &Stage,
        campaign: &Campaign,
        at: Option<Timestamp>,
    ) -> anyhow::Result<Value> {
        if let Some(found) = self.campaigns.get(campaign.name) {
            return Ok(found.clone());
        }
        let body = json!({
            "name": campaign.name,
            "audience": {"include": self.ids(campaign.include)?, "exclude": self.ids(campaign.exclude)?},
            "template_id": self.templates.get(campaign.template).context("a template is gone")?["id"],
            "scheduled_at": at,
        });
        stage.post(&API_CAMPAIGNS.url(), &body).await
    }

    fn ids(&self, names: &[&str]) -> anyhow::Result<Vec<&Value>> {
        names.iter().map(|name| self.segment(name)).collect()
    }

    fn segment(&self, name: &str) -> anyhow::Result<&Value> {
        Ok(&self
            .segments
            .get(name)
            .with_context(|| format!("the segment {name} is gone"))?["id"])
    }
}

fn by_name(list: &Value) -> BTreeMap<String, Value> {
    let name = |item: &Value| item["name"].as_str().unwrap_or_default().to_owned();
    items(list).map(|item| (name(item), item.clone())).collect()
}
