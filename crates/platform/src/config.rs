//! Configuration: flags over environment over file over defaults, each value with its origin.
//!
//! Environment names are `MAUNTIC__SECTION__KEY`; `DATABASE_URL`, `PORT`, `BASE_URL` and
//! `SECRET_KEY` are understood bare, and any of these with `_FILE` behind names a file that holds
//! the value.

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};

use figment::{
    Figment, Metadata, Profile, Provider,
    providers::{Format, Serialized, Toml},
    value::{Dict, Map, Value},
};
use serde::{Deserialize, Serialize};

/// All settings of the installation.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where the database is. Without one, a private PostgreSQL is run in the data folder.
    pub database_url: Option<String>,
    /// Holds the private database, uploaded files and the secret key.
    pub data_dir: PathBuf,
    /// At least 32 characters. Without one, a random key is made in the data folder.
    pub secret_key: Option<String>,
    /// Where people reach the program, for links in mails: `https://mauntic.example.com`.
    pub base_url: Option<String>,
    /// The web server.
    pub web: WebConfig,
    /// The database connections.
    pub database: DatabaseConfig,
    /// Logs.
    pub log: LogConfig,
    /// Metrics.
    pub metrics: MetricsConfig,
    /// Sending.
    pub delivery: DeliveryConfig,
    /// What people do.
    pub events: EventsConfig,
    /// The way out over HTTP.
    pub egress: EgressConfig,
}

/// The web server.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WebConfig {
    /// The address to listen on.
    pub host: IpAddr,
    /// The port to listen on; 0 takes a free one.
    pub port: u16,
    /// Whether `X-Forwarded-For` and `-Proto` of the peer are believed: only behind a proxy.
    pub trust_proxy: bool,
    /// How many requests a minute one key of the API may make of one process; 0 sets no limit.
    pub api_requests_per_minute: u32,
}

/// The database connections.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DatabaseConfig {
    /// Most connections that serve requests.
    pub serve_connections: u32,
    /// Most connections of engines, jobs and subscribers.
    pub work_connections: u32,
}

/// Logs.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogConfig {
    /// How lines look.
    pub format: LogFormat,
    /// `info`, or directives such as `info,delivery=debug`.
    pub level: String,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    Pretty,
    /// One JSON object a line.
    Json,
}

/// Metrics.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MetricsConfig {
    /// Where `/metrics` is served; `None` serves none.
    pub listen: Option<SocketAddr>,
}

/// Sending.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DeliveryConfig {
    /// Most SMTP sessions of one provider and process.
    pub sessions: usize,
    /// Messages that one claim takes.
    pub claim: i64,
    /// Seconds that an engine may go without renewing its lease before others take over its messages.
    /// A living engine renews it all the time, so it need not cover the time-outs of the protocol.
    pub lease_seconds: i64,
    /// Seconds to wait for the reply after the final dot (RFC 5321 section 4.5.3.2.6 asks for 600).
    pub final_reply_seconds: u64,
    /// Whether a campaign may only be sent for real from a domain that DNS has shown to be signed for.
    pub require_verified_domains: bool,
    /// Whether DNS is asked about sending domains. Without it none is ever verified.
    pub look_up_domains: bool,
    /// Servers to ask, such as `192.0.2.53:53`; none means those of the system.
    pub dns_servers: Vec<SocketAddr>,
    /// Whether organisations' own hosts for links are reached by http; only for closed networks.
    pub tracking_over_http: bool,
}

/// What people do.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EventsConfig {
    /// Months that events and the audit of contacts are kept; at least one.
    pub keep_months: u16,
}

/// The way out over HTTP and SMTP.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EgressConfig {
    /// Whether addresses that people type in may lead into private networks.
    pub allow_private_networks: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            database_url: None,
            data_dir: PathBuf::from("./data"),
            secret_key: None,
            base_url: None,
            web: WebConfig::default(),
            database: DatabaseConfig::default(),
            log: LogConfig::default(),
            metrics: MetricsConfig::default(),
            delivery: DeliveryConfig::default(),
            events: EventsConfig::default(),
            egress: EgressConfig::default(),
        }
    }
}

impl Default for WebConfig {
    fn default() -> Self {
        Self {
            host: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 8080,
            trust_proxy: false,
            api_requests_per_minute: 6000,
        }
    }
}
impl Default for DatabaseConfig {
    fn default() -> Self {
        Self {
            serve_connections: 16,
            work_connections: 24,
        }
    }
}
impl Default for LogConfig {
    fn default() -> Self {
        Self {
            format: LogFormat::Pretty,
            level: "info".to_owned(),
        }
    }
}
impl Default for MetricsConfig {
    fn default() -> Self {
        Self {
            listen: Some(SocketAddr::from((Ipv4Addr::LOCALHOST, 9464))),
        }
    }
}
impl Default for EventsConfig {
    fn default() -> Self {
        Self { keep_months: 36 }
    }
}
impl Default for DeliveryConfig {
    fn default() -> Self {
        Self {
            sessions: 10,
            claim: 500,
            lease_seconds: 30,
            final_reply_seconds: 600,
            require_verified_domains: true,
            look_up_domains: true,
            dns_servers: Vec::new(),
            tracking_over_http: false,
        }
    }
}

