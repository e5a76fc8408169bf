use serde_json::json;

use super::*;
use crate::domain::{change::Cause, contact::TextField, tag::Tag};

fn now() -> Timestamp {
    "2026-03-01T00:00:00Z".parse().expect("a timestamp")
}

fn rules(identity: Identity, existing: Existing) -> Rules {
    Rules {
        identity,
        existing,
        source: Source::Import,
        import: Some(ImportId::generate()),
        by: By::system(Cause::Api),
        now: now(),
    }
}

fn by_email() -> Rules {
    rules(Identity::Email, Existing::Overwrite)
}

fn mail(text: &str) -> EmailAddress {
    EmailAddress::parse(&format!("{text}@b.example")).expect("valid")
}

fn row(email: &str, external_id: &str, city: &str) -> Row {
    let set = |text: &str| {
        if text.is_empty() {
            Change::Keep
        } else {
            Change::Set(text.to_owned())
        }
    };
    Row {
        row: 1,
        line: 1,
        patch: ContactPatch {
            email: if email.is_empty() {
                Change::Keep
            } else {
                Change::Set(mail(email))
            },
            external_id: set(external_id),
            texts: vec![(TextField::City, set(city))],
            ..ContactPatch::default()
        },
        ..Row::default()
    }
}

fn stored(email: &str, external_id: &str, city: &str) -> Contact {
    let mut contact = Contact::new(
        ContactId::generate(),
        Source::Manual,
        "2026-01-01T00:00:00Z".parse().expect("a timestamp"),
    );
    let created_at = contact.created_at;
    contact.apply(row(email, external_id, city).patch, created_at);
    contact
}

fn counts(plan: &Plan) -> (i64, i64, i64, i64) {
    (
        plan.counts.created,
        plan.counts.updated,
        plan.counts.unchanged,
        plan.counts.rejected,
    )
}

#[test]
fn rows_create_update_and_leave() {
    let known = vec![stored("ann", "", "Bonn"), stored("bob", "", "Bonn")];
    let plan = plan(
        &[
            row("new", "", "Kiel"),
            row("ann", "", "Kiel"),
            row("bob", "", "Bonn"),
        ],
        known,
        by_email(),
    );
    assert_eq!(counts(&plan), (1, 1, 1, 0));
    assert_eq!(plan.created[0].source, Source::Import);
    assert_eq!(plan.updated[0].after.texts.get(TextField::City), "Kiel");
    assert_eq!(plan.updated[0].before.texts.get(TextField::City), "Bonn");
    assert!(plan.updated[0].changed.contains("city"));
}

#[test]
fn repeated_rows_are_applied_in_order_and_written_once() {
    let rows = [
        row("new", "", "Kiel"),
        row("new", "", "Kiel"),
        row("new", "", ""),
        row("new", "", "Bonn"),
    ];
    let plan = plan(&rows, vec![], by_email());
    assert_eq!(counts(&plan), (1, 1, 2, 0));
    assert_eq!(plan.created.len(), 1);
    assert_eq!(
        plan.created[0].texts.get(TextField::City),
        "Bonn",
        "the last one that says something counts"
    );
    assert!(plan.updated.is_empty());
}

#[test]
fn where_chunks_begin_does_not_matter() {
    let rows = [
        row("a", "", "1"),
        row("b", "", ""),
        row("a", "", "2"),
        row("a", "", "2"),
        row("b", "x", "3"),
    ];
    let whole = plan(&rows, vec![], by_email());
    for cut in 0..rows.len() {
        let mut first = plan(&rows[..cut], vec![], by_email());
        let stored = std::mem::take(&mut first.created);
        let second = plan(&rows[cut..], stored, by_email());
        let mut sum = first.counts;
        sum.add(second.counts);
        assert_eq!(sum, whole.counts, "cut at {cut}");
    }
}

