//! What people do with a mail: who opens it and when, what they click, who has had enough.
//!
//! Invariant: pure.

use jiff::{SignedDuration, tz::TimeZone};
use kernel::Timestamp;

use super::random::Random;

/// How well a mail goes down.
#[derive(Clone, Copy, Debug)]
pub struct Appeal {
    /// Share of those who get it.
    pub opened: f64,
    /// Share of those who open it.
    pub clicked: f64,
    /// Share of those who open it.
    pub unsubscribed: f64,
}

/// Something that somebody does.
#[derive(Clone, Debug, PartialEq)]
pub struct Reaction {
    pub at: Timestamp,
    pub act: Act,
    /// What the program that they read mail with calls itself.
    pub agent: &'static str,
}

/// What is done.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    Open,
    /// On which link, from 0 for the first to just below 1 for the last.
    Click(f64),
    Unsubscribe,
}

const AGENTS: [(&str, u32); 6] = [
    // Apple's proxy fetches images for its readers.
    ("Mozilla/5.0", 34),
    (
        "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
        26,
    ),
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36",
        16,
    ),
    (
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15",
        10,
    ),
    (
        "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Mobile Safari/537.36",
        9,
    ),
    (
        "Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Thunderbird/115.12",
        5,
    ),
];

/// What one person does with a mail sent at an instant. `person` is who they are, so that the same
/// people are keen on every mail; `mail` tells the mails apart.
pub fn reactions(
    person: Random,
    mail: Random,
    appeal: Appeal,
    sent: Timestamp,
    zone: &TimeZone,
) -> Vec<Reaction> {
    let (mut person, mut chance) = (person, mail);
    // From those who seldom look to those who nearly always do; the mean is 1.
    let keenness = 0.2 + 1.6 * person.unit();
    let agent = person.pick_weighted(&AGENTS, |(_, weight)| *weight).0;
    if !chance.chance(appeal.opened * keenness) {
        return Vec::new();
    }
    let looked = sent + first_look(&mut chance);
    let opened = waking_hour(&mut chance, looked, zone);
    let mut reactions = vec![Reaction {
        at: opened,
        act: Act::Open,
        agent,
    }];
    if chance.chance(appeal.unsubscribed) {
        let at = opened + seconds(chance.between(8, 90));
        reactions.push(Reaction {
            at,
            act: Act::Unsubscribe,
            agent,
        });
        return reactions;
    }
    if chance.chance(appeal.clicked * keenness) {
        let mut at = opened;
        for _ in 0..1 + chance.below(2) * chance.below(2) {
            at += seconds(chance.between(6, 200));
            // The higher on the page, the more clicks.
            reactions.push(Reaction {
                at,
                act: Act::Click(chance.unit() * chance.unit()),
                agent,
            });
        }
    }
    if chance.chance(0.28) {
        let later = opened + hours(chance.exponential(20.0));
        reactions.push(Reaction {
            at: waking_hour(&mut chance, later, zone),
            act: Act::Open,
            agent,
        });
    }
    reactions
}

/// Most look within hours, some in the evening or the next morning, a few after days.
fn first_look(chance: &mut Random) -> SignedDuration {
    let mean = match chance.unit() {
        kind if kind < 0.55 => 1.8,
        kind if kind < 0.85 => 12.0,
        _ => 60.0,
    };
    seconds(20) + hours(chance.exponential(mean))
}

/// Who would look in the night looks in the morning, with few exceptions.
fn waking_hour(chance: &mut Random, at: Timestamp, zone: &TimeZone) -> Timestamp {
    let local = at.to_zoned(zone.clone());
    let night = local.hour() >= 23 || local.hour() < 6;
    if !night || chance.chance(0.12) {
        return at;
    }
    let until_six = (30 - i64::from(local.hour())) % 24;
    at + SignedDuration::from_hours(until_six) + SignedDuration::from_mins(chance.between(5, 210))
}

fn seconds(count: i64) -> SignedDuration {
    SignedDuration::from_secs(count)
}

fn hours(count: f64) -> SignedDuration {
    seconds((count * 3600.0) as i64)
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;
    use kernel::Timestamp;

    use super::{Act, Appeal, Reaction, reactions};
    use crate::demo::random::Random;

    const APPEAL: Appeal = Appeal {
        opened: 0.42,
        clicked: 0.25,
        unsubscribed: 0.012,
    };

    fn sent() -> Timestamp {
        "2026-06-02T08:00:00Z".parse().expect("an instant")
    }

    fn of_many() -> Vec<Vec<Reaction>> {
        let zone = TimeZone::get("Europe/Berlin").expect("a zone");
        let one = |n| {
            reactions(
                Random::of(1, "reader", n),
                Random::of(1, "mail", n),
                APPEAL,
                sent(),
                &zone,
            )
        };
        (0..5_000).map(one).collect()
    }

    fn share(count: usize, of: usize) -> f64 {
        count as f64 / of as f64
    }

    #[test]
    fn the_shares_are_those_that_were_asked_for() {
        let all = of_many();
        let who = |wanted: fn(&Act) -> bool| all.iter().filter(|r| r.iter().any(|r| wanted(&r.act))).count();
        let opened = who(|act| *act == Act::Open);
        assert!((0.38..0.46).contains(&share(opened, all.len())), "{opened}");
        let clicked = share(who(|act| matches!(act, Act::Click(_))), opened);
        assert!((0.22..0.34).contains(&clicked), "{clicked}");
        let unsubscribed = who(|act| *act == Act::Unsubscribe);
        assert!((8..60).contains(&unsubscribed), "{unsubscribed}");
    }

    #[test]
    fn most_of_it_happens_on_the_first_day_and_little_at_night() {
        let all: Vec<Timestamp> = of_many().into_iter().flatten().map(|r| r.at).collect();
        assert!(all.iter().all(|at| *at > sent()));
        let within = |from: i64, to: i64| {
            let hours = |at: &Timestamp| at.duration_since(sent()).as_hours();
            all.iter().filter(|at| (from..to).contains(&hours(at))).count()
        };
        assert!(share(within(0, 24), all.len()) > 0.6);
        assert!(within(0, 24) > within(24, 48) && within(24, 48) > within(48, 72));
        assert!(within(72, 24 * 30) > 0);
        let night = all.iter().filter(|at| {
            let hour = at
                .to_zoned(TimeZone::get("Europe/Berlin").expect("a zone"))
                .hour();
            !(6..23).contains(&hour)
        });
        assert!(share(night.count(), all.len()) < 0.06);
    }

    #[test]
    fn nobody_acts_before_they_have_opened() {
        for reactions in of_many().iter().filter(|reactions| !reactions.is_empty()) {
            assert_eq!(reactions[0].act, Act::Open);
            assert!(reactions.iter().all(|reaction| reaction.at >= reactions[0].at));
        }
    }
}
