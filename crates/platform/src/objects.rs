//! Files that people upload: a folder under the data folder, by keys that the program makes.

use std::path::{Path, PathBuf};

use kernel::OrgId;
use tokio::{
    fs::{self, File},
    io,
};
use uuid::Uuid;

/// Keeps uploaded files. A key is `<organisation>/<uuid>`, so no name that a person gave reaches
/// the file system.
#[derive(Clone, Debug)]
pub struct Objects {
    root: PathBuf,
}

/// The name of a kept file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ObjectKey {
    org: Uuid,
    name: Uuid,
}

impl ObjectKey {
    /// A new name for a file of an organisation.
    #[must_use]
    pub fn generate(org: OrgId) -> Self {
        Self {
            org: org.uuid(),
            name: Uuid::now_v7(),
        }
    }
}

impl ObjectKey {
    /// A name for a file that is needed only while this one is made.
    #[must_use]
    pub fn sibling(self) -> Self {
        Self {
            org: self.org,
            name: Uuid::now_v7(),
        }
    }
}

impl Objects {
    /// Keeps files under `root`, which is made when the first one comes.
    #[must_use]
    pub fn new(root: impl AsRef<Path>) -> Self {
        Self {
            root: root.as_ref().to_owned(),
        }
    }

    /// Opens a new file for writing. It counts as kept once [`Objects::keep`] returned.
    pub async fn create(&self, key: ObjectKey) -> io::Result<File> {
        let path = self.path(key);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).await?;
        }
        fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(path)
            .await
    }

    /// Makes a written file durable.
    pub async fn keep(&self, file: File) -> io::Result<()> {
        file.sync_all().await
    }

    /// Opens a file for reading.
    pub async fn open(&self, key: ObjectKey) -> io::Result<File> {
        File::open(self.path(key)).await
    }

    /// Where the file lies, for readers that want a blocking file.
    #[must_use]
    pub fn path(&self, key: ObjectKey) -> PathBuf {
        self.root
            .join(key.org.simple().to_string())
            .join(key.name.simple().to_string())
    }

    /// Deletes a file; one that is gone already is fine.
    pub async fn delete(&self, key: ObjectKey) -> io::Result<()> {
        match fs::remove_file(self.path(key)).await {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}
