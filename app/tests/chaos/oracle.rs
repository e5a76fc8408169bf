//! What must hold whatever was done. Each rule looks at the rows and the ledger and says what does not
//! hold; `doctored.rs` shows of each that it can.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use crate::evidence::{Attempt, Evidence};

/// States that nothing leaves without a person, or without somebody else's word.
const ENDED: [&str; 9] = [
    "accepted",
    "delivered",
    "bounced",
    "complained",
    "failed",
    "held",
    "suppressed",
    "expired",
    "cancelled",
];
/// Those in which somebody took it over.
const TAKEN_OVER: [&str; 4] = ["accepted", "delivered", "bounced", "complained"];

type Rule = fn(&Evidence) -> Vec<String>;

/// All rules by their names.
pub const RULES: [(&str, Rule); 8] = [
    ("O1", conservation),
    ("O2", no_loss),
    ("O3", duplicates),
    ("O4", unknown_outcomes),
    ("O5", suppression),
    ("O6", caps),
    ("O7", counters),
    ("O8", logs),
];

/// What of all this does not hold, each with the name of its rule.
pub fn judge(evidence: &Evidence) -> Vec<String> {
    let named = |(name, rule): &(&str, Rule)| -> Vec<String> {
        rule(evidence)
            .into_iter()
            .map(|text| format!("{name}: {text}"))
            .collect()
    };
    RULES.iter().flat_map(named).collect()
}

/// O1: everybody in the audience has exactly one message, and it has ended.
fn conservation(e: &Evidence) -> Vec<String> {
    let mut wrong = Vec::new();
    if e.messages.len() != e.account.audience {
        wrong.push(format!(
            "{} messages for an audience of {}",
            e.messages.len(),
            e.account.audience
        ));
    }
    let addresses: HashSet<&str> = e.messages.iter().map(|m| m.address.as_str()).collect();
    if addresses.len() != e.messages.len() {
        wrong.push("somebody has two messages".to_owned());
    }
    let open: Vec<_> = e
        .messages
        .iter()
        .filter(|m| !ENDED.contains(&m.state.as_str()))
        .collect();
    wrong.extend(some(&open, |m| format!("message {} is still {}", m.id, m.state)));
    if e.queued != 0 {
        wrong.push(format!("{} rows are left in the queue", e.queued));
    }
    wrong
}

/// O2: what is called accepted is in the ledger, and what is in the ledger is a message, to its address.
fn no_loss(e: &Evidence) -> Vec<String> {
    let copies = e.copies();
    let lost: Vec<_> = e
        .messages
        .iter()
        .filter(|m| TAKEN_OVER.contains(&m.state.as_str()) && !copies.contains_key(&m.id))
        .collect();
    let mut wrong = some(&lost, |m| {
        format!("message {} is {} and nobody took it", m.id, m.state)
    });
    let addresses: HashMap<Uuid, &str> = e.messages.iter().map(|m| (m.id, m.address.as_str())).collect();
    let stray: Vec<_> = e
        .ledger
        .iter()
        .filter(|line| addresses.get(&line.message) != Some(&line.recipient.as_str()))
        .collect();
    wrong.extend(some(&stray, |line| {
        format!("the ledger has {}, which no row knows", line.message)
    }));
    wrong
}

/// O3: nobody got it more often than the record allows, and all together no more than was on the wire at
/// the kills.
fn duplicates(e: &Evidence) -> Vec<String> {
    let mut resent: HashMap<Uuid, usize> = HashMap::new();
    for attempt in e.attempts.iter().filter(|a| is_unknown(a)) {
        if attempt.resolution.as_deref() == Some("resent") {
            *resent.entry(attempt.message).or_default() += 1;
        }
    }
    let too_many: Vec<(Uuid, usize)> = e
        .copies()
        .into_iter()
        .filter(|(id, lines)| lines - 1 > resent.get(id).copied().unwrap_or(0))
        .collect();
    let mut wrong = some(&too_many.iter().collect::<Vec<_>>(), |(id, lines)| {
        format!("message {id} was taken {lines} times")
    });
    let window = e.account.window * e.account.kills;
    if e.doubles() > window {
        wrong.push(format!("{} doubles, and {window} were on the wire", e.doubles()));
    }
    wrong
}

