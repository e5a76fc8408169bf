//! Why somebody matches a rule, or does not, from the answers to its conditions.

use super::tree::{Condition, Group, Matching, Rule};

/// A rule with the answers of its parts.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict<'a> {
    Condition(&'a Condition, bool),
    Group(Matching, bool, Vec<Verdict<'a>>),
}

impl Verdict<'_> {
    /// The answer of the whole.
    pub const fn holds(&self) -> bool {
        match self {
            Verdict::Condition(_, holds) | Verdict::Group(_, holds, _) => *holds,
        }
    }
}

/// The conditions of a rule, in the order that [`verdict`] and [`reasons`] want their answers in.
pub fn leaves(rule: &Rule) -> Vec<&Condition> {
    rule.conditions()
}

/// The answers of all parts of a rule, from those of its conditions.
pub fn verdict<'a>(rule: &'a Rule, answers: &[bool]) -> Verdict<'a> {
    judge(rule, &mut answers.iter().copied())
}

fn judge<'a>(rule: &'a Rule, answers: &mut impl Iterator<Item = bool>) -> Verdict<'a> {
    match rule {
        Rule::Condition(condition) => Verdict::Condition(condition, answers.next().unwrap_or(false)),
        Rule::Group(Group { matching, rules }) => {
            let parts: Vec<Verdict<'a>> = rules.iter().map(|rule| judge(rule, answers)).collect();
            let true_ones = parts.iter().filter(|part| part.holds()).count();
            let holds = match matching {
                Matching::All => true_ones == parts.len(),
                Matching::Any => true_ones > 0,
                Matching::One => true_ones == 1,
                Matching::None => true_ones == 0,
            };
            Verdict::Group(*matching, holds, parts)
        }
    }
}

/// The parts of a rule that are enough for it to hold: of all, each; of any, the first that holds; of
/// a group that must not hold, the group. Empty when it does not hold.
pub fn reasons<'a>(rule: &'a Rule, answers: &[bool]) -> Vec<&'a Rule> {
    collect(rule, &mut answers.iter().copied()).unwrap_or_default()
}

/// `None` when it does not hold.
fn collect<'a>(rule: &'a Rule, answers: &mut impl Iterator<Item = bool>) -> Option<Vec<&'a Rule>> {
    match rule {
        Rule::Condition(_) => answers.next().unwrap_or(false).then(|| vec![rule]),
        Rule::Group(Group { matching, rules }) => {
            // All are asked, so that each takes its own answers.
            let parts: Vec<Option<Vec<&Rule>>> = rules.iter().map(|rule| collect(rule, answers)).collect();
            let true_ones = parts.iter().flatten().count();
            match matching {
                Matching::All if true_ones == rules.len() => {
                    Some(parts.into_iter().flatten().flatten().collect())
                }
                Matching::Any => parts.into_iter().flatten().next(),
                Matching::One if true_ones == 1 => parts.into_iter().flatten().next(),
                Matching::None if true_ones == 0 => Some(vec![rule]),
                _ => None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{
        super::{Schema, parse},
        reasons, verdict,
    };

    #[test]
    fn a_rule_is_explained_by_what_is_enough_for_it() {
        let is = |city: &str| json!({"field": "city", "operator": "is", "value": city});
        let json = json!({"all": [is("a"), {"any": [is("b"), is("c")]}, {"none": [is("d")]}]});
        let rule = parse(&json, &Schema::default()).expect("a rule");
        let why = |answers: &[bool]| -> Vec<serde_json::Value> {
            reasons(&rule, answers)
                .into_iter()
                .map(super::Rule::to_json)
                .collect()
        };
        assert_eq!(
            why(&[true, false, true, false]),
            [is("a"), is("c"), json!({"none": [is("d")]})]
        );
        assert!(why(&[true, false, true, true]).is_empty());
        assert!(verdict(&rule, &[true, true, false, false]).holds());
        assert!(!verdict(&rule, &[false, true, false, false]).holds());
    }
}
