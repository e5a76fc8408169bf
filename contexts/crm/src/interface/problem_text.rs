//! Problems in words.

use contracts::crm::CONTACT;
use platform::{
    L10n,
    web::{AppError, FieldErrors},
};

use crate::{
    application::{
        change_stages::StageError,
        create_contact::SaveContactError,
        define_field::SaveFieldError,
        define_object::{SaveObjectError, SaveRelationError},
        map_import::ImportError,
        write_records::WriteRecordsError,
    },
    domain::{
        contact_input::Problem,
        field::InvalidField,
        import::{mapping::InvalidMapping, reject::Reason},
        note::InvalidNote,
        object::{InvalidObject, InvalidRelation},
        stage::InvalidStage,
    },
};

/// The sentence for the code of a problem with a value: `invalid_email`.
#[must_use]
pub fn reason(l10n: &L10n, code: &str) -> String {
    l10n.t(&format!("crm-reason-{}", code.replace('_', "-")))
}

/// Problems of a form.
#[must_use]
pub fn field_errors(l10n: &L10n, problems: &[Problem]) -> FieldErrors {
    let mut errors = FieldErrors::new();
    for problem in problems {
        errors.add(problem.field.clone(), problem.code, reason(l10n, problem.code));
    }
    errors
}

/// Why a contact was not saved, as problems of a form where it is one.
pub fn save_contact_errors(l10n: &L10n, error: SaveContactError) -> Result<FieldErrors, AppError> {
    let (field, code) = match error {
        SaveContactError::EmailTaken(_) => ("email", "email_taken"),
        SaveContactError::ExternalIdTaken(_) => ("external_id", "external_id_taken"),
        SaveContactError::Nobody => ("email", "nobody"),
        SaveContactError::ValueTaken(key, _) => {
            let mut errors = FieldErrors::new();
            errors.add(
                format!("attributes/{key}"),
                "value_taken",
                reason(l10n, "value_taken"),
            );
            return Ok(errors);
        }
        other => return Err(save_contact_error(l10n, other)),
    };
    let mut errors = FieldErrors::new();
    errors.add(field, code, reason(l10n, code));
    Ok(errors)
}

/// Why a contact was not saved, for a program.
#[must_use]
pub fn save_contact_error(l10n: &L10n, error: SaveContactError) -> AppError {
    let taken = |code: &'static str, id: kernel::ContactId| AppError::Conflict {
        code,
        detail: reason(l10n, code),
        existing: Some(id.to_string()),
    };
    match error {
        SaveContactError::NotFound => AppError::NotFound,
        SaveContactError::Nobody => AppError::invalid("", "nobody", reason(l10n, "nobody")),
        SaveContactError::EmailTaken(id) => taken("email_taken", id),
        SaveContactError::ExternalIdTaken(id) => taken("external_id_taken", id),
        SaveContactError::ValueTaken(_, id) => taken("value_taken", id),
        SaveContactError::Stale => AppError::PreconditionFailed,
        SaveContactError::Db(error) => error.into(),
    }
}

/// The page of the contact that stands in the way, if one does.
#[must_use]
pub fn in_the_way(error: &SaveContactError) -> Option<String> {
    match error {
        SaveContactError::EmailTaken(id)
        | SaveContactError::ExternalIdTaken(id)
        | SaveContactError::ValueTaken(_, id) => Some(CONTACT.url(id)),
        _ => None,
    }
}

/// Why a field was not saved, as problems of a form where it is one.
pub fn save_field_errors(l10n: &L10n, error: SaveFieldError) -> Result<FieldErrors, AppError> {
    let mut errors = FieldErrors::new();
    match error {
        SaveFieldError::NotFound | SaveFieldError::NoSuchObject => return Err(AppError::NotFound),
        SaveFieldError::Db(error) => return Err(error.into()),
        SaveFieldError::KeyTaken => errors.add("key", "key_taken", l10n.t("crm-field-key-taken")),
        SaveFieldError::TooMany => errors.add("key", "too_many_fields", l10n.t("crm-field-too-many")),
        SaveFieldError::Invalid(problems) => {
            for (field, problem) in problems {
                let (code, key) = match problem {
                    InvalidField::Key => ("invalid_key", "crm-field-key-invalid"),
                    InvalidField::ReservedKey => ("reserved_key", "crm-field-key-reserved"),
                    InvalidField::Label => ("invalid_label", "crm-field-label-invalid"),
                    InvalidField::OptionsMissing => ("options_missing", "crm-field-options-missing"),
                    InvalidField::Options => ("invalid_options", "crm-field-options-invalid"),
                    InvalidField::Group => ("invalid_group", "crm-field-group-invalid"),
                    InvalidField::MaxLength => ("invalid_max_length", "crm-field-max-length-invalid"),
                    InvalidField::CannotIdentify => ("cannot_identify", "crm-field-cannot-identify"),
                    InvalidField::Default(value) => {
                        let code = Reason::from(value).as_str();
                        errors.add(field, code, reason(l10n, code));
                        continue;
                    }
                };
                errors.add(field, code, l10n.t(key));
            }
        }
    }
    Ok(errors)
}

