use serde::{Deserialize, Serialize};

use super::{
    ApnsConfig, FcmConfig, InvalidConfig, MailgunConfig, PlivoConfig, PostfixConfig, ProviderKind,
    SendGridConfig, SesConfig, SmtpConfig, TelnyxConfig, TwilioConfig, VonageConfig,
};

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
    /// Twilio.
    Twilio(TwilioConfig),
    /// Plivo.
    Plivo(PlivoConfig),
    /// Vonage.
    Vonage(VonageConfig),
    /// Telnyx.
    Telnyx(TelnyxConfig),
    /// Firebase Cloud Messaging.
    Fcm(FcmConfig),
    /// Apple Push Notification service.
    Apns(ApnsConfig),
    /// A Postfix server.
    Postfix(PostfixConfig),
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
            ProviderConfig::Twilio(_) => ProviderKind::Twilio,
            ProviderConfig::Plivo(_) => ProviderKind::Plivo,
            ProviderConfig::Vonage(_) => ProviderKind::Vonage,
            ProviderConfig::Telnyx(_) => ProviderKind::Telnyx,
            ProviderConfig::Fcm(_) => ProviderKind::Fcm,
            ProviderConfig::Apns(_) => ProviderKind::Apns,
            ProviderConfig::Postfix(_) => ProviderKind::Postfix,
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
            ProviderConfig::Twilio(config) => config.max_connections,
            ProviderConfig::Plivo(config) => config.max_connections,
            ProviderConfig::Vonage(config) => config.max_connections,
            ProviderConfig::Telnyx(config) => config.max_connections,
            ProviderConfig::Fcm(config) => config.max_connections,
            ProviderConfig::Apns(config) => config.max_connections,
            ProviderConfig::Postfix(config) => config.server.max_connections,
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
            ProviderConfig::Twilio(config) => config.messages_per_second,
            ProviderConfig::Plivo(config) => config.messages_per_second,
            ProviderConfig::Vonage(config) => config.messages_per_second,
            ProviderConfig::Telnyx(config) => config.messages_per_second,
            ProviderConfig::Fcm(config) => config.messages_per_second,
            ProviderConfig::Apns(config) => config.messages_per_second,
            ProviderConfig::Postfix(config) => config.server.messages_per_second,
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
            ProviderConfig::Twilio(config) => &config.base_url,
            ProviderConfig::Plivo(config) => &config.base_url,
            ProviderConfig::Vonage(config) => &config.base_url,
            ProviderConfig::Telnyx(config) => &config.base_url,
            ProviderConfig::Fcm(config) => &config.base_url,
            ProviderConfig::Apns(config) => &config.base_url,
            ProviderConfig::Postfix(_) => "",
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
            ProviderConfig::Twilio(config) => config.faults(),
            ProviderConfig::Plivo(config) => config.faults(),
            ProviderConfig::Vonage(config) => config.faults(),
            ProviderConfig::Telnyx(config) => config.faults(),
            ProviderConfig::Fcm(config) => config.faults(),
            ProviderConfig::Apns(config) => config.faults(),
            ProviderConfig::Postfix(config) => config.faults(),
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
            ProviderConfig::Twilio(config) => config.base(),
            ProviderConfig::Plivo(config) => config.base(),
            ProviderConfig::Vonage(config) => config.base(),
            ProviderConfig::Telnyx(config) => config.base(),
            ProviderConfig::Fcm(config) => config.base(),
            ProviderConfig::Apns(config) => config.base(),
            ProviderConfig::Postfix(config) => format!("{}:{}", config.server.host, config.server.port),
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

impl From<TwilioConfig> for ProviderConfig {
    fn from(config: TwilioConfig) -> Self {
        ProviderConfig::Twilio(config)
    }
}

impl From<PlivoConfig> for ProviderConfig {
    fn from(config: PlivoConfig) -> Self {
        ProviderConfig::Plivo(config)
    }
}

impl From<VonageConfig> for ProviderConfig {
    fn from(config: VonageConfig) -> Self {
        ProviderConfig::Vonage(config)
    }
}

impl From<TelnyxConfig> for ProviderConfig {
    fn from(config: TelnyxConfig) -> Self {
        ProviderConfig::Telnyx(config)
    }
}

impl From<FcmConfig> for ProviderConfig {
    fn from(config: FcmConfig) -> Self {
        ProviderConfig::Fcm(config)
    }
}

impl From<ApnsConfig> for ProviderConfig {
    fn from(config: ApnsConfig) -> Self {
        ProviderConfig::Apns(config)
    }
}

impl From<PostfixConfig> for ProviderConfig {
    fn from(config: PostfixConfig) -> Self {
        ProviderConfig::Postfix(config)
    }
}

#[cfg(test)]
mod tests {
    use super::{InvalidConfig, MailgunConfig, ProviderConfig, ProviderKind, SendGridConfig, SesConfig};
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
        assert_eq!(
            ProviderConfig::from(elsewhere).place(),
            "https://gateway.example/ses"
        );
    }

    #[test]
    fn fields_of_ses_are_checked() {
        for (config, fault) in [
            (
                SesConfig {
                    region: "europe".to_owned(),
                    ..ses()
                },
                InvalidConfig::Region,
            ),
            (
                SesConfig {
                    region: "eu-west-1.evil.example/".to_owned(),
                    ..ses()
                },
                InvalidConfig::Region,
            ),
            (
                SesConfig {
                    access_key_id: "AKID/EXAMPLE".to_owned(),
                    ..ses()
                },
                InvalidConfig::AccessKeyId,
            ),
            (
                SesConfig {
                    access_key_id: String::new(),
                    ..ses()
                },
                InvalidConfig::AccessKeyId,
            ),
            (
                SesConfig {
                    configuration_set: "a b".to_owned(),
                    ..ses()
                },
                InvalidConfig::ConfigurationSet,
            ),
            (
                SesConfig {
                    base_url: "ftp://example.com".to_owned(),
                    ..ses()
                },
                InvalidConfig::BaseUrl,
            ),
            (
                SesConfig {
                    max_connections: 0,
                    ..ses()
                },
                InvalidConfig::MaxConnections,
            ),
            (
                SesConfig {
                    messages_per_second: Some(0),
                    ..ses()
                },
                InvalidConfig::MessagesPerSecond,
            ),
        ] {
            assert_eq!(config.faults(), [fault], "{config:?}");
        }
        for region in ["us-east-1", "ap-southeast-2", "us-gov-west-1", "eusc-de-east-1"] {
            assert_eq!(
                SesConfig {
                    region: region.to_owned(),
                    ..ses()
                }
                .faults(),
                [],
                "{region}"
            );
        }
    }
}
