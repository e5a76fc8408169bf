use std::collections::BTreeSet;

use kernel::SegmentId;

use super::{
    clock::Wakes,
    happening::{Happening, RecordsTest},
    schema::OBJECT_PREFIX,
    tree::{Condition, CoreTime, DateSource, NumberSource, Rule, Test, TruthSource},
};

impl Rule {
    /// All conditions about the contact, wherever they stand.
    pub fn conditions(&self) -> Vec<&Condition> {
        match self {
            Rule::Group(group) => group.rules.iter().flat_map(Rule::conditions).collect(),
            Rule::Condition(condition) => vec![condition],
        }
    }

    /// What it looks at: names of fields, `event.Signed Up` for an event, `segment.seg_…` for a
    /// segment. A change of anything else changes no answer.
    pub fn mentions(&self) -> BTreeSet<String> {
        self.conditions()
            .into_iter()
            .flat_map(|condition| mentions_of(&condition.test))
            .collect()
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
        Wakes::of(self) != Wakes::default()
    }
}

fn mentions_of(test: &Test) -> Vec<String> {
    match test {
        Test::Segment(id) => vec![segment_mention(*id)],
        Test::Event(test) => vec![mention_of_events(&test.events)],
        Test::Sequence(test) => vec![mention_of_events(&test.first), mention_of_events(&test.then)],
        Test::Records(test) => mentions_of_records(test),
        // It never changes.
        Test::Number(NumberSource::Random(_), _) => Vec::new(),
        // The stage and since when change together.
        Test::Date(DateSource::StageSince, _) => vec!["stage".to_owned()],
        // They follow from having an identifier, and only identifiers are told.
        Test::Truth(TruthSource::Anonymous, _) | Test::Date(DateSource::Core(CoreTime::Identified), _) => {
            vec!["email".to_owned(), "external_id".to_owned()]
        }
        other => vec![other.field()],
    }
}

fn mention_of_events(events: &Happening) -> String {
    use super::happening::What;
    match &events.what {
        What::Mail(activity) => activity.name().to_owned(),
        what => match what.event() {
            Some(name) => format!("event.{name}"),
            None => "event".to_owned(),
        },
    }
}

/// Whoever changes a record tells it of its own object and of those that it relates to.
fn mentions_of_records(test: &RecordsTest) -> Vec<String> {
    vec![format!("{OBJECT_PREFIX}{}", test.object.key)]
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
