//! The private PostgreSQL cluster that `mauntic up` runs when it is given no `DATABASE_URL`.
//!
//! One data folder holds one cluster: made on the first start, adopted when a killed program left it
//! running, stopped with the program. It listens on a Unix socket only, so two instances on one
//! machine cannot clash and nothing is open to the network.
//!
//! Invariant: this module starts and stops servers. It knows no table, and its only SQL makes the role
//! and the database of a new cluster.

mod account;
mod binaries;
mod home;
mod initialise;
mod keeper;
mod lock;
mod postmaster;
mod tuning;

use std::path::Path;

use anyhow::Result;

use self::{
    account::Account, binaries::Binaries, home::Home, keeper::Keeper, lock::FolderLock, postmaster::Server,
};

/// A private cluster that accepts connections.
///
/// Dropping it without [`Cluster::stop`] asks the server to stop but does not wait for it.
#[derive(Debug)]
pub struct Cluster {
    url: String,
    admin_url: String,
    /// Absent when another process on the same folder runs the server.
    keeper: Option<Keeper>,
    /// Held as long as this process is the one that runs the server. Last, so that a next start finds
    /// the folder free only when the rest is gone.
    _lock: Option<FolderLock>,
}

impl Cluster {
    /// Makes the cluster in `data_dir` if there is none, and has it running when this returns.
    ///
    /// Fails when another process runs on the same folder: two programs would each stop the server
    /// under the other.
    pub async fn start(data_dir: &Path) -> Result<Self> {
        let data_dir = home::prepare(data_dir)?;
        let lock = FolderLock::take(&data_dir)?.map_err(|holder| holder.into_error(&data_dir))?;
        Self::run(&data_dir, lock).await
    }

    /// As [`Cluster::start`], but joins the server of a `mauntic up` that already runs on the folder:
    /// for commands that are given beside it.
    pub async fn join_or_start(data_dir: &Path) -> Result<Self> {
        let data_dir = home::prepare(data_dir)?;
        match FolderLock::take(&data_dir)? {
            Ok(lock) => Self::run(&data_dir, lock).await,
            Err(_holder) => Self::join(&data_dir).await,
        }
    }

    async fn run(data_dir: &Path, lock: FolderLock) -> Result<Self> {
        let home = Home::locate(data_dir)?;
        let account = Account::for_home(&home)?;
        let binaries = Binaries::find(home.made_by()?, &home.pgdata)?;
        let home = if home.exists() {
            home
        } else {
            initialise::initialise(&home, &binaries, &account).await?
        };
        tuning::write(&home, &account)?;
        let server = Server::new(&home, binaries, account);
        let keeper = Keeper::start(server).await?;
        Ok(Self {
            url: home.url()?,
            admin_url: home.admin_url()?,
            keeper: Some(keeper),
            _lock: Some(lock),
        })
    }

    async fn join(data_dir: &Path) -> Result<Self> {
        let home = postmaster::wait_for_the_other_process(data_dir).await?;
        Ok(Self {
            url: home.url()?,
            admin_url: home.admin_url()?,
            keeper: None,
            _lock: None,
        })
    }

    /// Where the program connects: the role `mauntic`, which owns the database `mauntic` and may make
    /// roles, but is no superuser, so that a flaw in a query is not a way to the machine.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The superuser's address, for backups and for an operator's `psql`.
    #[must_use]
    pub fn admin_url(&self) -> &str {
        &self.admin_url
    }

    /// Ends the server and waits for it: open connections are cut, everything committed is on disk.
    /// Does nothing when another process runs the server.
    pub async fn stop(mut self) -> Result<()> {
        match self.keeper.take() {
            Some(keeper) => keeper.stop().await,
            None => Ok(()),
        }
    }
}
