//! Fields, and contacts by files.

use anyhow::{Context, ensure};
use contracts::crm::{API_FIELDS, API_IMPORTS};
use serde::Deserialize;
use serde_json::Value;

use super::{contact_files, content::fields::fields, seed::items, stage::Stage};

/// Defines the fields that are missing.
pub async fn define_fields(stage: &Stage) -> anyhow::Result<()> {
    let defined = stage.get(&API_FIELDS.url()).await?;
    for field in fields() {
        if !items(&defined).any(|other| other["key"] == field["key"]) {
            stage.post(&API_FIELDS.url(), &field).await?;
        }
    }
    Ok(())
}

/// Imports a file of which so many rows are good.
pub async fn import(stage: &Stage, name: &str, file: String, good: usize) -> anyhow::Result<()> {
    let path = API_IMPORTS.with(&[
        ("file_name", name),
        ("columns", contact_files::COLUMNS),
        ("identifier", "external_id"),
    ]);
    stage.post_file(&path, file).await?;
    stage.settle().await?;
    let import = imported(stage, name)
        .await?
        .with_context(|| format!("the import of {name} did not finish"))?;
    let counts: ImportCounts = serde_json::from_value(import["rows"].clone())?;
    ensure!(
        counts.created + counts.updated + counts.unchanged == good,
        "the import made something else of {name}: {} {}",
        import["rows"],
        import["reasons"]
    );
    Ok(())
}

/// The finished import of a file, if there is one.
pub async fn imported(stage: &Stage, name: &str) -> anyhow::Result<Option<Value>> {
    let imports = stage.get(&API_IMPORTS.url()).await?;
    let found = |import: &&Value| import["file_name"] == name && import["state"] == "finished";
    Ok(items(&imports).find(found).cloned())
}

/// Rows of an import by what became of them.
#[derive(Deserialize)]
struct ImportCounts {
    created: usize,
    updated: usize,
    unchanged: usize,
}
