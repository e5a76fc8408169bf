use kernel::Timestamp;
use serde_json::{Map, Value, json};

use super::{
    moment::Span,
    operator::Operator,
    schema::ATTRIBUTE_PREFIX,
    tree::{
        Condition, DateSource, DateTest, MailTest, Matching, Number, NumberTest, Point, Rule, SetSource,
        SetTest, Test, TextSource, TextTest, TruthTest,
    },
};

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
        // The one test whose denial counts instead of merely denying.
        if let (Test::Mail(mail), true) = (&self.test, self.negated) {
            mail.insert_denial(&mut members);
            return Value::Object(members);
        }
        let (operator, wrapped) = match (self.negated, operator.denial()) {
            (false, _) => (operator, false),
            (true, Some(denial)) => (denial, false),
            // There is no word for "not more than": a group of one that must not hold says it.
            (true, None) => (operator, true),
        };
        members.insert("operator".to_owned(), operator.word().into());
        if !value.is_null() {
            members.insert("value".to_owned(), value);
        }
        if let Test::Mail(mail) = &self.test {
            mail.insert_details(&mut members);
        }
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
        match self {
            Test::Text(TextSource::Core(text), _) => text.name().to_owned(),
            Test::Text(TextSource::Attribute(key) | TextSource::Choice(key), _)
            | Test::Number(key, _)
            | Test::Truth(key, _)
            | Test::Date(DateSource::Day(key) | DateSource::Instant(key), _)
            | Test::Set(SetSource::Attribute(key), _) => attribute(key),
            Test::Date(DateSource::Core(time), _) => time.name().to_owned(),
            Test::Set(SetSource::Tags, _) => "tags".to_owned(),
            Test::Subscription(_) => "subscription".to_owned(),
            Test::Segment(_) => "segment".to_owned(),
            Test::Mail(mail) => mail.activity.name().to_owned(),
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
            Test::Subscription(state) => (Operator::Is, json!(state.word())),
            Test::Segment(id) => (Operator::IsIn, json!(id)),
            Test::Mail(mail) => (Operator::AtLeast, json!(mail.times)),
        }
    }
}

fn text(test: &TextTest) -> (Operator, Value) {
    match test {
        TextTest::Is(value) => (Operator::Is, json!(value)),
        TextTest::AnyOf(values) => (Operator::IsAnyOf, json!(values)),
        TextTest::Contains(value) => (Operator::Contains, json!(value)),
        TextTest::StartsWith(value) => (Operator::StartsWith, json!(value)),
        TextTest::EndsWith(value) => (Operator::EndsWith, json!(value)),
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
        DateTest::On(day) => (Operator::On, json!(day)),
        DateTest::Before(point) => (Operator::Before, point.to_json()),
        DateTest::After(point) => (Operator::After, point.to_json()),
        DateTest::Between(a, b) => (Operator::Between, json!([a.to_json(), b.to_json()])),
        DateTest::InTheLast(span) => (Operator::InTheLast, span.to_json()),
        DateTest::MoreThanAgo(span) => (Operator::MoreThanAgo, span.to_json()),
        DateTest::InTheNext(span) => (Operator::InTheNext, span.to_json()),
        DateTest::MoreThanAhead(span) => (Operator::MoreThanAhead, span.to_json()),
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

impl MailTest {
    /// "Not at least once" is said as "never", "not at least three times" as "at most twice".
    fn insert_denial(&self, members: &mut Map<String, Value>) {
        if self.times == 1 {
            members.insert("operator".to_owned(), Operator::Never.word().into());
        } else {
            members.insert("operator".to_owned(), Operator::AtMost.word().into());
            members.insert("value".to_owned(), json!(self.times - 1));
        }
        self.insert_details(members);
    }

    fn insert_details(&self, members: &mut Map<String, Value>) {
        if let Some(span) = self.within {
            members.insert("within".to_owned(), span.to_json());
        }
        if let Some(campaign) = self.campaign {
            members.insert("campaign".to_owned(), json!(campaign));
        }
        if let Some(part) = &self.url_contains {
            members.insert("url_contains".to_owned(), json!(part));
        }
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
            Point::Instant(instant) => json!(instant as Timestamp),
        }
    }
}
