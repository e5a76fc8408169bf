//! A file of addresses as it comes in: stored piece by piece, its beginning looked at.

use bytes::Bytes;
use futures::{Stream, StreamExt};
use kernel::{OrgId, SuppressionImportId, Timestamp, UserId};
use platform::{DbError, objects::ObjectKey};
use tokio::io::AsyncWriteExt;

use super::import_suppressions::ImportDeps;
use crate::{
    domain::{
        address_list::Remark,
        suppression::SuppressionReason,
        suppression_file::{FileShape, HEAD_BYTES, guess},
    },
    infrastructure::pg::suppression_imports::{self, ImportCounts, ImportState, SuppressionImport},
};

/// The largest file that is taken: a million addresses with notes.
pub const MAX_FILE_BYTES: u64 = 256 * 1024 * 1024;

/// Who brings which file.
#[derive(Clone, Debug)]
pub struct SuppressionUpload {
    /// For which organisation.
    pub org: OrgId,
    /// Who; `None` for a program.
    pub user: Option<UserId>,
    /// What it is called.
    pub file_name: String,
    /// For rows that say nothing else.
    pub reason: SuppressionReason,
    /// For rows that say nothing else.
    pub note: Option<Remark>,
}

/// Why a file is not taken.
#[derive(Debug, thiserror::Error)]
pub enum NotReceived {
    /// Nothing in it.
    #[error("the file is empty")]
    Empty,
    /// Not text: a spreadsheet, an archive, a picture.
    #[error("the file is no text")]
    NotText,
    /// More than [`MAX_FILE_BYTES`].
    #[error("the file is larger than {} MB", MAX_FILE_BYTES / 1024 / 1024)]
    TooLarge,
    /// The caller went away.
    #[error("the upload broke off: {0}")]
    BrokenOff(String),
    /// The disk did not take it.
    #[error("the file could not be stored: {0}")]
    Store(#[from] std::io::Error),
    /// The database did not answer.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Takes a file in.
pub async fn receive_suppressions<E: std::fmt::Display>(
    deps: &ImportDeps,
    upload: SuppressionUpload,
    stream: impl Stream<Item = Result<Bytes, E>> + Unpin,
    now: Timestamp,
) -> Result<SuppressionImport, NotReceived> {
    let key = ObjectKey::generate(upload.org);
    let mut import = begun(upload, key, now);
    let mut tx = deps.db.tenant(import.org).await?;
    suppression_imports::insert(&mut tx, &import).await?;
    tx.commit().await?;
    let stored = store(deps, key, stream).await;
    let (size, head) = match stored {
        Ok(stored) => stored,
        Err(error) => {
            deps.objects.delete(key).await?;
            let mut tx = deps.db.tenant(import.org).await?;
            suppression_imports::forget_file(&mut tx, import.org, import.id).await?;
            tx.commit().await?;
            return Err(error);
        }
    };
    import.size_bytes = i64::try_from(size).unwrap_or(i64::MAX);
    import.shape = guess(&head);
    let mut tx = deps.db.tenant(import.org).await?;
    suppression_imports::save(&mut tx, &import).await?;
    tx.commit().await?;
    Ok(import)
}

fn begun(upload: SuppressionUpload, key: ObjectKey, now: Timestamp) -> SuppressionImport {
    let name: String = upload
        .file_name
        .chars()
        .filter(|c| !c.is_control())
        .take(200)
        .collect();
    SuppressionImport {
        org: upload.org,
        id: SuppressionImportId::generate(),
        file_name: if name.trim().is_empty() {
            "suppressions.csv".to_owned()
        } else {
            name
        },
        file: Some(key),
        size_bytes: 0,
        shape: FileShape::default(),
        reason: upload.reason,
        note: upload.note.map(|note| note.as_str().to_owned()),
        state: ImportState::Uploaded,
        job: None,
        bytes_read: 0,
        counts: ImportCounts::default(),
        created_by: upload.user,
        created_at: now,
        finished_at: None,
    }
}

async fn store<E: std::fmt::Display>(
    deps: &ImportDeps,
    key: ObjectKey,
    mut stream: impl Stream<Item = Result<Bytes, E>> + Unpin,
) -> Result<(u64, Vec<u8>), NotReceived> {
    let mut file = deps.objects.create(key).await?;
    let (mut size, mut head) = (0u64, Vec::new());
    while let Some(piece) = stream.next().await {
        let piece = piece.map_err(|error| NotReceived::BrokenOff(error.to_string()))?;
        size += piece.len() as u64;
        if size > MAX_FILE_BYTES {
            return Err(NotReceived::TooLarge);
        }
        let wanted = HEAD_BYTES - head.len();
        head.extend_from_slice(&piece[..piece.len().min(wanted)]);
        if head.contains(&0) {
            return Err(NotReceived::NotText);
        }
        file.write_all(&piece).await?;
    }
    if head.trim_ascii().is_empty() {
        return Err(NotReceived::Empty);
    }
    file.flush().await?;
    deps.objects.keep(file).await?;
    Ok((size, head))
}
