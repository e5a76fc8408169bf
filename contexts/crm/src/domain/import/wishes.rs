//! What rows say of topics, and what becomes of it. Nobody is subscribed against their own word.

use std::collections::{HashMap, HashSet};

use kernel::{ContactId, Timestamp, TopicId};
use serde::{Deserialize, Serialize};

use super::{
    mapping::Existing,
    plan::{Plan, RowOutcome},
    row::Row,
};
use crate::domain::{
    consent::{Basis, State},
    text,
    topic::Topic,
};

/// The most characters of how people agreed.
pub const MAX_CLAIM: usize = 2_000;

/// How it is known that the people of a file agreed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// By what right, as [`Basis`] has it.
    pub basis: String,
    /// What they agreed to, and where.
    pub text: String,
    /// They have confirmed it already: topics with double opt-in do not ask them.
    #[serde(default)]
    pub confirmed: bool,
}

impl Claim {
    /// By what right; `unknown` is none that subscribes anybody.
    #[must_use]
    pub fn basis(&self) -> Option<Basis> {
        Basis::parse(&self.basis).filter(|basis| *basis != Basis::Unknown)
    }

    /// The text as it is kept; `None` when there is none, or it is too long.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        text::multi_line(&self.text, MAX_CLAIM)
            .ok()
            .filter(|text| !text.is_empty())
    }
}

/// What a row says of one topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TopicWish {
    pub topic: TopicId,
    pub yes: bool,
    /// What it does to a contact that exists.
    pub rule: Existing,
}

/// Why somebody was not subscribed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SkipReason {
    /// They are not to be contacted at all.
    DoNotContact,
    /// They unsubscribed, and the row does not say that they agreed after that.
    OptedOut,
}

impl SkipReason {
    /// The word that is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            SkipReason::DoNotContact => "do_not_contact",
            SkipReason::OptedOut => "opted_out",
        }
    }
}

/// A subscription that was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Skip {
    pub row: u64,
    pub line: u64,
    pub topic: TopicId,
    pub reason: SkipReason,
}

/// What becomes of one wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    Grant,
    Withdraw,
    Skip(SkipReason),
    /// It is so already, or the row may not change it.
    Nothing,
}

/// Where people stand whom rows mean.
#[derive(Debug, Default)]
pub struct Standings {
    pub said: HashMap<(ContactId, TopicId), (State, Timestamp)>,
    /// By topic, since topics have different channels.
    pub unreachable: HashSet<(ContactId, TopicId)>,
}

/// A wish that does something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decided {
    /// The row's place in its chunk.
    pub row: usize,
    pub contact: ContactId,
    pub topic: TopicId,
    pub decision: Decision,
}

/// Decides about all wishes of a chunk, in the order of the file.
#[must_use]
pub fn decide_all(
    rows: &[Row],
    plan: &Plan,
    topics: &[Topic],
    confirmed: bool,
    standings: &mut Standings,
    now: Timestamp,
) -> Vec<Decided> {
    let new: HashSet<ContactId> = plan.created.iter().map(|contact| contact.id).collect();
    let mut decided = Vec::new();
    for (n, (row, outcome)) in rows.iter().zip(&plan.outcomes).enumerate() {
        let (RowOutcome::Created(contact) | RowOutcome::Updated(contact) | RowOutcome::Unchanged(contact)) =
            *outcome
        else {
            continue;
        };
        for wish in &row.wishes {
            let Some(topic) = topics.iter().find(|topic| topic.id == wish.topic) else {
                continue;
            };
            let key = (contact, topic.id);
            let facts = Facts {
                is_new: new.contains(&contact),
                said: standings.said.get(&key).copied(),
                unreachable: row.do_not_email || standings.unreachable.contains(&key),
                initial: topic.initial,
                confirmed,
            };
            let decision = facts.decide(*wish, row.consent_at);
            let state = match decision {
                Decision::Nothing => continue,
                Decision::Skip(_) => None,
                Decision::Grant => Some(State::Subscribed),
                Decision::Withdraw => Some(State::Unsubscribed),
            };
            if let Some(state) = state {
                // A row further down meets what this one says.
                let at = row.consent_at.map_or(now, |at| at.min(now));
                standings.said.insert(key, (state, at));
            }
            decided.push(Decided {
                row: n,
                contact,
                topic: topic.id,
                decision,
            });
        }
    }
    decided
}

struct Facts {
    is_new: bool,
    said: Option<(State, Timestamp)>,
    unreachable: bool,
    /// What holds for those who never said anything.
    initial: State,
    confirmed: bool,
}

