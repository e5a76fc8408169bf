//! Everything that an API of a provider does when it is not well. In the worst case it has taken the
//! message nevertheless, so it always has, here, where it could have.

use std::time::Duration;

use contracts::delivery::API_PROVIDERS;
use futures::{StreamExt, TryStreamExt, stream};
use jiff::SignedDuration;
use kernel::{Clock, SystemClock, Timestamp};
use reqwest::Method;
use serde_json::json;
use testkit::{
    mail_apis::{FakeMailgun, Mischief, Seen},
    smtp_sink::SinkOptions,
};

use super::{ALL_RULES, Report};
use crate::{
    evidence::{Account, Evidence},
    plan::Order,
    stage::{REPLY, Stage, how},
    table::Line,
    world::{World, address},
};

const RECIPIENTS: usize = 12;

/// A fault that the message to one recipient meets with.
struct Fault {
    what: &'static str,
    kind: Kind,
}

enum Kind {
    /// It is taken, and the answer says nothing of it: held, after one request.
    Doubt(fn() -> Mischief),
    /// It is to wait: accepted at the second request, and not before the time that was named.
    Wait {
        status: u16,
        seconds: i64,
        as_date: bool,
    },
}

/// In groups, since five failures in a row would make the program leave the account alone for a while.
const FAULTS: [&[Fault]; 2] = [
    &[
        Fault {
            what: "never answers",
            kind: Kind::Doubt(|| Mischief::Hang),
        },
        Fault {
            what: "answers with a byte a second",
            kind: Kind::Doubt(|| Mischief::Drip),
        },
        Fault {
            what: "closes after it has read the request",
            kind: Kind::Doubt(|| Mischief::Cut),
        },
        Fault {
            what: "500",
            kind: Kind::Doubt(|| Mischief::Say(500, r#"{"message": "Internal Server Error"}"#.to_owned())),
        },
        Fault {
            what: "429, `Retry-After: 4`",
            kind: Kind::Wait {
                status: 429,
                seconds: 4,
                as_date: false,
            },
        },
        Fault {
            what: "503, `Retry-After: 4`",
            kind: Kind::Wait {
                status: 503,
                seconds: 4,
                as_date: false,
            },
        },
    ],
    &[
        Fault {
            what: "502",
            kind: Kind::Doubt(|| Mischief::Say(502, "<h1>Bad Gateway</h1>".to_owned())),
        },
        Fault {
            what: "200 with an error in it",
            kind: Kind::Doubt(|| Mischief::Say(200, r#"{"message": "Something went wrong"}"#.to_owned())),
        },
        Fault {
            what: "200 with half a JSON document",
            kind: Kind::Doubt(|| Mischief::Say(200, r#"{"id": "<20261127"#.to_owned())),
        },
        Fault {
            what: "200 with 10 MB",
            kind: Kind::Doubt(|| Mischief::Say(200, format!(r#"{{"id": "{}"}}"#, "x".repeat(10_000_000)))),
        },
        Fault {
            what: "429, `Retry-After` as a date 8 s ahead",
            kind: Kind::Wait {
                status: 429,
                seconds: 8,
                as_date: true,
            },
        },
    ],
];

pub async fn run(_: Order) -> Report {
    let stage = Stage::set(RECIPIENTS).await?;
    let lines: Vec<Vec<Line>> = stream::iter(FAULTS)
        .map(|faults| meet(&stage, faults))
        .buffered(2)
        .try_collect()
        .await?;
    stage.strike().await?;
    Ok(lines.concat())
}

async fn meet(stage: &Stage, faults: &[Fault]) -> anyhow::Result<Vec<Line>> {
    let world = World::copy(stage, how(1), SinkOptions::default()).await?;
    let fake = FakeMailgun::start().await;
    fake.keep_ledger(&world.ledger);
    let begin = SystemClock.now();
    for (number, fault) in faults.iter().enumerate() {
        let to = address(number);
        match &fault.kind {
            Kind::Doubt(mischief) => fake.take_and_misbehave(&to, mischief()),
            Kind::Wait {
                status,
                seconds,
                as_date,
            } => fake.refuse_once(&to, *status, Some(&retry_after(begin, *seconds, *as_date))),
        }
    }
    let account = json!({
        "kind": "mailgun", "name": "API", "domain": FakeMailgun::DOMAIN, "api_key": FakeMailgun::API_KEY,
        "base_url": fake.base_url(), "max_connections": 1,
    });
    world
        .program
        .json(Method::POST, API_PROVIDERS.template(), Some(&account))
        .await?;
    world.settle(Duration::from_secs(90)).await?;

    let evidence = world.evidence(Account::default()).await?;
    let mut all = crate::oracle::judge(&evidence);
    if evidence.log.contains(FakeMailgun::API_KEY) {
        all.push("O8: the key of the account stands in the log".to_owned());
    }
    let seen = fake.seen();
    let mut lines = Vec::new();
    for (number, fault) in faults.iter().enumerate() {
        lines.push(judge(fault, &address(number), &evidence, &seen, begin)?);
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
        figures: format!("{}; {} requests", evidence.figures(), seen.len()),
        violations: all,
        ..Line::default()
    });
    world.end().await?;
    Ok(lines)
}

fn retry_after(begin: Timestamp, seconds: i64, as_date: bool) -> String {
    if !as_date {
        return seconds.to_string();
    }
    let date = (begin + SignedDuration::from_secs(seconds)).to_zoned(jiff::tz::TimeZone::UTC);
    date.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

fn judge(
    fault: &Fault,
    to: &str,
    evidence: &Evidence,
    seen: &[Seen],
    begin: Timestamp,
) -> anyhow::Result<Line> {
    let (message, attempts, taken) = evidence.of(to)?;
    // Those behind one that went wrong are not begun, which is on record too and is nothing that was sent.
    let begun = attempts
        .iter()
        .filter(|a| a.outcome.as_deref() != Some("not_sent"))
        .count();
    let requests: Vec<Timestamp> = seen
        .iter()
        .filter(|request| holds(&request.body, to))
        .map(|request| request.at)
        .collect();
    let (state, many) = match fault.kind {
        Kind::Doubt(_) => ("held", 1),
        Kind::Wait { .. } => ("accepted", 2),
    };
    let mut violations = Vec::new();
    if message.state != state {
        violations.push(format!("it is {}", message.state));
    }
    if requests.len() != many || begun != many || taken != 1 {
        violations.push(format!(
            "{} requests, {begun} attempts, taken {taken} times",
            requests.len()
        ));
    }
    let mut figures = format!("{} requests, {}", requests.len(), message.state);
    if let (Kind::Wait { seconds, as_date, .. }, [first, second]) = (&fault.kind, requests.as_slice()) {
        // A date is told in whole seconds, and was made when the scenario began.
        let earliest = match as_date {
            true => Timestamp::from_second((begin + SignedDuration::from_secs(*seconds)).as_second())?,
            false => *first + SignedDuration::from_secs(*seconds),
        };
        if *second < earliest {
            violations.push("it was tried again before the time that was named".to_owned());
        }
        let waited = second.duration_since(*first).as_secs_f64();
        figures = format!("{figures}, the second after {waited:.1} s");
    }
    let asserted = match fault.kind {
        Kind::Doubt(_) => "unknown outcome on record, held, one request, the way free again".to_owned(),
        Kind::Wait { .. } => "tried again once, not before the time; then accepted".to_owned(),
    };
    Ok(Line {
        what: format!("provider: {} (patience {} s)", fault.what, REPLY.as_secs()),
        asserted,
        figures,
        violations,
        ..Line::default()
    })
}

fn holds(body: &[u8], text: &str) -> bool {
    body.windows(text.len()).any(|window| window == text.as_bytes())
}
