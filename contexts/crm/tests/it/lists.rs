//! The list of contacts: conditions, columns, views, tags in a row.

use contracts::crm::{
    API_CONTACTS, CONTACT_NEW, CONTACTS,
    lists::{CONTACT_TAGS_CELL, CONTACT_VIEWS, CONTACTS_DENSITY, CONTACTS_FILTER},
};
use kernel::{ContactId, Role};
use testkit::{Client, TestApp, TestResponse};

use crate::support::{crm, id_of};

async fn contact(person: &Client, email: &str, city: &str, tags: &str) -> ContactId {
    let fields = [("email", email), ("city", city), ("tags", tags)];
    let url = person
        .post(CONTACT_NEW.url(), &fields)
        .await
        .expect(303)
        .location();
    id_of(&url).parse().expect("an id")
}

async fn three() -> (TestApp, Client) {
    let app = crm().await;
    let person = app.person();
    contact(&person, "ann@example.com", "Bonn", "vip").await;
    contact(&person, "bob@example.com", "Kiel", "vip, trial").await;
    contact(&person, "cleo@example.org", "Bonn", "").await;
    (app, person)
}

fn people(page: &TestResponse) -> Vec<String> {
    let mut people = page.texts("tbody th a.link");
    people.sort();
    people
}

const IN_BONN_AT_EXAMPLE: &str = r#"{"all":[{"field":"city","operator":"is","value":"Bonn"},{"field":"email","operator":"ends_with","value":"example.com"}]}"#;

#[tokio::test]
async fn a_list_is_filtered_by_any_rule_and_each_condition_is_taken_off_alone() {
    let (_app, person) = three().await;
    let page = person
        .get(CONTACTS.with(&[("rule", IN_BONN_AT_EXAMPLE)]))
        .await
        .expect(200);
    assert_eq!(people(&page), ["ann@example.com"]);
    let chips = page.texts(".chip");
    assert_eq!(chips.len(), 2, "{chips:?}");
    assert!(
        chips[0].contains("Bonn") && chips[1].contains("example.com"),
        "{chips:?}"
    );

    let without_city = &page.attributes(".chip-remove", "href")[0];
    let page = person.get(without_city).await.expect(200);
    assert_eq!(people(&page), ["ann@example.com", "bob@example.com"]);
    assert_eq!(page.texts(".chip").len(), 1);
    let without_any = &page.attributes(".chip-remove", "href")[0];
    assert_eq!(without_any, &CONTACTS.url());
}

#[tokio::test]
async fn a_rule_works_beside_search_tag_and_order() {
    let (_app, person) = three().await;
    let rule = r#"{"any":[{"field":"city","operator":"is","value":"Bonn"},{"field":"tags","operator":"has_any_of","value":["trial"]}]}"#;
    let asked = [("rule", rule), ("filter[tag]", "vip"), ("sort", "email")];
    let page = person.get(CONTACTS.with(&asked)).await.expect(200);
    assert_eq!(
        page.texts("tbody th a.link"),
        ["ann@example.com", "bob@example.com"]
    );
    let page = person
        .get(CONTACTS.with(&[("rule", rule), ("q", "cleo")]))
        .await
        .expect(200);
    assert_eq!(people(&page), ["cleo@example.org"]);
}

#[tokio::test]
async fn a_rule_that_is_none_is_refused() {
    let (app, person) = three().await;
    for rule in [
        "{",
        r#"{"all":[{"field":"shoe","operator":"is","value":"1"}]}"#,
        "7",
    ] {
        person.get(CONTACTS.with(&[("rule", rule)])).await.expect(422);
        let answer = app.program().get(API_CONTACTS.with(&[("rule", rule)])).await;
        assert_eq!(answer.expect(422).json()["errors"][0]["pointer"], "#/rule");
    }
}

#[tokio::test]
async fn conditions_are_put_together_without_a_script() {
    let (_app, person) = three().await;
    let editor = person.get(CONTACTS_FILTER.url()).await.expect(200);
    assert_eq!(editor.texts("h1"), ["Who is shown"]);
    let fields = [
        ("q", "cle"),
        ("r:match", "all"),
        ("r.0:field", "city"),
        ("r.0:operator", "is"),
        ("r.0:value", "Bonn"),
    ];
    let more = [&fields[..], &[("edit", "add-condition r")]].concat();
    let page = person.get(CONTACTS_FILTER.with(&more)).await.expect(200);
    assert_eq!(page.attributes("select[name$=':field']", "name").len(), 2);
    assert_eq!(
        page.attributes("input[name='q']", "value"),
        ["cle"],
        "the rest of the list is kept"
    );

    let done = [&fields[..], &[("apply", "1")]].concat();
    let list = person
        .get(CONTACTS_FILTER.with(&done))
        .await
        .expect(303)
        .location();
    assert_eq!(people(&person.get(&list).await.expect(200)), ["cleo@example.org"]);

    let wrong = [
        ("r:match", "all"),
        ("r.0:field", "city"),
        ("r.0:operator", "is"),
        ("apply", "1"),
    ];
    let page = person.get(CONTACTS_FILTER.with(&wrong)).await.expect(422);
    assert!(!page.texts(".field-error").is_empty());
}

