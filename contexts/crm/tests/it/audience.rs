//! Audiences: who a campaign is for.

use contracts::crm::consent::Channel;
use contracts::{
    PortError,
    crm::{AudienceCounts, AudienceSpec},
};
use kernel::{AudienceId, ContactId, SegmentId};
use serde_json::json;

use crate::segment_support::{Segmented, city, tagged};

async fn everybody_of(here: &Segmented, audience: AudienceId, limit: i64) -> Vec<ContactId> {
    let (mut people, mut after) = (Vec::new(), None);
    loop {
        let page = here
            .audience
            .page(here.app.org, audience, after, limit)
            .await
            .unwrap();
        people.extend(page.people.iter().map(|person| person.id));
        match page.next {
            Some(next) => after = Some(next),
            None => return people,
        }
    }
}

fn spec(include: &[SegmentId], exclude: &[SegmentId]) -> AudienceSpec {
    AudienceSpec {
        include: include.to_vec(),
        exclude: exclude.to_vec(),
        topic: None,
    }
}

#[tokio::test]
async fn a_contact_in_two_segments_stands_once_in_the_audience() {
    let here = Segmented::start().await;
    let ann = here.contact("ann").city("Bonn").tags(&["vip"]).create().await;
    let bob = here.contact("bob").city("Bonn").create().await;
    let bonn = here.segment("In Bonn", city("Bonn")).await;
    let vips = here.segment("Important", tagged("vip")).await;
    let (org, id) = (here.app.org, AudienceId::generate());
    let spec = spec(&[bonn, vips, bonn], &[]);
    let counts = AudienceCounts {
        matching: 2,
        reachable: 2,
        will_receive: 2,
    };
    assert_eq!(
        here.audience.count(org, &spec, Channel::Email).await.unwrap(),
        counts
    );
    assert_eq!(
        here.audience
            .freeze(org, id, &spec, Channel::Email)
            .await
            .unwrap(),
        counts
    );
    assert_eq!(everybody_of(&here, id, 5000).await, [ann, bob]);
}

#[tokio::test]
async fn the_three_numbers_count_people_addresses_and_permission() {
    let here = Segmented::start().await;
    here.contact("ann").city("Bonn").create().await;
    here.contact("bob").city("Bonn").create().await;
    here.contact("cleo").city("Bonn").without_email().create().await;
    here.contact("dan")
        .city("Bonn")
        .tags(&["competitor"])
        .create()
        .await;
    here.suppress("bob@example.com", "unsubscribed").await;
    let bonn = here.segment("In Bonn", city("Bonn")).await;
    let out = here.segment("Competitors", tagged("competitor")).await;
    let counts = here
        .audience
        .count(here.app.org, &spec(&[bonn], &[out]), Channel::Email)
        .await
        .unwrap();
    assert_eq!(
        counts,
        AudienceCounts {
            matching: 3,
            reachable: 2,
            will_receive: 1
        }
    );
}

#[tokio::test]
async fn freezing_again_changes_nothing() {
    let here = Segmented::start().await;
    let ann = here.contact("ann").city("Bonn").create().await;
    let bonn = here.segment("In Bonn", city("Bonn")).await;
    let (org, id, spec) = (here.app.org, AudienceId::generate(), spec(&[bonn], &[]));
    let first = here
        .audience
        .freeze(org, id, &spec, Channel::Email)
        .await
        .unwrap();
    here.contact("bob").city("Bonn").create().await;
    here.app.run_until_idle().await;
    let (again, at_once) = tokio::join!(
        here.audience.freeze(org, id, &spec, Channel::Email),
        here.audience.freeze(org, id, &spec, Channel::Email)
    );
    assert_eq!((again.unwrap(), at_once.unwrap()), (first, first));
    assert_eq!(everybody_of(&here, id, 10).await, [ann]);
}

