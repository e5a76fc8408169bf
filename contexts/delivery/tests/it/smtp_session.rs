//! The SMTP client against a server that is faithful where it is not told otherwise.

use std::time::Duration;

use delivery::{
    domain::{
        answer::{Conclusion, Phase},
        mail::OutgoingMail,
        outcome::{Class, classify},
        provider::{Security, SmtpConfig},
    },
    infrastructure::smtp::{Endpoint, Session, Timeouts},
};
use kernel::MessageId;
use testkit::smtp_sink::{SINK_AUTHORITY, SinkOptions, SmtpSink, Stage};

fn config(sink: &SmtpSink, security: Security) -> SmtpConfig {
    SmtpConfig {
        host: "localhost".to_owned(),
        port: sink.port(),
        security,
        username: String::new(),
        trusted_certificates: SINK_AUTHORITY.to_owned(),
        max_connections: 1,
        messages_per_connection: 100,
        messages_per_second: None,
    }
}

fn endpoint_of(config: &SmtpConfig, password: Option<&str>) -> Endpoint {
    let impatient = Timeouts {
        connect: Duration::from_secs(5),
        command: Duration::from_millis(500),
        data: Duration::from_millis(500),
        block: Duration::from_millis(500),
        acceptance: Duration::from_millis(500),
    };
    Endpoint::new(
        config,
        password.map(str::to_owned),
        "client.test".to_owned(),
        impatient,
    )
    .expect("valid settings")
    .reaching(platform::egress::Reach::Anywhere)
}

fn endpoint(sink: &SmtpSink) -> Endpoint {
    endpoint_of(&config(sink, Security::None), None)
}

fn mail(to: &str) -> OutgoingMail {
    OutgoingMail {
        id: MessageId::generate(),
        subject: String::new(),
        from: "news@shop.example".to_owned(),
        to: to.to_owned(),
        source: format!("Message-ID: <{to}>\r\nSubject: x\r\n\r\n.hello\r\n.\r\n{to}\r\n"),
    }
}

fn mails(count: usize) -> Vec<OutgoingMail> {
    (0..count).map(|n| mail(&format!("p{n}@example.com"))).collect()
}

async fn send(endpoint: &Endpoint, mails: &[OutgoingMail]) -> Vec<Conclusion> {
    let mut session = Session::connect(endpoint).await.expect("connects");
    let mails: Vec<&OutgoingMail> = mails.iter().collect();
    let conclusions = session.send(&mails, &|| true).await;
    assert_eq!(conclusions.len(), mails.len());
    session.quit().await;
    conclusions
}

fn classes(conclusions: &[Conclusion]) -> Vec<Class> {
    conclusions.iter().map(classify).collect()
}

#[tokio::test]
async fn messages_arrive_as_they_were_written_in_one_conversation() {
    for pipelining in [true, false] {
        let sink = SmtpSink::start_with(SinkOptions {
            pipelining,
            ..SinkOptions::default()
        })
        .await;
        let sent = mails(5);
        let conclusions = send(&endpoint(&sink), &sent).await;

        assert_eq!(classes(&conclusions), [Class::Accepted; 5]);
        let received = sink.received();
        assert_eq!(received.len(), 5);
        for (received, sent) in received.iter().zip(&sent) {
            assert_eq!(
                (&received.source, &received.to[0], &received.from),
                (&sent.source, &sent.to, &sent.from)
            );
        }
        assert_eq!(sink.connections(), 1);
        assert_eq!(sink.violations(), [] as [String; 0]);
    }
}

#[tokio::test]
async fn a_refused_recipient_holds_nobody_up() {
    for (pipelining, eager_data) in [(true, false), (true, true), (false, false)] {
        let sink = SmtpSink::start_with(SinkOptions {
            pipelining,
            eager_data,
            ..SinkOptions::default()
        })
        .await;
        sink.when(Stage::RcptTo)
            .containing("p1@")
            .reply("550 5.1.1 no such user");
        sink.when(Stage::MailFrom)
            .after(3)
            .times(1)
            .reply("451 4.3.0 not now");
        sink.when(Stage::EndOfData)
            .containing("p4@")
            .reply("554 5.7.1 looks like spam");
        let conclusions = send(&endpoint(&sink), &mails(6)).await;

        assert_eq!(
            classes(&conclusions),
            [
                Class::Accepted,
                Class::HardRecipient,
                Class::Accepted,
                Class::Deferred,
                Class::Reputation,
                Class::Accepted
            ],
            "pipelining {pipelining}, eager {eager_data}"
        );
        assert_eq!(
            sink.recipients(),
            ["p0@example.com", "p2@example.com", "p5@example.com"]
        );
    }
}

