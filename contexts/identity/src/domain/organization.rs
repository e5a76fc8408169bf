//! An organisation's settings, and its way from test mode to live sending and back.

use contracts::identity::{OrganizationProfile, ReadinessItem, SendingMode};

use super::names::steers;

/// The most characters of a postal address.
pub const LONGEST_ADDRESS: usize = 500;

/// An IANA time zone that this machine knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeZoneName(String);

/// The time zone is not one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a time zone")]
pub struct UnknownTimeZone;

impl TimeZoneName {
    /// Looks the name up, and keeps the way the database writes it.
    pub fn parse(text: &str) -> Result<Self, UnknownTimeZone> {
        let zone = jiff::tz::TimeZone::get(text.trim()).map_err(|_| UnknownTimeZone)?;
        zone.iana_name()
            .map(|name| Self(name.to_owned()))
            .ok_or(UnknownTimeZone)
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Where the organisation gets its letters: what the law wants at the foot of commercial mail.
/// Several lines; empty while nobody has said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostalAddress(String);

/// Why a text is not a postal address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PostalAddressProblem {
    /// More than [`LONGEST_ADDRESS`] characters.
    #[error("an address has at most {LONGEST_ADDRESS} characters")]
    TooLong,
    /// Characters that steer rather than show.
    #[error("an address has no control characters but line breaks")]
    Control,
}

impl PostalAddress {
    /// Trims each line, drops empty ones at both ends, and checks.
    pub fn parse(text: &str) -> Result<Self, PostalAddressProblem> {
        let lines: Vec<&str> = text.trim().lines().map(str::trim).collect();
        let text = lines.join("\n");
        if text.chars().count() > LONGEST_ADDRESS {
            return Err(PostalAddressProblem::TooLong);
        }
        if text.chars().any(|c| c != '\n' && steers(c)) {
            return Err(PostalAddressProblem::Control);
        }
        Ok(Self(text))
    }

    /// The text, lines separated by `\n`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why an organisation does not change its mode.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModeRefusal {
    /// It is in that mode already.
    #[error("nothing to change")]
    AlreadyThere,
    /// Required things are missing; so many.
    #[error("{0} required things are missing")]
    NotReady(usize),
    /// The name was not typed as it is written.
    #[error("the name that was typed is not the organisation's")]
    NotConfirmed,
}

/// Decides whether the organisation goes live: everything required is in order, and the person
/// typed its name.
pub fn go_live(
    organization: &OrganizationProfile,
    items: &[ReadinessItem],
    typed: &str,
) -> Result<SendingMode, ModeRefusal> {
    if organization.mode == SendingMode::Live {
        return Err(ModeRefusal::AlreadyThere);
    }
    let missing = items.iter().filter(|item| item.required && !item.ready).count();
    if missing > 0 {
        return Err(ModeRefusal::NotReady(missing));
    }
    if typed.trim() != organization.name {
        return Err(ModeRefusal::NotConfirmed);
    }
    Ok(SendingMode::Live)
}

/// Decides whether the organisation goes back into test mode: always, since it stops mail.
pub fn return_to_test(organization: &OrganizationProfile) -> Result<SendingMode, ModeRefusal> {
    match organization.mode {
        SendingMode::Live => Ok(SendingMode::Test),
        SendingMode::Test => Err(ModeRefusal::AlreadyThere),
    }
}

#[cfg(test)]
mod tests {
    use contracts::identity::{OrganizationProfile, ReadinessItem, SendingMode};
    use kernel::OrgId;

    use super::{
        ModeRefusal, PostalAddress, PostalAddressProblem, TimeZoneName, UnknownTimeZone, go_live,
        return_to_test,
    };

    fn organization(mode: SendingMode) -> OrganizationProfile {
        OrganizationProfile {
            id: OrgId::generate(),
            name: "Acme Ltd".into(),
            mode,
            timezone: "Europe/Berlin".into(),
            postal_address: String::new(),
        }
    }

    fn item(required: bool, ready: bool) -> ReadinessItem {
        ReadinessItem {
            title_key: "t",
            help_key: "h",
            ready,
            required,
            href: "/".into(),
        }
    }

    #[test]
    fn an_organisation_goes_live_when_everything_required_is_in_order() {
        let acme = organization(SendingMode::Test);
        let items = [item(true, true), item(false, false)];
        assert_eq!(go_live(&acme, &items, " Acme Ltd "), Ok(SendingMode::Live));
    }

    #[test]
    fn an_organisation_does_not_go_live_by_accident() {
        let acme = organization(SendingMode::Test);
        let ready = [item(true, true)];
        assert_eq!(go_live(&acme, &ready, "acme"), Err(ModeRefusal::NotConfirmed));
        assert_eq!(go_live(&acme, &ready, ""), Err(ModeRefusal::NotConfirmed));
        let missing = [item(true, false), item(true, false), item(false, false)];
        assert_eq!(
            go_live(&acme, &missing, "Acme Ltd"),
            Err(ModeRefusal::NotReady(2))
        );
        assert_eq!(
            go_live(&organization(SendingMode::Live), &ready, "Acme Ltd"),
            Err(ModeRefusal::AlreadyThere)
        );
    }

    #[test]
    fn the_way_back_is_always_open() {
        assert_eq!(
            return_to_test(&organization(SendingMode::Live)),
            Ok(SendingMode::Test)
        );
        assert_eq!(
            return_to_test(&organization(SendingMode::Test)),
            Err(ModeRefusal::AlreadyThere)
        );
    }

    #[test]
    fn only_real_time_zones_pass() {
        assert_eq!(
            TimeZoneName::parse(" europe/berlin ").map(|z| z.as_str().to_owned()),
            Ok("Europe/Berlin".into())
        );
        assert!(TimeZoneName::parse("UTC").is_ok());
        for bad in [
            "",
            "Mars/Olympus",
            "../../etc/passwd",
            "Europe/Berlin\0",
            "+02:00",
        ] {
            assert_eq!(TimeZoneName::parse(bad), Err(UnknownTimeZone), "{bad:?}");
        }
    }

    #[test]
    fn a_postal_address_keeps_its_lines_and_nothing_that_steers() {
        let address = PostalAddress::parse("\r\n Acme Ltd \r\n1 Road\r\n  Town\n\n").expect("valid");
        assert_eq!(address.as_str(), "Acme Ltd\n1 Road\nTown");
        assert_eq!(PostalAddress::parse("").map(|a| a.as_str().len()), Ok(0));
        assert_eq!(PostalAddress::parse("a\u{0}"), Err(PostalAddressProblem::Control));
        assert_eq!(
            PostalAddress::parse(&"x".repeat(501)),
            Err(PostalAddressProblem::TooLong)
        );
    }
}
