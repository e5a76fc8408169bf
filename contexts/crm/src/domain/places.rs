//! Countries, their regions, languages and time zones: what fields of those types offer and accept.
//!
//! Countries and regions are kept by name and not by code, as people read them in lists and mails and
//! as Mautic stores them. The names are those of CLDR and ISO 3166-2.

use std::sync::LazyLock;

/// Code of two letters, code of three, name.
const COUNTRIES: &str = include_str!("../../data/countries.tsv");
/// Code of the country, and `code:name|code:name…`.
const REGIONS: &str = include_str!("../../data/regions.tsv");
/// Tag and name.
const LOCALES: &str = include_str!("../../data/locales.tsv");

struct Country {
    alpha2: &'static str,
    alpha3: &'static str,
    name: &'static str,
    /// Code and name.
    regions: Vec<(&'static str, &'static str)>,
}

static ALL: LazyLock<Vec<Country>> = LazyLock::new(|| {
    let regions = |code: &str| {
        let of_country = |line: &'static str| line.strip_prefix(code)?.strip_prefix('\t');
        let list = REGIONS.lines().find_map(of_country).unwrap_or_default();
        list.split('|')
            .filter_map(|region| region.split_once(':'))
            .collect()
    };
    COUNTRIES
        .lines()
        .filter_map(|line| {
            let mut parts = line.split('\t');
            let (alpha2, alpha3, name) = (parts.next()?, parts.next()?, parts.next()?);
            Some(Country {
                alpha2,
                alpha3,
                name,
                regions: regions(alpha2),
            })
        })
        .collect()
});

/// The names of all countries, in alphabetical order.
pub fn countries() -> impl Iterator<Item = &'static str> {
    ALL.iter().map(|country| country.name)
}

/// The name of the country that is meant: by its name, or by a code of two or three letters.
#[must_use]
pub fn country(given: &str) -> Option<&'static str> {
    find(given).map(|country| country.name)
}

/// The regions of a country: its states, provinces, cantons. None for one that is not known.
#[must_use]
pub fn regions_of(given: &str) -> Vec<&'static str> {
    find(given).map_or_else(Vec::new, |country| {
        country.regions.iter().map(|(_, name)| *name).collect()
    })
}

/// The name of a region in its own spelling: by that, or by its code, `US-CA`. Regions change and have
/// names in several languages, so one that is not in the list is no mistake.
#[must_use]
pub fn region(given: &str) -> Option<&'static str> {
    if let Some((country, code)) = given.split_once('-')
        && let Some(country) = ALL
            .iter()
            .find(|known| known.alpha2.eq_ignore_ascii_case(country))
        && let Some((_, name)) = country
            .regions
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(code))
    {
        return Some(name);
    }
    let given = given.to_lowercase();
    let mut names = ALL.iter().flat_map(|country| &country.regions);
    names
        .find(|(_, name)| name.to_lowercase() == given)
        .map(|(_, name)| *name)
}

/// Tags and names of languages to choose from, by name. Others are accepted, too.
pub fn locales() -> impl Iterator<Item = (&'static str, &'static str)> {
    LOCALES.lines().filter_map(|line| line.split_once('\t'))
}

/// The time zones that there are, by area: `Europe`, and `Europe/Berlin` among them.
#[must_use]
pub fn timezones() -> Vec<(String, Vec<String>)> {
    let mut names: Vec<String> = jiff::tz::db()
        .available()
        .map(|name| name.as_str().to_owned())
        .filter(|name| AREAS.iter().any(|area| is_in(name, area)))
        .collect();
    names.sort();
    names.dedup();
    let of_area = |area: &str| {
        let names = names.iter().filter(|name| is_in(name, area));
        (area.to_owned(), names.cloned().collect())
    };
    AREAS.iter().map(|area| of_area(area)).collect()
}

/// Names outside these are older spellings: `US/Eastern`, `Asia/…` has the present one.
const AREAS: [&str; 9] = [
    "Africa",
    "America",
    "Antarctica",
    "Asia",
    "Atlantic",
    "Australia",
    "Europe",
    "Indian",
    "Pacific",
];

fn is_in(name: &str, area: &str) -> bool {
    name.strip_prefix(area).is_some_and(|rest| rest.starts_with('/'))
}

fn find(given: &str) -> Option<&'static Country> {
    let plain = plain(given);
    ALL.iter().find(|country| {
        country.alpha2.eq_ignore_ascii_case(given)
            || country.alpha3.eq_ignore_ascii_case(given)
            || self::plain(country.name) == plain
    })
}

/// Without what people write in several ways.
fn plain(name: &str) -> String {
    let name = name.trim().to_lowercase().replace(['’', '`'], "'");
    let name = name.replace(" and ", " & ").replace("saint ", "st. ");
    match name.as_str() {
        "czech republic" => "czechia".to_owned(),
        "turkey" => "türkiye".to_owned(),
        "usa" | "united states of america" => "united states".to_owned(),
        "great britain" | "uk" => "united kingdom".to_owned(),
        "russian federation" => "russia".to_owned(),
        "holland" | "the netherlands" => "netherlands".to_owned(),
        "ivory coast" => "côte d'ivoire".to_owned(),
        "hong kong" => "hong kong sar china".to_owned(),
        "macau" | "macao" => "macao sar china".to_owned(),
        "macedonia" => "north macedonia".to_owned(),
        "swaziland" => "eswatini".to_owned(),
        "burma" | "myanmar" => "myanmar (burma)".to_owned(),
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn countries_are_known_by_name_and_code() {
        for (given, name) in [
            ("Germany", "Germany"),
            ("germany ", "Germany"),
            ("DE", "Germany"),
            ("deu", "Germany"),
            ("Turkey", "Türkiye"),
            ("Bosnia and Herzegovina", "Bosnia & Herzegovina"),
            ("USA", "United States"),
            ("Saint Lucia", "St. Lucia"),
        ] {
            assert_eq!(country(given), Some(name), "{given}");
        }
        assert_eq!(country("Atlantis"), None);
        assert_eq!(countries().count(), 250);
    }

    #[test]
    fn regions_belong_to_countries() {
        assert_eq!(regions_of("US").len(), 57);
        assert!(regions_of("Switzerland").contains(&"Zürich"));
        assert!(regions_of("Atlantis").is_empty());
        assert_eq!(region("US-CA"), Some("California"));
        assert_eq!(region("new york"), Some("New York"));
        assert_eq!(region("Bavaria"), None);
    }

    #[test]
    fn all_languages_and_zones_that_are_offered_are_accepted() {
        use crate::domain::{contact::TextField, contact_value::parse_text_field};
        for (tag, _) in locales() {
            assert_eq!(parse_text_field(TextField::Locale, tag), Ok(tag.to_owned()));
        }
        let zones: Vec<String> = timezones().into_iter().flat_map(|(_, names)| names).collect();
        assert!(zones.len() > 300, "{}", zones.len());
        assert!(zones.contains(&"Europe/Berlin".to_owned()));
        for zone in zones {
            assert!(parse_text_field(TextField::Timezone, &zone).is_ok(), "{zone}");
        }
    }
}
