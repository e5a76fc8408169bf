use std::process::ExitCode;

use platform::{Config, Db, heartbeat, migrate};

use crate::{
    process::{self, Database},
    roles::Role,
    timeline::TIMELINE,
};

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Finding {
    Fine,
    Warning,
    Error,
}

/// Prints one line a check.
#[derive(Default)]
struct Report(Vec<Finding>);

impl Report {
    fn line(&mut self, finding: Finding, what: &str, detail: impl std::fmt::Display) {
        let mark = match finding {
            Finding::Fine => "ok     ",
            Finding::Warning => "warning",
            Finding::Error => "error  ",
        };
        println!("{mark}  {what:<14}  {detail}");
        self.0.push(finding);
    }

    fn exit_code(&self) -> ExitCode {
        match self.0.iter().max() {
            Some(Finding::Error) => ExitCode::from(2),
            Some(Finding::Warning) => ExitCode::from(1),
            _ => ExitCode::SUCCESS,
        }
    }
}

/// Checks the installation.
pub async fn run(config: Config) -> anyhow::Result<ExitCode> {
    let mut report = Report::default();
    check_configuration(&config, &mut report);
    match Database::join(&config).await {
        Ok(database) => {
            check_database(config, database.url(), &mut report).await;
            database.stop().await?;
        }
        Err(error) => report.line(Finding::Error, "database", format!("{error:#}")),
    }
    Ok(report.exit_code())
}

fn check_configuration(config: &Config, report: &mut Report) {
    let shared = config.database_url.is_some();
    match &config.secret_key {
        Some(_) => report.line(Finding::Fine, "secret key", "from the configuration"),
        None if shared => {
            let detail = "kept in the data folder; several machines need one SECRET_KEY";
            report.line(Finding::Warning, "secret key", detail);
        }
        None => report.line(Finding::Fine, "secret key", "kept in the data folder"),
    }
    match &config.base_url {
        Some(url) if url.starts_with("https://") => report.line(Finding::Fine, "base URL", url),
        Some(url) => report.line(
            Finding::Warning,
            "base URL",
            format!("{url}: links in mails will not be https"),
        ),
        None => {
            let detail = format!(
                "{}: links in mails work on this machine only; set BASE_URL",
                config.base_url()
            );
            report.line(Finding::Warning, "base URL", detail);
        }
    }
}

async fn check_database(config: Config, url: &str, report: &mut Report) {
    match migrate::pending(url, TIMELINE).await {
        Ok(names) if names.is_empty() => report.line(Finding::Fine, "migrations", "all applied"),
        Ok(names) => {
            report.line(
                Finding::Warning,
                "migrations",
                format!("{} to apply: mauntic migrate", names.len()),
            );
            return;
        }
        Err(error) => return report.line(Finding::Error, "database", error),
    }
    match process::deps(config, url) {
        Ok(deps) => {
            match deps.db.examine().await {
                Ok(examination) => judge(&examination, report),
                Err(error) => report.line(Finding::Error, "database", error),
            }
            check_roles(&deps.db, report).await;
        }
        Err(error) => report.line(Finding::Error, "start", format!("{error:#}")),
    }
}

fn judge(found: &platform::db::Examination, report: &mut Report) {
    let version = format!("PostgreSQL {}", found.version);
    let old = found.version_number < 150_000;
    report.line(
        if old { Finding::Error } else { Finding::Fine },
        "database",
        version,
    );
    let skew = found.clock_skew_seconds;
    let finding = if skew.abs() > 5.0 {
        Finding::Warning
    } else {
        Finding::Fine
    };
    report.line(finding, "clock", format!("{skew:+.1} s from the database's"));
    let finding = if found.durable {
        Finding::Fine
    } else {
        Finding::Error
    };
    let detail = if found.durable {
        "commits are durable"
    } else {
        "fsync or synchronous_commit is off: a crash loses mail"
    };
    report.line(finding, "durability", detail);
    let waiting = found.oldest_job_seconds;
    let finding = if waiting > 300.0 {
        Finding::Warning
    } else {
        Finding::Fine
    };
    report.line(
        finding,
        "work queue",
        format!("{} jobs wait, the oldest for {waiting:.0} s", found.waiting_jobs),
    );
    let finding = if found.dead_letters > 0 {
        Finding::Warning
    } else {
        Finding::Fine
    };
    report.line(finding, "dead letters", found.dead_letters);
}

/// Whether everything that has to run does.
async fn check_roles(db: &Db, report: &mut Report) {
    let alive = match heartbeat::roles_alive(db).await {
        Ok(alive) => alive,
        Err(error) => return report.line(Finding::Error, "processes", error),
    };
    let missing: Vec<&str> = Role::ALL
        .iter()
        .map(|r| r.name())
        .filter(|r| !alive.iter().any(|a| a == r))
        .collect();
    match (alive.is_empty(), missing.is_empty()) {
        (true, _) => report.line(Finding::Warning, "processes", "none runs at present"),
        (_, true) => report.line(Finding::Fine, "processes", "all roles run"),
        _ => report.line(
            Finding::Error,
            "processes",
            format!("nobody runs {}", missing.join(", ")),
        ),
    }
}
