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
    objects::ObjectKey,
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
    tx.forget_mentions(&texts).await?;
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
        numbers: deps.numbers_of(job.org, traces),
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

/// Deletes files in which the person stands. A file that is being read or written is waited for.
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
    let (imports, exports) = (tx.import_files().await?, tx.export_files().await?);
    drop(tx);
    for file in imports {
        let mention = mentions(deps, file.key, &texts).await?;
        if mention == Mention::None || mention == Mention::Unknown && !file.done {
            continue;
        }
        if file.busy {
            return Err(busy());
        }
        deps.objects.delete(file.key).await.map_err(JobError::retry)?;
        let mut tx = CrmTx::system(&deps.db, job.org).await?;
        tx.drop_import_file(file.import).await?;
        tx.commit().await?;
    }
    for (export, key) in exports {
        let Some(key) = key else { return Err(busy()) };
        if mentions(deps, key, &texts).await? == Mention::None {
            continue;
        }
        deps.objects.delete(key).await.map_err(JobError::retry)?;
        let mut tx = CrmTx::system(&deps.db, job.org).await?;
        tx.expire_export(export).await?;
        tx.commit().await?;
    }
    Ok(())
}

fn busy() -> JobError {
    JobError::retry(anyhow::anyhow!(
        "a file that may hold the person is being read or written"
    ))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mention {
    None,
    Found,
    /// What is compressed cannot be looked into, and may hold anybody.
    Unknown,
}

/// Whether the person stands in a file.
async fn mentions(deps: &PrivacyDeps, key: ObjectKey, texts: &[String]) -> Result<Mention, JobError> {
    match tokio::fs::read(deps.objects.path(key)).await {
        Ok(bytes) if holds(&bytes, texts) => Ok(Mention::Found),
        Ok(bytes) if bytes.starts_with(b"PK") => Ok(Mention::Unknown),
        Ok(_) => Ok(Mention::None),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Mention::None),
        Err(error) => Err(JobError::retry(error)),
    }
}
