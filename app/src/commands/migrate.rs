use std::process::ExitCode;

use platform::{Config, migrate};

use crate::{process::Database, timeline::TIMELINE};

/// Applies what is missing, or says what that would be.
pub async fn run(config: Config, dry_run: bool) -> anyhow::Result<ExitCode> {
    let database = Database::join(&config).await?;
    let names = if dry_run {
        migrate::pending(database.url(), TIMELINE).await?
    } else {
        migrate::migrate(database.url(), TIMELINE).await?
    };
    let verb = if dry_run { "would apply" } else { "applied" };
    for name in &names {
        println!("{verb} {name}");
    }
    if names.is_empty() {
        println!("the database is up to date");
    }
    database.stop().await?;
    Ok(ExitCode::SUCCESS)
}