/// The configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A value has the wrong form, or a name is unknown.
    #[error("{0}")]
    Figment(Box<figment::Error>),
    /// A file named by a `_FILE` variable cannot be read.
    #[error("{name} names {path}, which cannot be read: {error}")]
    File {
        /// The variable.
        name: String,
        /// The file.
        path: String,
        /// Why not.
        error: std::io::Error,
    },
    /// The secret key is too short, or one that is printed somewhere.
    #[error("SECRET_KEY must hold at least 32 characters and be your own")]
    WeakSecret,
    /// Not an http(s) address.
    #[error("BASE_URL must begin with http:// or https://")]
    BaseUrl,
}

impl From<figment::Error> for ConfigError {
    fn from(error: figment::Error) -> Self {
        Self::Figment(Box::new(error))
    }
}

/// One effective value with where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EffectiveValue {
    /// `web.port`
    pub key: String,
    /// The value; secrets are masked.
    pub value: String,
    /// `default`, a file, `environment` or `flags`.
    pub origin: String,
}

impl Config {
    /// Reads all sources. `flags` are the values given on the command line, by dotted key.
    pub fn load(
        file: &Path,
        environment: impl IntoIterator<Item = (String, String)>,
        flags: BTreeMap<String, String>,
    ) -> Result<(Self, Vec<EffectiveValue>), ConfigError> {
        let figment = Figment::from(Serialized::defaults(Config::default()))
            .merge(Toml::file(file))
            .merge(Pairs {
                name: "environment",
                pairs: from_environment(environment)?,
            })
            .merge(Pairs {
                name: "flags",
                pairs: flags,
            });
        let config: Config = figment.extract()?;
        config.check()?;
        let values = effective(&figment);
        Ok((config, values))
    }

    fn check(&self) -> Result<(), ConfigError> {
        const PRINTED: [&str; 3] = ["changeme", "secret", "mauntic"];
        if let Some(key) = &self.secret_key {
            let plain = key.to_ascii_lowercase();
            if key.len() < 32 || PRINTED.iter().any(|p| plain.replace(p, "").len() < 8) {
                return Err(ConfigError::WeakSecret);
            }
        }
        match self.base_url.as_deref() {
            Some(url) if !url.starts_with("http://") && !url.starts_with("https://") => {
                Err(ConfigError::BaseUrl)
            }
            _ => Ok(()),
        }
    }

    /// Where people reach the program, without a slash at the end.
    #[must_use]
    pub fn base_url(&self) -> String {
        match &self.base_url {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => format!("http://localhost:{}", self.web.port),
        }
    }

    /// Whether people come by https, so that cookies are marked for it.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.base_url().starts_with("https://")
    }
}

/// Dotted keys with values, as one source of figment.
struct Pairs {
    name: &'static str,
    pairs: BTreeMap<String, String>,
}

impl Provider for Pairs {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.name)
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        let mut root = Dict::new();
        for (key, text) in &self.pairs {
            // Numbers and booleans are recognised; anything else is text.
            let value: Value = text.parse().unwrap_or_else(|_| Value::from(text.as_str()));
            let path: Vec<&str> = key.split('.').collect();
            insert(&mut root, &path, value);
        }
        Ok(Map::from([(Profile::Default, root)]))
    }
}

fn insert(dict: &mut Dict, path: &[&str], value: Value) {
    let Some((first, rest)) = path.split_first() else {
        return;
    };
    if rest.is_empty() {
        dict.insert((*first).to_owned(), value);
        return;
    }
    let entry = dict
        .entry((*first).to_owned())
        .or_insert_with(|| Value::from(Dict::new()));
    if let Value::Dict(_, inner) = entry {
        insert(inner, rest, value);
    }
}

fn from_environment(
    environment: impl IntoIterator<Item = (String, String)>,
) -> Result<BTreeMap<String, String>, ConfigError> {
    let mut pairs = BTreeMap::new();
    for (name, value) in environment {
        let (plain, from_file) = match name.strip_suffix("_FILE") {
            Some(plain) => (plain, true),
            None => (name.as_str(), false),
        };
        let Some(key) = config_key(plain) else { continue };
        let value = if from_file {
            std::fs::read_to_string(&value)
                .map(|text| text.trim().to_owned())
                .map_err(|error| ConfigError::File {
                    name: name.clone(),
                    path: value,
                    error,
                })?
        } else {
            value
        };
        pairs.insert(key, value);
    }
    Ok(pairs)
}

fn config_key(name: &str) -> Option<String> {
    match name {
        "DATABASE_URL" => Some("database_url".to_owned()),
        "PORT" => Some("web.port".to_owned()),
        "BASE_URL" => Some("base_url".to_owned()),
        "SECRET_KEY" => Some("secret_key".to_owned()),
        _ => Some(
            name.strip_prefix("MAUNTIC__")?
                .to_ascii_lowercase()
                .replace("__", "."),
        ),
    }
}

