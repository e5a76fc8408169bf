//! Everything that a mail server does when it is not well.

use std::time::Duration;

use futures::{StreamExt, TryStreamExt, stream};
use serde_json::json;
use sqlx::Connection;
use testkit::smtp_sink::{SINK_AUTHORITY, SinkOptions, SmtpSink, Stage as Moment};

use super::{ALL_RULES, Report};
use crate::{
    evidence::{Account, Evidence},
    plan::Order,
    stage::{REPLY, Stage, how},
    table::Line,
    world::{World, address},
};

const RECIPIENTS: usize = 12;

/// What becomes of the one message that meets with a fault.
#[derive(Clone, Copy)]
enum End {
    /// Held, and taken once.
    Held,
    /// Told to wait for five minutes, give or take a fifth; then accepted.
    Deferred,
    /// Nothing of it counts, and it is tried again soon; then accepted.
    TriedAgain,
}

/// A fault that the message to one recipient meets with.
struct Fault {
    what: &'static str,
    plant: fn(&SmtpSink, &str),
    end: End,
}

/// In groups, since five broken connections in a row would make the program leave the account alone.
const FAULTS: [&[Fault]; 2] = [
    &[
        Fault {
            what: "421 in mid-session, at RCPT",
            plant: |sink, to| {
                sink.when(Moment::RcptTo)
                    .containing(to)
                    .times(1)
                    .reply("421 4.3.2 closing")
            },
            end: End::Deferred,
        },
        Fault {
            what: "RST after the final dot",
            plant: |sink, to| {
                sink.when(Moment::EndOfData)
                    .containing(to)
                    .times(1)
                    .keep_and_disconnect()
            },
            end: End::Held,
        },
        Fault {
            what: "250 twice as late as it is waited for",
            plant: |sink, to| {
                sink.when(Moment::EndOfData)
                    .containing(to)
                    .times(1)
                    .delay(2 * REPLY)
            },
            end: End::Held,
        },
        Fault {
            what: "lines that contradict each other, after the final dot",
            plant: |sink, to| {
                let when = sink.when(Moment::EndOfData).containing(to).times(1);
                when.keep_and_reply("250-fine\n550 not at all");
            },
            end: End::Held,
        },
    ],
    &[
        Fault {
            what: "a line of 1 MB after the final dot",
            plant: |sink, to| {
                let when = sink.when(Moment::EndOfData).containing(to).times(1);
                when.keep_and_reply(&format!("250 {}", "x".repeat(1 << 20)));
            },
            end: End::Held,
        },
        Fault {
            what: "what is no SMTP, at RCPT",
            plant: |sink, to| {
                sink.when(Moment::RcptTo)
                    .containing(to)
                    .times(1)
                    .send_raw(b"lorem\r\nipsum\r\n")
            },
            end: End::TriedAgain,
        },
        Fault {
            what: "RST at RCPT",
            plant: |sink, to| sink.when(Moment::RcptTo).containing(to).times(1).disconnect(),
            end: End::TriedAgain,
        },
    ],
];

/// Faults of commands that do not name the recipient: whoever's turn it is meets with them.
const ANONYMOUS: [(&str, Moment); 3] = [
    ("RST at MAIL", Moment::MailFrom),
    ("RST at DATA", Moment::Data),
    ("RST in the body", Moment::Body),
];

pub async fn run(_: Order) -> Report {
    let stage = Stage::set(RECIPIENTS).await?;
    let lines: Vec<Vec<Line>> = stream::iter(FAULTS)
        .map(|faults| meet(&stage, faults))
        .buffered(2)
        .try_collect()
        .await?;
    let mut lines = lines.concat();
    lines.push(break_anonymously(&stage).await?);
    lines.push(strip_tls(&stage).await?);
    stage.strike().await?;
    Ok(lines)
}

fn crashing() -> SinkOptions {
    SinkOptions {
        resets: true,
        ..SinkOptions::default()
    }
}

