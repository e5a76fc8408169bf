//! What the tests have in common: a program with a world around it, and verbs of a marketer's day.

use std::sync::Arc;

use contracts::campaign::{
    API_CAMPAIGN, API_CAMPAIGN_LAUNCHES, API_CAMPAIGN_REPORT, API_CAMPAIGNS, CAMPAIGN, CAMPAIGN_LAUNCH,
};
use http::Method;
use kernel::{CampaignId, SegmentId, TemplateId};
use serde_json::{Value, json};
use sqlx::Executor;
use testkit::{Client, TestApp, TestResponse};

use crate::world::{World, needs};

/// A program and its world.
pub struct Story {
    /// The program.
    pub app: TestApp,
    /// The other contexts.
    pub world: Arc<World>,
    /// The owner's browser.
    pub person: Client,
    /// A program that may do everything.
    pub program: Client,
    /// A segment.
    pub segment: SegmentId,
    /// A template that is in order.
    pub template: TemplateId,
}

impl Story {
    /// With an empty segment and a template.
    pub async fn begin() -> Self {
        let world = Arc::new(World::default());
        let inner = world.clone();
        let app = TestApp::start(&["campaign"], |deps, organizations| {
            vec![campaign::module(deps, needs(&inner, organizations))]
        })
        .await;
        let (segment, template) = (world.segment("Customers"), world.template("Newsletter"));
        let (person, program) = (app.person(), app.program());
        Self {
            app,
            world,
            person,
            program,
            segment,
            template,
        }
    }

    /// The same with people in the segment.
    pub async fn with_people(count: usize) -> Self {
        let story = Self::begin().await;
        for n in 0..count {
            story
                .world
                .contact(&format!("person{n}@example.com"), &[story.segment]);
        }
        story
    }

    /// A draft to the segment, with the template.
    pub async fn draft(&self) -> CampaignId {
        self.draft_with(&json!({})).await
    }

    /// A draft in which some fields are others.
    pub async fn draft_with(&self, fields: &Value) -> CampaignId {
        let mut body = json!({
            "name": "Spring sale",
            "audience": { "include": [self.segment], "exclude": [] },
            "template_id": self.template,
        });
        for (key, value) in fields.as_object().expect("an object") {
            body[key] = value.clone();
        }
        let made = self
            .program
            .json(Method::POST, API_CAMPAIGNS.url(), &body)
            .await
            .expect(201);
        id_of(&made.json())
    }

    /// Launches a campaign.
    pub async fn launch(&self, id: CampaignId) -> TestResponse {
        self.program
            .json(Method::POST, API_CAMPAIGN_LAUNCHES.url(&id), &json!({}))
            .await
    }

    /// Lets everything happen: jobs, sending, and the schedules that notice the end.
    pub async fn run_to_the_end(&self) {
        self.app.run_until_idle().await;
        self.world.send();
        self.app.run_until_idle().await;
    }

    /// A campaign as the API shows it.
    pub async fn campaign(&self, id: CampaignId) -> Value {
        self.program.get(API_CAMPAIGN.url(&id)).await.expect(200).json()
    }

    /// Where a campaign stands.
    pub async fn state(&self, id: CampaignId) -> String {
        self.campaign(id).await["state"]
            .as_str()
            .expect("a word")
            .to_owned()
    }

    /// Its report.
    pub async fn report(&self, id: CampaignId) -> Value {
        self.program
            .get(API_CAMPAIGN_REPORT.url(&id))
            .await
            .expect(200)
            .json()
    }

    /// Its page.
    pub async fn page(&self, id: CampaignId) -> TestResponse {
        self.person.get(CAMPAIGN.url(&id)).await.expect(200)
    }

    /// Presses the button of the page that asks for the last time.
    pub async fn press_launch(&self, id: CampaignId) -> TestResponse {
        let page = self.person.get(CAMPAIGN_LAUNCH.url(&id)).await.expect(200);
        let version = page.attributes("input[name=version]", "value").remove(0);
        self.person
            .post(CAMPAIGN_LAUNCH.url(&id), &[("version", &version)])
            .await
    }

    /// Ends the leases of whoever worked when the process was killed.
    pub async fn forget_leases(&self) {
        let mut owner = self.app.database.owner().await;
        let expired =
            "UPDATE platform.jobs SET lease_until = now() - interval '1 second' WHERE state = 'running'";
        owner.execute(expired).await.expect("the leases end");
    }
}

/// The id in a resource.
pub fn id_of(resource: &Value) -> CampaignId {
    resource["id"]
        .as_str()
        .expect("an id")
        .parse()
        .expect("an id of a campaign")
}
