use std::sync::Arc;

use kernel::Clock;
use platform::{
    Config, Db, Deps, Secrets,
    egress::{Egress, Reach},
};

/// What the use cases of accounts, domains, suppressions and messages work with.
#[derive(Clone, Debug)]
pub struct SettingsDeps {
    /// The database.
    pub db: Db,
    /// Seals passwords and keys.
    pub secrets: Secrets,
    /// The clock that requests are signed by.
    pub clock: Arc<dyn Clock>,
    /// The way to providers that are reached over HTTP.
    pub egress: Egress,
    /// Where mail servers may be.
    pub reach: Reach,
    /// What we call ourselves in `EHLO`.
    pub ehlo_name: String,
    /// Where people and providers reach us, without a slash at the end.
    pub base_url: String,
}

impl SettingsDeps {
    /// From what the program gives every context.
    #[must_use]
    pub fn new(deps: &Deps) -> Self {
        Self {
            db: deps.db.clone(),
            secrets: deps.secrets.clone(),
            clock: deps.clock.clone(),
            egress: deps.egress.clone(),
            reach: reach(&deps.config),
            ehlo_name: ehlo_name(&deps.config),
            base_url: deps.config.base_url().trim_end_matches('/').to_owned(),
        }
    }
}

/// Where mail servers may be.
#[must_use]
pub fn reach(config: &Config) -> Reach {
    if config.egress.allow_private_networks {
        Reach::Anywhere
    } else {
        Reach::Public
    }
}

/// The host that people reach us by.
#[must_use]
pub fn ehlo_name(config: &Config) -> String {
    let url = config.base_url();
    let host = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
    host.split([':', '/']).next().unwrap_or("localhost").to_owned()
}
