use std::collections::HashSet;

use contracts::crm::{
    AudienceSpec, SegmentSummary,
    consent::{Channel, TopicSummary},
};
use kernel::{SegmentId, TopicId};

/// Most segments that one list of an audience names.
pub const MOST_SEGMENTS: usize = 100;

/// Why an audience cannot be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAudience {
    /// A list names more than [`MOST_SEGMENTS`].
    #[error("more than {MOST_SEGMENTS} segments")]
    TooMany,
    /// A segment stands in both lists, so nobody of it would get the mail.
    #[error("segment {0} is both included and excluded")]
    Both(SegmentId),
    /// There is no such segment.
    #[error("there is no segment {0}")]
    Unknown(SegmentId),
    /// There is no such topic that messages of the channel can be about.
    #[error("there is no topic {0} for this channel")]
    UnknownTopic(TopicId),
}

/// The same audience with each segment named once, if it can be meant.
pub fn tidy_audience(spec: AudienceSpec, known: &[SegmentSummary]) -> Result<AudienceSpec, InvalidAudience> {
    let spec = AudienceSpec {
        include: once(spec.include),
        exclude: once(spec.exclude),
        topic: spec.topic,
    };
    if spec.include.len().max(spec.exclude.len()) > MOST_SEGMENTS {
        return Err(InvalidAudience::TooMany);
    }
    if let Some(both) = spec.include.iter().find(|id| spec.exclude.contains(id)) {
        return Err(InvalidAudience::Both(*both));
    }
    match missing_segments(&spec, known).first() {
        Some(unknown) => Err(InvalidAudience::Unknown(*unknown)),
        None => Ok(spec),
    }
}

/// Whether messages of a channel can be about what an audience names.
pub fn check_topic(
    spec: &AudienceSpec,
    channel: Channel,
    known: &[TopicSummary],
) -> Result<(), InvalidAudience> {
    let Some(topic) = spec.topic else { return Ok(()) };
    let about = |summary: &&TopicSummary| summary.id == topic && summary.channels.contains(&channel);
    match known.iter().find(about) {
        Some(_) => Ok(()),
        None => Err(InvalidAudience::UnknownTopic(topic)),
    }
}

/// Segments that an audience names and that are not there (any more).
#[must_use]
pub fn missing_segments(spec: &AudienceSpec, known: &[SegmentSummary]) -> Vec<SegmentId> {
    let known: HashSet<SegmentId> = known.iter().map(|segment| segment.id).collect();
    spec.include
        .iter()
        .chain(&spec.exclude)
        .filter(|id| !known.contains(id))
        .copied()
        .collect()
}

fn once(ids: Vec<SegmentId>) -> Vec<SegmentId> {
    let mut seen = HashSet::new();
    ids.into_iter().filter(|id| seen.insert(*id)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(ids: &[SegmentId]) -> Vec<SegmentSummary> {
        ids.iter()
            .map(|id| SegmentSummary {
                id: *id,
                name: "Customers".to_owned(),
                members: 0,
            })
            .collect()
    }

    #[test]
    fn a_segment_named_twice_counts_once() {
        let a = SegmentId::generate();
        let spec = AudienceSpec {
            include: vec![a, a],
            exclude: vec![],
            topic: None,
        };
        assert_eq!(tidy_audience(spec, &known(&[a])).map(|s| s.include), Ok(vec![a]));
    }

    #[test]
    fn contradictions_and_unknown_segments_are_refused() {
        let (a, b) = (SegmentId::generate(), SegmentId::generate());
        let both = AudienceSpec {
            include: vec![a, b],
            exclude: vec![b],
            topic: None,
        };
        assert_eq!(
            tidy_audience(both, &known(&[a, b])),
            Err(InvalidAudience::Both(b))
        );
        let gone = AudienceSpec {
            include: vec![a],
            exclude: vec![b],
            topic: None,
        };
        assert_eq!(
            tidy_audience(gone, &known(&[a])),
            Err(InvalidAudience::Unknown(b))
        );
        let many: Vec<_> = (0..=MOST_SEGMENTS).map(|_| SegmentId::generate()).collect();
        let spec = AudienceSpec {
            include: many.clone(),
            exclude: vec![],
            topic: None,
        };
        assert_eq!(tidy_audience(spec, &known(&many)), Err(InvalidAudience::TooMany));
    }
}
