//! What somebody asks for by a preference link is led to by a mail to their own address, so that a
//! link that was forwarded with a mail gives nothing away and takes nothing away.

use contracts::{
    crm::consent::{DATA_ERASURE, DATA_EXPORT},
    delivery::{ServiceLetter, ServiceRecipient},
};
use jiff::SignedDuration;
use kernel::{ContactId, Timestamp};
use platform::{DbError, JobError, L10n, NewJob, RunningJob};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{contact_snapshot::snapshot, privacy_deps::PrivacyDeps};
use crate::{domain::privacy::Wanted, infrastructure::pg::CrmTx};

/// The job that writes the mail with the link.
pub const SEND_PRIVACY_LINK: &str = "crm.send_privacy_link";
/// How long the link works.
pub const LINK_WORKS: SignedDuration = SignedDuration::from_hours(24);

/// What [`SEND_PRIVACY_LINK`] is about.
#[derive(Debug, Serialize, Deserialize)]
pub struct SendPrivacyLink {
    pub wanted: Wanted,
    pub request: Uuid,
    pub contact: ContactId,
}

/// What came of asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// A mail is on its way.
    Sent,
    /// There is no address that it could go to.
    NoAddress,
    /// Asked too often today.
    TooOften,
}

/// Asks for it.
pub async fn ask_by_mail(
    mut tx: CrmTx,
    wanted: Wanted,
    contact: ContactId,
    now: Timestamp,
) -> Result<Asked, DbError> {
    let person = tx.contact(contact).await?;
    if person.is_none_or(|person| person.email.is_none()) {
        return Ok(Asked::NoAddress);
    }
    let request = Uuid::now_v7();
    if !tx
        .insert_privacy_request(request, wanted, contact, now + LINK_WORKS)
        .await?
    {
        return Ok(Asked::TooOften);
    }
    let payload = SendPrivacyLink {
        wanted,
        request,
        contact,
    };
    tx.enqueue(NewJob::new(SEND_PRIVACY_LINK, tx.org(), &payload)?)
        .await?;
    tx.commit().await?;
    Ok(Asked::Sent)
}

/// Writes the mail. Doing it again writes none twice.
pub async fn send_privacy_link(deps: &PrivacyDeps, l10n: &L10n, job: &RunningJob) -> Result<(), JobError> {
    let SendPrivacyLink {
        wanted,
        request,
        contact,
    } = job.payload()?;
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
    let name = deps.sender_name(org, &settings).await.map_err(JobError::retry)?;
    let token = deps.links.privacy(wanted, org, request);
    let path = match wanted {
        Wanted::Export => DATA_EXPORT.url(&token),
        Wanted::Erasure => DATA_ERASURE.url(&token),
    };
    let recipient = ServiceRecipient {
        dedupe_key: format!("{wanted}:{request}"),
        contact: snapshot(person),
        to,
        url: deps.links.absolute(&path),
    };
    mail.send(org, &letter(l10n, wanted, &name), &[recipient])
        .await
        .map_err(JobError::retry)
}

fn letter(l10n: &L10n, wanted: Wanted, name: &str) -> ServiceLetter {
    let values = [("organization", name.into())];
    let [subject, text, button, note] = match wanted {
        Wanted::Export => [
            "crm-export-mail-subject",
            "crm-export-mail-text",
            "crm-export-mail-button",
            "crm-export-mail-note",
        ],
        Wanted::Erasure => [
            "crm-erasure-mail-subject",
            "crm-erasure-mail-text",
            "crm-erasure-mail-button",
            "crm-erasure-mail-note",
        ],
    };
    ServiceLetter {
        subject: l10n.ta(subject, &values),
        paragraphs: vec![l10n.ta(text, &values)],
        button: l10n.t(button),
        note: l10n.t(note),
    }
}
