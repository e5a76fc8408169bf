//! Accounts that mail is handed to.

use serde::{Deserialize, Serialize};

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

/// A field of [`SmtpConfig`] that cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSmtpConfig {
    /// Not a host name and not an IP address.
    #[error("the host is neither a name nor an IP address")]
    Host,
    /// Zero.
    #[error("the port must be between 1 and 65535")]
    Port,
    /// Control characters, or far too long.
    #[error("the user name cannot be sent")]
    Username,
    /// Out of range.
    #[error("connections must be between 1 and 50")]
    MaxConnections,
    /// Out of range.
    #[error("messages per connection must be between 1 and 10000")]
    MessagesPerConnection,
    /// Out of range.
    #[error("messages per second must be between 1 and 100000")]
    MessagesPerSecond,
    /// Not PEM.
    #[error("not a certificate in PEM")]
    TrustedCertificates,
}

impl SmtpConfig {
    /// All that is wrong with it.
    #[must_use]
    pub fn faults(&self) -> Vec<InvalidSmtpConfig> {
        let pem = self.trusted_certificates.trim();
        let checks = [
            (is_host(&self.host), InvalidSmtpConfig::Host),
            (self.port > 0, InvalidSmtpConfig::Port),
            (
                self.username.len() <= 255 && !self.username.chars().any(char::is_control),
                InvalidSmtpConfig::Username,
            ),
            (
                (1..=50).contains(&self.max_connections),
                InvalidSmtpConfig::MaxConnections,
            ),
            (
                (1..=10_000).contains(&self.messages_per_connection),
                InvalidSmtpConfig::MessagesPerConnection,
            ),
            (
                self.messages_per_second
                    .is_none_or(|n| (1..=100_000).contains(&n)),
                InvalidSmtpConfig::MessagesPerSecond,
            ),
            (
                pem.is_empty() || (pem.len() <= 64 * 1024 && pem.contains("-----BEGIN CERTIFICATE-----")),
                InvalidSmtpConfig::TrustedCertificates,
            ),
        ];
        checks
            .into_iter()
            .filter(|(fine, _)| !fine)
            .map(|(_, fault)| fault)
            .collect()
    }
}

fn is_host(host: &str) -> bool {
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
    use super::{InvalidSmtpConfig, Security, SmtpConfig};

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
            assert_eq!(config(bad).faults(), [InvalidSmtpConfig::Host], "{bad}");
        }
    }

    #[test]
    fn a_user_name_cannot_smuggle_a_line() {
        let config = SmtpConfig {
            username: "a\r\nQUIT".to_owned(),
            ..config("localhost")
        };
        assert_eq!(config.faults(), [InvalidSmtpConfig::Username]);
    }
}
