//! Taking a file in: stored as it comes, looked at, mapped by a guess.

use bytes::Bytes;
use contracts::identity::Member;
use futures::Stream;
use kernel::{ImportId, OrgId, Timestamp, UserId};
use platform::{Db, DbError, Objects, objects::ObjectKey};

use super::{
    import_directory::import_directory, import_onto::Onto, map_import::suggest_template, open_objects::open,
};
use crate::{
    domain::{
        import::{
            dialect,
            plan::Counts,
            state::{Import, ImportState},
        },
        object::COMPANIES,
    },
    infrastructure::{
        import_file::{self, ReceiveError},
        pg::CrmTx,
    },
};

/// Why a file was not taken.
#[derive(Debug, thiserror::Error)]
pub enum ReceiveImportError {
    #[error("there is no such object")]
    NoSuchObject,
    #[error(transparent)]
    Receive(#[from] ReceiveError),
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Who brings which file.
#[derive(Debug, Clone)]
pub struct Upload {
    pub org: OrgId,
    pub user: Option<UserId>,
    /// What the rows become: `contacts`, or the key of an object.
    pub object: String,
    pub file_name: String,
}

pub async fn receive_import<E: std::fmt::Display>(
    db: &Db,
    objects: &Objects,
    upload: Upload,
    members: &[Member],
    stream: impl Stream<Item = Result<Bytes, E>> + Unpin,
    now: Timestamp,
) -> Result<Import, ReceiveImportError> {
    let mut import = begin(&upload, now);
    let key = ObjectKey::generate(upload.org);
    let mut tx = if upload.object == COMPANIES {
        open(db, upload.org).await?
    } else {
        CrmTx::tenant(db, upload.org).await?
    };
    let onto = Onto::read(&mut tx, &upload.object).await?;
    let onto = onto.ok_or(ReceiveImportError::NoSuchObject)?;
    // Written down before the first byte comes: a file that a crash leaves behind can be found.
    tx.insert_import(&import, key).await?;
    tx.commit().await?;
    match import_file::receive(objects, key, stream).await {
        Ok(received) => {
            let mut tx = CrmTx::tenant(db, upload.org).await?;
            let dialect = dialect::detect(&received.head.bytes, received.head.whole, received.encoding);
            let sample = dialect::sample(&received.head.bytes, received.head.whole, &dialect);
            let directory = import_directory(&mut tx, members).await?;
            import.mapping = Some(onto.guess(&sample, &directory));
            import.columns = sample.columns;
            import.dialect = Some(dialect);
            import.size_bytes = i64::try_from(received.size).unwrap_or(i64::MAX);
            import.state = ImportState::Mapping;
            suggest_template(&mut tx, &mut import, &onto).await?;
            tx.save_import(&import).await?;
            tx.commit().await?;
            Ok(import)
        }
        Err(error) => {
            objects.delete(key).await.map_err(ReceiveError::Store)?;
            let mut tx = CrmTx::tenant(db, upload.org).await?;
            tx.expire_import(import.id).await?;
            tx.commit().await?;
            Err(error.into())
        }
    }
}

fn begin(upload: &Upload, now: Timestamp) -> Import {
    let name: String = upload
        .file_name
        .chars()
        .filter(|c| !c.is_control())
        .take(200)
        .collect();
    Import {
        id: ImportId::generate(),
        object: upload.object.clone(),
        file_name: if name.trim().is_empty() {
            format!("{}.csv", upload.object)
        } else {
            name
        },
        size_bytes: 0,
        state: ImportState::Uploading,
        dialect: None,
        columns: Vec::new(),
        mapping: None,
        job: None,
        dry_run: None,
        bytes_read: 0,
        counts: Counts::default(),
        reasons: Default::default(),
        problem: None,
        created_by: upload.user,
        created_at: now,
        started_at: None,
        finished_at: None,
        template: None,
        removed: 0,
        restored: 0,
        subscribed: 0,
        skipped: 0,
    }
}
