//! The rule of a segment: a tree of groups and conditions that says who belongs to it.
//!
//! A rule travels as JSON ([`parse`], [`Rule::to_json`]), is checked against the fields that exist
//! ([`Schema`]), compiled to SQL by `infrastructure`, read aloud by [`sentence`] and edited as a
//! form through [`draft`]. Its meaning is two-valued: a condition holds or it does not, also for a
//! contact without a value; a negative operator holds exactly where its positive does not.
//!
//! Invariant: pure. The present instant and the zone come in as a [`Moment`].

mod clock;
mod date;
mod day;
pub mod draft;
mod draft_json;
#[cfg(test)]
pub mod evaluate;
mod explain;
mod happening;
mod json;
mod mentions;
mod moment;
mod operator;
mod parse;
mod parse_test;
mod pattern;
mod schema;
pub mod sentence;
mod tree;
mod value_test;

pub use clock::{Instants, Wakes};
pub use date::Flip;
pub use day::{Days, Period, RelativeDay};
pub use explain::{Verdict, leaves, reasons, verdict};
pub use happening::{Asked, EventTest, Happening, Quantity, RecordsTest, SequenceTest, What};
pub use mentions::segment_mention;
pub use moment::{Moment, Span, Unit};
pub use operator::{Operator, Shape};
pub use parse::{Problem, ProblemCode, parse};
pub use parse_test::REASONS;
pub use schema::{
    AttributeField, AttributeKind, Kind, ObjectField, PropertyKind, RelationField, Schema, Scope, Subject,
    TopicField, fixed_subjects, record_subjects,
};
pub use tree::{
    Channel, Condition, CoreText, CoreTime, DateSource, Group, IdSource, Matching, NumberSource, Path,
    RecordText, RecordTime, Rule, SetSource, SubscriptionState, Test, TextSource, TopicState, TopicTest,
    TruthSource,
};
#[cfg(test)]
pub use value_test::Number;
pub use value_test::{DateTest, IdTest, NumberTest, Point, SetTest, TextTest, TruthTest};
#[cfg(test)]
pub use {
    date::Range,
    day::DayUnit,
    happening::Activity,
    pattern::Pattern,
    tree::{ObjectRef, RelationRef},
};

/// How deep groups may stand in groups.
pub const MAX_DEPTH: usize = 24;
/// How many groups and conditions a rule may have.
pub const MAX_NODES: usize = 400;
/// How many values one condition may list.
pub const MAX_VALUES: usize = 1000;
/// How many characters a text in a condition may have.
pub const MAX_TEXT: usize = 500;
