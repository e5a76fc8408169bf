use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{
    BaseUrl, MailgunConfig, SendGridConfig, SesConfig, SmtpConfig, Traits, mailgun, sendgrid, ses, smtp,
};

/// The kinds of accounts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProviderKind {
    /// A mail server that takes messages over SMTP.
    #[default]
    Smtp,
    /// Amazon SES by its API, version 2.
    Ses,
    /// SendGrid by its API, version 3.
    SendGrid,
    /// Mailgun by its API, version 3.
    Mailgun,
}

impl ProviderKind {
    /// All of them.
    pub const ALL: [ProviderKind; 4] = [
        ProviderKind::Smtp,
        ProviderKind::Ses,
        ProviderKind::SendGrid,
        ProviderKind::Mailgun,
    ];

    /// The word that is stored, and that metrics are labelled with.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            ProviderKind::Smtp => "smtp",
            ProviderKind::Ses => "ses",
            ProviderKind::SendGrid => "sendgrid",
            ProviderKind::Mailgun => "mailgun",
        }
    }

    /// What is known of every account of the kind.
    #[must_use]
    pub const fn traits(self) -> Traits {
        match self {
            ProviderKind::Smtp => smtp::TRAITS,
            ProviderKind::Ses => ses::TRAITS,
            ProviderKind::SendGrid => sendgrid::TRAITS,
            ProviderKind::Mailgun => mailgun::TRAITS,
        }
    }

    /// Whether nothing can be sent without a secret.
    #[must_use]
    pub const fn needs_secret(self) -> bool {
        !matches!(self, ProviderKind::Smtp)
    }
}

impl FromStr for ProviderKind {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or(())
    }
}

/// What is known of an account, but for its secret. The kind is kept in a column of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum ProviderConfig {
    /// A mail server.
    Smtp(SmtpConfig),
    /// Amazon SES.
    Ses(SesConfig),
    /// SendGrid.
    SendGrid(SendGridConfig),
    /// Mailgun.
    Mailgun(MailgunConfig),
}

/// A field that cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidConfig {
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
    /// No region of the provider.
    #[error("there is no such region")]
    Region,
    /// Not the id of an access key.
    #[error("not the id of an access key")]
    AccessKeyId,
    /// Not the name of a configuration set.
    #[error("not the name of a configuration set")]
    ConfigurationSet,
    /// Not a domain.
    #[error("not a domain")]
    Domain,
    /// Not the start of an address that requests can go to.
    #[error("not the start of a web address")]
    BaseUrl,
}

impl ProviderConfig {
    /// What kind it is.
    #[must_use]
    pub const fn kind(&self) -> ProviderKind {
        match self {
            ProviderConfig::Smtp(_) => ProviderKind::Smtp,
            ProviderConfig::Ses(_) => ProviderKind::Ses,
            ProviderConfig::SendGrid(_) => ProviderKind::SendGrid,
            ProviderConfig::Mailgun(_) => ProviderKind::Mailgun,
        }
    }

    /// Connections or requests at the same time, by each engine.
    #[must_use]
    pub const fn concurrency(&self) -> u16 {
        match self {
            ProviderConfig::Smtp(config) => config.max_connections,
            ProviderConfig::Ses(config) => config.max_connections,
            ProviderConfig::SendGrid(config) => config.max_connections,
            ProviderConfig::Mailgun(config) => config.max_connections,
        }
    }

    /// Messages per second at most, by all engines together.
    #[must_use]
    pub const fn messages_per_second(&self) -> Option<u32> {
        match self {
            ProviderConfig::Smtp(config) => config.messages_per_second,
            ProviderConfig::Ses(config) => config.messages_per_second,
            ProviderConfig::SendGrid(config) => config.messages_per_second,
            ProviderConfig::Mailgun(config) => config.messages_per_second,
        }
    }

    /// The address that takes the place of the provider's own; `None` where it is the provider's.
    #[must_use]
    pub fn base_url(&self) -> Option<&str> {
        let text = match self {
            ProviderConfig::Smtp(_) => "",
            ProviderConfig::Ses(config) => &config.base_url,
            ProviderConfig::SendGrid(config) => &config.base_url,
            ProviderConfig::Mailgun(config) => &config.base_url,
        };
        (!text.is_empty()).then_some(text)
    }

    /// All that is wrong with it.
    #[must_use]
    pub fn faults(&self) -> Vec<InvalidConfig> {
        match self {
            ProviderConfig::Smtp(config) => config.faults(),
            ProviderConfig::Ses(config) => config.faults(),
            ProviderConfig::SendGrid(config) => config.faults(),
            ProviderConfig::Mailgun(config) => config.faults(),
        }
    }

    /// Where mail goes, for people: `smtp.example.com:587`, `https://api.mailgun.net`.
    #[must_use]
    pub fn place(&self) -> String {
        match self {
            ProviderConfig::Smtp(config) => format!("{}:{}", config.host, config.port),
            ProviderConfig::Ses(config) => config.base(),
            ProviderConfig::SendGrid(config) => config.base(),
            ProviderConfig::Mailgun(config) => config.base(),
        }
    }
}

