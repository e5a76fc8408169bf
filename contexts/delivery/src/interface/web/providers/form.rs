use std::str::FromStr;

use serde::Deserialize;

use crate::{
    application::{read_providers::Provider, save_provider::ProviderDraft},
    domain::{
        provider::{Security, SmtpConfig},
        provider_settings::PasswordChange,
    },
};

/// The form as it was filled in.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
pub struct ProviderForm {
    pub name: String,
    pub host: String,
    pub port: String,
    pub security: Encryption,
    pub username: String,
    /// Empty keeps the stored one.
    pub password: String,
    pub remove_password: bool,
    pub max_connections: String,
    pub messages_per_connection: String,
    /// Empty sets no limit.
    pub messages_per_second: String,
    pub trusted_certificates: String,
}

/// The encryption as it was chosen.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(transparent)]
pub struct Encryption(pub Security);

impl Default for ProviderForm {
    fn default() -> Self {
        Self {
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
        }
    }
}

impl ProviderForm {
    /// What is stored. The password is never among it.
    pub fn of(provider: &Provider) -> Self {
        let config = &provider.config;
        Self {
            name: provider.name.clone(),
            host: config.host.clone(),
            port: config.port.to_string(),
            security: Encryption(config.security),
            username: config.username.clone(),
            password: String::new(),
            remove_password: false,
            max_connections: config.max_connections.to_string(),
            messages_per_connection: config.messages_per_connection.to_string(),
            messages_per_second: config
                .messages_per_second
                .map(|n| n.to_string())
                .unwrap_or_default(),
            trusted_certificates: config.trusted_certificates.clone(),
        }
    }

    /// What is to be saved. What is no number becomes one that is out of range, so that the field is
    /// told so.
    pub fn draft(&self) -> ProviderDraft {
        let password = match (self.remove_password, self.password.is_empty()) {
            (_, false) => PasswordChange::Replace(self.password.clone()),
            (true, true) => PasswordChange::Remove,
            (false, true) => PasswordChange::Keep,
        };
        let per_second = self.messages_per_second.trim();
        ProviderDraft {
            name: self.name.clone(),
            config: SmtpConfig {
                host: self.host.trim().to_owned(),
                port: number(&self.port),
                security: self.security.0,
                username: self.username.trim().to_owned(),
                trusted_certificates: self.trusted_certificates.trim().to_owned(),
                max_connections: number(&self.max_connections),
                messages_per_connection: number(&self.messages_per_connection),
                messages_per_second: (!per_second.is_empty()).then(|| number(per_second)),
            },
            password,
        }
    }
}

fn number<N: FromStr + Default>(text: &str) -> N {
    text.trim().parse().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::ProviderForm;
    use crate::domain::{provider::InvalidSmtpConfig, provider_settings::PasswordChange};

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
            InvalidSmtpConfig::Port,
            InvalidSmtpConfig::MaxConnections,
            InvalidSmtpConfig::MessagesPerConnection,
            InvalidSmtpConfig::MessagesPerSecond,
        ];
        assert_eq!(form.draft().config.faults(), faults);
    }

    #[test]
    fn an_empty_password_keeps_the_stored_one_and_only_the_switch_removes_it() {
        let form = |password: &str, remove_password| ProviderForm {
            password: password.to_owned(),
            remove_password,
            ..ProviderForm::default()
        };
        assert_eq!(form("", false).draft().password, PasswordChange::Keep);
        assert_eq!(form("", true).draft().password, PasswordChange::Remove);
        assert_eq!(
            form("x", true).draft().password,
            PasswordChange::Replace("x".to_owned())
        );
    }
}
