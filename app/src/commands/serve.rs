use std::process::ExitCode;

use anyhow::ensure;
use platform::Config;

use crate::{
    process::{Database, Process, Signals},
    roles::Role,
};

/// Runs some roles until it is told to stop.
pub async fn run(config: Config, roles: &[Role]) -> anyhow::Result<ExitCode> {
    ensure!(
        config.database_url.is_some() || roles.is_empty(),
        "several processes share a database: name it in DATABASE_URL"
    );
    let mut signals = Signals::listen()?;
    let database = tokio::select! {
        database = Database::start(&config) => database?,
        () = signals.received() => return Ok(ExitCode::SUCCESS),
    };
    let roles = if roles.is_empty() { Role::ALL } else { roles };
    let result = async {
        let process = tokio::select! {
            process = Process::start(config, database.url(), roles) => process?,
            () = signals.received() => return Ok(()),
        };
        if let Some(link) = process.setup_link().await? {
            tracing::info!("the first run has not happened yet: {link}");
        }
        process.run_until_stopped(signals).await
    }
    .await;
    database.stop().await?;
    result?;
    Ok(ExitCode::SUCCESS)
}