/// Why a stage was not saved or deleted, as problems of a form.
pub fn stage_errors(l10n: &L10n, error: StageError) -> Result<FieldErrors, AppError> {
    let (field, code, key) = match error {
        StageError::NotFound => return Err(AppError::NotFound),
        StageError::Db(error) => return Err(error.into()),
        StageError::NameTaken => ("name", "name_taken", "crm-stage-name-taken"),
        StageError::TooMany => ("name", "too_many_stages", "crm-stage-too-many"),
        StageError::InUse => ("", "in_use", "crm-stage-in-use"),
        StageError::Invalid(InvalidStage::NameMissing) => ("name", "name_missing", "crm-stage-name-missing"),
        StageError::Invalid(InvalidStage::Name) => ("name", "invalid_name", "crm-stage-name-invalid"),
        StageError::Invalid(InvalidStage::Description) => (
            "description",
            "invalid_description",
            "crm-stage-description-invalid",
        ),
    };
    let mut errors = FieldErrors::new();
    errors.add(field, code, l10n.t(key));
    Ok(errors)
}

/// A code and a sentence for a note that cannot be stored.
#[must_use]
pub fn invalid_note(l10n: &L10n, problem: InvalidNote) -> (&'static str, String) {
    let (code, key) = match problem {
        InvalidNote::Empty => ("empty", "crm-note-empty"),
        InvalidNote::TooLong => ("too_long", "crm-note-too-long"),
        InvalidNote::ControlCharacter => ("control_character", "crm-note-control-character"),
    };
    (code, l10n.t(key))
}

/// Why no records were written.
#[must_use]
pub fn write_records_error(error: WriteRecordsError) -> AppError {
    match error {
        WriteRecordsError::Raced => AppError::PreconditionFailed,
        WriteRecordsError::Db(error) => error.into(),
    }
}

/// Why an object was not saved, as problems of a form where it is one.
pub fn save_object_errors(l10n: &L10n, error: SaveObjectError) -> Result<FieldErrors, AppError> {
    let mut errors = FieldErrors::new();
    match error {
        SaveObjectError::KeyTaken => errors.add("key", "key_taken", l10n.t("crm-object-key-taken")),
        SaveObjectError::TooMany => errors.add("key", "too_many_objects", l10n.t("crm-object-too-many")),
        SaveObjectError::Invalid(problems) => {
            for (member, problem) in problems {
                let (code, key) = match problem {
                    InvalidObject::Key => ("invalid_key", "crm-field-key-invalid"),
                    InvalidObject::ReservedKey => ("reserved_key", "crm-object-key-reserved"),
                    InvalidObject::Name => ("invalid_name", "crm-object-name-invalid"),
                };
                errors.add(member, code, l10n.t(key));
            }
        }
        other => return Err(save_object_error(l10n, other)),
    }
    Ok(errors)
}

/// Why an object was not saved, for a program.
#[must_use]
pub fn save_object_error(l10n: &L10n, error: SaveObjectError) -> AppError {
    match error {
        SaveObjectError::BuiltIn => conflict(l10n, "built_in", "crm-object-built-in"),
        SaveObjectError::HasRecords => conflict(l10n, "has_records", "crm-object-has-records"),
        SaveObjectError::InUse(segments) => AppError::Conflict {
            code: "in_use",
            detail: l10n.ta("crm-object-in-use", &[("segments", segments.join(", ").into())]),
            existing: None,
        },
        SaveObjectError::Db(error) => error.into(),
        other => match save_object_errors(l10n, other) {
            Ok(errors) => AppError::Invalid(errors),
            Err(error) => error,
        },
    }
}

