//! A rule read aloud, in the language of whoever asks.
//!
//! The words come from the message catalogue through a function; how they are put together stands
//! here: `and` and `or` between rules, brackets around a group within a group.

use std::collections::HashMap;

use kernel::{CampaignId, SegmentId};
use uuid::Uuid;

use super::{
    Asked, Condition, DateTest, Days, EventTest, Group, Happening, IdTest, Matching, NumberTest, Operator,
    Point, ProblemCode, Quantity, RecordsTest, RelativeDay, Rule, Schema, Scope, SequenceTest, SetTest, Span,
    Test, TextSource, TextTest, TruthTest, What,
    day::DayUnit,
    schema::{ATTRIBUTE_PREFIX, PROPERTY_PREFIX},
};

/// How many values of a list are named before "and so many more".
const NAMED: usize = 5;

/// An argument of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    /// A text that stands as it is.
    Text(String),
    /// A number that may decide about singular and plural.
    Count(u32),
}

impl From<String> for Word {
    fn from(text: String) -> Self {
        Word::Text(text)
    }
}

/// Says a message of the catalogue with its arguments.
pub type Say<'a> = &'a dyn Fn(&str, &[(&'static str, Word)]) -> String;

/// What identifiers in rules are called.
#[derive(Debug, Clone, Default)]
pub struct Names {
    /// Segments.
    pub segments: HashMap<SegmentId, String>,
    /// Campaigns.
    pub campaigns: HashMap<CampaignId, String>,
    /// Stages and owners.
    pub others: HashMap<Uuid, String>,
}

/// The whole rule as one sentence.
pub fn sentence(rule: &Rule, schema: &Schema, names: &Names, say: Say<'_>) -> String {
    let reader = Reader {
        schema,
        names,
        say,
        scope: Scope::Contact,
    };
    match rule {
        Rule::Group(group) if group.rules.is_empty() => say("crm-segments-sentence-everybody", &[]),
        rule => say(
            "crm-segments-sentence",
            &[("rule", reader.rule(rule, Place::Outermost).into())],
        ),
    }
}

/// A part of a rule by itself, as a clause.
pub fn clause(rule: &Rule, schema: &Schema, names: &Names, say: Say<'_>) -> String {
    let reader = Reader {
        schema,
        names,
        say,
        scope: Scope::Contact,
    };
    reader.rule(rule, Place::Outermost)
}

/// One condition by itself, as a clause.
pub fn condition_clause(condition: &Condition, schema: &Schema, names: &Names, say: Say<'_>) -> String {
    clause(&Rule::Condition(condition.clone()), schema, names, say)
}

/// The key of the message that names an operator's place in a sentence or a list to choose from.
pub fn operator_key(prefix: &str, operator: Operator) -> String {
    format!("crm-segments-{prefix}-{}", operator.word().replace('_', "-"))
}

/// The key of the message that says what is wrong.
pub fn problem_key(code: ProblemCode) -> String {
    format!("crm-segments-problem-{}", code.word().replace('_', "-"))
}

/// What people call a field of what conditions are about: the label of what the organisation made
/// itself, a message for all others.
pub fn label_in(scope: Scope<'_>, name: &str, schema: &Schema, say: Say<'_>) -> String {
    if let Some(path) = name.strip_prefix(PROPERTY_PREFIX) {
        return path.to_owned();
    }
    let attributes = match scope {
        Scope::Record(object) | Scope::Related(object) => &object.attributes,
        _ => schema.attributes(),
    };
    if let Some(key) = name.strip_prefix(ATTRIBUTE_PREFIX) {
        let field = attributes.iter().find(|field| field.key == key);
        return field.map_or_else(|| key.to_owned(), |field| field.label.clone());
    }
    if let Some((_, key)) = name.split_once("topics.") {
        let topic = schema.topics().iter().find(|topic| topic.key == key);
        return topic.map_or_else(|| key.to_owned(), |topic| topic.label.clone());
    }
    if let Some((_, key)) = name.split_once("objects.") {
        let object = schema.objects().iter().find(|object| object.key == key);
        return object.map_or_else(|| key.to_owned(), |object| object.label.clone());
    }
    if let Some((_, key)) = name.split_once("relations.") {
        return key.replace('_', " ");
    }
    match scope {
        Scope::Record(_) | Scope::Related(_) => {
            say(&format!("crm-segments-record-{}", name.replace('_', "-")), &[])
        }
        _ => say(&field_key(name), &[]),
    }
}

/// The key of the message that names a field that everybody has.
pub fn field_key(name: &str) -> String {
    format!("crm-segments-field-{}", name.replace(['_', '.'], "-"))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Outermost,
    Within,
}

struct Reader<'a> {
    schema: &'a Schema,
    names: &'a Names,
    say: Say<'a>,
    /// What conditions are about.
    scope: Scope<'a>,
}

impl Reader<'_> {
    fn say(&self, key: &str, words: &[(&'static str, Word)]) -> String {
        (self.say)(key, words)
    }

    fn rule(&self, rule: &Rule, place: Place) -> String {
        match rule {
            Rule::Group(group) => self.group(group, place),
            Rule::Condition(condition) => self.condition(condition),
        }
    }

    fn group(&self, group: &Group, place: Place) -> String {
        let joint = match group.matching {
            Matching::All => "crm-segments-and",
            Matching::One => "crm-segments-comma",
            Matching::Any | Matching::None => "crm-segments-or",
        };
        // A group of one is no group: it needs no brackets and gives its place to its only rule.
        let inner = match (group.rules.as_slice(), group.matching) {
            ([only], Matching::All | Matching::Any | Matching::One) => return self.rule(only, place),
            ([only], Matching::None) => self.rule(only, Place::Outermost),
            (rules, _) => {
                let parts = rules.iter().map(|rule| self.rule(rule, Place::Within)).collect();
                self.join(joint, parts)
            }
        };
        match (group.matching, place) {
            (Matching::One, _) => self.say("crm-segments-exactly-one", &[("rules", inner.into())]),
            (Matching::None, _) => self.say("crm-segments-not", &[("rule", inner.into())]),
            (_, Place::Within) => self.say("crm-segments-brackets", &[("rule", inner.into())]),
            (_, Place::Outermost) => inner,
        }
    }

    fn join(&self, joint: &str, parts: Vec<String>) -> String {
        let joined = parts
            .into_iter()
            .reduce(|left, right| self.say(joint, &[("left", left.into()), ("right", right.into())]));
        joined.unwrap_or_default()
    }

    fn condition(&self, condition: &Condition) -> String {
        match &condition.test {
            Test::Event(test) => {
                if let Some(clause) = self.events(test, condition.negated) {
                    return clause;
                }
            }
            Test::Sequence(test) => return self.sequence(test),
            Test::Records(test) => return self.records(test, condition.negated),
            _ => {}
        }
        let (asserted, _) = condition.test.positive();
        let operator = if condition.negated {
            asserted.denial()
        } else {
            Some(asserted)
        };
        let clause = self.clause(&condition.test, operator.unwrap_or(asserted));
        match operator {
            Some(_) => clause,
            None => self.say("crm-segments-not", &[("rule", clause.into())]),
        }
    }

    fn clause(&self, test: &Test, operator: Operator) -> String {
        let field = match test {
            Test::Event(test) => self.when(test),
            test => label_in(self.scope, &test.field(), self.schema, self.say),
        };
        let key = operator_key("says", operator);
        self.say(
            &key,
            &[("field", field.into()), ("value", self.value(test).into())],
        )
    }

    fn value(&self, test: &Test) -> String {
        match test {
            Test::Text(TextSource::DoNotContact(_), TextTest::Is(reason)) => self.reason(reason),
            Test::Text(TextSource::DoNotContact(_), TextTest::AnyOf(reasons)) => {
                let reasons = reasons.iter().map(|reason| self.reason(reason)).collect();
                self.join("crm-segments-comma", reasons)
            }
            Test::Text(_, test) => match test {
                TextTest::Is(text) | TextTest::Contains(text) | TextTest::Like(text) => self.quoted(text),
                TextTest::StartsWith(text) | TextTest::EndsWith(text) => self.quoted(text),
                TextTest::Matches(pattern) => self.quoted(pattern.as_str()),
                TextTest::AnyOf(texts) => self.list(texts),
                TextTest::Empty => String::new(),
            },
            Test::Number(_, test) => self.number(test),
            Test::Truth(_, TruthTest::Is(true)) => self.say("crm-segments-yes", &[]),
            Test::Truth(_, TruthTest::Is(false)) => self.say("crm-segments-no", &[]),
            Test::Truth(_, TruthTest::Empty) => String::new(),
            Test::Date(_, test) => self.date(test),
            Test::Set(_, SetTest::AnyOf(texts) | SetTest::AllOf(texts)) => self.list(texts),
            Test::Set(_, SetTest::Empty) => String::new(),
            Test::Subscription(state) => {
                self.say(&format!("crm-segments-subscription-{}", state.word()), &[])
            }
            Test::Topic(test) => self.say(&format!("crm-segments-topic-{}", test.state.word()), &[]),
            Test::Id(source, test) => {
                let name = |id: &Uuid| {
                    let name = self.names.others.get(id).cloned();
                    self.quoted(&name.unwrap_or_else(|| source.write(*id)))
                };
                match test {
                    IdTest::Is(id) => name(id),
                    IdTest::AnyOf(ids) => self.join("crm-segments-comma", ids.iter().map(name).collect()),
                    IdTest::Empty => String::new(),
                }
            }
            Test::Segment(id) => self.quoted(&self.name(self.names.segments.get(id), id)),
            Test::Event(EventTest {
                asked: Asked::First(test) | Asked::Last(test),
                ..
            }) => self.date(test),
            Test::Event(_) | Test::Sequence(_) | Test::Records(_) => String::new(),
        }
    }

    fn number(&self, test: &NumberTest) -> String {
        match test {
            NumberTest::Is(n) | NumberTest::MoreThan(n) | NumberTest::AtLeast(n) => n.to_string(),
            NumberTest::LessThan(n) | NumberTest::AtMost(n) => n.to_string(),
            NumberTest::Between(a, b) => self.join("crm-segments-and", vec![a.to_string(), b.to_string()]),
            NumberTest::Empty => String::new(),
        }
    }

    fn reason(&self, reason: &str) -> String {
        self.say(&format!("crm-segments-reason-{}", reason.replace('_', "-")), &[])
    }

    fn date(&self, test: &DateTest) -> String {
        match *test {
            DateTest::On(days) | DateTest::Anniversary(days) => self.days(days),
            DateTest::Before(point) | DateTest::After(point) => self.point(point),
            DateTest::OnOrBefore(point) | DateTest::OnOrAfter(point) => self.point(point),
            DateTest::Between(a, b) => self.join("crm-segments-and", vec![self.point(a), self.point(b)]),
            DateTest::InTheLast(span) | DateTest::MoreThanAgo(span) => self.span(span),
            DateTest::InTheNext(span) | DateTest::MoreThanAhead(span) => self.span(span),
            DateTest::AnniversaryInTheNext(span) => self.span(span),
            DateTest::Empty => String::new(),
        }
    }

    fn days(&self, days: Days) -> String {
        match days {
            Days::Day(day) => day.to_string(),
            Days::Relative(day) => relative_day(day, self.say),
            Days::Period(period) => self.say(&period_key(&period.to_string()), &[]),
        }
    }

    fn point(&self, point: Point) -> String {
        match point {
            Point::Day(day) => day.to_string(),
            Point::Relative(day) => relative_day(day, self.say),
            Point::Instant(instant) => instant.to_string(),
        }
    }

    fn span(&self, span: Span) -> String {
        self.say(
            &format!("crm-segments-span-{}", span.unit().word()),
            &[("amount", Word::Count(span.amount()))],
        )
    }

    /// How often something happened; `None` when it is asked when.
    fn events(&self, test: &EventTest, negated: bool) -> Option<String> {
        let (what, quantity) = match test.asked {
            Asked::Times(quantity) => (self.what(&test.events.what), quantity),
            Asked::Days(quantity) => ("event-days".to_owned(), quantity),
            Asked::First(_) | Asked::Last(_) => return None,
        };
        let clause = self.counted(&what, quantity, negated, &self.event_name(&test.events.what));
        Some(self.limited(clause, &test.events))
    }

    fn what(&self, what: &What) -> String {
        match what {
            What::Mail(activity) => activity.name().replace('.', "-"),
            What::Page => "page".to_owned(),
            What::Event(_) | What::Anything => "event".to_owned(),
        }
    }

    fn event_name(&self, what: &What) -> String {
        match what {
            What::Event(name) => self.quoted(name),
            _ => self.say("crm-segments-any-event", &[]),
        }
    }

    /// “X” happened at least twice.
    fn counted(&self, what: &str, quantity: Quantity, negated: bool, name: &str) -> String {
        let (how, times) = match (negated, quantity.exactly, quantity.times) {
            (false, false, times) => ("at-least", times),
            (false, true, times) => ("exactly", times),
            (true, true, times) => ("not-exactly", times),
            (true, false, 1) => ("never", 0),
            (true, false, times) => ("at-most", times - 1),
        };
        let (how, denied) = match how {
            "not-exactly" => ("exactly", true),
            how => (how, false),
        };
        let clause = self.say(
            &format!("crm-segments-says-{what}-{how}"),
            &[("times", Word::Count(times)), ("name", name.to_owned().into())],
        );
        if denied {
            self.say("crm-segments-not", &[("rule", clause.into())])
        } else {
            clause
        }
    }

    /// When something happened first or last, as a field.
    fn when(&self, test: &EventTest) -> String {
        let key = match test.asked {
            Asked::First(_) => "crm-segments-first-of",
            _ => "crm-segments-last-of",
        };
        let name = self.event_name(&test.events.what);
        let clause = self.say(key, &[("name", name.into())]);
        self.limited(clause, &test.events)
    }

    fn limited(&self, clause: String, events: &Happening) -> String {
        let mut clause = clause;
        let mut add = |key: &str, word: String| {
            let words = [
                ("clause", std::mem::take(&mut clause).into()),
                ("word", word.into()),
            ];
            clause = self.say(key, &words);
        };
        if let Some(part) = &events.url_contains {
            add("crm-segments-on-link", self.quoted(part));
        }
        if let Some(id) = events.campaign {
            add(
                "crm-segments-of-campaign",
                self.quoted(&self.name(self.names.campaigns.get(&id), &id)),
            );
        }
        if let Some(rule) = &events.filter {
            add("crm-segments-where", self.inner(rule, Scope::Event));
        }
        if let Some(span) = events.within {
            add("crm-segments-within", self.span(span));
        }
        if let Some(from) = events.from {
            add("crm-segments-since", self.point(from));
        }
        if let Some(until) = events.until {
            add("crm-segments-up-to", self.point(until));
        }
        clause
    }

    /// The conditions of things.
    fn inner(&self, rule: &Rule, scope: Scope<'_>) -> String {
        let reader = Reader {
            schema: self.schema,
            names: self.names,
            say: self.say,
            scope,
        };
        reader.rule(rule, Place::Outermost)
    }

    fn sequence(&self, test: &SequenceTest) -> String {
        let event = |events: &Happening| self.limited(self.event_name(&events.what), events);
        let key = if test.followed {
            "crm-segments-says-followed"
        } else {
            "crm-segments-says-not-followed"
        };
        self.say(
            key,
            &[
                ("first", event(&test.first).into()),
                ("then", event(&test.then).into()),
                ("span", self.span(test.gap).into()),
            ],
        )
    }

    fn records(&self, test: &RecordsTest, negated: bool) -> String {
        let object = self.schema.object(test.object.id);
        let name = match &test.via {
            Some(via) => via.key.replace('_', " "),
            None => object.map_or_else(|| test.object.key.clone(), |object| object.label.clone()),
        };
        let clause = self.counted("records", test.quantity, negated, &name.to_lowercase());
        match (&test.filter, object) {
            (Some(rule), Some(object)) => {
                let scope = if test.via.is_some() {
                    Scope::Related(object)
                } else {
                    Scope::Record(object)
                };
                let word = self.inner(rule, scope);
                self.say(
                    "crm-segments-where",
                    &[("clause", clause.into()), ("word", word.into())],
                )
            }
            _ => clause,
        }
    }

    /// The name, or the bare identifier of what has gone.
    fn name(&self, name: Option<&String>, id: &dyn ToString) -> String {
        name.cloned().unwrap_or_else(|| id.to_string())
    }

    fn quoted(&self, text: &str) -> String {
        self.say("crm-segments-quoted", &[("text", text.to_owned().into())])
    }

    fn list(&self, texts: &[String]) -> String {
        let named: Vec<String> = texts.iter().take(NAMED).map(|text| self.quoted(text)).collect();
        let list = self.join("crm-segments-comma", named);
        match u32::try_from(texts.len().saturating_sub(NAMED)).unwrap_or(u32::MAX) {
            0 => list,
            more => self.say(
                "crm-segments-more",
                &[("list", list.into()), ("more", Word::Count(more))],
            ),
        }
    }
}

/// A day that is found from today, in words.
pub fn relative_day(day: RelativeDay, say: Say<'_>) -> String {
    match day {
        RelativeDay::Offset(0, _) => say("crm-segments-day-today", &[]),
        RelativeDay::Offset(-1, DayUnit::Days) => say("crm-segments-day-yesterday", &[]),
        RelativeDay::Offset(1, DayUnit::Days) => say("crm-segments-day-tomorrow", &[]),
        RelativeDay::Offset(n, unit) => {
            let unit = match unit {
                DayUnit::Days => "days",
                DayUnit::Weeks => "weeks",
                DayUnit::Months => "months",
                DayUnit::Years => "years",
            };
            let span = say(
                &format!("crm-segments-span-{unit}"),
                &[("amount", Word::Count(n.unsigned_abs()))],
            );
            let key = if n < 0 {
                "crm-segments-day-ago"
            } else {
                "crm-segments-day-ahead"
            };
            say(key, &[("span", span.into())])
        }
        RelativeDay::FirstOf(period) => {
            let period = say(&period_key(&period.to_string()), &[]);
            say("crm-segments-day-first-of", &[("period", period.into())])
        }
        RelativeDay::LastOf(period) => {
            let period = say(&period_key(&period.to_string()), &[]);
            say("crm-segments-day-last-of", &[("period", period.into())])
        }
    }
}

/// The key of the message that names a period: `last_week`.
pub fn period_key(word: &str) -> String {
    format!("crm-segments-period-{}", word.replace('_', "-"))
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use serde_json::json;

    use super::{
        super::{
            Activity, Channel, Operator, Period, ProblemCode, REASONS, Schema, SubscriptionState, TopicState,
            Unit, fixed_subjects, parse, record_subjects,
        },
        Names, Word, field_key, operator_key, period_key, problem_key, sentence,
    };

    /// English, as far as these tests need it, straight from the catalogue.
    fn english(key: &str, words: &[(&'static str, Word)]) -> String {
        let line = CATALOGUE
            .lines()
            .find_map(|line| line.strip_prefix(&format!("{key} = ")));
        let mut text = line
            .unwrap_or_else(|| panic!("{key} is not a message of one line"))
            .to_owned();
        for (name, word) in words {
            let word = match word {
                Word::Text(text) => text.clone(),
                Word::Count(n) => n.to_string(),
            };
            text = text.replace(&format!("{{ ${name} }}"), &word);
        }
        text
    }

    const CATALOGUE: &str = include_str!("../../../i18n/segments.en.ftl");

    #[test]
    fn a_nested_rule_reads_as_one_sentence() {
        let segment = kernel::SegmentId::generate();
        let rule = json!({"all": [
            {"field": "city", "operator": "is", "value": "Bonn"},
            {"any": [
                {"field": "tags", "operator": "has_any_of", "value": ["vip", "gold"]},
                {"none": [{"field": "segment", "operator": "is_in", "value": segment}]},
            ]},
        ]});
        let schema = Schema::default();
        let names = Names {
            segments: [(segment, "Leads".to_owned())].into(),
            ..Names::default()
        };
        let rule = parse(&rule, &schema).expect("a rule");
        assert_eq!(
            sentence(&rule, &schema, &names, &english),
            "Contacts where city is “Bonn” and (tags include any of “vip”, “gold” or not (segment is “Leads”))."
        );
    }

    #[test]
    fn everybody_has_a_sentence() {
        let schema = Schema::default();
        let rule = parse(&json!({"all": []}), &schema).expect("a rule");
        assert_eq!(
            sentence(&rule, &schema, &Names::default(), &english),
            "All contacts."
        );
    }

    #[test]
    fn every_message_that_a_sentence_can_ask_for_is_in_the_catalogue() {
        let has = |key: &str| {
            CATALOGUE
                .lines()
                .any(|line| line.starts_with(&format!("{key} =")))
        };
        let mut keys: Vec<String> = fixed_subjects()
            .map(|subject| field_key(&subject.name()))
            .collect();
        keys.extend(
            record_subjects()
                .map(|subject| format!("crm-segments-record-{}", subject.name().replace('_', "-"))),
        );
        for operator in Operator::ALL
            .iter()
            .filter(|operator| ![Operator::Never, Operator::Exactly].contains(operator))
        {
            keys.push(operator_key("says", *operator));
        }
        let mail = Activity::ALL.map(|activity| activity.name().replace('.', "-"));
        let others = ["page", "event", "event-days", "records"].map(str::to_owned);
        for what in mail.into_iter().chain(others) {
            for how in ["at-least", "at-most", "exactly", "never"] {
                keys.push(format!("crm-segments-says-{what}-{how}"));
            }
        }
        keys.extend(REASONS.map(|reason| format!("crm-segments-reason-{}", reason.replace('_', "-"))));
        keys.extend(TopicState::ALL.map(|state| format!("crm-segments-topic-{}", state.word())));
        keys.extend(Channel::ALL.map(|channel| format!("crm-segments-channel-{}", channel.word())));
        keys.extend(Period::all().map(|period| period_key(&period.to_string())));
        for key in [
            "today",
            "yesterday",
            "tomorrow",
            "ago",
            "ahead",
            "first-of",
            "last-of",
        ] {
            keys.push(format!("crm-segments-day-{key}"));
        }
        keys.extend(
            SubscriptionState::ALL.map(|state| format!("crm-segments-subscription-{}", state.word())),
        );
        keys.extend(Unit::ALL.map(|unit| format!("crm-segments-span-{}", unit.word())));
        keys.extend(ProblemCode::ALL.iter().map(|code| problem_key(*code)));
        for operator in Operator::ALL {
            keys.push(operator_key("operator", *operator));
        }
        let missing: Vec<_> = keys.into_iter().filter(|key| !has(key)).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }

    #[test]
    fn a_condition_on_mail_says_all_its_limits() {
        let asked = RefCell::new(Vec::new());
        let record = |key: &str, _: &[(&'static str, Word)]| {
            asked.borrow_mut().push(key.to_owned());
            String::new()
        };
        let rule = json!({"field": "mail.clicked", "operator": "at_most", "value": 2, "url_contains": "/x",
            "campaign": kernel::CampaignId::generate(), "within": {"amount": 3, "unit": "weeks"}});
        let schema = Schema::default();
        sentence(
            &parse(&rule, &schema).expect("a rule"),
            &schema,
            &Names::default(),
            &record,
        );
        let asked = asked.into_inner();
        for key in [
            "says-mail-clicked-at-most",
            "on-link",
            "of-campaign",
            "span-weeks",
            "within",
        ] {
            assert!(
                asked.contains(&format!("crm-segments-{key}")),
                "{key} in {asked:?}"
            );
        }
    }
}
