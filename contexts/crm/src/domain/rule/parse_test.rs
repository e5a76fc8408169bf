use jiff::{civil::Date, tz::TimeZone};
use kernel::Timestamp;
use serde_json::{Map, Value};

use super::{
    MAX_TEXT, MAX_VALUES,
    moment::{Span, Unit},
    operator::Operator,
    parse::ProblemCode,
    schema::{AttributeField, AttributeKind, Subject},
    tree::{
        Activity, DateSource, DateTest, MailTest, Number, NumberTest, Point, SetSource, SetTest,
        SubscriptionState, Test, TextSource, TextTest, TruthTest,
    },
};

/// The most times that a condition on mail counts.
const MAX_TIMES: u64 = 10_000;

/// What is wrong with a condition, and at which of its members.
pub(super) struct Fault {
    pub at: String,
    pub code: ProblemCode,
}

type Read<T> = Result<T, Fault>;

/// Reads what a condition asserts. `operator` is the positive of its pair, and one that the subject
/// knows.
pub(super) fn read_test(
    subject: Subject<'_>,
    operator: Operator,
    members: &Map<String, Value>,
) -> Read<Test> {
    let asked = Asked {
        operator,
        value: members.get("value"),
    };
    Ok(match subject {
        Subject::Text(text) => Test::Text(TextSource::Core(text), asked.text_test()?),
        Subject::Time(time) => Test::Date(DateSource::Core(time), asked.date_test(Hours::Allowed)?),
        Subject::Tags => Test::Set(SetSource::Tags, asked.set_test()?),
        Subject::Subscription => Test::Subscription(asked.subscription()?),
        Subject::Segment => {
            let id = asked.value.and_then(Value::as_str).and_then(|id| id.parse().ok());
            Test::Segment(id.ok_or(at_value(ProblemCode::ExpectedSegment))?)
        }
        Subject::Mail(activity) => Test::Mail(asked.mail_test(activity, members)?),
        Subject::Attribute(field) => asked.attribute_test(field)?,
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
}

impl Asked<'_> {
    fn attribute_test(&self, field: &AttributeField) -> Read<Test> {
        let key = field.key.clone();
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
            AttributeKind::Number => Test::Number(key, self.number_test()?),
            AttributeKind::Truth => Test::Truth(key, self.truth_test()?),
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

    fn text_test(&self) -> Read<TextTest> {
        Ok(match self.operator {
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
                let (a, b) = self.two(number)?;
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

    fn date_test(&self, hours: Hours) -> Read<DateTest> {
        let point = |value: &Value| point(value, hours);
        let one_point = || point(self.value.unwrap_or(&Value::Null)).map_err(at_value);
        let span = || {
            self.value
                .map_or(Err(ProblemCode::ExpectedSpan), |v| span(v, hours))
                .map_err(at_value)
        };
        Ok(match self.operator {
            Operator::Before => DateTest::Before(one_point()?),
            Operator::After => DateTest::After(one_point()?),
            Operator::Between => {
                let (a, b) = self.two(point)?;
                DateTest::Between(a, b)
            }
            Operator::InTheLast => DateTest::InTheLast(span()?),
            Operator::MoreThanAgo => DateTest::MoreThanAgo(span()?),
            Operator::InTheNext => DateTest::InTheNext(span()?),
            Operator::MoreThanAhead => DateTest::MoreThanAhead(span()?),
            Operator::IsEmpty => self.nothing(DateTest::Empty)?,
            _ => DateTest::On(
                self.value
                    .and_then(day)
                    .ok_or(at_value(ProblemCode::ExpectedDay))?,
            ),
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

    fn mail_test(&self, activity: Activity, members: &Map<String, Value>) -> Read<MailTest> {
        let times = match self.operator {
            Operator::Never => self.nothing(1)?,
            Operator::AtMost => self.times()? + 1,
            _ => self.times()?,
        };
        let within = members
            .get("within")
            .map(|value| span(value, Hours::Allowed).map_err(|code| fault("within", code)));
        let campaign = members.get("campaign").map(|value| {
            let id = value.as_str().and_then(|id| id.parse().ok());
            id.ok_or(fault("campaign", ProblemCode::ExpectedCampaign))
        });
        let url_contains = members
            .get("url_contains")
            .map(|value| text(value).map_err(|code| fault("url_contains", code)));
        Ok(MailTest {
            activity,
            times,
            within: within.transpose()?,
            campaign: campaign.transpose()?,
            url_contains: url_contains.transpose()?,
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
    fn two<T: Ordered>(&self, read: impl Fn(&Value) -> Result<T, ProblemCode>) -> Read<(T, T)> {
        let Some([a, b]) = self.value.and_then(Value::as_array).map(Vec::as_slice) else {
            return Err(at_value(ProblemCode::ExpectedTwo));
        };
        let a = read(a).map_err(|code| fault("value/0", code))?;
        let b = read(b).map_err(|code| fault("value/1", code))?;
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

fn point(value: &Value, hours: Hours) -> Result<Point, ProblemCode> {
    if let Some(day) = day(value) {
        return Ok(Point::Day(day));
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
