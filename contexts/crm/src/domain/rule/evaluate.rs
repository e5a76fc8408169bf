//! What a rule means, said as plainly as possible: the yardstick that the compiled SQL is held to.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp, civil::Date};
use kernel::{CampaignId, ContactId, ObjectId, RelationId, SegmentId, TopicId};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{
    Asked, Channel, Condition, CoreText, CoreTime, DateSource, DateTest, EventTest, Happening, IdSource,
    IdTest, Matching, Moment, NumberSource, NumberTest, Path, Point, Range, RecordText, RecordTime,
    RecordsTest, Rule, SequenceTest, SetSource, SetTest, SubscriptionState, Test, TextSource, TextTest,
    TopicTest, TruthSource, TruthTest,
};

/// All that is known of one contact.
#[derive(Debug, Clone)]
pub struct Facts {
    pub id: ContactId,
    /// Texts by column; what is missing or empty is none.
    pub texts: BTreeMap<&'static str, String>,
    /// Instants by column.
    pub times: BTreeMap<&'static str, Timestamp>,
    /// Attributes.
    pub attributes: Map<String, Value>,
    /// Tags.
    pub tags: BTreeSet<String>,
    pub owner: Option<Uuid>,
    pub stage: Option<Uuid>,
    /// When they came to it.
    pub stage_since: Option<Timestamp>,
    pub points: i64,
    pub anonymous: bool,
    pub identifiers: usize,
    /// Why they may not be reached on a channel.
    pub do_not_contact: BTreeMap<Channel, String>,
    /// What they said of topics.
    pub subscriptions: BTreeMap<(TopicId, Channel), String>,
    /// Segments that they stand in.
    pub segments: BTreeSet<SegmentId>,
    /// What happened.
    pub events: Vec<EventFact>,
    pub records: Vec<RecordFact>,
}

impl Default for Facts {
    fn default() -> Self {
        Self {
            id: ContactId::from_uuid(Uuid::nil()),
            texts: BTreeMap::new(),
            times: BTreeMap::new(),
            attributes: Map::new(),
            tags: BTreeSet::new(),
            owner: None,
            stage: None,
            stage_since: None,
            points: 0,
            anonymous: false,
            identifiers: 0,
            do_not_contact: BTreeMap::new(),
            subscriptions: BTreeMap::new(),
            segments: BTreeSet::new(),
            events: Vec::new(),
            records: Vec::new(),
        }
    }
}

/// Something that happened.
#[derive(Debug, Clone)]
pub struct EventFact {
    pub name: String,
    pub at: Timestamp,
    /// With mail of which campaign.
    pub campaign: Option<CampaignId>,
    pub properties: Value,
}

/// A record, and what it relates to.
#[derive(Debug, Clone)]
pub struct RecordFact {
    pub object: ObjectId,
    pub name: String,
    pub external_id: Option<String>,
    pub attributes: Map<String, Value>,
    pub owner: Option<Uuid>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub linked_at: Timestamp,
    pub role: String,
    pub primary: bool,
    /// By relation, and whether this record stands at its beginning.
    pub related: Vec<(RelationId, bool, RecordFact)>,
}

