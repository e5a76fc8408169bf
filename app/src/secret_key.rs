//! The installation's secret: from the configuration, or made once and kept in the data folder.

use std::{fs, io::Write, os::unix::fs::OpenOptionsExt};

use anyhow::{Context, ensure};
use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use platform::{Config, Keys, keys::random};

const FILE: &str = "secret.key";

/// Reads the secret, or makes it.
pub fn load(config: &Config) -> anyhow::Result<Keys> {
    if let Some(secret) = &config.secret_key {
        return Ok(Keys::new(secret.as_bytes()));
    }
    let path = config.data_dir.join(FILE);
    fs::create_dir_all(&config.data_dir)?;
    let made = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path);
    match made {
        Ok(mut file) => {
            file.write_all(STANDARD_NO_PAD.encode(random::<32>()).as_bytes())?;
            file.sync_all()?;
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error).with_context(|| format!("{} cannot be made", path.display())),
    }
    let text = fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
    // Empty when the very first start was killed between making and writing it.
    ensure!(
        text.len() >= 32,
        "{} is damaged; restore it, or delete it if nothing was set up yet",
        path.display()
    );
    Ok(Keys::new(text.trim().as_bytes()))
}
