use std::str::FromStr;

use serde::Deserialize;

use crate::{
    application::{read_providers::Provider, save_provider::ProviderDraft},
    domain::{
        provider::{
            ApnsConfig, FcmConfig, InvalidConfig, MailgunConfig, PlivoConfig, PostfixConfig, ProviderConfig,
            ProviderKind, Security, SendGridConfig, SesConfig, SmtpConfig, TelnyxConfig, TwilioConfig,
            VonageConfig,
        },
        provider_settings::PasswordChange,
    },
};

/// The form as it was filled in: the fields of every kind, of which one kind's are shown.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
pub struct ProviderForm {
    pub kind: ProviderKind,
    pub name: String,
    pub host: String,
    pub port: String,
    pub security: Encryption,
    pub username: String,
    /// The secret of whatever kind. Empty keeps the stored one.
    #[serde(
        alias = "secret_access_key",
        alias = "api_key",
        alias = "auth_token",
        alias = "api_secret",
        alias = "service_account",
        alias = "signing_key"
    )]
    pub password: String,
    pub remove_password: bool,
    pub max_connections: String,
    pub messages_per_connection: String,
    /// Empty sets no limit.
    pub messages_per_second: String,
    pub trusted_certificates: String,
    pub region: String,
    pub access_key_id: String,
    pub configuration_set: String,
    pub domain: String,
    pub base_url: String,
    pub account_sid: String,
    pub api_key_sid: String,
    pub auth_id: String,
    pub api_key_id: String,
    pub sender: String,
    pub messaging_service_sid: String,
    pub messaging_profile_id: String,
    pub project_id: String,
    pub key_id: String,
    pub team_id: String,
    pub topic: String,
    pub environment: String,
    pub log_path: String,
}

/// The encryption as it was chosen.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(transparent)]
pub struct Encryption(pub Security);

impl Default for ProviderForm {
    fn default() -> Self {
        Self {
            kind: ProviderKind::Smtp,
            name: String::new(),
            host: String::new(),
            port: "587".to_owned(),
            security: Encryption(Security::StartTls),
            username: String::new(),
            password: String::new(),
            remove_password: false,
            max_connections: "10".to_owned(),
            messages_per_connection: "1000".to_owned(),
            messages_per_second: String::new(),
            trusted_certificates: String::new(),
            region: String::new(),
            access_key_id: String::new(),
            configuration_set: String::new(),
            domain: String::new(),
            base_url: String::new(),
            account_sid: String::new(),
            api_key_sid: String::new(),
            auth_id: String::new(),
            api_key_id: String::new(),
            sender: String::new(),
            messaging_service_sid: String::new(),
            messaging_profile_id: String::new(),
            project_id: String::new(),
            key_id: String::new(),
            team_id: String::new(),
            topic: String::new(),
            environment: String::new(),
            log_path: String::new(),
        }
    }
}

impl ProviderForm {
    /// For a new account of a kind, with what suits most.
    pub fn blank(kind: ProviderKind) -> Self {
        let traits = kind.traits();
        Self {
            kind,
            max_connections: traits.concurrency.to_string(),
            messages_per_second: optional(traits.messages_per_second),
            ..Self::default()
        }
    }

