//! Which user of the machine the server runs as. PostgreSQL refuses to run as root, so a program that
//! root started runs it as `postgres` (made by every package of the server), else as `nobody`.

use std::{
    os::unix::fs::{MetadataExt, chown},
    path::Path,
    process::Stdio,
};

use anyhow::{Context, Result, bail};
use nix::unistd::{Gid, Uid, User};
use tokio::process::Command;

use super::home::Home;

const UNPRIVILEGED: [&str; 2] = ["postgres", "nobody"];

/// The user that owns the cluster's files and runs its server.
#[derive(Debug, Clone)]
pub(super) struct Account {
    name: String,
    uid: Uid,
    gid: Gid,
    /// Whether a child must change to this user, because root started us.
    switch: bool,
}

impl Account {
    /// The owner of an existing cluster, else the one who shall own it.
    pub(super) fn for_home(home: &Home) -> Result<Self> {
        let me = Uid::effective();
        if !home.exists() {
            return if me.is_root() {
                Self::unprivileged()
            } else {
                Self::named_by(me, false)
            };
        }
        let owner = Uid::from_raw(std::fs::metadata(&home.pgdata)?.uid());
        match (me.is_root(), owner.is_root()) {
            (true, true) => {
                let account = Self::unprivileged()?;
                bail!(
                    "{pgdata} belongs to root, and PostgreSQL does not run as root; give it to a user: \
                     chown -R {name} {pgdata}",
                    pgdata = home.pgdata.display(),
                    name = account.name,
                )
            }
            (true, false) => Self::named_by(owner, true),
            (false, _) if owner == me => Self::named_by(me, false),
            (false, _) => bail!(
                "{} belongs to the user {}; start mauntic as that user or as root",
                home.pgdata.display(),
                User::from_uid(owner)?.map_or_else(|| owner.to_string(), |user| user.name),
            ),
        }
    }

    /// The user for a new cluster of a program that root started.
    pub(super) fn unprivileged() -> Result<Self> {
        for name in UNPRIVILEGED {
            if let Some(user) = User::from_name(name)? {
                return Ok(Self {
                    name: user.name,
                    uid: user.uid,
                    gid: user.gid,
                    switch: true,
                });
            }
        }
        bail!(
            "PostgreSQL does not run as root, and this machine has no user `postgres`: useradd --system postgres"
        )
    }

    fn named_by(uid: Uid, switch: bool) -> Result<Self> {
        let user = User::from_uid(uid)?;
        let gid = user.as_ref().map_or_else(Gid::effective, |user| user.gid);
        // Containers often run as a number without a name.
        let name = user.map_or_else(|| uid.to_string(), |user| user.name);
        Ok(Self {
            name,
            uid,
            gid,
            switch,
        })
    }

    /// A command that runs as this user, in a folder it may enter, unmoved by the caller's settings.
    /// The change of user happens in the child only.
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir("/").stdin(Stdio::null()).env("LC_ALL", "C");
        for variable in [
            "PGDATA",
            "PGPORT",
            "PGHOST",
            "PGOPTIONS",
            "PGUSER",
            "PGDATABASE",
            "LANG",
            "LANGUAGE",
        ] {
            command.env_remove(variable);
        }
        if self.switch {
            command.uid(self.uid.as_raw()).gid(self.gid.as_raw());
        }
        command
    }

    /// Gives a file or folder to this user.
    pub(super) fn give(&self, path: &Path) -> Result<()> {
        if self.switch {
            chown(path, Some(self.uid.as_raw()), Some(self.gid.as_raw()))
                .with_context(|| format!("could not give {} to {}", path.display(), self.name))?;
        }
        Ok(())
    }

    /// Whether this user may pass through `folder` and all above it. Asked of the system itself, as
    /// that user, since modes alone do not tell (access lists, network file systems).
    pub(super) async fn can_enter(&self, folder: &Path) -> Result<bool> {
        if !self.switch {
            return Ok(true);
        }
        let status = self
            .command(Path::new("/bin/sh"))
            .args(["-c", r#"cd "$1""#, "sh"])
            .arg(folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .await?;
        Ok(status.success())
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn uid(&self) -> u32 {
        self.uid.as_raw()
    }
}
