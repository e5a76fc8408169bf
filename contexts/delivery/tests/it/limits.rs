//! Limits, warm-up, brakes, and how accounts share what is sent.

use contracts::delivery::Stream;
use http::Method;
use jiff::SignedDuration;
use kernel::ProviderId;
use serde_json::{Value, json};
use testkit::smtp_sink::{SmtpSink, Stage};

use crate::post_office::{PostOffice, config};

impl PostOffice {
    async fn put(&self, path: &str, body: Value) -> Value {
        let answer = self.app.program().json(Method::PUT, path, &body).await;
        answer.expect(200).json()
    }

    async fn read(&self, path: &str) -> Value {
        self.app.program().get(path).await.expect(200).json()
    }

    async fn share(&self, account: ProviderId, share: Value) {
        self.put(&format!("/api/v1/providers/{account}/share"), share)
            .await;
    }

    async fn domain(&self) -> String {
        let list = self.read("/api/v1/domains").await;
        list["data"][0]["id"].as_str().unwrap().to_owned()
    }

    fn next_day(&self) {
        self.app.clock.advance(SignedDuration::from_hours(24));
    }
}

fn people(domain: &str, count: usize) -> Vec<String> {
    (0..count).map(|n| format!("p{n}@{domain}")).collect()
}

#[tokio::test]
async fn a_day_has_so_many_messages_and_the_rest_goes_out_the_next_day() {
    let sink = SmtpSink::start().await;
    let (office, _) = PostOffice::live(&sink).await;
    office
        .put("/api/v1/sending-limits", json!({ "messages_per_day": 30 }))
        .await;
    let batch = office.batch(Stream::Marketing).await;
    office.add_people(batch, &people("example.com", 50)).await;

    office.send().await;
    assert_eq!(sink.accepted(), 30);
    let queue = office.read("/api/v1/queue").await;
    assert_eq!(
        (
            queue["data"][0]["waiting"].as_i64(),
            queue["data"][0]["put_off"].as_i64()
        ),
        (Some(20), Some(20))
    );
    office.send().await;
    assert_eq!(sink.accepted(), 30, "asking again does not help");

    office.app.clock.advance(SignedDuration::from_hours(24));
    office.send().await;
    assert_eq!(sink.accepted(), 50);
    assert_eq!(office.progress(batch).await.accepted, 50);
    office.assert_conserved(batch).await;
}

#[tokio::test]
async fn a_limit_that_is_taken_away_lets_go_what_waited_for_it() {
    let sink = SmtpSink::start().await;
    let (office, _) = PostOffice::live(&sink).await;
    office
        .put("/api/v1/sending-limits", json!({ "messages_per_day": 5 }))
        .await;
    let batch = office.batch(Stream::Marketing).await;
    office.add_people(batch, &people("example.com", 12)).await;
    office.send().await;
    assert_eq!(sink.accepted(), 5);

    office.put("/api/v1/sending-limits", json!({})).await;
    office.send().await;
    assert_eq!(sink.accepted(), 12);
}

#[tokio::test]
async fn accounts_of_one_rank_share_by_weight_and_the_next_rank_stands_in() {
    let (large, small, spare) = (
        SmtpSink::start().await,
        SmtpSink::start().await,
        SmtpSink::start().await,
    );
    let (office, first) = PostOffice::live(&large).await;
    let second = office
        .add_provider(office.app.org, "small", config(&small), None)
        .await;
    office
        .add_provider(office.app.org, "spare", config(&spare), None)
        .await;
    office.share(first, json!({ "rank": 0, "weight": 900 })).await;
    office.share(second, json!({ "rank": 0, "weight": 100 })).await;

    office.campaign(400).await;
    office.send().await;

    assert_eq!(large.accepted() + small.accepted(), 400);
    let share = small.accepted();
    assert!((10..=80).contains(&share), "about a tenth, not {share} of 400");
    assert_eq!(spare.accepted(), 0);
}

