//! An account at a mail server.

use serde::{Deserialize, Serialize};

use super::{
    InvalidConfig, Traits,
    fault::{is_concurrency, is_rate, wrong},
};

/// How a connection is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Security {
    /// TLS from the first byte (port 465).
    Tls,
    /// `STARTTLS`, without which nothing is sent (port 587).
    StartTls,
    /// In clear: for a relay on the same machine or network.
    None,
}

impl Security {
    /// All of them, the best first.
    pub const ALL: [Security; 3] = [Security::Tls, Security::StartTls, Security::None];

    /// The word that is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Security::Tls => "tls",
            Security::StartTls => "start_tls",
            Security::None => "none",
        }
    }
}

impl std::str::FromStr for Security {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        Security::ALL.into_iter().find(|s| s.as_str() == text).ok_or(())
    }
}

/// SMTP knows no keys: a message that is handed over twice arrives twice.
pub(super) const TRAITS: Traits = Traits {
    messages_per_second: None,
    concurrency: 10,
    idempotency_ttl: None,
    lookup_by_id: false,
    ambiguous_statuses: &[],
};

/// What is known of an SMTP account, but for the password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SmtpConfig {
    /// Name or address of the server.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
    /// Empty: no signing in.
    #[serde(default)]
    pub username: String,
    /// Certificates in PEM that are trusted besides the public authorities; may be empty.
    #[serde(default)]
    pub trusted_certificates: String,
    /// Connections at the same time, by each engine.
    pub max_connections: u16,
    /// After so many messages a connection is closed and another one opened.
    pub messages_per_connection: u32,
    /// Messages per second at most, by all engines together.
    #[serde(default)]
    pub messages_per_second: Option<u32>,
}

impl SmtpConfig {
    /// All that is wrong with it.
    #[must_use]
    pub fn faults(&self) -> Vec<InvalidConfig> {
        let pem = self.trusted_certificates.trim();
        let checks = [
            (is_host(&self.host), InvalidConfig::Host),
            (self.port > 0, InvalidConfig::Port),
            (
                self.username.len() <= 255 && !self.username.chars().any(char::is_control),
                InvalidConfig::Username,
            ),
            (
                is_concurrency(self.max_connections),
                InvalidConfig::MaxConnections,
            ),
            (
                (1..=10_000).contains(&self.messages_per_connection),
                InvalidConfig::MessagesPerConnection,
            ),
            (
                is_rate(self.messages_per_second),
                InvalidConfig::MessagesPerSecond,
            ),
            (
                pem.is_empty() || (pem.len() <= 64 * 1024 && pem.contains("-----BEGIN CERTIFICATE-----")),
                InvalidConfig::TrustedCertificates,
            ),
        ];
        wrong(checks)
    }
}

/// Whether a text is a host name or an IP address.
pub fn is_host(host: &str) -> bool {
    if host.parse::<std::net::IpAddr>().is_ok() {
        return true;
    }
    host.len() <= 253
        && host.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        })
}

#[cfg(test)]
mod tests {
    use super::{InvalidConfig, Security, SmtpConfig};

    fn config(host: &str) -> SmtpConfig {
        SmtpConfig {
            host: host.to_owned(),
            port: 587,
            security: Security::StartTls,
            username: String::new(),
            trusted_certificates: String::new(),
            max_connections: 10,
            messages_per_connection: 1000,
            messages_per_second: None,
        }
    }

    #[test]
    fn hosts_are_names_or_addresses() {
        for fine in [
            "smtp.example.com",
            "localhost",
            "127.0.0.1",
            "::1",
            "mail_1.internal",
        ] {
            assert_eq!(config(fine).faults(), [], "{fine}");
        }
        for bad in [
            "",
            "a b",
            "smtp..example.com",
            "-x.example",
            "http://smtp.example.com",
            "a\r\nb",
            "x:25",
        ] {
            assert_eq!(config(bad).faults(), [InvalidConfig::Host], "{bad}");
        }
    }

    #[test]
    fn a_user_name_cannot_smuggle_a_line() {
        let config = SmtpConfig {
            username: "a\r\nQUIT".to_owned(),
            ..config("localhost")
        };
        assert_eq!(config.faults(), [InvalidConfig::Username]);
    }
}
