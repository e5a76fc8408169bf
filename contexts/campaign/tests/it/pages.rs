//! The list, and pages about a whole campaign.

use contracts::{
    analytics::{CampaignStatistics, CurvePoint, LinkTotals, MessageTotals},
    campaign::{CAMPAIGN, CAMPAIGN_COPY, CAMPAIGN_DELETION, CAMPAIGN_NAME, CAMPAIGN_NEW, CAMPAIGNS},
};
use kernel::Clock;
use serde_json::json;

use crate::story::Story;

#[tokio::test]
async fn an_empty_list_shows_the_way_to_the_first_campaign() {
    let story = Story::begin().await;
    let page = story.person.get(CAMPAIGNS.url()).await.expect(200);
    assert_eq!(page.attributes(".empty a", "href"), [CAMPAIGN_NEW.url()]);
    assert!(page.attributes("table", "class").is_empty());
}

#[tokio::test]
async fn the_list_can_be_narrowed_by_state_and_says_what_became_of_each() {
    let story = Story::with_people(2).await;
    let sent = story.draft_with(&json!({ "name": "Sent one" })).await;
    story.launch(sent).await.expect(202);
    story.run_to_the_end().await;
    story.app.run_until_idle().await;
    let totals = MessageTotals {
        sent: 200,
        opened: 50,
        clicked: 10,
        ..MessageTotals::default()
    };
    story.world.statistics(
        sent,
        CampaignStatistics {
            totals,
            ..CampaignStatistics::default()
        },
    );
    story.draft_with(&json!({ "name": "Draft one" })).await;

    let all = story.person.get(CAMPAIGNS.url()).await.expect(200);
    assert_eq!(all.texts("tbody th a"), ["Draft one", "Sent one"]);
    let finished = story
        .person
        .clone()
        .htmx()
        .get(CAMPAIGNS.with(&[("state", "finished")]))
        .await
        .expect(200);
    assert_eq!(finished.texts("tbody th a"), ["Sent one"]);
    assert_eq!(finished.texts("tbody .num"), ["200", "25%", "5%", "0%"]);
    assert!(!finished.text().contains("<html"), "htmx gets the table alone");
    let none = story
        .person
        .get(CAMPAIGNS.with(&[("state", "scheduled")]))
        .await
        .expect(200);
    assert!(none.text().contains("No campaign is in this state."));
}

#[tokio::test]
async fn a_long_list_is_turned_page_by_page_and_shows_each_campaign_once() {
    let story = Story::begin().await;
    for n in 0..120 {
        story
            .draft_with(&json!({ "name": format!("Campaign {n:03}") }))
            .await;
    }

    let (mut seen, mut url) = (Vec::new(), CAMPAIGNS.url());
    loop {
        let page = story.person.get(&url).await.expect(200);
        seen.extend(page.texts("tbody th a"));
        match page.attributes("a[rel=next]", "href").pop() {
            Some(next) => url = next,
            None => break,
        }
    }

    assert_eq!(seen.len(), 120);
    assert!(seen.is_sorted_by(|a, b| a > b), "newest first");
    story
        .person
        .get(CAMPAIGNS.with(&[("cursor", "forged")]))
        .await
        .expect(422);
}

#[tokio::test]
async fn a_finished_campaign_has_a_report() {
    let story = Story::with_people(4).await;
    let gone = story.world.contact("gone@example.com", &[story.segment]);
    story.world.suppress(gone);
    let id = story.draft().await;
    story.launch(id).await.expect(202);
    story.run_to_the_end().await;
    story.app.run_until_idle().await;
    let totals = MessageTotals {
        sent: 4,
        opened: 2,
        clicked: 1,
        unsubscribed: 1,
        ..MessageTotals::default()
    };
    let point = CurvePoint {
        at: story.app.clock.now(),
        totals,
    };
    let link = LinkTotals {
        url: "https://example.com/sale".to_owned(),
        clicked: 1,
        clicks: 3,
    };
    story.world.statistics(
        id,
        CampaignStatistics {
            totals,
            curve: vec![point],
            links: vec![link],
        },
    );

    let page = story.page(id).await;

    assert_eq!(
        page.texts("#report-figures .stat-value"),
        ["4", "100%", "50%", "25%", "25%", "0%"]
    );
    assert_eq!(
        page.texts("#report-whereabouts tbody th"),
        ["Sent", "Unsubscribed or suppressed", "Audience at the launch"]
    );
    assert_eq!(
        page.texts("#report-whereabouts tbody td.num"),
        ["4", "80%", "1", "20%", "5", "100%"]
    );
    assert!(
        page.texts("tbody th")
            .contains(&"https://example.com/sale".to_owned())
    );
    assert_eq!(
        page.attributes("figure.chart svg[role=img]", "aria-label"),
        ["Opens and clicks"]
    );
    assert!(
        page.attributes("[data-sse]", "data-sse").is_empty(),
        "nothing moves any more"
    );
}

#[tokio::test]
async fn a_copy_is_a_draft_with_the_same_content() {
    let story = Story::with_people(1).await;
    let id = story.draft().await;
    story.launch(id).await.expect(202);
    story.run_to_the_end().await;

    let answer = story.person.post(CAMPAIGN_COPY.url(&id), &[]).await.expect(303);
    let copy = answer.location().rsplit('/').next().unwrap().parse().unwrap();

    let copied = story.campaign(copy).await;
    assert_eq!(
        (&copied["name"], &copied["state"]),
        (&json!("Spring sale (copy)"), &json!("draft"))
    );
    assert_eq!(copied["audience"], story.campaign(id).await["audience"]);
    assert_eq!(copied["template_id"], json!(story.template));
}

#[tokio::test]
async fn a_campaign_can_be_renamed_at_any_time() {
    let story = Story::with_people(1).await;
    let id = story.draft().await;
    story.launch(id).await.expect(202);

    let form = story.person.get(CAMPAIGN_NAME.url(&id)).await.expect(200);
    assert_eq!(form.attributes("input[name=name]", "value"), ["Spring sale"]);
    let refused = story
        .person
        .post(CAMPAIGN_NAME.url(&id), &[("name", " ")])
        .await
        .expect(422);
    assert!(refused.text().contains("Give it a name."));
    story
        .person
        .post(CAMPAIGN_NAME.url(&id), &[("name", "Summer sale")])
        .await
        .expect(303);

    assert_eq!(story.page(id).await.texts("h1"), ["Summer sale"]);
}

#[tokio::test]
async fn only_drafts_can_be_deleted_and_deleting_asks_first() {
    let story = Story::with_people(1).await;
    let (draft, sent) = (story.draft().await, story.draft().await);
    story.launch(sent).await.expect(202);

    let question = story.person.get(CAMPAIGN_DELETION.url(&draft)).await.expect(200);
    assert!(question.text().contains("Delete Spring sale?"));
    assert_eq!(story.state(draft).await, "draft");
    story
        .person
        .post(CAMPAIGN_DELETION.url(&draft), &[])
        .await
        .expect(303);
    story.person.get(CAMPAIGN.url(&draft)).await.expect(404);

    let answer = story
        .person
        .post(CAMPAIGN_DELETION.url(&sent), &[])
        .await
        .expect(303);
    assert_eq!(answer.location(), CAMPAIGN.url(&sent));
    story.page(sent).await;
}
