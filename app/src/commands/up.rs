use std::process::ExitCode;

use platform::Config;

use crate::{
    process::{Database, Process, Signals},
    roles::Role,
};

/// Runs everything in one process until it is told to stop.
pub async fn run(config: Config) -> anyhow::Result<ExitCode> {
    let mut signals = Signals::listen()?;
    let database = tokio::select! {
        database = Database::start(&config) => database?,
        () = signals.received() => return Ok(ExitCode::SUCCESS),
    };
    let result = async {
        let process = tokio::select! {
            process = Process::start(config, database.url(), Role::ALL) => process?,
            () = signals.received() => return Ok(()),
        };
        println!("\n  Mauntic is running at {}\n", process.url());
        if let Some(link) = process.setup_link().await? {
            println!("  Set it up at {link}\n");
        }
        process.run_until_stopped(signals).await
    }
    .await;
    database.stop().await?;
    result?;
    Ok(ExitCode::SUCCESS)
}
