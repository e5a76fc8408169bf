//! The pages of segments, as a browser without a script uses them, and what htmx asks for.

use contracts::crm::{
    CONTACT, SEGMENT, SEGMENT_DELETION, SEGMENT_EDIT, SEGMENT_NEW, SEGMENT_PREVIEW, SEGMENT_REBUILD, SEGMENTS,
};
use kernel::{Permission, Role, SegmentId};
use serde_json::json;
use testkit::TestResponse;

use crate::segment_support::{Segmented, city, in_segment};

type Fields<'a> = Vec<(&'a str, &'a str)>;

const HOSTILE: &str = "<script>alert('x')</script>\"'&";

/// The fields of the form that a browser would send, in their order.
fn form_of(page: &TestResponse) -> Vec<(String, String)> {
    use scraper::Selector;
    let html = page.html();
    let controls =
        Selector::parse("#segment-form input, #segment-form select, #segment-form textarea").unwrap();
    let option = Selector::parse("option[selected]").unwrap();
    let any_option = Selector::parse("option").unwrap();
    let mut fields = Vec::new();
    for control in html.select(&controls) {
        let element = control.value();
        let Some(name) = element.attr("name") else {
            continue;
        };
        let value = match element.name() {
            "select" => {
                let chosen = control
                    .select(&option)
                    .next()
                    .or_else(|| control.select(&any_option).next());
                chosen
                    .and_then(|o| o.value().attr("value"))
                    .unwrap_or_default()
                    .to_owned()
            }
            "textarea" => control.text().collect(),
            _ => {
                let switch = matches!(element.attr("type"), Some("radio" | "checkbox"));
                if switch && element.attr("checked").is_none() {
                    continue;
                }
                element.attr("value").unwrap_or_default().to_owned()
            }
        };
        fields.push((name.to_owned(), value));
    }
    fields
}

fn with<'a>(fields: &'a [(String, String)], changes: &[(&'a str, &'a str)]) -> Fields<'a> {
    let kept = fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let kept = kept.filter(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
    kept.chain(changes.iter().copied()).collect()
}

fn no_message_is_missing(page: &TestResponse) {
    assert!(!page.text().contains("[crm-"), "{}", page.text());
}

#[tokio::test]
async fn a_segment_is_made_without_a_script() {
    let here = Segmented::start().await;
    let ann = here.contact("ann").city("Bonn").tags(&["vip"]).create().await;
    here.contact("bob").city("Rome").tags(&["vip"]).create().await;
    here.contact("cleo").city("Bonn").create().await;
    let person = here.app.person();

    let page = person.get(SEGMENT_NEW.url()).await.expect(200);
    no_message_is_missing(&page);
    let fields = form_of(&page);
    // Another field, and the button that fits the form to it.
    let page = person
        .post(
            SEGMENTS.url(),
            &with(
                &fields,
                &[
                    ("name", "Important in Bonn"),
                    ("r.0:field", "tags"),
                    ("edit", "refresh"),
                ],
            ),
        )
        .await
        .expect(200);
    assert_eq!(
        page.attributes("[name='r.0:operator'] option", "value")[0],
        "has_any_of"
    );
    assert_eq!(page.attributes("#f-name", "value"), ["Important in Bonn"]);
    let fields = form_of(&page);
    let page = person
        .post(
            SEGMENTS.url(),
            &with(&fields, &[("r.0:value", "vip"), ("edit", "add-group r")]),
        )
        .await
        .expect(200);
    let fields = form_of(&page);
    let group = [
        ("r.1.0:field", "city"),
        ("r.1.0:operator", "is"),
        ("r.1.0:value", "bonn"),
        ("edit", "add-condition r.1"),
    ];
    let page = person
        .post(SEGMENTS.url(), &with(&fields, &group))
        .await
        .expect(200);
    assert_eq!(page.texts(".rule").len(), 3);
    let fields = form_of(&page);
    let page = person
        .post(SEGMENTS.url(), &with(&fields, &[("edit", "remove r.1.1")]))
        .await
        .expect(200);
    assert_eq!(page.texts("#segment-preview .stat-value")[0], "1");
    assert!(
        person.get(SEGMENTS.url()).await.texts("tbody tr").is_empty(),
        "nothing is saved yet"
    );

    let fields = form_of(&page);
    let made = person
        .post(SEGMENTS.url(), &with(&fields, &[]))
        .await
        .expect(303)
        .location();
    let page = person.get(&made).await.expect(200);
    no_message_is_missing(&page);
    assert_eq!(page.texts("h1"), ["Important in Bonn"]);
    assert!(
        page.text()
            .contains("tags include any of “vip” and city is “bonn”"),
        "{}",
        page.text()
    );
    assert_eq!(
        page.attributes("#segment-members tbody a", "href"),
        [CONTACT.url(&ann)]
    );
}

