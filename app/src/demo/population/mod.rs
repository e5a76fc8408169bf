//! The people of the demonstration: made up, of many countries, and the same for the same seed.
//!
//! Invariant: pure. Every address is at a domain that is reserved for examples or for the sandbox, so
//! that no mail can ever reach anybody.

mod company;
mod names;
mod person;
mod places;
mod slug;

use std::collections::HashSet;

use company::Company;
pub use person::{INDUSTRIES, INTERESTS, PLANS, Person};

/// So many people share one company, on average.
const COLLEAGUES: usize = 4;

/// So many people, who work at a quarter as many companies.
pub fn people(seed: u64, count: usize) -> Vec<Person> {
    let mut domains = HashSet::new();
    let companies: Vec<Company> = (0..count.div_ceil(COLLEAGUES))
        .map(|number| Company::make(seed, number, &mut domains))
        .collect();
    let mut addresses = HashSet::new();
    (0..count)
        .map(|number| Person::make(seed, number, &companies, &mut addresses))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::tz::TimeZone;
    use kernel::EmailAddress;

    use super::{Person, people, places::COUNTRIES};

    fn share(people: &[Person], of: impl Fn(&Person) -> bool) -> f64 {
        people.iter().filter(|person| of(person)).count() as f64 / people.len() as f64
    }

    #[test]
    fn the_same_seed_makes_the_same_people_and_another_one_makes_others() {
        assert_eq!(people(42, 300), people(42, 300));
        let (some, others) = (people(42, 300), people(43, 300));
        assert!(
            some.iter()
                .zip(&others)
                .filter(|(a, b)| a.email == b.email)
                .count()
                < 10
        );
    }

    #[test]
    fn addresses_are_valid_unique_and_reach_nobody() {
        let people = people(42, 5_000);
        let addresses: Vec<&str> = people
            .iter()
            .filter_map(|person| person.email.as_deref())
            .collect();
        assert_eq!(addresses.iter().collect::<BTreeSet<_>>().len(), addresses.len());
        for address in &addresses {
            let parsed = EmailAddress::parse(address).unwrap_or_else(|error| panic!("{address}: {error}"));
            assert_eq!(parsed.as_str(), *address);
            let domain = parsed.domain();
            let reserved = ["example.com", "example.org", "example.net"];
            assert!(
                domain == "sandbox.test" || reserved.iter().any(|end| domain.ends_with(&format!(".{end}"))),
                "{address}"
            );
        }
        assert!(addresses.len() > 4_900 && addresses.len() < 5_000);
        let ids: BTreeSet<&String> = people.iter().map(|person| &person.external_id).collect();
        assert_eq!(ids.len(), people.len());
    }

    #[test]
    fn people_live_everywhere_in_zones_that_exist() {
        let people = people(42, 5_000);
        let countries: BTreeSet<&str> = people.iter().map(|person| person.country).collect();
        assert_eq!(countries.len(), COUNTRIES.len());
        let zones: BTreeSet<&str> = people.iter().map(|person| person.timezone).collect();
        for zone in &zones {
            assert!(TimeZone::get(zone).is_ok(), "{zone}");
        }
        assert!(zones.len() > 30, "{}", zones.len());
        assert!(
            people
                .iter()
                .map(|p| (&p.first_name, &p.last_name))
                .collect::<BTreeSet<_>>()
                .len()
                > 2_500
        );
    }

    #[test]
    fn the_shares_that_segments_and_campaigns_need_are_there() {
        let people = people(42, 5_000);
        for (what, share, expected) in [
            ("readers", share(&people, |p| p.newsletter), 0.65..0.80),
            ("paying", share(&people, |p| p.plan != "Free"), 0.45..0.70),
            ("opted out", share(&people, |p| p.opted_out), 0.005..0.03),
            (
                "with a phone",
                share(&people, |p| !p.phone.is_empty()),
                0.35..0.55,
            ),
            (
                "interested",
                share(&people, |p| !p.interests.is_empty()),
                0.8..0.95,
            ),
        ] {
            assert!(expected.contains(&share), "{what}: {share}");
        }
        assert!(
            people
                .iter()
                .all(|p| p.seats >= 1 && p.known_for >= 0 && !p.company.is_empty())
        );
    }
}