async fn meet(stage: &Stage, faults: &[Fault]) -> anyhow::Result<Vec<Line>> {
    let world = World::copy(stage, how(1), crashing()).await?;
    for (number, fault) in faults.iter().enumerate() {
        (fault.plant)(&world.sink, &address(number));
    }
    world.open_the_gate().await?;
    let waits = wait_for_deferrals(&world).await?;
    world.settle(Duration::from_secs(90)).await?;
    // Who answers late has it nevertheless, and writes it down late.
    world.until_taken(RECIPIENTS, 3 * REPLY).await?;

    let (evidence, mut all) = world.judge(Account::default()).await?;
    let mut lines = Vec::new();
    for (number, fault) in faults.iter().enumerate() {
        let to = address(number);
        let wait = waits.iter().find(|(address, _)| *address == to);
        lines.push(judge(fault, &to, &evidence, wait.map(|(_, seconds)| *seconds))?);
    }
    let undisturbed = RECIPIENTS - faults.len();
    let well = (faults.len()..RECIPIENTS).filter(|n| {
        let found = evidence.of(&address(*n));
        found.is_ok_and(|(message, _, taken)| message.state == "accepted" && taken == 1)
    });
    let well = well.count();
    if well != undisturbed {
        all.push(format!(
            "{} of {undisturbed} neighbours were affected",
            undisturbed - well
        ));
    }
    lines.push(Line {
        what: format!(
            "the {} faults above in one campaign with {undisturbed} others",
            faults.len()
        ),
        asserted: format!("everybody else gets theirs once; {ALL_RULES}"),
        figures: evidence.figures(),
        violations: all,
        ..Line::default()
    });
    world.end().await?;
    Ok(lines)
}

/// Waits until all but those that wait are settled. Returns who waits for how many seconds from their
/// attempt, and lets the long waits end: nobody sits through five minutes.
async fn wait_for_deferrals(world: &World) -> anyhow::Result<Vec<(String, i64)>> {
    let busy = r#"
        SELECT count(*) FROM delivery.queue
        WHERE state <> 'deferred' OR due_at <= now() + interval '30 seconds'
    "#;
    world
        .until("quiet", Duration::from_secs(90), async |world| {
            Ok(world.count(busy).await? == 0)
        })
        .await?;
    let mut owner = world.owner().await?;
    let waits = sqlx::query_as(
        r#"
        SELECT r.address, extract(epoch FROM q.due_at - a.started_at)::bigint
        FROM delivery.queue q
        JOIN delivery.recipients r ON r.org_id = q.org_id AND r.message_id = q.message_id
        JOIN delivery.attempts a ON a.org_id = q.org_id AND a.message_id = q.message_id AND a.number = q.attempts
        "#,
    )
    .fetch_all(&mut owner)
    .await?;
    sqlx::query("UPDATE delivery.queue SET due_at = now()")
        .execute(&mut owner)
        .await?;
    owner.close().await?;
    Ok(waits)
}

fn judge(fault: &Fault, to: &str, evidence: &Evidence, wait: Option<i64>) -> anyhow::Result<Line> {
    let (message, attempts, taken) = evidence.of(to)?;
    // Those behind one that went wrong are not begun, which is on record too.
    let outcomes: Vec<&str> = attempts
        .iter()
        .map(|a| a.outcome.as_deref().unwrap_or("none"))
        .collect();
    let begun: Vec<&str> = outcomes
        .iter()
        .copied()
        .filter(|outcome| *outcome != "not_sent")
        .collect();
    let (state, expected, asserted): (_, &[&str], _) = match fault.end {
        End::Held => (
            "held",
            &["unknown"],
            "unknown outcome on record, held, taken once",
        ),
        End::Deferred => (
            "accepted",
            &["deferred", "accepted"],
            "waits for 4 to 6 minutes; then accepted, taken once",
        ),
        End::TriedAgain => (
            "accepted",
            &["accepted"],
            "not sent, tried again soon; then accepted, taken once",
        ),
    };
    let mut violations = Vec::new();
    let missed = matches!(fault.end, End::TriedAgain) && begun.len() == outcomes.len();
    if message.state != state || begun != expected || missed || taken != 1 {
        violations.push(format!(
            "it is {}, by {}, taken {taken} times",
            message.state,
            outcomes.join(", ")
        ));
    }
    if matches!(fault.end, End::Deferred) && !wait.is_some_and(|seconds| (240..=361).contains(&seconds)) {
        violations.push(format!("it was to wait for {wait:?} s"));
    }
    Ok(Line {
        what: format!("mail server: {}", fault.what),
        asserted: asserted.to_owned(),
        figures: format!("{}: {}", message.state, outcomes.join(", ")),
        violations,
        ..Line::default()
    })
}

