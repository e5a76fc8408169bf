//! Erasing a person: everywhere, in the background, and provably.
//!
//! The order makes it hold whatever crashes. The other contexts forget first, while crm still knows
//! who it is about; each forgets twice as well as once. Files follow, then crm itself and the
//! platform's own tables, in one transaction with the fact that tells the others.

use contracts::crm::{CrmEvent, consent::DataSubject};
use kernel::{ContactId, EmailAddress};
use platform::{
    DbError, JobError, NewJob, RunningJob,
    erasure::{Replacement, forget, holds},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::privacy_deps::PrivacyDeps;
use crate::{
    domain::consent::Actor,
    infrastructure::{
        pg::{CrmTx, erasure::Traces},
        publish,
    },
};

/// The job that erases.
pub const ERASE_CONTACT: &str = "crm.erase_contact";

/// What [`ERASE_CONTACT`] is about. Nothing of the person stands here.
#[derive(Debug, Serialize, Deserialize)]
pub struct EraseContact {
    pub erasure: Uuid,
    pub contact: ContactId,
}

/// Asks for it. Returns false when there is no such contact. Asking again changes nothing.
pub async fn request_erasure(mut tx: CrmTx, contact: ContactId, actor: Actor) -> Result<bool, DbError> {
    if tx.contact(contact).await?.is_none() {
        return Ok(false);
    }
    let erasure = Uuid::now_v7();
    if tx.insert_erasure(erasure, contact, actor).await? {
        let job = NewJob::new(ERASE_CONTACT, tx.org(), &EraseContact { erasure, contact })?;
        tx.enqueue(job).await?;
    }
    tx.commit().await?;
    Ok(true)
}

/// Does it, or goes on with it.
pub async fn erase_contact(deps: &PrivacyDeps, job: &RunningJob) -> Result<(), JobError> {
    let EraseContact { erasure, contact } = job.payload()?;
    let org = job.org;
    let mut tx = CrmTx::system(&deps.db, org).await?;
    let traces = tx.traces(contact).await?;
    drop(tx);
    let subject = subject(deps, job, contact, &traces);
    for context in &deps.personal_data {
        context
            .erase(org, std::slice::from_ref(&subject))
            .await
            .map_err(JobError::retry)?;
    }
    forget_files(deps, job, &traces).await?;
    let mut tx = CrmTx::system(&deps.db, org).await?;
    let texts = replacements(&subject, &traces);
    tx.forget_contacts(std::slice::from_ref(&subject), &traces.others)
        .await?;
    tx.record(&publish::deleted(&[contact])).await?;
    tx.record(&[CrmEvent::ContactsErased {
        contacts: vec![contact],
    }])
    .await?;
    forget(tx.platform(), org, &[contact.to_string()], &texts).await?;
    tx.finish_erasure(erasure).await?;
    tx.commit().await?;
    Ok(())
}

fn subject(deps: &PrivacyDeps, job: &RunningJob, contact: ContactId, traces: &Traces) -> DataSubject {
    let pseudonym = |address: &EmailAddress| deps.pseudonyms.of(job.org, address);
    DataSubject {
        contact,
        pseudonyms: traces.addresses.iter().map(pseudonym).collect(),
        addresses: traces.addresses.clone(),
    }
}

/// An address becomes its pseudonym, which reads as an address does; anything else becomes a dash.
fn replacements(subject: &DataSubject, traces: &Traces) -> Vec<Replacement> {
    let addresses = subject.addresses.iter().zip(&subject.pseudonyms);
    let mut texts: Vec<Replacement> = addresses
        .flat_map(|(address, pseudonym)| {
            let plain = Replacement {
                text: address.as_str().to_owned(),
                by: pseudonym.as_str().to_owned(),
            };
            // As it stands in the query of a link.
            let quoted = Replacement {
                text: address.as_str().replace('@', "%40"),
                by: pseudonym.as_str().replace('@', "%40"),
            };
            [plain, quoted]
        })
        .collect();
    texts.extend(traces.others.iter().map(|text| Replacement {
        text: text.clone(),
        by: "-".to_owned(),
    }));
    texts
}

/// Deletes uploaded files in which the person stands. A file that is being read is waited for.
async fn forget_files(deps: &PrivacyDeps, job: &RunningJob, traces: &Traces) -> Result<(), JobError> {
    let texts: Vec<String> = traces
        .addresses
        .iter()
        .map(|address| address.as_str().to_owned())
        .chain(traces.others.iter().cloned())
        .collect();
    if texts.is_empty() {
        return Ok(());
    }
    let mut tx = CrmTx::system(&deps.db, job.org).await?;
    let files = tx.import_files().await?;
    drop(tx);
    for file in files {
        let path = deps.objects.path(file.key);
        let bytes = match tokio::fs::read(&path).await {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(JobError::retry(error)),
        };
        // What is compressed cannot be looked into, and may hold anybody.
        let compressed = bytes.starts_with(b"PK");
        if !(holds(&bytes, &texts) || compressed && file.done) {
            continue;
        }
        if file.busy {
            return Err(JobError::retry(anyhow::anyhow!(
                "a file that holds the person is being imported"
            )));
        }
        deps.objects.delete(file.key).await.map_err(JobError::retry)?;
        let mut tx = CrmTx::system(&deps.db, job.org).await?;
        tx.drop_import_file(file.import).await?;
        tx.commit().await?;
    }
    Ok(())
}
