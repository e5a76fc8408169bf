//! A provider reports again and again, in any order, to whichever node; and a node dies over a report.

use std::time::Duration;

use aws_lc_rs::hmac;
use contracts::delivery::{API_PROVIDER, API_PROVIDERS, webhooks::WEBHOOK};
use kernel::{Clock, MessageId, SystemClock};
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{How, Node, mail_apis::FakeMailgun, smtp_sink::SinkOptions};

use super::{ALL_RULES, Report};
use crate::{
    chance::Chance,
    evidence::{Account, Evidence},
    plan::Order,
    stage::{GROUP, Stage, how},
    table::Line,
    world::{World, address},
};

/// The point in the handler of a report, behind its verification.
const POINT: &str = "delivery.webhook.after_verify";
const SIGNING_KEY: &str = "a-signing-key-that-only-mailgun-and-we-know";
const RECIPIENTS: usize = 12;
const COPIES: usize = 10;

pub async fn run(order: Order) -> Report {
    let mut chance = Chance::of(order.seed, "webhooks");
    let stage = Stage::set(RECIPIENTS).await?;
    let line = repeat(&stage, &mut chance).await?;
    stage.strike().await?;
    Ok(vec![line])
}

/// A world in which everybody's message was taken by an API that reports.
struct Reported {
    world: World,
    fake: FakeMailgun,
    hook: String,
}

impl Reported {
    async fn begin(stage: &Stage, how: How) -> anyhow::Result<Self> {
        let world = World::copy(stage, how, SinkOptions::default()).await?;
        let fake = FakeMailgun::start().await;
        fake.keep_ledger(&world.ledger);
        let account = json!({
            "kind": "mailgun", "name": "API", "domain": FakeMailgun::DOMAIN, "api_key": FakeMailgun::API_KEY,
            "base_url": fake.base_url(), "max_connections": 1,
        });
        let made = world
            .program
            .json(Method::POST, API_PROVIDERS.template(), Some(&account))
            .await?;
        let id: kernel::ProviderId = serde_json::from_value(made["id"].clone())?;
        let secret = json!({"webhook_secret": SIGNING_KEY});
        world
            .program
            .json(Method::PATCH, &API_PROVIDER.url(&id), Some(&secret))
            .await?;
        world.settle(Duration::from_secs(60)).await?;
        let hook = WEBHOOK.url(&id);
        Ok(Self { world, fake, hook })
    }

    /// Everything that is reported, in order. The times are those of the order.
    fn events(&self, evidence: &Evidence) -> anyhow::Result<Vec<Value>> {
        let mut events = Vec::new();
        for number in 0..RECIPIENTS {
            let to = address(number);
            let id = MessageId::from_uuid(evidence.of(&to)?.0.id).to_string();
            let stories: [&[&str]; 4] = [
                &["delivered"],
                &["delivered", "opened", "complained"],
                &["temporary", "permanent"],
                &["temporary", "delivered", "opened"],
            ];
            for (step, word) in stories[number % 4].iter().enumerate() {
                events.push(event(word, &to, &id, number * 10 + step));
            }
        }
        Ok(events)
    }

    /// Status of the answer.
    async fn report(&self, base: &str, event: &Value) -> anyhow::Result<u16> {
        let call = signed(event);
        let url = format!("{base}{}", self.hook);
        let answer = self.world.program.client.post(url).json(&call).send().await?;
        Ok(answer.status().as_u16())
    }
}

fn event(word: &str, to: &str, message: &str, number: usize) -> Value {
    let at = SystemClock.now().as_second() - 3_600 + i64::try_from(number).unwrap_or(0);
    let (name, rest) = match word {
        "temporary" => ("failed", json!({"severity": "temporary", "reason": "generic"})),
        "permanent" => (
            "failed",
            json!({
                "severity": "permanent", "reason": "bounce",
                "delivery-status": {"code": 550, "enhanced-code": "5.1.1", "message": "5.1.1 no such user"},
            }),
        ),
        other => (other, json!({})),
    };
    let mut event = json!({
        "event": name, "id": format!("event-{number}"), "timestamp": at, "recipient": to,
        "user-variables": {"mauntic_message": message},
    });
    let all = event.as_object_mut().expect("it is an object");
    all.extend(rest.as_object().expect("it is an object").clone());
    event
}

/// Each call is signed anew, as those that are repeated are.
fn signed(event: &Value) -> Value {
    let timestamp = SystemClock.now().as_second().to_string();
    let token = uuid::Uuid::new_v4().simple().to_string();
    let key = hmac::Key::new(hmac::HMAC_SHA256, SIGNING_KEY.as_bytes());
    let mac = hmac::sign(&key, format!("{timestamp}{token}").as_bytes());
    let hex: String = mac.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    json!({
        "signature": {"timestamp": timestamp, "token": token, "signature": hex}, "event-data": event,
    })
}

