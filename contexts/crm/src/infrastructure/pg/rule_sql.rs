//! A rule as SQL: one condition over `crm.contacts AS c`.
//!
//! SQL knows a third answer, and a rule knows two. Where a comparison can be NULL, it counts as
//! false by itself (a WHERE does that), is made `IS TRUE` below a denial, and a negative operator is
//! its positive `IS NOT TRUE`, so that it accepts contacts without a value.
//!
//! What happened, what belongs to people, and membership in segments are `EXISTS` and `NOT EXISTS`
//! ([`super::rule_things`]): on their own PostgreSQL turns them into semi- and anti-joins; within an
//! `OR` it looks each contact up by index or hashes the set, whichever is cheaper, and never compares
//! each with each.

use super::{
    rule_columns::{Base, Nulls, column, cost, empty, folded, nulls},
    rule_statement::{Bind, Statement},
};
use crate::domain::rule::{
    Condition, DateSource, DateTest, Group, IdSource, IdTest, Matching, Moment, NumberSource, NumberTest,
    Path, Rule, SetSource, SetTest, Test, TextSource, TextTest, TruthSource, TruthTest,
};

/// Appends the condition that a rule is, in brackets where it needs them.
pub fn push_rule(statement: &mut Statement, rule: &Rule, at: &Moment) {
    Compiler::over_all(statement, at).rule(rule, Answers::Three);
}

/// The same where only a few contacts are asked, whose ids are a parameter of the statement already:
/// what belongs to others is not looked at.
pub fn push_rule_for(statement: &mut Statement, rule: &Rule, at: &Moment, ids: usize) {
    let mut compiler = Compiler::over_all(statement, at);
    compiler.only = Some(ids);
    compiler.rule(rule, Answers::Three);
}

/// Appends a condition as a yes or no that is never NULL, where only a few contacts are asked.
pub fn push_answer(statement: &mut Statement, condition: &Condition, at: &Moment, ids: usize) {
    let mut compiler = Compiler::over_all(statement, at);
    compiler.only = Some(ids);
    compiler.condition(condition, Answers::Two);
}

/// Appends an instant that a rule counts from.
pub fn push_instant(statement: &mut Statement, source: &DateSource, base: Base, at: &Moment) {
    let mut compiler = Compiler::over_all(statement, at);
    compiler.base = base;
    match source {
        // Attributes are compared to the second.
        DateSource::Instant(key) => {
            compiler.statement.push("date_trunc('second', (");
            compiler.json_text(JsonAt::Attribute(key));
            compiler.statement.push(")::timestamptz)");
        }
        source => compiler.dated(source),
    }
}

/// Up to so many texts are compared one after the other; more are hashed.
const FEW: usize = 12;

/// Whether NULL may stand for false.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Answers {
    /// Below a denial it may not: the denial of NULL is NULL.
    Two,
    /// Everywhere else it may.
    Three,
}

pub(super) struct Compiler<'a> {
    pub(super) statement: &'a mut Statement,
    pub(super) at: &'a Moment,
    /// What conditions are about.
    pub(super) base: Base,
    /// The parameter with the contacts that are asked, when they are few.
    pub(super) only: Option<usize>,
}

