use std::{path::PathBuf, process::ExitCode};

use anyhow::Context;
use clap::Args;
use identity::{Identity, SetUpOutcome, SetUpRequest};
use platform::{Config, migrate};

use crate::{
    process::{self, Database},
    timeline::TIMELINE,
};

/// What the first-run page asks.
#[derive(Args)]
pub struct Answers {
    /// The organisation's name.
    #[arg(long)]
    organization: String,
    /// IANA name of its time zone.
    #[arg(long, default_value = "UTC")]
    timezone: String,
    /// The owner's name.
    #[arg(long)]
    name: String,
    /// The owner's e-mail address.
    #[arg(long)]
    email: String,
    /// File that holds the owner's password.
    #[arg(long)]
    password_file: PathBuf,
}

/// Does the first run; a second time finds what the first one made.
pub async fn run(config: Config, answers: Answers) -> anyhow::Result<ExitCode> {
    let password = std::fs::read_to_string(&answers.password_file)
        .with_context(|| format!("{} cannot be read", answers.password_file.display()))?;
    let database = Database::join(&config).await?;
    let result = set_up(
        config,
        database.url(),
        answers,
        password.trim_end_matches(['\r', '\n']),
    )
    .await;
    database.stop().await?;
    result?;
    Ok(ExitCode::SUCCESS)
}

async fn set_up(config: Config, url: &str, answers: Answers, password: &str) -> anyhow::Result<()> {
    migrate::migrate(url, TIMELINE).await?;
    let deps = process::deps(config, url)?;
    let request = SetUpRequest {
        organization: answers.organization,
        timezone: answers.timezone,
        name: answers.name,
        email: answers.email,
        password: password.to_owned(),
    };
    match Identity::new(&deps).set_up(&request).await? {
        SetUpOutcome::Completed { org, .. } => println!("made {org}"),
        SetUpOutcome::AlreadyCompleted { org, .. } => println!("{org} was made before; nothing was changed"),
    }
    deps.db.close().await;
    Ok(())
}
