//! What every account for text messages has to do alike, tried over each of them: Twilio, Plivo, Vonage,
//! Telnyx.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use contracts::delivery::Stream;
use jiff::SignedDuration;
use kernel::{MessageId, SystemClock};
use platform::egress::{Egress, Reach};
use testkit::{
    mail_apis::FakeApi,
    sms_apis::{FakePlivo, FakeTelnyx, FakeTwilio, FakeVonage, NOBODY, OPTED_OUT},
};

use super::{Ways, account_at};
use crate::{
    application::carrier::Account,
    domain::{
        answer::Conclusion,
        http_answer::Meaning,
        mail::OutgoingMail,
        outcome::{Class, Consequence, Verdict, classify, decide, decide_at},
        outgoing::{Outgoing, OutgoingText},
        provider::{PlivoConfig, ProviderConfig, ProviderKind, TelnyxConfig, TwilioConfig, VonageConfig},
        repeats::Repeats,
    },
    infrastructure::smtp::Timeouts,
};

const REPORTS: &str = "https://mauntic.example/webhooks/delivery/prv_1";

/// A provider.
enum FarSide {
    Twilio(FakeTwilio),
    Plivo(FakePlivo),
    Vonage(FakeVonage),
    Telnyx(FakeTelnyx),
}

/// All kinds, each started afresh.
async fn all() -> [FarSide; 4] {
    [
        FarSide::Twilio(FakeTwilio::start().await),
        FarSide::Plivo(FakePlivo::start().await),
        FarSide::Vonage(FakeVonage::start().await),
        FarSide::Telnyx(FakeTelnyx::start().await),
    ]
}

impl FarSide {
    fn api(&self) -> &FakeApi {
        match self {
            FarSide::Twilio(fake) => fake,
            FarSide::Plivo(fake) => fake,
            FarSide::Vonage(fake) => fake,
            FarSide::Telnyx(fake) => fake,
        }
    }

    fn secret(&self) -> &'static str {
        match self {
            FarSide::Twilio(_) => FakeTwilio::AUTH_TOKEN,
            FarSide::Plivo(_) => FakePlivo::AUTH_TOKEN,
            FarSide::Vonage(_) => FakeVonage::API_SECRET,
            FarSide::Telnyx(_) => FakeTelnyx::API_KEY,
        }
    }

    /// Settings that lead there, one request at a time.
    fn config(&self) -> ProviderConfig {
        self.config_at(&self.api().base_url(), None)
    }

    fn config_at(&self, base_url: &str, sender: Option<&str>) -> ProviderConfig {
        let (base_url, max_connections, messages_per_second) = (base_url.to_owned(), 1, None);
        let sender = |usual: &str| sender.unwrap_or(usual).to_owned();
        match self {
            FarSide::Twilio(_) => TwilioConfig {
                account_sid: FakeTwilio::ACCOUNT_SID.to_owned(),
                api_key_sid: String::new(),
                sender: sender(FakeTwilio::SENDER),
                messaging_service_sid: String::new(),
                base_url,
                max_connections,
                messages_per_second,
            }
            .into(),
            FarSide::Plivo(_) => PlivoConfig {
                auth_id: FakePlivo::AUTH_ID.to_owned(),
                sender: sender(FakePlivo::SENDER),
                base_url,
                max_connections,
                messages_per_second,
            }
            .into(),
            FarSide::Vonage(_) => VonageConfig {
                api_key_id: FakeVonage::API_KEY.to_owned(),
                sender: sender(FakeVonage::SENDER),
                base_url,
                max_connections,
                messages_per_second,
            }
            .into(),
            FarSide::Telnyx(_) => TelnyxConfig {
                sender: sender(FakeTelnyx::SENDER),
                messaging_profile_id: String::new(),
                base_url,
                max_connections,
                messages_per_second,
            }
            .into(),
        }
    }

    fn account(&self) -> Box<dyn Account> {
        account(&self.config(), self.secret())
    }

    /// Hands messages over.
    async fn carry(&self, messages: &[Outgoing]) -> Vec<Conclusion> {
        carry(&*self.account(), messages).await
    }
}

fn ways() -> Ways {
    let egress = Egress::new(Reach::Anywhere).expect("there is a client");
    Ways {
        egress: egress.within(Duration::from_secs(2)),
        clock: Arc::new(SystemClock),
        timeouts: Timeouts::default(),
        ehlo_name: "localhost".to_owned(),
        reach: Reach::Anywhere,
        carriers: 1,
        reports: Some(REPORTS.to_owned()),
    }
}

fn account(config: &ProviderConfig, secret: &str) -> Box<dyn Account> {
    account_at(config, Some(secret.to_owned()), ways()).expect("the settings are right")
}

