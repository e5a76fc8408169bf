//! The double opt-in: a mail asks whether somebody really agreed, and a button behind its link says
//! so. The link alone says nothing: programs that check mail follow every link.

use contracts::{
    crm::consent::{CONFIRMATION, Channel},
    delivery::{ServiceLetter, ServiceRecipient},
    event::MAX_ITEMS,
};
use kernel::{ContactId, OrgId, Timestamp, TopicId};
use platform::{DbError, JobError, L10n, NewJob, RunningJob};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{contact_snapshot::snapshot, privacy_deps::PrivacyDeps};
use crate::{
    domain::{
        consent::{Action, Actor, Basis, CONFIRM_WITHIN, Proof, State, Statement},
        privacy::PrivacySettings,
        topic::Topic,
    },
    infrastructure::pg::{CrmTx, consents::Said},
};

/// The job that writes the mails.
pub const ASK_CONFIRMATION: &str = "crm.ask_confirmation";

/// What [`ASK_CONFIRMATION`] is about.
#[derive(Debug, Serialize, Deserialize)]
pub struct AskConfirmation {
    pub asked: Vec<(ContactId, TopicId)>,
    pub at: Timestamp,
}

/// Asks in the background, once the request is committed, those of whom it was recorded that they are
/// to confirm what they said.
pub(super) async fn ask_in_background(tx: &mut CrmTx, recorded: &[Statement]) -> Result<(), DbError> {
    let asked: Vec<(ContactId, TopicId)> = recorded
        .iter()
        .filter(|said| said.action == Action::Requested)
        .filter_map(|said| Some((said.contact, said.topic?)))
        .collect();
    let (org, at) = (tx.org(), tx.now());
    for some in asked.chunks(MAX_ITEMS) {
        let asked = some.to_vec();
        tx.enqueue(NewJob::new(
            ASK_CONFIRMATION,
            org,
            &AskConfirmation { asked, at },
        )?)
        .await?;
    }
    Ok(())
}

/// Writes the mails. Doing it again writes none twice: delivery passes over keys that it has seen.
pub async fn ask_confirmation(deps: &PrivacyDeps, l10n: &L10n, job: &RunningJob) -> Result<(), JobError> {
    let AskConfirmation { asked, at } = job.payload()?;
    let Some(mail) = &deps.service_mail else {
        return Ok(());
    };
    let org = job.org;
    let mut tx = CrmTx::system(&deps.db, org).await?;
    let (topics, settings) = (tx.topics().await?, tx.privacy_settings().await?);
    let ids: Vec<ContactId> = asked.iter().map(|(contact, _)| *contact).collect();
    let people = tx.contacts(&ids).await?;
    drop(tx);
    let name = deps.sender_name(org, &settings).await.map_err(JobError::retry)?;
    for topic in topics
        .iter()
        .filter(|topic| asked.iter().any(|(_, id)| *id == topic.id))
    {
        let letter = letter(l10n, &settings, &name, topic);
        let recipients: Vec<ServiceRecipient> = people
            .iter()
            .filter(|person| asked.contains(&(person.id, topic.id)))
            .filter_map(|person| {
                let token = deps.links.confirmation(org, person.id, topic.id, at);
                Some(ServiceRecipient {
                    dedupe_key: format!("opt_in:{}:{}:{}", topic.id, person.id, at.as_millisecond()),
                    to: person.email.clone()?,
                    contact: snapshot(person.clone()),
                    url: deps.links.absolute(&CONFIRMATION.url(&token)),
                })
            })
            .collect();
        mail.send(org, &letter, &recipients)
            .await
            .map_err(JobError::retry)?;
    }
    Ok(())
}