/// O4: nothing is left open; each unknown outcome names the rule that resolved it; a message that is held
/// has one, and whatever reached the ledger has an attempt that admits it.
fn unknown_outcomes(e: &Evidence) -> Vec<String> {
    let open: Vec<_> = e.attempts.iter().filter(|a| a.outcome.is_none()).collect();
    let mut wrong = some(&open, |a| {
        format!("attempt {} of {} has no outcome", a.number, a.message)
    });
    let unresolved: Vec<_> = e
        .attempts
        .iter()
        .filter(|a| is_unknown(a) && a.resolution.is_none())
        .collect();
    wrong.extend(some(&unresolved, |a| {
        format!("attempt {} of {} is unknown by no rule", a.number, a.message)
    }));
    let held: HashSet<Uuid> = e
        .attempts
        .iter()
        .filter(|a| is_unknown(a) && a.resolution.as_deref() == Some("held"))
        .map(|a| a.message)
        .collect();
    let groundless: Vec<_> = e
        .messages
        .iter()
        .filter(|m| m.state == "held" && !held.contains(&m.id))
        .collect();
    wrong.extend(some(&groundless, |m| {
        format!("message {} is held and no attempt says why", m.id)
    }));
    let mut admitted: HashMap<Uuid, usize> = HashMap::new();
    for attempt in &e.attempts {
        // Who answers no may still have kept it; who was not sent to cannot have it.
        if attempt.outcome.as_deref() != Some("not_sent") {
            *admitted.entry(attempt.message).or_default() += 1;
        }
    }
    let denied: Vec<(Uuid, usize)> = e
        .copies()
        .into_iter()
        .filter(|(id, lines)| *lines > admitted.get(id).copied().unwrap_or(0))
        .collect();
    wrong.extend(some(&denied.iter().collect::<Vec<_>>(), |(id, lines)| {
        format!("message {id} was taken {lines} times, and fewer attempts admit it")
    }));
    wrong
}

/// O5: no attempt to somebody began after the suppression was confirmed.
fn suppression(e: &Evidence) -> Vec<String> {
    let addresses: HashMap<&str, Uuid> = e.messages.iter().map(|m| (m.address.as_str(), m.id)).collect();
    let mut wrong = Vec::new();
    for (address, confirmed_at) in &e.account.suppressed {
        let Some(id) = addresses.get(address.as_str()) else {
            continue;
        };
        let began = |a: &&Attempt| {
            a.message == *id && a.started_at > *confirmed_at && a.outcome.as_deref() != Some("not_sent")
        };
        if e.attempts.iter().any(|a| began(&a)) {
            wrong.push(format!(
                "message {id} was sent after its address had been suppressed"
            ));
        }
    }
    wrong
}

/// O6: in no second did the account take more than its limit and one burst, and a tenth that was allowed a
/// moment before and had to wait on its way.
fn caps(e: &Evidence) -> Vec<String> {
    let Some(cap) = e.account.cap else {
        return Vec::new();
    };
    let mut times: Vec<i64> = e.ledger.iter().map(|line| line.at).collect();
    times.sort_unstable();
    let most = most_within(&times, 1_000_000);
    if most > 2 * cap + cap / 10 {
        return vec![format!("{most} within a second, at {cap} a second")];
    }
    Vec::new()
}

/// The most events in any span of so many microseconds.
pub fn most_within(times: &[i64], span: i64) -> usize {
    let mut first = 0;
    let mut most = 0;
    for (last, at) in times.iter().enumerate() {
        while times[first] <= at - span {
            first += 1;
        }
        most = most.max(last - first + 1);
    }
    most
}

/// O7: the figures that people see are the counts of the rows.
fn counters(e: &Evidence) -> Vec<String> {
    let counted = |name: &str| -> usize {
        match name {
            "total" => e.messages.len(),
            "accepted" => TAKEN_OVER.iter().map(|state| e.count(state)).sum(),
            "pending" => e.count("queued"),
            other => e.count(other),
        }
    };
    let mut wrong = Vec::new();
    for name in [
        "total",
        "pending",
        "accepted",
        "suppressed",
        "failed",
        "held",
        "expired",
        "cancelled",
    ] {
        let shown = e.account.progress.get(name).copied();
        if shown != i64::try_from(counted(name)).ok() {
            wrong.push(format!(
                "the report says {shown:?} {name}, the rows {}",
                counted(name)
            ));
        }
    }
    let ended = e
        .messages
        .iter()
        .filter(|m| ENDED.contains(&m.state.as_str()))
        .count();
    if i64::try_from(ended) != Ok(e.tallied) {
        wrong.push(format!(
            "the tallies add up to {}, the rows to {ended}",
            e.tallied
        ));
    }
    wrong
}

/// O8: no address of a contact and no secret stands in any log.
fn logs(e: &Evidence) -> Vec<String> {
    let mut wrong = Vec::new();
    for line in e.log.lines() {
        if names_somebody(line) {
            wrong.push("a log line names a contact".to_owned());
        }
        if e.account
            .secrets
            .iter()
            .any(|secret| !secret.is_empty() && line.contains(secret.as_str()))
        {
            wrong.push("a log line holds a secret".to_owned());
        }
    }
    wrong.sort_unstable();
    wrong.dedup();
    wrong
}

/// `person7@example7.com`: every contact of the suite is called like that.
fn names_somebody(line: &str) -> bool {
    line.match_indices("person").any(|(at, word)| {
        let rest = &line[at + word.len()..];
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        digits > 0 && rest[digits..].starts_with("@example")
    })
}

fn is_unknown(attempt: &Attempt) -> bool {
    attempt.outcome.as_deref() == Some("unknown")
}

/// A complaint for each of the first, and how many more there are.
fn some<T>(found: &[&T], say: impl Fn(&T) -> String) -> Vec<String> {
    let mut said: Vec<String> = found.iter().take(3).map(|one| say(one)).collect();
    if found.len() > 3 {
        said.push(format!("and {} more like this", found.len() - 3));
    }
    said
}
