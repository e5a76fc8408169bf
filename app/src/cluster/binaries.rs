//! Finding PostgreSQL on the machine, and saying what to install where there is none.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Result, bail};
use nix::unistd::Uid;

/// The oldest release that the program's SQL works on.
const OLDEST: u32 = 15;

/// The programs of one installed release.
#[derive(Debug, Clone)]
pub(super) struct Binaries {
    folder: PathBuf,
}

impl Binaries {
    /// The release that made the cluster in `pgdata`, else the first that is new enough.
    pub(super) fn find(made_by: Option<u32>, pgdata: &Path) -> Result<Self> {
        let named = named_by_operator();
        let folders = named.clone().map_or_else(candidates, |folder| vec![folder]);
        let found: Vec<(PathBuf, u32)> = folders
            .into_iter()
            .filter_map(|folder| major_version(&folder).map(|major| (folder, major)))
            .collect();
        if let Some(folder) = choose(&found, made_by) {
            return Ok(Self { folder });
        }
        match (named, made_by, found.first()) {
            (Some(folder), _, None) => {
                bail!(
                    "MAUNTIC_PG_BIN names {}, but there is no postgres and initdb in it",
                    folder.display()
                )
            }
            (_, Some(made_by), Some(_)) => bail!(
                "the cluster in {} was made by PostgreSQL {made_by}, but here is only {}. Install PostgreSQL \
                 {made_by} beside it ({}), or move the cluster to the new release with pg_upgrade",
                pgdata.display(),
                listed(&found),
                install_line(Some(made_by)),
            ),
            (_, None, Some(_)) => bail!(
                "PostgreSQL {OLDEST} or newer is needed, but here is only {}. {}",
                listed(&found),
                newer_release_hint(),
            ),
            (None, made_by, None) => bail!(
                "PostgreSQL {OLDEST} or newer is needed and was not found. Install it with\n\n    {}\n\nor give \
                 DATABASE_URL to use a server that already runs, or MAUNTIC_PG_BIN to name the folder of its programs",
                install_line(made_by),
            ),
        }
    }

    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

fn choose(found: &[(PathBuf, u32)], made_by: Option<u32>) -> Option<PathBuf> {
    found
        .iter()
        .find(|(_, major)| made_by.map_or(*major >= OLDEST, |made_by| *major == made_by))
        .map(|(folder, _)| folder.clone())
}

fn listed(found: &[(PathBuf, u32)]) -> String {
    let all: Vec<String> = found
        .iter()
        .map(|(folder, major)| format!("PostgreSQL {major} in {}", folder.display()))
        .collect();
    all.join(", ")
}

#[expect(
    clippy::disallowed_methods,
    reason = "where a tool lies is a fact of the machine, like PATH, not configuration"
)]
fn named_by_operator() -> Option<PathBuf> {
    std::env::var_os("MAUNTIC_PG_BIN")
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
}

/// In order of trust: what the machine says it uses, then where packages put it, newest first.
fn candidates() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = pg_config_folder().into_iter().collect();
    folders.extend(newest_first("/usr/lib/postgresql", "", "/bin"));
    folders.extend(newest_first("/usr", "pgsql-", "/bin"));
    for homebrew in [
        "/opt/homebrew/opt",
        "/usr/local/opt",
        "/home/linuxbrew/.linuxbrew/opt",
    ] {
        folders.extend(newest_first(homebrew, "postgresql@", "/bin"));
    }
    folders.extend(["/usr/local/pgsql/bin", "/usr/local/bin", "/usr/bin"].map(PathBuf::from));
    let mut seen = Vec::new();
    folders.retain(|folder| {
        let real = folder.canonicalize().unwrap_or_else(|_| folder.clone());
        !seen.contains(&real) && {
            seen.push(real);
            true
        }
    });
    folders
}

fn pg_config_folder() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").output().ok()?;
    let folder = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| PathBuf::from(folder.trim()))
}

/// `<parent>/<prefix><number><suffix>` for every number there is.
fn newest_first(parent: &str, prefix: &str, suffix: &str) -> Vec<PathBuf> {
    let mut majors: Vec<u32> = std::fs::read_dir(parent)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.strip_prefix(prefix)?.parse().ok())
        .collect();
    majors.sort_unstable_by(|a, b| b.cmp(a));
    majors
        .into_iter()
        .map(|major| PathBuf::from(format!("{parent}/{prefix}{major}{suffix}")))
        .collect()
}

