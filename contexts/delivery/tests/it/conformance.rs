//! What every way out for mail has to do alike, tried over each of them: mail servers, Postfix, Amazon SES,
//! SendGrid, Mailgun. Accounts for text messages promise the same, in `carriers/text_conformance.rs`; what
//! services for push notifications have to do alike stands in `push_carriers`.

use contracts::{delivery::Stream, identity::SendingMode};
use delivery::domain::{dkim::DkimAlgorithm, provider::ProviderKind};
use jiff::SignedDuration;
use kernel::{MessageId, ProviderId};

use crate::{
    far_side::FarSide,
    post_office::{PostOffice, add_template},
};

/// A live organisation with one account.
async fn live(kind: ProviderKind) -> (PostOffice, FarSide, ProviderId) {
    let (office, far) = (PostOffice::open().await, FarSide::start(kind).await);
    office.add_domain(office.app.org, None).await;
    office
        .app
        .organizations
        .change(office.app.org, |profile| profile.mode = SendingMode::Live);
    let id = office
        .add_provider(office.app.org, "first", far.config(), Some(far.secret()))
        .await;
    (office, far, id)
}

async fn message_id(office: &PostOffice) -> MessageId {
    let id: uuid::Uuid = office.value("SELECT message_id FROM delivery.recipients").await;
    MessageId::from_uuid(id)
}

async fn reply(office: &PostOffice) -> String {
    office
        .value("SELECT reply FROM delivery.attempts ORDER BY message_id DESC, number DESC")
        .await
}

async fn active(office: &PostOffice) -> i64 {
    office
        .value("SELECT count(*) FROM delivery.providers WHERE state = 'active'")
        .await
}

#[tokio::test]
async fn everybody_gets_their_own_message_once() {
    for kind in FarSide::OF_MAIL {
        let (office, far, _) = live(kind).await;
        let batch = office.campaign(60).await;

        office.send().await;

        let mut expected: Vec<String> = (0..60).map(|n| format!("p{n}@example.com")).collect();
        expected.sort();
        assert_eq!(far.recipients(), expected, "{kind:?}");
        for mail in far.arrived() {
            let name = mail.to[0].split('@').next().unwrap_or_default();
            assert_eq!(mail.subject, format!("Hello {name}"), "{kind:?}");
        }
        assert_eq!(office.progress(batch).await.accepted, 60, "{kind:?}");
    }
}

#[tokio::test]
async fn what_is_taken_is_kept_under_the_far_sides_id() {
    for kind in FarSide::OVER_HTTP {
        let (office, far, _) = live(kind).await;
        office.campaign(1).await;
        office.send().await;

        let mail = far.arrived().swap_remove(0);
        let id = mail.id.expect("the provider gave one");
        let reply = reply(&office).await;
        assert!(reply.ends_with(&format!("queued as {id}")), "{kind:?}: {reply}");
        let code: i16 = office.value("SELECT code FROM delivery.attempts").await;
        assert!((200..300).contains(&code), "{kind:?}: {code}");
    }
}

#[tokio::test]
async fn our_own_id_of_the_message_arrives() {
    for kind in FarSide::OF_MAIL {
        let (office, far, _) = live(kind).await;
        office.campaign(1).await;
        office.send().await;

        let label = far.arrived().swap_remove(0).label;
        assert_eq!(label, Some(message_id(&office).await.to_string()), "{kind:?}");
    }
}

#[tokio::test]
async fn subjects_names_and_bodies_in_any_script_arrive_as_they_were_written() {
    for kind in FarSide::OF_MAIL {
        let (mut office, far, _) = live(kind).await;
        office
            .sql("UPDATE delivery.domains SET from_name = 'Bücher & Söhne 書店'")
            .await;
        let subject = "Grüße 🎉 für {{ contact.first_name }}, 日本語の件名です。とても長いので折り返されます";
        office.template = add_template(&office.app, office.app.org, subject).await;
        let batch = office.batch(Stream::Marketing).await;
        office.add_people(batch, &["p0@example.com".to_owned()]).await;

        office.send().await;

        let mail = far.arrived().swap_remove(0);
        assert_eq!(mail.from_name, "Bücher & Söhne 書店", "{kind:?}");
        assert_eq!(
            mail.subject, "Grüße 🎉 für p0, 日本語の件名です。とても長いので折り返されます",
            "{kind:?}"
        );
        assert!(mail.text.contains("Dear p0"), "{kind:?}: {}", mail.text);
        assert!(mail.html.contains("<p>Dear p0</p>"), "{kind:?}: {}", mail.html);
    }
}

#[tokio::test]
async fn mail_of_a_domain_with_a_key_is_taken_by_every_kind() {
    for kind in FarSide::OF_MAIL {
        let (office, far) = (PostOffice::open().await, FarSide::start(kind).await);
        office
            .add_domain(office.app.org, Some(DkimAlgorithm::Ed25519))
            .await;
        office
            .app
            .organizations
            .change(office.app.org, |profile| profile.mode = SendingMode::Live);
        office
            .add_provider(office.app.org, "first", far.config(), Some(far.secret()))
            .await;
        let batch = office.campaign(3).await;
        office.send().await;
        assert_eq!(office.progress(batch).await.accepted, 3, "{kind:?}");
    }
}

