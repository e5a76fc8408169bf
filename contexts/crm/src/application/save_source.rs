//! Setting up sources of events.

use kernel::{SourceId, Timestamp};
use platform::DbError;

use super::write_keys::WriteKeys;
use crate::{
    domain::source::{InvalidSource, Source, SourceSettings, generate_write_key},
    infrastructure::pg::CrmTx,
};

/// Why a source cannot be so.
#[derive(Debug, thiserror::Error)]
pub enum SaveSourceError {
    #[error("there is no such source")]
    NotFound,
    /// The member, and what is wrong with it.
    #[error("the settings have problems")]
    Invalid(Vec<(&'static str, InvalidSource)>),
    #[error("another source has the name")]
    NameTaken,
    #[error("there are {MAX_SOURCES} sources already")]
    TooMany,
    #[error(transparent)]
    Db(#[from] DbError),
}

/// The most sources of an organisation.
pub const MAX_SOURCES: usize = 200;

/// Makes one with a new key.
pub async fn create_source(
    mut tx: CrmTx,
    settings: SourceSettings,
    live: bool,
    now: Timestamp,
) -> Result<Source, SaveSourceError> {
    let settings = settings.check().map_err(SaveSourceError::Invalid)?;
    if tx.sources().await?.len() >= MAX_SOURCES {
        return Err(SaveSourceError::TooMany);
    }
    let source = Source {
        org: tx.org(),
        id: SourceId::generate(),
        write_key: generate_write_key(live),
        settings,
        enabled: true,
        created_at: now,
        updated_at: now,
    };
    save(tx, &source).await?;
    Ok(source)
}

/// Changes one.
pub async fn change_source(
    mut tx: CrmTx,
    keys: &WriteKeys,
    id: SourceId,
    change: impl FnOnce(&mut Source),
    now: Timestamp,
) -> Result<Source, SaveSourceError> {
    let mut source = tx.source(id).await?.ok_or(SaveSourceError::NotFound)?;
    change(&mut source);
    source.settings = source.settings.check().map_err(SaveSourceError::Invalid)?;
    source.updated_at = now;
    save(tx, &source).await?;
    keys.forget();
    Ok(source)
}

/// Gives one another key; the old one is worth nothing from then on.
pub async fn rotate_write_key(
    tx: CrmTx,
    keys: &WriteKeys,
    id: SourceId,
    live: bool,
    now: Timestamp,
) -> Result<Source, SaveSourceError> {
    let key = generate_write_key(live);
    change_source(tx, keys, id, |source| source.write_key = key, now).await
}

/// Deletes one; what it sent stays.
pub async fn delete_source(mut tx: CrmTx, keys: &WriteKeys, id: SourceId) -> Result<(), SaveSourceError> {
    if !tx.delete_source(id).await? {
        return Err(SaveSourceError::NotFound);
    }
    tx.commit().await?;
    keys.forget();
    Ok(())
}

async fn save(mut tx: CrmTx, source: &Source) -> Result<(), SaveSourceError> {
    match tx.save_source(source).await {
        Err(error) if error.violates("sources_name") => return Err(SaveSourceError::NameTaken),
        other => other?,
    }
    tx.commit().await?;
    Ok(())
}
