//! Accounts in a person's words: their kinds, their faults, what a test says and how it failed.

use contracts::crm::consent::Channel;
use maud::{DOCTYPE, html};
use platform::{
    L10n,
    web::{AppError, Ctx, FieldErrors},
};

use super::settings_words::phase;
use crate::{
    application::{
        save_provider::ProviderNotSaved,
        test_provider::{NotTested, TestLetter},
        test_push::TestPush,
    },
    domain::{
        provider::{InvalidConfig, ProviderKind},
        provider_settings::{PasswordChange, ProviderFault, ProviderName},
        provider_test::TestFailure,
    },
};

/// The name of a kind.
pub fn kind(l10n: &L10n, kind: ProviderKind) -> String {
    l10n.t(match kind {
        ProviderKind::Smtp => "delivery-provider-kind-smtp",
        ProviderKind::Ses => "delivery-provider-kind-ses",
        ProviderKind::SendGrid => "delivery-provider-kind-sendgrid",
        ProviderKind::Mailgun => "delivery-provider-kind-mailgun",
        ProviderKind::Twilio => "delivery-provider-kind-twilio",
        ProviderKind::Plivo => "delivery-provider-kind-plivo",
        ProviderKind::Vonage => "delivery-provider-kind-vonage",
        ProviderKind::Telnyx => "delivery-provider-kind-telnyx",
        ProviderKind::Fcm => "delivery-provider-kind-fcm",
        ProviderKind::Apns => "delivery-provider-kind-apns",
        ProviderKind::Postfix => "delivery-provider-kind-postfix",
    })
}

/// What messages travel by.
pub fn channel(l10n: &L10n, channel: Channel) -> String {
    l10n.t(match channel {
        Channel::Email => "delivery-provider-channel-email",
        Channel::Sms => "delivery-provider-channel-sms",
        Channel::Push => "delivery-provider-channel-push",
    })
}

/// All that is wrong with an account of a kind, by field.
pub fn provider_faults(l10n: &L10n, kind: ProviderKind, faults: &[ProviderFault]) -> FieldErrors {
    let mut errors = FieldErrors::new();
    for fault in faults {
        let (field, code, key) = provider_fault(kind, *fault);
        let most = match field {
            "name" => ProviderName::LONGEST,
            _ => PasswordChange::LONGEST,
        };
        errors.add(field, code, l10n.ta(key, &[("count", most.into())]));
    }
    errors
}

/// The field in which the secret of a kind is entered.
#[must_use]
pub const fn secret_field(kind: ProviderKind) -> &'static str {
    match kind {
        ProviderKind::Smtp | ProviderKind::Postfix => "password",
        ProviderKind::Ses => "secret_access_key",
        ProviderKind::SendGrid | ProviderKind::Mailgun | ProviderKind::Telnyx => "api_key",
        ProviderKind::Twilio | ProviderKind::Plivo => "auth_token",
        ProviderKind::Vonage => "api_secret",
        ProviderKind::Fcm => "service_account",
        ProviderKind::Apns => "signing_key",
    }
}

const fn provider_fault(
    kind: ProviderKind,
    fault: ProviderFault,
) -> (&'static str, &'static str, &'static str) {
    let secret = secret_field(kind);
    match fault {
        ProviderFault::NameEmpty => ("name", "required", "delivery-provider-name-empty"),
        ProviderFault::NameTooLong => ("name", "too_long", "delivery-provider-name-too-long"),
        ProviderFault::NameControl => ("name", "control_characters", "delivery-provider-name-control"),
        ProviderFault::NameTaken => ("name", "name_taken", "delivery-provider-name-taken"),
        ProviderFault::PrivateHost => ("host", "private_network", "delivery-provider-host-private"),
        ProviderFault::PrivateLog => ("log_path", "private_log", "delivery-provider-log-path-private"),
        ProviderFault::PrivateBaseUrl => (
            "base_url",
            "private_network",
            "delivery-provider-base-url-private",
        ),
        ProviderFault::UnencryptedBaseUrl => (
            "base_url",
            "unencrypted",
            "delivery-provider-base-url-unencrypted",
        ),
        ProviderFault::Kind => ("kind", "kind_stays", "delivery-provider-kind-stays"),
        ProviderFault::Password => match kind {
            ProviderKind::Smtp | ProviderKind::Postfix => {
                (secret, "invalid_password", "delivery-provider-password-invalid")
            }
            ProviderKind::Fcm => (
                secret,
                "invalid_service_account",
                "delivery-provider-service-account-invalid",
            ),
            ProviderKind::Apns => (
                secret,
                "invalid_signing_key",
                "delivery-provider-signing-key-invalid",
            ),
            _ => (secret, "invalid_key", "delivery-provider-key-invalid"),
        },
        ProviderFault::PasswordNeeded => match kind {
            ProviderKind::Smtp | ProviderKind::Postfix => {
                (secret, "password_needed", "delivery-provider-password-needed")
            }
            _ => (secret, "key_needed", "delivery-provider-key-needed"),
        },
        ProviderFault::SecretMissing => (secret, "required", "delivery-provider-key-missing"),
        ProviderFault::Config(fault) => config_fault(fault),
    }
}

