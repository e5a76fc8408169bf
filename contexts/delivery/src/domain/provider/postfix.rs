//! A Postfix server of one's own, and its log.

use serde::{Deserialize, Serialize};

use super::{InvalidConfig, SmtpConfig, Traits};

/// SMTP knows no keys. But the server's log says what it took, so an account that names one can be asked by
/// our id; one that names none is held to be any mail server.
pub(super) const TRAITS: Traits = Traits {
    messages_per_second: None,
    concurrency: 10,
    idempotency_ttl: None,
    lookup_by_id: true,
    ambiguous_statuses: &[],
};

/// What is known of a Postfix server, but for the password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostfixConfig {
    /// Where and how it takes mail.
    #[serde(flatten)]
    pub server: SmtpConfig,
    /// The file that it logs to, on the machines that run Mauntic; may be empty.
    #[serde(default)]
    pub log_path: String,
}

impl PostfixConfig {
    /// All that is wrong with it.
    #[must_use]
    pub fn faults(&self) -> Vec<InvalidConfig> {
        let mut faults = self.server.faults();
        if !is_log_path(&self.log_path) {
            faults.push(InvalidConfig::LogPath);
        }
        faults
    }
}

/// Nothing, or the whole path of a file.
fn is_log_path(text: &str) -> bool {
    text.is_empty()
        || (text.len() <= 255
            && text.starts_with('/')
            && !text.ends_with('/')
            && !text.chars().any(char::is_control)
            && !text.split('/').any(|part| matches!(part, "." | "..")))
}

#[cfg(test)]
mod tests {
    use super::{InvalidConfig, PostfixConfig};
    use crate::domain::provider::{ProviderConfig, Security, SmtpConfig};

    fn config(log_path: &str) -> PostfixConfig {
        PostfixConfig {
            server: SmtpConfig {
                host: "127.0.0.1".to_owned(),
                port: 587,
                security: Security::None,
                username: String::new(),
                trusted_certificates: String::new(),
                max_connections: 10,
                messages_per_connection: 1000,
                messages_per_second: None,
            },
            log_path: log_path.to_owned(),
        }
    }

    #[test]
    fn a_log_is_named_by_its_whole_path_or_not_at_all() {
        for fine in ["", "/var/log/mail.log", "/var/log/postfix/2026.log"] {
            assert_eq!(config(fine).faults(), [], "{fine}");
        }
        for bad in [
            "mail.log",
            "/var/log/",
            "/var/log/../../etc/shadow",
            "/var/log/a\nb",
        ] {
            assert_eq!(config(bad).faults(), [InvalidConfig::LogPath], "{bad}");
        }
    }

    #[test]
    fn the_server_and_its_log_are_stored_side_by_side() {
        let config = ProviderConfig::from(config("/var/log/mail.log"));
        let stored = serde_json::to_value(&config).expect("it is JSON");
        assert_eq!(
            (&stored["kind"], &stored["host"], &stored["log_path"]),
            (
                &"postfix".into(),
                &"127.0.0.1".into(),
                &"/var/log/mail.log".into()
            )
        );
        assert_eq!(
            serde_json::from_value::<ProviderConfig>(stored).ok(),
            Some(config)
        );
    }
}