#[tokio::test]
async fn one_click_lets_people_unsubscribe_whichever_way_the_mail_came() {
    for kind in FarSide::OF_MAIL {
        let (office, far, _) = live(kind).await;
        office.campaign(1).await;
        office.send().await;

        let way = far.arrived().swap_remove(0).unsubscribe.unwrap_or_default();
        assert!(
            way.starts_with("<http://localhost:8080/unsubscribe/"),
            "{kind:?}: {way}"
        );
    }
}

#[tokio::test]
async fn a_message_that_is_refused_fails_alone_and_nobody_else_suffers() {
    for kind in FarSide::OF_MAIL {
        let (office, far, _) = live(kind).await;
        far.refuse_next();
        let batch = office.campaign(10).await;

        office.send().await;

        let progress = office.progress(batch).await;
        assert_eq!((progress.accepted, progress.failed), (9, 1), "{kind:?}");
        assert_eq!(active(&office).await, 1, "{kind:?}");
        let suppressed: i64 = office.value("SELECT count(*) FROM delivery.suppressions").await;
        assert_eq!(suppressed, 0, "{kind:?}");
    }
}

#[tokio::test]
async fn a_message_that_is_too_large_fails_for_its_content() {
    for kind in FarSide::OF_MAIL {
        let (office, far, _) = live(kind).await;
        far.find_next_too_large();
        let batch = office.campaign(1).await;

        office.send().await;

        assert_eq!(office.progress(batch).await.failed, 1, "{kind:?}");
        let reason: String = office.value("SELECT reason FROM delivery.messages").await;
        assert_eq!(reason, "content", "{kind:?}");
    }
}

#[tokio::test]
async fn a_wrong_key_pauses_the_account_and_its_mail_waits_for_the_right_one() {
    for kind in FarSide::OF_MAIL {
        let (office, far, _) = live(kind).await;
        office.sql("DELETE FROM delivery.providers").await;
        office
            .add_provider(office.app.org, "wrong", far.config(), Some("wrong"))
            .await;
        let batch = office.campaign(20).await;

        office.send().await;

        assert_eq!(active(&office).await, 0, "{kind:?}");
        let reason: String = office.value("SELECT pause_reason FROM delivery.providers").await;
        assert!(
            ["401", "403", "535"].iter().any(|code| reason.starts_with(code)),
            "{kind:?}: {reason}"
        );
        assert_eq!(office.count(batch, "queued").await, 20, "{kind:?}");
        assert_eq!(far.arrived().len(), 0, "{kind:?}");
        let deferrals: i64 = office
            .value("SELECT coalesce(sum(deferrals), 0)::bigint FROM delivery.queue")
            .await;
        assert_eq!(deferrals, 0, "{kind:?}: no try is counted");

        office
            .add_provider(office.app.org, "right", far.config(), Some(far.secret()))
            .await;
        office.send().await;
        assert_eq!(office.progress(batch).await.accepted, 20, "{kind:?}");
        assert_eq!(far.arrived().len(), 20, "{kind:?}");
    }
}

#[tokio::test]
async fn an_account_that_may_not_send_or_is_not_there_is_paused() {
    for kind in FarSide::OVER_HTTP {
        for status in [401, 402, 403, 404] {
            let (office, far, _) = live(kind).await;
            far.api().answer_always(status);
            let batch = office.campaign(5).await;

            office.send().await;

            assert_eq!(active(&office).await, 0, "{kind:?} {status}");
            let progress = office.progress(batch).await;
            assert_eq!(
                (progress.pending, progress.failed, progress.held),
                (5, 0, 0),
                "{kind:?} {status}"
            );
        }
    }
}

#[tokio::test]
async fn whoever_asks_for_time_gets_as_much_as_they_asked_for() {
    for kind in FarSide::OVER_HTTP {
        for status in [429, 503] {
            let (office, far, _) = live(kind).await;
            far.api().answer_next_and_ask_for(status, "3600");
            let batch = office.campaign(1).await;

            office.send().await;
            assert_eq!(office.count(batch, "deferred").await, 1, "{kind:?} {status}");
            office.app.clock.advance(SignedDuration::from_mins(59));
            office.send().await;
            assert_eq!(far.arrived().len(), 0, "{kind:?} {status}: it is too early");
            office.app.clock.advance(SignedDuration::from_mins(14));
            office.send().await;

            assert_eq!(office.progress(batch).await.accepted, 1, "{kind:?} {status}");
            assert_eq!(active(&office).await, 1, "{kind:?} {status}");
        }
    }
}