#[tokio::test]
async fn a_segment_is_edited_where_it_stands() {
    let here = Segmented::start().await;
    here.contact("ann").city("Bonn").create().await;
    here.contact("bob").city("Rome").create().await;
    let id = here
        .segment(
            "Travellers",
            json!({"any": [city("Bonn"), {"none": [city("Rome")]}]}),
        )
        .await;
    let person = here.app.person();
    let page = person.get(SEGMENT_EDIT.url(&id)).await.expect(200);
    no_message_is_missing(&page);
    let fields = form_of(&page);
    assert!(fields.contains(&("r.1.0:value".to_owned(), "Rome".to_owned())));
    let to = person
        .post(
            SEGMENT.url(&id),
            &with(&fields, &[("r.0:value", "Rome"), ("r:match", "all")]),
        )
        .await;
    assert_eq!(to.expect(303).location(), SEGMENT.url(&id));
    assert_eq!(here.members(id).await, Vec::<String>::new());
    let page = person.get(SEGMENT.url(&id)).await;
    assert!(
        page.texts(".timeline").concat().contains("ann left"),
        "{:?}",
        page.texts(".timeline")
    );
}

#[tokio::test]
async fn what_is_wrong_stands_at_its_field_and_nothing_is_lost() {
    let here = Segmented::start().await;
    let person = here.app.person();
    let fields = [
        ("name", " "),
        ("description", HOSTILE),
        ("r:match", "any"),
        ("r.0:field", "city"),
        ("r.0:operator", "is"),
        ("r.0:value", ""),
        ("r.1:match", "all"),
    ];
    let page = person.post(SEGMENTS.url(), &fields).await.expect(422);
    no_message_is_missing(&page);
    assert_eq!(page.attributes("#f-r-0-value", "aria-invalid"), ["true"]);
    assert!(page.texts(".field-error").contains(&"Enter a text.".to_owned()));
    assert!(
        page.texts(".field-error")
            .contains(&"Give the segment a name.".to_owned())
    );
    assert_eq!(page.texts("#f-description"), [HOSTILE]);
    assert!(!page.text().contains("<script>alert"));
    assert!(person.get(SEGMENTS.url()).await.texts("tbody tr").is_empty());
}

#[tokio::test]
async fn an_edit_over_somebody_elses_is_told_before_it_replaces_it() {
    let here = Segmented::start().await;
    let id = here.segment("Leads", city("Bonn")).await;
    let (ann, bob) = (here.app.person(), here.app.person());
    let fields = form_of(&ann.get(SEGMENT_EDIT.url(&id)).await);
    bob.post(SEGMENT.url(&id), &with(&fields, &[("name", "Bob's")]))
        .await
        .expect(303);
    let page = ann
        .post(SEGMENT.url(&id), &with(&fields, &[("name", "Ann's")]))
        .await
        .expect(409);
    assert_eq!(page.attributes("#f-name", "value"), ["Ann's"]);
    assert_eq!(page.texts(".alert li").len(), 1);
    let again = form_of(&page);
    ann.post(SEGMENT.url(&id), &with(&again, &[])).await.expect(303);
    assert_eq!(ann.get(SEGMENT.url(&id)).await.texts("h1"), ["Ann's"]);
}

