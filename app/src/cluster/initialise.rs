//! Making a new cluster. It is built beside its place and moved there when it is complete, so a start
//! that is cut short leaves nothing that a next one would take for a cluster.

use std::{
    fs::DirBuilder,
    io::Write,
    os::unix::fs::{DirBuilderExt, symlink},
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::{Context, Result, bail};
use tokio::{io::AsyncWriteExt, process::Command};
use tracing::info;

use super::{
    account::Account,
    binaries::Binaries,
    home::{Home, ROLE, SUPERUSER, write_private},
};

/// Makes the cluster of a data folder that has none.
pub(super) async fn initialise(located: &Home, binaries: &Binaries, account: &Account) -> Result<Home> {
    let home = Home::choose(&located.data_dir, account).await?;
    info!(
        "making a database in {} (once, a few seconds)",
        home.pgdata.display()
    );
    let unfinished = Unfinished::beside(&home, account)?;
    let password = home.new_password()?;
    run_initdb(&unfinished.folder, &password, binaries, account).await?;
    include_settings(&unfinished.folder, account)?;
    make_role_and_database(&unfinished.folder, &password, binaries, account).await?;
    unfinished.finish(&home)?;
    Ok(home)
}

/// The folder that becomes the cluster.
struct Unfinished {
    folder: PathBuf,
}

impl Unfinished {
    fn beside(home: &Home, account: &Account) -> Result<Self> {
        let folder = home.pgdata.with_extension("new");
        // What an earlier start left when it was cut short.
        if folder.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        DirBuilder::new()
            .mode(0o700)
            .create(&folder)
            .with_context(|| format!("could not make {}", folder.display()))?;
        account.give(&folder)?;
        Ok(Self { folder })
    }

    fn finish(self, home: &Home) -> Result<()> {
        std::fs::rename(&self.folder, &home.pgdata)
            .with_context(|| format!("could not move the new cluster to {}", home.pgdata.display()))?;
        if home.pgdata.parent() == Some(home.data_dir.as_path()) {
            return Ok(());
        }
        info!(
            "{} is closed to PostgreSQL's user, so its files are in {}",
            home.data_dir.display(),
            home.pgdata.display()
        );
        let link = home.data_dir.join("postgres");
        symlink(&home.pgdata, &link).with_context(|| format!("could not make the link {}", link.display()))
    }
}

async fn run_initdb(folder: &Path, password: &str, binaries: &Binaries, account: &Account) -> Result<()> {
    // A file, since the other user could open neither our pipe nor our memory.
    let password_file = folder.with_extension("pw");
    write_private(&password_file, password)?;
    account.give(&password_file)?;
    let locale = if cfg!(target_os = "linux") { "C.UTF-8" } else { "C" };
    let mut command = account.command(&binaries.program("initdb"));
    command
        .arg("-D")
        .arg(folder)
        .args([
            "-U",
            SUPERUSER,
            "-A",
            "scram-sha-256",
            "-E",
            "UTF8",
            "--data-checksums",
            "--no-instructions",
        ])
        .arg(format!("--locale={locale}"))
        .arg(format!("--pwfile={}", password_file.display()));
    let made = run(command, "initdb", None).await;
    std::fs::remove_file(&password_file)?;
    made
}

/// Settings are rewritten at each start, for the machine that it starts on; an operator's own belong
/// into `local.conf`, which comes after them, or into `ALTER SYSTEM`.
fn include_settings(folder: &Path, account: &Account) -> Result<()> {
    let mut file = std::fs::OpenOptions::new()
        .append(true)
        .open(folder.join("postgresql.conf"))?;
    writeln!(
        file,
        "\ninclude = 'mauntic.conf'\ninclude_if_exists = 'local.conf'"
    )?;
    for (name, text) in [
        ("mauntic.conf", ""),
        ("local.conf", "# Your own settings; they win over mauntic.conf."),
    ] {
        write_private(&folder.join(name), text)?;
        account.give(&folder.join(name))?;
    }
    Ok(())
}

/// Single-user mode needs no server and no socket, and is done before anyone could connect.
async fn make_role_and_database(
    folder: &Path,
    password: &str,
    binaries: &Binaries,
    account: &Account,
) -> Result<()> {
    let mut command = account.command(&binaries.program("postgres"));
    command.args(["--single", "-D"]).arg(folder).arg(SUPERUSER);
    // The password is hexadecimal and needs no quoting.
    let statements = format!(
        "CREATE ROLE {ROLE} LOGIN CREATEROLE PASSWORD '{password}';\nCREATE DATABASE {ROLE} OWNER {ROLE} TEMPLATE template0;\n"
    );
    run(command, "postgres --single", Some(&statements)).await
}

/// Runs a command to its end. Single-user mode ends well even when a statement failed, so its messages
/// count as well.
async fn run(mut command: Command, name: &str, input: Option<&str>) -> Result<()> {
    command
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    if input.is_some() {
        command.stdin(Stdio::piped());
    }
    let mut child = command.spawn().with_context(|| format!("could not run {name}"))?;
    if let (Some(input), Some(mut stdin)) = (input, child.stdin.take()) {
        stdin.write_all(input.as_bytes()).await?;
    }
    let output = child.wait_with_output().await?;
    let messages = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() || messages.contains("ERROR:") || messages.contains("FATAL:") {
        bail!("{name} failed: {}", messages.trim());
    }
    Ok(())
}
