//! Where a cluster's files are.
//!
//! In the data folder: `postgres/` (the cluster), `postgres.password`, `postgres.log`,
//! `postgres.lock`. When root runs the program in a folder that is closed to others (`/root`, a
//! `mktemp -d`), PostgreSQL's user could not reach its files there; then `postgres` is a link to a
//! folder of its own below [`SHARED_STATE`].

use std::{
    fs::DirBuilder,
    io::Write,
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use aws_lc_rs::{digest, rand};
use tracing::warn;

use super::account::Account;

/// Where clusters go that cannot be in their data folder.
const SHARED_STATE: &str = "/var/lib/mauntic";
/// The role that the program connects as, and the name of its database.
pub(super) const ROLE: &str = "mauntic";
/// The superuser that `initdb` makes.
pub(super) const SUPERUSER: &str = "postgres";
/// The name of the socket in its folder; the number is only part of the name, no port is open.
const SOCKET: &str = ".s.PGSQL.5432";
/// The shortest limit among the systems we run on (macOS 104 with the closing zero, Linux 108).
const LONGEST_SOCKET_PATH: usize = 103;

/// The places that belong to the cluster of one data folder.
#[derive(Debug, Clone)]
pub(super) struct Home {
    /// The data folder, absolute and without links.
    pub(super) data_dir: PathBuf,
    /// The cluster itself, absolute and without links.
    pub(super) pgdata: PathBuf,
}

/// Makes the data folder and gives its real path. Others may pass through it, since PostgreSQL's user
/// has to, but not list it.
pub(super) fn prepare(data_dir: &Path) -> Result<PathBuf> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o711)
        .create(data_dir)
        .and_then(|()| data_dir.canonicalize())
        .with_context(|| format!("could not make the data folder {}", data_dir.display()))
}

impl Home {
    /// Where the cluster is, or would be, of a folder that [`prepare`] gave.
    pub(super) fn locate(data_dir: &Path) -> Result<Self> {
        let usual = data_dir.join("postgres");
        let pgdata = match usual.canonicalize() {
            Ok(real) => real,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                if let Ok(target) = usual.read_link() {
                    bail!(
                        "{} points to {}, which is gone; restore it, or remove the link to start with an empty database",
                        usual.display(),
                        target.display()
                    );
                }
                usual
            }
            Err(e) => return Err(e).with_context(|| format!("could not look for {}", usual.display())),
        };
        Ok(Self {
            data_dir: data_dir.to_owned(),
            pgdata,
        })
    }

    /// For a new cluster: the data folder if `account` can reach it, else a folder of its own.
    pub(super) async fn choose(data_dir: &Path, account: &Account) -> Result<Self> {
        let own = |pgdata| Self {
            data_dir: data_dir.to_owned(),
            pgdata,
        };
        if account.can_enter(data_dir).await? {
            return Ok(own(data_dir.join("postgres")));
        }
        let shared = Path::new(SHARED_STATE);
        DirBuilder::new()
            .recursive(true)
            .mode(0o711)
            .create(shared)
            .with_context(|| format!("could not make {SHARED_STATE}"))?;
        if !account.can_enter(shared).await? {
            bail!(
                "the user {} can enter neither {} nor {SHARED_STATE}, so PostgreSQL cannot keep its files there; \
                 open the folders above with chmod o+x, or choose another data folder",
                account.name(),
                data_dir.display()
            );
        }
        let name = data_dir
            .file_name()
            .map_or_else(|| "data".into(), |name| name.to_string_lossy());
        Ok(own(shared.join(format!("{name}-{}", random_hex::<4>()?))))
    }

    /// Whether the cluster was made. Its folder appears complete or not at all.
    pub(super) fn exists(&self) -> bool {
        self.pgdata.is_dir()
    }

    /// The major release that made the cluster.
    pub(super) fn made_by(&self) -> Result<Option<u32>> {
        if !self.exists() {
            return Ok(None);
        }
        let path = self.pgdata.join("PG_VERSION");
        let text = std::fs::read_to_string(&path).with_context(|| {
            format!(
                "{} is no PostgreSQL cluster; move it out of the way",
                self.pgdata.display()
            )
        })?;
        let major = text
            .trim()
            .parse()
            .with_context(|| format!("{} holds no release number", path.display()))?;
        Ok(Some(major))
    }

    pub(super) fn log(&self) -> PathBuf {
        self.data_dir.join("postgres.log")
    }

    /// The socket's folder: the cluster's own, which is closed to others, unless the path is too long
    /// for a socket.
    pub(super) fn socket_dir(&self) -> PathBuf {
        if self.pgdata.join(SOCKET).as_os_str().len() <= LONGEST_SOCKET_PATH {
            return self.pgdata.clone();
        }
        let name = digest::digest(&digest::SHA256, self.pgdata.as_os_str().as_encoded_bytes());
        PathBuf::from(format!("/tmp/mauntic-{}", hex(&name.as_ref()[..8])))
    }

    /// Makes the socket's folder where it is not the cluster's own. `/tmp` is open to all, so one that
    /// already stands there must be ours and closed.
    pub(super) fn prepare_socket_dir(&self, account: &Account) -> Result<()> {
        let folder = self.socket_dir();
        if folder == self.pgdata {
            return Ok(());
        }
        match DirBuilder::new().mode(0o700).create(&folder) {
            Ok(()) => account.give(&folder),
            Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {
                let found = std::fs::symlink_metadata(&folder)?;
                if found.is_dir() && found.uid() == account.uid() && found.mode() & 0o077 == 0 {
                    return Ok(());
                }
                bail!(
                    "{} is in the way of PostgreSQL's socket and is not ours; remove it",
                    folder.display()
                )
            }
            Err(e) => Err(e).with_context(|| format!("could not make {}", folder.display())),
        }
    }

    pub(super) fn remove_socket_dir(&self) {
        let folder = self.socket_dir();
        if folder != self.pgdata
            && let Err(e) = std::fs::remove_dir(&folder)
        {
            warn!("could not remove {}: {e}", folder.display());
        }
    }

    /// The file with which a server claims its socket.
    pub(super) fn socket_lock(&self) -> PathBuf {
        self.socket_dir().join(format!("{SOCKET}.lock"))
    }

    pub(super) fn url(&self) -> Result<String> {
        self.url_as(ROLE, ROLE)
    }

    pub(super) fn admin_url(&self) -> Result<String> {
        self.url_as(SUPERUSER, SUPERUSER)
    }

    fn url_as(&self, role: &str, database: &str) -> Result<String> {
        let password = self.password()?;
        let host = percent_encode(self.socket_dir().as_os_str().as_encoded_bytes());
        // `localhost` is overruled by `host`; without it the address is no URL by the URL standard.
        Ok(format!(
            "postgres://{role}:{password}@localhost/{database}?host={host}"
        ))
    }

    fn password_path(&self) -> PathBuf {
        self.data_dir.join("postgres.password")
    }

    fn password(&self) -> Result<String> {
        let path = self.password_path();
        let text = std::fs::read_to_string(&path).with_context(|| {
            format!(
                "could not read {}, which holds the password of the cluster in {}",
                path.display(),
                self.pgdata.display()
            )
        })?;
        Ok(text.trim().to_owned())
    }

    /// Makes a new password and keeps it, for the owner of the data folder only.
    pub(super) fn new_password(&self) -> Result<String> {
        let password = random_hex::<24>()?;
        write_private(&self.password_path(), &password)?;
        Ok(password)
    }
}

