//! Whatever is sent, the answer is a clear refusal, and text stays text.

use contracts::{
    analytics::{CampaignStatistics, LinkTotals, MessageTotals},
    campaign::{
        API_CAMPAIGN, API_CAMPAIGNS, CAMPAIGN, CAMPAIGN_AUDIENCE, CAMPAIGN_DELETION, CAMPAIGN_LAUNCH,
        CAMPAIGN_NAME, CAMPAIGN_NEW, CAMPAIGN_PREVIEW, CAMPAIGNS,
    },
};
use http::Method;
use serde_json::json;

use crate::story::Story;

const HOSTILE: &str =
    "<script>alert(1)</script>\"'><img src=x onerror=alert(1)> {{ 7*7 }} '; DROP TABLE campaign.campaigns;--";

#[tokio::test]
async fn a_hostile_name_is_shown_as_text_everywhere() {
    let story = Story::with_people(1).await;
    let segment = story.world.segment(HOSTILE);
    story.world.contact("ann@example.com", &[segment]);
    let template = story.world.template(HOSTILE);
    let id = story
        .draft_with(
            &json!({ "name": HOSTILE, "audience": { "include": [segment] }, "template_id": template }),
        )
        .await;

    let mut pages = vec![
        CAMPAIGNS.url(),
        CAMPAIGN.url(&id),
        CAMPAIGN_NAME.url(&id),
        CAMPAIGN_DELETION.url(&id),
        CAMPAIGN_LAUNCH.url(&id),
    ];
    for page in pages.drain(..) {
        let page = story.person.get(&page).await.expect(200);
        assert!(!page.text().contains("<script>alert"), "{}", page.text());
        assert!(!page.text().contains("<img src=x"), "{}", page.text());
        assert!(
            page.text().contains("&lt;script&gt;alert(1)"),
            "the name is shown"
        );
    }

    story.launch(id).await.expect(202);
    story.run_to_the_end().await;
    let link = LinkTotals {
        url: "javascript:alert(1)\"><script>alert(1)</script>".to_owned(),
        clicked: 1,
        clicks: 1,
    };
    let totals = MessageTotals {
        sent: 1,
        ..MessageTotals::default()
    };
    story.world.statistics(
        id,
        CampaignStatistics {
            totals,
            links: vec![link],
            ..CampaignStatistics::default()
        },
    );
    let report = story.page(id).await;
    assert!(!report.text().contains("<script>alert"), "{}", report.text());
    assert!(
        report
            .attributes("a", "href")
            .iter()
            .all(|href| !href.starts_with("javascript:"))
    );
}

#[tokio::test]
async fn forms_with_missing_oversized_and_malformed_fields_are_refused() {
    let story = Story::with_people(1).await;
    let id = story.draft().await;
    let huge = "x".repeat(100_000);

    for name in ["", " \t ", "a\nb", huge.as_str()] {
        story
            .person
            .post(CAMPAIGN_NEW.url(), &[("name", name)])
            .await
            .expect(422);
        story
            .person
            .post(CAMPAIGN_NAME.url(&id), &[("name", name)])
            .await
            .expect(422);
    }
    for fields in [
        vec![],
        vec![("name", "x")],
        vec![("name", "x"), ("version", "one")],
        vec![("name", "x"), ("version", "1"), ("include", "seg_nonsense")],
        vec![
            ("name", "x"),
            ("version", "1"),
            ("include", "con_01jd7x8n3qf3v8k2m4r6t9w0xz"),
        ],
    ] {
        story.person.post(CAMPAIGN.url(&id), &fields).await.expect(422);
    }
    story.person.post(CAMPAIGN_LAUNCH.url(&id), &[]).await.expect(422);
    story
        .person
        .post(CAMPAIGN_LAUNCH.url(&id), &[("version", "99999999999999999999")])
        .await
        .expect(422);
    story
        .person
        .post(CAMPAIGN_AUDIENCE.url(), &[("include", "'; DROP TABLE")])
        .await
        .expect(422);
    story
        .person
        .get(CAMPAIGN_PREVIEW.with(&[("template", "nonsense")]))
        .await
        .expect(422);
    story.person.get(CAMPAIGN_PREVIEW.url()).await.expect(422);
    story.person.get("/app/campaigns/cmp_nonsense").await.expect(404);
    let unknown = kernel::CampaignId::generate();
    story.person.get(CAMPAIGN.url(&unknown)).await.expect(404);

    let campaign = story.campaign(id).await;
    assert_eq!(
        (&campaign["name"], &campaign["state"]),
        (&json!("Spring sale"), &json!("draft"))
    );
}

#[tokio::test]
async fn requests_without_the_token_of_a_page_change_nothing() {
    let story = Story::with_people(1).await;
    let id = story.draft().await;
    let foreign = story.person.clone().without("x-csrf-token");
    foreign
        .post(CAMPAIGN_NEW.url(), &[("name", "Mine")])
        .await
        .expect(403);
    foreign
        .post(CAMPAIGN_LAUNCH.url(&id), &[("version", "1")])
        .await
        .expect(403);
    assert_eq!(story.state(id).await, "draft");
}

#[tokio::test]
async fn the_api_names_what_is_wrong() {
    let story = Story::begin().await;
    let unknown_segment = kernel::SegmentId::generate();
    let unknown_template = kernel::TemplateId::generate();
    for (body, pointer) in [
        (json!({ "name": "" }), "#/name"),
        (json!({ "name": "x".repeat(201) }), "#/name"),
        (json!({ "name": 7 }), "#/name"),
        (
            json!({ "name": "x", "scheduled_at": "tomorrow" }),
            "#/scheduled_at",
        ),
        (
            json!({ "name": "x", "scheduled_at": "2020-01-01T00:00:00Z" }),
            "#/scheduled_at",
        ),
        (
            json!({ "name": "x", "audience": { "include": ["seg_x"] } }),
            "#/audience/include/0",
        ),
        (
            json!({ "name": "x", "audience": { "include": [unknown_segment] } }),
            "#/audience",
        ),
        (
            json!({ "name": "x", "template_id": unknown_template }),
            "#/template_id",
        ),
        (json!({ "name": "x", "unknown": 1 }), "#/unknown"),
    ] {
        let problem = story
            .program
            .json(Method::POST, API_CAMPAIGNS.url(), &body)
            .await
            .expect(422)
            .json();
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{body}: {problem}");
    }
    let id = story.draft().await;
    for body in [
        json!({ "name": null, "state": "running" }),
        json!({ "audience": { "include": "all" } }),
        json!([1]),
    ] {
        story
            .program
            .json(Method::PATCH, API_CAMPAIGN.url(&id), &body)
            .await
            .expect(422);
    }
    assert_eq!(story.campaign(id).await["name"], "Spring sale");
}
