//! One program a data folder. The lock is the kernel's, so it ends with the process, however it ends.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{Read, Seek, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use anyhow::{Context, Result, anyhow};

/// The right to run the server of one data folder.
#[derive(Debug)]
pub(super) struct FolderLock(#[expect(dead_code, reason = "held, never read")] File);

/// The process that has the folder.
#[derive(Debug)]
pub(super) struct Holder {
    pid: String,
}

impl FolderLock {
    /// Takes the folder, or tells who has it.
    pub(super) fn take(data_dir: &Path) -> Result<Result<Self, Holder>> {
        let path = data_dir.join("postgres.lock");
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .mode(0o600)
            .open(&path)
            .with_context(|| format!("could not open {}", path.display()))?;
        match file.try_lock() {
            Ok(()) => {
                file.set_len(0)?;
                file.rewind()?;
                write!(file, "{}", std::process::id())?;
                Ok(Ok(Self(file)))
            }
            Err(TryLockError::WouldBlock) => {
                let mut pid = String::new();
                file.read_to_string(&mut pid)?;
                Ok(Err(Holder { pid }))
            }
            Err(TryLockError::Error(e)) => {
                Err(e).with_context(|| format!("could not lock {}", path.display()))
            }
        }
    }
}

impl Holder {
    pub(super) fn into_error(self, data_dir: &Path) -> anyhow::Error {
        anyhow!(
            "mauntic already runs on the data folder {} (process {}); stop it first, or choose another folder",
            data_dir.display(),
            self.pid
        )
    }
}
