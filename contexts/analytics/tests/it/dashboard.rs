use contracts::crm::consent::Channel;
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
            channel: Channel::Email,
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
    assert_eq!(
        page.attributes("#under-way [role=progressbar]", "aria-valuetext"),
        ["2 of 4"]
    );
    assert_eq!(page.texts("main table .badge"), ["Sending"]);

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
    assert!(
        page.attributes("#under-way [role=progressbar]", "aria-valuetext")
            .is_empty()
    );
    assert_eq!(page.texts("main table .badge"), ["Sent"]);
}

#[tokio::test]
async fn what_is_most_urgent_stands_first() {
    let (app, others, _) = app().await;
    let item = |severity, href: &str| AttentionItem {
        severity,
        text_key: "analytics-all-well",
        count: 1,
        name: String::new(),
        href: href.to_owned(),
    };
    *others.attention.lock().unwrap() = vec![item(Severity::Info, "/later"), item(Severity::Error, "/now")];
    let page = app.person().get(DASHBOARD.url()).await.expect(200);
    assert_eq!(page.attributes("#attention li a", "href"), ["/now", "/later"]);
    assert_eq!(page.texts("#attention .mark"), ["Urgent", "Worth knowing"]);
}

#[tokio::test]
async fn when_nothing_needs_anybody_the_dashboard_says_so() {
    let (app, _, _) = app().await;
    let page = app.person().get(DASHBOARD.url()).await.expect(200);
    assert!(page.texts("#attention")[0].contains("Nothing needs you right now."));
}

#[tokio::test]
async fn a_context_that_cannot_answer_hides_nothing_of_the_others() {
    let (app, others, _) = app().await;
    others.break_attention();
    let page = app.person().get(DASHBOARD.url()).await.expect(200);
    assert!(page.texts("#first-steps")[0].contains("Import contacts"));
}

#[tokio::test]
async fn the_part_that_follows_what_is_sent_is_all_that_htmx_gets() {
    let (app, _, _) = app().await;
    let campaign = launched(&app, "Spring sale", 4).await;
    let source = MessageSource::Campaign(campaign);
    let now = app.clock.now();
    told(
        &app,
        app.org,
        DeliveryEvent::MessagesSent {
            channel: Channel::Email,
            source,
            messages: vec![message(now)],
        },
    )
    .await;
    told(&app, app.org, CampaignEvent::CampaignPaused { campaign }).await;
    app.run_until_idle().await;

    let part = app.person().htmx().get(DASHBOARD.url()).await.expect(200);
    assert!(!part.text().contains("<html"));
    assert_eq!(part.texts("#under-way h2"), ["Spring sale"]);
    assert_eq!(part.texts("#under-way .progress-label"), ["Paused"]);
    assert_eq!(part.attributes("#under-way", "hx-trigger"), ["every 5s"]);

    told(&app, app.org, CampaignEvent::CampaignResumed { campaign }).await;
    told(&app, app.org, finished(campaign, "Spring sale", "cancelled")).await;
    app.run_until_idle().await;
    let part = app.person().htmx().get(DASHBOARD.url()).await.expect(200);
    assert!(
        part.attributes("#under-way", "hx-trigger").is_empty(),
        "nothing is sent any more"
    );
    let page = app.person().get(DASHBOARD.url()).await.expect(200);
    assert_eq!(page.texts("main table .badge"), ["Cancelled"]);
}

#[tokio::test]
async fn figures_are_compared_with_the_days_before() {
    let (app, _, _) = app().await;
    let campaign = launched(&app, "Spring sale", 400).await;
    let source = MessageSource::Campaign(campaign);
    let day = |ago: i64| app.clock.now() - jiff::SignedDuration::from_hours(24 * ago);
    let sent = |count: usize, ago: i64| DeliveryEvent::MessagesSent {
        channel: Channel::Email,
        source,
        messages: (0..count).map(|_| message(day(ago))).collect(),
    };
    told(&app, app.org, sent(100, 40)).await;
    told(&app, app.org, sent(112, 2)).await;
    let opened = |count: usize, ago: i64| DeliveryEvent::MessagesOpened {
        channel: Channel::Email,
        source,
        engagements: (0..count)
            .map(|_| crate::support::click(day(ago), "", true, false))
            .collect(),
    };
    told(&app, app.org, opened(10, 40)).await;
    told(&app, app.org, opened(8, 2)).await;
    app.run_until_idle().await;

    let page = app.person().get(DASHBOARD.url()).await.expect(200);
    assert_eq!(page.texts(".stat-value"), ["112", "8", "0", "0"]);
    assert_eq!(page.texts(".stat-delta"), ["+12%", "\u{2212}20%"]);
    assert_eq!(page.texts(".stat-note")[0], "7.1% of what was sent");
    let week = app.person().get(DASHBOARD.with(&[("days", 7)])).await.expect(200);
    assert!(
        week.texts(".stat-delta").is_empty(),
        "nothing happened in the week before"
    );
    assert_eq!(week.texts("nav.segmented [aria-current]"), ["7 days"]);
}

#[tokio::test]
async fn a_viewer_is_offered_nothing_that_changes_anything() {
    let (app, _, _) = app().await;
    let viewer = app.person_as(app.org, kernel::Role::Viewer);
    let page = viewer.get(DASHBOARD.url()).await.expect(200);
    assert!(
        page.attributes("main a.btn", "href").is_empty(),
        "{}",
        page.text()
    );
    app.stranger().get(DASHBOARD.url()).await.expect(303);
}

/// A campaign that is being sent to so many.
async fn launched(app: &testkit::TestApp, name: &str, people: i64) -> CampaignId {
    let campaign = CampaignId::generate();
    let audience = AudienceCounts {
        matching: people,
        reachable: people,
        will_receive: people,
    };
    let (name, at) = (name.to_owned(), app.clock.now());
    told(
        app,
        app.org,
        CampaignEvent::CampaignLaunched {
            campaign,
            name,
            audience,
            at,
        },
    )
    .await;
    campaign
}

fn finished(campaign: CampaignId, name: &str, outcome: &str) -> CampaignEvent {
    let at = kernel::Timestamp::UNIX_EPOCH;
    CampaignEvent::CampaignFinished {
        campaign,
        name: name.to_owned(),
        outcome: outcome.to_owned(),
        at,
    }
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
