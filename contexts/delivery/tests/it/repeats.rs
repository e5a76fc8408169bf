//! Messages in doubt that are to be repeated under a key: only where the key is known.

use contracts::delivery::{MESSAGE_RESOLUTIONS, Stream};
use jiff::SignedDuration;
use kernel::MessageId;
use testkit::smtp_sink::SmtpSink;

use crate::post_office::{PostOffice, TestBatch};

/// The first attempt went to an account that nobody knows any more.
const ELSEWHERE: &str = "
    INSERT INTO delivery.attempts
        (org_id, message_id, number, provider_id, started_at, finished_at, outcome, class, phase, resolution)
    SELECT org_id, message_id, 1, gen_random_uuid(), due_at, due_at, 'unknown', 'ambiguous', 'acceptance',
           'repeated'
    FROM delivery.queue";
/// It went to the account that is used now, which recognises nothing.
const HERE: &str = "
    INSERT INTO delivery.attempts
        (org_id, message_id, number, provider_id, started_at, finished_at, outcome, class, phase, resolution)
    SELECT q.org_id, q.message_id, 1, p.id, q.due_at, q.due_at, 'unknown', 'ambiguous', 'acceptance',
           'repeated'
    FROM delivery.queue q CROSS JOIN delivery.providers p";

/// A message whose first attempt ended in doubt and is to be repeated there.
async fn in_doubt(office: &PostOffice, stream: Stream, attempt: &'static str) -> TestBatch {
    let batch = office.batch(stream).await;
    office.add(batch, 1).await;
    office.sql(attempt).await;
    office.sql("UPDATE delivery.queue SET attempts = 1").await;
    batch
}

fn resolved(resolution: &str) -> (Option<String>, Option<String>) {
    (Some("unknown".to_owned()), Some(resolution.to_owned()))
}

#[tokio::test]
async fn a_doubtful_message_is_held_rather_than_sent_by_an_account_that_does_not_know_it() {
    for attempt in [ELSEWHERE, HERE] {
        let sink = SmtpSink::start().await;
        let (office, _) = PostOffice::live(&sink).await;
        let batch = in_doubt(&office, Stream::Marketing, attempt).await;

        office.send().await;

        assert_eq!(office.progress(batch).await.held, 1);
        office.assert_conserved(batch).await;
        assert_eq!(sink.accepted(), 0);
        assert_eq!(office.attempts("p0@example.com").await, [resolved("held")]);
    }
}

#[tokio::test]
async fn what_may_arrive_twice_is_sent_whoever_has_it() {
    let sink = SmtpSink::start().await;
    let (office, _) = PostOffice::live(&sink).await;
    let batch = in_doubt(&office, Stream::Transactional, ELSEWHERE).await;

    office.send().await;

    assert_eq!(office.progress(batch).await.accepted, 1);
    assert_eq!(sink.accepted(), 1);
}

#[tokio::test]
async fn a_person_who_sends_such_a_message_again_is_obeyed() {
    let sink = SmtpSink::start().await;
    let (office, _) = PostOffice::live(&sink).await;
    let batch = in_doubt(&office, Stream::Marketing, ELSEWHERE).await;
    office.send().await;
    assert_eq!(office.progress(batch).await.held, 1);
    let id: uuid::Uuid = office.value("SELECT id FROM delivery.messages").await;
    let id = MessageId::from_uuid(id).to_string();
    let ann = office.app.person();
    let again = [("id", id.as_str()), ("decision", "send_again")];
    ann.post(MESSAGE_RESOLUTIONS.url(), &again).await.expect(303);

    office.send().await;
    office.app.clock.advance(SignedDuration::from_mins(1));
    office.send().await;

    assert_eq!(office.progress(batch).await.accepted, 1);
    assert_eq!(sink.accepted(), 1);
    assert_eq!(office.attempts("p0@example.com").await[0], resolved("resent"));
}
