//! Between what the API shows and what is stored.

use contracts::delivery::{
    providers::{
        MailgunAccount, MailgunRegion as ApiMailgunRegion, NewProvider, Provider as ProviderItem,
        ProviderAccount, ProviderPatch, SendGridAccount, SendGridRegion as ApiSendGridRegion, SesAccount,
        SmtpAccount, SmtpSecurity,
    },
    settings::SendingState,
};

use super::webhook::webhook;
use crate::{
    application::{read_providers::Provider, save_provider::ProviderDraft, settings_deps::SettingsDeps},
    domain::{
        provider::{
            MailgunConfig, MailgunRegion, ProviderConfig, ProviderKind, Security, SendGridConfig,
            SendGridRegion, SesConfig, SmtpConfig,
        },
        provider_settings::PasswordChange,
    },
};

/// The account that is to be set up.
pub(super) fn draft(new: NewProvider) -> ProviderDraft {
    let (name, config, secret) = match new {
        NewProvider::Smtp(new) => {
            let config = SmtpConfig {
                host: new.host,
                port: new.port,
                security: security(new.security),
                username: new.username,
                trusted_certificates: new.trusted_certificates,
                max_connections: new.max_connections,
                messages_per_connection: new.messages_per_connection,
                messages_per_second: new.messages_per_second,
            };
            (new.name, ProviderConfig::from(config), new.password)
        }
        NewProvider::Ses(new) => {
            let config = SesConfig {
                region: new.region,
                access_key_id: new.access_key_id,
                configuration_set: new.configuration_set,
                base_url: new.base_url,
                max_connections: new.max_connections,
                messages_per_second: new.messages_per_second,
            };
            (new.name, config.into(), Some(new.secret_access_key))
        }
        NewProvider::SendGrid(new) => {
            let config = SendGridConfig {
                region: match new.region {
                    ApiSendGridRegion::Global => SendGridRegion::Global,
                    ApiSendGridRegion::Eu => SendGridRegion::Eu,
                },
                base_url: new.base_url,
                max_connections: new.max_connections,
                messages_per_second: new.messages_per_second,
            };
            (new.name, config.into(), Some(new.api_key))
        }
        NewProvider::Mailgun(new) => {
            let config = MailgunConfig {
                domain: new.domain,
                region: match new.region {
                    ApiMailgunRegion::Us => MailgunRegion::Us,
                    ApiMailgunRegion::Eu => MailgunRegion::Eu,
                },
                base_url: new.base_url,
                max_connections: new.max_connections,
                messages_per_second: new.messages_per_second,
            };
            (new.name, config.into(), Some(new.api_key))
        }
    };
    ProviderDraft {
        name,
        config,
        password: secret.map_or(PasswordChange::Keep, PasswordChange::Replace),
    }
}

/// Why a change cannot be made of what was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Inapplicable {
    /// A field that the account's kind does not have.
    Field(&'static str),
    /// A region that the provider does not have.
    Region,
}

/// The account as it is to be; `None` when nothing but its state changes.
pub(super) fn changed(
    before: &Provider,
    patch: ProviderPatch,
) -> Result<Option<ProviderDraft>, Inapplicable> {
    refuse_foreign(before.config.kind(), &patch)?;
    let name = patch.name.clone().unwrap_or_else(|| before.name.clone());
    let password = secret(&patch);
    let config = merged(before.config.clone(), patch)?;
    let same = config == before.config && name == before.name && password == PasswordChange::Keep;
    Ok((!same).then_some(ProviderDraft {
        name,
        config,
        password,
    }))
}

fn secret(patch: &ProviderPatch) -> PasswordChange {
    let key = patch.secret_access_key.as_ref().or(patch.api_key.as_ref());
    match (key, &patch.password) {
        (Some(key), _) | (None, Some(Some(key))) => PasswordChange::Replace(key.clone()),
        (None, Some(None)) => PasswordChange::Remove,
        (None, None) => PasswordChange::Keep,
    }
}