/// What conditions are about.
#[derive(Clone, Copy)]
enum Thing<'a> {
    Contact(&'a Facts),
    Event(&'a EventFact),
    Record(&'a RecordFact),
}

/// Whether a contact matches.
pub fn matches(rule: &Rule, facts: &Facts, at: &Moment) -> bool {
    fits(rule, Thing::Contact(facts), at)
}

fn fits(rule: &Rule, thing: Thing<'_>, at: &Moment) -> bool {
    match rule {
        Rule::Group(group) => {
            let holding = group.rules.iter().filter(|rule| fits(rule, thing, at)).count();
            match group.matching {
                Matching::All => holding == group.rules.len(),
                Matching::Any => holding > 0,
                Matching::One => holding == 1,
                Matching::None => holding == 0,
            }
        }
        Rule::Condition(Condition { test, negated }) => holds(test, thing, at) != *negated,
    }
}

fn holds(test: &Test, thing: Thing<'_>, at: &Moment) -> bool {
    match test {
        Test::Text(source, test) => {
            let value = thing.text(source);
            match (source, test) {
                // A choice is meant in its own spelling.
                (TextSource::Choice(_) | TextSource::DoNotContact(_), TextTest::Is(wanted)) => {
                    value.as_ref() == Some(wanted)
                }
                (TextSource::Choice(_) | TextSource::DoNotContact(_), TextTest::AnyOf(wanted)) => {
                    wanted.iter().any(|wanted| value.as_ref() == Some(wanted))
                }
                (_, test) => text(value.as_deref(), test),
            }
        }
        Test::Number(source, test) => number(thing.number(source), test),
        Test::Truth(source, test) => match (thing.truth(source), test) {
            (value, TruthTest::Is(wanted)) => value == Some(*wanted),
            (value, TruthTest::Empty) => value.is_none(),
        },
        Test::Date(source, test) => thing.date(source, test, at),
        Test::Set(source, test) => set(&thing.set(source), test),
        Test::Id(source, test) => {
            let value = thing.id(*source);
            match test {
                IdTest::Is(id) => value == Some(*id),
                IdTest::AnyOf(ids) => value.is_some_and(|value| ids.contains(&value)),
                IdTest::Empty => value.is_none(),
            }
        }
        Test::Subscription(state) => subscription(*state, thing.contact()),
        Test::Topic(test) => topic(test, thing.contact()),
        Test::Segment(id) => thing.contact().segments.contains(id),
        Test::Event(test) => events(test, &thing.contact().events, at),
        Test::Sequence(test) => sequence(test, &thing.contact().events, at),
        Test::Records(test) => records(test, thing, at),
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

impl<'a> Thing<'a> {
    fn contact(self) -> &'a Facts {
        match self {
            Thing::Contact(facts) => facts,
            _ => panic!("only contacts are asked so"),
        }
    }

    fn record(self) -> &'a RecordFact {
        match self {
            Thing::Record(record) => record,
            _ => panic!("only records are asked so"),
        }
    }

    fn attribute(self, key: &str) -> Option<&'a Value> {
        match self {
            Thing::Contact(facts) => facts.attributes.get(key),
            Thing::Record(record) => record.attributes.get(key),
            Thing::Event(_) => panic!("events have properties"),
        }
    }

    fn property(self, path: &Path) -> Option<&'a Value> {
        let Thing::Event(event) = self else {
            panic!("only events have properties")
        };
        path.steps()
            .iter()
            .try_fold(&event.properties, |value, step| match value {
                Value::Object(members) => members.get(step),
                Value::Array(items) => step.parse::<usize>().ok().and_then(|n| items.get(n)),
                _ => None,
            })
    }

    fn text(self, source: &TextSource) -> Option<String> {
        match source {
            TextSource::Core(core) => self.contact().text(*core).map(str::to_owned),
            TextSource::Attribute(key) | TextSource::Choice(key) => self.attribute(key).map(written),
            TextSource::Property(path) => self
                .property(path)
                .filter(|value| matches!(value, Value::String(_) | Value::Number(_) | Value::Bool(_)))
                .map(written),
            TextSource::Record(RecordText::Name) => Some(self.record().name.clone()),
            TextSource::Record(RecordText::ExternalId) => self.record().external_id.clone(),
            TextSource::Record(RecordText::Role) => Some(self.record().role.clone()),
            TextSource::DoNotContact(channel) => {
                let facts = self.contact();
                let reachable = match channel {
                    Channel::Email => facts.text(CoreText::Email).is_some(),
                    Channel::Sms => facts.text(CoreText::Phone).is_some(),
                    Channel::Push => true,
                };
                facts.do_not_contact.get(channel).filter(|_| reachable).cloned()
            }
        }
        .filter(|text| !text.is_empty())
    }

    fn number(self, source: &NumberSource) -> Option<f64> {
        match source {
            NumberSource::Attribute(key) => self.attribute(key).and_then(Value::as_f64),
            NumberSource::Property(path) => self.property(path).and_then(Value::as_f64),
            NumberSource::Points => Some(self.contact().points as f64),
            NumberSource::Identifiers => Some(self.contact().identifiers as f64),
            NumberSource::Random(seed) => Some(random(seed, self.contact().id)),
        }
    }

    fn truth(self, source: &TruthSource) -> Option<bool> {
        match source {
            TruthSource::Attribute(key) => self.attribute(key).and_then(Value::as_bool),
            TruthSource::Property(path) => self.property(path).and_then(Value::as_bool),
            TruthSource::Anonymous => Some(self.contact().anonymous),
            TruthSource::Primary => Some(self.record().primary),
        }
    }

    fn date(self, source: &DateSource, test: &DateTest, at: &Moment) -> bool {
        let parsed = |value: &Value| value.as_str().map(str::to_owned);
        match source {
            DateSource::Core(core) => instant(self.contact().time(*core), test, at),
            DateSource::StageSince => {
                let facts = self.contact();
                instant(facts.stage.and(facts.stage_since), test, at)
            }
            DateSource::Record(time) => {
                let record = self.record();
                let value = match time {
                    RecordTime::Created => record.created_at,
                    RecordTime::Updated => record.updated_at,
                    RecordTime::Linked => record.linked_at,
                };
                instant(Some(value), test, at)
            }
            DateSource::Instant(key) => {
                let value = self.attribute(key).and_then(parsed);
                instant_by_second(value.map(|text| text.parse().expect("an instant")), test, at)
            }
            DateSource::Day(key) => {
                let value = self.attribute(key).and_then(parsed);
                day(value.map(|text| text.parse().expect("a day")), test, at)
            }
            DateSource::Property(path) => {
                let value = self.property(path).and_then(parsed);
                day(value.and_then(|text| text.get(..10)?.parse().ok()), test, at)
            }
        }
    }

    fn set(self, source: &SetSource) -> BTreeSet<String> {
        let value = match source {
            SetSource::Tags => return self.contact().tags.clone(),
            SetSource::Attribute(key) => self.attribute(key),
            SetSource::Property(path) => self.property(path),
        };
        let items = value.and_then(Value::as_array).into_iter().flatten();
        items.filter_map(Value::as_str).map(str::to_owned).collect()
    }

    fn id(self, source: IdSource) -> Option<Uuid> {
        match (self, source) {
            (Thing::Contact(facts), IdSource::Owner) => facts.owner,
            (Thing::Contact(facts), IdSource::Stage) => facts.stage,
            (Thing::Record(record), IdSource::Owner) => record.owner,
            _ => panic!("neither has one"),
        }
    }
}

