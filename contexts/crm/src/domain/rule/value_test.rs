use jiff::civil::Date;
use kernel::Timestamp;
use uuid::Uuid;

use super::{
    day::{Days, RelativeDay},
    moment::Span,
    pattern::Pattern,
};

/// Of a text. Letters match whatever their case; a choice is meant in its option's own spelling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TextTest {
    /// It is this.
    Is(String),
    /// It is one of these.
    AnyOf(Vec<String>),
    /// It has this in it.
    Contains(String),
    /// It begins with this.
    StartsWith(String),
    /// It ends with this.
    EndsWith(String),
    /// It looks like this as a whole: `%` stands for any text, `_` for any character, and a backslash
    /// takes their meaning from both.
    Like(String),
    /// This is found in it.
    Matches(Pattern),
    /// There is none.
    Empty,
}

/// A finite number.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Number(f64);

impl Number {
    /// `None` for what is not finite.
    pub fn new(value: f64) -> Option<Self> {
        // -0 and 0 are one number, and are written as one.
        value.is_finite().then_some(Self(value + 0.0))
    }

    /// The value.
    pub const fn get(self) -> f64 {
        self.0
    }
}

impl std::fmt::Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// Of a number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum NumberTest {
    /// It is this.
    Is(Number),
    /// It is greater.
    MoreThan(Number),
    /// It is this or greater.
    AtLeast(Number),
    /// It is less.
    LessThan(Number),
    /// It is this or less.
    AtMost(Number),
    /// It lies between, ends included.
    Between(Number, Number),
    /// There is none.
    Empty,
}

/// Of a yes or no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TruthTest {
    /// It is this.
    Is(bool),
    /// There is none.
    Empty,
}

/// A day in the organisation's zone, or an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Point {
    /// The whole day.
    Day(Date),
    /// A day that is found from today.
    Relative(RelativeDay),
    /// To the microsecond.
    Instant(Timestamp),
}

/// Of a day or an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateTest {
    /// On this day, or one of these.
    On(Days),
    /// Earlier.
    Before(Point),
    /// Later.
    After(Point),
    /// Then or earlier.
    OnOrBefore(Point),
    /// Then or later.
    OnOrAfter(Point),
    /// Between, ends included.
    Between(Point, Point),
    /// From so long ago until now.
    InTheLast(Span),
    /// Longer ago.
    MoreThanAgo(Span),
    /// From now until so far ahead.
    InTheNext(Span),
    /// Further ahead.
    MoreThanAhead(Span),
    /// Its day and month, of whichever year, are those of one of these days.
    Anniversary(Days),
    /// They are those of today or of one of the days until so far ahead.
    AnniversaryInTheNext(Span),
    /// There is none.
    Empty,
}

/// Of a set of words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SetTest {
    /// At least one of these is in it.
    AnyOf(Vec<String>),
    /// Each of these is in it.
    AllOf(Vec<String>),
    /// There is nothing in it.
    Empty,
}

/// Of an identifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IdTest {
    /// It is this.
    Is(Uuid),
    /// It is one of these.
    AnyOf(Vec<Uuid>),
    /// There is none.
    Empty,
}
