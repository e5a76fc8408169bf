use jiff::{civil::Date, tz::TimeZone};
use kernel::Timestamp;
use serde_json::{Map, Value};

use super::{
    MAX_TEXT, MAX_VALUES,
    day::{Days, Period, RelativeDay},
    happening::{Asked as Question, EventTest, Happening, Quantity, RecordsTest, SequenceTest, What},
    moment::{Span, Unit},
    operator::Operator,
    parse::ProblemCode,
    pattern::Pattern,
    schema::{Aspect, AttributeField, AttributeKind, PropertyKind, Subject},
    tree::{
        Channel, DateSource, IdSource, NumberSource, ObjectRef, Path, RelationRef, Rule, SetSource,
        SubscriptionState, Test, TextSource, TopicState, TopicTest, TruthSource,
    },
    value_test::{DateTest, IdTest, Number, NumberTest, Point, SetTest, TextTest, TruthTest},
};

/// The most times that a condition counts.
const MAX_TIMES: u64 = 10_000;

/// What is wrong with a condition, and at which of its members.
pub(super) struct Fault {
    pub at: String,
    pub code: ProblemCode,
}

type Read<T> = Result<T, Fault>;

/// The conditions of the things that a condition is about.
#[derive(Default)]
pub(super) struct Nested {
    pub filter: Option<Box<Rule>>,
    /// Of what follows in a sequence.
    pub then: Option<Box<Rule>>,
}

/// Reads what a condition asserts. `operator` is the positive of its pair, and one that the subject
/// knows.
pub(super) fn read_test(
    subject: Subject<'_>,
    operator: Operator,
    members: &Map<String, Value>,
    nested: Nested,
) -> Read<Test> {
    let asked = Asked {
        operator,
        value: members.get("value"),
        members,
    };
    Ok(match subject {
        Subject::Text(text) => Test::Text(TextSource::Core(text), asked.text_test()?),
        Subject::RecordText(text) => Test::Text(TextSource::Record(text), asked.text_test()?),
        Subject::Time(time) => Test::Date(DateSource::Core(time), asked.date_test(Hours::Allowed)?),
        Subject::RecordTime(time) => Test::Date(DateSource::Record(time), asked.date_test(Hours::Allowed)?),
        Subject::StageSince => Test::Date(DateSource::StageSince, asked.date_test(Hours::Allowed)?),
        Subject::Tags => Test::Set(SetSource::Tags, asked.set_test()?),
        Subject::Owner => Test::Id(IdSource::Owner, asked.id_test(IdSource::Owner)?),
        Subject::Stage => Test::Id(IdSource::Stage, asked.id_test(IdSource::Stage)?),
        Subject::Points => Test::Number(NumberSource::Points, asked.number_test()?),
        Subject::Identifiers => Test::Number(NumberSource::Identifiers, asked.number_test()?),
        Subject::Random => Test::Number(NumberSource::Random(asked.seed()?), asked.number_test()?),
        Subject::Anonymous => Test::Truth(TruthSource::Anonymous, asked.truth_test()?),
        Subject::Primary => Test::Truth(TruthSource::Primary, asked.truth_test()?),
        Subject::Subscription => Test::Subscription(asked.subscription()?),
        Subject::DoNotContact(channel) => Test::Text(TextSource::DoNotContact(channel), asked.reason_test()?),
        Subject::Topic(topic) => Test::Topic(TopicTest {
            topic: topic.id,
            key: topic.key.clone(),
            channel: asked.channel()?,
            state: asked.topic_state()?,
            initial: topic.initial,
        }),
        Subject::Segment => {
            let id = asked.value.and_then(Value::as_str).and_then(|id| id.parse().ok());
            Test::Segment(id.ok_or(at_value(ProblemCode::ExpectedSegment))?)
        }
        Subject::Mail(activity) => asked.event_test(What::Mail(activity), Aspect::Times, nested)?,
        Subject::Page => asked.event_test(What::Page, Aspect::Times, nested)?,
        Subject::Event(aspect) => asked.event_test(asked.event(members)?, aspect, nested)?,
        Subject::Sequence => asked.sequence_test(nested)?,
        Subject::Records(object) => Test::Records(RecordsTest {
            object: ObjectRef {
                id: object.id,
                key: object.key.clone(),
            },
            via: None,
            quantity: asked.quantity()?,
            filter: nested.filter,
        }),
        Subject::Relation(relation) => Test::Records(RecordsTest {
            object: ObjectRef {
                id: relation.object,
                key: relation.key.clone(),
            },
            via: Some(RelationRef {
                id: relation.id,
                key: relation.key.clone(),
                forward: relation.forward,
            }),
            quantity: asked.quantity()?,
            filter: nested.filter,
        }),
        Subject::Attribute(field) => asked.attribute_test(field)?,
        Subject::Property(path, kind) => asked.property_test(path, kind)?,
    })
}