/// A value as PostgreSQL writes it.
fn written(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        // Without an exponent.
        Value::Number(number) if number.to_string().contains('e') => {
            number.as_f64().expect("a number").to_string()
        }
        other => other.to_string(),
    }
}

/// The number from 0 up to 100 that a contact has with a seed: the first three bytes of a digest.
fn random(seed: &str, id: ContactId) -> f64 {
    let text = format!("{seed}{}", id.uuid());
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
    let digest = digest.as_ref();
    let number = u32::from_be_bytes([0, digest[0], digest[1], digest[2]]);
    f64::from(number % 10_000) / 100.0
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
        TextTest::Like(pattern) => {
            let (pattern, value): (Vec<char>, Vec<char>) =
                (pattern.to_lowercase().chars().collect(), value.chars().collect());
            like(&pattern, &value)
        }
        TextTest::Matches(pattern) => pattern.is_found_in(&value),
        TextTest::Empty => false,
    }
}

fn like(pattern: &[char], text: &[char]) -> bool {
    match pattern {
        [] => text.is_empty(),
        ['%', rest @ ..] => (0..=text.len()).any(|n| like(rest, &text[n..])),
        ['_', rest @ ..] => !text.is_empty() && like(rest, &text[1..]),
        ['\\', c, rest @ ..] | [c, rest @ ..] => text.first() == Some(c) && like(rest, &text[1..]),
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
        (Some(value), Some(range)) => {
            range.from.is_none_or(|from| value >= from) && range.until.is_none_or(|until| value < until)
        }
        _ => false,
    }
}

/// Anniversaries and emptiness, which are asked alike of days and instants.
fn special<T: Copy>(
    value: Option<T>,
    test: &DateTest,
    at: &Moment,
    date: impl Fn(T) -> Date,
) -> Option<bool> {
    if *test == DateTest::Empty {
        return Some(value.is_none());
    }
    let days = test.anniversaries(at)?;
    Some(value.is_some_and(|value| days.contains(&date(value).strftime("%m-%d").to_string())))
}

fn instant(value: Option<Timestamp>, test: &DateTest, at: &Moment) -> bool {
    special(value, test, at, |value| value.to_zoned(at.zone.clone()).date())
        .unwrap_or_else(|| within(value, test.instants(at)))
}

/// Attributes are compared to the second.
fn instant_by_second(value: Option<Timestamp>, test: &DateTest, at: &Moment) -> bool {
    let second =
        |t: Timestamp| Timestamp::from_second(t.as_millisecond().div_euclid(1000)).expect("in range");
    special(value, test, at, |value| value.to_zoned(at.zone.clone()).date())
        .unwrap_or_else(|| within(value.map(second), test.seconds(at)))
}

fn day(value: Option<Date>, test: &DateTest, at: &Moment) -> bool {
    special(value, test, at, |value| value).unwrap_or_else(|| within(value, test.days(at)))
}

