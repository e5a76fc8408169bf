use std::process::ExitCode;

use platform::Config;

use crate::{
    process::{Database, Process},
    roles::Role,
};

/// Runs everything in one process until it is told to stop.
pub async fn run(config: Config) -> anyhow::Result<ExitCode> {
    let database = Database::start(&config).await?;
    let result = async {
        let process = Process::start(config, database.url(), Role::ALL).await?;
        println!("\n  Mauntic is running at {}\n", process.url());
        if let Some(link) = process.setup_link().await? {
            println!("  Set it up at {link}\n");
        }
        process.run_until_stopped().await
    }
    .await;
    database.stop().await?;
    result?;
    Ok(ExitCode::SUCCESS)
}
