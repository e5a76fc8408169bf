//! What can be wrong with a field that a person filled in.

use kernel::InvalidEmailAddress;

use super::{
    api_key::{ExpiryProblem, ScopesProblem, TestKeyWhileLive},
    names::NameProblem,
    organization::{PostalAddressProblem, UnknownTimeZone},
    password::PasswordProblem,
};

/// Why a value is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// A name.
    #[error(transparent)]
    Name(#[from] NameProblem),
    /// An e-mail address.
    #[error(transparent)]
    Email(#[from] InvalidEmailAddress),
    /// A password.
    #[error(transparent)]
    Password(#[from] PasswordProblem),
    /// A time zone.
    #[error(transparent)]
    TimeZone(#[from] UnknownTimeZone),
    /// A postal address.
    #[error(transparent)]
    PostalAddress(#[from] PostalAddressProblem),
    /// The scopes of a key.
    #[error(transparent)]
    Scopes(#[from] ScopesProblem),
    /// The expiry of a key.
    #[error(transparent)]
    Expiry(#[from] ExpiryProblem),
    /// The mode of a key.
    #[error(transparent)]
    Mode(#[from] TestKeyWhileLive),
}

/// A field with what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct FieldProblem {
    /// The field, as forms and the API name it.
    pub field: &'static str,
    /// What is wrong.
    pub problem: Problem,
}

/// Collects what is wrong while fields are read, so that people are told everything at once.
#[derive(Debug, Default)]
pub struct Problems(Vec<FieldProblem>);

impl Problems {
    /// The value, or `None` and a problem more.
    pub fn take<T, P: Into<Problem>>(&mut self, field: &'static str, read: Result<T, P>) -> Option<T> {
        read.map_err(|problem| {
            self.0.push(FieldProblem {
                field,
                problem: problem.into(),
            })
        })
        .ok()
    }

    /// `value` if nothing is wrong, or else everything that is.
    pub fn none_or<T>(self, value: T) -> Result<T, Vec<FieldProblem>> {
        if self.0.is_empty() { Ok(value) } else { Err(self.0) }
    }

    /// Everything that is wrong.
    #[must_use]
    pub fn into_vec(self) -> Vec<FieldProblem> {
        self.0
    }
}