fn set(value: &BTreeSet<String>, test: &SetTest) -> bool {
    match test {
        SetTest::AnyOf(wanted) => wanted.iter().any(|wanted| value.contains(wanted)),
        SetTest::AllOf(wanted) => wanted.iter().all(|wanted| value.contains(wanted)),
        SetTest::Empty => value.is_empty(),
    }
}

fn subscription(state: SubscriptionState, facts: &Facts) -> bool {
    let reason = facts.do_not_contact.get(&Channel::Email).map(String::as_str);
    facts.text(CoreText::Email).is_some() && reason == state.reason()
}

fn topic(test: &TopicTest, facts: &Facts) -> bool {
    let said = facts.subscriptions.get(&(test.topic, test.channel));
    said.map_or(test.initial.word(), String::as_str) == test.state.word()
}

fn is_meant(fact: &EventFact, events: &Happening, at: &Moment) -> bool {
    let day = |point: Point, after: bool| match point {
        Point::Instant(instant) => (instant, !after),
        Point::Day(day) => (
            at.start_of(if after {
                day.tomorrow().expect("a day")
            } else {
                day
            }),
            false,
        ),
        Point::Relative(day) => {
            let day = day.day(at);
            (
                at.start_of(if after {
                    day.tomorrow().expect("a day")
                } else {
                    day
                }),
                false,
            )
        }
    };
    let from = events.from.is_none_or(|from| fact.at >= day(from, false).0);
    let until = events.until.is_none_or(|until| match until {
        Point::Instant(instant) => fact.at <= instant,
        point => fact.at < day(point, true).0,
    });
    from && until
        && events.what.event().is_none_or(|name| name == fact.name)
        && events.within.is_none_or(|span| fact.at >= at.before(span))
        && events
            .campaign
            .is_none_or(|campaign| fact.campaign == Some(campaign))
        && events.url_contains.as_ref().is_none_or(|part| {
            let url = fact.properties["url"].as_str();
            url.is_some_and(|url| url.to_lowercase().contains(&part.to_lowercase()))
        })
        && events
            .filter
            .as_ref()
            .is_none_or(|rule| fits(rule, Thing::Event(fact), at))
}

fn events(test: &EventTest, facts: &[EventFact], at: &Moment) -> bool {
    let meant: Vec<&EventFact> = facts
        .iter()
        .filter(|fact| is_meant(fact, &test.events, at))
        .collect();
    match &test.asked {
        Asked::Times(quantity) => quantity.fits(meant.len()),
        Asked::Days(quantity) => {
            let day = |fact: &&EventFact| fact.at.to_zoned(at.zone.clone()).date();
            let days: BTreeSet<Date> = meant.iter().map(day).collect();
            quantity.fits(days.len())
        }
        Asked::First(test) => instant(meant.iter().map(|fact| fact.at).min(), test, at),
        Asked::Last(test) => instant(meant.iter().map(|fact| fact.at).max(), test, at),
    }
}

fn sequence(test: &SequenceTest, facts: &[EventFact], at: &Moment) -> bool {
    let hours = test.gap.physical_hours().expect("a gap has a length");
    let end = |from: Timestamp| {
        from.checked_add(SignedDuration::from_hours(hours))
            .expect("in range")
    };
    let followed = |first: &EventFact| {
        let follows = |fact: &EventFact| fact.at > first.at && fact.at <= end(first.at);
        facts
            .iter()
            .any(|fact| is_meant(fact, &test.then, at) && follows(fact))
    };
    facts
        .iter()
        .filter(|fact| is_meant(fact, &test.first, at))
        .any(|first| {
            if test.followed {
                followed(first)
            } else {
                end(first.at) <= at.now && !followed(first)
            }
        })
}

fn records(test: &RecordsTest, thing: Thing<'_>, at: &Moment) -> bool {
    let found: Vec<&RecordFact> = match (thing, &test.via) {
        (Thing::Contact(facts), None) => facts
            .records
            .iter()
            .filter(|record| record.object == test.object.id)
            .collect(),
        (Thing::Record(record), Some(via)) => record
            .related
            .iter()
            .filter(|(relation, forward, _)| *relation == via.id && *forward == via.forward)
            .map(|(_, _, record)| record)
            .collect(),
        _ => panic!("records belong to contacts or relate to records"),
    };
    let fitting = |record: &&&RecordFact| {
        test.filter
            .as_ref()
            .is_none_or(|rule| fits(rule, Thing::Record(record), at))
    };
    test.quantity.fits(found.iter().filter(fitting).count())
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