fn at_value(code: ProblemCode) -> Fault {
    fault("value", code)
}

fn fault(at: &str, code: ProblemCode) -> Fault {
    Fault {
        at: at.to_owned(),
        code,
    }
}

/// Whether a date may be an instant and a span may be hours.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Hours {
    Allowed,
    Senseless,
}

struct Asked<'a> {
    operator: Operator,
    value: Option<&'a Value>,
    members: &'a Map<String, Value>,
}

/// Why a channel may not be used, in the words of crm.do_not_contact.
pub const REASONS: [&str; 4] = ["unsubscribed", "hard_bounce", "complaint", "manual"];

impl Asked<'_> {
    fn attribute_test(&self, field: &AttributeField) -> Read<Test> {
        let key = field.key.clone();
        // A number or a date as it is written.
        if self.operator.is_of_text() {
            return Ok(Test::Text(
                if field.kind == AttributeKind::Choice {
                    TextSource::Choice(key)
                } else {
                    TextSource::Attribute(key)
                },
                self.text_test()?,
            ));
        }
        Ok(match field.kind {
            AttributeKind::Text => Test::Text(TextSource::Attribute(key), self.text_test()?),
            AttributeKind::Choice => {
                let spelt = |text: String| spelt_as_option(text, &field.options);
                let test = match self.text_test()? {
                    TextTest::Is(text) => TextTest::Is(spelt(text)),
                    TextTest::AnyOf(texts) => TextTest::AnyOf(texts.into_iter().map(spelt).collect()),
                    other => other,
                };
                Test::Text(TextSource::Choice(key), test)
            }
            AttributeKind::Number => Test::Number(NumberSource::Attribute(key), self.number_test()?),
            AttributeKind::Truth => Test::Truth(TruthSource::Attribute(key), self.truth_test()?),
            AttributeKind::Day => Test::Date(DateSource::Day(key), self.date_test(Hours::Senseless)?),
            AttributeKind::Instant => Test::Date(DateSource::Instant(key), self.date_test(Hours::Allowed)?),
            AttributeKind::Set => {
                let spelt = |texts: Vec<String>| {
                    texts
                        .into_iter()
                        .map(|text| spelt_as_option(text, &field.options))
                        .collect()
                };
                let test = match self.set_test()? {
                    SetTest::AnyOf(texts) => SetTest::AnyOf(spelt(texts)),
                    SetTest::AllOf(texts) => SetTest::AllOf(spelt(texts)),
                    SetTest::Empty => SetTest::Empty,
                };
                Test::Set(SetSource::Attribute(key), test)
            }
        })
    }

    fn property_test(&self, path: &str, kind: PropertyKind) -> Read<Test> {
        let path = Path::parse(path).ok_or(fault("field", ProblemCode::UnknownField))?;
        Ok(match kind {
            PropertyKind::Text => Test::Text(TextSource::Property(path), self.text_test()?),
            _ if self.operator.is_of_text() => Test::Text(TextSource::Property(path), self.text_test()?),
            PropertyKind::Number => Test::Number(NumberSource::Property(path), self.number_test()?),
            PropertyKind::Truth => Test::Truth(TruthSource::Property(path), self.truth_test()?),
            PropertyKind::Day => Test::Date(DateSource::Property(path), self.date_test(Hours::Senseless)?),
            PropertyKind::Set => Test::Set(SetSource::Property(path), self.set_test()?),
        })
    }

    fn reason_test(&self) -> Read<TextTest> {
        let known = |reason: &String| REASONS.contains(&reason.as_str());
        match self.text_test()? {
            TextTest::Is(reason) if !known(&reason) => Err(at_value(ProblemCode::ExpectedState)),
            TextTest::AnyOf(reasons) if !reasons.iter().all(known) => {
                Err(at_value(ProblemCode::ExpectedState))
            }
            test => Ok(test),
        }
    }

    fn id_test(&self, source: IdSource) -> Read<IdTest> {
        let read = |value: &Value| value.as_str().and_then(|text| source.read(text));
        match self.operator {
            Operator::IsEmpty => self.nothing(IdTest::Empty),
            Operator::IsAnyOf => {
                let items = match self.value.and_then(Value::as_array) {
                    Some(items) if !items.is_empty() => items,
                    _ => return Err(at_value(ProblemCode::ExpectedId)),
                };
                if items.len() > MAX_VALUES {
                    return Err(at_value(ProblemCode::TooManyValues));
                }
                let read =
                    |(n, item)| read(item).ok_or(fault(&format!("value/{n}"), ProblemCode::ExpectedId));
                let ids: Read<Vec<_>> = items.iter().enumerate().map(read).collect();
                Ok(IdTest::AnyOf(ids?))
            }
            _ => {
                let id = self.value.and_then(read);
                id.map(IdTest::Is).ok_or(at_value(ProblemCode::ExpectedId))
            }
        }
    }

    fn text_test(&self) -> Read<TextTest> {
        Ok(match self.operator {
            Operator::Like => TextTest::Like(self.like()?),
            Operator::Matches => {
                let text = self.value.and_then(Value::as_str).unwrap_or_default();
                TextTest::Matches(Pattern::parse(text).ok_or(at_value(ProblemCode::ExpectedPattern))?)
            }
            Operator::IsAnyOf => TextTest::AnyOf(self.texts()?),
            Operator::Contains => TextTest::Contains(self.text()?),
            Operator::StartsWith => TextTest::StartsWith(self.text()?),
            Operator::EndsWith => TextTest::EndsWith(self.text()?),
            Operator::IsEmpty => self.nothing(TextTest::Empty)?,
            _ => TextTest::Is(self.text()?),
        })
    }

    fn number_test(&self) -> Read<NumberTest> {
        Ok(match self.operator {
            Operator::MoreThan => NumberTest::MoreThan(self.number()?),
            Operator::AtLeast => NumberTest::AtLeast(self.number()?),
            Operator::LessThan => NumberTest::LessThan(self.number()?),
            Operator::AtMost => NumberTest::AtMost(self.number()?),
            Operator::Between => {
                let (a, b) = self.two(number, number)?;
                NumberTest::Between(a, b)
            }
            Operator::IsEmpty => self.nothing(NumberTest::Empty)?,
            _ => NumberTest::Is(self.number()?),
        })
    }

    fn truth_test(&self) -> Read<TruthTest> {
        match self.operator {
            Operator::IsEmpty => self.nothing(TruthTest::Empty),
            _ => {
                let value = self.value.and_then(Value::as_bool);
                value
                    .map(TruthTest::Is)
                    .ok_or(at_value(ProblemCode::ExpectedTruth))
            }
        }
    }

    /// What has no `%` is meant to be anywhere in the text.
    fn like(&self) -> Read<String> {
        let text = self.text()?;
        let (mut escaped, mut wild) = (false, false);
        for c in text.chars() {
            wild |= c == '%' && !escaped;
            escaped = c == '\\' && !escaped;
        }
        match (escaped, wild) {
            // PostgreSQL refuses a backslash that takes the meaning from nothing.
            (true, _) => Err(at_value(ProblemCode::ExpectedText)),
            (false, true) => Ok(text),
            (false, false) => Ok(format!("%{text}%")),
        }
    }

    fn date_test(&self, hours: Hours) -> Read<DateTest> {
        let bound = |end: End| move |value: &Value| point(value, hours, end);
        let one = |end: End| bound(end)(self.value.unwrap_or(&Value::Null)).map_err(at_value);
        let span = || {
            self.value
                .map_or(Err(ProblemCode::ExpectedSpan), |v| span(v, hours))
                .map_err(at_value)
        };
        let days = || {
            self.value
                .and_then(days)
                .ok_or(at_value(ProblemCode::ExpectedDay))
        };
        Ok(match self.operator {
            Operator::Before => DateTest::Before(one(End::First)?),
            Operator::After => DateTest::After(one(End::Last)?),
            Operator::OnOrBefore => DateTest::OnOrBefore(one(End::Last)?),
            Operator::OnOrAfter => DateTest::OnOrAfter(one(End::First)?),
            Operator::Between => {
                let (a, b) = self.two(bound(End::First), bound(End::Last))?;
                DateTest::Between(a, b)
            }
            Operator::InTheLast => DateTest::InTheLast(span()?),
            Operator::MoreThanAgo => DateTest::MoreThanAgo(span()?),
            Operator::InTheNext => DateTest::InTheNext(span()?),
            Operator::MoreThanAhead => DateTest::MoreThanAhead(span()?),
            Operator::Anniversary => DateTest::Anniversary(days()?),
            Operator::AnniversaryInTheNext => {
                let span = self.value.map_or(Err(ProblemCode::ExpectedSpan), |v| {
                    self::span(v, Hours::Senseless)
                });
                DateTest::AnniversaryInTheNext(span.map_err(at_value)?)
            }
            Operator::IsEmpty => self.nothing(DateTest::Empty)?,
            // As Mautic says it: `birthday -3 days`.
            _ => match self.value.and_then(Value::as_str).and_then(anniversary) {
                Some(days) => DateTest::Anniversary(days),
                None => DateTest::On(days()?),
            },
        })
    }

    fn set_test(&self) -> Read<SetTest> {
        Ok(match self.operator {
            Operator::HasAllOf => SetTest::AllOf(self.texts()?),
            Operator::IsEmpty => self.nothing(SetTest::Empty)?,
            _ => SetTest::AnyOf(self.texts()?),
        })
    }

    fn subscription(&self) -> Read<SubscriptionState> {
        let word = self.value.and_then(Value::as_str);
        let state = word.and_then(SubscriptionState::of_word);
        state.ok_or(at_value(ProblemCode::ExpectedSubscription))
    }

    fn topic_state(&self) -> Read<TopicState> {
        let word = self.value.and_then(Value::as_str);
        let state = word.and_then(TopicState::of_word);
        state.ok_or(at_value(ProblemCode::ExpectedState))
    }

    fn channel(&self) -> Read<Channel> {
        let Some(word) = self.members.get("channel") else {
            return Ok(Channel::Email);
        };
        let channel = word.as_str().and_then(Channel::of_word);
        channel.ok_or(fault("channel", ProblemCode::ExpectedChannel))
    }

    fn seed(&self) -> Read<String> {
        let Some(seed) = self.members.get("seed") else {
            return Ok(String::new());
        };
        text(seed).map_err(|code| fault("seed", code))
    }

    fn event_test(&self, what: What, aspect: Aspect, nested: Nested) -> Read<Test> {
        let events = self.happening(what, nested.filter)?;
        let asked = match aspect {
            Aspect::Times => Question::Times(self.quantity()?),
            Aspect::Days => Question::Days(self.quantity()?),
            Aspect::First => Question::First(self.date_test(Hours::Allowed)?),
            Aspect::Last => Question::Last(self.date_test(Hours::Allowed)?),
        };
        Ok(Test::Event(EventTest { events, asked }))
    }

    fn sequence_test(&self, nested: Nested) -> Read<Test> {
        self.nothing(())?;
        let first = self.happening(self.event(self.members)?, nested.filter)?;
        let Some(Value::Object(then)) = self.members.get("then") else {
            return Err(fault("then", ProblemCode::ExpectedEvent));
        };
        let what = self.event(then).map_err(|fault| Fault {
            at: format!("then/{}", fault.at),
            code: fault.code,
        })?;
        let gap = self.members.get("gap").map(|value| span(value, Hours::Allowed));
        let gap = gap
            .and_then(Result::ok)
            .filter(|span| span.physical_hours().is_some());
        Ok(Test::Sequence(Box::new(SequenceTest {
            first,
            then: Happening {
                filter: nested.then,
                ..Happening::of(what)
            },
            gap: gap.ok_or(fault("gap", ProblemCode::ExpectedGap))?,
            followed: self.operator == Operator::Followed,
        })))
    }

    /// The event that an object names; any when it names none.
    fn event(&self, members: &Map<String, Value>) -> Read<What> {
        match members.get("name") {
            None => Ok(What::Anything),
            Some(name) => {
                let name = text(name).map_err(|_| fault("name", ProblemCode::ExpectedEvent))?;
                Ok(What::Event(name.trim().to_owned()))
            }
        }
    }

    fn happening(&self, what: What, filter: Option<Box<Rule>>) -> Read<Happening> {
        let member = |name: &str| self.members.get(name);
        let within =
            member("within").map(|value| span(value, Hours::Allowed).map_err(|code| fault("within", code)));
        let bound = |name: &'static str, end: End| {
            let read = |value| point(value, Hours::Allowed, end).map_err(|code| fault(name, code));
            member(name).map(read).transpose()
        };
        let campaign = member("campaign").map(|value| {
            let id = value.as_str().and_then(|id| id.parse().ok());
            id.ok_or(fault("campaign", ProblemCode::ExpectedCampaign))
        });
        let url_contains =
            member("url_contains").map(|value| text(value).map_err(|code| fault("url_contains", code)));
        Ok(Happening {
            what,
            within: within.transpose()?,
            from: bound("from", End::First)?,
            until: bound("until", End::Last)?,
            campaign: campaign.transpose()?,
            url_contains: url_contains.transpose()?,
            filter,
        })
    }

    fn quantity(&self) -> Read<Quantity> {
        Ok(match self.operator {
            Operator::Never => self.nothing(Quantity::at_least(1))?,
            Operator::AtMost => Quantity::at_least(self.times()? + 1),
            Operator::Exactly => Quantity {
                times: self.times()?,
                exactly: true,
            },
            _ => Quantity::at_least(self.times()?),
        })
    }

    fn nothing<T>(&self, test: T) -> Read<T> {
        match self.value {
            None => Ok(test),
            Some(_) => Err(at_value(ProblemCode::UnexpectedValue)),
        }
    }

    fn text(&self) -> Read<String> {
        self.value
            .map_or(Err(ProblemCode::ExpectedText), text)
            .map_err(at_value)
    }

    fn texts(&self) -> Read<Vec<String>> {
        let items = match self.value.and_then(Value::as_array) {
            Some(items) if !items.is_empty() => items,
            _ => return Err(at_value(ProblemCode::ExpectedTexts)),
        };
        if items.len() > MAX_VALUES {
            return Err(at_value(ProblemCode::TooManyValues));
        }
        let read = |(n, item)| text(item).map_err(|code| fault(&format!("value/{n}"), code));
        items.iter().enumerate().map(read).collect()
    }

    fn number(&self) -> Read<Number> {
        self.value
            .map_or(Err(ProblemCode::ExpectedNumber), number)
            .map_err(at_value)
    }

    fn times(&self) -> Read<u32> {
        let times = self
            .value
            .and_then(Value::as_u64)
            .filter(|times| (1..=MAX_TIMES).contains(times));
        let times = times.and_then(|times| u32::try_from(times).ok());
        times.ok_or(at_value(ProblemCode::ExpectedTimes))
    }

    /// Two values, the first not after the second.
    fn two<T: Ordered>(
        &self,
        first: impl Fn(&Value) -> Result<T, ProblemCode>,
        second: impl Fn(&Value) -> Result<T, ProblemCode>,
    ) -> Read<(T, T)> {
        let Some([a, b]) = self.value.and_then(Value::as_array).map(Vec::as_slice) else {
            return Err(at_value(ProblemCode::ExpectedTwo));
        };
        let a = first(a).map_err(|code| fault("value/0", code))?;
        let b = second(b).map_err(|code| fault("value/1", code))?;
        if a.is_after(&b) {
            Err(at_value(ProblemCode::ExpectedTwo))
        } else {
            Ok((a, b))
        }
    }
}

