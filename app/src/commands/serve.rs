use std::process::ExitCode;

use anyhow::ensure;
use platform::Config;

use crate::{
    process::{Database, Process},
    roles::Role,
};

/// Runs some roles until it is told to stop.
pub async fn run(config: Config, roles: &[Role]) -> anyhow::Result<ExitCode> {
    ensure!(
        config.database_url.is_some() || roles.is_empty(),
        "several processes share a database: name it in DATABASE_URL"
    );
    let database = Database::start(&config).await?;
    let roles = if roles.is_empty() { Role::ALL } else { roles };
    let result = async {
        let process = Process::start(config, database.url(), roles).await?;
        if let Some(link) = process.setup_link().await? {
            tracing::info!("the first run has not happened yet: {link}");
        }
        process.run_until_stopped().await
    }
    .await;
    database.stop().await?;
    result?;
    Ok(ExitCode::SUCCESS)
}
