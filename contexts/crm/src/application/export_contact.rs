//! Everything that is known of a person, for the person (Articles 15 and 20 of the GDPR).

use contracts::{
    crm::consent::{DATA_EXPORT, DataSubject},
    delivery::{ServiceLetter, ServiceRecipient},
};
use jiff::SignedDuration;
use kernel::{ContactId, OrgId, Timestamp};
use platform::{DbError, JobError, L10n, NewJob, RunningJob};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{contact_snapshot::snapshot, privacy_deps::PrivacyDeps};
use crate::infrastructure::pg::CrmTx;

/// The job that writes the mail with the link.
pub const SEND_EXPORT: &str = "crm.send_export";
/// How long the link works.
pub const EXPORT_WITHIN: SignedDuration = SignedDuration::from_hours(24);

/// What [`SEND_EXPORT`] is about.
#[derive(Debug, Serialize, Deserialize)]
pub struct SendExport {
    pub request: Uuid,
    pub contact: ContactId,
}

/// Everything, by context and table; `None` when there is no such contact.
pub async fn export_contact(
    deps: &PrivacyDeps,
    org: OrgId,
    contact: ContactId,
) -> anyhow::Result<Option<Map<String, Value>>> {
    let mut tx = CrmTx::tenant(&deps.db, org).await?;
    let own = tx.everything_of(contact).await?;
    if own.is_empty() {
        return Ok(None);
    }
    let traces = tx.traces(contact).await?;
    drop(tx);
    let subject = DataSubject {
        contact,
        pseudonyms: traces
            .addresses
            .iter()
            .map(|address| deps.pseudonyms.of(org, address))
            .collect(),
        addresses: traces.addresses,
    };
    let mut all = Map::new();
    all.insert("crm".to_owned(), Value::Object(own));
    for context in &deps.personal_data {
        let told = context.export(org, std::slice::from_ref(&subject)).await?.pop();
        all.insert(context.name().to_owned(), told.unwrap_or(Value::Null));
    }
    Ok(Some(all))
}

/// What came of asking for the data by the preference centre.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// A mail is on its way.
    Sent,
    /// There is no address that it could go to.
    NoAddress,
    /// Asked too often today.
    TooOften,
}

/// Asks for it: a mail to the person's own address leads to the data, so that a preference link that
/// was forwarded with a mail gives nothing away.
pub async fn request_export(mut tx: CrmTx, contact: ContactId, now: Timestamp) -> Result<Asked, DbError> {
    let person = tx.contact(contact).await?;
    if person.is_none_or(|person| person.email.is_none()) {
        return Ok(Asked::NoAddress);
    }
    let request = Uuid::now_v7();
    if !tx
        .insert_privacy_request(request, contact, now + EXPORT_WITHIN)
        .await?
    {
        return Ok(Asked::TooOften);
    }
    let job = NewJob::new(SEND_EXPORT, tx.org(), &SendExport { request, contact })?;
    tx.enqueue(job).await?;
    tx.commit().await?;
    Ok(Asked::Sent)
}

/// Writes the mail. Doing it again writes none twice.
pub async fn send_export(deps: &PrivacyDeps, l10n: &L10n, job: &RunningJob) -> Result<(), JobError> {
    let SendExport { request, contact } = job.payload()?;
    let Some(mail) = &deps.service_mail else {
        return Ok(());
    };
    let org = job.org;
    let mut tx = CrmTx::system(&deps.db, org).await?;
    let (person, settings) = (tx.contact(contact).await?, tx.privacy_settings().await?);
    drop(tx);
    let Some((person, to)) = person.and_then(|person| Some((person.clone(), person.email?))) else {
        return Ok(());
    };
    let profile = deps
        .organizations
        .profiles(&[org])
        .await
        .map_err(JobError::retry)?
        .pop();
    let name = settings.name(profile.as_ref().map_or("", |profile| &profile.name));
    let letter = letter(l10n, &name);
    let recipient = ServiceRecipient {
        dedupe_key: format!("export:{request}"),
        contact: snapshot(person),
        to,
        url: deps
            .links
            .absolute(&DATA_EXPORT.url(&deps.links.export(org, request))),
    };
    mail.send(org, &letter, &[recipient])
        .await
        .map_err(JobError::retry)
}

fn letter(l10n: &L10n, name: &str) -> ServiceLetter {
    let values = [("organization", name.into())];
    ServiceLetter {
        subject: l10n.ta("crm-export-mail-subject", &values),
        paragraphs: vec![l10n.ta("crm-export-mail-text", &values)],
        button: l10n.t("crm-export-mail-button"),
        note: l10n.t("crm-export-mail-note"),
    }
}
