use contracts::{
    analytics::{AttentionItem, DASHBOARD, Severity},
    campaign::CampaignEvent,
    crm::{AudienceCounts, CrmEvent},
    delivery::{DeliveryEvent, MessageSource},
};
use kernel::{CampaignId, Clock, ContactId};

use crate::support::{app, message, told};

#[tokio::test]
async fn somebody_new_is_led_step_by_step_and_sees_what_is_done() {
    let (app, others, _) = app().await;
    let page = app.person().get(DASHBOARD.url()).await.expect(200);
    assert_eq!(page.texts("#first-steps a.btn-primary"), ["Import contacts"]);

    told(
        &app,
        app.org,
        CrmEvent::ContactsCreated {
            contacts: vec![ContactId::generate()],
            source: "import".to_owned(),
        },
    )
    .await;
    others.has_a_segment();
    app.run_until_idle().await;

    let page = app.person().get(DASHBOARD.url()).await.expect(200);
    assert_eq!(page.texts("#first-steps a.btn-primary"), ["Write a mail"]);
}

#[tokio::test]
async fn after_the_first_campaign_its_figures_are_shown() {
    let (app, _, _) = app().await;
    let (campaign, now) = (CampaignId::generate(), app.clock.now());
    let audience = AudienceCounts {
        matching: 4,
        reachable: 4,
        will_receive: 4,
    };
    let name = "<script>alert(1)</script>".to_owned();
    told(
        &app,
        app.org,
        CampaignEvent::CampaignLaunched {
            campaign,
            name: name.clone(),
            audience,
            at: now,
        },
    )
    .await;
    let source = MessageSource::Campaign(campaign);
    told(
        &app,
        app.org,
        DeliveryEvent::MessagesSent {
            source,
            messages: vec![message(now), message(now)],
        },
    )
    .await;
    app.run_until_idle().await;

    let page = app.person().get(DASHBOARD.url()).await.expect(200);
    assert!(page.texts("#first-steps").is_empty());
    assert!(
        page.texts("main table").join(" ").contains(&name),
        "the name is shown as text"
    );
    assert!(page.texts("main table").join(" ").contains("Running, 50"));

    told(
        &app,
        app.org,
        CampaignEvent::CampaignFinished {
            campaign,
            name,
            outcome: "completed".to_owned(),
            at: now,
        },
    )
    .await;
    app.run_until_idle().await;
    let page = app.person().get(DASHBOARD.url()).await.expect(200);
    assert!(!page.texts("main table").join(" ").contains("Running"));
}

#[tokio::test]
async fn what_is_most_urgent_stands_first() {
    let (app, others, _) = app().await;
    let item = |severity, href: &str| AttentionItem {
        severity,
        text_key: "analytics-all-quiet",
        count: 1,
        name: String::new(),
        href: href.to_owned(),
    };
    *others.attention.lock().unwrap() = vec![item(Severity::Info, "/later"), item(Severity::Error, "/now")];
    let page = app.person().get(DASHBOARD.url()).await.expect(200);
    assert_eq!(page.attributes("#attention li a", "href"), ["/now", "/later"]);
}

#[tokio::test]
async fn a_span_that_is_not_offered_is_refused() {
    let (app, _, _) = app().await;
    app.person()
        .get(DASHBOARD.with(&[("days", 90)]))
        .await
        .expect(200);
    app.person()
        .get(DASHBOARD.with(&[("days", 12)]))
        .await
        .expect(422);
}