#[tokio::test]
async fn what_is_filtered_becomes_a_segment() {
    let (_app, person) = three().await;
    let page = person
        .get(CONTACTS.with(&[("rule", IN_BONN_AT_EXAMPLE), ("filter[tag]", "vip")]))
        .await
        .expect(200);
    let links = page.attributes("a.btn", "href");
    let save = links
        .iter()
        .find(|href| href.starts_with("/app/segments/new"))
        .expect("a link");
    let editor = person.get(save).await.expect(200);
    let fields = editor.attributes("select[name$=':field'] option[selected]", "value");
    assert_eq!(fields, ["tags", "city", "email"]);
}

#[tokio::test]
async fn the_number_of_contacts_is_exact_only_where_all_are_shown() {
    let (app, person) = three().await;
    let page = person.get(CONTACTS.url()).await.expect(200);
    assert_eq!(page.texts(".pager .num"), ["3 contacts"]);
    for n in 0..60 {
        let body = serde_json::json!({"email": format!("p{n}@example.net")});
        app.program()
            .json(http::Method::POST, API_CONTACTS.url(), &body)
            .await
            .expect(201);
    }
    let page = person.get(CONTACTS.url()).await.expect(200);
    let said = page.texts(".pager .num");
    assert!(said[0].starts_with("About "), "{said:?}");
}

#[tokio::test]
async fn columns_are_chosen_in_the_address() {
    let (_app, person) = three().await;
    let page = person
        .get(CONTACTS.with(&[("columns", "city,attributes.unknown,email")]))
        .await
        .expect(200);
    let heads = page.texts("thead th");
    assert_eq!(heads[1..], ["Contact", "City", "E-mail address"]);
    assert!(page.texts("tbody td").iter().any(|cell| cell == "Bonn"));
    assert_eq!(
        page.attributes("input[name=columns][checked]", "value"),
        ["email", "city"],
        "the chooser shows what is chosen"
    );
}

#[tokio::test]
async fn rows_stand_closer_together_for_whoever_wants_that() {
    let (_app, person) = three().await;
    let answer = person
        .post(
            CONTACTS_DENSITY.url(),
            &[("density", "compact"), ("query", "sort=name")],
        )
        .await
        .expect(303);
    assert_eq!(answer.location(), "/app/contacts?sort=name");
    let cookie = answer.header("set-cookie").expect("a cookie").to_owned();
    let cookie = cookie.split(';').next().expect("a value");
    let page = person.also_cookie(cookie).get(CONTACTS.url()).await.expect(200);
    assert_eq!(page.attributes(".table-compact", "class").len(), 1);
}

#[tokio::test]
async fn a_view_is_kept_shared_changed_and_deleted() {
    let (app, person) = three().await;
    let kept = [
        ("name", "In Bonn"),
        ("query", "filter%5Bcity%5D=Bonn&sort=name&cursor=x"),
    ];
    let view = person
        .post(CONTACT_VIEWS.url(), &kept)
        .await
        .expect(303)
        .location();
    let page = person.get(&view).await.expect(200);
    assert_eq!(people(&page), ["ann@example.com", "cleo@example.org"]);
    assert_eq!(page.texts(".tabs a[aria-current]"), ["In Bonn"]);

    let colleague = app.person_as(app.org, Role::Member);
    let tabs = colleague.get(CONTACTS.url()).await.expect(200).texts(".tabs a");
    assert!(tabs.is_empty(), "a private view is nobody else's: {tabs:?}");
    let id = view
        .split("view=")
        .nth(1)
        .and_then(|rest| rest.split('&').next())
        .expect("an id")
        .to_owned();
    let change = format!("/app/contacts/views/{id}");
    colleague.post(&change, &[("name", "Mine")]).await.expect(404);
    let shared = [("name", "Bonn"), ("sharing", "true"), ("shared", "true")];
    person.post(&change, &shared).await.expect(303);
    let page = colleague.get(CONTACTS.url()).await.expect(200);
    assert_eq!(page.texts(".tabs a"), ["All contacts", "Bonn"]);
    colleague
        .post(format!("{change}/deletion"), &[])
        .await
        .expect(303);
    assert_eq!(
        colleague.get(CONTACTS.url()).await.texts(".tabs a").len(),
        2,
        "what is shared is deleted by its owner or an administrator only"
    );
    person
        .post(&change, &[("query", "filter%5Bcity%5D=Kiel")])
        .await
        .expect(303);
    let page = person.get(CONTACTS.url()).await.expect(200);
    let tab = &page.attributes(".tabs a", "href")[1];
    assert_eq!(people(&person.get(tab).await.expect(200)), ["bob@example.com"]);
    person.post(format!("{change}/deletion"), &[]).await.expect(303);
    assert!(person.get(CONTACTS.url()).await.texts(".tabs a").is_empty());
    person
        .post(CONTACT_VIEWS.url(), &[("name", " "), ("query", "")])
        .await
        .expect(303);
    assert!(
        person.get(CONTACTS.url()).await.texts(".tabs a").is_empty(),
        "a view needs a name"
    );
}