fn effective(figment: &Figment) -> Vec<EffectiveValue> {
    let Ok(value) = figment.extract::<Value>() else {
        return Vec::new();
    };
    let mut leaves = Vec::new();
    collect("", &value, &mut leaves);
    leaves
        .into_iter()
        .map(|(key, value)| {
            let origin = figment
                .find_metadata(&key)
                .map_or("default".to_owned(), |metadata| {
                    match (&metadata.source, metadata.name.as_ref()) {
                        (Some(source), _) if source.file_path().is_some() => source.to_string(),
                        (_, "environment") => "environment".to_owned(),
                        (_, "flags") => "flags".to_owned(),
                        _ => "default".to_owned(),
                    }
                });
            EffectiveValue {
                value: mask(&key, value),
                key,
                origin,
            }
        })
        .collect()
}

fn collect(prefix: &str, value: &Value, leaves: &mut Vec<(String, String)>) {
    match value {
        Value::Dict(_, dict) => {
            for (name, inner) in dict {
                let key = if prefix.is_empty() {
                    name.clone()
                } else {
                    format!("{prefix}.{name}")
                };
                collect(&key, inner, leaves);
            }
        }
        Value::String(_, text) => leaves.push((prefix.to_owned(), text.clone())),
        Value::Bool(_, flag) => leaves.push((prefix.to_owned(), flag.to_string())),
        Value::Num(_, number) => {
            let text = number
                .to_u128()
                .map(|n| n.to_string())
                .or_else(|| number.to_i128().map(|n| n.to_string()))
                .or_else(|| number.to_f64().map(|n| n.to_string()));
            leaves.push((prefix.to_owned(), text.unwrap_or_default()));
        }
        _ => leaves.push((prefix.to_owned(), String::new())),
    }
}

fn mask(key: &str, value: String) -> String {
    match key {
        "secret_key" if !value.is_empty() => "••••••••".to_owned(),
        "database_url" => match (value.find("://"), value.rfind('@')) {
            (Some(scheme), Some(at)) if at > scheme => {
                format!("{}••••••••{}", &value[..scheme + 3], &value[at..])
            }
            _ => value,
        },
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, path::Path};

    use super::{Config, ConfigError};

    fn load(
        env: &[(&str, &str)],
        flags: &[(&str, &str)],
    ) -> Result<(Config, Vec<super::EffectiveValue>), ConfigError> {
        let own = |(k, v): &(&str, &str)| ((*k).to_owned(), (*v).to_owned());
        Config::load(
            Path::new("/nonexistent.toml"),
            env.iter().map(own).collect::<Vec<_>>(),
            flags.iter().map(own).collect::<BTreeMap<_, _>>(),
        )
    }

    #[test]
    fn flags_win_over_the_environment_and_that_over_defaults() {
        let (config, values) = load(
            &[("PORT", "9000"), ("MAUNTIC__LOG__FORMAT", "json")],
            &[("web.port", "9001")],
        )
        .expect("valid");
        assert_eq!(config.web.port, 9001);
        let of = |key: &str| values.iter().find(|v| v.key == key).map(|v| v.origin.clone());
        assert_eq!(of("web.port").as_deref(), Some("flags"));
        assert_eq!(of("log.format").as_deref(), Some("environment"));
        assert_eq!(of("web.host").as_deref(), Some("default"));
    }

    #[test]
    fn secrets_are_never_printed() {
        let secret = "0123456789abcdef0123456789abcdef";
        let (_, values) = load(
            &[
                ("SECRET_KEY", secret),
                ("DATABASE_URL", "postgres://u:hunter2@db/m"),
            ],
            &[],
        )
        .expect("valid");
        assert!(
            values
                .iter()
                .all(|v| !v.value.contains("hunter2") && !v.value.contains(secret))
        );
    }

    #[test]
    fn every_number_is_shown() {
        let (_, values) = load(&[("PORT", "8088")], &[]).expect("valid");
        let value = |key: &str| {
            let found = values.iter().find(|v| v.key == key);
            found.map(|v| v.value.clone()).unwrap_or_default()
        };
        assert_eq!(value("web.port"), "8088");
        assert_eq!(value("database.serve_connections"), "16");
        assert_ne!(value("delivery.lease_seconds"), "");
    }

    #[test]
    fn mistakes_are_named() {
        assert!(matches!(
            load(&[("SECRET_KEY", "short")], &[]),
            Err(ConfigError::WeakSecret)
        ));
        assert!(matches!(
            load(&[("BASE_URL", "example.com")], &[]),
            Err(ConfigError::BaseUrl)
        ));
        assert!(matches!(
            load(&[("MAUNTIC__WEB__PROT", "1")], &[]),
            Err(ConfigError::Figment(_))
        ));
        assert!(matches!(
            load(&[("SECRET_KEY_FILE", "/nonexistent")], &[]),
            Err(ConfigError::File { .. })
        ));
    }
}