#[tokio::test]
async fn two_who_freeze_at_the_same_time_write_one_audience() {
    let here = Segmented::start().await;
    for name in ["ann", "bob", "cleo"] {
        here.contact(name).city("Bonn").create().await;
    }
    let bonn = here.segment("In Bonn", city("Bonn")).await;
    let (org, id, spec) = (here.app.org, AudienceId::generate(), spec(&[bonn], &[]));
    let freeze = || here.audience.freeze(org, id, &spec, Channel::Email);
    let (a, b, c) = tokio::join!(freeze(), freeze(), freeze());
    let counts = AudienceCounts {
        matching: 3,
        reachable: 3,
        will_receive: 3,
    };
    assert_eq!((a.unwrap(), b.unwrap(), c.unwrap()), (counts, counts, counts));
    assert_eq!(everybody_of(&here, id, 10).await.len(), 3);
}

#[tokio::test]
async fn who_enters_or_leaves_just_before_the_launch_counts() {
    let here = Segmented::start().await;
    let ann = here.contact("ann").city("Bonn").create().await;
    let bob = here.contact("bob").city("Berlin").create().await;
    let bonn = here.segment("In Bonn", city("Bonn")).await;
    here.app.run_until_idle().await;
    // Nothing in the background has noticed it yet.
    here.set_city(ann, "Berlin").await;
    here.set_city(bob, "Bonn").await;
    let id = AudienceId::generate();
    here.audience
        .freeze(here.app.org, id, &spec(&[bonn], &[]), Channel::Email)
        .await
        .unwrap();
    assert_eq!(everybody_of(&here, id, 10).await, [bob]);
}

#[tokio::test]
async fn pages_come_in_order_and_leave_out_who_was_deleted() {
    let here = Segmented::start().await;
    let mut people = Vec::new();
    for n in 0..25 {
        people.push(
            here.contact(&format!("p{n}"))
                .attributes(json!({"n": n}))
                .create()
                .await,
        );
    }
    people.sort();
    let all = here.segment("All", json!({"all": []})).await;
    let (org, id) = (here.app.org, AudienceId::generate());
    here.audience
        .freeze(org, id, &spec(&[all], &[]), Channel::Email)
        .await
        .unwrap();
    // A whole page of them, and one more.
    for gone in &people[5..11] {
        here.delete_contact(*gone).await;
    }
    let expected: Vec<ContactId> = people[..5].iter().chain(&people[11..]).copied().collect();
    assert_eq!(everybody_of(&here, id, 5).await, expected);
    let page = here.audience.page(org, id, None, 1).await.unwrap();
    assert!(page.people[0].attributes.contains_key("n") && page.people[0].email.is_some());
    here.audience.release(org, id).await.unwrap();
    assert_eq!(everybody_of(&here, id, 5).await, []);
}

#[tokio::test]
async fn a_segment_that_is_gone_is_not_passed_over() {
    let here = Segmented::start().await;
    here.contact("ann").create().await;
    let all = here.segment("All", json!({"all": []})).await;
    let spec = spec(&[all], &[SegmentId::generate()]);
    assert!(matches!(
        here.audience.count(here.app.org, &spec, Channel::Email).await,
        Err(PortError::NotFound)
    ));
    let frozen = here
        .audience
        .freeze(here.app.org, AudienceId::generate(), &spec, Channel::Email)
        .await;
    assert!(matches!(frozen, Err(PortError::NotFound)));
}

#[tokio::test]
async fn audiences_of_others_are_empty() {
    let here = Segmented::start().await;
    here.contact("ann").create().await;
    let all = here.segment("All", json!({"all": []})).await;
    let id = AudienceId::generate();
    here.audience
        .freeze(here.app.org, id, &spec(&[all], &[]), Channel::Email)
        .await
        .unwrap();
    let other = here.app.organizations.add("Other Ltd");
    assert!(
        here.audience
            .page(other, id, None, 10)
            .await
            .unwrap()
            .people
            .is_empty()
    );
    assert!(matches!(
        here.audience
            .count(other, &spec(&[all], &[]), Channel::Email)
            .await,
        Err(PortError::NotFound)
    ));
    let names: Vec<_> = here.segments.segments(here.app.org).await.unwrap();
    assert_eq!(
        (names.len(), names[0].name.as_str(), names[0].members),
        (1, "All", 1)
    );
    assert!(here.segments.segments(other).await.unwrap().is_empty());
}