/// Writes a file that only its owner can read.
pub(super) fn write_private(path: &Path, text: &str) -> Result<()> {
    let write = || {
        let mut file = std::fs::OpenOptions::new()
            .create(true)
            .truncate(true)
            .write(true)
            .mode(0o600)
            .open(path)?;
        writeln!(file, "{text}")?;
        file.sync_all()
    };
    write().with_context(|| format!("could not write {}", path.display()))
}

fn random_hex<const N: usize>() -> Result<String> {
    let mut bytes = [0_u8; N];
    rand::fill(&mut bytes).context("the machine gave no random numbers")?;
    Ok(hex(&bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn percent_encode(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'.' | b'_' | b'-' | b'~' => {
                char::from(*byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home(pgdata: &str) -> Home {
        Home {
            data_dir: PathBuf::from("/data"),
            pgdata: PathBuf::from(pgdata),
        }
    }

    #[test]
    fn the_socket_lies_in_the_cluster_where_the_path_is_short_enough() {
        assert_eq!(
            home("/srv/mauntic/postgres").socket_dir(),
            PathBuf::from("/srv/mauntic/postgres")
        );
    }

    #[test]
    fn a_long_path_gets_a_short_socket_folder_of_its_own() {
        let (one, other) = (
            home(&format!("/{}", "a".repeat(120))),
            home(&format!("/{}", "b".repeat(120))),
        );
        assert!(one.socket_dir().join(SOCKET).as_os_str().len() <= LONGEST_SOCKET_PATH);
        assert_ne!(one.socket_dir(), other.socket_dir());
    }

    #[test]
    fn folders_with_spaces_and_letters_of_all_languages_fit_into_the_url() {
        assert_eq!(
            percent_encode("/srv/my data/é&?".as_bytes()),
            "/srv/my%20data/%C3%A9%26%3F"
        );
    }
}