async fn carry(account: &dyn Account, messages: &[Outgoing]) -> Vec<Conclusion> {
    let mut carrier = account.open().await.expect("nothing is opened");
    carrier.carry(messages, &|| true).await
}

fn text_to(to: &str) -> Outgoing {
    let text = OutgoingText {
        id: MessageId::generate(),
        to: to.to_owned(),
        body: "Grüße & 50% off 🎉\nhttps://shop.example/?a=b".to_owned(),
    };
    text.into()
}

fn texts(count: usize) -> Vec<Outgoing> {
    (0..count)
        .map(|n| text_to(&format!("+4477009001{n:02}")))
        .collect()
}

fn classes(conclusions: &[Conclusion]) -> Vec<Class> {
    conclusions.iter().map(classify).collect()
}

fn kind(far: &FarSide) -> ProviderKind {
    far.config().kind()
}

#[tokio::test]
async fn everybody_gets_their_own_message_once_and_our_id_goes_along() {
    for far in all().await {
        let messages = texts(5);

        let conclusions = far.carry(&messages).await;

        assert_eq!(classes(&conclusions), [Class::Accepted; 5], "{:?}", kind(&far));
        let taken = far.api().taken();
        assert_eq!(taken.len(), 5, "{:?}", kind(&far));
        for ((message, taken), conclusion) in messages.iter().zip(&taken).zip(&conclusions) {
            let text = message.text().expect("a text message");
            assert_eq!(taken.to, [text.to.as_str()], "{:?}", kind(&far));
            assert_eq!(taken.content, text.body, "{:?}", kind(&far));
            assert_eq!(taken.label, Some(text.id.to_string()), "{:?}", kind(&far));
            let Conclusion::Responded(answer) = conclusion else {
                panic!("{:?}: {conclusion:?}", kind(&far));
            };
            assert_eq!(answer.said, format!("queued as {}", taken.id), "{:?}", kind(&far));
        }
    }
}

#[tokio::test]
async fn where_reports_cannot_reach_us_messages_leave_without_asking_for_any() {
    for far in all().await {
        let quiet = Ways {
            reports: None,
            ..ways()
        };
        let account = account_at(&far.config(), Some(far.secret().to_owned()), quiet).expect("it is right");

        let conclusions = carry(&*account, &texts(1)).await;

        assert_eq!(classes(&conclusions), [Class::Accepted], "{:?}", kind(&far));
        let body = String::from_utf8(far.api().seen()[0].body.to_vec()).expect("it is text");
        assert!(!body.contains("webhooks"), "{:?}: {body}", kind(&far));
    }
}

#[tokio::test]
async fn a_wrong_key_is_the_fault_of_the_account_and_ends_the_group() {
    for far in all().await {
        let wrong = account(&far.config(), "not-the-right-secret");

        let conclusions = carry(&*wrong, &texts(3)).await;

        assert_eq!(
            classes(&conclusions),
            [Class::Account, Class::NotSent, Class::NotSent],
            "{:?}",
            kind(&far)
        );
        let decision = decide(&conclusions[0], Stream::Marketing);
        assert_eq!(decision.verdict, Verdict::Requeued, "{:?}", kind(&far));
        assert_eq!(
            decision.consequence,
            Consequence::PauseProvider,
            "{:?}",
            kind(&far)
        );
        assert_eq!(
            (far.api().seen().len(), far.api().taken().len()),
            (1, 0),
            "{:?}",
            kind(&far)
        );
    }
}

#[tokio::test]
async fn an_account_that_may_not_send_or_is_not_there_is_at_fault() {
    for far in all().await {
        for status in [401, 402, 403, 404] {
            far.api().answer_next(status);
            let conclusions = far.carry(&texts(1)).await;
            assert_eq!(
                classes(&conclusions),
                [Class::Account],
                "{:?} {status}",
                kind(&far)
            );
        }
    }
}

#[tokio::test]
async fn a_sender_that_is_not_ours_is_at_fault_and_costs_no_message() {
    for far in all().await {
        let config = far.config_at(&far.api().base_url(), Some("+15005559999"));
        let conclusions = carry(&*account(&config, far.secret()), &texts(2)).await;
        assert_eq!(
            classes(&conclusions),
            [Class::Account, Class::NotSent],
            "{:?}: {conclusions:?}",
            kind(&far)
        );
    }
}

#[tokio::test]
async fn whoever_asks_for_time_is_given_it() {
    for far in all().await {
        for status in [429, 503] {
            far.api().answer_next_and_ask_for(status, "3600");
            far.api().answer_next(status);

            let conclusions = far.carry(&texts(3)).await;

            let expected = [Class::Rate, Class::Rate, Class::Accepted];
            assert_eq!(classes(&conclusions), expected, "{:?} {status}", kind(&far));
            let asked: Vec<_> = conclusions
                .iter()
                .map(|conclusion| match conclusion {
                    Conclusion::Responded(answer) => answer.retry_after,
                    _ => None,
                })
                .collect();
            assert_eq!(
                asked,
                [Some(SignedDuration::from_hours(1)), None, None],
                "{status}"
            );
            assert_eq!(
                decide(&conclusions[0], Stream::Marketing).verdict,
                Verdict::Deferred
            );
        }
    }
}

