use super::{Evidence, Handover, PostfixLog};
use jiff::tz::TimeZone;
use kernel::{MessageId, Timestamp};

const OURS: &str = "msg_01jd7x8n3qf3v8k2m4r6t9w0xz";

fn time(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

fn id() -> MessageId {
    OURS.parse().expect("an id")
}

/// Handed over at noon; our side gave up ten seconds later.
fn handover() -> Handover {
    Handover {
        message: id(),
        begun_at: time("2026-11-27T12:00:00Z"),
        ended_at: time("2026-11-27T12:00:10Z"),
    }
}

fn log(text: &str) -> PostfixLog {
    let now = time("2026-11-27T13:00:00Z");
    let mut log = PostfixLog::new([id()], TimeZone::UTC, now);
    text.lines().for_each(|line| log.read(line));
    log
}

const BEFORE: &str = "Nov 27 11:58:00 mx postfix/anvil[99]: statistics: max connection rate 1/60s";
const CLEANUP: &str = "Nov 27 12:00:01 mx postfix/cleanup[124]: 4XyZ12abCDz1: message-id=<msg_01jd7x8n3qf3v8k2m4r6t9w0xz@shop.example>";
const ACTIVE: &str = "Nov 27 12:00:01 mx postfix/qmgr[98]: 4XyZ12abCDz1: from=<news@shop.example>, size=4120, nrcpt=1 (queue active)";
const SENT: &str = "Nov 27 12:00:02 mx postfix/smtp[126]: 4XyZ12abCDz1: to=<ann@example.com>, relay=mx.example.com[192.0.2.1]:25, delay=0.9, delays=0.1/0/0.4/0.4, dsn=2.0.0, status=sent (250 2.0.0 OK  1732708802 a1b2 - gsmtp)";
const REMOVED: &str = "Nov 27 12:00:02 mx postfix/qmgr[98]: 4XyZ12abCDz1: removed";
const AFTER: &str = "Nov 27 12:10:10 mx postfix/smtpd[200]: connect from localhost[127.0.0.1]";

fn read(lines: &[&str]) -> Evidence {
    log(&lines.join("\n")).evidence(&handover())
}

#[test]
fn a_message_that_was_delivered_was_taken() {
    let evidence = read(&[BEFORE, CLEANUP, ACTIVE, SENT, REMOVED]);
    let words = "status=sent (250 2.0.0 OK  1732708802 a1b2 - gsmtp)";
    assert_eq!(evidence, Evidence::Taken(words.to_owned()));
}

#[test]
fn whatever_became_of_it_in_the_queue_it_was_taken() {
    for (line, words) in [
        (
            "Nov 27 12:00:31 mx postfix/smtp[126]: 4XyZ12abCDz1: to=<ann@example.com>, relay=none, delay=30, delays=0.1/0/30/0, dsn=4.4.1, status=deferred (connect to mx.example.com[192.0.2.1]:25: Connection timed out)",
            "status=deferred (connect to mx.example.com[192.0.2.1]:25: Connection timed out)",
        ),
        (
            "Nov 27 12:00:02 mx postfix/smtp[126]: 4XyZ12abCDz1: to=<ann@example.com>, relay=mx.example.com[192.0.2.1]:25, delay=0.9, delays=0.1/0/0.4/0.4, dsn=5.1.1, status=bounced (host mx.example.com[192.0.2.1] said: 550 5.1.1 User unknown (in reply to RCPT TO command))",
            "status=bounced (host mx.example.com[192.0.2.1] said: 550 5.1.1 User unknown (in reply to RCPT TO command))",
        ),
        (
            "Nov 27 12:00:02 mx postfix/qmgr[98]: 4XyZ12abCDz1: from=<news@shop.example>, status=expired, returned to sender",
            "status=expired, returned to sender",
        ),
        (REMOVED, "queue active"),
    ] {
        let evidence = read(&[BEFORE, CLEANUP, ACTIVE, line]);
        assert_eq!(evidence, Evidence::Taken(words.to_owned()), "{line}");
    }
}

#[test]
fn a_line_about_the_header_alone_proves_nothing() {
    assert_eq!(read(&[BEFORE, CLEANUP, AFTER]), Evidence::None);
}

#[test]
fn absence_proves_something_only_after_the_time_that_the_server_may_take() {
    assert_eq!(read(&[BEFORE, AFTER]), Evidence::NotTaken);
    let early = "Nov 27 12:10:09 mx postfix/smtpd[200]: connect from localhost[127.0.0.1]";
    assert_eq!(read(&[BEFORE, early]), Evidence::None);
    assert_eq!(read(&[BEFORE]), Evidence::None);
    assert_eq!(read(&[]), Evidence::None);
}

#[test]
fn a_log_that_begins_too_late_proves_no_absence() {
    let late = "Nov 27 12:00:01 mx postfix/anvil[99]: statistics: max connection rate 1/60s";
    assert_eq!(read(&[late, AFTER]), Evidence::None);
    assert_eq!(
        read(&[late, CLEANUP, ACTIVE, AFTER]),
        Evidence::Taken("queue active".to_owned())
    );
}

#[test]
fn a_message_that_a_filter_refused_was_not_taken() {
    let refused = "Nov 27 12:00:01 mx postfix/cleanup[124]: 4XyZ12abCDz1: milter-reject: END-OF-MESSAGE from localhost[127.0.0.1]: 4.7.1 Try again later; from=<news@shop.example> to=<ann@example.com> proto=ESMTP helo=<app>";
    assert_eq!(read(&[BEFORE, CLEANUP, refused, AFTER]), Evidence::NotTaken);
}

#[test]
fn a_queue_id_that_is_given_out_again_says_nothing_of_the_first_message() {
    let other = "Nov 27 12:00:03 mx postfix/cleanup[124]: 4XyZ12abCDz1: message-id=<other@shop.example>";
    assert_eq!(
        read(&[BEFORE, CLEANUP, other, ACTIVE, SENT, AFTER]),
        Evidence::None
    );
}

#[test]
fn both_forms_of_times_are_read_and_services_with_names_of_their_own() {
    let lines = [
        "2026-11-27T12:59:00.123456+01:00 mx postfix/anvil[99]: statistics: x",
        "2026-11-27T13:00:01.123456+01:00 mx postfix-out/cleanup[124]: A1B2C3: message-id=<msg_01jd7x8n3qf3v8k2m4r6t9w0xz@shop.example>",
        "2026-11-27T13:00:02.123456+01:00 mx postfix-out/submission/qmgr[98]: A1B2C3: from=<news@shop.example>, size=4120, nrcpt=1 (queue active)",
    ];
    assert_eq!(read(&lines), Evidence::Taken("queue active".to_owned()));
    let first = log(lines[0]).first();
    assert_eq!(first, Some(time("2026-11-27T11:59:00.123456Z")));
}

#[test]
fn the_year_is_the_last_one_that_is_over() {
    let mut log = PostfixLog::new([id()], TimeZone::UTC, time("2027-01-01T00:10:00Z"));
    log.read("Dec 31 23:59:58 mx postfix/anvil[99]: statistics: x");
    assert_eq!(log.first(), Some(time("2026-12-31T23:59:58Z")));
    let mut log = PostfixLog::new([id()], TimeZone::UTC, time("2026-11-27T13:00:00Z"));
    log.read("Nov  3 09:12:01 mx postfix/anvil[99]: statistics: x");
    assert_eq!(log.first(), Some(time("2026-11-03T09:12:01Z")));
}

#[test]
fn what_is_no_line_of_a_log_is_passed_over() {
    for odd in [
        "",
        "x",
        "Nov 27",
        "Fooo 27 12:00:00 mx a[1]: b",
        "2026 x",
        "Növ 27 12:00:00 mx äöü",
        "Nov 99 12:00:00 mx a[1]: b",
    ] {
        assert_eq!(log(odd).first(), None, "{odd}");
    }
}
