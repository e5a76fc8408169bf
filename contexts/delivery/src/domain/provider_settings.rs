//! What people may enter for an account, and what a change of it means for its password.

use super::{
    mail::has_control,
    provider::{InvalidSmtpConfig, SmtpConfig},
};

/// What people call an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderName(String);

impl ProviderName {
    /// The most characters.
    pub const LONGEST: usize = 100;

    /// Trims it.
    pub fn parse(text: &str) -> Result<Self, ProviderFault> {
        let name = text.trim();
        let fault = match name.chars().count() {
            0 => Some(ProviderFault::NameEmpty),
            n if n > Self::LONGEST => Some(ProviderFault::NameTooLong),
            _ if has_control(name) => Some(ProviderFault::NameControl),
            _ => None,
        };
        fault.map_or_else(|| Ok(Self(name.to_owned())), Err)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What becomes of the password when an account is saved.
#[derive(Clone, PartialEq, Eq)]
pub enum PasswordChange {
    /// The stored one stays, if there is one.
    Keep,
    /// There is none any more.
    Remove,
    /// This one.
    Replace(String),
}

impl std::fmt::Debug for PasswordChange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            PasswordChange::Keep => "Keep",
            PasswordChange::Remove => "Remove",
            PasswordChange::Replace(_) => "Replace(…)",
        })
    }
}

impl PasswordChange {
    /// More is no password.
    pub const LONGEST: usize = 1000;

    /// `AUTH PLAIN` cannot carry NUL, and a line break is a slip of copying.
    #[must_use]
    pub fn fault(&self) -> Option<ProviderFault> {
        match self {
            PasswordChange::Replace(text) if text.len() > Self::LONGEST || has_control(text) => {
                Some(ProviderFault::Password)
            }
            _ => None,
        }
    }
}

/// Something about an account that cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProviderFault {
    /// No name.
    #[error("the name is empty")]
    NameEmpty,
    /// Too many characters.
    #[error("the name is too long")]
    NameTooLong,
    /// Line breaks and the like.
    #[error("the name has control characters")]
    NameControl,
    /// Another account has it.
    #[error("another account has this name")]
    NameTaken,
    /// The server, the limits.
    #[error(transparent)]
    Smtp(#[from] InvalidSmtpConfig),
    /// The server is on the machine's own network.
    #[error("the host leads into a private network")]
    PrivateHost,
    /// It cannot be sent.
    #[error("the password cannot be sent")]
    Password,
    /// The stored one was given for another server or another way to it.
    #[error("the password has to be given again")]
    PasswordNeeded,
}

/// Whether the stored password may go where the new settings lead. It was entered for one account at
/// one server over one kind of connection; sent anywhere else it would be told to whoever listens
/// there, so that a person who may change settings could read what is never shown.
#[must_use]
pub fn keeps_password(before: &SmtpConfig, after: &SmtpConfig) -> bool {
    before.host.eq_ignore_ascii_case(&after.host)
        && before.port == after.port
        && before.security == after.security
        && before.username == after.username
        && before.trusted_certificates.trim() == after.trusted_certificates.trim()
}

#[cfg(test)]
mod tests {
    use super::{PasswordChange, ProviderFault, ProviderName, keeps_password};
    use crate::domain::provider::{Security, SmtpConfig};

    fn config() -> SmtpConfig {
        SmtpConfig {
            host: "smtp.example.com".to_owned(),
            port: 587,
            security: Security::StartTls,
            username: "ann".to_owned(),
            trusted_certificates: String::new(),
            max_connections: 10,
            messages_per_connection: 1000,
            messages_per_second: None,
        }
    }

    #[test]
    fn a_stored_password_goes_nowhere_but_where_it_was_entered_for() {
        let before = config();
        assert!(keeps_password(
            &before,
            &SmtpConfig {
                host: "SMTP.example.com".to_owned(),
                ..config()
            }
        ));
        assert!(keeps_password(
            &before,
            &SmtpConfig {
                max_connections: 2,
                ..config()
            }
        ));
        for elsewhere in [
            SmtpConfig {
                host: "smtp.evil.example".to_owned(),
                ..config()
            },
            SmtpConfig {
                port: 2525,
                ..config()
            },
            SmtpConfig {
                security: Security::None,
                ..config()
            },
            SmtpConfig {
                username: "bob".to_owned(),
                ..config()
            },
            SmtpConfig {
                trusted_certificates: "-----BEGIN CERTIFICATE-----".to_owned(),
                ..config()
            },
        ] {
            assert!(!keeps_password(&before, &elsewhere), "{elsewhere:?}");
        }
    }

    #[test]
    fn names_are_trimmed_and_bounded() {
        assert_eq!(
            ProviderName::parse("  Relay ").map(|n| n.as_str().to_owned()),
            Ok("Relay".to_owned())
        );
        assert_eq!(ProviderName::parse(" "), Err(ProviderFault::NameEmpty));
        assert_eq!(ProviderName::parse("a\nb"), Err(ProviderFault::NameControl));
        assert_eq!(
            ProviderName::parse(&"é".repeat(101)),
            Err(ProviderFault::NameTooLong)
        );
        assert!(ProviderName::parse(&"é".repeat(100)).is_ok());
    }

    #[test]
    fn a_password_never_shows_itself_in_a_log() {
        let change = PasswordChange::Replace("hunter2".to_owned());
        assert!(!format!("{change:?}").contains("hunter2"));
        assert_eq!(change.fault(), None);
        assert_eq!(
            PasswordChange::Replace("a\0b".to_owned()).fault(),
            Some(ProviderFault::Password)
        );
    }
}
