use kernel::Timestamp;
use serde_json::{Map, Value, json};

use super::{
    day::Days,
    happening::{Asked, Happening, Quantity, RecordsTest, SequenceTest, What},
    moment::Span,
    operator::Operator,
    schema::{
        ATTRIBUTE_PREFIX, Aspect, DO_NOT_CONTACT_PREFIX, OBJECT_PREFIX, PROPERTY_PREFIX, PropertyKind,
        RELATION_PREFIX, TOPIC_PREFIX,
    },
    tree::{
        Channel, Condition, DateSource, IdSource, Matching, NumberSource, Rule, SetSource, Test, TextSource,
        TruthSource,
    },
    value_test::{DateTest, IdTest, Number, NumberTest, Point, SetTest, TextTest, TruthTest},
};

type Members = Map<String, Value>;

impl Rule {
    /// The rule as it is stored and sent; [`super::parse`] reads it back.
    pub fn to_json(&self) -> Value {
        match self {
            Rule::Group(group) => {
                let rules: Vec<Value> = group.rules.iter().map(Rule::to_json).collect();
                json!({ group.matching.word(): rules })
            }
            Rule::Condition(condition) => condition.to_json(),
        }
    }
}

impl Condition {
    fn to_json(&self) -> Value {
        let (operator, value) = self.test.positive();
        let mut members = Map::new();
        members.insert("field".to_owned(), self.test.field().into());
        let (operator, value, wrapped) = match (self.negated, self.test.quantity()) {
            // The denial of a number of times counts instead of merely denying.
            (
                true,
                Some(Quantity {
                    times: 1,
                    exactly: false,
                }),
            ) => (Operator::Never, Value::Null, false),
            (
                true,
                Some(Quantity {
                    times,
                    exactly: false,
                }),
            ) => (Operator::AtMost, json!(times - 1), false),
            (true, _) => match operator.denial() {
                Some(denial) => (denial, value, false),
                // There is no word for "not more than": a group of one that must not hold says it.
                None => (operator, value, true),
            },
            (false, _) => (operator, value, false),
        };
        members.insert("operator".to_owned(), operator.word().into());
        if !value.is_null() {
            members.insert("value".to_owned(), value);
        }
        self.test.insert_details(&mut members);
        let condition = Value::Object(members);
        if wrapped {
            json!({ Matching::None.word(): [condition] })
        } else {
            condition
        }
    }
}

impl Test {
    /// The word in JSON for what it looks at.
    pub fn field(&self) -> String {
        let attribute = |key: &str| format!("{ATTRIBUTE_PREFIX}{key}");
        let property = |path: &super::tree::Path| format!("{PROPERTY_PREFIX}{path}");
        let word = |word: &str| word.to_owned();
        match self {
            Test::Text(TextSource::Core(text), _) => word(text.name()),
            Test::Text(TextSource::Record(text), _) => word(text.name()),
            Test::Text(TextSource::DoNotContact(channel), _) => {
                format!("{DO_NOT_CONTACT_PREFIX}{}", channel.word())
            }
            Test::Text(TextSource::Attribute(key) | TextSource::Choice(key), _)
            | Test::Number(NumberSource::Attribute(key), _)
            | Test::Truth(TruthSource::Attribute(key), _)
            | Test::Date(DateSource::Day(key) | DateSource::Instant(key), _)
            | Test::Set(SetSource::Attribute(key), _) => attribute(key),
            Test::Text(TextSource::Property(path), _)
            | Test::Number(NumberSource::Property(path), _)
            | Test::Truth(TruthSource::Property(path), _)
            | Test::Date(DateSource::Property(path), _)
            | Test::Set(SetSource::Property(path), _) => property(path),
            Test::Number(NumberSource::Points, _) => word("points"),
            Test::Number(NumberSource::Identifiers, _) => word("identifiers"),
            Test::Number(NumberSource::Random(_), _) => word("random"),
            Test::Truth(TruthSource::Anonymous, _) => word("anonymous"),
            Test::Truth(TruthSource::Primary, _) => word("primary"),
            Test::Date(DateSource::Core(time), _) => word(time.name()),
            Test::Date(DateSource::Record(time), _) => word(time.name()),
            Test::Date(DateSource::StageSince, _) => word("stage.since"),
            Test::Set(SetSource::Tags, _) => word("tags"),
            Test::Id(IdSource::Owner, _) => word("owner"),
            Test::Id(IdSource::Stage, _) => word("stage"),
            Test::Subscription(_) => word("subscription"),
            Test::Topic(test) => format!("{TOPIC_PREFIX}{}", test.key),
            Test::Segment(_) => word("segment"),
            Test::Event(test) => match (&test.events.what, test.asked) {
                (What::Mail(activity), _) => word(activity.name()),
                (What::Page, _) => word("page"),
                (_, Asked::Times(_)) => word(Aspect::Times.name()),
                (_, Asked::Days(_)) => word(Aspect::Days.name()),
                (_, Asked::First(_)) => word(Aspect::First.name()),
                (_, Asked::Last(_)) => word(Aspect::Last.name()),
            },
            Test::Sequence(_) => word("event.sequence"),
            Test::Records(RecordsTest { via: Some(via), .. }) => format!("{RELATION_PREFIX}{}", via.key),
            Test::Records(test) => format!("{OBJECT_PREFIX}{}", test.object.key),
        }
    }