/// The release in a folder, if both programs that a cluster needs are there.
fn major_version(folder: &Path) -> Option<u32> {
    if !folder.join("initdb").is_file() {
        return None;
    }
    let output = Command::new(folder.join("postgres"))
        .arg("--version")
        .output()
        .ok()?;
    parse_version(&String::from_utf8(output.stdout).ok()?)
}

/// `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`, `postgres (PostgreSQL) 18beta1`.
fn parse_version(line: &str) -> Option<u32> {
    let number = line.split_once("(PostgreSQL) ")?.1;
    let digits: String = number.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

fn install_line(major: Option<u32>) -> String {
    let system = if cfg!(target_os = "macos") {
        "macos".to_owned()
    } else {
        system_family()
    };
    let sudo = if Uid::effective().is_root() { "" } else { "sudo " };
    install_line_for(&system, sudo, major)
}

fn install_line_for(system: &str, sudo: &str, major: Option<u32>) -> String {
    let numbered =
        |default: &str| major.map_or_else(|| default.to_owned(), |major| format!("postgresql-{major}"));
    match system {
        "debian" => format!("{sudo}apt-get install {}", numbered("postgresql")),
        "fedora" => format!("{sudo}dnf install postgresql-server"),
        "arch" => format!("{sudo}pacman -S postgresql"),
        "alpine" => format!(
            "{sudo}apk add {}",
            major.map_or("postgresql17".to_owned(), |m| format!("postgresql{m}"))
        ),
        "suse" => format!("{sudo}zypper install postgresql-server"),
        "macos" => format!("brew install postgresql@{}", major.unwrap_or(17)),
        _ => "(the package of the PostgreSQL server for this system)".to_owned(),
    }
}

fn newer_release_hint() -> String {
    let line =
        "Newer releases come from PostgreSQL's own package sources, https://www.postgresql.org/download/";
    match system_family().as_str() {
        // Debian 11 and Ubuntu 22.04 are too old by themselves; their package brings the script.
        "debian" => format!(
            "{line} (after `apt-get install postgresql-common`: /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh)"
        ),
        _ => line.to_owned(),
    }
}

/// The family that a Linux distribution says it belongs to.
fn system_family() -> String {
    family_in(&std::fs::read_to_string("/etc/os-release").unwrap_or_default())
}

fn family_in(os_release: &str) -> String {
    let names: Vec<&str> = os_release
        .lines()
        .filter_map(|line| line.strip_prefix("ID=").or_else(|| line.strip_prefix("ID_LIKE=")))
        .flat_map(|value| value.trim_matches('"').split(' '))
        .collect();
    let family = [
        ("debian", "debian"),
        ("ubuntu", "debian"),
        ("fedora", "fedora"),
        ("rhel", "fedora"),
        ("arch", "arch"),
        ("alpine", "alpine"),
        ("suse", "suse"),
        ("opensuse", "suse"),
    ];
    let known = family.iter().find(|(id, _)| names.contains(id));
    known.map_or_else(String::new, |(_, family)| (*family).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_read_from_what_postgres_prints() {
        assert_eq!(
            parse_version("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"),
            Some(15)
        );
        assert_eq!(parse_version("postgres (PostgreSQL) 18beta1\n"), Some(18));
        assert_eq!(parse_version("something else"), None);
    }

    #[test]
    fn an_existing_cluster_gets_the_release_that_made_it() {
        let found = [(PathBuf::from("/pg/17"), 17), (PathBuf::from("/pg/15"), 15)];
        assert_eq!(choose(&found, Some(15)), Some(PathBuf::from("/pg/15")));
        assert_eq!(choose(&found, Some(16)), None);
    }

    #[test]
    fn a_new_cluster_gets_the_first_release_that_is_new_enough() {
        let found = [(PathBuf::from("/pg/14"), 14), (PathBuf::from("/pg/16"), 16)];
        assert_eq!(choose(&found, None), Some(PathBuf::from("/pg/16")));
        assert_eq!(choose(&found[..1], None), None);
    }

    #[test]
    fn the_install_line_fits_the_system() {
        let ubuntu = "NAME=\"Ubuntu\"\nID=ubuntu\nID_LIKE=debian\n";
        assert_eq!(
            install_line_for(&family_in(ubuntu), "sudo ", None),
            "sudo apt-get install postgresql"
        );
        let debian = "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\n";
        assert_eq!(
            install_line_for(&family_in(debian), "", Some(15)),
            "apt-get install postgresql-15"
        );
        let rocky = "ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n";
        assert_eq!(
            install_line_for(&family_in(rocky), "", None),
            "dnf install postgresql-server"
        );
        assert_eq!(
            install_line_for("macos", "sudo ", None),
            "brew install postgresql@17"
        );
    }
}
