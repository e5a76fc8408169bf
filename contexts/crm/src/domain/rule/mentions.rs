use std::collections::BTreeSet;

use kernel::SegmentId;

use super::tree::{Condition, Rule, Test};

impl Rule {
    /// All conditions, wherever they stand.
    pub fn conditions(&self) -> Vec<&Condition> {
        match self {
            Rule::Group(group) => group.rules.iter().flat_map(Rule::conditions).collect(),
            Rule::Condition(condition) => vec![condition],
        }
    }

    /// The names of the fields that it looks at, and `segment.seg_…` for a segment: a change of
    /// anything else changes no answer.
    pub fn mentions(&self) -> BTreeSet<String> {
        let mention = |condition: &Condition| match condition.test {
            Test::Segment(id) => segment_mention(id),
            _ => condition.test.field(),
        };
        self.conditions().into_iter().map(mention).collect()
    }

    /// The segments that it looks at.
    pub fn segments(&self) -> BTreeSet<SegmentId> {
        let segment = |condition: &Condition| match condition.test {
            Test::Segment(id) => Some(id),
            _ => None,
        };
        self.conditions().into_iter().filter_map(segment).collect()
    }

    /// Whether its answer changes by the mere passing of time.
    pub fn is_relative(&self) -> bool {
        self.conditions()
            .into_iter()
            .any(|condition| match &condition.test {
                Test::Date(_, test) => test.is_relative(),
                Test::Mail(mail) => mail.within.is_some(),
                _ => false,
            })
    }
}

/// How a rule that looks at a segment mentions it.
pub fn segment_mention(id: SegmentId) -> String {
    format!("segment.{id}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{Schema, parse};

    #[test]
    fn a_rule_tells_what_its_answer_depends_on() {
        let segment = kernel::SegmentId::generate();
        let rule = json!({"all": [
            {"field": "email", "operator": "contains", "value": "x"},
            {"none": [{"field": "segment", "operator": "is_in", "value": segment}]},
            {"field": "mail.opened", "operator": "never"},
            {"field": "email", "operator": "is_not_empty"},
        ]});
        let rule = parse(&rule, &Schema::default()).expect("a rule");
        let mentions = [
            "email".to_owned(),
            "mail.opened".to_owned(),
            format!("segment.{segment}"),
        ];
        assert_eq!(rule.mentions(), mentions.into());
        assert_eq!(rule.segments().into_iter().collect::<Vec<_>>(), [segment]);
        assert!(!rule.is_relative());
    }

    #[test]
    fn only_what_looks_from_now_is_relative() {
        let day = json!({"amount": 1, "unit": "days"});
        for (rule, relative) in [
            (
                json!({"field": "created_at", "operator": "in_the_last", "value": day}),
                true,
            ),
            (
                json!({"any": [{"field": "created_at", "operator": "more_than_ago", "value": day}]}),
                true,
            ),
            (
                json!({"field": "mail.sent", "operator": "never", "within": day}),
                true,
            ),
            (
                json!({"field": "created_at", "operator": "on", "value": "2026-05-31"}),
                false,
            ),
            (json!({"field": "mail.sent", "operator": "never"}), false),
        ] {
            assert_eq!(
                parse(&rule, &Schema::default()).expect("a rule").is_relative(),
                relative,
                "{rule}"
            );
        }
    }
}
