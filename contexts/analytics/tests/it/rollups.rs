use contracts::{
    analytics::{API_STATISTICS, MessageTotals},
    delivery::{DeliveryEvent, MessageSource},
};
use kernel::{CampaignId, Clock};

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
    assert_eq!(answer["totals"]["sent"], 1);
    assert_eq!(answer["days"].as_array().unwrap().len(), 7);
    assert_eq!(answer["days"][6]["sent"], 1);
    app.program()
        .get(API_STATISTICS.with(&[("days", 8)]))
        .await
        .expect(422);
}
