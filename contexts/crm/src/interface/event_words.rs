//! How sources, reasons and devices are called.

use platform::web::{AppError, Ctx, FieldErrors};

use crate::{
    application::save_source::{MAX_SOURCES, SaveSourceError},
    domain::{
        device::Platform,
        identity::IdentifierKind,
        source::{InvalidSource, SourceKind},
    },
};

/// What people call a kind of source.
pub fn source_kind(ctx: &Ctx, kind: SourceKind) -> String {
    ctx.t(match kind {
        SourceKind::Website => "crm-source-kind-website",
        SourceKind::Server => "crm-source-kind-server",
        SourceKind::Mobile => "crm-source-kind-mobile",
        SourceKind::Mautic => "crm-source-kind-mautic",
    })
}

/// Why an event was not taken, or what of it was left out: a sentence where the word is one of ours,
/// else the word itself.
pub fn reason(ctx: &Ctx, word: &str) -> String {
    let (place, code) = word.split_once(": ").unwrap_or(("", word));
    let said = match code {
        "no_field" => ctx.t("crm-event-remark-no-field"),
        "unique_field" => ctx.t("crm-event-remark-unique-field"),
        "does_not_fit" => ctx.t("crm-event-remark-does-not-fit"),
        "not_an_object" if !place.is_empty() => ctx.t("crm-event-remark-not-an-object"),
        "invalid_timestamp" => ctx.t("crm-event-remark-invalid-timestamp"),
        "invalid_email" => ctx.t("crm-event-remark-invalid-email"),
        code => ctx.t(&format!("crm-event-reason-{}", code.replace('_', "-"))),
    };
    if place.is_empty() {
        said
    } else {
        format!("{place}: {said}")
    }
}

/// What a device runs.
pub fn platform(ctx: &Ctx, platform: Platform) -> String {
    ctx.t(match platform {
        Platform::Ios => "crm-device-ios",
        Platform::Android => "crm-device-android",
        Platform::Web => "crm-device-web",
        Platform::Desktop => "crm-device-desktop",
        Platform::Other => "crm-device-other",
    })
}

/// What kind of identifier two people share.
pub fn identifier(ctx: &Ctx, kind: IdentifierKind) -> String {
    ctx.t(match kind {
        IdentifierKind::AnonymousId => "crm-conflict-anonymous-id",
        IdentifierKind::Email => "crm-conflict-email",
        IdentifierKind::ExternalId => "crm-conflict-external-id",
    })
}

/// What is wrong with a source, by field; anything else is handed on.
pub fn source_errors(ctx: &Ctx, error: SaveSourceError) -> Result<FieldErrors, AppError> {
    let mut errors = FieldErrors::new();
    match error {
        SaveSourceError::Invalid(problems) => {
            for (field, problem) in problems {
                let (code, key) = match problem {
                    InvalidSource::Name => ("invalid_name", "crm-source-name-invalid"),
                    InvalidSource::Origin => ("invalid_origin", "crm-source-origin-invalid"),
                    InvalidSource::Rate => ("invalid_rate", "crm-source-rate-invalid"),
                };
                errors.add(field, code, ctx.t(key));
            }
        }
        SaveSourceError::NameTaken => errors.add("name", "name_taken", ctx.t("crm-source-name-taken")),
        SaveSourceError::TooMany => {
            errors.add(
                "name",
                "too_many",
                ctx.ta("crm-source-too-many", &[("count", MAX_SOURCES.into())]),
            );
        }
        SaveSourceError::NotFound => return Err(AppError::NotFound),
        SaveSourceError::Db(error) => return Err(error.into()),
    }
    Ok(errors)
}
