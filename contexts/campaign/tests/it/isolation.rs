//! Nobody sees or touches campaigns of another organisation.

use contracts::campaign::{
    API_CAMPAIGN, API_CAMPAIGN_CANCELLATION, API_CAMPAIGN_LAUNCHES, API_CAMPAIGN_PAUSE, API_CAMPAIGN_REPORT,
    API_CAMPAIGNS, CAMPAIGN, CAMPAIGN_CANCELLATION, CAMPAIGN_COPY, CAMPAIGN_DELETION, CAMPAIGN_LAUNCH,
    CAMPAIGN_NAME, CAMPAIGN_PAUSE, CAMPAIGN_PROGRESS, CAMPAIGN_RESUME, CAMPAIGN_UNSCHEDULING, CAMPAIGNS,
};
use http::Method;
use kernel::{Permission, Role};
use serde_json::json;

use crate::story::Story;

#[tokio::test]
async fn campaigns_of_another_organisation_do_not_exist() {
    let story = Story::with_people(2).await;
    let id = story.draft().await;
    story.launch(id).await.expect(202);
    story.app.run_until_idle().await;
    let other = story.app.organizations.add("Other Ltd");
    let (person, program) = (
        story.app.person_as(other, Role::Owner),
        story.app.program_with(other, Permission::ALL),
    );

    assert!(
        !person
            .get(CAMPAIGNS.url())
            .await
            .expect(200)
            .text()
            .contains("Spring sale")
    );
    assert_eq!(
        program.get(API_CAMPAIGNS.url()).await.expect(200).json()["data"],
        json!([])
    );
    for page in [
        CAMPAIGN,
        CAMPAIGN_NAME,
        CAMPAIGN_DELETION,
        CAMPAIGN_LAUNCH,
        CAMPAIGN_CANCELLATION,
        CAMPAIGN_PROGRESS,
    ] {
        person.get(page.url(&id)).await.expect(404);
    }
    for form in [
        CAMPAIGN_DELETION,
        CAMPAIGN_COPY,
        CAMPAIGN_UNSCHEDULING,
        CAMPAIGN_PAUSE,
        CAMPAIGN_RESUME,
        CAMPAIGN_CANCELLATION,
    ] {
        person.post(form.url(&id), &[]).await.expect(404);
    }
    person
        .post(CAMPAIGN_NAME.url(&id), &[("name", "Mine")])
        .await
        .expect(404);
    person
        .post(CAMPAIGN_LAUNCH.url(&id), &[("version", "1")])
        .await
        .expect(404);
    person
        .post(CAMPAIGN.url(&id), &[("name", "Mine"), ("version", "1")])
        .await
        .expect(404);
    for resource in [API_CAMPAIGN, API_CAMPAIGN_REPORT] {
        program.get(resource.url(&id)).await.expect(404);
    }
    for (method, resource) in [
        (Method::PATCH, API_CAMPAIGN),
        (Method::DELETE, API_CAMPAIGN),
        (Method::POST, API_CAMPAIGN_LAUNCHES),
        (Method::DELETE, API_CAMPAIGN_LAUNCHES),
        (Method::POST, API_CAMPAIGN_PAUSE),
        (Method::DELETE, API_CAMPAIGN_PAUSE),
        (Method::POST, API_CAMPAIGN_CANCELLATION),
    ] {
        program
            .json(method, resource.url(&id), &json!({}))
            .await
            .expect(404);
    }
    assert_eq!(story.state(id).await, "running");
}

#[tokio::test]
async fn the_database_itself_hides_rows_of_other_organisations() {
    let story = Story::with_people(1).await;
    let id = story.draft().await;
    story.launch(id).await.expect(202);
    let other = story.app.organizations.add("Other Ltd");

    let mut tx = story.app.deps.db.tenant(other).await.unwrap();
    for table in [
        "SELECT count(*) FROM campaign.campaigns",
        "SELECT count(*) FROM campaign.launches",
    ] {
        let seen: i64 = sqlx::query_scalar(table).fetch_one(tx.conn()).await.unwrap();
        assert_eq!(seen, 0, "{table}");
    }
    let changed = sqlx::query("UPDATE campaign.campaigns SET name = 'x'")
        .execute(tx.conn())
        .await
        .unwrap();
    assert_eq!(changed.rows_affected(), 0);
}
