//! Taking contacts out as a file: written down, told to the audit, and left to a job.

use contracts::crm::{CrmEvent, lists::EXPORT};
use kernel::{ApiKeyId, ExportId, JobId, Timestamp, UserId};
use platform::{DbError, NewJob, jobs::Task};
use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        contact_column::ContactColumn,
        export::{Export, ExportFormat, ExportState},
        selection::Selection,
    },
    infrastructure::pg::CrmTx,
};

/// The job that writes the file.
pub const EXPORT_CONTACTS: &str = "crm.export_contacts";

/// What the job is about.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct ExportJob {
    pub export: ExportId,
}

/// Who asks for what.
#[derive(Debug)]
pub struct Order {
    pub format: ExportFormat,
    pub selection: Selection,
    /// The selection in words.
    pub sentence: String,
    pub columns: Vec<ContactColumn>,
    pub user: Option<(UserId, String)>,
    pub api_key: Option<ApiKeyId>,
}

/// Starts it.
pub async fn start_export(mut tx: CrmTx, order: Order, now: Timestamp) -> Result<(Export, JobId), DbError> {
    let id = ExportId::generate();
    let mut export = Export {
        id,
        format: order.format,
        selection: order.selection,
        sentence: order.sentence,
        columns: order.columns.iter().map(ContactColumn::name).collect(),
        state: ExportState::Running,
        job: None,
        rows: 0,
        size_bytes: 0,
        created_by: order.user.as_ref().map(|(user, _)| *user),
        created_at: now,
        finished_at: None,
    };
    let job = NewJob::new(EXPORT_CONTACTS, tx.org(), &ExportJob { export: id })?.shown_as(Task {
        label: export.file_name(),
        link: EXPORT.url(&id),
        errors_url: None,
        started_by: order.user,
    });
    let job = tx.enqueue(job).await?;
    export.job = Some(job);
    tx.insert_export(&export).await?;
    tx.record(&[CrmEvent::ContactsExported {
        export: id,
        sentence: export.sentence.clone(),
        user: export.created_by,
        api_key: order.api_key,
    }])
    .await?;
    tx.commit().await?;
    Ok((export, job))
}

/// Stops one that runs. False when there is none.
pub async fn cancel_export(mut tx: CrmTx, id: ExportId) -> Result<bool, DbError> {
    let Some(export) = tx.export(id).await? else {
        return Ok(false);
    };
    if let (ExportState::Running, Some(job)) = (export.state, export.job) {
        tx.cancel_job(job).await?;
        tx.end_export(id, ExportState::Cancelled, None).await?;
        tx.commit().await?;
    }
    Ok(true)
}