/// State and reason of each message by its recipient, and who is suppressed for what.
async fn ends(world: &World) -> anyhow::Result<Vec<String>> {
    let mut owner = world.owner().await?;
    Ok(sqlx::query_scalar(
        r#"
        SELECT r.address || ': ' || m.state || ' ' || coalesce(m.reason, '')
        FROM delivery.messages m
        JOIN delivery.recipients r ON r.org_id = m.org_id AND r.message_id = m.id
        UNION ALL
        SELECT 'suppressed: ' || address || ' ' || reason FROM delivery.suppressions
        ORDER BY 1
        "#,
    )
    .fetch_all(&mut owner)
    .await?)
}

async fn repeat(stage: &Stage, chance: &mut Chance) -> anyhow::Result<Line> {
    let what = format!("each report of a provider {COPIES} times, shuffled, over two nodes");
    let orderly = Reported::begin(stage, how(1)).await?;
    let evidence = orderly.world.evidence(Account::default()).await?;
    let events = orderly.events(&evidence)?;
    let mut refused = 0;
    for event in &events {
        refused += usize::from(orderly.report(&orderly.world.program.base, event).await? != 200);
    }
    let wild = Reported::begin(stage, how(1)).await?;
    let mut beside = how(1);
    beside.log = Some(wild.world.log.clone());
    let mut other: Node = wild.world.program.node_beside(beside).await?;
    let bases = [wild.world.program.base.clone(), other.base().to_owned()];
    let mut calls: Vec<&Value> = events.iter().cycle().take(events.len() * COPIES).collect();
    for last in (1..calls.len()).rev() {
        calls.swap(last, chance.between(0, last));
    }
    for event in &calls {
        let base: &String = chance.pick(&bases);
        refused += usize::from(wild.report(base, event).await? != 200);
    }
    let expected = ends(&orderly.world).await?;
    let same = wild
        .world
        .until("the same end", Duration::from_secs(30), async |world| {
            Ok(ends(world).await? == expected)
        })
        .await;
    let (evidence, mut violations) = wild.world.judge(Account::default()).await?;
    if same.is_err() {
        let found = ends(&wild.world).await?;
        let differs = expected.iter().zip(&found).find(|(a, b)| a != b);
        violations.push(format!("it does not end like in order and once: {differs:?}"));
    }
    if refused > 0 {
        violations.push(format!("{refused} reports were not taken"));
    }
    if !expected.iter().any(|line| line.contains("complained")) {
        violations.push("nobody complained, so nothing was tried".to_owned());
    }
    let line = Line {
        what: format!("{what}: {} calls", calls.len()),
        asserted: format!(
            "messages and suppressions end exactly as by each report once and in order; {ALL_RULES}"
        ),
        figures: format!(
            "{}; {} delivered, {} complained, {} bounced",
            evidence.figures(),
            evidence.count("delivered"),
            evidence.count("complained"),
            evidence.count("bounced")
        ),
        violations,
        ..Line::default()
    };
    other.kill().await?;
    wild.world.end().await?;
    orderly.world.end().await?;
    Ok(line)
}

/// The twelfth point: the process dies when it believes a report and has not stored it.
pub async fn die_in_the_handler(stage: &Stage) -> anyhow::Result<Line> {
    let armed = format!("{POINT}=kill@1");
    let what = format!("SIGKILL in the handler of a report, behind its verification (`{armed}`)");
    let mut how = how(1);
    how.env.push(("MAUNTIC_FAILPOINTS".to_owned(), armed));
    let mut reported = Reported::begin(stage, how).await?;
    let evidence = reported.world.evidence(Account::default()).await?;
    let report = reported.events(&evidence)?.swap_remove(0);
    let base = reported.world.program.base.clone();
    let answered = reported.report(&base, &report).await;
    reported
        .world
        .program
        .wait_for_death(Duration::from_secs(10))
        .await?;
    reported.world.program.how().env.clear();
    reported.world.program.revive().await?;
    // The provider repeats what was not answered.
    let repeated = reported.report(&base, &report).await?;
    let account = Account {
        kills: 1,
        window: GROUP,
        ..Account::default()
    };
    let (evidence, mut violations) = reported.world.judge(account).await?;
    let (message, ..) = evidence.of(&address(0))?;
    if answered.is_ok() || repeated != 200 || message.state != "delivered" {
        violations.push(format!(
            "answered {answered:?}, then {repeated}; the message is {}",
            message.state
        ));
    }
    let reports = reported
        .world
        .count("SELECT count(*) FROM delivery.reports")
        .await?;
    if reports != 1 {
        violations.push(format!("{reports} reports are kept of one"));
    }
    let line = Line {
        what,
        asserted: format!(
            "no answer, so that the provider repeats it; then delivered, kept once; {ALL_RULES}"
        ),
        figures: format!(
            "{}; {} delivered",
            evidence.figures(),
            evidence.count("delivered")
        ),
        violations,
        ..Line::default()
    };
    drop(reported.fake);
    reported.world.end().await?;
    Ok(line)
}