    /// The operator that asserts it, and its value; null where it takes none.
    pub fn positive(&self) -> (Operator, Value) {
        match self {
            Test::Text(_, test) => text(test),
            Test::Number(_, test) => number(test),
            Test::Truth(_, TruthTest::Is(value)) => (Operator::Is, json!(value)),
            Test::Truth(_, TruthTest::Empty) => (Operator::IsEmpty, Value::Null),
            Test::Date(_, test) => date(test),
            Test::Set(_, test) => set(test),
            Test::Id(source, test) => id(*source, test),
            Test::Subscription(state) => (Operator::Is, json!(state.word())),
            Test::Topic(test) => (Operator::Is, json!(test.state.word())),
            Test::Segment(id) => (Operator::IsIn, json!(id)),
            Test::Event(test) => match &test.asked {
                Asked::Times(quantity) | Asked::Days(quantity) => quantity.to_json(),
                Asked::First(test) | Asked::Last(test) => date(test),
            },
            Test::Sequence(test) if test.followed => (Operator::Followed, Value::Null),
            Test::Sequence(_) => (Operator::NotFollowed, Value::Null),
            Test::Records(test) => test.quantity.to_json(),
        }
    }

    /// How often or how many, where that is what is asked.
    pub fn quantity(&self) -> Option<Quantity> {
        match self {
            Test::Event(test) => match test.asked {
                Asked::Times(quantity) | Asked::Days(quantity) => Some(quantity),
                Asked::First(_) | Asked::Last(_) => None,
            },
            Test::Records(test) => Some(test.quantity),
            _ => None,
        }
    }

    fn insert_details(&self, members: &mut Members) {
        match self {
            Test::Event(test) => test.events.insert_details(members),
            Test::Sequence(test) => test.insert_details(members),
            Test::Records(test) => insert_filter(test.filter.as_deref(), members),
            Test::Topic(test) if test.channel != Channel::Email => {
                members.insert("channel".to_owned(), test.channel.word().into());
            }
            Test::Number(NumberSource::Random(seed), _) if !seed.is_empty() => {
                members.insert("seed".to_owned(), seed.as_str().into());
            }
            Test::Number(NumberSource::Property(_), _) => insert_kind(PropertyKind::Number, members),
            Test::Truth(TruthSource::Property(_), _) => insert_kind(PropertyKind::Truth, members),
            Test::Date(DateSource::Property(_), _) => insert_kind(PropertyKind::Day, members),
            Test::Set(SetSource::Property(_), _) => insert_kind(PropertyKind::Set, members),
            _ => {}
        }
    }
}

fn insert_kind(kind: PropertyKind, members: &mut Members) {
    members.insert("type".to_owned(), kind.word().into());
}

/// A filter is always a group in JSON, which is how it is edited.
fn insert_filter(filter: Option<&Rule>, members: &mut Members) {
    if let Some(rule) = filter {
        let json = match rule {
            Rule::Group(_) => rule.to_json(),
            Rule::Condition(_) => json!({ Matching::All.word(): [rule.to_json()] }),
        };
        members.insert("where".to_owned(), json);
    }
}

fn text(test: &TextTest) -> (Operator, Value) {
    match test {
        TextTest::Is(value) => (Operator::Is, json!(value)),
        TextTest::AnyOf(values) => (Operator::IsAnyOf, json!(values)),
        TextTest::Contains(value) => (Operator::Contains, json!(value)),
        TextTest::StartsWith(value) => (Operator::StartsWith, json!(value)),
        TextTest::EndsWith(value) => (Operator::EndsWith, json!(value)),
        TextTest::Like(value) => (Operator::Like, json!(value)),
        TextTest::Matches(pattern) => (Operator::Matches, json!(pattern.as_str())),
        TextTest::Empty => (Operator::IsEmpty, Value::Null),
    }
}