    /// What is stored. The secret is never among it.
    pub fn of(provider: &Provider) -> Self {
        let config = &provider.config;
        let form = Self {
            name: provider.name.clone(),
            max_connections: config.concurrency().to_string(),
            messages_per_second: optional(config.messages_per_second()),
            base_url: config.base_url().unwrap_or_default().to_owned(),
            ..Self::blank(config.kind())
        };
        match config {
            ProviderConfig::Smtp(config) => form.at(config),
            ProviderConfig::Ses(config) => Self {
                region: config.region.clone(),
                access_key_id: config.access_key_id.clone(),
                configuration_set: config.configuration_set.clone(),
                ..form
            },
            ProviderConfig::SendGrid(config) => Self {
                region: config.region.as_str().to_owned(),
                ..form
            },
            ProviderConfig::Mailgun(config) => Self {
                domain: config.domain.clone(),
                region: config.region.as_str().to_owned(),
                ..form
            },
            ProviderConfig::Twilio(config) => Self {
                account_sid: config.account_sid.clone(),
                api_key_sid: config.api_key_sid.clone(),
                sender: config.sender.clone(),
                messaging_service_sid: config.messaging_service_sid.clone(),
                ..form
            },
            ProviderConfig::Plivo(config) => Self {
                auth_id: config.auth_id.clone(),
                sender: config.sender.clone(),
                ..form
            },
            ProviderConfig::Vonage(config) => Self {
                api_key_id: config.api_key_id.clone(),
                sender: config.sender.clone(),
                ..form
            },
            ProviderConfig::Telnyx(config) => Self {
                sender: config.sender.clone(),
                messaging_profile_id: config.messaging_profile_id.clone(),
                ..form
            },
            ProviderConfig::Fcm(config) => Self {
                project_id: config.project_id.clone(),
                ..form
            },
            ProviderConfig::Apns(config) => Self {
                key_id: config.key_id.clone(),
                team_id: config.team_id.clone(),
                topic: config.topic.clone(),
                environment: config.environment.as_str().to_owned(),
                ..form
            },
            ProviderConfig::Postfix(config) => Self {
                log_path: config.log_path.clone(),
                ..form.at(&config.server)
            },
        }
    }

    /// With the settings of a mail server.
    fn at(self, config: &SmtpConfig) -> Self {
        Self {
            host: config.host.clone(),
            port: config.port.to_string(),
            security: Encryption(config.security),
            username: config.username.clone(),
            messages_per_connection: config.messages_per_connection.to_string(),
            trusted_certificates: config.trusted_certificates.clone(),
            ..self
        }
    }

    /// What is to be saved. What is no number becomes one that is out of range, so that the field is
    /// told so.
    pub fn draft(&self) -> Result<ProviderDraft, InvalidConfig> {
        let password = match (self.remove_password, self.password.is_empty()) {
            (_, false) => PasswordChange::Replace(self.password.clone()),
            (true, true) => PasswordChange::Remove,
            (false, true) => PasswordChange::Keep,
        };
        Ok(ProviderDraft {
            name: self.name.clone(),
            config: self.config()?,
            password,
        })
    }

    fn config(&self) -> Result<ProviderConfig, InvalidConfig> {
        let max_connections = number(&self.max_connections);
        let per_second = self.messages_per_second.trim();
        let messages_per_second = (!per_second.is_empty()).then(|| number(per_second));
        let base_url = self.base_url.trim().to_owned();
        Ok(match self.kind {
            ProviderKind::Smtp => self.server(max_connections, messages_per_second).into(),
            ProviderKind::Ses => SesConfig {
                region: self.region.trim().to_owned(),
                access_key_id: self.access_key_id.trim().to_owned(),
                configuration_set: self.configuration_set.trim().to_owned(),
                base_url,
                max_connections,
                messages_per_second,
            }
            .into(),
            ProviderKind::SendGrid => SendGridConfig {
                region: self.region.parse()?,
                base_url,
                max_connections,
                messages_per_second,
            }
            .into(),
            ProviderKind::Mailgun => MailgunConfig {
                domain: self.domain.trim().to_owned(),
                region: self.region.parse()?,
                base_url,
                max_connections,
                messages_per_second,
            }
            .into(),
            ProviderKind::Twilio => TwilioConfig {
                account_sid: self.account_sid.trim().to_owned(),
                api_key_sid: self.api_key_sid.trim().to_owned(),
                sender: self.sender.trim().to_owned(),
                messaging_service_sid: self.messaging_service_sid.trim().to_owned(),
                base_url,
                max_connections,
                messages_per_second,
            }
            .into(),
            ProviderKind::Plivo => PlivoConfig {
                auth_id: self.auth_id.trim().to_owned(),
                sender: self.sender.trim().to_owned(),
                base_url,
                max_connections,
                messages_per_second,
            }
            .into(),
            ProviderKind::Vonage => VonageConfig {
                api_key_id: self.api_key_id.trim().to_owned(),
                sender: self.sender.trim().to_owned(),
                base_url,
                max_connections,
                messages_per_second,
            }
            .into(),
            ProviderKind::Telnyx => TelnyxConfig {
                sender: self.sender.trim().to_owned(),
                messaging_profile_id: self.messaging_profile_id.trim().to_owned(),
                base_url,
                max_connections,
                messages_per_second,
            }
            .into(),
            ProviderKind::Fcm => FcmConfig {
                project_id: self.project_id.trim().to_owned(),
                base_url,
                max_connections,
                messages_per_second,
            }
            .into(),
            ProviderKind::Apns => ApnsConfig {
                key_id: self.key_id.trim().to_owned(),
                team_id: self.team_id.trim().to_owned(),
                topic: self.topic.trim().to_owned(),
                environment: self.environment.parse()?,
                base_url,
                max_connections,
                messages_per_second,
            }
            .into(),
            ProviderKind::Postfix => PostfixConfig {
                server: self.server(max_connections, messages_per_second),
                log_path: self.log_path.trim().to_owned(),
            }
            .into(),
        })
    }

