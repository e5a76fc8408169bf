//! What is wrong with a field, as a word for programs and a sentence for people.

use kernel::InvalidEmailAddress;
use platform::{L10n, web::FieldErrors};

use crate::domain::{
    api_key::{ExpiryProblem, ScopesProblem, TestKeyWhileLive},
    names::{LONGEST as LONGEST_NAME, NameProblem},
    organization::{LONGEST_ADDRESS, PostalAddressProblem, UnknownTimeZone},
    password::{LONGEST as LONGEST_PASSWORD, PasswordProblem, SHORTEST},
    problem::{FieldProblem, Problem},
};

/// All problems in the reader's language.
pub fn field_errors(l10n: &L10n, problems: &[FieldProblem]) -> FieldErrors {
    let mut errors = FieldErrors::new();
    for FieldProblem { field, problem } in problems {
        let (code, sentence) = describe(l10n, problem);
        errors.add(*field, code, sentence);
    }
    errors
}

fn describe(l10n: &L10n, problem: &Problem) -> (&'static str, String) {
    match problem {
        Problem::Name(problem) => describe_name(l10n, *problem),
        Problem::Email(InvalidEmailAddress::Empty) => ("required", l10n.t("identity-problem-email-empty")),
        Problem::Email(_) => ("invalid_email", l10n.t("identity-problem-email")),
        Problem::Password(problem) => describe_password(l10n, *problem),
        Problem::TimeZone(UnknownTimeZone) => ("invalid_timezone", l10n.t("identity-problem-timezone")),
        Problem::PostalAddress(PostalAddressProblem::TooLong) => (
            "too_long",
            l10n.ta("identity-problem-too-long", &[("count", LONGEST_ADDRESS.into())]),
        ),
        Problem::PostalAddress(PostalAddressProblem::Control) => {
            ("control_characters", l10n.t("identity-problem-control"))
        }
        Problem::Scopes(ScopesProblem::Empty) => ("required", l10n.t("identity-problem-scopes-empty")),
        Problem::Scopes(ScopesProblem::Unknown(word)) => (
            "unknown_scope",
            l10n.ta(
                "identity-problem-scopes-unknown",
                &[("scope", word.as_str().into())],
            ),
        ),
        Problem::Scopes(ScopesProblem::Exceeds(scope)) => (
            "scope_exceeded",
            l10n.ta(
                "identity-problem-scopes-exceed",
                &[("scope", scope.as_str().into())],
            ),
        ),
        Problem::Expiry(ExpiryProblem::Past) => ("in_the_past", l10n.t("identity-problem-expiry-past")),
        Problem::Mode(TestKeyWhileLive) => ("test_key_while_live", l10n.t("identity-problem-test-key")),
    }
}

fn describe_name(l10n: &L10n, problem: NameProblem) -> (&'static str, String) {
    match problem {
        NameProblem::Empty => ("required", l10n.t("identity-problem-name-empty")),
        NameProblem::TooLong => (
            "too_long",
            l10n.ta("identity-problem-too-long", &[("count", LONGEST_NAME.into())]),
        ),
        NameProblem::Control => ("control_characters", l10n.t("identity-problem-control")),
    }
}

fn describe_password(l10n: &L10n, problem: PasswordProblem) -> (&'static str, String) {
    match problem {
        PasswordProblem::TooShort => (
            "too_short",
            l10n.ta("identity-problem-password-short", &[("count", SHORTEST.into())]),
        ),
        PasswordProblem::TooLong => (
            "too_long",
            l10n.ta("identity-problem-too-long", &[("count", LONGEST_PASSWORD.into())]),
        ),
        PasswordProblem::TooCommon => ("too_common", l10n.t("identity-problem-password-common")),
        PasswordProblem::SameAsEmail => ("same_as_email", l10n.t("identity-problem-password-email")),
    }
}
