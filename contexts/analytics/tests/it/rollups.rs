use contracts::crm::consent::Channel;
use contracts::{
    analytics::{API_STATISTICS, DASHBOARD, MessageTotals},
    campaign::CampaignEvent,
    crm::{AudienceCounts, CrmEvent},
    delivery::{DeliveryEvent, MessageSource},
};
use kernel::{CampaignId, Clock};
use serde_json::json;

use crate::support::{app, click, message, told};

#[tokio::test]
async fn a_campaigns_figures_add_up_over_many_facts() {
    let (app, _, statistics) = app().await;
    let (campaign, now) = (CampaignId::generate(), app.clock.now());
    let source = MessageSource::Campaign(campaign);
    for _ in 0..3 {
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
    }
    told(
        &app,
        app.org,
        DeliveryEvent::MessagesClicked {
            channel: Channel::Email,
            source,
            engagements: vec![
                click(now, "https://a.example/", true, true),
                click(now, "https://a.example/", false, false),
            ],
        },
    )
    .await;
    app.run_until_idle().await;
    told(
        &app,
        app.org,
        DeliveryEvent::ContactsUnsubscribed {
            channel: Channel::Email,
            source,
            messages: vec![message(now)],
        },
    )
    .await;
    app.run_until_idle().await;
    app.run_until_idle().await;

    let figures = statistics.campaign(app.org, campaign).await.unwrap();
    assert_eq!(
        figures.totals,
        MessageTotals {
            sent: 6,
            clicked: 1,
            clicks: 2,
            unsubscribed: 1,
            ..MessageTotals::default()
        }
    );
    assert_eq!(figures.curve.len(), 1);
    assert_eq!(
        (
            figures.links[0].url.as_str(),
            figures.links[0].clicked,
            figures.links[0].clicks
        ),
        ("https://a.example/", 1, 2)
    );
}

#[tokio::test]
async fn figures_of_another_organisation_stay_its_own() {
    let (app, _, statistics) = app().await;
    let other = app.organizations.add("Other Ltd");
    let campaign = CampaignId::generate();
    let source = MessageSource::Campaign(campaign);
    told(
        &app,
        other,
        DeliveryEvent::MessagesSent {
            channel: Channel::Email,
            source,
            messages: vec![message(app.clock.now())],
        },
    )
    .await;
    app.run_until_idle().await;

    assert_eq!(
        statistics.totals(app.org, &[campaign]).await.unwrap(),
        [MessageTotals::default()]
    );
    assert_eq!(statistics.totals(other, &[campaign]).await.unwrap()[0].sent, 1);
}

#[tokio::test]
async fn a_link_longer_than_an_index_entry_is_counted() {
    let (app, _, statistics) = app().await;
    let campaign = CampaignId::generate();
    let url = format!("https://a.example/?x={}", "a".repeat(6000));
    let engagements = vec![click(app.clock.now(), &url, true, true)];
    told(
        &app,
        app.org,
        DeliveryEvent::MessagesClicked {
            channel: Channel::Email,
            source: MessageSource::Campaign(campaign),
            engagements,
        },
    )
    .await;
    app.run_until_idle().await;

    assert_eq!(
        statistics.campaign(app.org, campaign).await.unwrap().links[0].url,
        url
    );
}

#[tokio::test]
async fn the_api_tells_the_figures_by_day() {
    let (app, _, _) = app().await;
    let source = MessageSource::Campaign(CampaignId::generate());
    told(
        &app,
        app.org,
        DeliveryEvent::MessagesSent {
            channel: Channel::Email,
            source,
            messages: vec![message(app.clock.now())],
        },
    )
    .await;
    app.run_until_idle().await;

    let answer = app
        .program()
        .get(API_STATISTICS.with(&[("days", 7)]))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&answer["totals"]["sent"], &answer["previous"]["sent"]),
        (&json!(1), &json!(0))
    );
    assert_eq!(answer["curve"].as_array().unwrap().len(), 7);
    assert_eq!(answer["curve"][6]["sent"], 1);
    for days in ["0", "-1", "367", "x", "99999999999999999999"] {
        app.program()
            .get(API_STATISTICS.with(&[("days", days)]))
            .await
            .expect(422);
    }
    let other = app.program_with(app.org, &[kernel::Permission::CampaignsRead]);
    other.get(API_STATISTICS.url()).await.expect(403);
}

