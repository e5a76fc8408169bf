//! The funnel: how far people have come, and what was written down about some of them.

use anyhow::Context;
use contracts::crm::{
    API_CONTACT_BATCH, API_CONTACTS,
    people::{API_CONTACT_NOTES, API_STAGES},
};
use kernel::ContactId;
use serde_json::{Value, json};

use super::{population::Person, random::Random, stage::Stage};

const STAGES: [(&str, &str); 4] = [
    ("Lead", "Knows Wrenfield, and has not tried it."),
    ("Trial", "Tries it for two weeks."),
    ("Customer", "Pays."),
    ("Advocate", "Recommends it to others."),
];
/// How many people stand in the funnel at most.
const IN_FUNNEL: usize = 2_000;
const NOTES: [(&str, &str); 4] = [
    (
        "call",
        "Asked whether seats can be shared between shifts. Promised an answer by Friday.",
    ),
    (
        "meeting",
        "Showed the new schedule to the whole team. They want to start with one site.",
    ),
    ("email", "Sent the price list for 50 seats."),
    ("general", "Prefers to be called in the morning."),
];

/// Puts people into stages, gives them points, and writes notes about the first of them. What is there
/// already is not made again.
pub async fn fill(stage: &Stage, people: &[Person], seed: u64) -> anyhow::Result<()> {
    let stages = stages(stage).await?;
    let placed: Vec<Value> = people
        .iter()
        .take(IN_FUNNEL)
        .enumerate()
        .map(|(n, person)| {
            let mut random = Random::of(seed, "funnel", n as u64);
            // More at its mouth than at its end.
            let depth = (random.unit() * random.unit() * STAGES.len() as f64) as usize;
            let points = random.between(0, 40) + 25 * depth as i64;
            json!({"external_id": person.external_id, "stage_id": stages[depth], "points": points})
        })
        .collect();
    for contacts in placed.chunks(1000) {
        let body = json!({"identifier": "external_id", "contacts": contacts});
        stage.post(&API_CONTACT_BATCH.url(), &body).await?;
    }
    let page = stage.get(&API_CONTACTS.with(&[("limit", NOTES.len())])).await?;
    for (contact, (kind, text)) in page["data"].as_array().context("a list")?.iter().zip(NOTES) {
        let id: ContactId = serde_json::from_value(contact["id"].clone())?;
        let notes = API_CONTACT_NOTES.url(&id);
        if stage.get(&notes).await?["data"]
            .as_array()
            .is_some_and(Vec::is_empty)
        {
            stage.post(&notes, &json!({"type": kind, "text": text})).await?;
        }
    }
    Ok(())
}

/// The stages' ids, in the order of the funnel.
async fn stages(stage: &Stage) -> anyhow::Result<Vec<Value>> {
    let there = stage.get(&API_STAGES.url()).await?;
    let there = there["data"].as_array().context("a list")?.clone();
    let mut ids = Vec::new();
    for (name, description) in STAGES {
        let made = match there.iter().find(|stage| stage["name"] == name) {
            Some(stage) => stage.clone(),
            None => {
                let body = json!({"name": name, "description": description});
                stage.post(&API_STAGES.url(), &body).await?
            }
        };
        ids.push(made["id"].clone());
    }
    Ok(ids)
}
