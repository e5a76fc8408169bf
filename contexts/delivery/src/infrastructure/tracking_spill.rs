//! Opens and clicks on disk, while the database is away.

use std::path::PathBuf;

use tokio::{fs, io::AsyncWriteExt};
use uuid::Uuid;

use crate::domain::tracking::TrackingEvent;

/// A folder with one file for each batch that could not be stored.
#[derive(Clone, Debug)]
pub struct TrackingSpill {
    folder: PathBuf,
}

/// A batch on disk.
#[derive(Debug)]
pub struct SpilledBatch {
    path: PathBuf,
    /// What is in it.
    pub events: Vec<TrackingEvent>,
}

impl TrackingSpill {
    /// The folder is made when it is first needed.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Writes a batch and returns when it is on the disk.
    pub async fn put(&self, events: &[TrackingEvent]) -> std::io::Result<()> {
        fs::create_dir_all(&self.folder).await?;
        let mut lines = Vec::new();
        for event in events {
            serde_json::to_writer(&mut lines, event)?;
            lines.push(b'\n');
        }
        let path = self.folder.join(format!("{}.jsonl", Uuid::now_v7().simple()));
        // Under another name first, so that nobody reads half a file.
        let draft = path.with_extension("draft");
        let mut file = fs::File::create(&draft).await?;
        file.write_all(&lines).await?;
        file.sync_all().await?;
        fs::rename(&draft, &path).await
    }

    /// The oldest batch, if there is one.
    pub async fn oldest(&self) -> std::io::Result<Option<SpilledBatch>> {
        let mut entries = match fs::read_dir(&self.folder).await {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut oldest: Option<PathBuf> = None;
        while let Some(entry) = entries.next_entry().await? {
            let path = entry.path();
            let whole = path.extension().is_some_and(|extension| extension == "jsonl");
            if whole && oldest.as_ref().is_none_or(|other| path < *other) {
                oldest = Some(path);
            }
        }
        let Some(path) = oldest else { return Ok(None) };
        let text = fs::read_to_string(&path).await?;
        // A line that is none was damaged on the disk; the others still count.
        let events = text
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect();
        Ok(Some(SpilledBatch { path, events }))
    }

    /// Forgets a batch that is stored.
    pub async fn remove(&self, batch: SpilledBatch) -> std::io::Result<()> {
        match fs::remove_file(&batch.path).await {
            // Another process of the same folder was faster; storing twice counts once.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            other => other,
        }
    }
}
