//! The list of contacts, the form and the page of one, bulk actions.

use contracts::crm::{CONTACT_NEW, CONTACTS, lists::BULK_ACTIONS};
use kernel::Role;
use testkit::{Client, TestApp};

use crate::support::{ann, crm, id_of};

async fn create(person: &Client, fields: &[(&str, &str)]) -> String {
    person
        .post(CONTACT_NEW.url(), fields)
        .await
        .expect(303)
        .location()
}

#[tokio::test]
async fn a_newcomer_is_led_to_the_first_contacts() {
    let app = crm().await;
    let page = app.person().get(CONTACTS.url()).await.expect(200);
    assert_eq!(page.texts(".empty-title"), ["You have no contacts yet"]);
    assert!(page.texts("a.btn").iter().any(|text| text == "Import contacts"));
    let seen_by_viewer = app
        .person_as(app.org, Role::Viewer)
        .get(CONTACTS.url())
        .await
        .expect(200);
    assert!(
        seen_by_viewer.texts("a.btn").is_empty(),
        "whoever may not write is not offered to"
    );
}

#[tokio::test]
async fn a_contact_is_created_shown_changed_and_deleted() {
    let app = crm().await;
    let person = app.person();
    let url = create(&person, &ann()).await;

    let page = person.get(&url).await.expect(200);
    assert_eq!(page.texts("h1"), ["Ann Smith"]);
    let facts = page.texts(".facts dd");
    assert!(facts.iter().any(|text| text == "ann@example.com"), "{facts:?}");
    assert!(page.text().contains("Can be written to"));

    let edit = format!("{url}/edit");
    let form = person.get(&edit).await.expect(200);
    assert_eq!(form.attributes("input[name=first_name]", "value"), ["Ann"]);
    assert_eq!(form.attributes("input[name=tags]", "value"), ["trial, vip"]);
    person
        .post(&edit, &[("city", "Kiel"), ("tags", "vip, new")])
        .await
        .expect(303);
    let page = person.get(&url).await.expect(200);
    assert!(page.texts(".facts dd").iter().any(|text| text == "Kiel"));
    assert_eq!(page.attributes("input[name=tags]", "value"), ["new, vip"]);
    assert_eq!(page.texts("h1"), ["Ann Smith"], "fields that the form lacks stay");

    person.post(format!("{url}/deletion"), &[]).await.expect(303);
    person.get(&url).await.expect(404);
}

#[tokio::test]
async fn a_form_with_mistakes_comes_back_with_what_was_typed() {
    let app = crm().await;
    let person = app.person();
    let fields = [
        ("email", "nobody"),
        ("phone", "call me"),
        ("first_name", "<script>alert(1)</script>"),
    ];
    let page = person.post(CONTACT_NEW.url(), &fields).await.expect(422);
    assert_eq!(page.attributes("input[name=email]", "value"), ["nobody"]);
    assert_eq!(page.attributes("input[name=email]", "aria-invalid"), ["true"]);
    assert!(page.text().contains("This is not an e-mail address."));
    assert!(page.text().contains("This is not a phone number."));
    assert!(!page.text().contains("<script>alert"), "what was typed is text");

    let empty = person
        .post(CONTACT_NEW.url(), &[("city", "Bonn")])
        .await
        .expect(422);
    assert!(
        empty
            .text()
            .contains("Enter an address, a name or an external ID.")
    );
    assert_eq!(
        person.get(CONTACTS.url()).await.texts(".empty-title"),
        ["You have no contacts yet"]
    );
}

#[tokio::test]
async fn an_address_belongs_to_one_contact() {
    let app = crm().await;
    let person = app.person();
    let first = create(&person, &ann()).await;
    let page = person
        .post(CONTACT_NEW.url(), &[("email", "ANN@example.com")])
        .await
        .expect(422);
    assert!(page.text().contains("Another contact has this address."));
    assert!(
        page.attributes("a.link", "href").contains(&first),
        "the other one is a click away"
    );

    let other = create(&person, &[("email", "bob@example.com")]).await;
    person
        .post(format!("{other}/edit"), &[("email", "ann@example.com")])
        .await
        .expect(422);
    person
        .post(format!("{other}/edit"), &[("email", "robert@example.com")])
        .await
        .expect(303);
}