#[tokio::test]
async fn what_an_account_has_no_room_for_today_leaves_by_another() {
    let (small, other) = (SmtpSink::start().await, SmtpSink::start().await);
    let (office, first) = PostOffice::live(&small).await;
    office
        .add_provider(office.app.org, "other", config(&other), None)
        .await;
    office
        .share(first, json!({ "rank": 0, "messages_per_day": 10 }))
        .await;

    let batch = office.campaign(40).await;
    office.send().await;

    assert_eq!((small.accepted(), other.accepted()), (10, 30));
    office.assert_conserved(batch).await;
}

#[tokio::test]
async fn an_account_for_some_domains_gets_no_mail_of_others() {
    let (elsewhere, usual) = (SmtpSink::start().await, SmtpSink::start().await);
    let (office, first) = PostOffice::live(&elsewhere).await;
    office
        .add_provider(office.app.org, "usual", config(&usual), None)
        .await;
    let mut tx = office.app.deps.db.tenant(office.app.org).await.unwrap();
    let other = kernel::DomainId::generate();
    let share = delivery::application::sending_limits::Share {
        rank: 0,
        weight: 100,
        messages_per_day: None,
        domains: vec![other],
    };
    delivery::infrastructure::pg::providers::set_share(&mut tx, office.app.org, first, &share)
        .await
        .unwrap();
    tx.commit().await.unwrap();

    office.campaign(10).await;
    office.send().await;
    assert_eq!((elsewhere.accepted(), usual.accepted()), (0, 10));
}