#[tokio::test]
async fn silence_after_the_final_dot_puts_exactly_one_message_in_doubt() {
    let sink = SmtpSink::start().await;
    sink.when(Stage::EndOfData)
        .containing("p2@")
        .keep_and_disconnect();
    let conclusions = send(&endpoint(&sink), &mails(5)).await;

    let (known, doubtful, rest) = (&conclusions[..2], &conclusions[2], &conclusions[3..]);
    assert_eq!(classes(known), [Class::Accepted; 2]);
    assert_eq!(classify(doubtful), Class::Ambiguous);
    assert!(rest.iter().all(|c| matches!(c, Conclusion::NotStarted { .. })));
    assert_eq!(sink.accepted(), 3);
}

#[tokio::test]
async fn no_answer_in_time_or_nonsense_after_the_final_dot_is_doubt_too() {
    let sink = SmtpSink::start().await;
    sink.when(Stage::EndOfData).times(1).silence();
    assert_eq!(
        classes(&send(&endpoint(&sink), &mails(1)).await),
        [Class::Ambiguous]
    );
    for nonsense in ["hello there", "250+x", "999 what"] {
        sink.behave();
        sink.when(Stage::EndOfData).keep_and_reply(nonsense);
        assert_eq!(
            classes(&send(&endpoint(&sink), &mails(1)).await),
            [Class::Ambiguous],
            "{nonsense}"
        );
    }
    sink.behave();
    sink.when(Stage::EndOfData).send_raw(&vec![b'2'; 1 << 20]);
    assert_eq!(
        classes(&send(&endpoint(&sink), &mails(1)).await),
        [Class::Ambiguous]
    );
}

#[tokio::test]
async fn a_break_before_the_final_dot_means_not_sent() {
    for (stage, phase) in [
        (Stage::MailFrom, Phase::MailFrom),
        (Stage::RcptTo, Phase::RcptTo),
        (Stage::Data, Phase::Data),
    ] {
        let sink = SmtpSink::start().await;
        sink.when(stage).disconnect();
        let conclusions = send(&endpoint(&sink), &mails(2)).await;
        assert!(
            matches!(&conclusions[0], Conclusion::Broken { phase: at, .. } if *at == phase),
            "{conclusions:?}"
        );
        assert!(matches!(conclusions[1], Conclusion::NotStarted { .. }));
        assert_eq!(sink.accepted(), 0);
    }
}

#[tokio::test]
async fn a_large_message_cut_off_in_the_middle_is_not_sent() {
    let sink = SmtpSink::start().await;
    sink.when(Stage::Body).disconnect();
    // More than the buffers of both kernels hold, so that the break shows while it is written.
    let large = OutgoingMail {
        source: format!("Subject: x\r\n\r\n{}", "0123456789\r\n".repeat(2_000_000)),
        ..mail("a@b.example")
    };
    let conclusions = send(&endpoint(&sink), &[large]).await;
    assert!(
        matches!(
            conclusions[0],
            Conclusion::Broken {
                phase: Phase::Body,
                ..
            }
        ),
        "{conclusions:?}"
    );
}

#[tokio::test]
async fn a_server_that_says_421_is_left_alone() {
    let sink = SmtpSink::start().await;
    sink.when(Stage::RcptTo).after(1).reply("421 4.3.2 shutting down");
    let conclusions = send(&endpoint(&sink), &mails(3)).await;
    assert_eq!(
        classes(&conclusions),
        [Class::Accepted, Class::Deferred, Class::NotSent]
    );
    assert_eq!(sink.accepted(), 1);
}

#[tokio::test]
async fn nothing_is_begun_once_it_may_not_be() {
    let sink = SmtpSink::start().await;
    let mut session = Session::connect(&endpoint(&sink)).await.expect("connects");
    let mails = mails(4);
    let mails: Vec<&OutgoingMail> = mails.iter().collect();
    let conclusions = session.send(&mails, &|| sink.accepted() < 2).await;
    assert_eq!(
        conclusions
            .iter()
            .filter(|c| classify(c) == Class::Accepted)
            .count(),
        sink.accepted()
    );
    assert!(matches!(conclusions[3], Conclusion::NotStarted { .. }));
    assert!(sink.accepted() < 4);
}