/// The organisation's own words, or the built-in ones; and what the person is said to agree to.
fn letter(l10n: &L10n, settings: &PrivacySettings, name: &str, topic: &Topic) -> ServiceLetter {
    let values = [
        ("organization", name.into()),
        ("topic", topic.name.as_str().into()),
    ];
    let chosen = |own: &str, key: &str| {
        if own.is_empty() {
            l10n.ta(key, &values)
        } else {
            own.replace("{topic}", &topic.name)
                .replace("{organization}", name)
        }
    };
    let mut paragraphs = vec![chosen(&settings.confirm_text, "crm-confirm-mail-text")];
    if !topic.consent_text.is_empty() {
        paragraphs.push(topic.consent_text.clone());
    }
    ServiceLetter {
        subject: chosen(&settings.confirm_subject, "crm-confirm-mail-subject"),
        paragraphs,
        button: l10n.t("crm-confirm-mail-button"),
        note: l10n.t("crm-confirm-mail-note"),
    }
}

/// What the link of such a mail leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    pub org: OrgId,
    pub contact: ContactId,
    pub topic: TopicId,
    pub at: Timestamp,
}

/// Where a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The button may be pressed.
    Open,
    /// It was pressed, or the person is subscribed anyhow.
    Confirmed,
    /// Too late, or taken back since.
    Over,
}

/// Where a request stands; `None` when the topic or the person is gone. Changes nothing.
pub async fn request_standing(
    tx: &mut CrmTx,
    request: Request,
    now: Timestamp,
) -> Result<Option<(String, Standing)>, DbError> {
    let Some(topic) = tx.topic(request.topic).await? else {
        return Ok(None);
    };
    if tx.contact(request.contact).await?.is_none() {
        return Ok(None);
    }
    let all = tx.subscriptions(&[request.contact]).await?;
    let state = all
        .get(&request.contact)
        .and_then(|all| {
            all.iter()
                .find(|one| one.topic == request.topic && one.channel == Channel::Email)
        })
        .map(|one| one.state);
    let in_time = now.duration_since(request.at) < CONFIRM_WITHIN;
    let standing = match state {
        Some(State::Subscribed) => Standing::Confirmed,
        Some(State::Pending) if in_time => Standing::Open,
        _ => Standing::Over,
    };
    Ok(Some((topic.name, standing)))
}

/// Presses the button: what was asked for holds. Doing it again changes nothing.
pub async fn confirm(
    mut tx: CrmTx,
    request: Request,
    ip: String,
    now: Timestamp,
) -> Result<Option<(String, Standing)>, DbError> {
    let Some((name, standing)) = request_standing(&mut tx, request, now).await? else {
        return Ok(None);
    };
    if standing != Standing::Open {
        return Ok(Some((name, standing)));
    }
    let Some(topic) = tx.topic(request.topic).await? else {
        return Ok(None);
    };
    let proof = Proof {
        basis: Basis::Consent,
        ip,
        source_id: None::<Uuid>,
        ..Proof::new("confirmation", Actor::Person, now)
    };
    let said = Said {
        statement: Statement {
            contact: request.contact,
            topic: Some(request.topic),
            channel: Channel::Email,
            action: Action::Granted,
        },
        proof: std::sync::Arc::new(topic.complete(proof).tidied()),
    };
    tx.record_consents(&[said]).await?;
    tx.commit().await?;
    Ok(Some((name, Standing::Confirmed)))
}

/// How many requests end at once.
const PAGE: i64 = 5_000;

/// Ends requests that nobody confirmed in time.
pub async fn expire_requests(deps: &PrivacyDeps) -> Result<(), DbError> {
    let now = deps.clock.now();
    let mut tx = CrmTx::system(&deps.db, OrgId::from_uuid(Uuid::nil())).await?;
    let over = tx.unconfirmed(now - CONFIRM_WITHIN, PAGE).await?;
    drop(tx);
    let proof = std::sync::Arc::new(Proof::new("confirmation", Actor::System, now));
    for org in over.chunk_by(|a, b| a.0 == b.0) {
        let said: Vec<Said> = org
            .iter()
            .map(|(_, statement)| Said {
                statement: *statement,
                proof: proof.clone(),
            })
            .collect();
        let mut tx = CrmTx::system(&deps.db, org[0].0).await?;
        tx.record_consents(&said).await?;
        tx.commit().await?;
    }
    Ok(())
}
