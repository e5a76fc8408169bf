//! What every service for push notifications has to do alike, tried over each of them: Firebase and Apple. Each is
//! asked for what the engine asks an account for.

use std::{sync::Arc, time::Duration};

use contracts::delivery::Stream;
use delivery::{
    application::carrier::Account,
    domain::{
        answer::{Conclusion, Phase},
        outcome::{Class, Consequence, Verdict, classify, decide},
        outgoing::{Outgoing, OutgoingPush},
        provider::{ApnsConfig, ApnsEnvironment, FcmConfig, ProviderConfig, ProviderKind},
        repeats::Repeats,
    },
    infrastructure::{
        carriers::{Ways, account_at, push_trial},
        smtp::Timeouts,
    },
};
use jiff::SignedDuration;
use kernel::{ManualClock, MessageId};
use platform::egress::{Egress, Reach};
use serde_json::Value;
use testkit::{
    mail_apis::FakeApi,
    push_apis::{FakeApns, FakeFcm},
};

const KINDS: [ProviderKind; 2] = [ProviderKind::Fcm, ProviderKind::Apns];

/// A service, with the same verbs for all.
pub enum PushSide {
    Fcm(FakeFcm),
    Apns(FakeApns),
}

impl PushSide {
    pub async fn start(kind: ProviderKind) -> Self {
        match kind {
            ProviderKind::Fcm => PushSide::Fcm(FakeFcm::start().await),
            ProviderKind::Apns => PushSide::Apns(FakeApns::start().await),
            other => panic!("{other:?} takes no push notifications"),
        }
    }

    pub fn api(&self) -> &FakeApi {
        match self {
            PushSide::Fcm(fake) => fake,
            PushSide::Apns(fake) => fake,
        }
    }

    /// A device that is reached.
    pub fn device(&self) -> &'static str {
        match self {
            PushSide::Fcm(_) => FakeFcm::DEVICE,
            PushSide::Apns(_) => FakeApns::DEVICE,
        }
    }

    pub fn secret(&self) -> String {
        match self {
            PushSide::Fcm(fake) => fake.service_account(),
            PushSide::Apns(_) => FakeApns::signing_key().to_owned(),
        }
    }

    fn forget(&self, device: &str) {
        match self {
            PushSide::Fcm(fake) => fake.forget(device),
            PushSide::Apns(fake) => fake.forget(device),
        }
    }

    fn expire_tokens(&self) {
        match self {
            PushSide::Fcm(fake) => fake.expire_tokens(),
            PushSide::Apns(fake) => fake.expire_tokens(),
        }
    }

    /// How many different tokens of ours were used or given out.
    pub fn tokens(&self) -> usize {
        match self {
            PushSide::Fcm(fake) => fake.tokens(),
            PushSide::Apns(fake) => fake.tokens(),
        }
    }

    fn config_at(&self, base_url: String) -> ProviderConfig {
        let (max_connections, messages_per_second) = (4, None);
        match self {
            PushSide::Fcm(_) => FcmConfig {
                project_id: FakeFcm::PROJECT.to_owned(),
                base_url,
                max_connections,
                messages_per_second,
            }
            .into(),
            PushSide::Apns(_) => ApnsConfig {
                key_id: FakeApns::KEY_ID.to_owned(),
                team_id: FakeApns::TEAM_ID.to_owned(),
                topic: FakeApns::TOPIC.to_owned(),
                environment: ApnsEnvironment::Production,
                base_url,
                max_connections,
                messages_per_second,
            }
            .into(),
        }
    }
}

fn ways(clock: &ManualClock) -> Ways {
    let _again = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let egress = Egress::new(Reach::Anywhere).expect("a client");
    Ways {
        egress: egress.within(Duration::from_secs(2)),
        clock: Arc::new(clock.clone()),
        timeouts: Timeouts::default(),
        ehlo_name: "localhost".to_owned(),
        reach: Reach::Anywhere,
        carriers: 1,
        reports: None,
    }
}

fn clock() -> ManualClock {
    ManualClock::new("2026-11-27T12:00:00Z".parse().expect("a time"))
}

/// A service and an account at it.
async fn live(kind: ProviderKind) -> (PushSide, Box<dyn Account>, ManualClock) {
    let (side, clock) = (PushSide::start(kind).await, clock());
    let config = side.config_at(side.api().base_url());
    let account = account_at(&config, Some(side.secret()), ways(&clock)).expect("an account");
    (side, account, clock)
}

fn push_to(device: &str) -> Outgoing {
    Outgoing::Push(OutgoingPush {
        id: MessageId::generate(),
        to: device.to_owned(),
        title: "Grüße 🎉".to_owned(),
        body: "Nur heute: 日本".to_owned(),
        url: "https://shop.example/sale".to_owned(),
        data: vec![("page".to_owned(), "7".to_owned())],
    })
}

