//! `mauntic doctor erasure`: whether anything of an erased person is left.

use std::process::ExitCode;

use platform::{Config, erasure};

use crate::process::{self, Database};

/// Looks for a text, usually an address, in every table and every uploaded file.
pub async fn run(config: Config, text: &str) -> anyhow::Result<ExitCode> {
    let text = text.trim().to_lowercase();
    anyhow::ensure!(
        text.chars().count() >= 3,
        "name at least three characters to look for"
    );
    let database = Database::join(&config).await?;
    let folder = config.data_dir.clone();
    let deps = process::deps(config, database.url())?;
    let texts = [text];
    let mut tx = deps.db.system().await?;
    let tables = erasure::scan_tables(tx.conn(), None, &texts).await?;
    tx.rollback().await?;
    let files =
        tokio::task::spawn_blocking(move || erasure::scan_files(&folder.join("objects"), &texts)).await??;
    database.stop().await?;
    let found: Vec<_> = tables.found.iter().chain(&files.found).collect();
    println!("looked at {} tables and {} files", tables.tables, files.files);
    for residue in &found {
        println!("found    {}: {} rows", residue.place, residue.rows);
    }
    if found.is_empty() {
        println!("nothing is left");
        return Ok(ExitCode::SUCCESS);
    }
    Ok(ExitCode::from(1))
}