/// A date that is asked.
#[derive(Clone, Copy)]
pub(super) enum Dated<'a> {
    Source(&'a DateSource),
    /// An instant.
    Instant(&'static str),
}

/// Where a JSON value stands.
#[derive(Clone, Copy)]
enum JsonAt<'a> {
    Attribute(&'a str),
    Property(&'a Path),
}

impl<'a> Compiler<'a> {
    const fn over_all(statement: &'a mut Statement, at: &'a Moment) -> Self {
        Self {
            statement,
            at,
            base: Base::Contact,
            only: None,
        }
    }
}

impl Compiler<'_> {
    pub(super) fn rule(&mut self, rule: &Rule, answers: Answers) {
        match rule {
            Rule::Group(group) => self.group(group, answers),
            Rule::Condition(condition) => self.condition(condition, answers),
        }
    }

    fn group(&mut self, group: &Group, answers: Answers) {
        let (open, joint, close, answers) = match group.matching {
            Matching::All => ("(", " AND ", ")", answers),
            Matching::Any => ("(", " OR ", ")", answers),
            Matching::None => ("NOT (", " OR ", ")", Answers::Two),
            Matching::One => ("(((", ")::int + (", ")::int) = 1)", Answers::Two),
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
        self.statement.push(close);
    }

    pub(super) fn condition(&mut self, condition: &Condition, answers: Answers) {
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
            Test::Text(TextSource::DoNotContact(channel), test) => self.do_not_contact(*channel, test),
            Test::Text(source, test) => self.text(source, test),
            Test::Number(NumberSource::Attribute(key), test) => self.number(JsonAt::Attribute(key), *test),
            Test::Number(NumberSource::Property(path), test) => self.number(JsonAt::Property(path), *test),
            Test::Number(source, test) => self.amount(source, *test),
            Test::Truth(source, test) => self.truth(source, *test),
            Test::Date(source, test) => self.date(Dated::Source(source), test),
            Test::Set(SetSource::Tags, test) => self.tags(test),
            Test::Set(SetSource::Attribute(key), test) => self.choices(JsonAt::Attribute(key), test),
            Test::Set(SetSource::Property(path), test) => self.choices(JsonAt::Property(path), test),
            Test::Id(source, test) => self.id(*source, test),
            Test::Subscription(state) => self.subscription(*state),
            Test::Topic(test) => self.topic(test),
            Test::Segment(id) => self.segment(*id),
            Test::Event(test) => self.events(test),
            Test::Sequence(test) => self.sequence(test),
            Test::Records(test) => self.records(test),
        }
    }

    /// A value as JSON. An index on `(org_id, (attributes -> 'key'))` answers comparisons of it when
    /// PostgreSQL plans with the values of the parameters.
    fn json(&mut self, at: JsonAt<'_>) -> &mut Statement {
        self.statement.push(self.base.json());
        self.key(at)
    }

    /// A value as text.
    fn json_text(&mut self, at: JsonAt<'_>) -> &mut Statement {
        self.statement.push(self.base.text());
        self.key(at)
    }

    fn key(&mut self, at: JsonAt<'_>) -> &mut Statement {
        match at {
            JsonAt::Attribute(key) => self.statement.text(key),
            JsonAt::Property(path) => self.statement.bind(Bind::Texts(path.steps().to_vec())),
        }
    }

    fn no_attribute(&mut self, key: &str) {
        self.statement.push("(");
        self.json_text(JsonAt::Attribute(key)).push(") IS NULL");
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
            TextTest::Like(pattern) => {
                // No text is nothing that looks like anything.
                self.statement.push("NULLIF(");
                self.folded(source);
                self.statement.push(", '') LIKE lower(").text(pattern).push(")");
            }
            TextTest::Matches(pattern) => {
                self.statement.push("NULLIF(");
                self.folded(source);
                self.statement.push(", '') ~ ").text(&pattern.to_postgres());
            }
            TextTest::Empty => match source {
                TextSource::Core(text) => {
                    self.statement.push(empty(*text));
                }
                TextSource::Record(text) => {
                    self.statement.push(self.base.empty(*text));
                }
                TextSource::Attribute(key) | TextSource::Choice(key) => self.no_attribute(key),
                TextSource::Property(_) | TextSource::DoNotContact(_) => {
                    self.statement.push("COALESCE(");
                    self.folded(source);
                    self.statement.push(", '') = ''");
                }
            },
        }
    }

    /// The text in lower case.
    fn folded(&mut self, source: &TextSource) {
        match source {
            TextSource::Core(text) => {
                self.statement.push(folded(*text));
            }
            TextSource::Record(text) => {
                self.statement.push(self.base.folded(*text));
            }
            TextSource::Attribute(key) | TextSource::Choice(key) => {
                self.statement.push("lower(");
                self.json_text(JsonAt::Attribute(key)).push(")");
            }
            TextSource::Property(path) => {
                self.statement.push("(CASE WHEN jsonb_typeof(");
                self.json(JsonAt::Property(path))
                    .push(") IN ('string', 'number', 'boolean') THEN lower(");
                self.json_text(JsonAt::Property(path)).push(") END)");
            }
            TextSource::DoNotContact(_) => {
                self.statement.push("NULL");
            }
        }
    }

    /// A choice is spelt as its option is, and compared as a whole.
    fn choice(&mut self, key: &str, test: &TextTest) {
        match test {
            TextTest::Is(value) => {
                self.json(JsonAt::Attribute(key))
                    .push(" = ")
                    .bind(Bind::Json(value.as_str().into()));
            }
            TextTest::AnyOf(values) => {
                let values = values.iter().map(|value| value.as_str().into()).collect();
                self.json(JsonAt::Attribute(key))
                    .push(" = ANY (")
                    .bind(Bind::Jsons(values))
                    .push(")");
            }
            other => self.text(&TextSource::Choice(key.to_owned()), other),
        }
    }

    // --- numbers

    /// jsonb sorts text before numbers and numbers before everything else, so a lower bound needs
    /// `false` as its end, and an upper bound needs the type to be looked at.
    fn number(&mut self, at: JsonAt<'_>, test: NumberTest) {
        match test {
            NumberTest::Is(n) => {
                self.json(at).push(" = ").bind(Bind::Json(n.to_json()));
            }
            NumberTest::MoreThan(n) => {
                self.json(at)
                    .push(" > ")
                    .bind(Bind::Json(n.to_json()))
                    .push(" AND ");
                self.json(at).push(" < 'false'::jsonb");
            }
            NumberTest::AtLeast(n) => {
                self.json(at)
                    .push(" >= ")
                    .bind(Bind::Json(n.to_json()))
                    .push(" AND ");
                self.json(at).push(" < 'false'::jsonb");
            }
            NumberTest::LessThan(n) => {
                self.json(at)
                    .push(" < ")
                    .bind(Bind::Json(n.to_json()))
                    .push(" AND ");
                self.is_of_type(at, " = 'number'");
            }
            NumberTest::AtMost(n) => {
                self.json(at)
                    .push(" <= ")
                    .bind(Bind::Json(n.to_json()))
                    .push(" AND ");
                self.is_of_type(at, " = 'number'");
            }
            NumberTest::Between(a, b) => {
                self.json(at).push(" BETWEEN ").bind(Bind::Json(a.to_json()));
                self.statement.push(" AND ").bind(Bind::Json(b.to_json()));
            }
            NumberTest::Empty => self.nothing(at, " IS DISTINCT FROM 'number'"),
        }
    }

    fn is_of_type(&mut self, at: JsonAt<'_>, comparison: &'static str) {
        self.statement.push("jsonb_typeof(");
        self.json(at).push(")").push(comparison);
    }

    /// Attributes hold what their field says, or nothing; properties may hold anything.
    fn nothing(&mut self, at: JsonAt<'_>, comparison: &'static str) {
        match at {
            JsonAt::Attribute(key) => self.no_attribute(key),
            JsonAt::Property(_) => self.is_of_type(at, comparison),
        }
    }

    /// A number that is always there.
    fn amount(&mut self, source: &NumberSource, test: NumberTest) {
        let (comparison, n) = match test {
            NumberTest::Is(n) => (" = ", n),
            NumberTest::MoreThan(n) => (" > ", n),
            NumberTest::AtLeast(n) => (" >= ", n),
            NumberTest::LessThan(n) => (" < ", n),
            NumberTest::AtMost(n) => (" <= ", n),
            NumberTest::Between(a, b) => {
                self.amount_of(source);
                self.statement.push(" BETWEEN ").bind(Bind::Fraction(a.get()));
                self.statement.push(" AND ").bind(Bind::Fraction(b.get()));
                return;
            }
            NumberTest::Empty => {
                self.statement.push("FALSE");
                return;
            }
        };
        self.amount_of(source);
        self.statement.push(comparison).bind(Bind::Fraction(n.get()));
    }

    fn amount_of(&mut self, source: &NumberSource) {
        match source {
            NumberSource::Identifiers => {
                self.statement
                    .push("(SELECT count(*) FROM crm.contact_identifiers AS i WHERE i.org_id = ")
                    .org()
                    .push(" AND i.contact_id = c.id)");
            }
            NumberSource::Random(seed) => {
                self.statement
                    .push("(('x' || encode(substring(sha256(convert_to(")
                    .text(seed)
                    .push(" || c.id::text, 'UTF8')) FROM 1 FOR 3), 'hex'))::bit(24)::int % 10000) / 100::double precision");
            }
            NumberSource::Points | NumberSource::Attribute(_) | NumberSource::Property(_) => {
                self.statement.push("c.points");
            }
        }
    }

    // --- yes or no

    fn truth(&mut self, source: &TruthSource, test: TruthTest) {
        let at = match source {
            TruthSource::Attribute(key) => JsonAt::Attribute(key),
            TruthSource::Property(path) => JsonAt::Property(path),
            TruthSource::Anonymous | TruthSource::Primary => {
                match test {
                    TruthTest::Is(value) => {
                        let column = match source {
                            TruthSource::Primary => "p.is_primary = ",
                            _ => "c.anonymous = ",
                        };
                        self.statement.push(column).bind(Bind::Truth(value))
                    }
                    TruthTest::Empty => self.statement.push("FALSE"),
                };
                return;
            }
        };
        match test {
            TruthTest::Is(value) => {
                self.json(at).push(" = ").bind(Bind::Json(value.into()));
            }
            TruthTest::Empty => self.nothing(at, " IS DISTINCT FROM 'boolean'"),
        }
    }

    // --- dates

    pub(super) fn date(&mut self, source: Dated<'_>, test: &DateTest) {
        if let Some(days) = test.anniversaries(self.at) {
            return self.anniversary(source, days);
        }
        let bounds = match source {
            // Both are stored in one form that sorts as they do. Without the Z, a bound also sorts
            // rightly against values with fractions of a second.
            Dated::Source(DateSource::Day(_) | DateSource::Property(_)) => test
                .days(self.at)
                .map(|range| range.map(|day| Bind::Text(day.to_string()))),
            Dated::Source(DateSource::Instant(_)) => test.seconds(self.at).map(|range| {
                range.map(|instant| Bind::Text(instant.strftime("%Y-%m-%dT%H:%M:%S").to_string()))
            }),
            _ => test.instants(self.at).map(|range| range.map(Bind::Instant)),
        };
        let Some(bounds) = bounds else {
            return self.no_date(source);
        };
        if let Some(from) = &bounds.from {
            self.dated_by(source);
            self.statement.push(" >= ").bind(from.clone());
        }
        if bounds.from.is_some() && bounds.until.is_some() {
            self.statement.push(" AND ");
        }
        if let Some(until) = bounds.until {
            self.dated_by(source);
            self.statement.push(" < ").bind(until);
        }
    }

    fn anniversary(&mut self, source: Dated<'_>, days: Vec<String>) {
        match source {
            Dated::Source(DateSource::Day(_) | DateSource::Property(_)) => {
                self.statement.push("substr(");
                self.dated_by(source);
                self.statement.push(", 6, 5)");
            }
            Dated::Source(DateSource::Instant(key)) => {
                self.statement.push("to_char((");
                self.json_text(JsonAt::Attribute(key))
                    .push(")::timestamptz AT TIME ZONE ");
                self.zone();
                self.statement.push(", 'MM-DD')");
            }
            _ => {
                self.statement.push("to_char(");
                self.dated_by(source);
                self.statement.push(" AT TIME ZONE ");
                self.zone();
                self.statement.push(", 'MM-DD')");
            }
        }
        self.statement.push(" = ANY (").bind(Bind::Texts(days)).push(")");
    }

    pub(super) fn zone(&mut self) {
        let zone = self.at.zone.iana_name().unwrap_or("UTC");
        self.statement.text(zone);
    }

    fn dated_by(&mut self, source: Dated<'_>) {
        match source {
            Dated::Source(source) => self.dated(source),
            Dated::Instant(expression) => {
                self.statement.push(expression);
            }
        }
    }

    fn dated(&mut self, source: &DateSource) {
        match source {
            DateSource::Core(time) => {
                self.statement.push(column(*time));
            }
            DateSource::Record(time) => {
                self.statement.push(self.base.time(*time));
            }
            DateSource::StageSince => {
                self.statement
                    .push(
                        "(CASE WHEN c.stage_id IS NOT NULL THEN \
                         (SELECT max(t.at) FROM crm.stage_changes AS t WHERE t.org_id = ",
                    )
                    .org()
                    .push(" AND t.contact_id = c.id) END)");
            }
            DateSource::Day(key) | DateSource::Instant(key) => {
                self.statement.push("(");
                self.json_text(JsonAt::Attribute(key)).push(") COLLATE \"C\"");
            }
            DateSource::Property(path) => {
                self.statement.push("(CASE WHEN ");
                self.json_text(JsonAt::Property(path))
                    .push(" ~ '^\\d{4}-\\d{2}-\\d{2}' THEN left(");
                self.json_text(JsonAt::Property(path))
                    .push(", 10) END) COLLATE \"C\"");
            }
        }
    }

    fn no_date(&mut self, source: Dated<'_>) {
        match source {
            Dated::Source(DateSource::Day(key) | DateSource::Instant(key)) => self.no_attribute(key),
            source => {
                self.dated_by(source);
                self.statement.push(" IS NULL");
            }
        }
    }

    // --- sets and identifiers

    fn tags(&mut self, test: &SetTest) {
        match test {
            SetTest::AnyOf(tags) => self.statement.push("c.tags && ").bind(Bind::Texts(tags.clone())),
            SetTest::AllOf(tags) => self.statement.push("c.tags @> ").bind(Bind::Texts(tags.clone())),
            SetTest::Empty => self.statement.push("c.tags = '{}'"),
        };
    }

    fn choices(&mut self, at: JsonAt<'_>, test: &SetTest) {
        let (operator, values) = match test {
            SetTest::AnyOf(values) => (" ?| ", values),
            SetTest::AllOf(values) => (" ?& ", values),
            SetTest::Empty => {
                return match at {
                    JsonAt::Attribute(key) => self.no_attribute(key),
                    JsonAt::Property(_) => {
                        self.statement.push("(CASE jsonb_typeof(");
                        self.json(at).push(") WHEN 'array' THEN ");
                        self.json(at).push(" = '[]'::jsonb ELSE true END)");
                    }
                };
            }
        };
        self.json(at).push(operator).bind(Bind::Texts(values.clone()));
        if let JsonAt::Property(_) = at {
            // A text or an object would answer too.
            self.statement.push(" AND ");
            self.is_of_type(at, " = 'array'");
        }
    }

    fn id(&mut self, source: IdSource, test: &IdTest) {
        self.statement.push(self.base.id(source));
        match test {
            IdTest::Is(id) => self.statement.push(" = ").bind(Bind::Id(*id)),
            IdTest::AnyOf(ids) => self
                .statement
                .push(" = ANY (")
                .bind(Bind::Ids(ids.clone()))
                .push(")"),
            IdTest::Empty => self.statement.push(" IS NULL"),
        };
    }
}
