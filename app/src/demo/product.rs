//! What people do in the product, and what is kept of them besides: companies, invoices, subscriptions
//! to topics.

use std::collections::BTreeMap;

use anyhow::{Context, ensure};
use contracts::crm::{
    API_CONTACTS, API_FIELDS,
    consent::{API_CONTACT_SUBSCRIPTIONS, API_TOPICS},
    events::{API_EVENTS, API_SOURCES},
    objects::{API_COMPANY_BATCH, API_OBJECTS, API_RECORD_BATCH},
};
use jiff::SignedDuration;
use kernel::{ContactId, Timestamp};
use serde_json::{Value, json};

use super::{population::Person, random::Random, seed::items, stage::Stage};

/// How many people are seen in the product at most.
const SEEN: usize = 600;
/// How many say which topics they want to hear about.
const ASKED: usize = 80;
/// Events of one request.
const EVENTS: usize = 500;
/// What people do, and how often of ten times.
const ACTS: [(&str, u32); 5] = [
    ("Signed In", 4),
    ("Shift Published", 3),
    ("Employee Invited", 1),
    ("Rota Exported", 1),
    ("Help Searched", 1),
];
const SEARCHES: [&str; 4] = [
    "swap shifts",
    "export to payroll",
    "invite a colleague",
    "public holidays",
];

/// Fills in what is missing of it.
pub async fn live_in(stage: &Stage, people: &[Person], seed: u64) -> anyhow::Result<()> {
    let seen = &people[..people.len().min(SEEN)];
    sources(stage).await?;
    topics(stage).await?;
    companies(stage, seen).await?;
    invoices(stage, seen, seed).await?;
    events(stage, seen, seed).await?;
    stage.settle().await
}

async fn names(stage: &Stage, list: &str) -> anyhow::Result<Vec<String>> {
    let there = stage.get(list).await?;
    let name = |item: &Value| item["name"].as_str().map(str::to_owned);
    Ok(items(&there).filter_map(name).collect())
}

async fn sources(stage: &Stage) -> anyhow::Result<()> {
    let there = names(stage, &API_SOURCES.url()).await?;
    for (name, kind, consent) in [("Wrenfield app", "server", false), ("Website", "website", true)] {
        if !there.iter().any(|other| other == name) {
            let body = json!({"name": name, "kind": kind, "consent_required": consent});
            stage.post(&API_SOURCES.url(), &body).await?;
        }
    }
    Ok(())
}

/// Topics, and what some said about them.
async fn topics(stage: &Stage) -> anyhow::Result<()> {
    const TOPICS: [(&str, &str, &str); 3] = [
        (
            "rota_letter",
            "Rota Letter",
            "Once a month: what other teams have found out about planning shifts.",
        ),
        (
            "product_updates",
            "Product updates",
            "What is new, when it is new.",
        ),
        (
            "webinars",
            "Webinars",
            "Invitations to half an hour with a guest, four times a year.",
        ),
    ];
    let there = names(stage, &API_TOPICS.url()).await?;
    let missing = TOPICS
        .iter()
        .filter(|(_, name, _)| !there.iter().any(|other| other == name));
    for (key, name, description) in missing {
        let body = json!({"key": key, "name": name, "description": description, "initial": "unsubscribed",
            "consent_text": format!("Yes, send me {name}. I can leave at any time.")});
        stage.post(&API_TOPICS.url(), &body).await?;
    }
    let page = stage.get(&API_CONTACTS.with(&[("limit", ASKED)])).await?;
    for (number, contact) in items(&page).enumerate() {
        let id: ContactId = serde_json::from_value(contact["id"].clone())?;
        let path = API_CONTACT_SUBSCRIPTIONS.url(&id);
        let said = stage.get(&path).await?;
        if contact["email"].is_null() || items(&said).any(|one| one["state"] == "subscribed") {
            continue;
        }
        let statements: Vec<Value> = TOPICS
            .iter()
            .enumerate()
            .filter(|(topic, _)| !(number + topic).is_multiple_of(3))
            .map(|(_, (key, ..))| json!({"topic": key, "state": "subscribed", "basis": "consent"}))
            .collect();
        stage.post(&path, &json!({"subscriptions": statements})).await?;
    }
    Ok(())
}