#[tokio::test]
async fn two_people_who_edit_at_once_notice() {
    let app = crm().await;
    let person = app.person();
    let url = create(&person, &ann()).await;
    let edit = format!("{url}/edit");
    let seen = person
        .get(&edit)
        .await
        .attributes("input[name=seen]", "value")
        .remove(0);

    app.clock.advance(jiff::SignedDuration::from_secs(1));
    person
        .post(&edit, &[("city", "Kiel"), ("seen", &seen)])
        .await
        .expect(303);
    let late = person
        .post(&edit, &[("city", "Bonn"), ("seen", &seen)])
        .await
        .expect(409);
    assert!(late.text().contains("Somebody else has changed this contact"));
    let seen = late.attributes("input[name=seen]", "value").remove(0);
    person
        .post(&edit, &[("city", "Bonn"), ("seen", &seen)])
        .await
        .expect(303);
    assert!(
        person
            .get(&url)
            .await
            .texts(".facts dd")
            .iter()
            .any(|text| text == "Bonn")
    );
}

#[tokio::test]
async fn another_organisations_contact_does_not_exist() {
    let app = crm().await;
    let url = create(&app.person(), &ann()).await;
    let stranger = app.person_as(app.organizations.add("Other Ltd"), Role::Owner);
    stranger.get(&url).await.expect(404);
    stranger.get(format!("{url}/edit")).await.expect(404);
    stranger
        .post(format!("{url}/edit"), &[("city", "Kiel")])
        .await
        .expect(404);
    stranger.post(format!("{url}/deletion"), &[]).await.expect(404);
    stranger
        .post(BULK_ACTIONS.url(), &[("id", &id_of(&url)), ("action", "delete")])
        .await
        .expect(303);
    app.run_until_idle().await;
    app.person().get(&url).await.expect(200);
    stranger.post(CONTACT_NEW.url(), &ann()).await.expect(303);
}

/// Thirty people of three cities, every third tagged.
async fn crowd(app: &TestApp) -> Client {
    let person = app.person();
    for n in 0..30 {
        app.clock.advance(jiff::SignedDuration::from_secs(1));
        let email = format!("person{n:02}@{}.example", ["acme", "globex", "initech"][n % 3]);
        let (first, last) = (
            ["Ann", "Bob", "Carla", "Dieter", "Eve"][n % 5],
            format!("Miller{n:02}"),
        );
        let tags = if n % 3 == 0 { "third" } else { "" };
        let company = format!("{} Corp", ["Acme", "Globex", "Initech"][n % 3]);
        create(
            &person,
            &[
                ("email", &email),
                ("first_name", first),
                ("last_name", &last),
                ("tags", tags),
                ("company", &company),
            ],
        )
        .await;
    }
    person
}

fn names(page: &testkit::TestResponse) -> Vec<String> {
    page.texts("tbody th a.link")
}

#[tokio::test]
async fn the_list_is_searched_filtered_and_sorted_by_its_address() {
    let app = crm().await;
    let person = crowd(&app).await;
    let list = |query: &'static str| {
        let person = person.clone();
        async move {
            names(
                &person
                    .get(format!("{}?{query}", CONTACTS.url()))
                    .await
                    .expect(200),
            )
        }
    };
    assert_eq!(
        list("").await[..2],
        ["Eve Miller29", "Dieter Miller28"],
        "the newest first"
    );
    assert_eq!(list("sort=created_at").await[0], "Ann Miller00");
    assert_eq!(list("sort=name").await[..2], ["Ann Miller00", "Ann Miller05"]);
    assert_eq!(list("sort=-email").await[0], "Eve Miller29");

    assert_eq!(list("q=miller07").await, ["Carla Miller07"]);
    assert_eq!(list("q=carla+miller07").await, ["Carla Miller07"]);
    assert_eq!(list("q=MILLER07+carla").await, ["Carla Miller07"]);
    assert_eq!(list("q=person07@globex").await, ["Carla Miller07"]);
    assert_eq!(list("q=@initech.example&sort=name").await.len(), 10);
    assert_eq!(
        list("q=globex+corp").await.len(),
        10,
        "companies have names of several words"
    );
    assert_eq!(
        list("q=globex+dieter&sort=name").await,
        ["Dieter Miller13", "Dieter Miller28"]
    );
    assert_eq!(list("q=nobody").await, Vec::<String>::new());
    assert_eq!(list("q=%25").await, Vec::<String>::new(), "no pattern is obeyed");

    assert_eq!(list("filter[tag]=third").await.len(), 10);
    assert_eq!(list("filter[tag]=third&sort=name").await[0], "Ann Miller00");
    assert_eq!(list("filter[tag]=none").await.len(), 0);
    assert_eq!(
        list("filter[company]=acme+corp&q=eve").await,
        ["Eve Miller24", "Eve Miller09"]
    );
    assert_eq!(
        list("field=company&value=Acme+Corp&filter[tag]=third&q=eve")
            .await
            .len(),
        2
    );
    person
        .get(format!("{}?sort=shoe", CONTACTS.url()))
        .await
        .expect(422);
    person
        .get(format!("{}?cursor=forged", CONTACTS.url()))
        .await
        .expect(422);
}