trait Ordered {
    fn is_after(&self, other: &Self) -> bool;
}

impl Ordered for Number {
    fn is_after(&self, other: &Self) -> bool {
        self > other
    }
}

impl Ordered for Point {
    /// A day and an instant are not compared: which comes first depends on the zone.
    fn is_after(&self, other: &Self) -> bool {
        match (self, other) {
            (Point::Day(a), Point::Day(b)) => a > b,
            (Point::Instant(a), Point::Instant(b)) => a > b,
            _ => false,
        }
    }
}

fn text(value: &Value) -> Result<String, ProblemCode> {
    let text = value.as_str().ok_or(ProblemCode::ExpectedText)?;
    // PostgreSQL's text cannot hold a NUL.
    if text.trim().is_empty() || text.contains('\0') {
        return Err(ProblemCode::ExpectedText);
    }
    if text.chars().count() > MAX_TEXT {
        return Err(ProblemCode::TextTooLong);
    }
    Ok(text.to_owned())
}

/// The option's own spelling, which is what contacts have. Something else stays as it is: options
/// come and go, and contacts keep what they were given.
fn spelt_as_option(text: String, options: &[String]) -> String {
    let same = |option: &&String| option.to_lowercase() == text.to_lowercase();
    let exact = options.contains(&text);
    match options.iter().find(same) {
        Some(option) if !exact => option.clone(),
        _ => text,
    }
}

