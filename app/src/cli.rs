//! The command line.

use std::{collections::BTreeMap, path::PathBuf, process::ExitCode};

use anyhow::Context;
use clap::{Args, Parser, Subcommand};
use platform::{Config, config::EffectiveValue};

use crate::{commands, roles::Role};

/// Open-source marketing automation: contacts, segments, mails and campaigns over PostgreSQL.
#[derive(Parser)]
#[command(name = "mauntic", version)]
struct Cli {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Command,
}

#[derive(Args)]
struct Settings {
    /// Configuration file.
    #[arg(long, global = true, default_value = "/etc/mauntic/mauntic.toml")]
    config: PathBuf,
    /// Folder of the private database, uploads and the secret key.
    #[arg(long, global = true)]
    data_dir: Option<String>,
    /// PostgreSQL to use instead of a private one.
    #[arg(long, global = true)]
    database_url: Option<String>,
    /// Where people reach the program: https://mauntic.example.com
    #[arg(long, global = true)]
    base_url: Option<String>,
    /// Address to listen on.
    #[arg(long, global = true)]
    host: Option<String>,
    /// Port to listen on; 0 takes a free one.
    #[arg(long, global = true)]
    port: Option<u16>,
    /// Any other setting by its dotted key: --set log.format=json
    #[arg(long, global = true, value_name = "KEY=VALUE")]
    set: Vec<String>,
}

#[derive(Subcommand)]
enum Command {
    /// Run everything in one process, with a private database unless another one is named.
    Up,
    /// Run some roles of the program against the database that is named.
    Serve {
        /// Which; may be given several times. All of them when none is given.
        #[arg(long, value_enum)]
        role: Vec<Role>,
    },
    /// Bring the database up to date.
    Migrate {
        /// Only say what would be done.
        #[arg(long)]
        dry_run: bool,
    },
    /// Check the installation. Exit code 0: fine, 1: warnings, 2: errors.
    Doctor {
        #[command(subcommand)]
        command: Option<DoctorCommand>,
    },
    /// Do the first run from the command line.
    Setup(commands::setup::Answers),
    /// A made-up organisation to look at.
    Demo {
        #[command(subcommand)]
        command: DemoCommand,
    },
    /// Ask a running program whether it is well, for container health checks.
    Healthcheck {
        /// Also ask whether it is ready for requests.
        #[arg(long)]
        ready: bool,
    },
    /// The configuration.
    Config {
        #[command(subcommand)]
        command: ConfigCommand,
    },
}

#[derive(Subcommand)]
enum DoctorCommand {
    /// Look whether anything of an erased person is left, in every table and every uploaded file.
    /// Exit code 0: nothing, 1: something.
    Erasure {
        /// An address, or any other text that tells who it was.
        text: String,
    },
}

#[derive(Subcommand)]
enum ConfigCommand {
    /// Print every value and where it comes from; secrets are masked.
    Print,
}

#[derive(Subcommand)]
enum DemoCommand {
    /// Fill an empty organisation with contacts, segments, templates and campaigns. The program must
    /// not be running.
    Seed(commands::demo::Size),
}

/// Reads the command line and does what it says.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    rustls::crypto::aws_lc_rs::default_provider()
        .install_default()
        .expect("nothing was installed before");
    match load(&cli.settings).and_then(|(config, values)| run(cli.command, config, &values)) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("mauntic: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn load(settings: &Settings) -> anyhow::Result<(Config, Vec<EffectiveValue>)> {
    let mut flags = BTreeMap::new();
    let mut flag = |key: &str, value: Option<String>| value.map(|value| flags.insert(key.to_owned(), value));
    flag("data_dir", settings.data_dir.clone());
    flag("database_url", settings.database_url.clone());
    flag("base_url", settings.base_url.clone());
    flag("web.host", settings.host.clone());
    flag("web.port", settings.port.map(|port| port.to_string()));
    for pair in &settings.set {
        let (key, value) = pair
            .split_once('=')
            .with_context(|| format!("--set {pair}: the form is KEY=VALUE"))?;
        flag(key, Some(value.to_owned()));
    }
    Ok(Config::load(&settings.config, environment(), flags)?)
}

/// The one place that reads the environment.
fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars()
}

fn run(command: Command, config: Config, values: &[EffectiveValue]) -> anyhow::Result<ExitCode> {
    if let Command::Config {
        command: ConfigCommand::Print,
    } = &command
    {
        commands::config::print(values);
        return Ok(ExitCode::SUCCESS);
    }
    platform::telemetry::start_logs(&config.log);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        match command {
            Command::Up => commands::up::run(config).await,
            Command::Serve { role } => commands::serve::run(config, &role).await,
            Command::Migrate { dry_run } => commands::migrate::run(config, dry_run).await,
            Command::Doctor { command: None } => commands::doctor::run(config).await,
            Command::Doctor {
                command: Some(DoctorCommand::Erasure { text }),
            } => commands::residue::run(config, &text).await,
            Command::Setup(answers) => commands::setup::run(config, answers).await,
            Command::Demo {
                command: DemoCommand::Seed(size),
            } => commands::demo::seed(config, &size).await,
            Command::Healthcheck { ready } => commands::healthcheck::run(&config, ready).await,
            Command::Config { .. } => Ok(ExitCode::SUCCESS),
        }
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
