//! Segments: a named rule, and who it found when it was last asked.

use std::collections::{BTreeMap, BTreeSet};

use kernel::{CategoryId, SegmentId, Timestamp};
use serde_json::Value;

use super::{
    rule::Rule,
    text::{self, InvalidText},
};

const MAX_NAME: usize = 100;
const MAX_DESCRIPTION: usize = 1000;

/// A segment as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Segment {
    pub id: SegmentId,
    pub name: String,
    pub description: String,
    pub category: Option<CategoryId>,
    /// Stored as it was accepted; fields may have gone since.
    pub rule: Value,
    /// Counts edits.
    pub version: i32,
    /// Other segments that the rule looks at.
    pub uses: Vec<SegmentId>,
    /// Whether its answer changes by the mere passing of time.
    pub relative: bool,
    /// How many were in it at its last rebuild.
    pub member_count: i64,
    pub rebuilt_at: Option<Timestamp>,
    /// How long that took.
    pub rebuild_ms: i64,
    /// When a relative one is looked at again though nothing has changed.
    pub due_at: Option<Timestamp>,
    /// Something has happened since that may have changed the answer.
    pub stale: bool,
    /// Why the last attempt to rebuild it failed.
    pub problem: Option<SegmentProblem>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl Segment {
    /// Whether its members are not known to be who matches now.
    #[must_use]
    pub fn wants_rebuild(&self, now: Timestamp) -> bool {
        self.stale || self.due_at.is_some_and(|due| due <= now)
    }
}

/// Why a segment could not be rebuilt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SegmentProblem {
    /// Its rule no longer fits: a field that it looks at is gone or holds something else now.
    Rule,
    /// It took too long.
    Slow,
}

impl SegmentProblem {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            SegmentProblem::Rule => "rule",
            SegmentProblem::Slow => "slow",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [SegmentProblem::Rule, SegmentProblem::Slow]
            .into_iter()
            .find(|problem| problem.as_str() == text)
    }
}

/// What people call a segment; checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentTitle {
    pub name: String,
    pub description: String,
}

/// Why a segment cannot be called so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTitle {
    #[error("the name is missing")]
    NameMissing,
    #[error("the name is too long or holds a control character")]
    Name,
    #[error("the description is too long or holds a control character")]
    Description,
}

/// Checks and tidies the name of a category.
pub fn category_name(name: &str) -> Result<String, InvalidTitle> {
    Ok(SegmentTitle::parse(name, "")?.name)
}

impl SegmentTitle {
    /// Checks and tidies.
    pub fn parse(name: &str, description: &str) -> Result<Self, InvalidTitle> {
        let name = text::single_line(name, MAX_NAME).map_err(|_: InvalidText| InvalidTitle::Name)?;
        if name.is_empty() {
            return Err(InvalidTitle::NameMissing);
        }
        let description = text::multi_line(description, MAX_DESCRIPTION)
            .map_err(|_: InvalidText| InvalidTitle::Description)?;
        Ok(Self { name, description })
    }
}

/// What a rule depends on, as it is stored beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependencies {
    /// Names of fields.
    pub mentions: Vec<String>,
    /// Other segments.
    pub uses: Vec<SegmentId>,
    /// The passing of time.
    pub relative: bool,
}

impl Dependencies {
    /// Of a rule.
    #[must_use]
    pub fn of(rule: &Rule) -> Self {
        Self {
            mentions: rule.mentions().into_iter().collect(),
            uses: rule.segments().into_iter().collect(),
            relative: rule.is_relative(),
        }
    }
}

/// Which segments look at which: what keeps a segment from depending on itself.
#[derive(Clone, Debug, Default)]
pub struct SegmentGraph(pub BTreeMap<SegmentId, Vec<SegmentId>>);

impl SegmentGraph {
    /// The segments that a rule of `id` may look at: all but itself and those that depend on it.
    #[must_use]
    pub fn usable_by(&self, id: Option<SegmentId>) -> BTreeSet<SegmentId> {
        let depends = |other: &SegmentId| id.is_some_and(|id| *other == id || self.depends(*other, id));
        self.0.keys().filter(|other| !depends(other)).copied().collect()
    }

    /// Those that look at `id` themselves.
    #[must_use]
    pub fn users_of(&self, id: SegmentId) -> Vec<SegmentId> {
        self.0
            .iter()
            .filter(|(_, uses)| uses.contains(&id))
            .map(|(user, _)| *user)
            .collect()
    }

    /// Segments with all that they depend on, each behind those that it depends on.
    #[must_use]
    pub fn with_dependencies(&self, ids: &[SegmentId]) -> Vec<SegmentId> {
        let mut order = Vec::new();
        let mut seen = BTreeSet::new();
        ids.iter().for_each(|id| self.visit(*id, &mut seen, &mut order));
        order
    }

    fn depends(&self, id: SegmentId, on: SegmentId) -> bool {
        id != on && self.with_dependencies(&[id]).contains(&on)
    }

    fn visit(&self, id: SegmentId, seen: &mut BTreeSet<SegmentId>, order: &mut Vec<SegmentId>) {
        if seen.insert(id) {
            let uses = self.0.get(&id).map(Vec::as_slice).unwrap_or_default();
            uses.iter().for_each(|used| self.visit(*used, seen, order));
            order.push(id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph() -> (SegmentGraph, [SegmentId; 4]) {
        let ids = [(); 4].map(|()| SegmentId::generate());
        let [a, b, c, d] = ids;
        // a looks at b, b at c and d.
        let graph = SegmentGraph([(a, vec![b]), (b, vec![c, d]), (c, vec![]), (d, vec![])].into());
        (graph, ids)
    }

    #[test]
    fn a_segment_may_not_look_at_one_that_depends_on_it() {
        let (graph, [a, b, c, d]) = graph();
        assert_eq!(graph.usable_by(Some(c)), [d].into());
        assert_eq!(graph.usable_by(Some(b)), [c, d].into());
        assert_eq!(graph.usable_by(None), [a, b, c, d].into());
        assert_eq!(graph.users_of(c), [b]);
    }

    #[test]
    fn dependencies_come_first_and_once() {
        let (graph, [a, b, c, d]) = graph();
        assert_eq!(graph.with_dependencies(&[a, c]), [c, d, b, a]);
    }

    #[test]
    fn a_circle_ends_all_the_same() {
        let (a, b) = (SegmentId::generate(), SegmentId::generate());
        let graph = SegmentGraph([(a, vec![b]), (b, vec![a])].into());
        assert_eq!(graph.with_dependencies(&[a]), [b, a]);
        assert_eq!(graph.usable_by(Some(a)), [].into());
    }

    #[test]
    fn a_segment_needs_a_name() {
        assert_eq!(SegmentTitle::parse("  ", ""), Err(InvalidTitle::NameMissing));
        assert_eq!(SegmentTitle::parse(&"x".repeat(101), ""), Err(InvalidTitle::Name));
        assert_eq!(
            SegmentTitle::parse("x", &"x".repeat(1001)),
            Err(InvalidTitle::Description)
        );
        let title = SegmentTitle::parse(" Big  spenders ", " a\r\nb ").expect("valid");
        assert_eq!(
            (title.name.as_str(), title.description.as_str()),
            ("Big spenders", "a\nb")
        );
    }
}