impl Facts {
    fn decide(&self, wish: TopicWish, at: Option<Timestamp>) -> Decision {
        let may = match wish.rule {
            _ if self.is_new => true,
            Existing::Overwrite => true,
            Existing::FillEmpty => self.said.is_none(),
            Existing::Leave => false,
        };
        if !may {
            return Decision::Nothing;
        }
        match (wish.yes, self.said) {
            (true, _) if self.unreachable => Decision::Skip(SkipReason::DoNotContact),
            (true, Some((State::Subscribed, _))) => Decision::Nothing,
            (true, Some((State::Pending, _))) if !self.confirmed => Decision::Nothing,
            // Without a time nobody knows which of the two came later.
            (true, Some((State::Unsubscribed, out))) if at.is_none_or(|at| at <= out) => {
                Decision::Skip(SkipReason::OptedOut)
            }
            (true, _) => Decision::Grant,
            (false, Some((State::Unsubscribed, _))) => Decision::Nothing,
            (false, Some((_, since))) if at.is_some_and(|at| at < since) => Decision::Nothing,
            (false, None) if self.initial == State::Unsubscribed => Decision::Nothing,
            (false, _) => Decision::Withdraw,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_hours(hour)
    }

    fn wish(yes: bool, rule: Existing) -> TopicWish {
        TopicWish {
            topic: TopicId::generate(),
            yes,
            rule,
        }
    }

    fn known(said: Option<(State, Timestamp)>) -> Facts {
        Facts {
            is_new: false,
            said,
            unreachable: false,
            initial: State::Unsubscribed,
            confirmed: false,
        }
    }

    #[test]
    fn nobody_is_subscribed_who_opted_out_after_the_time_of_the_row() {
        let yes = wish(true, Existing::Overwrite);
        let out = known(Some((State::Unsubscribed, at(5))));
        let skipped = Decision::Skip(SkipReason::OptedOut);
        assert_eq!(out.decide(yes, None), skipped);
        assert_eq!(out.decide(yes, Some(at(4))), skipped);
        assert_eq!(out.decide(yes, Some(at(5))), skipped);
        assert_eq!(out.decide(yes, Some(at(6))), Decision::Grant);
        let blocked = Facts {
            unreachable: true,
            ..known(None)
        };
        assert_eq!(
            blocked.decide(yes, Some(at(6))),
            Decision::Skip(SkipReason::DoNotContact)
        );
    }

    #[test]
    fn what_is_so_already_is_not_said_again() {
        let yes = wish(true, Existing::Overwrite);
        let no = wish(false, Existing::Overwrite);
        let subscribed = known(Some((State::Subscribed, at(5))));
        assert_eq!(subscribed.decide(yes, None), Decision::Nothing);
        assert_eq!(subscribed.decide(no, None), Decision::Withdraw);
        assert_eq!(
            subscribed.decide(no, Some(at(4))),
            Decision::Nothing,
            "they said yes since"
        );
        assert_eq!(known(None).decide(no, None), Decision::Nothing);
        let opt_out = Facts {
            initial: State::Subscribed,
            ..known(None)
        };
        assert_eq!(opt_out.decide(no, None), Decision::Withdraw);
        let asked = known(Some((State::Pending, at(5))));
        assert_eq!(asked.decide(yes, None), Decision::Nothing);
    }

    #[test]
    fn a_rule_protects_those_who_exist() {
        let said = known(Some((State::Subscribed, at(5))));
        assert_eq!(
            said.decide(wish(false, Existing::FillEmpty), None),
            Decision::Nothing
        );
        assert_eq!(
            known(None).decide(wish(true, Existing::FillEmpty), None),
            Decision::Grant
        );
        assert_eq!(
            known(None).decide(wish(true, Existing::Leave), None),
            Decision::Nothing
        );
        let new = Facts {
            is_new: true,
            ..known(None)
        };
        assert_eq!(new.decide(wish(true, Existing::Leave), None), Decision::Grant);
    }

    #[test]
    fn a_claim_needs_a_right_and_words() {
        let claim = |basis: &str, text: &str| Claim {
            basis: basis.to_owned(),
            text: text.to_owned(),
            confirmed: false,
        };
        assert_eq!(claim("consent", "").basis(), Some(Basis::Consent));
        assert_eq!(claim("unknown", "x").basis(), None);
        assert_eq!(claim("", "x").basis(), None);
        assert_eq!(claim("consent", " ").text(), None);
        assert_eq!(
            claim("consent", " At the fair ").text().as_deref(),
            Some("At the fair")
        );
    }
}
