//! Faults and findings in a person's words.

use contracts::{
    crm::consent::Channel,
    delivery::templates::{BodyKind, CheckFinding, PushData, TextMessageSize},
};
use platform::{
    L10n,
    web::{AppError, FieldErrors},
};

use crate::{
    application::{
        preview_template::{NoPreview, Preview},
        save_template::NotSaved,
        send_template_test::{InvalidTestAddresses, MOST_TEST_ADDRESSES},
    },
    domain::{
        sms,
        template::{
            Check, CheckLevel, InvalidTemplateName, TemplateError, TemplateKind, TemplateName, TemplatePart,
        },
    },
};

/// What is wrong, without the place.
pub fn fault(l10n: &L10n, error: &TemplateError) -> String {
    l10n.ta(error.fault.key(), &[("detail", error.fault.detail().into())])
}

/// What is wrong, with the place: "Body, line 3: …".
pub fn fault_with_place(l10n: &L10n, error: &TemplateError) -> String {
    let values = [
        ("part", part(l10n, error.part).into()),
        ("line", i64::from(error.line).into()),
        ("column", i64::from(error.column.unwrap_or(0)).into()),
        ("fault", fault(l10n, error).into()),
    ];
    match error.part {
        TemplatePart::Subject | TemplatePart::Preheader | TemplatePart::Url | TemplatePart::Data => {
            l10n.ta("delivery-template-fault-in-part", &values)
        }
        TemplatePart::Body | TemplatePart::Text => l10n.ta("delivery-template-fault-at-line", &values),
    }
}

fn part(l10n: &L10n, part: TemplatePart) -> String {
    l10n.t(match part {
        TemplatePart::Subject => "delivery-template-subject",
        TemplatePart::Preheader => "delivery-template-preheader",
        TemplatePart::Body => "delivery-template-body",
        TemplatePart::Text => "delivery-template-text",
        TemplatePart::Url => "delivery-push-url",
        TemplatePart::Data => "delivery-push-data",
    })
}

/// A finding of the checks.
pub fn check(l10n: &L10n, check: &Check) -> String {
    l10n.ta(
        &format!("delivery-template-check-{}", check.code),
        &[("detail", check.detail.as_str().into())],
    )
}

/// What is wrong with a name.
pub fn name(l10n: &L10n, invalid: InvalidTemplateName) -> String {
    match invalid {
        InvalidTemplateName::Empty => l10n.t("delivery-template-name-empty"),
        InvalidTemplateName::TooLong => l10n.ta(
            "delivery-template-name-too-long",
            &[("limit", (TemplateName::LONGEST as i64).into())],
        ),
        InvalidTemplateName::Control => l10n.t("delivery-template-name-control"),
    }
}

/// What is wrong with the addresses of a test.
pub fn test_addresses(l10n: &L10n, channel: Channel, invalid: &InvalidTestAddresses) -> String {
    match invalid {
        InvalidTestAddresses::None => l10n.t("delivery-template-test-none"),
        InvalidTestAddresses::TooMany => l10n.ta(
            "delivery-template-test-too-many",
            &[("limit", (MOST_TEST_ADDRESSES as i64).into())],
        ),
        InvalidTestAddresses::Invalid(text) => l10n.ta(
            match channel {
                Channel::Email => "delivery-template-test-invalid",
                Channel::Sms => "delivery-template-test-invalid-number",
                Channel::Push => "delivery-template-test-invalid-token",
            },
            &[("address", text.as_str().into())],
        ),
    }
}

/// Why nothing was saved, for programs; pages show most of it at the fields.
pub fn not_saved(l10n: &L10n, error: NotSaved) -> AppError {
    match error {
        NotSaved::NotFound => AppError::NotFound,
        NotSaved::Name(invalid) => AppError::invalid("name", "invalid_name", name(l10n, invalid)),
        NotSaved::NameTaken(other) => AppError::Conflict {
            code: "name_taken",
            detail: l10n.t("delivery-template-name-taken"),
            existing: Some(other.to_string()),
        },
        NotSaved::Faults(faults) => AppError::Invalid(faults_as_fields(l10n, &faults)),
        NotSaved::OtherChannel => AppError::invalid(
            "channel",
            "channel_is_fixed",
            l10n.t("delivery-template-channel-is-fixed"),
        ),
        NotSaved::Outdated(number) => AppError::Conflict {
            code: "outdated",
            detail: l10n.ta(
                "delivery-template-outdated",
                &[("version", i64::from(number).into())],
            ),
            existing: None,
        },
        NotSaved::Db(error) => error.into(),
    }
}

/// Why there is no preview, for programs.
pub fn no_preview(l10n: &L10n, error: NoPreview) -> AppError {
    match error {
        NoPreview::NotFound => AppError::NotFound,
        NoPreview::Faults(faults) => AppError::Invalid(faults_as_fields(l10n, &faults)),
        NoPreview::Render(error) => AppError::invalid(error.part.as_str(), "does_not_render", error.detail),
        NoPreview::Port(error) => error.into(),
        NoPreview::Db(error) => error.into(),
    }
}

fn faults_as_fields(l10n: &L10n, faults: &[TemplateError]) -> FieldErrors {
    let mut errors = FieldErrors::new();
    for error in faults {
        errors.add(
            error.part.as_str(),
            error.fault.code(),
            fault_with_place(l10n, error),
        );
    }
    errors
}

/// The findings as the API shows them.
pub fn findings(checks: &[Check]) -> Vec<CheckFinding> {
    checks
        .iter()
        .map(|check| CheckFinding {
            level: match check.level {
                CheckLevel::Problem => "problem",
                CheckLevel::Advice => "advice",
            }
            .to_owned(),
            code: check.code.to_owned(),
            detail: check.detail.clone(),
            part: check.place.map(|place| place.part.as_str().to_owned()),
            line: check.place.map(|place| place.line),
        })
        .collect()
}

/// The domain's word as the API's.
pub const fn body_kind(kind: TemplateKind) -> BodyKind {
    match kind {
        TemplateKind::Mjml => BodyKind::Mjml,
        TemplateKind::Html => BodyKind::Html,
        TemplateKind::Sms => BodyKind::Sms,
        TemplateKind::Push => BodyKind::Push,
    }
}

/// And back.
pub const fn template_kind(kind: BodyKind) -> TemplateKind {
    match kind {
        BodyKind::Mjml => TemplateKind::Mjml,
        BodyKind::Html => TemplateKind::Html,
        BodyKind::Sms => TemplateKind::Sms,
        BodyKind::Push => TemplateKind::Push,
    }
}

/// Pairs of data as the API shows them.
pub fn push_data(pairs: Vec<(String, String)>) -> Vec<PushData> {
    let shown = |(key, value)| PushData { key, value };
    pairs.into_iter().map(shown).collect()
}

/// And back.
pub fn data_pairs(data: Vec<PushData>) -> Vec<(String, String)> {
    data.into_iter().map(|pair| (pair.key, pair.value)).collect()
}

/// How large a text message is; nothing for what is none.
pub fn text_size(preview: &Preview) -> Option<TextMessageSize> {
    if preview.channel != Channel::Sms {
        return None;
    }
    let text = &preview.rendered.text;
    let size = sms::size(text);
    Some(TextMessageSize {
        encoding: size.encoding.as_str().to_owned(),
        characters: size.characters,
        segments: size.segments,
        forces_unicode: sms::forces_unicode(text).into_iter().collect(),
    })
}
