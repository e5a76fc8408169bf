//! From an empty installation to the demonstration.

use std::sync::Arc;

use anyhow::{Context, bail, ensure};
use contracts::{
    campaign::API_CAMPAIGNS,
    crm::{API_CONTACTS, API_IMPORTS},
    identity::{API_ORGANIZATION, SendingMode},
};
use identity::{Identity, SetUpOutcome, SetUpRequest};
use jiff::SignedDuration;
use kernel::{Clock, ManualClock, OrgId, SystemClock};
use platform::{Config, heartbeat, keys::random, migrate};
use serde_json::{Value, json};

use super::{
    contact_files,
    content::campaigns::{DRAFT, FIRST, SCHEDULED, SECOND},
    made::Made,
    population,
    stage::Stage,
    story,
};
use crate::{process, timeline::TIMELINE, wiring};

/// What to make.
#[derive(Clone, Copy, Debug)]
pub struct Order {
    /// How many contacts.
    pub contacts: usize,
    /// The same seed makes the same people, who do the same things.
    pub seed: u64,
}

/// What came of it.
#[derive(Debug)]
pub enum Outcome {
    /// It was made.
    Made {
        /// The owner, if the first run had not happened before.
        owner: Option<Owner>,
        /// What there is now.
        made: Made,
    },
    /// It is there already; nothing was changed.
    AlreadyThere,
}

/// Who signs in.
#[derive(Debug)]
pub struct Owner {
    /// Their address.
    pub email: String,
    /// Not stored anywhere.
    pub password: String,
}

/// The most contacts; more than that is a benchmark and no demonstration.
pub const MOST_CONTACTS: usize = 50_000;
/// How long before now the organisation begins. The dashboard shows the last 30 days, and the one large
/// import would dwarf all that came after it.
const HISTORY: SignedDuration = SignedDuration::from_hours(24 * 45);

/// Makes the demonstration in the database at `database_url`, telling how far it is.
pub async fn seed(
    config: Config,
    database_url: &str,
    order: Order,
    tell: &(dyn Fn(String) + Sync),
) -> anyhow::Result<Outcome> {
    ensure!(
        (1..=MOST_CONTACTS).contains(&order.contacts),
        "between 1 and {MOST_CONTACTS} contacts can be made"
    );
    migrate::migrate(database_url, TIMELINE).await?;
    let end = SystemClock.now();
    let clock = ManualClock::new(end - HISTORY);
    let deps = process::deps_by(Arc::new(clock.clone()), config, database_url)?;
    let db = deps.db.clone();
    refuse_beside_others(&heartbeat::roles_alive(&db).await?)?;
    let wired = wiring::wire(&deps);
    let (org, owner) = organization(&wired.identity).await?;
    let zone = only_in_test_mode(&wired.identity, org).await?;
    let stage = Stage::new(deps, clock, wired, org)?;
    if let Some(Owner { email, password }) = &owner {
        // At once, since a call that is stopped later is not asked again.
        tell(format!(
            "made the organisation; its owner signs in as {email} with the password {password}"
        ));
        stage
            .patch(
                &API_ORGANIZATION.url(),
                &json!({"postal_address": POSTAL_ADDRESS}),
            )
            .await?;
    }
    let outcome = match look(&stage).await? {
        Found::All => Outcome::AlreadyThere,
        Found::Strangers => bail!("the organisation has contacts of its own; demo data is for an empty one"),
        Found::NothingOrSome => {
            let people = population::people(order.seed, order.contacts);
            let made = story::tell(&stage, order.seed, people, end, zone, tell).await?;
            Outcome::Made { owner, made }
        }
    };
    db.close().await;
    Ok(outcome)
}

/// Two clocks over one database would confuse each other: a message that is due by one of them is not
/// by the other.
fn refuse_beside_others(roles: &[String]) -> anyhow::Result<()> {
    ensure!(
        roles.is_empty(),
        "the program runs on this database at present ({}); stop it first, and wait half a minute if it was killed",
        roles.join(", ")
    );
    Ok(())
}

const POSTAL_ADDRESS: &str = "4 Example Quay, Bristol";
const OWNER_EMAIL: &str = "demo@example.com";

/// The organisation of the first run, which is done now if it has not happened.
async fn organization(identity: &Identity) -> anyhow::Result<(OrgId, Option<Owner>)> {
    let owner = Owner {
        email: OWNER_EMAIL.to_owned(),
        password: password(),
    };
    let request = SetUpRequest {
        organization: "Wrenfield".to_owned(),
        timezone: "Europe/London".to_owned(),
        name: "Ines Hartley".to_owned(),
        email: owner.email.clone(),
        password: owner.password.clone(),
    };
    match identity.set_up(&request).await? {
        SetUpOutcome::Completed { org, .. } => Ok((org, Some(owner))),
        SetUpOutcome::AlreadyCompleted { org, .. } => Ok((org, None)),
    }
}

/// 80 random bits that can be typed: no letter looks like another one.
fn password() -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let letters: Vec<char> = random::<16>()
        .iter()
        .map(|byte| char::from(LETTERS[usize::from(byte % 32)]))
        .collect();
    letters
        .chunks(4)
        .map(|four| four.iter().collect::<String>())
        .collect::<Vec<_>>()
        .join("-")
}

/// In live mode the campaigns would really be sent. Returns the organisation's time zone.
async fn only_in_test_mode(identity: &Identity, org: OrgId) -> anyhow::Result<jiff::tz::TimeZone> {
    let profile = identity
        .organizations()
        .profiles(&[org])
        .await?
        .pop()
        .context("the organisation is gone")?;
    ensure!(
        profile.mode == SendingMode::Test,
        "{} is live: demo data would be mailed to the world; take it back into test mode first",
        profile.name
    );
    Ok(jiff::tz::TimeZone::get(&profile.timezone)?)
}

/// What is there.
enum Found {
    /// Everything.
    All,
    /// Nothing, or what an earlier call made before it was stopped.
    NothingOrSome,
    /// Contacts that are not ours.
    Strangers,
}

async fn look(stage: &Stage) -> anyhow::Result<Found> {
    let campaigns = stage.get(&API_CAMPAIGNS.url()).await?;
    let is_there = |name: &str| items(&campaigns).any(|campaign| campaign["name"] == name);
    if [FIRST, SECOND, DRAFT, SCHEDULED]
        .iter()
        .all(|campaign| is_there(campaign.name))
    {
        return Ok(Found::All);
    }
    let imports = stage.get(&API_IMPORTS.url()).await?;
    let begun = items(&imports).any(|import| import["file_name"] == contact_files::CUSTOMERS);
    let contacts = stage.get(&API_CONTACTS.with(&[("limit", 1)])).await?;
    let empty = items(&contacts).next().is_none();
    Ok(if begun || empty {
        Found::NothingOrSome
    } else {
        Found::Strangers
    })
}

/// What a list holds.
pub fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list["data"].as_array().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::{password, refuse_beside_others};

    #[test]
    fn passwords_can_be_typed_and_differ() {
        let one = password();
        assert_eq!(one.len(), 19);
        assert!(
            one.chars()
                .all(|c| c == '-' || (c.is_ascii_alphanumeric() && !"lo01".contains(c))),
            "{one}"
        );
        assert_ne!(one, password());
    }

    #[test]
    fn a_running_program_is_named_when_it_is_in_the_way() {
        let refusal = refuse_beside_others(&["gateway".to_owned()])
            .unwrap_err()
            .to_string();
        assert!(refusal.contains("(gateway)"), "{refusal}");
        assert!(refuse_beside_others(&[]).is_ok());
    }
}
