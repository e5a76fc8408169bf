//! Between what the API shows and what is stored.

use contracts::delivery::{
    providers::{
        ApnsAccount, ApnsEnvironment as ApiApnsEnvironment, FcmAccount, MailgunAccount,
        MailgunRegion as ApiMailgunRegion, NewProvider, PlivoAccount, PostfixAccount,
        Provider as ProviderItem, ProviderAccount, ProviderPatch, SendGridAccount,
        SendGridRegion as ApiSendGridRegion, SesAccount, SmtpAccount, SmtpSecurity, TelnyxAccount,
        TwilioAccount, VonageAccount,
    },
    settings::SendingState,
};

use super::webhook::webhook;
use crate::{
    application::{read_providers::Provider, save_provider::ProviderDraft, settings_deps::SettingsDeps},
    domain::{
        provider::{
            ApnsConfig, ApnsEnvironment, FcmConfig, MailgunConfig, MailgunRegion, PlivoConfig, PostfixConfig,
            ProviderConfig, ProviderKind, Security, SendGridConfig, SendGridRegion, SesConfig, SmtpConfig,
            TelnyxConfig, TwilioConfig, VonageConfig,
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
        NewProvider::Twilio(new) => {
            let config = TwilioConfig {
                account_sid: new.account_sid,
                api_key_sid: new.api_key_sid,
                sender: new.sender,
                messaging_service_sid: new.messaging_service_sid,
                base_url: new.base_url,
                max_connections: new.max_connections,
                messages_per_second: new.messages_per_second,
            };
            (new.name, config.into(), Some(new.auth_token))
        }
        NewProvider::Plivo(new) => {
            let config = PlivoConfig {
                auth_id: new.auth_id,
                sender: new.sender,
                base_url: new.base_url,
                max_connections: new.max_connections,
                messages_per_second: new.messages_per_second,
            };
            (new.name, config.into(), Some(new.auth_token))
        }
        NewProvider::Vonage(new) => {
            let config = VonageConfig {
                api_key_id: new.api_key_id,
                sender: new.sender,
                base_url: new.base_url,
                max_connections: new.max_connections,
                messages_per_second: new.messages_per_second,
            };
            (new.name, config.into(), Some(new.api_secret))
        }
        NewProvider::Telnyx(new) => {
            let config = TelnyxConfig {
                sender: new.sender,
                messaging_profile_id: new.messaging_profile_id,
                base_url: new.base_url,
                max_connections: new.max_connections,
                messages_per_second: new.messages_per_second,
            };
            (new.name, config.into(), Some(new.api_key))
        }
        NewProvider::Fcm(new) => {
            let config = FcmConfig {
                project_id: new.project_id,
                base_url: new.base_url,
                max_connections: new.max_connections,
                messages_per_second: new.messages_per_second,
            };
            (new.name, config.into(), Some(new.service_account))
        }
        NewProvider::Apns(new) => {
            let config = ApnsConfig {
                key_id: new.key_id,
                team_id: new.team_id,
                topic: new.topic,
                environment: environment(new.environment),
                base_url: new.base_url,
                max_connections: new.max_connections,
                messages_per_second: new.messages_per_second,
            };
            (new.name, config.into(), Some(new.signing_key))
        }
        NewProvider::Postfix(new) => {
            let server = SmtpConfig {
                host: new.host,
                port: new.port,
                security: security(new.security),
                username: new.username,
                trusted_certificates: new.trusted_certificates,
                max_connections: new.max_connections,
                messages_per_connection: new.messages_per_connection,
                messages_per_second: new.messages_per_second,
            };
            let config = PostfixConfig {
                server,
                log_path: new.log_path,
            };
            (new.name, config.into(), new.password)
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
    let keys = [
        &patch.secret_access_key,
        &patch.api_key,
        &patch.auth_token,
        &patch.api_secret,
        &patch.service_account,
        &patch.signing_key,
    ];
    let key = keys.into_iter().find_map(Option::as_ref);
    match (key, &patch.password) {
        (Some(key), _) | (None, Some(Some(key))) => PasswordChange::Replace(key.clone()),
        (None, Some(None)) => PasswordChange::Remove,
        (None, None) => PasswordChange::Keep,
    }
}

fn refuse_foreign(kind: ProviderKind, patch: &ProviderPatch) -> Result<(), Inapplicable> {
    use ProviderKind::{Apns, Fcm, Mailgun, Plivo, Postfix, SendGrid, Ses, Smtp, Telnyx, Twilio, Vonage};
    let fields: [(&'static str, bool, &[ProviderKind]); 31] = [
        ("host", patch.host.is_some(), &[Smtp, Postfix]),
        ("port", patch.port.is_some(), &[Smtp, Postfix]),
        ("security", patch.security.is_some(), &[Smtp, Postfix]),
        ("username", patch.username.is_some(), &[Smtp, Postfix]),
        ("password", patch.password.is_some(), &[Smtp, Postfix]),
        (
            "trusted_certificates",
            patch.trusted_certificates.is_some(),
            &[Smtp, Postfix],
        ),
        (
            "messages_per_connection",
            patch.messages_per_connection.is_some(),
            &[Smtp, Postfix],
        ),
        ("region", patch.region.is_some(), &[Ses, SendGrid, Mailgun]),
        ("access_key_id", patch.access_key_id.is_some(), &[Ses]),
        ("secret_access_key", patch.secret_access_key.is_some(), &[Ses]),
        ("configuration_set", patch.configuration_set.is_some(), &[Ses]),
        ("api_key", patch.api_key.is_some(), &[SendGrid, Mailgun, Telnyx]),
        ("domain", patch.domain.is_some(), &[Mailgun]),
        (
            "base_url",
            patch.base_url.is_some(),
            &[Ses, SendGrid, Mailgun, Twilio, Plivo, Vonage, Telnyx, Fcm, Apns],
        ),
        ("account_sid", patch.account_sid.is_some(), &[Twilio]),
        ("api_key_sid", patch.api_key_sid.is_some(), &[Twilio]),
        ("auth_token", patch.auth_token.is_some(), &[Twilio, Plivo]),
        ("auth_id", patch.auth_id.is_some(), &[Plivo]),
        ("api_key_id", patch.api_key_id.is_some(), &[Vonage]),
        ("api_secret", patch.api_secret.is_some(), &[Vonage]),
        ("sender", patch.sender.is_some(), &[Twilio, Plivo, Vonage, Telnyx]),
        (
            "messaging_service_sid",
            patch.messaging_service_sid.is_some(),
            &[Twilio],
        ),
        (
            "messaging_profile_id",
            patch.messaging_profile_id.is_some(),
            &[Telnyx],
        ),
        ("project_id", patch.project_id.is_some(), &[Fcm]),
        ("service_account", patch.service_account.is_some(), &[Fcm]),
        ("key_id", patch.key_id.is_some(), &[Apns]),
        ("team_id", patch.team_id.is_some(), &[Apns]),
        ("topic", patch.topic.is_some(), &[Apns]),
        ("environment", patch.environment.is_some(), &[Apns]),
        ("signing_key", patch.signing_key.is_some(), &[Apns]),
        ("log_path", patch.log_path.is_some(), &[Postfix]),
    ];
    let foreign = fields
        .iter()
        .find(|(_, given, kinds)| *given && !kinds.contains(&kind));
    foreign.map_or(Ok(()), |(name, ..)| Err(Inapplicable::Field(name)))
}

fn merged(old: ProviderConfig, patch: ProviderPatch) -> Result<ProviderConfig, Inapplicable> {
    let no_region = |_| Inapplicable::Region;
    Ok(match old {
        ProviderConfig::Smtp(old) => server(old, patch).into(),
        ProviderConfig::Fcm(old) => FcmConfig {
            project_id: patch.project_id.unwrap_or(old.project_id),
            base_url: patch.base_url.unwrap_or(old.base_url),
            max_connections: patch.max_connections.unwrap_or(old.max_connections),
            messages_per_second: patch.messages_per_second.unwrap_or(old.messages_per_second),
        }
        .into(),
        ProviderConfig::Apns(old) => ApnsConfig {
            key_id: patch.key_id.unwrap_or(old.key_id),
            team_id: patch.team_id.unwrap_or(old.team_id),
            topic: patch.topic.unwrap_or(old.topic),
            environment: patch.environment.map_or(old.environment, environment),
            base_url: patch.base_url.unwrap_or(old.base_url),
            max_connections: patch.max_connections.unwrap_or(old.max_connections),
            messages_per_second: patch.messages_per_second.unwrap_or(old.messages_per_second),
        }
        .into(),
        ProviderConfig::Postfix(old) => PostfixConfig {
            log_path: patch.log_path.clone().unwrap_or(old.log_path),
            server: server(old.server, patch),
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
        ProviderConfig::Twilio(old) => TwilioConfig {
            account_sid: patch.account_sid.unwrap_or(old.account_sid),
            api_key_sid: patch.api_key_sid.unwrap_or(old.api_key_sid),
            sender: patch.sender.unwrap_or(old.sender),
            messaging_service_sid: patch.messaging_service_sid.unwrap_or(old.messaging_service_sid),
            base_url: patch.base_url.unwrap_or(old.base_url),
            max_connections: patch.max_connections.unwrap_or(old.max_connections),
            messages_per_second: patch.messages_per_second.unwrap_or(old.messages_per_second),
        }
        .into(),
        ProviderConfig::Plivo(old) => PlivoConfig {
            auth_id: patch.auth_id.unwrap_or(old.auth_id),
            sender: patch.sender.unwrap_or(old.sender),
            base_url: patch.base_url.unwrap_or(old.base_url),
            max_connections: patch.max_connections.unwrap_or(old.max_connections),
            messages_per_second: patch.messages_per_second.unwrap_or(old.messages_per_second),
        }
        .into(),
        ProviderConfig::Vonage(old) => VonageConfig {
            api_key_id: patch.api_key_id.unwrap_or(old.api_key_id),
            sender: patch.sender.unwrap_or(old.sender),
            base_url: patch.base_url.unwrap_or(old.base_url),
            max_connections: patch.max_connections.unwrap_or(old.max_connections),
            messages_per_second: patch.messages_per_second.unwrap_or(old.messages_per_second),
        }
        .into(),
        ProviderConfig::Telnyx(old) => TelnyxConfig {
            sender: patch.sender.unwrap_or(old.sender),
            messaging_profile_id: patch.messaging_profile_id.unwrap_or(old.messaging_profile_id),
            base_url: patch.base_url.unwrap_or(old.base_url),
            max_connections: patch.max_connections.unwrap_or(old.max_connections),
            messages_per_second: patch.messages_per_second.unwrap_or(old.messages_per_second),
        }
        .into(),
    })
}

fn server(old: SmtpConfig, patch: ProviderPatch) -> SmtpConfig {
    SmtpConfig {
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
        ProviderConfig::Smtp(config) => ProviderAccount::Smtp(server_account(config, has_password)),
        ProviderConfig::Fcm(config) => ProviderAccount::Fcm(FcmAccount {
            project_id: config.project_id,
            base_url: config.base_url,
        }),
        ProviderConfig::Apns(config) => ProviderAccount::Apns(ApnsAccount {
            key_id: config.key_id,
            team_id: config.team_id,
            topic: config.topic,
            environment: match config.environment {
                ApnsEnvironment::Production => ApiApnsEnvironment::Production,
                ApnsEnvironment::Sandbox => ApiApnsEnvironment::Sandbox,
            },
            base_url: config.base_url,
        }),
        ProviderConfig::Postfix(config) => ProviderAccount::Postfix(PostfixAccount {
            server: server_account(config.server, has_password),
            log_path: config.log_path,
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
        ProviderConfig::Twilio(config) => ProviderAccount::Twilio(TwilioAccount {
            account_sid: config.account_sid,
            api_key_sid: config.api_key_sid,
            sender: config.sender,
            messaging_service_sid: config.messaging_service_sid,
            base_url: config.base_url,
        }),
        ProviderConfig::Plivo(config) => ProviderAccount::Plivo(PlivoAccount {
            auth_id: config.auth_id,
            sender: config.sender,
            base_url: config.base_url,
        }),
        ProviderConfig::Vonage(config) => ProviderAccount::Vonage(VonageAccount {
            api_key_id: config.api_key_id,
            sender: config.sender,
            base_url: config.base_url,
        }),
        ProviderConfig::Telnyx(config) => ProviderAccount::Telnyx(TelnyxAccount {
            sender: config.sender,
            messaging_profile_id: config.messaging_profile_id,
            base_url: config.base_url,
        }),
    }
}

fn server_account(config: SmtpConfig, has_password: bool) -> SmtpAccount {
    SmtpAccount {
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
    }
}

const fn environment(environment: ApiApnsEnvironment) -> ApnsEnvironment {
    match environment {
        ApiApnsEnvironment::Production => ApnsEnvironment::Production,
        ApiApnsEnvironment::Sandbox => ApnsEnvironment::Sandbox,
    }
}

const fn security(security: SmtpSecurity) -> Security {
    match security {
        SmtpSecurity::Tls => Security::Tls,
        SmtpSecurity::StartTls => Security::StartTls,
        SmtpSecurity::None => Security::None,
    }
}