#[tokio::test]
async fn errors_of_the_server_and_answers_that_are_none_leave_doubt_and_are_not_tried_again_here() {
    for far in all().await {
        let faults: [&dyn Fn(&FakeApi); 6] = [
            &|api| api.answer_next(500),
            &|api| api.answer_next(502),
            &|api| api.answer_next(504),
            &FakeApi::garble_next,
            &FakeApi::cut_next,
            &FakeApi::hang_next,
        ];
        for (n, fault) in faults.into_iter().enumerate() {
            let before = far.api().seen().len();
            fault(far.api());

            let conclusions = far.carry(&texts(3)).await;

            assert_eq!(
                classes(&conclusions),
                [Class::Ambiguous, Class::NotSent, Class::NotSent],
                "{:?} fault {n}",
                kind(&far)
            );
            assert_eq!(far.api().seen().len(), before + 1, "{:?} fault {n}", kind(&far));
            let repeats = far.account().repeats();
            let verdict = decide_at(&conclusions[0], Stream::Marketing, repeats).verdict;
            let expected = match repeats {
                Repeats::Arrive => Verdict::Held,
                _ => Verdict::Repeated,
            };
            assert_eq!(verdict, expected, "{:?} fault {n}", kind(&far));
        }
    }
}

#[tokio::test]
async fn what_was_taken_without_an_answer_arrives_once_where_repeats_are_said_to_be_recognised() {
    for far in all().await {
        let message = text_to("+447700900100");
        let account = far.account();
        far.api().take_next_and_cut();

        let first = carry(&*account, std::slice::from_ref(&message)).await;
        let second = carry(&*account, std::slice::from_ref(&message)).await;

        assert_eq!(classes(&first), [Class::Ambiguous], "{:?}", kind(&far));
        assert_eq!(classes(&second), [Class::Accepted], "{:?}", kind(&far));
        let copies = match account.repeats() {
            Repeats::Arrive => 2,
            Repeats::Hidden | Repeats::HiddenFor(_) => 1,
        };
        assert_eq!(far.api().taken().len(), copies, "{:?}", kind(&far));
    }
}

#[tokio::test]
async fn a_retry_is_equal_to_the_first_try_to_the_last_byte() {
    for far in all().await {
        let message = text_to("+447700900100");
        far.api().answer_next(429);
        far.carry(std::slice::from_ref(&message)).await;
        far.carry(std::slice::from_ref(&message)).await;

        let seen = far.api().seen();
        assert_eq!(seen.len(), 2, "{:?}", kind(&far));
        assert_eq!(seen[0].body, seen[1].body, "{:?}", kind(&far));
        let key = |n: usize| seen[n].headers.get("idempotency-key").cloned();
        assert_eq!(key(0), key(1), "{:?}", kind(&far));
        let has_key = kind(&far).traits().idempotency_ttl.is_some();
        assert_eq!(key(0).is_some(), has_key, "{:?}", kind(&far));
    }
}

#[tokio::test]
async fn a_number_that_does_not_exist_fails_alone_and_is_not_written_to_again() {
    for far in all().await {
        // Plivo takes every number, and reports later.
        if kind(&far) == ProviderKind::Plivo {
            continue;
        }
        for (to, meaning) in [(NOBODY, Meaning::NoSuchRecipient), (OPTED_OUT, Meaning::OptedOut)] {
            let conclusions = far.carry(&[text_to(to), text_to("+447700900100")]).await;

            let expected = [Class::HardRecipient, Class::Accepted];
            assert_eq!(classes(&conclusions), expected, "{:?} {to}", kind(&far));
            let Conclusion::Responded(answer) = &conclusions[0] else {
                panic!("{:?}: {conclusions:?}", kind(&far));
            };
            assert_eq!(answer.meaning, meaning, "{:?} {to}", kind(&far));
            let decision = decide(&conclusions[0], Stream::Marketing);
            assert_eq!(
                decision.consequence,
                Consequence::SuppressAddress,
                "{:?}",
                kind(&far)
            );
        }
    }
}

#[tokio::test]
async fn a_message_that_is_refused_fails_alone_and_nobody_else_suffers() {
    for far in all().await {
        far.api().answer_next(400);
        let conclusions = far.carry(&texts(3)).await;
        let expected = [Class::Rejected, Class::Accepted, Class::Accepted];
        assert_eq!(classes(&conclusions), expected, "{:?}", kind(&far));
    }
}