async fn carry(account: &dyn Account, messages: &[Outgoing]) -> Vec<Conclusion> {
    let mut carrier = account.open().await.expect("a way");
    let conclusions = carrier.carry(messages, &|| true).await;
    carrier.close().await;
    assert_eq!(conclusions.len(), messages.len(), "one for each");
    conclusions
}

async fn carry_one(account: &dyn Account, message: Outgoing) -> Conclusion {
    carry(account, &[message]).await.swap_remove(0)
}

fn verdict(conclusion: &Conclusion) -> Verdict {
    decide(conclusion, Stream::Marketing).verdict
}

#[tokio::test]
async fn every_device_gets_its_own_notification_under_our_id() {
    for kind in KINDS {
        let (side, account, _) = live(kind).await;
        let messages: Vec<Outgoing> = (0..20).map(|_| push_to(side.device())).collect();

        let conclusions = carry(&*account, &messages).await;

        assert!(
            conclusions.iter().all(|one| verdict(one) == Verdict::Accepted),
            "{kind:?}: {conclusions:?}"
        );
        let taken = side.api().taken();
        let mut labels: Vec<String> = taken.iter().filter_map(|push| push.label.clone()).collect();
        let mut ids: Vec<String> = messages.iter().map(|one| one.id().to_string()).collect();
        labels.sort();
        ids.sort();
        assert_eq!(labels, ids, "{kind:?}");
        let said = format!("{conclusions:?}");
        assert!(
            taken.iter().all(|push| said.contains(&push.id)),
            "{kind:?}: {said}"
        );
        assert_eq!(side.tokens(), 1, "{kind:?}: one token for all");
    }
}

#[tokio::test]
async fn what_people_read_arrives_as_it_was_written() {
    for (kind, alert, page) in [
        (ProviderKind::Fcm, "/notification", "/data/page"),
        (ProviderKind::Apns, "/aps/alert", "/page"),
    ] {
        let (side, account, _) = live(kind).await;
        let message = push_to(side.device());
        carry_one(&*account, message).await;

        let content = side.api().taken().swap_remove(0).content;
        let json: Value = serde_json::from_str(&content).expect("it is JSON");
        let alert = json.pointer(alert).expect("it is there");
        assert_eq!(alert["title"], "Grüße 🎉", "{kind:?}");
        assert_eq!(alert["body"], "Nur heute: 日本", "{kind:?}");
        assert_eq!(json.pointer(page), Some(&"7".into()), "{kind:?}");
    }
}

#[tokio::test]
async fn a_repeat_is_known_to_the_device_by_the_same_id() {
    for kind in KINDS {
        let (side, account, clock) = live(kind).await;
        let message = push_to(side.device());
        carry_one(&*account, message.clone()).await;
        clock.advance(SignedDuration::from_mins(5));
        carry_one(&*account, message.clone()).await;

        let seen = side.api().seen();
        assert_eq!(seen.len(), 2, "{kind:?}");
        assert_eq!(seen[0].body, seen[1].body, "{kind:?}: equal to the last byte");
        assert!(
            account.repeats() == Repeats::Arrive,
            "{kind:?}: the service itself takes both"
        );
        let id = message.id().to_string();
        let collapsed: Vec<String> = match kind {
            ProviderKind::Apns => seen
                .iter()
                .map(|one| one.headers["apns-collapse-id"].to_str().unwrap().to_owned())
                .collect(),
            _ => seen
                .iter()
                .map(|one| serde_json::from_slice::<Value>(&one.body).unwrap())
                .map(|json| {
                    json["message"]["android"]["collapse_key"]
                        .as_str()
                        .unwrap()
                        .to_owned()
                })
                .collect(),
        };
        assert_eq!(collapsed, [id.clone(), id], "{kind:?}");
    }
}

#[tokio::test]
async fn an_app_that_is_gone_fails_its_notification_and_suppresses_nobody() {
    for kind in KINDS {
        let (side, account, _) = live(kind).await;
        side.forget(side.device());

        let conclusion = carry_one(&*account, push_to(side.device())).await;

        let decision = decide(&conclusion, Stream::Marketing);
        assert_eq!(decision.class, Class::HardRecipient, "{kind:?}: {conclusion:?}");
        assert_eq!(
            (decision.verdict, decision.consequence),
            (Verdict::Failed, Consequence::None),
            "{kind:?}"
        );
    }
}