fn number(test: &NumberTest) -> (Operator, Value) {
    match *test {
        NumberTest::Is(n) => (Operator::Is, n.to_json()),
        NumberTest::MoreThan(n) => (Operator::MoreThan, n.to_json()),
        NumberTest::AtLeast(n) => (Operator::AtLeast, n.to_json()),
        NumberTest::LessThan(n) => (Operator::LessThan, n.to_json()),
        NumberTest::AtMost(n) => (Operator::AtMost, n.to_json()),
        NumberTest::Between(a, b) => (Operator::Between, json!([a.to_json(), b.to_json()])),
        NumberTest::Empty => (Operator::IsEmpty, Value::Null),
    }
}

fn date(test: &DateTest) -> (Operator, Value) {
    match *test {
        DateTest::On(days) => (Operator::On, days.to_json()),
        DateTest::Before(point) => (Operator::Before, point.to_json()),
        DateTest::After(point) => (Operator::After, point.to_json()),
        DateTest::OnOrBefore(point) => (Operator::OnOrBefore, point.to_json()),
        DateTest::OnOrAfter(point) => (Operator::OnOrAfter, point.to_json()),
        DateTest::Between(a, b) => (Operator::Between, json!([a.to_json(), b.to_json()])),
        DateTest::InTheLast(span) => (Operator::InTheLast, span.to_json()),
        DateTest::MoreThanAgo(span) => (Operator::MoreThanAgo, span.to_json()),
        DateTest::InTheNext(span) => (Operator::InTheNext, span.to_json()),
        DateTest::MoreThanAhead(span) => (Operator::MoreThanAhead, span.to_json()),
        DateTest::Anniversary(days) => (Operator::Anniversary, days.to_json()),
        DateTest::AnniversaryInTheNext(span) => (Operator::AnniversaryInTheNext, span.to_json()),
        DateTest::Empty => (Operator::IsEmpty, Value::Null),
    }
}

fn set(test: &SetTest) -> (Operator, Value) {
    match test {
        SetTest::AnyOf(values) => (Operator::HasAnyOf, json!(values)),
        SetTest::AllOf(values) => (Operator::HasAllOf, json!(values)),
        SetTest::Empty => (Operator::IsEmpty, Value::Null),
    }
}

fn id(source: IdSource, test: &IdTest) -> (Operator, Value) {
    match test {
        IdTest::Is(id) => (Operator::Is, source.write(*id).into()),
        IdTest::AnyOf(ids) => {
            let ids: Vec<String> = ids.iter().map(|id| source.write(*id)).collect();
            (Operator::IsAnyOf, json!(ids))
        }
        IdTest::Empty => (Operator::IsEmpty, Value::Null),
    }
}

impl Quantity {
    fn to_json(self) -> (Operator, Value) {
        let operator = if self.exactly {
            Operator::Exactly
        } else {
            Operator::AtLeast
        };
        (operator, json!(self.times))
    }
}

impl Happening {
    fn insert_details(&self, members: &mut Members) {
        if let What::Event(name) = &self.what {
            members.insert("name".to_owned(), name.as_str().into());
        }
        if let Some(span) = self.within {
            members.insert("within".to_owned(), span.to_json());
        }
        for (member, point) in [("from", self.from), ("until", self.until)] {
            if let Some(point) = point {
                members.insert(member.to_owned(), point.to_json());
            }
        }
        if let Some(campaign) = self.campaign {
            members.insert("campaign".to_owned(), json!(campaign));
        }
        if let Some(part) = &self.url_contains {
            members.insert("url_contains".to_owned(), json!(part));
        }
        insert_filter(self.filter.as_deref(), members);
    }
}

impl SequenceTest {
    fn insert_details(&self, members: &mut Members) {
        self.first.insert_details(members);
        let mut then = Map::new();
        self.then.insert_details(&mut then);
        members.insert("then".to_owned(), Value::Object(then));
        members.insert("gap".to_owned(), self.gap.to_json());
    }
}

impl Number {
    /// Whole numbers without ".0", as people write them.
    pub fn to_json(self) -> Value {
        let whole = self.get() as i64;
        if whole as f64 == self.get() && whole.unsigned_abs() < (1 << 53) {
            json!(whole)
        } else {
            json!(self.get())
        }
    }
}

impl Span {
    fn to_json(self) -> Value {
        json!({ "amount": self.amount(), "unit": self.unit().word() })
    }
}

impl Point {
    fn to_json(self) -> Value {
        match self {
            Point::Day(day) => json!(day),
            Point::Relative(day) => json!(day.to_string()),
            Point::Instant(instant) => json!(instant as Timestamp),
        }
    }
}

impl Days {
    fn to_json(self) -> Value {
        match self {
            Days::Day(day) => json!(day),
            Days::Relative(day) => json!(day.to_string()),
            Days::Period(period) => json!(period.to_string()),
        }
    }
}