#[tokio::test]
async fn a_country_that_is_closed_to_the_account_stops_no_other_message() {
    let far = FarSide::Twilio(FakeTwilio::start().await);
    let messages = [
        text_to(FakeTwilio::CLOSED_COUNTRY),
        text_to(FakeTwilio::LANDLINE),
        text_to("+447700900100"),
    ];
    let conclusions = far.carry(&messages).await;
    let expected = [Class::Rejected, Class::HardRecipient, Class::Accepted];
    assert_eq!(classes(&conclusions), expected);
}

#[tokio::test]
async fn a_message_that_is_too_large_fails_for_its_content() {
    for far in all().await {
        far.api().answer_next(413);
        let conclusions = far.carry(&texts(1)).await;
        assert_eq!(classes(&conclusions), [Class::Content], "{:?}", kind(&far));
    }
    let twilio = FarSide::Twilio(FakeTwilio::start().await);
    let vonage = FarSide::Vonage(FakeVonage::start().await);
    for far in [twilio, vonage] {
        let endless = OutgoingText {
            id: MessageId::generate(),
            to: "+447700900100".to_owned(),
            body: "x".repeat(1601),
        };
        let conclusions = far.carry(&[endless.into()]).await;
        assert_eq!(classes(&conclusions), [Class::Content], "{:?}", kind(&far));
    }
}

#[tokio::test]
async fn whoever_may_not_begin_sends_nothing_more() {
    for far in all().await {
        let asked = AtomicUsize::new(0);
        let may_begin = || asked.fetch_add(1, Ordering::Relaxed) < 2;
        let mut carrier = far.account().open().await.expect("nothing is opened");

        let conclusions = carrier.carry(&texts(5), &may_begin).await;

        let sent = conclusions.iter().filter(|c| classify(c) == Class::Accepted);
        assert_eq!(sent.count(), 2, "{:?}", kind(&far));
        assert_eq!(far.api().seen().len(), 2, "{:?}", kind(&far));
    }
}

#[tokio::test]
async fn where_nothing_listens_nothing_is_sent() {
    for far in all().await {
        let nowhere = account(&far.config_at("http://127.0.0.1:1", None), far.secret());
        let conclusions = carry(&*nowhere, &texts(2)).await;
        assert_eq!(classes(&conclusions), [Class::NotSent; 2], "{:?}", kind(&far));
    }
}

#[tokio::test]
async fn mail_is_not_handed_to_an_account_for_text_messages() {
    for far in all().await {
        let mail = OutgoingMail {
            id: MessageId::generate(),
            from: "a@shop.example".to_owned(),
            to: "b@example.com".to_owned(),
            subject: "Hello".to_owned(),
            source: "From: a@shop.example\r\n\r\nHello".to_owned(),
        };
        let conclusions = far.carry(&[mail.into()]).await;
        assert_eq!(classes(&conclusions), [Class::Content], "{:?}", kind(&far));
        assert_eq!(far.api().seen().len(), 0, "{:?}", kind(&far));
    }
}

#[tokio::test]
async fn a_key_stands_in_nothing_that_is_written_down() {
    for far in all().await {
        far.api().answer_next(401);
        let mut conclusions = far.carry(&texts(1)).await;
        conclusions.extend(far.carry(&texts(1)).await);
        let config = far.config();
        let written = format!("{conclusions:?} {config:?} {:?}", ways());
        assert!(!written.contains(far.secret()), "{:?}: {written}", kind(&far));
    }
}

#[tokio::test]
async fn a_service_or_a_profile_chooses_the_sender_and_an_api_key_signs_in() {
    let far = FarSide::Twilio(FakeTwilio::start().await);
    let config = TwilioConfig {
        account_sid: FakeTwilio::ACCOUNT_SID.to_owned(),
        api_key_sid: FakeTwilio::API_KEY_SID.to_owned(),
        sender: String::new(),
        messaging_service_sid: FakeTwilio::MESSAGING_SERVICE_SID.to_owned(),
        base_url: far.api().base_url(),
        max_connections: 1,
        messages_per_second: None,
    };
    let account_with_key = account(&config.into(), FakeTwilio::API_KEY_SECRET);
    assert_eq!(
        classes(&carry(&*account_with_key, &texts(1)).await),
        [Class::Accepted]
    );

    let far = FarSide::Telnyx(FakeTelnyx::start().await);
    let config = TelnyxConfig {
        sender: String::new(),
        messaging_profile_id: FakeTelnyx::PROFILE.to_owned(),
        base_url: far.api().base_url(),
        max_connections: 1,
        messages_per_second: None,
    };
    let account_with_profile = account(&config.into(), far.secret());
    assert_eq!(
        classes(&carry(&*account_with_profile, &texts(1)).await),
        [Class::Accepted]
    );
}