async fn break_anonymously(stage: &Stage) -> anyhow::Result<Line> {
    let world = World::copy(stage, how(1), crashing()).await?;
    for (_, moment) in ANONYMOUS {
        world.sink.when(moment).after(2).times(1).disconnect();
    }
    world.open_the_gate().await?;
    world.settle(Duration::from_secs(90)).await?;
    let (evidence, mut violations) = world.judge(Account::default()).await?;
    let clean = evidence.count("accepted") == RECIPIENTS && evidence.ledger.len() == RECIPIENTS;
    if !clean || evidence.attempts_that("unknown") != 0 {
        violations.push("before the final dot nothing may be lost, doubled or in doubt".to_owned());
    }
    let not_sent = evidence.attempts_that("not_sent");
    if not_sent < ANONYMOUS.len() {
        violations.push(format!(
            "only {not_sent} attempts broke, so not everything was tried"
        ));
    }
    let line = Line {
        what: format!("mail server: {}", ANONYMOUS.map(|(what, _)| what).join(", ")),
        asserted: format!("all accepted, each taken once, nothing in doubt; {ALL_RULES}"),
        figures: format!("{}; {not_sent} attempts broke", evidence.figures()),
        violations,
        ..Line::default()
    };
    world.end().await?;
    Ok(line)
}

async fn strip_tls(stage: &Stage) -> anyhow::Result<Line> {
    let encrypted = SinkOptions {
        start_tls: true,
        ..SinkOptions::default()
    };
    let world = World::copy(stage, how(1), encrypted).await?;
    let stripped = SmtpSink::start().await;
    world
        .change_account(json!({
            "host": "localhost", "port": stripped.port(), "security": "start_tls", "state": "active",
        }))
        .await?;
    let tried = async |sink: &SmtpSink| {
        world
            .until("two tries", Duration::from_secs(30), async |_| {
                Ok(sink.connections() >= 2)
            })
            .await
    };
    tried(&stripped).await?;
    let mut violations = Vec::new();
    if stripped.accepted() > 0 {
        violations.push("mail left in clear".to_owned());
    }
    // STARTTLS is offered now, with a certificate that nobody vouches for.
    world.change_account(json!({"port": world.sink.port()})).await?;
    tried(&world.sink).await?;
    if world.sink.accepted() > 0 {
        violations.push("mail left to somebody whose certificate is not valid".to_owned());
    }
    let attempts = world.count("SELECT count(*) FROM delivery.attempts").await?;
    if attempts > 0 {
        violations.push(format!("{attempts} attempts were counted against messages"));
    }
    world
        .change_account(json!({"trusted_certificates": SINK_AUTHORITY}))
        .await?;
    world.settle(Duration::from_secs(60)).await?;
    let (evidence, judged) = world.judge(Account::default()).await?;
    violations.extend(judged);
    if evidence.count("accepted") != RECIPIENTS {
        violations.push("not everything was sent once the certificate was trusted".to_owned());
    }
    let line = Line {
        what: "mail server: STARTTLS taken out of the offer; then a certificate that is not valid; then a valid one"
            .to_owned(),
        asserted: format!("0 mails and 0 attempts before TLS stands, then all; {ALL_RULES}"),
        figures: format!(
            "{}; {} connections without STARTTLS",
            evidence.figures(),
            stripped.connections()
        ),
        violations,
        ..Line::default()
    };
    world.end().await?;
    Ok(line)
}
