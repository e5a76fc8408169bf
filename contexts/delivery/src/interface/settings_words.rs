//! Faults of domains and reasons of suppressions in a person's words.

use kernel::EmailAddress;
use platform::{
    L10n,
    web::{AppError, Ctx, FieldErrors},
};

use crate::{
    application::save_domain::DomainNotSaved,
    domain::{
        address_list::{InvalidAddresses, InvalidRemark, MOST_ADDRESSES, MOST_NAMED, Remark},
        answer::Phase,
        sender_settings::DomainFault,
        suppression::SuppressionReason,
        tracking_host::InvalidTrackingHost,
    },
};

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
            DomainFault::TrackingHost(InvalidTrackingHost::Malformed) => {
                ("tracking_host", "invalid_host", "delivery-tracking-invalid")
            }
            DomainFault::TrackingHost(InvalidTrackingHost::OutsideDomain) => {
                ("tracking_host", "outside_domain", "delivery-tracking-outside")
            }
            DomainFault::TrackingHost(InvalidTrackingHost::Ours) => {
                ("tracking_host", "own_host", "delivery-tracking-ours")
            }
        };
        errors.add(field, code, l10n.t(key));
    }
    errors
}

/// Why a domain was not saved, for programs.
pub fn domain_not_saved(l10n: &L10n, error: DomainNotSaved) -> AppError {
    match error {
        DomainNotSaved::NotFound => AppError::NotFound,
        DomainNotSaved::RotationUnderWay => AppError::Conflict {
            code: "rotation_under_way",
            detail: l10n.t("delivery-keys-wait-already"),
            existing: None,
        },
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
