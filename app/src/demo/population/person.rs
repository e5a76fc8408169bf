use std::collections::HashSet;

use super::{
    company::{Company, latin},
    slug::slug,
};
use crate::demo::random::Random;

/// What can be paid for.
pub const PLANS: [&str; 4] = ["Free", "Starter", "Team", "Business"];
/// Where people with shifts work.
pub const INDUSTRIES: [&str; 6] = [
    "Hospitality",
    "Healthcare",
    "Retail",
    "Logistics",
    "Trades",
    "Leisure",
];
/// What people said they want to read about.
pub const INTERESTS: [&str; 6] = [
    "Shift planning",
    "Time tracking",
    "Payroll",
    "Mobile app",
    "Integrations",
    "Events",
];

/// Somebody made up.
#[derive(Clone, Debug, PartialEq)]
pub struct Person {
    /// Unique, also where there is no address.
    pub external_id: String,
    pub email: Option<String>,
    pub first_name: String,
    pub last_name: String,
    pub phone: String,
    pub company: String,
    pub city: &'static str,
    pub country: &'static str,
    pub locale: String,
    pub timezone: &'static str,
    pub tags: Vec<&'static str>,
    pub plan: &'static str,
    pub industry: &'static str,
    pub seats: i64,
    pub interests: Vec<&'static str>,
    pub newsletter: bool,
    /// Had said before that they want no mail.
    pub opted_out: bool,
    /// How long they had been known when the first file was imported, in minutes.
    pub known_for: i64,
}

impl Person {
    /// `taken` are the addresses that others have.
    pub fn make(seed: u64, number: usize, companies: &[Company], taken: &mut HashSet<String>) -> Self {
        let mut random = Random::of(seed, "person", number as u64);
        // A few companies have many people.
        let at = (random.unit() * random.unit() * companies.len() as f64) as usize;
        let company = &companies[at];
        let first = random.word(company.country.names.first);
        let last = random.word(company.country.names.last);
        let customer = company.plan != PLANS[0];
        Self {
            external_id: format!("WF-{}", 100_000 + number),
            email: email(&mut random, first, last, company, taken),
            first_name: shown(first).to_owned(),
            last_name: shown(last).to_owned(),
            phone: phone(&mut random, company.country.dialling),
            company: company.name.clone(),
            city: company.city.name,
            country: company.country.name,
            locale: random.word(company.country.locales).to_owned(),
            timezone: company.city.timezone,
            tags: tags(&mut random, customer),
            plan: company.plan,
            industry: company.industry,
            seats: company.seats,
            interests: some(&mut random, &INTERESTS, 0.3),
            newsletter: random.chance(0.72),
            opted_out: random.chance(0.015),
            known_for: (random.exponential(300.0) * 24.0 * 60.0) as i64 % (3 * 365 * 24 * 60),
        }
    }
}

/// The part before `=`, or all of it.
fn shown(name: &str) -> &str {
    name.split_once('=').map_or(name, |(shown, _)| shown)
}

fn email(
    random: &mut Random,
    first: &str,
    last: &str,
    company: &Company,
    taken: &mut HashSet<String>,
) -> Option<String> {
    let (first, last) = (slug(latin(first), '-'), slug(latin(last), '-'));
    let initial = &first[..1];
    let kind = random.unit();
    if kind < 0.012 {
        return None;
    }
    let (local, domain) = match random.below(10) {
        // The sandbox plays a mailbox that does not exist any more.
        _ if kind < 0.018 => (format!("bounced+{first}.{last}"), "sandbox.test"),
        0..=4 => (format!("{first}.{last}"), company.domain.as_str()),
        5..=6 => (format!("{initial}.{last}"), company.domain.as_str()),
        7 => (format!("{initial}{last}"), company.domain.as_str()),
        _ => (first, company.domain.as_str()),
    };
    Some(free_address(&local, domain, taken))
}

fn free_address(local: &str, domain: &str, taken: &mut HashSet<String>) -> String {
    let mut address = format!("{local}@{domain}");
    let mut number = 1;
    while !taken.insert(address.clone()) {
        number += 1;
        address = format!("{local}{number}@{domain}");
    }
    address
}

fn phone(random: &mut Random, dialling: &str) -> String {
    if !random.chance(0.45) {
        return String::new();
    }
    // 555 is given to nobody where numbers have areas.
    format!(
        "{dialling} 555 {:03} {:04}",
        random.between(100, 999),
        random.between(0, 9999)
    )
}

fn tags(random: &mut Random, customer: bool) -> Vec<&'static str> {
    let mut tags = Vec::new();
    let mut draw = |share: f64, tag| {
        if random.chance(share) {
            tags.push(tag);
        }
    };
    draw(if customer { 1.0 } else { 0.0 }, "customer");
    draw(if customer { 0.04 } else { 0.0 }, "vip");
    draw(if customer { 0.0 } else { 0.35 }, "trial");
    draw(0.06, "beta tester");
    draw(0.08, "webinar guest");
    draw(0.03, "partner");
    draw(0.05, "referral");
    tags
}

fn some(random: &mut Random, from: &[&'static str], share: f64) -> Vec<&'static str> {
    from.iter().copied().filter(|_| random.chance(share)).collect()
}