#[test]
fn another_contacts_identifier_is_refused() {
    let known = || vec![stored("ann", "1", ""), stored("bob", "2", "")];
    let taken = plan(&[row("ann", "2", ""), row("new", "2", "")], known(), by_email());
    assert_eq!(taken.outcomes, [RowOutcome::Refused(Reason::ExternalIdTaken); 2]);
    let taken = plan(
        &[row("bob", "1", "")],
        known(),
        rules(Identity::ExternalId, Existing::Overwrite),
    );
    assert_eq!(taken.outcomes, [RowOutcome::Refused(Reason::EmailTaken)]);
    let twice = plan(&[row("a", "9", ""), row("b", "9", "")], vec![], by_email());
    assert_eq!(counts(&twice), (1, 0, 0, 1), "within a file as well");
}

#[test]
fn the_other_identifier_leads_to_a_contact_that_lacks_the_deciding_one() {
    let by_id = rules(Identity::ExternalId, Existing::Overwrite);
    let joined = plan(&[row("ann", "1", "")], vec![stored("ann", "", "")], by_id.clone());
    assert_eq!(counts(&joined), (0, 1, 0, 0));
    assert_eq!(joined.updated[0].after.external_id.as_deref(), Some("1"));
    let moved = plan(
        &[row("ann2", "1", "")],
        vec![stored("ann", "1", "")],
        by_id.clone(),
    );
    assert_eq!(
        moved.updated[0].after.email,
        Some(mail("ann2")),
        "the address may change under an identifier"
    );
}

#[test]
fn a_moved_address_is_free_for_the_next_row() {
    let by_id = rules(Identity::ExternalId, Existing::Overwrite);
    let plan = plan(
        &[row("b", "1", ""), row("a", "2", "")],
        vec![stored("a", "1", "")],
        by_id.clone(),
    );
    assert_eq!(counts(&plan), (1, 1, 0, 0));
}

#[test]
fn existing_contacts_may_be_filled_in_or_left() {
    let rows = || {
        let mut row = row("ann", "1", "Kiel");
        row.patch
            .texts
            .push((TextField::Country, Change::Set("DE".to_owned())));
        row.patch.attributes.push(("plan".to_owned(), Some(json!("pro"))));
        row.patch.add_tags.push(Tag::parse("vip").expect("valid"));
        [row]
    };
    let filled = plan(
        &rows(),
        vec![stored("ann", "", "Bonn")],
        rules(Identity::Email, Existing::FillEmpty),
    );
    let changed: Vec<_> = filled.updated[0].changed.iter().map(String::as_str).collect();
    assert_eq!(changed, ["attributes.plan", "country", "external_id", "tags"]);
    let left = plan(
        &rows(),
        vec![stored("ann", "", "Bonn")],
        rules(Identity::Email, Existing::Leave),
    );
    assert_eq!(counts(&left), (0, 0, 1, 0));
    assert!(left.updated.is_empty());
}

#[test]
fn a_wish_not_to_be_written_to_is_always_heard() {
    let mut row = row("ann", "", "");
    row.do_not_email = true;
    let plan = plan(
        &[row],
        vec![stored("ann", "", "")],
        rules(Identity::Email, Existing::Leave),
    );
    assert_eq!(plan.opted_out, BTreeSet::from([mail("ann")]));
}

#[test]
fn a_contact_of_old_sorts_among_the_old() {
    let mut old = row("ann", "", "");
    old.created_at = Some("2019-01-01T00:00:00Z".parse().expect("a timestamp"));
    let mut future = row("bob", "", "");
    future.created_at = Some("2999-01-01T00:00:00Z".parse().expect("a timestamp"));
    let plan = plan(&[old, future], vec![], by_email());
    assert_eq!(
        plan.created[0].created_at,
        "2019-01-01T00:00:00Z".parse().expect("a timestamp")
    );
    assert_eq!(plan.created[1].created_at, now(), "nobody comes from the future");
    assert!(plan.created[0].id < plan.created[1].id);
}
