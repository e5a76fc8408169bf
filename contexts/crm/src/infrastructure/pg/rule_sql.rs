//! A rule as SQL: one condition over `crm.contacts AS c`.
//!
//! SQL knows a third answer, and a rule knows two. Where a comparison can be NULL, it counts as
//! false by itself (a WHERE does that), is made `IS TRUE` below a denial, and a negative operator is
//! its positive `IS NOT TRUE`, so that it accepts contacts without a value.
//!
//! What happened to mail and membership in segments are `EXISTS` and `NOT EXISTS`: on their own
//! PostgreSQL turns them into semi- and anti-joins; within an `OR` it looks each contact up by index
//! or hashes the set, whichever is cheaper, and never compares each with each.

use super::{
    rule_columns::{Nulls, column, cost, empty, event_name, folded, nulls},
    rule_statement::{Bind, Statement},
};
use crate::domain::rule::{
    Condition, DateSource, DateTest, Group, MailTest, Matching, Moment, NumberTest, Rule, SetSource, SetTest,
    SubscriptionState, Test, TextSource, TextTest, TruthTest,
};

/// Appends the condition that a rule is, in brackets where it needs them.
pub fn push_rule(statement: &mut Statement, rule: &Rule, at: &Moment) {
    Compiler { statement, at }.rule(rule, Answers::Three);
}

/// Up to so many texts are compared one after the other; more are hashed.
const FEW: usize = 12;

/// Whether NULL may stand for false.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Answers {
    /// Below a denial it may not: the denial of NULL is NULL.
    Two,
    /// Everywhere else it may.
    Three,
}

struct Compiler<'a> {
    statement: &'a mut Statement,
    at: &'a Moment,
}

