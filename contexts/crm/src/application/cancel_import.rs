//! Cancelling an import or its dry run. What was imported stays. The state of the import decides:
//! the job's next chunk is not committed once it has changed.

use kernel::{ImportId, Timestamp};

use super::map_import::ImportError;
use crate::{domain::import::state::Import, infrastructure::pg::CrmTx};

pub async fn cancel_import(mut tx: CrmTx, id: ImportId, now: Timestamp) -> Result<Import, ImportError> {
    let mut import = tx.lock_import(id).await?.ok_or(ImportError::NotFound)?;
    let after = import.state.after_cancelling().ok_or(ImportError::WrongState)?;
    if let Some(job) = import.job {
        tx.cancel_job(job).await?;
    }
    import.state = after;
    if after.has_report() {
        import.finished_at = Some(now);
    }
    tx.save_import(&import).await?;
    tx.commit().await?;
    Ok(import)
}
