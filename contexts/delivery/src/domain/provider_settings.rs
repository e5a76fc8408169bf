//! What people may enter for an account, and what a change of it means for its secret.

use super::{
    mail::has_control,
    provider::{ApnsKey, InvalidConfig, ProviderConfig, ProviderKind, ServiceAccount},
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

/// What becomes of the secret when an account is saved: the password of a mail server, the key of an
/// API.
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

    /// `AUTH PLAIN` cannot carry NUL, a header of HTTP nothing but ASCII, and a line break is a slip of
    /// copying.
    #[must_use]
    pub fn fault(&self, kind: ProviderKind) -> Option<ProviderFault> {
        let PasswordChange::Replace(text) = self else {
            return None;
        };
        match kind {
            ProviderKind::Fcm => {
                return ServiceAccount::parse(text)
                    .is_none()
                    .then_some(ProviderFault::Password);
            }
            ProviderKind::Apns => return ApnsKey::parse(text).is_none().then_some(ProviderFault::Password),
            _ => {}
        }
        let is_key = text.bytes().all(|b| b.is_ascii_graphic());
        let unfit = text.len() > Self::LONGEST || has_control(text) || (kind.needs_secret() && !is_key);
        unfit.then_some(ProviderFault::Password)
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
    Config(#[from] InvalidConfig),
    /// The log of a mail server is a file of this machine.
    #[error("only whoever runs the installation can have a log read")]
    PrivateLog,
    /// The server is on the machine's own network.
    #[error("the host leads into a private network")]
    PrivateHost,
    /// The address in place of the provider's is on the machine's own network, or at a port where no
    /// web server is.
    #[error("the address leads into a private network or to a port that is not allowed")]
    PrivateBaseUrl,
    /// The key would travel in clear over the public internet.
    #[error("the address must begin with https://")]
    UnencryptedBaseUrl,
    /// Another kind of account stays what it is.
    #[error("an account cannot become one of another kind")]
    Kind,
    /// Nothing can be sent without it.
    #[error("the key is missing")]
    SecretMissing,
    /// It cannot be sent.
    #[error("the password cannot be sent")]
    Password,
    /// The stored one was given for another server or another way to it.
    #[error("the password has to be given again")]
    PasswordNeeded,
}

/// Whether the stored secret may go where the new settings lead. It was entered for one account at
/// one server over one kind of connection; sent anywhere else it would be told to whoever listens
/// there, so that a person who may change settings could read what is never shown.
#[must_use]
pub fn keeps_secret(before: &ProviderConfig, after: &ProviderConfig) -> bool {
    match (before, after) {
        (ProviderConfig::Smtp(before), ProviderConfig::Smtp(after)) => {
            before.host.eq_ignore_ascii_case(&after.host)
                && before.port == after.port
                && before.security == after.security
                && before.username == after.username
                && before.trusted_certificates.trim() == after.trusted_certificates.trim()
        }
        (ProviderConfig::Ses(before), ProviderConfig::Ses(after)) => {
            before.base() == after.base() && before.access_key_id == after.access_key_id
        }
        (ProviderConfig::SendGrid(before), ProviderConfig::SendGrid(after)) => before.base() == after.base(),
        (ProviderConfig::Mailgun(before), ProviderConfig::Mailgun(after)) => before.base() == after.base(),
        (ProviderConfig::Twilio(before), ProviderConfig::Twilio(after)) => {
            before.base() == after.base()
                && before.account_sid == after.account_sid
                && before.api_key_sid == after.api_key_sid
        }
        (ProviderConfig::Plivo(before), ProviderConfig::Plivo(after)) => {
            before.base() == after.base() && before.auth_id == after.auth_id
        }
        (ProviderConfig::Vonage(before), ProviderConfig::Vonage(after)) => {
            before.base() == after.base() && before.api_key_id == after.api_key_id
        }
        (ProviderConfig::Telnyx(before), ProviderConfig::Telnyx(after)) => before.base() == after.base(),
        (ProviderConfig::Fcm(before), ProviderConfig::Fcm(after)) => before.base() == after.base(),
        // The key stays here and signs; both environments are Apple's.
        (ProviderConfig::Apns(before), ProviderConfig::Apns(after)) => {
            (&before.base_url, &before.key_id, &before.team_id)
                == (&after.base_url, &after.key_id, &after.team_id)
        }
        (ProviderConfig::Postfix(before), ProviderConfig::Postfix(after)) => {
            let (before, after) = (before.server.clone(), after.server.clone());
            keeps_secret(&before.into(), &after.into())
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{PasswordChange, ProviderFault, ProviderName, keeps_secret};
    use crate::domain::provider::{
        MailgunConfig, MailgunRegion, ProviderConfig, ProviderKind, Security, SesConfig, SmtpConfig,
    };

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
        let keeps = |after: SmtpConfig| keeps_secret(&config().into(), &after.into());
        assert!(keeps(SmtpConfig {
            host: "SMTP.example.com".to_owned(),
            ..config()
        }));
        assert!(keeps(SmtpConfig {
            max_connections: 2,
            ..config()
        }));
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
            assert!(!keeps(elsewhere.clone()), "{elsewhere:?}");
        }
    }

    #[test]
    fn a_stored_key_goes_to_no_other_address_and_belongs_to_one_name() {
        let ses = |base_url: &str, access_key_id: &str, set: &str| {
            ProviderConfig::from(SesConfig {
                region: "eu-west-1".to_owned(),
                access_key_id: access_key_id.to_owned(),
                configuration_set: set.to_owned(),
                base_url: base_url.to_owned(),
                max_connections: 10,
                messages_per_second: None,
            })
        };
        let mailgun = |region| {
            ProviderConfig::from(MailgunConfig {
                domain: "example.com".to_owned(),
                region,
                base_url: String::new(),
                max_connections: 10,
                messages_per_second: None,
            })
        };
        let before = ses("", "AKID", "");
        assert!(keeps_secret(&before, &ses("", "AKID", "news")));
        assert!(keeps_secret(
            &before,
            &ses("https://email.eu-west-1.amazonaws.com", "AKID", "")
        ));
        assert!(!keeps_secret(&before, &ses("https://evil.example", "AKID", "")));
        assert!(!keeps_secret(&before, &ses("", "OTHER", "")));
        assert!(!keeps_secret(&before, &mailgun(MailgunRegion::Us)));
        assert!(!keeps_secret(
            &mailgun(MailgunRegion::Us),
            &mailgun(MailgunRegion::Eu)
        ));
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
        let fault = |text: &str, kind| PasswordChange::Replace(text.to_owned()).fault(kind);
        assert_eq!(fault("hunter2", ProviderKind::Smtp), None);
        assert_eq!(fault("a\0b", ProviderKind::Smtp), Some(ProviderFault::Password));
        assert_eq!(fault("Schlüssel 1", ProviderKind::Smtp), None);
        for kind in [ProviderKind::Ses, ProviderKind::SendGrid, ProviderKind::Mailgun] {
            assert_eq!(fault("key-0123+/", kind), None);
            assert_eq!(fault("Schlüssel 1", kind), Some(ProviderFault::Password));
        }
    }
}