#[tokio::test]
async fn a_token_that_settings_may_be_to_blame_for_is_not_called_gone() {
    for (kind, tokens) in [
        // Of another project, and of Apple.
        (ProviderKind::Fcm, [FakeFcm::DEVICE_OF_OTHERS, FakeApns::DEVICE]),
        // Of the other environment, and of Firebase.
        (ProviderKind::Apns, ["00ff", FakeFcm::DEVICE]),
    ] {
        let (side, account, _) = live(kind).await;
        for token in tokens {
            let conclusion = carry_one(&*account, push_to(token)).await;
            let decision = decide(&conclusion, Stream::Marketing);
            assert_eq!(
                decision.class,
                Class::Rejected,
                "{kind:?} {token}: {conclusion:?}"
            );
            assert_eq!(decision.consequence, Consequence::None, "{kind:?} {token}");
        }
        assert!(side.api().taken().is_empty(), "{kind:?}");
    }
}

#[tokio::test]
async fn a_notification_that_is_too_large_fails_for_its_content() {
    for kind in KINDS {
        let (side, account, _) = live(kind).await;
        let Outgoing::Push(mut push) = push_to(side.device()) else {
            panic!("it is one")
        };
        push.body = "x".repeat(4097);

        let conclusion = carry_one(&*account, Outgoing::Push(push)).await;

        assert_eq!(classify(&conclusion), Class::Content, "{kind:?}: {conclusion:?}");
    }
}

#[tokio::test]
async fn mail_is_never_handed_to_a_service_for_pushes() {
    for kind in KINDS {
        let (side, account, _) = live(kind).await;
        let mail = delivery::domain::mail::OutgoingMail {
            id: MessageId::generate(),
            from: "news@shop.example".to_owned(),
            to: "ann@example.com".to_owned(),
            subject: "x".to_owned(),
            source: "Subject: x\r\n\r\nx".to_owned(),
        };
        let conclusion = carry_one(&*account, mail.into()).await;
        assert_eq!(verdict(&conclusion), Verdict::Failed, "{kind:?}");
        assert!(side.api().seen().is_empty(), "{kind:?}");
    }
}

#[tokio::test]
async fn wrong_credentials_pause_the_account_and_fail_nothing() {
    for kind in KINDS {
        let side = PushSide::start(kind).await;
        let (clock, config) = (clock(), side.config_at(side.api().base_url()));
        let of_others = match kind {
            ProviderKind::Fcm => side
                .secret()
                .replace(FakeFcm::CLIENT_EMAIL, "eve@shop-4f1a2.iam.gserviceaccount.com"),
            // Right, but under a wrong name.
            _ => side.secret(),
        };
        let config = match config {
            ProviderConfig::Apns(config) => ApnsConfig {
                key_id: "WRONG12345".to_owned(),
                ..config
            }
            .into(),
            other => other,
        };
        for secret in [of_others.as_str(), "wrong", ""] {
            let account = account_at(&config, Some(secret.to_owned()), ways(&clock)).expect("an account");
            let conclusion = carry_one(&*account, push_to(side.device())).await;
            let decision = decide(&conclusion, Stream::Marketing);
            assert_eq!(decision.class, Class::Account, "{kind:?}: {conclusion:?}");
            assert_eq!(
                (decision.verdict, decision.consequence),
                (Verdict::Requeued, Consequence::PauseProvider),
                "{kind:?}"
            );
        }
        assert!(side.api().taken().is_empty(), "{kind:?}");
    }
}