#[tokio::test]
async fn messages_may_be_told_of_before_the_launch_of_their_campaign() {
    let (app, _, statistics) = app().await;
    let (campaign, now) = (CampaignId::generate(), app.clock.now());
    let source = MessageSource::Campaign(campaign);
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
    app.run_until_idle().await;
    assert!(
        !app.person()
            .get(DASHBOARD.url())
            .await
            .expect(200)
            .text()
            .contains("Recent campaigns")
    );

    let audience = AudienceCounts {
        matching: 2,
        reachable: 2,
        will_receive: 2,
    };
    let name = "Spring sale".to_owned();
    told(
        &app,
        app.org,
        CampaignEvent::CampaignLaunched {
            campaign,
            name,
            audience,
            at: now,
        },
    )
    .await;
    app.run_until_idle().await;

    assert_eq!(statistics.totals(app.org, &[campaign]).await.unwrap()[0].sent, 1);
    assert!(
        app.person()
            .get(DASHBOARD.url())
            .await
            .expect(200)
            .text()
            .contains("Spring sale")
    );
}

#[tokio::test]
async fn a_renamed_draft_is_not_taken_for_a_campaign() {
    let (app, _, _) = app().await;
    let campaign = CampaignId::generate();
    told(
        &app,
        app.org,
        CampaignEvent::CampaignRenamed {
            campaign,
            name: "Draft".to_owned(),
        },
    )
    .await;
    app.run_until_idle().await;

    let mut owner = app.database.owner().await;
    let rows: i64 = sqlx::query_scalar("SELECT count(*) FROM analytics.campaigns")
        .fetch_one(&mut owner)
        .await
        .unwrap();
    assert_eq!(rows, 0);
}

#[tokio::test]
async fn facts_that_failed_half_way_count_once() {
    let (app, _, statistics) = app().await;
    let (campaign, now) = (CampaignId::generate(), app.clock.now());
    let source = MessageSource::Campaign(campaign);
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
    let mut owner = app.database.owner().await;
    // The hours can be written and the campaigns cannot: the whole batch has to be taken back.
    let deny = "REVOKE INSERT, UPDATE ON analytics.campaigns FROM mauntic_worker";
    sqlx::query(deny).execute(&mut owner).await.unwrap();
    app.try_run_until_idle().await.expect_err("the subscriber fails");
    let grant = "GRANT INSERT, UPDATE ON analytics.campaigns TO mauntic_worker";
    sqlx::query(grant).execute(&mut owner).await.unwrap();
    sqlx::query("UPDATE platform.cursors SET retry_at = '-infinity'")
        .execute(&mut owner)
        .await
        .unwrap();
    app.run_until_idle().await;

    let figures = statistics.campaign(app.org, campaign).await.unwrap();
    assert_eq!((figures.totals.sent, figures.curve[0].totals.sent), (1, 1));
}

#[tokio::test]
async fn the_database_itself_hides_roll_ups_of_other_organisations() {
    let (app, _, _) = app().await;
    let (campaign, now) = (CampaignId::generate(), app.clock.now());
    let source = MessageSource::Campaign(campaign);
    let engagements = vec![click(now, "https://a.example/", true, true)];
    told(
        &app,
        app.org,
        DeliveryEvent::MessagesClicked {
            source,
            engagements,
            channel: Channel::Email,
        },
    )
    .await;
    let created = CrmEvent::ContactsCreated {
        contacts: vec![kernel::ContactId::generate()],
        source: "api".to_owned(),
    };
    told(&app, app.org, created).await;
    app.run_until_idle().await;

    for (org, expected) in [(app.org, 1), (app.organizations.add("Other Ltd"), 0)] {
        let mut tx = app.deps.db.tenant(org).await.unwrap();
        for count in [
            "SELECT count(*) FROM analytics.hourly_messages",
            "SELECT count(*) FROM analytics.links",
            "SELECT count(*) FROM analytics.campaigns",
            "SELECT count(*) FROM analytics.daily_contacts",
        ] {
            let seen: i64 = sqlx::query_scalar(count).fetch_one(tx.conn()).await.unwrap();
            assert_eq!(seen, expected, "{count}");
        }
    }
}