#[tokio::test]
async fn the_count_follows_the_typing() {
    let here = Segmented::start().await;
    here.contact("ann").city("Bonn").create().await;
    here.contact("bob").city("Berlin").create().await;
    let browser = here.app.person().htmx();
    let fields = [
        ("r:match", "all"),
        ("r.0:field", "city"),
        ("r.0:operator", "starts_with"),
        ("r.0:value", "b"),
    ];
    let part = browser
        .clone()
        .with("hx-target", "segment-preview")
        .post(SEGMENT_PREVIEW.url(), &fields)
        .await;
    let part = part.expect(200);
    assert_eq!(part.texts(".stat-value"), ["2", "less than a second"]);
    assert_eq!(part.texts("tbody tr").len(), 2);
    assert!(part.text().contains("city starts with “b”"));
    assert!(
        !part.text().contains("segment-rule\""),
        "what is typed into is left alone"
    );

    let chosen = [
        ("name", "New"),
        ("r:match", "all"),
        ("r.0:field", "created_at"),
        ("r.0:operator", "starts_with"),
        ("r.0:value", "b"),
    ];
    let browser = browser.with("hx-target", "segment-rule");
    let alone = browser
        .post(SEGMENT_PREVIEW.url(), &chosen[1..])
        .await
        .expect(200);
    assert!(
        alone.attributes("#segment-preview", "id").is_empty(),
        "where there is no pane, as above a list, none is sent"
    );
    let part = browser.post(SEGMENT_PREVIEW.url(), &chosen).await.expect(200);
    assert_eq!(
        part.attributes("[name='r.0:operator'] option[selected]", "value"),
        ["in_the_last"]
    );
    assert_eq!(part.attributes("#segment-preview", "hx-swap-oob"), ["outerHTML"]);
    assert!(part.text().contains("Complete the conditions"));
}

#[tokio::test]
async fn every_kind_of_field_has_its_controls_and_keeps_its_values() {
    let here = Segmented::start().await;
    let pool = here.app.deps.db.work_pool().clone();
    let fields = [
        ("note", "text", &[][..]),
        ("plan", "select", &["free", "pro"][..]),
        ("score", "number", &[]),
        ("vip", "boolean", &[]),
        ("birthday", "date", &[]),
        ("renewal", "datetime", &[]),
        ("topics", "multiselect", &["news", "offers"][..]),
    ];
    for (key, kind, options) in fields {
        sqlx::query(
            "INSERT INTO crm.fields (org_id, id, key, label, type, options, created_at, updated_at) \
             VALUES ($1, gen_random_uuid(), $2, initcap($2), $3, $4, now(), now())",
        )
        .bind(here.app.org.uuid())
        .bind(key)
        .bind(kind)
        .bind(
            options
                .iter()
                .map(|option| (*option).to_owned())
                .collect::<Vec<_>>(),
        )
        .execute(&pool)
        .await
        .unwrap();
    }
    let other = here.segment("Other", json!({"all": []})).await;
    let span = json!({"amount": 3, "unit": "months"});
    let rule = json!({"all": [
        {"field": "attributes.note", "operator": "is_any_of", "value": ["a,b", "c"]},
        {"field": "attributes.plan", "operator": "is_not", "value": "pro"},
        {"field": "attributes.plan", "operator": "is_any_of", "value": ["free", "pro"]},
        {"field": "attributes.score", "operator": "between", "value": [1.5, 7]},
        {"field": "attributes.vip", "operator": "is", "value": false},
        {"field": "attributes.birthday", "operator": "between", "value": ["1990-01-01", "1999-12-31"]},
        {"field": "attributes.renewal", "operator": "before", "value": "2030-01-02T03:04:05Z"},
        {"field": "attributes.topics", "operator": "has_all_of", "value": ["news"]},
        {"field": "created_at", "operator": "more_than_ago", "value": span},
        {"field": "tags", "operator": "has_none_of", "value": ["Berlin, Germany", "x"]},
        {"field": "segment", "operator": "is_not_in", "value": other},
        {"field": "subscription", "operator": "is", "value": "bounced"},
        {"field": "email", "operator": "is_empty"},
        {"field": "mail.clicked", "operator": "at_most", "value": 4, "within": span, "url_contains": "/x",
         "campaign": kernel::CampaignId::generate()},
        {"field": "mail.sent", "operator": "never"},
    ]});
    let id = here.segment("Everything", rule.clone()).await;
    let person = here.app.person();
    let page = person.get(SEGMENT_EDIT.url(&id)).await.expect(200);
    no_message_is_missing(&page);
    let fields = form_of(&page);
    person
        .post(SEGMENT.url(&id), &with(&fields, &[]))
        .await
        .expect(303);
    let shown = here
        .app
        .program()
        .get(contracts::crm::API_SEGMENT.url(&id))
        .await
        .json();
    assert_eq!(
        shown["rule"], rule,
        "saved as it was opened, it stays what it was"
    );
    no_message_is_missing(&person.get(SEGMENT.url(&id)).await);
}