#[tokio::test]
async fn a_warm_up_grows_from_day_to_day_and_counts_each_mailbox_provider_by_itself() {
    let sink = SmtpSink::start().await;
    let (office, _) = PostOffice::live(&sink).await;
    let domain = office.domain().await;
    let begun = office
        .app
        .program()
        .json(
            Method::POST,
            "/api/v1/warm-ups",
            &json!({ "id": domain, "first_day": 20, "growth": 30, "target": 1000 }),
        )
        .await
        .expect(201)
        .json();
    assert_eq!(begun["days"].as_array().unwrap().len(), 15);
    let batch = office.batch(Stream::Marketing).await;
    let all = [people("gmail.com", 60), people("example.com", 60)].concat();
    office.add_people(batch, &all).await;

    let to =
        |sink: &SmtpSink, domain: &str| sink.recipients().iter().filter(|to| to.ends_with(domain)).count();
    office.send().await;
    assert_eq!((to(&sink, "@gmail.com"), to(&sink, "@example.com")), (20, 20));
    office.next_day();
    office.send().await;
    assert_eq!((to(&sink, "@gmail.com"), to(&sink, "@example.com")), (46, 46));

    let story = office.read(&format!("/api/v1/warm-ups/{domain}")).await;
    let gmail: Vec<(u64, &str, u64)> = story["days"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|day| day["mailbox_provider"] == "gmail")
        .map(|day| {
            (
                day["cap"].as_u64().unwrap(),
                day["decision"].as_str().unwrap(),
                day["sent"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(gmail, [(26, "grown", 26), (20, "begun", 20)]);
    office.assert_conserved(batch).await;
}

#[tokio::test]
async fn a_paused_warm_up_sends_nothing_and_an_ended_one_everything() {
    let sink = SmtpSink::start().await;
    let (office, _) = PostOffice::live(&sink).await;
    let domain = office.domain().await;
    let program = office.app.program();
    program
        .json(Method::POST, "/api/v1/warm-ups", &json!({ "id": domain }))
        .await
        .expect(201);
    let path = format!("/api/v1/warm-ups/{domain}");
    program
        .json(Method::PATCH, &path, &json!({ "paused": true }))
        .await
        .expect(200);
    let batch = office.campaign(100).await;
    office.send().await;
    assert_eq!(sink.accepted(), 0);

    program.json(Method::DELETE, &path, &json!({})).await.expect(204);
    office.send().await;
    assert_eq!(sink.accepted(), 100);
    office.assert_conserved(batch).await;
}

#[tokio::test]
async fn mail_to_a_mailbox_provider_stops_when_too_much_comes_back_and_goes_on_when_somebody_says_so() {
    let sink = SmtpSink::start().await;
    let (office, _) = PostOffice::live(&sink).await;
    sink.when(Stage::RcptTo)
        .containing("@gmail.com")
        .times(30)
        .reply("550 5.1.1 no such user");
    let batch = office.batch(Stream::Transactional).await;
    office.add_people(batch, &people("gmail.com", 300)).await;
    office.send().await;
    delivery::application::watch_harm::watch_harm(&office.app.deps.db)
        .await
        .unwrap();

    let brakes = office.read("/api/v1/brakes").await;
    let brake = &brakes["data"][0];
    assert_eq!(
        (brake["mailbox_provider"].as_str(), brake["reason"].as_str()),
        (Some("gmail"), Some("bounces"))
    );
    let more = office.batch(Stream::Transactional).await;
    let late: Vec<String> = ["late@gmail.com", "late@example.com"].map(str::to_owned).to_vec();
    office.add_people(more, &late).await;
    let before = sink.accepted();
    office.send().await;
    assert_eq!(sink.accepted(), before + 1, "others get their mail");

    let domain = brake["domain_id"].as_str().unwrap();
    office
        .app
        .program()
        .json(
            Method::DELETE,
            format!("/api/v1/brakes/{domain}/gmail"),
            &json!({}),
        )
        .await
        .expect(204);
    office.send().await;
    assert_eq!(sink.accepted(), before + 2);
    delivery::application::watch_harm::watch_harm(&office.app.deps.db)
        .await
        .unwrap();
    assert_eq!(
        office.read("/api/v1/brakes").await["data"],
        json!([]),
        "what is known does not brake again"
    );
}

#[tokio::test]
async fn limits_are_set_and_refused_by_page_and_api() {
    let sink = SmtpSink::start().await;
    let (office, account) = PostOffice::live(&sink).await;
    let ann = office.app.person();
    ann.post(
        "/app/settings/sending-limits",
        &[("messages_per_second", "5"), ("messages_per_day", "")],
    )
    .await
    .expect(303);
    let limits = office.read("/api/v1/sending-limits").await;
    assert_eq!(
        limits,
        json!({ "messages_per_second": 5, "messages_per_day": null })
    );
    let page = ann
        .post("/app/settings/sending-limits", &[("messages_per_second", "none")])
        .await
        .expect(422);
    assert!(page.text().contains("Enter a whole number"));

    ann.post(
        format!("/app/settings/providers/{account}/share"),
        &[("rank", "3"), ("weight", "7"), ("messages_per_day", "100")],
    )
    .await
    .expect(303);
    let share = office.read(&format!("/api/v1/providers/{account}/share")).await;
    assert_eq!(
        share,
        json!({ "rank": 3, "weight": 7, "messages_per_day": 100, "domain_ids": [] })
    );
    let program = office.app.program();
    for (path, body) in [
        (
            "/api/v1/sending-limits".to_owned(),
            json!({ "messages_per_day": 0 }),
        ),
        (
            format!("/api/v1/providers/{account}/share"),
            json!({ "rank": 0, "weight": 0 }),
        ),
        (
            format!("/api/v1/providers/{account}/share"),
            json!({ "rank": 0, "domain_ids": [kernel::DomainId::generate()] }),
        ),
    ] {
        program.json(Method::PUT, path, &body).await.expect(422);
    }
    let plan = json!({ "id": office.domain().await, "growth": 31 });
    program
        .json(Method::POST, "/api/v1/warm-ups", &plan)
        .await
        .expect(422);
    ann.get("/app/messages/queue").await.expect(200);
}
