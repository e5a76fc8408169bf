use std::collections::HashSet;

use super::{
    person::{INDUSTRIES, PLANS},
    places::{COUNTRIES, City, Country},
    slug::slug,
};
use crate::demo::random::Random;

/// Where several people work.
pub struct Company {
    pub name: String,
    /// Below a domain that is reserved for examples.
    pub domain: String,
    pub country: &'static Country,
    pub city: &'static City,
    pub industry: &'static str,
    pub plan: &'static str,
    pub seats: i64,
}

const RESERVED_DOMAINS: [&str; 3] = ["example.com", "example.org", "example.net"];

impl Company {
    /// `taken` are the domains that others have.
    pub fn make(seed: u64, number: usize, taken: &mut HashSet<String>) -> Self {
        let mut random = Random::of(seed, "company", number as u64);
        let country = random.pick_weighted(COUNTRIES, |country| country.weight);
        let city = random.pick(country.cities);
        let name = random
            .word(country.companies)
            .replace("{name}", latin(random.word(country.names.last)))
            .replace("{city}", city.name);
        let (plan, seats) = plan_and_seats(&mut random);
        let parent = random.pick(&RESERVED_DOMAINS);
        Self {
            domain: free_domain(&slug(&name, '-'), parent, taken),
            industry: industry(&name, &mut random),
            name,
            country,
            city,
            plan,
            seats,
        }
    }
}

/// What a company does, as far as its name says so.
fn industry(name: &str, random: &mut Random) -> &'static str {
    let [hospitality, healthcare, retail, logistics, trades, leisure] = INDUSTRIES;
    let beginnings = [
        ("logist transp lojist haul aaker", logistics),
        (
            "dent care pfleg prax clin klin medic legesen tand physio ordin spitex przych hammas pharm farm apoth vet pet \
          consult nursing thuis diagn urgent",
            healthcare,
        ),
        (
            "hot otel alber caf coff espresso bak baeck bag boulan padar panad piek leip konditor gasthof taver tratt taqu \
          bras bar pousada lodge ryokan guest restaur cater roast sweets hospit brouw",
            hospitality,
        ),
        (
            "bau bouw bygg byg joinery install roer rakenn gebaeud auto taller offic earth",
            trades,
        ),
        (
            "fitness gym gimnas palestra academ leisure safari wines orchard",
            leisure,
        ),
    ];
    let slug = slug(name, '-');
    let begins = |beginning: &str| slug.split('-').any(|word| word.starts_with(beginning));
    let found = beginnings
        .iter()
        .find(|(list, _)| list.split_whitespace().any(begins));
    found.map_or_else(
        || *random.pick(&[retail, trades, logistics]),
        |(_, industry)| industry,
    )
}

/// The part behind `=`, or all of it.
pub fn latin(name: &str) -> &str {
    name.split_once('=').map_or(name, |(_, latin)| latin)
}

/// Most pay nothing or little; the more they pay, the more of them work with it.
fn plan_and_seats(random: &mut Random) -> (&'static str, i64) {
    let [free, starter, team, business] = PLANS;
    let weighted = [
        (free, 42, 4),
        (starter, 30, 12),
        (team, 20, 45),
        (business, 8, 220),
    ];
    let (plan, _, most) = random.pick_weighted(&weighted, |(_, weight, _)| *weight);
    // More small ones than large ones.
    let seats = 1 + (*most as f64 * random.unit() * random.unit()) as i64;
    (plan, seats)
}

fn free_domain(slug: &str, parent: &str, taken: &mut HashSet<String>) -> String {
    let mut domain = format!("{slug}.{parent}");
    let mut number = 1;
    while !taken.insert(domain.clone()) {
        number += 1;
        domain = format!("{slug}-{number}.{parent}");
    }
    domain
}

impl std::fmt::Debug for Company {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.name, self.domain)
    }
}