fn number(value: &Value) -> Result<Number, ProblemCode> {
    value
        .as_f64()
        .and_then(Number::new)
        .ok_or(ProblemCode::ExpectedNumber)
}

fn day(value: &Value) -> Option<Date> {
    let text = value.as_str()?;
    // Only the one form, and only years of four digits.
    let day: Date = text.parse().ok()?;
    (day.year() >= 1 && day.to_string() == text).then_some(day)
}

/// One day, or those of a period.
fn days(value: &Value) -> Option<Days> {
    if let Some(day) = day(value) {
        return Some(Days::Day(day));
    }
    let text = value.as_str()?;
    let relative = RelativeDay::parse(text).map(Days::Relative);
    relative.or_else(|| Period::parse(text).map(Days::Period))
}

/// `birthday`, `anniversary`, and either with an offset.
fn anniversary(text: &str) -> Option<Days> {
    let offset = ["birthday", "anniversary"]
        .iter()
        .find_map(|word| text.strip_prefix(word))?;
    let day = match offset.trim() {
        "" => Some(RelativeDay::TODAY),
        offset => RelativeDay::parse(offset),
    };
    day.map(Days::Relative)
}

/// Which end of a period is meant where only one day can be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    First,
    Last,
}

fn point(value: &Value, hours: Hours, end: End) -> Result<Point, ProblemCode> {
    match (days(value), end) {
        (Some(Days::Day(day)), _) => return Ok(Point::Day(day)),
        (Some(Days::Relative(day)), _) => return Ok(Point::Relative(day)),
        (Some(Days::Period(period)), End::First) => return Ok(Point::Relative(RelativeDay::FirstOf(period))),
        (Some(Days::Period(period)), End::Last) => return Ok(Point::Relative(RelativeDay::LastOf(period))),
        (None, _) => {}
    }
    if hours == Hours::Senseless {
        return Err(ProblemCode::ExpectedDay);
    }
    let instant: Option<Timestamp> = value.as_str().and_then(|text| text.parse().ok());
    // PostgreSQL keeps microseconds, and not all of the years before our era.
    let instant = instant.and_then(|instant| Timestamp::from_microsecond(instant.as_microsecond()).ok());
    let instant = instant.filter(|instant| instant.to_zoned(TimeZone::UTC).year() >= 1);
    instant.map(Point::Instant).ok_or(ProblemCode::ExpectedPoint)
}

fn span(value: &Value, hours: Hours) -> Result<Span, ProblemCode> {
    let amount = value
        .get("amount")
        .and_then(Value::as_u64)
        .and_then(|amount| u32::try_from(amount).ok());
    let unit = value.get("unit").and_then(Value::as_str).and_then(Unit::of_word);
    let (Some(amount), Some(unit)) = (amount, unit) else {
        return Err(ProblemCode::ExpectedSpan);
    };
    if value.as_object().is_none_or(|members| members.len() != 2) {
        return Err(ProblemCode::ExpectedSpan);
    }
    if hours == Hours::Senseless && unit == Unit::Hours {
        return Err(ProblemCode::ExpectedDays);
    }
    Span::new(amount, unit).ok_or(ProblemCode::ExpectedSpan)
}