#[tokio::test]
async fn views_of_others_are_not_there() {
    let (app, person) = three().await;
    let kept = [("name", "Secret"), ("query", ""), ("shared", "true")];
    let view = person
        .post(CONTACT_VIEWS.url(), &kept)
        .await
        .expect(303)
        .location();
    let id = view.split("view=").nth(1).expect("an id").to_owned();
    let stranger = app.person_as(app.organizations.add("Other"), Role::Owner);
    stranger
        .post(format!("/app/contacts/views/{id}"), &[("name", "x")])
        .await
        .expect(404);
    stranger
        .post(format!("/app/contacts/views/{id}/deletion"), &[])
        .await
        .expect(404);
    let viewer = app.person_as(app.org, Role::Viewer);
    viewer.post(CONTACT_VIEWS.url(), &kept).await.expect(403);
}

#[tokio::test]
async fn tags_are_changed_in_the_row() {
    let app = crm().await;
    let person = app.person();
    let id = contact(&person, "ann@example.com", "", "vip, trial").await;
    let cell = CONTACT_TAGS_CELL.url(&id);
    let form = person.clone().htmx().get(&cell).await.expect(200);
    assert_eq!(form.attributes("input[name=tags]", "value"), ["trial, vip"]);
    let changed = person
        .clone()
        .htmx()
        .post(&cell, &[("tags", "vip, new")])
        .await
        .expect(200);
    assert_eq!(changed.texts(".tag"), ["new", "vip"]);
    assert!(changed.texts("form").is_empty(), "the row shows the tags again");
    let refused = person
        .clone()
        .htmx()
        .post(&cell, &[("tags", &"x".repeat(101))])
        .await
        .expect(200);
    assert_eq!(refused.attributes("input[name=tags]", "aria-invalid"), ["true"]);

    let without_script = person.get(&cell).await.expect(303);
    assert!(without_script.location().ends_with(&id.to_string()));
    let stranger = app.person_as(app.organizations.add("Other"), Role::Owner);
    stranger.htmx().post(&cell, &[("tags", "mine")]).await.expect(404);
}

#[tokio::test]
async fn anonymous_visitors_are_shown_only_when_they_are_asked_for() {
    let (app, person) = three().await;
    let visitor = ContactId::generate();
    sqlx::query(
        "INSERT INTO crm.contacts (org_id, id, source, anonymous, created_at, updated_at) \
         VALUES ($1, $2, 'event', true, now(), now())",
    )
    .bind(app.org.uuid())
    .bind(visitor.uuid())
    .execute(app.deps.db.work_pool())
    .await
    .unwrap();
    let shown = async |visitors: &str| {
        let url = CONTACTS.with(&[("filter[visitors]", visitors)]);
        people(&person.get(url).await.expect(200)).len()
    };
    assert_eq!(people(&person.get(CONTACTS.url()).await.expect(200)).len(), 3);
    assert_eq!(shown("included").await, 4);
    assert_eq!(shown("only").await, 1);
    person
        .get(CONTACTS.with(&[("filter[visitors]", "x")]))
        .await
        .expect(422);
    let list = app
        .program()
        .get(API_CONTACTS.with(&[("filter[visitors]", "only")]))
        .await
        .expect(200)
        .json();
    assert_eq!(list["data"][0]["id"], visitor.to_string());
}