#[tokio::test]
async fn an_account_that_may_not_send_or_is_not_there_is_paused() {
    for kind in KINDS {
        for status in [401, 403, 405] {
            let (side, account, _) = live(kind).await;
            side.api().answer_always(status);
            let conclusion = carry_one(&*account, push_to(side.device())).await;
            assert_eq!(
                classify(&conclusion),
                Class::Account,
                "{kind:?} {status}: {conclusion:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_token_of_ours_that_has_ended_is_replaced_once_and_nothing_is_lost() {
    for kind in KINDS {
        let (side, account, clock) = live(kind).await;
        carry_one(&*account, push_to(side.device())).await;
        side.expire_tokens();
        clock.advance(SignedDuration::from_mins(25));

        let conclusion = carry_one(&*account, push_to(side.device())).await;

        assert_eq!(
            verdict(&conclusion),
            Verdict::Accepted,
            "{kind:?}: {conclusion:?}"
        );
        assert_eq!(side.tokens(), 2, "{kind:?}");
        assert_eq!(side.api().taken().len(), 2, "{kind:?}");
    }
}

#[tokio::test]
async fn a_token_of_ours_is_replaced_before_it_ends_and_not_sooner() {
    for (kind, lasts) in [(ProviderKind::Fcm, 54), (ProviderKind::Apns, 39)] {
        let (side, account, clock) = live(kind).await;
        carry_one(&*account, push_to(side.device())).await;
        clock.advance(SignedDuration::from_mins(lasts));
        carry_one(&*account, push_to(side.device())).await;
        assert_eq!(side.tokens(), 1, "{kind:?}");
        clock.advance(SignedDuration::from_mins(2));
        carry_one(&*account, push_to(side.device())).await;
        assert_eq!(side.tokens(), 2, "{kind:?}");
        assert_eq!(side.api().taken().len(), 3, "{kind:?}");
    }
}

#[tokio::test]
async fn without_an_access_token_nothing_is_sent_and_nothing_is_in_doubt() {
    let (side, account, _) = live(ProviderKind::Fcm).await;
    let PushSide::Fcm(google) = &side else {
        panic!("it is Google")
    };
    google.refuse_next_token(503);
    let conclusion = carry_one(&*account, push_to(side.device())).await;
    assert_eq!(classify(&conclusion), Class::NotSent, "{conclusion:?}");
    assert!(matches!(
        conclusion,
        Conclusion::Broken {
            phase: Phase::Auth,
            ..
        }
    ));

    google.refuse_next_token(400);
    let conclusion = carry_one(&*account, push_to(side.device())).await;
    assert_eq!(classify(&conclusion), Class::Account, "{conclusion:?}");
    assert!(
        format!("{conclusion:?}").contains("account not found"),
        "{conclusion:?}"
    );

    let conclusion = carry_one(&*account, push_to(side.device())).await;
    assert_eq!(verdict(&conclusion), Verdict::Accepted, "{conclusion:?}");
}

#[tokio::test]
async fn whoever_asks_for_time_gets_as_much_as_they_asked_for() {
    for kind in KINDS {
        for status in [429, 503] {
            let (side, account, _) = live(kind).await;
            side.api().answer_next_and_ask_for(status, "3600");
            let conclusion = carry_one(&*account, push_to(side.device())).await;
            let Conclusion::Responded(answer) = &conclusion else {
                panic!("{kind:?} {status}: {conclusion:?}");
            };
            assert_eq!(
                answer.retry_after,
                Some(SignedDuration::from_hours(1)),
                "{kind:?} {status}"
            );
            assert_eq!(verdict(&conclusion), Verdict::Deferred, "{kind:?} {status}");
        }
    }
}

#[tokio::test]
async fn marketing_that_may_have_been_taken_is_held_and_the_rest_is_not_begun() {
    for kind in KINDS {
        let doubts: [fn(&FakeApi); 5] = [
            FakeApi::hang_next,
            FakeApi::cut_next,
            FakeApi::garble_next,
            |api| api.answer_next(500),
            |api| api.answer_next(502),
        ];
        for (number, make_doubtful) in doubts.into_iter().enumerate() {
            let (side, account, _) = live(kind).await;
            make_doubtful(side.api());
            let messages: Vec<Outgoing> = (0..20).map(|_| push_to(side.device())).collect();

            let conclusions = carry(&*account, &messages).await;

            let with = |wanted| conclusions.iter().filter(|one| verdict(one) == wanted).count();
            assert_eq!(with(Verdict::Held), 1, "{kind:?} {number}: {conclusions:?}");
            assert_eq!(
                with(Verdict::Accepted) + with(Verdict::Requeued),
                19,
                "{kind:?} {number}: {conclusions:?}"
            );
            assert_eq!(
                side.api().taken().len(),
                with(Verdict::Accepted),
                "{kind:?} {number}"
            );
        }
    }
}

#[tokio::test]
async fn where_nothing_listens_nothing_is_sent() {
    for kind in KINDS {
        let (side, clock) = (PushSide::start(kind).await, clock());
        let config = side.config_at("http://127.0.0.1:1".to_owned());
        let account = account_at(&config, Some(side.secret()), ways(&clock)).expect("an account");
        let conclusion = carry_one(&*account, push_to(side.device())).await;
        assert_eq!(classify(&conclusion), Class::NotSent, "{kind:?}: {conclusion:?}");
    }
}

#[tokio::test]
async fn what_is_only_looked_at_does_not_arrive() {
    let (side, clock) = (PushSide::start(ProviderKind::Fcm).await, clock());
    let config = side.config_at(side.api().base_url());
    let account = push_trial(&config, Some(side.secret()), ways(&clock)).expect("an account");

    for token in [FakeFcm::DEVICE, ""] {
        let conclusion = carry_one(&*account, push_to(token)).await;
        assert_eq!(verdict(&conclusion), Verdict::Accepted, "{token}: {conclusion:?}");
    }

    let PushSide::Fcm(google) = &side else {
        panic!("it is Google")
    };
    assert_eq!((google.validated().len(), google.taken().len()), (2, 0));
}