impl From<SmtpConfig> for ProviderConfig {
    fn from(config: SmtpConfig) -> Self {
        ProviderConfig::Smtp(config)
    }
}

impl From<SesConfig> for ProviderConfig {
    fn from(config: SesConfig) -> Self {
        ProviderConfig::Ses(config)
    }
}

impl From<SendGridConfig> for ProviderConfig {
    fn from(config: SendGridConfig) -> Self {
        ProviderConfig::SendGrid(config)
    }
}

impl From<MailgunConfig> for ProviderConfig {
    fn from(config: MailgunConfig) -> Self {
        ProviderConfig::Mailgun(config)
    }
}

pub(super) fn is_concurrency(number: u16) -> bool {
    (1..=50).contains(&number)
}

pub(super) fn is_rate(number: Option<u32>) -> bool {
    number.is_none_or(|n| (1..=100_000).contains(&n))
}

pub(super) fn is_base_url(text: &str) -> bool {
    text.is_empty() || BaseUrl::parse(text).is_some()
}

/// The faults whose condition does not hold.
pub(super) fn wrong<const N: usize>(checks: [(bool, InvalidConfig); N]) -> Vec<InvalidConfig> {
    let failed = checks.into_iter().filter(|(fine, _)| !fine);
    failed.map(|(_, fault)| fault).collect()
}

#[cfg(test)]
mod tests {
    use super::{
        InvalidConfig, MailgunConfig, ProviderConfig, ProviderKind, SendGridConfig, SesConfig,
    };
    use crate::domain::provider::{MailgunRegion, SendGridRegion};

    fn ses() -> SesConfig {
        SesConfig {
            region: "eu-west-1".to_owned(),
            access_key_id: "AKIDEXAMPLE".to_owned(),
            configuration_set: String::new(),
            base_url: String::new(),
            max_connections: 10,
            messages_per_second: Some(14),
        }
    }

    fn all() -> [ProviderConfig; 3] {
        let sendgrid = SendGridConfig {
            region: SendGridRegion::Eu,
            base_url: String::new(),
            max_connections: 10,
            messages_per_second: None,
        };
        let mailgun = MailgunConfig {
            domain: "mg.example.com".to_owned(),
            region: MailgunRegion::Us,
            base_url: String::new(),
            max_connections: 10,
            messages_per_second: None,
        };
        [ses().into(), sendgrid.into(), mailgun.into()]
    }

    #[test]
    fn what_is_stored_is_read_back_by_its_kind() {
        for config in all() {
            let stored = serde_json::to_value(&config).expect("it is JSON");
            assert_eq!(stored["kind"], config.kind().as_str());
            let read: ProviderConfig = serde_json::from_value(stored).expect("it is read");
            assert_eq!(read, config);
            assert_eq!(config.faults(), []);
        }
        for kind in ProviderKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
        }
    }

    #[test]
    fn each_kind_goes_to_its_provider_unless_it_is_told_otherwise() {
        let places = all().map(|config| config.place());
        assert_eq!(
            places,
            [
                "https://email.eu-west-1.amazonaws.com",
                "https://api.eu.sendgrid.com",
                "https://api.mailgun.net",
            ]
        );
        let elsewhere = SesConfig {
            base_url: "https://gateway.example/ses".to_owned(),
            ..ses()
        };
        assert_eq!(ProviderConfig::from(elsewhere).place(), "https://gateway.example/ses");
    }

    #[test]
    fn fields_of_ses_are_checked() {
        for (config, fault) in [
            (SesConfig { region: "europe".to_owned(), ..ses() }, InvalidConfig::Region),
            (SesConfig { region: "eu-west-1.evil.example/".to_owned(), ..ses() }, InvalidConfig::Region),
            (SesConfig { access_key_id: "AKID/EXAMPLE".to_owned(), ..ses() }, InvalidConfig::AccessKeyId),
            (SesConfig { access_key_id: String::new(), ..ses() }, InvalidConfig::AccessKeyId),
            (SesConfig { configuration_set: "a b".to_owned(), ..ses() }, InvalidConfig::ConfigurationSet),
            (SesConfig { base_url: "ftp://example.com".to_owned(), ..ses() }, InvalidConfig::BaseUrl),
            (SesConfig { max_connections: 0, ..ses() }, InvalidConfig::MaxConnections),
            (SesConfig { messages_per_second: Some(0), ..ses() }, InvalidConfig::MessagesPerSecond),
        ] {
            assert_eq!(config.faults(), [fault], "{config:?}");
        }
        for region in ["us-east-1", "ap-southeast-2", "us-gov-west-1", "eusc-de-east-1"] {
            assert_eq!(SesConfig { region: region.to_owned(), ..ses() }.faults(), [], "{region}");
        }
    }
}