impl Compiler<'_> {
    fn rule(&mut self, rule: &Rule, answers: Answers) {
        match rule {
            Rule::Group(group) => self.group(group, answers),
            Rule::Condition(condition) => self.condition(condition, answers),
        }
    }

    fn group(&mut self, group: &Group, answers: Answers) {
        let (open, joint, answers) = match group.matching {
            Matching::All => ("(", " AND ", answers),
            Matching::Any => ("(", " OR ", answers),
            Matching::None => ("NOT (", " OR ", Answers::Two),
        };
        if group.rules.is_empty() {
            // Only an `all` can be empty, and everybody matches it.
            self.statement.push("TRUE");
            return;
        }
        // PostgreSQL keeps the order of conditions that it deems equally dear, and deems all that do
        // not look into other tables so. What stands in columns goes before what must be taken out
        // of jsonb, and that before other tables.
        let mut rules: Vec<&Rule> = group.rules.iter().collect();
        rules.sort_by_key(|rule| cost(rule));
        self.statement.push(open);
        for (n, rule) in rules.into_iter().enumerate() {
            if n > 0 {
                self.statement.push(joint);
            }
            self.rule(rule, answers);
        }
        self.statement.push(")");
    }

    fn condition(&mut self, condition: &Condition, answers: Answers) {
        let nulls = nulls(&condition.test);
        let (open, close) = match (condition.negated, nulls, answers) {
            (true, Nulls::Possible, _) => ("((", ") IS NOT TRUE)"),
            (true, Nulls::Impossible, _) => ("(NOT (", "))"),
            (false, Nulls::Possible, Answers::Two) => ("((", ") IS TRUE)"),
            (false, ..) => ("(", ")"),
        };
        self.statement.push(open);
        self.test(&condition.test);
        self.statement.push(close);
    }

    fn test(&mut self, test: &Test) {
        match test {
            Test::Text(TextSource::Choice(key), test) => self.choice(key, test),
            Test::Text(source, test) => self.text(source, test),
            Test::Number(key, test) => self.number(key, *test),
            Test::Truth(key, TruthTest::Is(value)) => {
                self.attribute(key).push(" = ").bind(Bind::Json((*value).into()));
            }
            Test::Truth(key, TruthTest::Empty) => self.no_attribute(key),
            Test::Date(source, test) => self.date(source, test),
            Test::Set(SetSource::Tags, test) => self.tags(test),
            Test::Set(SetSource::Attribute(key), test) => self.choices(key, test),
            Test::Subscription(state) => self.subscription(*state),
            Test::Segment(id) => {
                self.statement
                    .push("EXISTS (SELECT 1 FROM crm.segment_members AS m WHERE m.org_id = ")
                    .org();
                self.statement
                    .push(" AND m.segment_id = ")
                    .bind(Bind::Id(id.uuid()));
                self.statement.push(" AND m.contact_id = c.id)");
            }
            Test::Mail(test) => self.mail(test),
        }
    }

    /// An attribute as JSON. An index on `(org_id, (attributes -> 'key'))` answers comparisons of it
    /// when PostgreSQL plans with the values of the parameters.
    fn attribute(&mut self, key: &str) -> &mut Statement {
        self.statement.push("c.attributes -> ").text(key)
    }

    /// An attribute as text.
    fn attribute_text(&mut self, key: &str) -> &mut Statement {
        self.statement.push("c.attributes ->> ").text(key)
    }

    fn no_attribute(&mut self, key: &str) {
        self.statement.push("(");
        self.attribute_text(key).push(") IS NULL");
    }

    // --- text

    fn text(&mut self, source: &TextSource, test: &TextTest) {
        match test {
            TextTest::Is(value) => {
                self.folded(source);
                self.statement.push(" = lower(").text(value).push(")");
            }
            TextTest::AnyOf(values) if values.len() <= FEW => {
                self.folded(source);
                for (n, value) in values.iter().enumerate() {
                    self.statement
                        .push(if n == 0 { " IN (lower(" } else { ", lower(" });
                    self.statement.text(value).push(")");
                }
                self.statement.push(")");
            }
            TextTest::AnyOf(values) => {
                self.folded(source);
                self.statement.push(" IN (SELECT lower(v) FROM UNNEST(");
                self.statement.bind(Bind::Texts(values.clone())).push(") AS v)");
            }
            TextTest::Contains(part) => {
                self.statement.push("strpos(");
                self.folded(source);
                self.statement.push(", lower(").text(part).push(")) > 0");
            }
            TextTest::StartsWith(part) => {
                self.statement.push("starts_with(");
                self.folded(source);
                self.statement.push(", lower(").text(part).push("))");
            }
            TextTest::EndsWith(part) => {
                self.statement.push("right(");
                self.folded(source);
                self.statement
                    .push(", char_length(lower(")
                    .text(part)
                    .push("))) = lower(")
                    .text(part)
                    .push(")");
            }
            TextTest::Empty => match source {
                TextSource::Core(text) => {
                    self.statement.push(empty(*text));
                }
                TextSource::Attribute(key) | TextSource::Choice(key) => self.no_attribute(key),
            },
        }
    }

    /// The text in lower case.
    fn folded(&mut self, source: &TextSource) {
        match source {
            TextSource::Core(text) => {
                self.statement.push(folded(*text));
            }
            TextSource::Attribute(key) | TextSource::Choice(key) => {
                self.statement.push("lower(");
                self.attribute_text(key).push(")");
            }
        }
    }

    /// A choice is spelt as its option is, and compared as a whole.
    fn choice(&mut self, key: &str, test: &TextTest) {
        match test {
            TextTest::Is(value) => {
                self.attribute(key)
                    .push(" = ")
                    .bind(Bind::Json(value.as_str().into()));
            }
            TextTest::AnyOf(values) => {
                let values = values.iter().map(|value| value.as_str().into()).collect();
                self.attribute(key)
                    .push(" = ANY (")
                    .bind(Bind::Jsons(values))
                    .push(")");
            }
            other => self.text(&TextSource::Choice(key.to_owned()), other),
        }
    }

    // --- number

    /// jsonb sorts text before numbers and numbers before everything else, so a lower bound needs
    /// `false` as its end, and an upper bound needs the type to be looked at.
    fn number(&mut self, key: &str, test: NumberTest) {
        match test {
            NumberTest::Is(n) => {
                self.attribute(key).push(" = ").bind(Bind::Json(n.to_json()));
            }
            NumberTest::MoreThan(n) => {
                self.attribute(key)
                    .push(" > ")
                    .bind(Bind::Json(n.to_json()))
                    .push(" AND ");
                self.attribute(key).push(" < 'false'::jsonb");
            }
            NumberTest::AtLeast(n) => {
                self.attribute(key)
                    .push(" >= ")
                    .bind(Bind::Json(n.to_json()))
                    .push(" AND ");
                self.attribute(key).push(" < 'false'::jsonb");
            }
            NumberTest::LessThan(n) => {
                self.attribute(key)
                    .push(" < ")
                    .bind(Bind::Json(n.to_json()))
                    .push(" AND ");
                self.is_number(key);
            }
            NumberTest::AtMost(n) => {
                self.attribute(key)
                    .push(" <= ")
                    .bind(Bind::Json(n.to_json()))
                    .push(" AND ");
                self.is_number(key);
            }
            NumberTest::Between(a, b) => {
                self.attribute(key)
                    .push(" BETWEEN ")
                    .bind(Bind::Json(a.to_json()));
                self.statement.push(" AND ").bind(Bind::Json(b.to_json()));
            }
            NumberTest::Empty => self.no_attribute(key),
        }
    }

    fn is_number(&mut self, key: &str) {
        self.statement.push("jsonb_typeof(");
        self.attribute(key).push(") = 'number'");
    }

    // --- dates

    fn date(&mut self, source: &DateSource, test: &DateTest) {
        let bounds = match source {
            DateSource::Core(_) => test.instants(self.at).map(|range| range.map(Bind::Instant)),
            // Both are stored in one form that sorts as they do. Without the Z, a bound also sorts
            // rightly against values with fractions of a second.
            DateSource::Day(_) => test
                .days(self.at)
                .map(|range| range.map(|day| Bind::Text(day.to_string()))),
            DateSource::Instant(_) => test.seconds(self.at).map(|range| {
                range.map(|instant| Bind::Text(instant.strftime("%Y-%m-%dT%H:%M:%S").to_string()))
            }),
        };
        let Some(bounds) = bounds else {
            return self.no_date(source);
        };
        if let Some(from) = &bounds.from {
            self.dated(source);
            self.statement.push(" >= ").bind(from.clone());
        }
        if bounds.from.is_some() && bounds.until.is_some() {
            self.statement.push(" AND ");
        }
        if let Some(until) = bounds.until {
            self.dated(source);
            self.statement.push(" < ").bind(until);
        }
    }

    fn dated(&mut self, source: &DateSource) {
        match source {
            DateSource::Core(time) => {
                self.statement.push(column(*time));
            }
            DateSource::Day(key) | DateSource::Instant(key) => {
                self.statement.push("(");
                self.attribute_text(key).push(") COLLATE \"C\"");
            }
        }
    }

    fn no_date(&mut self, source: &DateSource) {
        match source {
            DateSource::Core(time) => {
                self.statement.push(column(*time)).push(" IS NULL");
            }
            DateSource::Day(key) | DateSource::Instant(key) => self.no_attribute(key),
        }
    }

    // --- sets

    fn tags(&mut self, test: &SetTest) {
        match test {
            SetTest::AnyOf(tags) => self.statement.push("c.tags && ").bind(Bind::Texts(tags.clone())),
            SetTest::AllOf(tags) => self.statement.push("c.tags @> ").bind(Bind::Texts(tags.clone())),
            SetTest::Empty => self.statement.push("c.tags = '{}'"),
        };
    }

    fn choices(&mut self, key: &str, test: &SetTest) {
        match test {
            SetTest::AnyOf(values) => {
                self.attribute(key).push(" ?| ").bind(Bind::Texts(values.clone()));
            }
            SetTest::AllOf(values) => {
                self.attribute(key).push(" ?& ").bind(Bind::Texts(values.clone()));
            }
            SetTest::Empty => self.no_attribute(key),
        }
    }

    // --- what stands in other tables

    fn subscription(&mut self, state: SubscriptionState) {
        let reason = match state {
            SubscriptionState::Subscribed => None,
            SubscriptionState::Unsubscribed => Some("unsubscribed"),
            SubscriptionState::Bounced => Some("hard_bounce"),
            SubscriptionState::Complained => Some("complaint"),
            SubscriptionState::Blocked => Some("manual"),
        };
        if reason.is_none() {
            self.statement.push("c.email IS NOT NULL AND NOT ");
        }
        self.statement
            .push("EXISTS (SELECT 1 FROM crm.do_not_contact AS d WHERE d.org_id = ")
            .org();
        self.statement
            .push(" AND d.channel = 'email' AND d.address = c.email");
        if let Some(reason) = reason {
            self.statement.push(" AND d.reason = ").text(reason);
        }
        self.statement.push(")");
    }

    fn mail(&mut self, test: &MailTest) {
        if test.times <= 1 {
            self.statement.push("EXISTS (SELECT 1 ");
            self.events(test);
            self.statement.push(" AND e.contact_id = c.id)");
        } else {
            self.statement.push("EXISTS (SELECT 1 FROM (SELECT e.contact_id ");
            self.events(test);
            self.statement.push(" GROUP BY e.contact_id HAVING count(*) >= ");
            self.statement
                .bind(Bind::Count(test.times.into()))
                .push(") AS often WHERE often.contact_id = c.id)");
        }
    }

    fn events(&mut self, test: &MailTest) {
        self.statement
            .push("FROM crm.events AS e WHERE e.org_id = ")
            .org();
        self.statement
            .push(" AND e.name = ")
            .text(event_name(test.activity));
        if let Some(span) = test.within {
            self.statement
                .push(" AND e.occurred_at >= ")
                .bind(Bind::Instant(self.at.before(span)));
        }
        if let Some(campaign) = test.campaign {
            self.statement
                .push(" AND e.campaign_id = ")
                .bind(Bind::Id(campaign.uuid()));
        }
        if let Some(part) = &test.url_contains {
            self.statement
                .push(" AND strpos(lower(e.properties ->> 'url'), lower(")
                .text(part)
                .push(")) > 0");
        }
    }
}