    fn server(&self, max_connections: u16, messages_per_second: Option<u32>) -> SmtpConfig {
        SmtpConfig {
            host: self.host.trim().to_owned(),
            port: number(&self.port),
            security: self.security.0,
            username: self.username.trim().to_owned(),
            trusted_certificates: self.trusted_certificates.trim().to_owned(),
            max_connections,
            messages_per_connection: number(&self.messages_per_connection),
            messages_per_second,
        }
    }
}

fn optional(number: Option<u32>) -> String {
    number.map(|n| n.to_string()).unwrap_or_default()
}

fn number<N: FromStr + Default>(text: &str) -> N {
    text.trim().parse().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::ProviderForm;
    use crate::domain::{
        provider::{InvalidConfig, ProviderKind},
        provider_settings::PasswordChange,
    };

    #[test]
    fn what_is_no_number_is_told_so_at_its_field() {
        let form = ProviderForm {
            host: "smtp.example.com".to_owned(),
            port: "many".to_owned(),
            max_connections: "-1".to_owned(),
            messages_per_connection: "1e3".to_owned(),
            messages_per_second: "fast".to_owned(),
            ..ProviderForm::default()
        };
        let faults = [
            InvalidConfig::Port,
            InvalidConfig::MaxConnections,
            InvalidConfig::MessagesPerConnection,
            InvalidConfig::MessagesPerSecond,
        ];
        assert_eq!(
            form.draft().map(|draft| draft.config.faults()),
            Ok(faults.to_vec())
        );
    }

    #[test]
    fn an_empty_password_keeps_the_stored_one_and_only_the_switch_removes_it() {
        let change = |password: &str, remove_password| {
            let form = ProviderForm {
                password: password.to_owned(),
                remove_password,
                ..ProviderForm::default()
            };
            form.draft().map(|draft| draft.password)
        };
        assert_eq!(change("", false), Ok(PasswordChange::Keep));
        assert_eq!(change("", true), Ok(PasswordChange::Remove));
        assert_eq!(change("x", true), Ok(PasswordChange::Replace("x".to_owned())));
    }

    #[test]
    fn a_region_that_was_not_offered_is_refused() {
        for (kind, region, fine) in [
            (ProviderKind::SendGrid, "eu", true),
            (ProviderKind::SendGrid, "us", false),
            (ProviderKind::Mailgun, "us", true),
            (ProviderKind::Mailgun, "mars", false),
        ] {
            let form = ProviderForm {
                region: region.to_owned(),
                ..ProviderForm::blank(kind)
            };
            assert_eq!(form.draft().is_ok(), fine, "{kind:?} {region}");
        }
    }
}
