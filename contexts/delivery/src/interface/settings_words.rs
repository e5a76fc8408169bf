//! Faults of settings and reasons of suppressions in a person's words.

use kernel::EmailAddress;
use maud::{DOCTYPE, html};
use platform::{
    L10n,
    web::{AppError, Ctx, FieldErrors},
};

use crate::{
    application::{
        save_domain::DomainNotSaved,
        save_provider::ProviderNotSaved,
        test_provider::{NotTested, TestLetter},
    },
    domain::{
        address_list::{InvalidAddresses, InvalidRemark, MOST_ADDRESSES, MOST_NAMED, Remark},
        answer::Phase,
        provider::InvalidSmtpConfig,
        provider_settings::{PasswordChange, ProviderFault, ProviderName},
        provider_test::TestFailure,
        sender_settings::DomainFault,
        suppression::SuppressionReason,
    },
};

/// All that is wrong with an account, by field.
pub fn provider_faults(l10n: &L10n, faults: &[ProviderFault]) -> FieldErrors {
    let mut errors = FieldErrors::new();
    for fault in faults {
        let (field, code, key) = provider_fault(*fault);
        let most = match field {
            "name" => ProviderName::LONGEST,
            _ => PasswordChange::LONGEST,
        };
        errors.add(field, code, l10n.ta(key, &[("count", most.into())]));
    }
    errors
}

const fn provider_fault(fault: ProviderFault) -> (&'static str, &'static str, &'static str) {
    match fault {
        ProviderFault::NameEmpty => ("name", "required", "delivery-provider-name-empty"),
        ProviderFault::NameTooLong => ("name", "too_long", "delivery-provider-name-too-long"),
        ProviderFault::NameControl => ("name", "control_characters", "delivery-provider-name-control"),
        ProviderFault::NameTaken => ("name", "name_taken", "delivery-provider-name-taken"),
        ProviderFault::PrivateHost => ("host", "private_network", "delivery-provider-host-private"),
        ProviderFault::Password => (
            "password",
            "invalid_password",
            "delivery-provider-password-invalid",
        ),
        ProviderFault::PasswordNeeded => ("password", "password_needed", "delivery-provider-password-needed"),
        ProviderFault::Smtp(fault) => smtp_fault(fault),
    }
}

const fn smtp_fault(fault: InvalidSmtpConfig) -> (&'static str, &'static str, &'static str) {
    match fault {
        InvalidSmtpConfig::Host => ("host", "invalid_host", "delivery-provider-host-invalid"),
        InvalidSmtpConfig::Port => ("port", "out_of_range", "delivery-provider-port-invalid"),
        InvalidSmtpConfig::Username => (
            "username",
            "invalid_username",
            "delivery-provider-username-invalid",
        ),
        InvalidSmtpConfig::MaxConnections => (
            "max_connections",
            "out_of_range",
            "delivery-provider-connections-invalid",
        ),
        InvalidSmtpConfig::MessagesPerConnection => (
            "messages_per_connection",
            "out_of_range",
            "delivery-provider-per-connection-invalid",
        ),
        InvalidSmtpConfig::MessagesPerSecond => (
            "messages_per_second",
            "out_of_range",
            "delivery-provider-per-second-invalid",
        ),
        InvalidSmtpConfig::TrustedCertificates => (
            "trusted_certificates",
            "invalid_certificate",
            "delivery-provider-certificates-invalid",
        ),
    }
}