/// The companies that people work for, with everybody who works there.
async fn companies(stage: &Stage, people: &[Person]) -> anyhow::Result<()> {
    let mut staff: BTreeMap<&str, Vec<&Person>> = BTreeMap::new();
    for person in people.iter().filter(|person| !person.company.is_empty()) {
        staff.entry(&person.company).or_default().push(person);
    }
    let records: Vec<Value> = staff
        .iter()
        .map(|(name, people)| {
            let contacts: Vec<Value> = people
                .iter()
                .map(|person| json!({"external_id": person.external_id, "primary": true}))
                .collect();
            json!({
                "external_id": format!("company-{}", name.to_lowercase().replace(' ', "-")),
                "name": name,
                "attributes": {"city": people[0].city, "country": people[0].country},
                "contacts": contacts,
            })
        })
        .collect();
    write(stage, &API_COMPANY_BATCH.url(), &records).await
}

/// An object of the organisation's own.
async fn invoices(stage: &Stage, people: &[Person], seed: u64) -> anyhow::Result<()> {
    let there = stage.get(&API_OBJECTS.url()).await?;
    if !items(&there).any(|object| object["key"] == "invoices") {
        let object =
            json!({"key": "invoices", "singular": "Invoice", "plural": "Invoices", "kind": "records"});
        stage.post(&API_OBJECTS.url(), &object).await?;
    }
    let there = stage.get(&API_FIELDS.with(&[("object", "invoices")])).await?;
    let fields = [
        ("amount", "Amount", "number"),
        ("due_on", "Due on", "date"),
        ("paid", "Paid", "boolean"),
    ];
    for (key, label, kind) in fields {
        if !items(&there).any(|field| field["key"] == key) {
            let field =
                json!({"object": "invoices", "key": key, "label": label, "type": kind, "listable": true});
            stage.post(&API_FIELDS.url(), &field).await?;
        }
    }
    let mut records = Vec::new();
    for (number, person) in people.iter().enumerate().filter(|(_, person)| person.seats >= 5) {
        let mut random = Random::of(seed, "invoices", number as u64);
        for month in 0..random.between(1, 3) {
            let due = stage.now() + SignedDuration::from_hours(24 * (20 - 30 * month));
            let name = format!("INV-{}-{}", 1001 + number, month + 1);
            records.push(json!({
                "external_id": name,
                "name": name,
                "attributes": {
                    "amount": person.seats * 4,
                    "due_on": due.to_zoned(jiff::tz::TimeZone::UTC).date(),
                    "paid": month > 0 && random.unit() < 0.9,
                },
                "contacts": [{"external_id": person.external_id, "role": "payer"}],
            }));
        }
    }
    write(stage, &API_RECORD_BATCH.url(&"invoices".to_owned()), &records).await
}

async fn write(stage: &Stage, path: &str, records: &[Value]) -> anyhow::Result<()> {
    for records in records.chunks(500) {
        let answer = stage.post(path, &json!({"records": records})).await?;
        let results = answer["results"].as_array().context("a batch has results")?;
        let refused = results.iter().find(|result| result["status"] == "rejected");
        ensure!(refused.is_none(), "a record was refused: {refused:?}");
    }
    Ok(())
}

/// What they did within the last four weeks, more of it lately.
async fn events(stage: &Stage, people: &[Person], seed: u64) -> anyhow::Result<()> {
    let now = stage.now();
    let events: Vec<Value> = people
        .iter()
        .enumerate()
        .flat_map(|(number, person)| acts(person, number as u64, seed, now))
        .collect();
    for events in events.chunks(EVENTS) {
        let answer = stage.post(&API_EVENTS.url(), &json!(events)).await?;
        let refused = answer["results"].as_array().context("events have results")?;
        let refused = refused.iter().find(|result| result["status"] == "rejected");
        ensure!(refused.is_none(), "an event was refused: {refused:?}");
    }
    Ok(())
}

fn acts(person: &Person, number: u64, seed: u64, now: Timestamp) -> Vec<Value> {
    let mut random = Random::of(seed, "product", number);
    let count = random.between(0, 9);
    (0..count)
        .map(|n| {
            let days = 28.0 * random.unit() * random.unit();
            let at = now - SignedDuration::from_secs((days * 86_400.0) as i64 + 60);
            let name = random.pick_weighted(&ACTS, |act| act.1).0;
            let properties = match name {
                "Shift Published" => json!({"shifts": random.between(3, 40), "week": at.to_zoned(jiff::tz::TimeZone::UTC).iso_week_date().week()}),
                "Rota Exported" => json!({"format": if random.unit() < 0.6 { "pdf" } else { "xlsx" }}),
                "Help Searched" => json!({"query": SEARCHES[random.below(SEARCHES.len())]}),
                _ => json!({}),
            };
            json!({
                "name": name,
                "external_id": person.external_id,
                "occurred_at": at,
                "message_id": format!("{}-{n}", person.external_id),
                "properties": properties,
            })
        })
        .collect()
}