#[tokio::test]
async fn the_list_finds_segments_and_leads_to_them() {
    let here = Segmented::start().await;
    let person = here.app.person();
    let empty = person.get(SEGMENTS.url()).await.expect(200);
    no_message_is_missing(&empty);
    assert_eq!(empty.attributes(".empty a", "href"), [SEGMENT_NEW.url()]);
    let leads = here.segment("Leads", json!({"all": []})).await;
    here.segment("Customers", json!({"all": []})).await;
    let page = person.get(SEGMENTS.url()).await.expect(200);
    assert_eq!(page.texts("tbody tr a"), ["Customers", "Leads"]);
    let found = person
        .htmx()
        .get(SEGMENTS.with(&[("search", "LEA")]))
        .await
        .expect(200);
    assert_eq!(
        found.attributes("#segments-list tbody a", "href"),
        [SEGMENT.url(&leads)]
    );
    assert!(found.texts("h1").is_empty(), "only the list");
}

#[tokio::test]
async fn a_segment_in_use_is_not_deleted_and_says_by_whom() {
    let here = Segmented::start().await;
    let used = here.segment("Used", json!({"all": []})).await;
    let user = here.segment("User", in_segment(used)).await;
    let person = here.app.person();
    let answer = person.post(SEGMENT_DELETION.url(&used), &[]).await.expect(303);
    assert_eq!(answer.location(), SEGMENT.url(&used));
    let cookie = answer
        .header("set-cookie")
        .unwrap()
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    let page = person
        .clone()
        .also_cookie(&cookie)
        .get(SEGMENT.url(&used))
        .await
        .expect(200);
    assert!(
        page.texts(".toast").concat().contains("User"),
        "{:?}",
        page.texts(".toast")
    );
    person.post(SEGMENT_DELETION.url(&user), &[]).await.expect(303);
    assert_eq!(
        person
            .post(SEGMENT_DELETION.url(&used), &[])
            .await
            .expect(303)
            .location(),
        SEGMENTS.url()
    );
    person.get(SEGMENT.url(&used)).await.expect(404);
}

#[tokio::test]
async fn viewers_look_and_change_nothing() {
    let here = Segmented::start().await;
    let id = here.segment("Leads", json!({"all": []})).await;
    let viewer = here.app.person_as(here.app.org, Role::Viewer);
    let page = viewer.get(SEGMENT.url(&id)).await.expect(200);
    assert!(
        page.attributes("form[action]", "action")
            .iter()
            .all(|to| !to.contains("segments"))
    );
    viewer.get(SEGMENT_NEW.url()).await.expect(403);
    viewer.get(SEGMENT_EDIT.url(&id)).await.expect(403);
    viewer.post(SEGMENTS.url(), &[("name", "x")]).await.expect(403);
    viewer.post(SEGMENT.url(&id), &[("name", "x")]).await.expect(403);
    viewer.post(SEGMENT_REBUILD.url(&id), &[]).await.expect(403);
    viewer.post(SEGMENT_DELETION.url(&id), &[]).await.expect(403);
    let reader = here.app.program_with(here.app.org, &[Permission::SegmentsRead]);
    reader.get(contracts::crm::API_SEGMENT.url(&id)).await.expect(200);
    reader
        .json(
            http::Method::POST,
            contracts::crm::API_SEGMENTS.url(),
            &json!({"name": "x", "rule": {"all": []}}),
        )
        .await
        .expect(403);
}

#[tokio::test]
async fn hostile_input_is_text_or_refused() {
    let here = Segmented::start().await;
    let person = here.app.person();
    let rule = json!({"field": "city", "operator": "is", "value": HOSTILE});
    let id = here.segment(HOSTILE, rule).await;
    for url in [SEGMENTS.url(), SEGMENT.url(&id), SEGMENT_EDIT.url(&id)] {
        let page = person.get(url).await.expect(200);
        assert!(!page.text().contains("<script>alert"), "{}", page.text());
    }
    let deep = format!("r{}:match", ".0".repeat(200));
    for fields in [
        vec![],
        vec![("edit", "remove r.0.0.0.0")],
        vec![("r:match", "all"), (deep.as_str(), "all")],
        vec![
            ("name", "x"),
            ("r:match", "all"),
            ("r.0:field", "'; DROP TABLE crm.contacts"),
            ("r.0:operator", "is"),
        ],
    ] {
        let answer = person.post(SEGMENTS.url(), &fields).await;
        assert!(
            [200, 422].contains(&answer.status.as_u16()),
            "{fields:?}: {}",
            answer.status
        );
        person.post(SEGMENT_PREVIEW.url(), &fields).await.expect(200);
    }
    person.get(SEGMENT.url(&SegmentId::generate())).await.expect(404);
    person
        .get(SEGMENTS.with(&[("cursor", "nonsense")]))
        .await
        .expect(422);
}