#[tokio::test]
async fn mail_is_encrypted_and_signed_in_as_the_account_says() {
    let account = ("ann@shop.example".to_owned(), "pass word".to_owned());
    for (security, mechanisms) in [
        (Security::StartTls, "PLAIN LOGIN"),
        (Security::Tls, "LOGIN"),
        (Security::None, "XOAUTH2 PLAIN"),
    ] {
        let sink = SmtpSink::start_with(SinkOptions {
            start_tls: security == Security::StartTls,
            implicit_tls: security == Security::Tls,
            account: Some(account.clone()),
            mechanisms,
            ..SinkOptions::default()
        })
        .await;
        let config = SmtpConfig {
            username: account.0.clone(),
            ..config(&sink, security)
        };
        let conclusions = send(&endpoint_of(&config, Some(&account.1)), &mails(2)).await;
        assert_eq!(classes(&conclusions), [Class::Accepted; 2], "{security:?}");

        let wrong = Session::connect(&endpoint_of(&config, Some("guess")))
            .await
            .err()
            .expect("is refused");
        assert_eq!(classify(&wrong), Class::Account, "{security:?}");
    }
}

#[tokio::test]
async fn nothing_is_sent_in_clear_when_the_offer_of_tls_was_taken_away() {
    let sink = SmtpSink::start().await;
    let refused = Session::connect(&endpoint_of(&config(&sink, Security::StartTls), None))
        .await
        .err();
    assert!(matches!(
        refused,
        Some(Conclusion::Broken {
            phase: Phase::Tls,
            ..
        })
    ));
}

#[tokio::test]
async fn words_slipped_in_before_tls_are_noticed() {
    let sink = SmtpSink::start_with(SinkOptions {
        start_tls: true,
        ..SinkOptions::default()
    })
    .await;
    sink.when(Stage::StartTls)
        .reply("220 2.0.0 go ahead\n250 injected");
    let refused = Session::connect(&endpoint_of(&config(&sink, Security::StartTls), None))
        .await
        .err();
    assert!(
        matches!(
            refused,
            Some(Conclusion::Broken {
                phase: Phase::Tls,
                ..
            })
        ),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_certificate_of_an_unknown_authority_or_another_name_is_refused() {
    let sink = SmtpSink::start_with(SinkOptions {
        implicit_tls: true,
        ..SinkOptions::default()
    })
    .await;
    let good = config(&sink, Security::Tls);
    let unknown = SmtpConfig {
        trusted_certificates: String::new(),
        ..good.clone()
    };
    let elsewhere = SinkOptions {
        implicit_tls: true,
        listen: ([127, 0, 0, 2], 0).into(),
        ..SinkOptions::default()
    };
    let elsewhere = SmtpSink::start_with(elsewhere).await;
    let other_name = SmtpConfig {
        host: "127.0.0.2".to_owned(),
        port: elsewhere.port(),
        ..good
    };
    for config in [unknown, other_name] {
        let refused = Session::connect(&endpoint_of(&config, None)).await.err();
        assert!(
            matches!(
                refused,
                Some(Conclusion::Broken {
                    phase: Phase::Tls,
                    ..
                })
            ),
            "{refused:?}"
        );
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_or_does_not_greet_has_not_got_the_message() {
    let sink = SmtpSink::start().await;
    let mut gone = config(&sink, Security::None);
    sink.when(Stage::Connect).reply("554 5.3.2 no service");
    let refused = Session::connect(&endpoint(&sink))
        .await
        .err()
        .expect("is refused");
    assert_eq!(classify(&refused), Class::NotSent);
    sink.behave();
    sink.when(Stage::Connect).silence();
    let silent = Session::connect(&endpoint(&sink)).await.err().expect("gives up");
    assert!(matches!(
        silent,
        Conclusion::Broken {
            phase: Phase::Greeting,
            ..
        }
    ));
    gone.port = 1;
    let gone = Session::connect(&endpoint_of(&gone, None))
        .await
        .err()
        .expect("nobody is there");
    assert!(matches!(
        gone,
        Conclusion::Broken {
            phase: Phase::Connect,
            ..
        }
    ));
}

#[tokio::test]
async fn a_message_larger_than_the_server_takes_is_not_even_offered() {
    let sink = SmtpSink::start_with(SinkOptions {
        size: Some(500),
        ..SinkOptions::default()
    })
    .await;
    let large = OutgoingMail {
        source: format!("Subject: x\r\n\r\n{}\r\n", "x".repeat(600)),
        ..mail("big@example.com")
    };
    let conclusions = send(
        &endpoint(&sink),
        &[mail("a@example.com"), large, mail("b@example.com")],
    )
    .await;
    assert_eq!(
        classes(&conclusions),
        [Class::Accepted, Class::Content, Class::Accepted]
    );
}