#[tokio::test]
async fn pages_lead_forth_and_back_through_every_order() {
    let app = crm().await;
    let person = app.person();
    let program = app.program();
    for half in 0..2 {
        let contacts: Vec<_> = (0..60)
            .map(|n| {
                let n = half * 60 + n;
                serde_json::json!({"email": format!("p{n:03}@b.example"), "external_id": n.to_string(), "first_name": format!("N{:03}", (n * 37) % 120)})
            })
            .collect();
        app.clock.advance(jiff::SignedDuration::from_secs(1));
        let body = serde_json::json!({ "contacts": contacts });
        program
            .json(http::Method::POST, "/api/v1/contacts/batch", &body)
            .await
            .expect(200);
    }
    // Some without an address, who come last by address.
    for n in 0..5 {
        create(&person, &[("first_name", &format!("Z{n}"))]).await;
    }
    for sort in [
        "-created_at",
        "created_at",
        "name",
        "-name",
        "email",
        "-email",
        "updated_at",
        "-updated_at",
    ] {
        let first = format!("{}?sort={sort}", CONTACTS.url());
        let mut pages = vec![person.get(&first).await.expect(200)];
        while let Some(next) = pages[pages.len() - 1]
            .attributes("nav.pager a[rel=next]", "href")
            .pop()
        {
            pages.push(person.get(&next).await.expect(200));
        }
        let all: Vec<String> = pages.iter().flat_map(names).collect();
        assert_eq!(pages.len(), 3, "{sort}");
        assert_eq!(all.len(), 125, "{sort}");
        let distinct: std::collections::BTreeSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), 125, "{sort}: nobody is shown twice");
        if sort.ends_with("email") {
            assert!(all[120..].iter().all(|name| name.starts_with('Z')), "{sort}");
        }
        let back = pages[2]
            .attributes("nav.pager a[rel=prev]", "href")
            .pop()
            .expect("a way back");
        assert_eq!(
            names(&person.get(&back).await.expect(200)),
            names(&pages[1]),
            "{sort}"
        );
    }
}

#[tokio::test]
async fn htmx_gets_only_the_list() {
    let app = crm().await;
    let person = crowd(&app).await;
    let part = person
        .htmx()
        .get(format!("{}?q=eve", CONTACTS.url()))
        .await
        .expect(200);
    assert!(part.text().starts_with("<div id=\"contacts-list\">"));
    assert_eq!(names(&part).len(), 6);
}

#[tokio::test]
async fn selected_contacts_are_tagged_and_deleted_together() {
    let app = crm().await;
    let person = crowd(&app).await;
    let ids = person
        .get(CONTACTS.url())
        .await
        .attributes("input[name=id]", "value");
    let fields = [
        ("id", ids[0].as_str()),
        ("id", ids[1].as_str()),
        ("id", "con_nonsense"),
        ("action", "tag"),
        ("add", "a, b"),
    ];
    person.post(BULK_ACTIONS.url(), &fields).await.expect(303);
    app.run_until_idle().await;
    let tagged = |tag: &'static str| {
        let person = person.clone();
        async move { names(&person.get(format!("{}?filter[tag]={tag}", CONTACTS.url())).await) }
    };
    assert_eq!(tagged("a").await, ["Eve Miller29", "Dieter Miller28"]);
    person
        .post(
            BULK_ACTIONS.url(),
            &[("id", &ids[0]), ("action", "tag"), ("remove", "a")],
        )
        .await
        .expect(303);
    app.run_until_idle().await;
    assert_eq!(tagged("a").await, ["Dieter Miller28"]);
    assert_eq!(tagged("b").await.len(), 2);

    person
        .post(
            BULK_ACTIONS.url(),
            &[("id", &ids[0]), ("id", &ids[1]), ("action", "delete")],
        )
        .await
        .expect(303);
    app.run_until_idle().await;
    assert!(tagged("b").await.is_empty());
    assert_eq!(names(&person.get(CONTACTS.url()).await).len(), 28);
}

#[tokio::test]
async fn viewers_change_nothing() {
    let app = crm().await;
    let url = create(&app.person(), &ann()).await;
    let viewer = app.person_as(app.org, Role::Viewer);
    viewer.get(&url).await.expect(200);
    for path in [
        format!("{url}/edit"),
        format!("{url}/deletion"),
        format!("{url}/tags"),
        CONTACT_NEW.url(),
    ] {
        viewer.post(&path, &ann()).await.expect(403);
    }
    viewer
        .post(BULK_ACTIONS.url(), &[("id", &id_of(&url))])
        .await
        .expect(403);
}
