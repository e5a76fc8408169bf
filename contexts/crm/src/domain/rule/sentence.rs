//! A rule read aloud, in the language of whoever asks.
//!
//! The words come from the message catalogue through a function; how they are put together stands
//! here: `and` and `or` between rules, brackets around a group within a group.

use std::collections::HashMap;

use kernel::{CampaignId, SegmentId};

use super::{
    Condition, DateTest, Group, MailTest, Matching, NumberTest, Operator, Point, ProblemCode, Rule, Schema,
    SetTest, Span, Test, TextTest, TruthTest, schema::ATTRIBUTE_PREFIX,
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
}

/// The whole rule as one sentence.
pub fn sentence(rule: &Rule, schema: &Schema, names: &Names, say: Say<'_>) -> String {
    let reader = Reader { schema, names, say };
    match rule {
        Rule::Group(group) if group.rules.is_empty() => say("crm-segments-sentence-everybody", &[]),
        rule => say(
            "crm-segments-sentence",
            &[("rule", reader.rule(rule, Place::Outermost).into())],
        ),
    }
}

/// The key of the message that names an operator's place in a sentence or a list to choose from.
pub fn operator_key(prefix: &str, operator: Operator) -> String {
    format!("crm-segments-{prefix}-{}", operator.word().replace('_', "-"))
}

/// The key of the message that says what is wrong.
pub fn problem_key(code: ProblemCode) -> String {
    format!("crm-segments-problem-{}", code.word().replace('_', "-"))
}

/// What people call a field: the label of a custom one, a message for all others.
pub fn field_label(name: &str, schema: &Schema, say: Say<'_>) -> String {
    let attribute = name
        .strip_prefix(ATTRIBUTE_PREFIX)
        .and_then(|key| schema.attribute(key));
    match attribute {
        Some(field) => field.label.clone(),
        None => say(&field_key(name), &[]),
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
            Matching::Any | Matching::None => "crm-segments-or",
        };
        // A group of one is no group: it needs no brackets and gives its place to its only rule.
        let inner = match (group.rules.as_slice(), group.matching) {
            ([only], Matching::All | Matching::Any) => return self.rule(only, place),
            ([only], Matching::None) => self.rule(only, Place::Outermost),
            (rules, _) => {
                let parts = rules.iter().map(|rule| self.rule(rule, Place::Within)).collect();
                self.join(joint, parts)
            }
        };
        match (group.matching, place) {
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
        if let Test::Mail(mail) = &condition.test {
            return self.mail(mail, condition.negated);
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
        let field = field_label(&test.field(), self.schema, self.say);
        let key = operator_key("says", operator);
        self.say(
            &key,
            &[("field", field.into()), ("value", self.value(test).into())],
        )
    }

    fn value(&self, test: &Test) -> String {
        match test {
            Test::Text(_, test) => match test {
                TextTest::Is(text) | TextTest::Contains(text) => self.quoted(text),
                TextTest::StartsWith(text) | TextTest::EndsWith(text) => self.quoted(text),
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
            Test::Segment(id) => self.quoted(&self.name(self.names.segments.get(id), id)),
            Test::Mail(_) => String::new(),
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

    fn date(&self, test: &DateTest) -> String {
        match *test {
            DateTest::On(day) => day.to_string(),
            DateTest::Before(point) | DateTest::After(point) => point.to_string(),
            DateTest::Between(a, b) => self.join("crm-segments-and", vec![a.to_string(), b.to_string()]),
            DateTest::InTheLast(span) | DateTest::MoreThanAgo(span) => self.span(span),
            DateTest::InTheNext(span) | DateTest::MoreThanAhead(span) => self.span(span),
            DateTest::Empty => String::new(),
        }
    }

    fn span(&self, span: Span) -> String {
        self.say(
            &format!("crm-segments-span-{}", span.unit().word()),
            &[("amount", Word::Count(span.amount()))],
        )
    }

    fn mail(&self, mail: &MailTest, negated: bool) -> String {
        let activity = mail.activity.name().replace('.', "-");
        let (how, times) = match (negated, mail.times) {
            (false, times) => ("at-least", times),
            (true, 1) => ("never", 0),
            (true, times) => ("at-most", times - 1),
        };
        let mut clause = self.say(
            &format!("crm-segments-says-{activity}-{how}"),
            &[("times", Word::Count(times))],
        );
        let mut add = |key: &str, word: String| {
            let words = [
                ("clause", std::mem::take(&mut clause).into()),
                ("word", word.into()),
            ];
            clause = self.say(key, &words);
        };
        if let Some(part) = &mail.url_contains {
            add("crm-segments-on-link", self.quoted(part));
        }
        if let Some(id) = mail.campaign {
            add(
                "crm-segments-of-campaign",
                self.quoted(&self.name(self.names.campaigns.get(&id), &id)),
            );
        }
        if let Some(span) = mail.within {
            add("crm-segments-within", self.span(span));
        }
        clause
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

impl std::fmt::Display for Point {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Point::Day(day) => day.fmt(f),
            Point::Instant(instant) => instant.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use serde_json::json;

    use super::{
        super::{
            Activity, Kind, Operator, ProblemCode, Schema, SubscriptionState, Unit, fixed_subjects, parse,
        },
        Names, Word, field_key, operator_key, problem_key, sentence,
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
        for operator in Operator::ALL
            .iter()
            .filter(|operator| **operator != Operator::Never)
        {
            keys.push(operator_key("says", *operator));
        }
        for activity in Activity::ALL {
            for how in ["at-least", "at-most", "never"] {
                keys.push(format!(
                    "crm-segments-says-{}-{how}",
                    activity.name().replace('.', "-")
                ));
            }
            assert_eq!(
                Kind::Mail(activity).operators().len(),
                3,
                "at least, at most, never"
            );
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