/// Why a relation was not saved.
pub fn save_relation_errors(l10n: &L10n, error: SaveRelationError) -> Result<FieldErrors, AppError> {
    let mut errors = FieldErrors::new();
    match error {
        SaveRelationError::Db(error) => return Err(error.into()),
        SaveRelationError::KeyTaken(member) => {
            errors.add(member, "key_taken", l10n.t("crm-relation-key-taken"));
        }
        SaveRelationError::TooMany => {
            errors.add("key", "too_many_relations", l10n.t("crm-relation-too-many"))
        }
        SaveRelationError::Invalid(problems) => {
            for (member, problem) in problems {
                let (code, key) = match problem {
                    InvalidRelation::Key => ("invalid_key", "crm-field-key-invalid"),
                    InvalidRelation::Label => ("invalid_label", "crm-object-name-invalid"),
                    InvalidRelation::Object => ("unknown_object", "crm-relation-unknown-object"),
                };
                errors.add(member, code, l10n.t(key));
            }
        }
    }
    Ok(errors)
}

/// Why an import cannot be mapped or started.
#[must_use]
pub fn import_error(l10n: &L10n, columns: &[String], error: ImportError) -> AppError {
    match error {
        ImportError::NotFound => AppError::NotFound,
        ImportError::Db(error) => error.into(),
        ImportError::WrongState => conflict(l10n, "wrong_state", "crm-import-wrong-state"),
        ImportError::FileGone => conflict(l10n, "file_gone", "crm-import-file-gone"),
        ImportError::Mapping(problem) => {
            let (field, code, text) = mapping_problem(l10n, columns, &problem);
            AppError::invalid(field, code, text)
        }
    }
}

/// The form's field, a code and a sentence for a mapping that cannot be used.
#[must_use]
pub fn mapping_problem(
    l10n: &L10n,
    columns: &[String],
    problem: &InvalidMapping,
) -> (String, &'static str, String) {
    let of_column = |n: usize, code: &'static str, key: &str| {
        let name = columns.get(n).cloned().unwrap_or_default();
        (
            format!("column_{n}"),
            code,
            l10n.ta(key, &[("column", name.into())]),
        )
    };
    match problem {
        InvalidMapping::IdentityMissing => (
            "identity".to_owned(),
            "identity_missing",
            l10n.t("crm-import-identity-missing"),
        ),
        InvalidMapping::Twice(n) => of_column(*n, "mapped_twice", "crm-import-mapped-twice"),
        InvalidMapping::UnknownField(n) => of_column(*n, "unknown_field", "crm-import-unknown-field"),
        InvalidMapping::NotHere(n) => of_column(*n, "wrong_target", "crm-import-wrong-target"),
        InvalidMapping::NotUnique => (
            "identity".to_owned(),
            "not_unique",
            l10n.t("crm-import-not-unique"),
        ),
        InvalidMapping::NewField(n) => of_column(*n, "key_taken", "crm-import-new-field-taken"),
        InvalidMapping::Tags => ("tags".to_owned(), "invalid_tag", reason(l10n, "invalid_tag")),
        InvalidMapping::UnknownTopic(n) => of_column(*n, "unknown_topic", "crm-import-unknown-topic"),
        InvalidMapping::Basis => (
            "consent_basis".to_owned(),
            "consent_basis_missing",
            l10n.t("crm-import-consent-basis-missing"),
        ),
        InvalidMapping::Claim => (
            "consent_text".to_owned(),
            "consent_text_missing",
            l10n.t("crm-import-consent-text-missing"),
        ),
        InvalidMapping::Columns => (
            "columns".to_owned(),
            "wrong_columns",
            l10n.t("crm-import-wrong-columns"),
        ),
    }
}

fn conflict(l10n: &L10n, code: &'static str, key: &str) -> AppError {
    AppError::Conflict {
        code,
        detail: l10n.t(key),
        existing: None,
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::import::reject::Reason;

    #[test]
    fn every_reason_has_words() {
        let messages = concat!(
            include_str!("../../i18n/en.ftl"),
            include_str!("../../i18n/people.en.ftl"),
            include_str!("../../i18n/imports.en.ftl"),
            include_str!("../../i18n/objects.en.ftl")
        );
        for reason in Reason::ALL {
            let key = format!("\ncrm-reason-{} = ", reason.as_str().replace('_', "-"));
            assert!(messages.contains(&key), "{key}");
        }
    }
}
