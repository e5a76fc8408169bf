//! What the first run asks for.

use kernel::EmailAddress;

use super::{
    names::Name,
    organization::TimeZoneName,
    password::NewPassword,
    problem::{FieldProblem, Problems},
};

/// The first run as it was typed in.
#[derive(Clone, Default, serde::Deserialize)]
#[serde(default)]
pub struct SetUpRequest {
    /// The organisation's name.
    pub organization: String,
    /// IANA name of its time zone.
    pub timezone: String,
    /// The owner's name.
    pub name: String,
    /// The owner's address.
    pub email: String,
    /// The owner's password.
    pub password: String,
}

impl std::fmt::Debug for SetUpRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SetUpRequest(…)")
    }
}

/// The first organisation and its owner, as they may be stored.
#[derive(Debug)]
pub struct FirstRun {
    /// The organisation's name.
    pub organization: Name,
    /// Its time zone.
    pub timezone: TimeZoneName,
    /// The owner's name.
    pub name: Name,
    /// The owner's address.
    pub email: EmailAddress,
    /// The owner's password.
    pub password: NewPassword,
}

impl FirstRun {
    /// Reads all fields, or says everything that is wrong.
    pub fn parse(request: &SetUpRequest) -> Result<Self, Vec<FieldProblem>> {
        let mut problems = Problems::default();
        let email = problems.take("email", EmailAddress::parse(&request.email));
        let typed_email = email.as_ref().map_or("", EmailAddress::as_str);
        let password = problems.take("password", NewPassword::parse(&request.password, typed_email));
        let organization = problems.take("organization", Name::parse(&request.organization));
        let timezone = problems.take("timezone", TimeZoneName::parse(&request.timezone));
        let name = problems.take("name", Name::parse(&request.name));
        match (organization, timezone, name, email, password) {
            (Some(organization), Some(timezone), Some(name), Some(email), Some(password)) => Ok(Self {
                organization,
                timezone,
                name,
                email,
                password,
            }),
            _ => Err(problems.into_vec()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{FirstRun, SetUpRequest};

    fn request() -> SetUpRequest {
        SetUpRequest {
            organization: "Acme Ltd".into(),
            timezone: "Europe/Berlin".into(),
            name: "Ann Miller".into(),
            email: "Ann@Example.com".into(),
            password: "correct horse battery".into(),
        }
    }

    #[test]
    fn a_complete_form_is_accepted() {
        let first = FirstRun::parse(&request()).expect("accepted");
        assert_eq!(first.email.as_str(), "ann@example.com");
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once() {
        let problems = FirstRun::parse(&SetUpRequest::default()).expect_err("all empty");
        let mut fields: Vec<_> = problems.iter().map(|p| p.field).collect();
        fields.sort_unstable();
        assert_eq!(fields, ["email", "name", "organization", "password", "timezone"]);
    }

    #[test]
    fn the_owner_cannot_take_their_address_as_password() {
        let problems = FirstRun::parse(&SetUpRequest {
            password: "ann@example.com".into(),
            ..request()
        });
        assert_eq!(problems.expect_err("refused")[0].field, "password");
    }
}
