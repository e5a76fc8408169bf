//! What a rule means, said as plainly as possible: the yardstick that the compiled SQL is held to.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, civil::Date};
use kernel::{CampaignId, SegmentId};
use serde_json::{Map, Value};

use super::{
    Activity, Condition, CoreText, CoreTime, DateSource, DateTest, MailTest, Matching, Moment, NumberTest,
    Range, Rule, SetSource, SetTest, SubscriptionState, Test, TextSource, TextTest, TruthTest,
};

/// All that is known of one contact.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// Texts by column; what is missing or empty is none.
    pub texts: BTreeMap<&'static str, String>,
    /// Instants by column.
    pub times: BTreeMap<&'static str, Timestamp>,
    /// Attributes.
    pub attributes: Map<String, Value>,
    /// Tags.
    pub tags: BTreeSet<String>,
    /// Why their address may not be written to.
    pub do_not_contact: Option<String>,
    /// Segments that they stand in.
    pub segments: BTreeSet<SegmentId>,
    /// What happened to mail.
    pub mail: Vec<MailFact>,
}

/// Something that happened to a mail.
#[derive(Debug, Clone)]
pub struct MailFact {
    /// What.
    pub activity: Activity,
    /// When.
    pub at: Timestamp,
    /// With mail of which campaign.
    pub campaign: Option<CampaignId>,
    /// Where a click led.
    pub url: Option<String>,
}

/// Whether a contact matches.
pub fn matches(rule: &Rule, facts: &Facts, at: &Moment) -> bool {
    match rule {
        Rule::Group(group) => {
            let mut answers = group.rules.iter().map(|rule| matches(rule, facts, at));
            match group.matching {
                Matching::All => answers.all(|yes| yes),
                Matching::Any => answers.any(|yes| yes),
                Matching::None => !answers.any(|yes| yes),
            }
        }
        Rule::Condition(Condition { test, negated }) => holds(test, facts, at) != *negated,
    }
}

fn holds(test: &Test, facts: &Facts, at: &Moment) -> bool {
    let attribute = |key: &str| facts.attributes.get(key);
    match test {
        Test::Text(TextSource::Core(core), test) => text(facts.text(*core), test),
        Test::Text(TextSource::Attribute(key), test) => text(attribute(key).and_then(Value::as_str), test),
        Test::Text(TextSource::Choice(key), test) => {
            let value = attribute(key).and_then(Value::as_str);
            match test {
                TextTest::Is(wanted) => value == Some(wanted),
                TextTest::AnyOf(wanted) => wanted.iter().any(|wanted| value == Some(wanted)),
                other => text(value, other),
            }
        }
        Test::Number(key, test) => number(attribute(key).and_then(Value::as_f64), test),
        Test::Truth(key, test) => match test {
            TruthTest::Is(value) => attribute(key).and_then(Value::as_bool) == Some(*value),
            TruthTest::Empty => attribute(key).is_none(),
        },
        Test::Date(DateSource::Core(core), test) => instant(facts.time(*core), test, at),
        Test::Date(DateSource::Instant(key), test) => {
            let value = attribute(key)
                .and_then(Value::as_str)
                .map(|text| text.parse().expect("an instant"));
            // Attributes are compared to the second.
            let second =
                |t: Timestamp| Timestamp::from_second(t.as_millisecond().div_euclid(1000)).expect("in range");
            instant_by_second(value.map(second), test, at)
        }
        Test::Date(DateSource::Day(key), test) => day(
            attribute(key)
                .and_then(Value::as_str)
                .map(|text| text.parse().expect("a day")),
            test,
            at,
        ),
        Test::Set(SetSource::Tags, test) => set(&facts.tags, test),
        Test::Set(SetSource::Attribute(key), test) => {
            let items = attribute(key).and_then(Value::as_array).into_iter().flatten();
            set(
                &items.filter_map(Value::as_str).map(str::to_owned).collect(),
                test,
            )
        }
        Test::Subscription(state) => subscription(*state, facts),
        Test::Segment(id) => facts.segments.contains(id),
        Test::Mail(test) => mail(test, &facts.mail, at),
    }
}

impl Facts {
    fn text(&self, text: CoreText) -> Option<&str> {
        self.texts.get(text.name()).map(String::as_str)
    }
    fn time(&self, time: CoreTime) -> Option<Timestamp> {
        self.times.get(time.name()).copied()
    }
}

fn text(value: Option<&str>, test: &TextTest) -> bool {
    let Some(value) = value.filter(|value| !value.is_empty()) else {
        return *test == TextTest::Empty;
    };
    let value = value.to_lowercase();
    match test {
        TextTest::Is(wanted) => value == wanted.to_lowercase(),
        TextTest::AnyOf(wanted) => wanted.iter().any(|wanted| value == wanted.to_lowercase()),
        TextTest::Contains(part) => value.contains(&part.to_lowercase()),
        TextTest::StartsWith(part) => value.starts_with(&part.to_lowercase()),
        TextTest::EndsWith(part) => value.ends_with(&part.to_lowercase()),
        TextTest::Empty => false,
    }
}