#[tokio::test]
async fn a_short_time_is_as_good_as_a_long_one() {
    for kind in FarSide::OVER_HTTP {
        let (office, far, _) = live(kind).await;
        far.api().answer_next_and_ask_for(429, "20");
        let batch = office.campaign(1).await;
        office.send().await;
        office.app.clock.advance(SignedDuration::from_secs(25));
        office.send().await;
        assert_eq!(office.progress(batch).await.accepted, 1, "{kind:?}");
    }
}

#[tokio::test]
async fn whoever_names_no_time_is_asked_again_in_a_few_minutes() {
    for kind in FarSide::OF_MAIL {
        let (office, far, _) = live(kind).await;
        far.defer_next();
        let batch = office.campaign(1).await;
        office.send().await;
        assert_eq!(office.count(batch, "deferred").await, 1, "{kind:?}");
        office.app.clock.advance(SignedDuration::from_mins(7));
        office.send().await;
        assert_eq!(office.progress(batch).await.accepted, 1, "{kind:?}");
    }
}

#[tokio::test]
async fn a_retry_is_equal_to_the_first_try_to_the_last_byte() {
    for kind in FarSide::OF_MAIL {
        let (office, far, _) = live(kind).await;
        far.defer_next();
        office.campaign(1).await;
        office.send().await;
        office.app.clock.advance(SignedDuration::from_mins(7));
        office.send().await;

        let tries = far.tries();
        assert_eq!(tries.len(), 2, "{kind:?}");
        assert_eq!(tries[0], tries[1], "{kind:?}");
    }
}

#[tokio::test]
async fn marketing_mail_that_may_have_been_taken_is_held() {
    for kind in FarSide::OF_MAIL {
        let endings: [fn(&FarSide); 2] = [FarSide::cut_next, FarSide::hang_next];
        for end in endings {
            let (office, far, _) = live(kind).await;
            end(&far);
            let batch = office.campaign(1).await;

            office.send().await;
            office.app.clock.advance(SignedDuration::from_hours(1));
            office.send().await;

            assert_eq!(office.progress(batch).await.held, 1, "{kind:?}");
            let attempts = office.attempts("p0@example.com").await;
            assert_eq!(
                attempts,
                [(Some("unknown".to_owned()), Some("held".to_owned()))],
                "{kind:?}"
            );
            assert_eq!(active(&office).await, 1, "{kind:?}");
        }
    }
}

#[tokio::test]
async fn errors_of_the_server_and_answers_that_are_none_leave_the_message_in_doubt() {
    for kind in FarSide::OVER_HTTP {
        for status in [500, 502, 504] {
            let (office, far, _) = live(kind).await;
            far.api().answer_next(status);
            let batch = office.campaign(1).await;
            office.send().await;
            assert_eq!(office.progress(batch).await.held, 1, "{kind:?} {status}");
        }
        let (office, far, _) = live(kind).await;
        far.api().garble_next();
        let batch = office.campaign(1).await;
        office.send().await;
        assert_eq!(
            office.progress(batch).await.held,
            1,
            "{kind:?}: a page in its place"
        );
    }
}

#[tokio::test]
async fn one_message_in_doubt_holds_up_no_other() {
    for kind in FarSide::OF_MAIL {
        let (office, far, _) = live(kind).await;
        far.cut_next();
        let batch = office.campaign(20).await;

        office.send().await;

        let progress = office.progress(batch).await;
        assert_eq!((progress.accepted, progress.held), (19, 1), "{kind:?}");
        office.assert_conserved(batch).await;
    }
}

#[tokio::test]
async fn a_receipt_that_may_have_been_taken_is_sent_again() {
    for kind in FarSide::OF_MAIL {
        let (office, far, _) = live(kind).await;
        far.cut_next();
        let batch = office.batch(Stream::Transactional).await;
        office.add(batch, 1).await;

        office.send().await;
        office.app.clock.advance(SignedDuration::from_mins(1));
        office.send().await;

        assert_eq!(office.progress(batch).await.accepted, 1, "{kind:?}");
        assert_eq!(far.recipients(), ["p0@example.com"], "{kind:?}");
    }
}

#[tokio::test]
async fn where_nothing_listens_nothing_is_sent_and_the_next_account_stands_in() {
    for kind in FarSide::OF_MAIL {
        let (office, far, _) = live(kind).await;
        office.sql("DELETE FROM delivery.providers").await;
        office
            .add_provider(
                office.app.org,
                "gone",
                far.config_to_nowhere(),
                Some(far.secret()),
            )
            .await;
        office
            .add_provider(office.app.org, "there", far.config(), Some(far.secret()))
            .await;
        let batch = office.campaign(40).await;

        office.send().await;

        assert_eq!(office.progress(batch).await.accepted, 40, "{kind:?}");
        assert_eq!(far.recipients().len(), 40, "{kind:?}");
        let doubtful: i64 = office
            .value("SELECT count(*) FROM delivery.attempts WHERE outcome NOT IN ('accepted', 'not_sent')")
            .await;
        assert_eq!(doubtful, 0, "{kind:?}");
    }
}
