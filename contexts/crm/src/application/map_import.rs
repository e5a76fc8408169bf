//! Saying how a file is read and what its columns become.

use contracts::identity::Member;
use kernel::ImportId;
use platform::{DbError, Objects};

use super::{import_directory::import_directory, import_onto::Onto};
use crate::{
    domain::import::{
        dialect::{self, Dialect, Sample},
        mapping::{InvalidMapping, Mapping},
        state::{Import, ImportState},
        template,
    },
    infrastructure::{
        import_file::{self, Head},
        pg::CrmTx,
    },
};

/// Why an import cannot be changed so.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error("there is no such import")]
    NotFound,
    #[error("the import is not at a point where this can be done")]
    WrongState,
    #[error(transparent)]
    Mapping(#[from] InvalidMapping),
    #[error("the file is gone")]
    FileGone,
    #[error(transparent)]
    Db(#[from] DbError),
}

/// What the file looks like when it is read by the import's dialect.
pub async fn sample_import(
    tx: &mut CrmTx,
    objects: &Objects,
    import: &Import,
) -> Result<Sample, ImportError> {
    let dialect = import.dialect.ok_or(ImportError::WrongState)?;
    let head = head(tx, objects, import.id).await?;
    Ok(dialect::sample(&head.bytes, head.whole, &dialect))
}

async fn head(tx: &mut CrmTx, objects: &Objects, id: ImportId) -> Result<Head, ImportError> {
    let key = tx.import_file(id).await?.ok_or(ImportError::FileGone)?;
    import_file::read_head(objects, key)
        .await
        .map_err(|_| ImportError::FileGone)
}

/// Reads the file another way; the mapping is guessed anew when that changes its columns.
pub async fn change_dialect(
    mut tx: CrmTx,
    objects: &Objects,
    id: ImportId,
    members: &[Member],
    change: impl FnOnce(Dialect) -> Dialect,
) -> Result<Import, ImportError> {
    let mut import = open_import(&mut tx, id).await?;
    let dialect = change(import.dialect.ok_or(ImportError::WrongState)?);
    let head = head(&mut tx, objects, id).await?;
    let sample = dialect::sample(&head.bytes, head.whole, &dialect);
    if sample.columns != import.columns {
        let directory = import_directory(&mut tx, members).await?;
        let onto = onto(&mut tx, &import).await?;
        import.mapping = Some(onto.guess(&sample, &directory));
        import.columns = sample.columns;
        suggest_template(&mut tx, &mut import, &onto).await?;
    }
    import.dialect = Some(dialect);
    reopen(&mut import);
    tx.save_import(&import).await?;
    tx.commit().await?;
    Ok(import)
}

/// Says what the columns become.
pub async fn map_import(mut tx: CrmTx, id: ImportId, mapping: Mapping) -> Result<Import, ImportError> {
    let mut import = open_import(&mut tx, id).await?;
    onto(&mut tx, &import)
        .await?
        .check(&mapping, import.columns.len())?;
    import.mapping = Some(mapping);
    reopen(&mut import);
    tx.save_import(&import).await?;
    tx.commit().await?;
    Ok(import)
}

/// What the columns of an import can become. An import of records of an object that is gone is none.
pub(super) async fn onto(tx: &mut CrmTx, import: &Import) -> Result<Onto, ImportError> {
    let onto = Onto::read(tx, &import.object).await?;
    onto.ok_or(ImportError::NotFound)
}

/// What an earlier dry run found no longer holds.
pub(super) fn reopen(import: &mut Import) {
    import.state = ImportState::Mapping;
    import.dry_run = None;
    import.bytes_read = 0;
    import.problem = None;
}

/// An import that nobody else can start or change meanwhile.
pub(super) async fn open_import(tx: &mut CrmTx, id: ImportId) -> Result<Import, ImportError> {
    let import = tx.lock_import(id).await?.ok_or(ImportError::NotFound)?;
    if import.state.is_open() {
        Ok(import)
    } else {
        Err(ImportError::WrongState)
    }
}

/// Takes the mapping of a template that fits the file over one that was guessed.
pub(super) async fn suggest_template(
    tx: &mut CrmTx,
    import: &mut Import,
    onto: &Onto,
) -> Result<(), DbError> {
    let templates = tx.import_templates(&import.object).await?;
    import.template = None;
    if let Some((name, mapping)) = template::best(&templates, &import.columns)
        // A field that it needs may be gone since.
        && onto.check(&mapping, import.columns.len()).is_ok()
    {
        import.template = Some(name);
        import.mapping = Some(mapping);
    }
    Ok(())
}