fn number(value: Option<f64>, test: &NumberTest) -> bool {
    let Some(value) = value else {
        return *test == NumberTest::Empty;
    };
    match test {
        NumberTest::Is(n) => value == n.get(),
        NumberTest::MoreThan(n) => value > n.get(),
        NumberTest::AtLeast(n) => value >= n.get(),
        NumberTest::LessThan(n) => value < n.get(),
        NumberTest::AtMost(n) => value <= n.get(),
        NumberTest::Between(a, b) => a.get() <= value && value <= b.get(),
        NumberTest::Empty => false,
    }
}

fn within<T: PartialOrd>(value: Option<T>, range: Option<Range<T>>) -> bool {
    match (value, range) {
        (None, None) => true,
        (Some(value), Some(range)) => {
            range.from.is_none_or(|from| value >= from) && range.until.is_none_or(|until| value < until)
        }
        _ => false,
    }
}

fn instant(value: Option<Timestamp>, test: &DateTest, at: &Moment) -> bool {
    within(value, test.instants(at))
}

fn instant_by_second(value: Option<Timestamp>, test: &DateTest, at: &Moment) -> bool {
    within(value, test.seconds(at))
}

fn day(value: Option<Date>, test: &DateTest, at: &Moment) -> bool {
    within(value, test.days(at))
}

fn set(value: &BTreeSet<String>, test: &SetTest) -> bool {
    match test {
        SetTest::AnyOf(wanted) => wanted.iter().any(|wanted| value.contains(wanted)),
        SetTest::AllOf(wanted) => wanted.iter().all(|wanted| value.contains(wanted)),
        SetTest::Empty => value.is_empty(),
    }
}

fn subscription(state: SubscriptionState, facts: &Facts) -> bool {
    let reason = facts.do_not_contact.as_deref();
    let has_address = facts.text(CoreText::Email).is_some();
    has_address
        && match state {
            SubscriptionState::Subscribed => reason.is_none(),
            SubscriptionState::Unsubscribed => reason == Some("unsubscribed"),
            SubscriptionState::Bounced => reason == Some("hard_bounce"),
            SubscriptionState::Complained => reason == Some("complaint"),
            SubscriptionState::Blocked => reason == Some("manual"),
        }
}

fn mail(test: &MailTest, facts: &[MailFact], at: &Moment) -> bool {
    let counts = |fact: &&MailFact| {
        fact.activity == test.activity
            && test.within.is_none_or(|span| fact.at >= at.before(span))
            && test
                .campaign
                .is_none_or(|campaign| fact.campaign == Some(campaign))
            && test.url_contains.as_ref().is_none_or(|part| {
                fact.url
                    .as_ref()
                    .is_some_and(|url| url.to_lowercase().contains(&part.to_lowercase()))
            })
    };
    facts.iter().filter(counts).count() >= test.times as usize
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;
    use serde_json::json;

    use super::{
        super::{AttributeField, AttributeKind, Moment, Schema, parse},
        Facts, matches,
    };

    fn answer(rule: &serde_json::Value, facts: &Facts) -> bool {
        let schema = Schema::new(vec![AttributeField {
            key: "score".to_owned(),
            label: "Score".to_owned(),
            kind: AttributeKind::Number,
            options: Vec::new(),
        }]);
        let at = Moment {
            now: "2026-07-01T12:00:00Z".parse().expect("an instant"),
            zone: TimeZone::UTC,
        };
        matches(&parse(rule, &schema).expect("a rule"), facts, &at)
    }

    #[test]
    fn a_contact_without_a_value_matches_negative_operators_only() {
        let nobody = Facts::default();
        for (operator, value, expected) in [
            ("is", json!(3), false),
            ("is_not", json!(3), true),
            ("more_than", json!(3), false),
            ("at_most", json!(3), false),
            ("not_between", json!([1, 3]), true),
        ] {
            let rule = json!({"field": "attributes.score", "operator": operator, "value": value});
            assert_eq!(answer(&rule, &nobody), expected, "{operator}");
            assert_eq!(
                answer(&json!({"none": [rule]}), &nobody),
                !expected,
                "none of {operator}"
            );
        }
    }

    #[test]
    fn groups_nest() {
        let mut ann = Facts::default();
        ann.texts.insert("city", "Berlin".to_owned());
        ann.tags.insert("vip".to_owned());
        let city = |name: &str| json!({"field": "city", "operator": "is", "value": name});
        let vip = json!({"field": "tags", "operator": "has_any_of", "value": ["vip"]});
        assert!(answer(
            &json!({"all": [vip, {"any": [city("bonn"), city("BERLIN")]}]}),
            &ann
        ));
        assert!(!answer(
            &json!({"all": [vip, {"none": [city("bonn"), city("berlin")]}]}),
            &ann
        ));
        assert!(answer(&json!({"all": []}), &ann));
    }
}
