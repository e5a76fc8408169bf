//! Starting an import, or its dry run, as a job.

use contracts::crm::{API_IMPORT_ERRORS, IMPORT};
use kernel::{ImportId, JobId, Timestamp, UserId};
use platform::{NewJob, jobs::Task};
use serde::{Deserialize, Serialize};

use super::{
    define_field::new_field,
    map_import::{ImportError, onto, open_import},
};
use crate::{
    domain::{
        field::FieldDefinition,
        import::{
            mapping::{InvalidMapping, Mapping},
            state::{Import, ImportState},
        },
    },
    infrastructure::pg::CrmTx,
};

/// The job that imports.
pub const IMPORT_CONTACTS: &str = "crm.import_contacts";
/// The job that only looks.
pub const CHECK_IMPORT: &str = "crm.check_import";

/// What both jobs are about.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct ImportJob {
    pub import: ImportId,
}

/// Starts to import. The fields that the mapping wants are made now.
pub async fn start_import(
    mut tx: CrmTx,
    id: ImportId,
    user: Option<(UserId, String)>,
    now: Timestamp,
) -> Result<(Import, JobId), ImportError> {
    let mut import = open_import(&mut tx, id).await?;
    let mapping = checked_mapping(&mut tx, &import).await?;
    let made = mapping.new_fields().map(|new| {
        let definition = FieldDefinition {
            object: import.object.clone(),
            key: new.key.clone(),
            label: new.label.clone(),
            kind: new.kind,
            ..FieldDefinition::default()
        };
        new_field(definition, now)
    });
    let made: Vec<_> = made.collect();
    if !tx.insert_fields(&made).await? {
        // Somebody made one of the same key since the mapping was checked, or is deleting it.
        return Err(InvalidMapping::NewField(0).into());
    }
    import.mapping = Some(mapping.settled());
    import.started_at = Some(now);
    enter(tx, import, ImportState::Importing, IMPORT_CONTACTS, user).await
}

/// Starts to look at all rows without importing any.
pub async fn start_check(
    mut tx: CrmTx,
    id: ImportId,
    user: Option<(UserId, String)>,
) -> Result<(Import, JobId), ImportError> {
    let mut import = open_import(&mut tx, id).await?;
    checked_mapping(&mut tx, &import).await?;
    import.dry_run = None;
    enter(tx, import, ImportState::Checking, CHECK_IMPORT, user).await
}

async fn checked_mapping(tx: &mut CrmTx, import: &Import) -> Result<Mapping, ImportError> {
    let mapping = import.mapping.clone().ok_or(ImportError::WrongState)?;
    onto(tx, import).await?.check(&mapping, import.columns.len())?;
    Ok(mapping)
}

async fn enter(
    mut tx: CrmTx,
    mut import: Import,
    state: ImportState,
    kind: &'static str,
    user: Option<(UserId, String)>,
) -> Result<(Import, JobId), ImportError> {
    let job = NewJob::new(kind, tx.org(), &ImportJob { import: import.id })
        .map_err(platform::DbError::from)?
        .shown_as(Task {
            label: import.file_name.clone(),
            link: IMPORT.url(&import.id),
            errors_url: Some(API_IMPORT_ERRORS.url(&import.id)),
            started_by: user,
        });
    let job = tx.enqueue(job).await?;
    import.state = state;
    import.job = Some(job);
    import.bytes_read = 0;
    import.problem = None;
    tx.save_import(&import).await?;
    tx.commit().await?;
    Ok((import, job))
}
