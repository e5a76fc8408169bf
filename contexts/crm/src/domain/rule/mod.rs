//! The rule of a segment: a tree of groups and conditions that says who belongs to it.
//!
//! A rule travels as JSON ([`parse`], [`Rule::to_json`]), is checked against the fields that exist
//! ([`Schema`]), compiled to SQL by `infrastructure`, read aloud by [`sentence`] and edited as a
//! form through [`draft`]. Its meaning is two-valued: a condition holds or it does not, also for a
//! contact without a value; a negative operator holds exactly where its positive does not.
//!
//! Invariant: pure. The present instant and the zone come in as a [`Moment`].

mod date;
pub mod draft;
mod draft_json;
#[cfg(test)]
pub mod evaluate;
mod json;
mod mentions;
mod moment;
mod operator;
mod parse;
mod parse_test;
mod schema;
pub mod sentence;
mod tree;

#[cfg(test)]
pub use date::Range;
pub use mentions::segment_mention;
pub use moment::{Moment, Span, Unit};
pub use operator::{Operator, Shape};
pub use parse::{Problem, ProblemCode, parse};
pub use schema::{AttributeField, AttributeKind, Kind, Schema, Subject, fixed_subjects};
#[cfg(test)]
pub use tree::Number;
pub use tree::{
    Activity, Condition, CoreText, CoreTime, DateSource, DateTest, Group, MailTest, Matching, NumberTest,
    Point, Rule, SetSource, SetTest, SubscriptionState, Test, TextSource, TextTest, TruthTest,
};

/// How deep groups may stand in groups.
pub const MAX_DEPTH: usize = 24;
/// How many groups and conditions a rule may have.
pub const MAX_NODES: usize = 400;
/// How many values one condition may list.
pub const MAX_VALUES: usize = 1000;
/// How many characters a text in a condition may have.
pub const MAX_TEXT: usize = 500;
