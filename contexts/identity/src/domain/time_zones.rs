//! The time zones that people choose from.

use std::collections::BTreeMap;

/// Names by region, in order: `Europe` -> `Europe/Berlin`… Those that exist only for old programs
/// (`US/Pacific`, `Etc/GMT+5`) are left out; somebody who has one keeps it.
#[must_use]
pub fn by_region() -> BTreeMap<String, Vec<String>> {
    const REGIONS: [&str; 10] = [
        "Africa",
        "America",
        "Antarctica",
        "Arctic",
        "Asia",
        "Atlantic",
        "Australia",
        "Europe",
        "Indian",
        "Pacific",
    ];
    let mut regions: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for name in jiff::tz::db().available() {
        let name = name.as_str();
        if let Some((region, _)) = name.split_once('/')
            && REGIONS.contains(&region)
        {
            regions
                .entry(region.to_owned())
                .or_default()
                .push(name.to_owned());
        }
    }
    for names in regions.values_mut() {
        names.sort_unstable();
    }
    regions
}

/// How a zone is shown: `Buenos Aires (Argentina)` for `America/Argentina/Buenos_Aires`.
#[must_use]
pub fn label(name: &str) -> String {
    let mut parts = name.split('/').skip(1).collect::<Vec<_>>();
    let Some(city) = parts.pop() else {
        return name.to_owned();
    };
    let city = city.replace('_', " ");
    match parts.pop() {
        Some(state) => format!("{city} ({})", state.replace('_', " ")),
        None => city,
    }
}

#[cfg(test)]
mod tests {
    use super::{by_region, label};

    #[test]
    fn people_find_their_city() {
        let regions = by_region();
        assert!(regions["Europe"].iter().any(|name| name == "Europe/Berlin"));
        assert!(regions["Europe"].is_sorted());
        assert!(!regions.contains_key("Etc") && !regions.contains_key("US"));
    }

    #[test]
    fn a_zone_is_shown_as_its_city() {
        assert_eq!(label("Europe/Berlin"), "Berlin");
        assert_eq!(label("America/New_York"), "New York");
        assert_eq!(
            label("America/Argentina/Buenos_Aires"),
            "Buenos Aires (Argentina)"
        );
        assert_eq!(label("UTC"), "UTC");
    }
}