/// Why an account was not saved, for programs.
pub fn provider_not_saved(l10n: &L10n, error: ProviderNotSaved) -> AppError {
    match error {
        ProviderNotSaved::NotFound => AppError::NotFound,
        ProviderNotSaved::Faults(faults) if faults == [ProviderFault::NameTaken] => AppError::Conflict {
            code: "name_taken",
            detail: l10n.t("delivery-provider-name-taken"),
            existing: None,
        },
        ProviderNotSaved::Faults(faults) => AppError::Invalid(provider_faults(l10n, &faults)),
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

/// A step of the conversation with a mail server.
pub fn phase(l10n: &L10n, phase: Phase) -> String {
    l10n.t(match phase {
        Phase::Connect => "delivery-phase-connect",
        Phase::Greeting => "delivery-phase-greeting",
        Phase::Tls => "delivery-phase-tls",
        Phase::Auth => "delivery-phase-auth",
        Phase::MailFrom => "delivery-phase-mail-from",
        Phase::RcptTo => "delivery-phase-rcpt-to",
        Phase::Data => "delivery-phase-data",
        Phase::Body => "delivery-phase-body",
        Phase::Acceptance => "delivery-phase-acceptance",
    })
}

/// All that is wrong with a domain, by field.
pub fn domain_faults(l10n: &L10n, faults: &[DomainFault]) -> FieldErrors {
    let mut errors = FieldErrors::new();
    for fault in faults {
        let (field, code, key) = match fault {
            DomainFault::Domain => ("domain", "invalid_domain", "delivery-domain-invalid"),
            DomainFault::DomainTaken => ("domain", "domain_taken", "delivery-domain-taken"),
            DomainFault::FromLocalPart => (
                "from_local_part",
                "invalid_local_part",
                "delivery-domain-local-invalid",
            ),
            DomainFault::FromName => ("from_name", "invalid_name", "delivery-domain-name-invalid"),
            DomainFault::ReplyTo => ("reply_to", "invalid_email", "delivery-domain-reply-to-invalid"),
            DomainFault::Selector => ("selector", "invalid_selector", "delivery-domain-selector-invalid"),
            DomainFault::SelectorTaken => ("selector", "selector_taken", "delivery-domain-selector-taken"),
        };
        errors.add(field, code, l10n.t(key));
    }
    errors
}

/// Why a domain was not saved, for programs.
pub fn domain_not_saved(l10n: &L10n, error: DomainNotSaved) -> AppError {
    match error {
        DomainNotSaved::NotFound => AppError::NotFound,
        DomainNotSaved::Faults(faults) if faults == [DomainFault::DomainTaken] => AppError::Conflict {
            code: "domain_taken",
            detail: l10n.t("delivery-domain-taken"),
            existing: None,
        },
        DomainNotSaved::Faults(faults) => AppError::Invalid(domain_faults(l10n, &faults)),
        DomainNotSaved::Key(error) => AppError::internal(error),
        DomainNotSaved::Secret(error) => error.into(),
        DomainNotSaved::Db(error) => error.into(),
    }
}

/// What is wrong with a list of addresses.
pub fn addresses(l10n: &L10n, invalid: &InvalidAddresses) -> (&'static str, String) {
    match invalid {
        InvalidAddresses::None => ("required", l10n.t("delivery-suppressions-add-none")),
        InvalidAddresses::TooMany => {
            let most = i64::try_from(MOST_ADDRESSES).unwrap_or(i64::MAX);
            (
                "too_many",
                l10n.ta("delivery-suppressions-add-too-many", &[("limit", most.into())]),
            )
        }
        InvalidAddresses::Wrong(wrong) => {
            let named: Vec<String> = wrong
                .iter()
                .take(MOST_NAMED)
                .map(|wrong| {
                    let values = [
                        (
                            "position",
                            i64::try_from(wrong.position).unwrap_or(i64::MAX).into(),
                        ),
                        ("text", wrong.text.as_str().into()),
                    ];
                    l10n.ta("delivery-suppressions-add-wrong-one", &values)
                })
                .collect();
            let values = [
                ("count", i64::try_from(wrong.len()).unwrap_or(i64::MAX).into()),
                ("list", named.join("; ").into()),
            ];
            (
                "invalid_email",
                l10n.ta("delivery-suppressions-add-wrong", &values),
            )
        }
    }
}

/// What is wrong with a person's words.
pub fn remark(l10n: &L10n, invalid: InvalidRemark) -> (&'static str, String) {
    match invalid {
        InvalidRemark::TooShort => (
            "too_short",
            l10n.ta("delivery-remark-too-short", &[("count", Remark::SHORTEST.into())]),
        ),
        InvalidRemark::TooLong => (
            "too_long",
            l10n.ta("delivery-remark-too-long", &[("count", Remark::LONGEST.into())]),
        ),
        InvalidRemark::Control => ("control_characters", l10n.t("delivery-remark-control")),
    }
}

/// Why an address is on the suppression list, in a few words.
pub fn suppression_reason(l10n: &L10n, reason: SuppressionReason) -> String {
    l10n.t(match reason {
        SuppressionReason::Unsubscribed => "delivery-suppression-unsubscribed",
        SuppressionReason::HardBounce => "delivery-suppression-hard-bounce",
        SuppressionReason::SoftBounces => "delivery-suppression-soft-bounces",
        SuppressionReason::Complaint => "delivery-suppression-complaint",
        SuppressionReason::Manual => "delivery-suppression-manual",
    })
}

/// The person's own address, which a test goes to.
pub fn own_address(ctx: &Ctx) -> Result<EmailAddress, AppError> {
    let person = ctx.person().ok_or(AppError::Forbidden)?;
    EmailAddress::parse(&person.email).map_err(AppError::internal)
}
