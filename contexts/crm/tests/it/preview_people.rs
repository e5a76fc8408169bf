//! People to preview a message as.

use std::sync::Arc;

use contracts::{
    crm::preview::{Direction, PreviewPeople, PreviewStep},
    identity::Organizations,
};
use crm::Crm;
use kernel::{ContactId, OrgId, SegmentId};

use crate::segment_support::{Segmented, city};

fn people(here: &Segmented) -> Arc<dyn PreviewPeople> {
    let organizations: Arc<dyn Organizations> = here.app.organizations.clone();
    Crm::new(&here.app.deps, organizations).preview_people()
}

/// The nearest people in one direction.
async fn next(
    here: &Segmented,
    segment: Option<SegmentId>,
    from: Option<ContactId>,
    direction: Direction,
) -> Vec<ContactId> {
    let step = PreviewStep {
        segment,
        from,
        direction,
    };
    let found = people(here).people(here.app.org, step, 2).await.unwrap();
    found.into_iter().map(|person| person.id).collect()
}

#[tokio::test]
async fn people_are_gone_through_in_both_directions_the_newest_first() {
    let here = Segmented::start().await;
    let ann = here.contact("ann").city("Bonn").create().await;
    let bob = here.contact("bob").city("Rome").create().await;
    let cy = here.contact("cy").city("Bonn").create().await;
    let bonn = here.segment("In Bonn", city("Bonn")).await;
    here.app.run_until_idle().await;
    let (forward, backward) = (Direction::Forward, Direction::Backward);

    let mut all = [ann, bob, cy];
    all.sort_by_key(|id| std::cmp::Reverse(id.uuid()));
    assert_eq!(next(&here, None, None, forward).await, all[..2]);
    assert_eq!(next(&here, None, Some(all[0]), forward).await, all[1..]);
    assert_eq!(next(&here, None, Some(all[2]), backward).await, [all[1], all[0]]);
    assert_eq!(next(&here, None, Some(all[2]), forward).await, []);

    let mut members = [ann, cy];
    members.sort_by_key(|id| std::cmp::Reverse(id.uuid()));
    assert_eq!(next(&here, Some(bonn), None, forward).await, members);
    assert_eq!(
        next(&here, Some(bonn), Some(members[1]), backward).await,
        [members[0]]
    );
    // Somebody who is not in it stands between those who are.
    let behind_bob: Vec<_> = members
        .iter()
        .copied()
        .filter(|id| id.uuid() < bob.uuid())
        .collect();
    assert_eq!(next(&here, Some(bonn), Some(bob), forward).await, behind_bob);
}

#[tokio::test]
async fn the_people_of_another_organization_are_not_shown() {
    let here = Segmented::start().await;
    here.contact("ann").create().await;
    let step = PreviewStep {
        segment: None,
        from: None,
        direction: Direction::Forward,
    };
    let found = people(&here).people(OrgId::generate(), step, 10).await.unwrap();
    assert!(found.is_empty());
}