fn refuse_foreign(kind: ProviderKind, patch: &ProviderPatch) -> Result<(), Inapplicable> {
    use ProviderKind::{Mailgun, SendGrid, Ses, Smtp};
    let fields: [(&'static str, bool, &[ProviderKind]); 14] = [
        ("host", patch.host.is_some(), &[Smtp]),
        ("port", patch.port.is_some(), &[Smtp]),
        ("security", patch.security.is_some(), &[Smtp]),
        ("username", patch.username.is_some(), &[Smtp]),
        ("password", patch.password.is_some(), &[Smtp]),
        (
            "trusted_certificates",
            patch.trusted_certificates.is_some(),
            &[Smtp],
        ),
        (
            "messages_per_connection",
            patch.messages_per_connection.is_some(),
            &[Smtp],
        ),
        ("region", patch.region.is_some(), &[Ses, SendGrid, Mailgun]),
        ("access_key_id", patch.access_key_id.is_some(), &[Ses]),
        ("secret_access_key", patch.secret_access_key.is_some(), &[Ses]),
        ("configuration_set", patch.configuration_set.is_some(), &[Ses]),
        ("api_key", patch.api_key.is_some(), &[SendGrid, Mailgun]),
        ("domain", patch.domain.is_some(), &[Mailgun]),
        ("base_url", patch.base_url.is_some(), &[Ses, SendGrid, Mailgun]),
    ];
    let foreign = fields
        .iter()
        .find(|(_, given, kinds)| *given && !kinds.contains(&kind));
    foreign.map_or(Ok(()), |(name, ..)| Err(Inapplicable::Field(name)))
}

fn merged(old: ProviderConfig, patch: ProviderPatch) -> Result<ProviderConfig, Inapplicable> {
    let no_region = |_| Inapplicable::Region;
    Ok(match old {
        ProviderConfig::Smtp(old) => SmtpConfig {
            host: patch.host.unwrap_or(old.host),
            port: patch.port.unwrap_or(old.port),
            security: patch.security.map_or(old.security, security),
            username: patch.username.unwrap_or(old.username),
            trusted_certificates: patch.trusted_certificates.unwrap_or(old.trusted_certificates),
            max_connections: patch.max_connections.unwrap_or(old.max_connections),
            messages_per_connection: patch
                .messages_per_connection
                .unwrap_or(old.messages_per_connection),
            messages_per_second: patch.messages_per_second.unwrap_or(old.messages_per_second),
        }
        .into(),
        ProviderConfig::Ses(old) => SesConfig {
            region: patch.region.unwrap_or(old.region),
            access_key_id: patch.access_key_id.unwrap_or(old.access_key_id),
            configuration_set: patch.configuration_set.unwrap_or(old.configuration_set),
            base_url: patch.base_url.unwrap_or(old.base_url),
            max_connections: patch.max_connections.unwrap_or(old.max_connections),
            messages_per_second: patch.messages_per_second.unwrap_or(old.messages_per_second),
        }
        .into(),
        ProviderConfig::SendGrid(old) => SendGridConfig {
            region: match patch.region {
                Some(region) => region.parse().map_err(no_region)?,
                None => old.region,
            },
            base_url: patch.base_url.unwrap_or(old.base_url),
            max_connections: patch.max_connections.unwrap_or(old.max_connections),
            messages_per_second: patch.messages_per_second.unwrap_or(old.messages_per_second),
        }
        .into(),
        ProviderConfig::Mailgun(old) => MailgunConfig {
            domain: patch.domain.unwrap_or(old.domain),
            region: match patch.region {
                Some(region) => region.parse().map_err(no_region)?,
                None => old.region,
            },
            base_url: patch.base_url.unwrap_or(old.base_url),
            max_connections: patch.max_connections.unwrap_or(old.max_connections),
            messages_per_second: patch.messages_per_second.unwrap_or(old.messages_per_second),
        }
        .into(),
    })
}

/// As the API shows it.
pub(super) fn item(deps: &SettingsDeps, provider: Provider) -> ProviderItem {
    let webhook = webhook(deps, &provider);
    let has_password = provider.secret.is_some();
    let (max_connections, messages_per_second) = (
        provider.config.concurrency(),
        provider.config.messages_per_second(),
    );
    ProviderItem {
        id: provider.id,
        name: provider.name,
        account: account(provider.config, has_password),
        max_connections,
        messages_per_second,
        state: if provider.paused.is_some() {
            SendingState::Paused
        } else {
            SendingState::Active
        },
        pause_reason: provider.paused,
        tested_at: provider.tested_at,
        test_error: provider.test_error,
        updated_at: provider.updated_at,
        webhook,
    }
}

fn account(config: ProviderConfig, has_password: bool) -> ProviderAccount {
    match config {
        ProviderConfig::Smtp(config) => ProviderAccount::Smtp(SmtpAccount {
            host: config.host,
            port: config.port,
            security: match config.security {
                Security::Tls => SmtpSecurity::Tls,
                Security::StartTls => SmtpSecurity::StartTls,
                Security::None => SmtpSecurity::None,
            },
            username: config.username,
            has_password,
            trusted_certificates: config.trusted_certificates,
            messages_per_connection: config.messages_per_connection,
        }),
        ProviderConfig::Ses(config) => ProviderAccount::Ses(SesAccount {
            region: config.region,
            access_key_id: config.access_key_id,
            configuration_set: config.configuration_set,
            base_url: config.base_url,
        }),
        ProviderConfig::SendGrid(config) => ProviderAccount::SendGrid(SendGridAccount {
            region: match config.region {
                SendGridRegion::Global => ApiSendGridRegion::Global,
                SendGridRegion::Eu => ApiSendGridRegion::Eu,
            },
            base_url: config.base_url,
        }),
        ProviderConfig::Mailgun(config) => ProviderAccount::Mailgun(MailgunAccount {
            domain: config.domain,
            region: match config.region {
                MailgunRegion::Us => ApiMailgunRegion::Us,
                MailgunRegion::Eu => ApiMailgunRegion::Eu,
            },
            base_url: config.base_url,
        }),
    }
}

const fn security(security: SmtpSecurity) -> Security {
    match security {
        SmtpSecurity::Tls => Security::Tls,
        SmtpSecurity::StartTls => Security::StartTls,
        SmtpSecurity::None => Security::None,
    }
}