const fn config_fault(fault: InvalidConfig) -> (&'static str, &'static str, &'static str) {
    match fault {
        InvalidConfig::Host => ("host", "invalid_host", "delivery-provider-host-invalid"),
        InvalidConfig::Port => ("port", "out_of_range", "delivery-provider-port-invalid"),
        InvalidConfig::Username => (
            "username",
            "invalid_username",
            "delivery-provider-username-invalid",
        ),
        InvalidConfig::MaxConnections => (
            "max_connections",
            "out_of_range",
            "delivery-provider-connections-invalid",
        ),
        InvalidConfig::MessagesPerConnection => (
            "messages_per_connection",
            "out_of_range",
            "delivery-provider-per-connection-invalid",
        ),
        InvalidConfig::MessagesPerSecond => (
            "messages_per_second",
            "out_of_range",
            "delivery-provider-per-second-invalid",
        ),
        InvalidConfig::TrustedCertificates => (
            "trusted_certificates",
            "invalid_certificate",
            "delivery-provider-certificates-invalid",
        ),
        InvalidConfig::Region => ("region", "invalid_region", "delivery-provider-region-invalid"),
        InvalidConfig::AccessKeyId => (
            "access_key_id",
            "invalid_access_key_id",
            "delivery-provider-access-key-invalid",
        ),
        InvalidConfig::ConfigurationSet => (
            "configuration_set",
            "invalid_configuration_set",
            "delivery-provider-configuration-set-invalid",
        ),
        InvalidConfig::Domain => ("domain", "invalid_domain", "delivery-provider-domain-invalid"),
        InvalidConfig::BaseUrl => ("base_url", "invalid_url", "delivery-provider-base-url-invalid"),
        InvalidConfig::AccountSid => (
            "account_sid",
            "invalid_sid",
            "delivery-provider-account-sid-invalid",
        ),
        InvalidConfig::ApiKeySid => (
            "api_key_sid",
            "invalid_sid",
            "delivery-provider-api-key-sid-invalid",
        ),
        InvalidConfig::MessagingServiceSid => (
            "messaging_service_sid",
            "invalid_sid",
            "delivery-provider-messaging-service-invalid",
        ),
        InvalidConfig::AuthId => ("auth_id", "invalid_auth_id", "delivery-provider-auth-id-invalid"),
        InvalidConfig::ApiKeyId => (
            "api_key_id",
            "invalid_api_key_id",
            "delivery-provider-api-key-id-invalid",
        ),
        InvalidConfig::MessagingProfileId => (
            "messaging_profile_id",
            "invalid_profile",
            "delivery-provider-messaging-profile-invalid",
        ),
        InvalidConfig::Sender => ("sender", "invalid_sender", "delivery-provider-sender-invalid"),
        InvalidConfig::SenderMissing => ("sender", "required", "delivery-provider-sender-missing"),
        InvalidConfig::ProjectId => (
            "project_id",
            "invalid_project_id",
            "delivery-provider-project-id-invalid",
        ),
        InvalidConfig::KeyId => ("key_id", "invalid_key_id", "delivery-provider-key-id-invalid"),
        InvalidConfig::TeamId => ("team_id", "invalid_team_id", "delivery-provider-team-id-invalid"),
        InvalidConfig::Topic => ("topic", "invalid_topic", "delivery-provider-topic-invalid"),
        InvalidConfig::Environment => (
            "environment",
            "invalid_environment",
            "delivery-provider-environment-invalid",
        ),
        InvalidConfig::LogPath => ("log_path", "invalid_path", "delivery-provider-log-path-invalid"),
    }
}

/// Why an account was not saved, for programs.
pub fn provider_not_saved(l10n: &L10n, kind: ProviderKind, error: ProviderNotSaved) -> AppError {
    match error {
        ProviderNotSaved::NotFound => AppError::NotFound,
        ProviderNotSaved::Faults(faults) if faults == [ProviderFault::NameTaken] => AppError::Conflict {
            code: "name_taken",
            detail: l10n.t("delivery-provider-name-taken"),
            existing: None,
        },
        ProviderNotSaved::Faults(faults) => AppError::Invalid(provider_faults(l10n, kind, &faults)),
        ProviderNotSaved::Secret(error) => error.into(),
        ProviderNotSaved::Db(error) => error.into(),
    }
}

impl From<NotTested> for AppError {
    fn from(error: NotTested) -> Self {
        match error {
            NotTested::NotFound => AppError::NotFound,
            NotTested::Letter(error) => AppError::internal(error),
            NotTested::Secret(error) => error.into(),
            NotTested::Db(error) => error.into(),
        }
    }
}

/// What the message of a test says.
pub fn test_letter(ctx: &Ctx, provider: &str) -> TestLetter {
    let values = [
        ("organization", ctx.organization.name.as_str().into()),
        ("provider", provider.into()),
    ];
    let subject = ctx.ta("delivery-provider-test-subject", &values);
    let text = ctx.ta("delivery-provider-test-text", &values);
    let page = html! {
        (DOCTYPE)
        html lang=(ctx.l10n.tag()) {
            head { meta charset="utf-8"; title { (subject) } }
            body { p { (text) } }
        }
    };
    TestLetter {
        subject,
        html: page.into_string(),
        text,
        from_name: ctx.organization.name.clone(),
    }
}

/// What the notification of a test says.
pub fn push_of_a_test(ctx: &Ctx, provider: &str, token: &str) -> TestPush {
    let values = [
        ("organization", ctx.organization.name.as_str().into()),
        ("provider", provider.into()),
    ];
    TestPush {
        token: token.to_owned(),
        title: ctx.ta("delivery-provider-test-push-title", &values),
        body: ctx.ta("delivery-provider-test-push-text", &values),
    }
}

/// What went wrong in a test: how far it came, and what the server said.
pub fn test_failure(l10n: &L10n, failure: &TestFailure) -> String {
    match failure.phase {
        Some(at) => l10n.ta(
            "delivery-provider-test-failed-at",
            &[
                ("phase", phase(l10n, at).into()),
                ("said", failure.said.as_str().into()),
            ],
        ),
        None => failure.said.clone(),
    }
}
