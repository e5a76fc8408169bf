//! Looking after imports that nobody looks after: files whose time is over, and imports whose job
//! ended without them.

use platform::{DbError, Deps};
use tracing::warn;

use super::run_import::fail_import;
use crate::infrastructure::pg::{
    CrmTx,
    import_upkeep::{expired_imports, stranded_imports},
};

/// Files of personal data are not kept for longer than they are of use.
pub async fn expire_imports(deps: &Deps) -> Result<(), DbError> {
    let mut tx = deps.db.system().await?;
    let expired = expired_imports(&mut tx).await?;
    tx.rollback().await?;
    for import in expired {
        if let Some(file) = import.file
            && let Err(error) = deps.objects.delete(file).await
        {
            warn!(%error, import.id = %import.id, "the file of an import could not be deleted");
            continue;
        }
        let mut tx = CrmTx::system(&deps.db, import.org).await?;
        tx.expire_import(import.id).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// An import must not look busy when nothing works on it any more.
pub async fn end_stranded_imports(deps: &Deps) -> Result<(), DbError> {
    let mut tx = deps.db.system().await?;
    let stranded = stranded_imports(&mut tx).await?;
    tx.rollback().await?;
    for (org, id) in stranded {
        fail_import(deps, org, id).await?;
    }
    Ok(())
}
