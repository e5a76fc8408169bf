//! Stages: how far people have come, as a funnel.

use kernel::{StageId, Timestamp};

use super::text::{self, InvalidText};

/// The most stages that an organisation has.
pub const MAX_STAGES: usize = 50;
const MAX_NAME: usize = 100;
const MAX_DESCRIPTION: usize = 1000;
/// Between neighbours, so that programs can put one between two others.
const STEP: i32 = 10;

/// A step of the funnel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    pub id: StageId,
    pub name: String,
    pub description: String,
    /// Stages stand in the order of their weights.
    pub weight: i32,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// What somebody says of a stage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StageDraft {
    pub name: String,
    pub description: String,
    /// Where it stands; without one, at the end.
    pub weight: Option<i32>,
}

/// Why a stage cannot be so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidStage {
    NameMissing,
    Name,
    Description,
}

impl StageDraft {
    /// The draft with its texts as they are stored.
    pub fn check(self) -> Result<Self, InvalidStage> {
        let name = text::single_line(&self.name, MAX_NAME).map_err(|_| InvalidStage::Name)?;
        if name.is_empty() {
            return Err(InvalidStage::NameMissing);
        }
        let description = text::multi_line(&self.description, MAX_DESCRIPTION)
            .map_err(|_: InvalidText| InvalidStage::Description)?;
        Ok(Self {
            name,
            description,
            weight: self.weight,
        })
    }
}

/// The weight of a stage that is put behind all others.
#[must_use]
pub fn last_weight(stages: &[Stage]) -> i32 {
    stages
        .iter()
        .map(|stage| stage.weight)
        .max()
        .map_or(STEP, |weight| weight.saturating_add(STEP))
}

/// Which way a stage goes in the funnel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Earlier,
    Later,
}

/// The new weights of stages when one of them changes places with its neighbour; those that keep theirs
/// are left out. Nothing when there is no neighbour.
#[must_use]
pub fn reordered(stages: &[Stage], id: StageId, direction: Direction) -> Vec<(StageId, i32)> {
    let mut order: Vec<&Stage> = stages.iter().collect();
    let Some(at) = order.iter().position(|stage| stage.id == id) else {
        return Vec::new();
    };
    let other = match direction {
        Direction::Earlier => at.checked_sub(1),
        Direction::Later => Some(at + 1).filter(|at| *at < order.len()),
    };
    let Some(other) = other else {
        return Vec::new();
    };
    order.swap(at, other);
    // Numbered anew, since weights that programs gave may be the same.
    let weights = (1..).map(|n: i32| n.saturating_mul(STEP));
    order
        .into_iter()
        .zip(weights)
        .filter(|(stage, weight)| stage.weight != *weight)
        .map(|(stage, weight)| (stage.id, weight))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stages(weights: &[i32]) -> Vec<Stage> {
        weights
            .iter()
            .map(|weight| Stage {
                id: StageId::generate(),
                name: "Lead".to_owned(),
                description: String::new(),
                weight: *weight,
                created_at: Timestamp::UNIX_EPOCH,
                updated_at: Timestamp::UNIX_EPOCH,
            })
            .collect()
    }

    fn draft(name: &str, description: &str) -> Result<StageDraft, InvalidStage> {
        StageDraft {
            name: name.to_owned(),
            description: description.to_owned(),
            weight: None,
        }
        .check()
    }

    #[test]
    fn neighbours_change_places() {
        let three = stages(&[10, 20, 30]);
        let ids: Vec<StageId> = three.iter().map(|stage| stage.id).collect();
        assert_eq!(
            reordered(&three, ids[1], Direction::Earlier),
            [(ids[1], 10), (ids[0], 20)]
        );
        assert_eq!(
            reordered(&three, ids[1], Direction::Later),
            [(ids[2], 20), (ids[1], 30)]
        );
        assert_eq!(reordered(&three, ids[0], Direction::Earlier), []);
        assert_eq!(reordered(&three, ids[2], Direction::Later), []);
        assert_eq!(reordered(&three, StageId::generate(), Direction::Later), []);
    }

    #[test]
    fn stages_of_the_same_weight_come_apart() {
        let two = stages(&[5, 5]);
        assert_eq!(
            reordered(&two, two[0].id, Direction::Later),
            [(two[1].id, 10), (two[0].id, 20)]
        );
    }

    #[test]
    fn a_new_stage_stands_at_the_end() {
        assert_eq!(last_weight(&[]), 10);
        assert_eq!(last_weight(&stages(&[10, 70])), 80);
        assert_eq!(last_weight(&stages(&[i32::MAX])), i32::MAX);
    }

    #[test]
    fn a_stage_has_a_name_of_one_line() {
        assert_eq!(draft(" \n ", ""), Err(InvalidStage::NameMissing));
        assert_eq!(draft(&"x".repeat(101), ""), Err(InvalidStage::Name));
        assert_eq!(draft("Lead", &"x".repeat(1001)), Err(InvalidStage::Description));
        assert_eq!(
            draft(" New\n lead ", "").map(|draft| draft.name),
            Ok("New lead".to_owned())
        );
    }
}
