//! The visual editor's page, previews that step through people, and checks that look further.

use std::sync::Arc;

use async_trait::async_trait;
use contracts::{
    PortResult,
    crm::{
        ContactSnapshot, ContactSnapshots, SegmentSummary,
        preview::{Direction, MergeField, PreviewPeople, PreviewStep},
    },
};
use delivery::Delivery;
use http::Method;
use kernel::{ContactId, EmailAddress, OrgId, Permission, SegmentId};
use serde_json::json;
use testkit::{FakeConsents, TestApp};

const MJML: &str = "<mjml><mj-body><mj-section><mj-column>\n\
    <mj-text>Dear {{ contact.first_name | default(\"friend\") }}, you have {{ contact.plan }}.</mj-text>\n\
    <mj-text><a href=\"{{ unsubscribe_url }}\">Unsubscribe</a> {{ organization.postal_address }}</mj-text>\n\
    </mj-column></mj-section></mj-body></mjml>";

/// Three people of whom one has a plan, and a segment with the last two.
struct ThreePeople(Vec<ContactSnapshot>, SegmentId);

fn person(first_name: &str, plan: Option<&str>) -> ContactSnapshot {
    ContactSnapshot {
        id: ContactId::generate(),
        email: EmailAddress::parse(&format!("{}@example.com", first_name.to_lowercase())).ok(),
        first_name: first_name.to_owned(),
        last_name: String::new(),
        phone: String::new(),
        timezone: String::new(),
        locale: String::new(),
        attributes: plan
            .map(|plan| ("plan".to_owned(), plan.into()))
            .into_iter()
            .collect(),
        tags: Vec::new(),
        records: serde_json::Map::new(),
    }
}

#[async_trait]
impl PreviewPeople for ThreePeople {
    async fn segments(&self, _org: OrgId) -> PortResult<Vec<SegmentSummary>> {
        Ok(vec![SegmentSummary {
            id: self.1,
            name: "Without a plan".to_owned(),
            members: 2,
        }])
    }

    async fn fields(&self, _org: OrgId) -> PortResult<Vec<MergeField>> {
        Ok(vec![MergeField {
            key: "plan".to_owned(),
            label: "Their plan".to_owned(),
        }])
    }

    async fn people(&self, _org: OrgId, step: PreviewStep, limit: i64) -> PortResult<Vec<ContactSnapshot>> {
        let among: Vec<_> = match step.segment {
            None => self.0.iter().collect(),
            Some(id) if id == self.1 => self.0.iter().skip(1).collect(),
            Some(_) => Vec::new(),
        };
        let limit = usize::try_from(limit).unwrap();
        let at = step
            .from
            .and_then(|from| among.iter().position(|person| person.id == from));
        Ok(match (step.direction, at) {
            (Direction::Forward, None) => among.into_iter().take(limit).cloned().collect(),
            (Direction::Forward, Some(at)) => among.into_iter().skip(at + 1).take(limit).cloned().collect(),
            (Direction::Backward, None) => among.into_iter().rev().take(limit).cloned().collect(),
            (Direction::Backward, Some(at)) => among[..at]
                .iter()
                .rev()
                .take(limit)
                .map(|p| (*p).clone())
                .collect(),
        })
    }
}

#[async_trait]
impl ContactSnapshots for ThreePeople {
    async fn snapshots(&self, _org: OrgId, ids: &[ContactId]) -> PortResult<Vec<ContactSnapshot>> {
        let wanted = self.0.iter().filter(|person| ids.contains(&person.id));
        Ok(wanted.cloned().collect())
    }

    async fn search(&self, _org: OrgId, _query: &str, _limit: i64) -> PortResult<Vec<ContactSnapshot>> {
        Ok(Vec::new())
    }
}

struct World {
    app: TestApp,
    people: Vec<ContactId>,
    segment: SegmentId,
}

impl World {
    async fn start() -> Self {
        let segment = SegmentId::generate();
        let people = vec![
            person("Ann", Some("pro")),
            person("Bea", None),
            person("Cy", None),
        ];
        let ids = people.iter().map(|person| person.id).collect();
        let people = Arc::new(ThreePeople(people, segment));
        let app = TestApp::start(&["delivery"], |deps, organizations| {
            let consents = Arc::<FakeConsents>::default();
            let delivery = Delivery::new(deps, organizations.clone(), people.clone(), consents)
                .with_preview_people(people.clone());
            vec![delivery.module()]
        })
        .await;
        Self {
            app,
            people: ids,
            segment,
        }
    }

    async fn template(&self, kind: &str, body: &str) -> String {
        let new = json!({ "name": "News", "kind": kind, "subject": "Hi", "preheader": "x", "body": body });
        let made = self
            .app
            .program()
            .json(Method::POST, "/api/v1/templates", &new)
            .await
            .expect(201)
            .json();
        made["id"].as_str().unwrap().to_owned()
    }
}

/// As pages are read here: with runs of white space as one space.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn the_visual_editor_has_the_source_and_a_policy_that_only_allows_styles_and_images() {
    let world = World::start().await;
    let ann = world.app.person();
    let id = world.template("mjml", MJML).await;
    let code = ann.get(format!("/app/templates/{id}")).await.expect(200);
    assert!(!code.header("content-security-policy").unwrap().contains("unsafe"));
    assert_eq!(
        code.attributes("button[formaction$='/visual']", "form"),
        ["template-form"]
    );

    let visual = ann.get(format!("/app/templates/{id}/visual")).await.expect(200);
    let policy = visual.header("content-security-policy").unwrap().to_owned();
    assert!(policy.contains("style-src 'self' 'unsafe-inline'"), "{policy}");
    assert!(
        policy.contains("script-src 'self';") && !policy.contains("unsafe-eval"),
        "{policy}"
    );
    assert_eq!(visual.texts("textarea[name=body]")[0], flat(MJML));
    assert_eq!(visual.attributes("input[name=mode]", "value"), ["visual"]);
    assert!(!visual.text().contains("[delivery-"), "a message is missing");
    let config = visual.attributes("[data-visual]", "data-visual").remove(0);
    assert!(!config.contains("[delivery-"), "a message is missing: {config}");
    let config: serde_json::Value = serde_json::from_str(&config).unwrap();
    assert!(
        config["merge"]
            .as_array()
            .unwrap()
            .contains(&json!({"label": "Their plan", "code": "{{ contact.attributes.plan }}"}))
    );
    for script in visual.attributes("script[src*='grapesjs'], script[src*='visual-editor']", "src") {
        ann.get(script).await.expect(200);
    }
}

#[tokio::test]
async fn what_is_not_saved_goes_from_one_editor_to_the_other() {
    let world = World::start().await;
    let ann = world.app.person();
    let id = world.template("mjml", MJML).await;
    let body = MJML.replace("Dear", "Dearest");
    let fields = [
        ("id", id.as_str()),
        ("kind", "mjml"),
        ("name", "News"),
        ("subject", "Hi"),
        ("body", &body),
    ];
    let visual = ann
        .post(format!("/app/templates/{id}/visual"), &fields)
        .await
        .expect(200);
    assert_eq!(visual.texts("textarea[name=body]")[0], flat(&body));
    assert_eq!(visual.attributes("[data-visual]", "class"), ["visual"]);
    let code = ann
        .post(format!("/app/templates/{id}/code"), &fields)
        .await
        .expect(200);
    assert_eq!(code.texts("textarea[name=body]")[0], flat(&body));
    assert_eq!(code.attributes("[data-visual]", "class"), Vec::<String>::new());
    // Nothing was saved by that.
    let saved = ann.get(format!("/app/templates/{id}")).await.expect(200);
    assert_eq!(saved.texts("textarea[name=body]")[0], flat(MJML));
}

#[tokio::test]
async fn a_source_that_the_visual_editor_would_change_stays_in_the_code_editor() {
    let world = World::start().await;
    let ann = world.app.person();
    let id = world.template("mjml", MJML).await;
    let inside = MJML.replace(
        "<mj-section>",
        "<mj-section {% if contact.plan %}css-class=\"a\"{% endif %}>",
    );
    let refused = ann
        .post(
            format!("/app/templates/{id}/visual"),
            &[("id", id.as_str()), ("kind", "mjml"), ("body", &inside)],
        )
        .await
        .expect(422);
    let said = refused.texts(".alert-warning").join(" ");
    assert!(
        said.contains("Line 1: {% if contact.plan %} stands inside a tag"),
        "{said}"
    );
    assert_eq!(refused.texts("textarea[name=body]")[0], flat(&inside));
    assert!(
        !refused
            .header("content-security-policy")
            .unwrap()
            .contains("unsafe")
    );

    let html = world.app.program();
    let new = json!({ "name": "Html", "kind": "html", "subject": "Hi", "body": "<p>x</p>" });
    let made = html
        .json(Method::POST, "/api/v1/templates", &new)
        .await
        .expect(201)
        .json();
    let html = made["id"].as_str().unwrap();
    let refused = ann.get(format!("/app/templates/{html}/visual")).await.expect(422);
    assert!(
        refused
            .texts(".alert-warning")
            .join(" ")
            .contains("written in MJML")
    );
}

#[tokio::test]
async fn nothing_is_saved_from_a_visual_editor_that_lost_something() {
    let world = World::start().await;
    let ann = world.app.person();
    let id = world.template("mjml", MJML).await;
    let page = format!("/app/templates/{id}");
    let changed = MJML.replace("Dear", "Dearest");
    let lossy = MJML.replace("{{ contact.plan }}", "");
    let post = |reopened: String| {
        let (page, id, changed) = (page.clone(), id.clone(), changed.clone());
        let ann = ann.clone();
        async move {
            let fields = [
                ("id", id.as_str()),
                ("kind", "mjml"),
                ("name", "News"),
                ("subject", "Hi"),
                ("preheader", "x"),
                ("mode", "visual"),
                ("based_on", "1"),
                ("opened", MJML),
                ("reopened", reopened.as_str()),
                ("body", changed.as_str()),
            ];
            ann.post(page, &fields).await
        }
    };
    let refused = post(lossy).await.expect(422);
    let said = refused.texts(".alert-warning").join(" ");
    assert!(said.contains("Line 2") && said.contains("you have"), "{said}");
    assert_eq!(
        ann.get(&page).await.expect(200).texts("textarea[name=body]")[0],
        flat(MJML)
    );
    // Written otherwise, and the same.
    let saved = post(MJML.replace('\n', "\r\n  ")).await.expect(303);
    assert!(saved.location().contains("/visual"), "{}", saved.location());
    assert_eq!(
        ann.get(&page).await.expect(200).texts("textarea[name=body]")[0],
        flat(&changed)
    );
}

#[tokio::test]
async fn a_preview_steps_through_a_segment_and_says_what_is_empty() {
    let world = World::start().await;
    let ann = world.app.person();
    let id = world.template("mjml", MJML).await;
    let segment = world.segment.to_string();
    let step = |from: String, word: &'static str, audience: String| {
        let (ann, id) = (ann.clone(), id.clone());
        async move {
            let fields = [
                ("id", id.as_str()),
                ("kind", "mjml"),
                ("subject", "Hi"),
                ("body", MJML),
                ("contact", from.as_str()),
                ("audience", audience.as_str()),
                ("step", word),
            ];
            let part = ann
                .htmx()
                .post("/ui/delivery/templates/preview", &fields)
                .await
                .expect(200);
            let found = part.texts(".alert-warning").join(" ");
            let chosen = part.attributes("select[name=contact] option[selected]", "value");
            (chosen.into_iter().next().unwrap_or_default(), found)
        }
    };
    let [first, second, third] = [0, 1, 2].map(|n: usize| world.people[n].to_string());
    let (who, found) = step(String::new(), "", segment).await;
    assert_eq!(who, second);
    assert!(
        found.contains("Empty among the newest 2 people") && found.contains("contact.plan: 100 % (2)"),
        "{found}"
    );
    let all = || "all".to_owned();
    let (who, found) = step(String::new(), "", all()).await;
    assert_eq!(who, first);
    assert!(
        found.contains("newest 3 people") && found.contains("contact.plan: 67 % (2)"),
        "{found}"
    );
    assert_eq!(step(first.clone(), "next", all()).await.0, second);
    assert_eq!(step(second, "previous", all()).await.0, first);
    assert_eq!(
        step(third.clone(), "next", all()).await.0,
        third,
        "the last one stays"
    );
}

#[tokio::test]
async fn a_preview_is_looked_at_in_the_dark_and_without_images() {
    let world = World::start().await;
    let ann = world.app.person();
    let body = "<style>@media (prefers-color-scheme: dark) { p { color: #fefefe } }</style>\
        <p>x</p><img src=\"https://i.example/a.png\" alt=\"Tea\">";
    let id = world.template("html", body).await;
    let seen = |look: &'static str| {
        let (ann, id) = (ann.clone(), id.clone());
        async move {
            ann.get(format!("/ui/delivery/templates/{id}/preview.html?look={look}"))
                .await
                .expect(200)
                .text()
                .to_owned()
        }
    };
    assert!(seen("sent").await.contains("prefers-color-scheme") && seen("sent").await.contains("a.png"));
    let dark = seen("dark").await;
    assert!(
        dark.contains("(min-width:0)") && !dark.contains("prefers-color-scheme"),
        "{dark}"
    );
    let bare = seen("no-images").await;
    assert!(!bare.contains("a.png") && bare.contains("alt=\"Tea\""), "{bare}");
}

#[tokio::test]
async fn links_are_tried_and_private_networks_are_not() {
    let world = World::start().await;
    let id = world
        .template(
            "html",
            "<p>\n<a href=\"http://user@x.example/\">a</a><a href=\"https://a.example/{{ contact.id }}\">b</a></p>",
        )
        .await;
    let checked = world
        .app
        .program()
        .json(
            Method::POST,
            format!("/api/v1/templates/{id}/link-checks"),
            &json!({}),
        )
        .await
        .expect(200)
        .json();
    assert_eq!(
        checked,
        json!({"links": [{"url": "http://user@x.example/", "line": 2, "outcome": "refused", "status": null}], "skipped": 0})
    );
    let part = world
        .app
        .person()
        .htmx()
        .post(
            "/ui/delivery/templates/link-check",
            &[
                ("id", id.as_str()),
                ("kind", "html"),
                ("body", "<a href=\"https://\">x</a>"),
            ],
        )
        .await
        .expect(200);
    assert!(
        !part.text().contains("<html") && part.text().contains("is no address"),
        "{}",
        part.text()
    );
}

#[tokio::test]
async fn a_program_counts_empty_fields_when_it_may_read_contacts() {
    let world = World::start().await;
    let id = world.template("mjml", MJML).await;
    let path = format!("/api/v1/templates/{id}/audience-checks");
    let counted = world
        .app
        .program()
        .json(
            Method::POST,
            &path,
            &json!({"segment_id": world.segment.to_string()}),
        )
        .await
        .expect(200)
        .json();
    assert_eq!(
        counted,
        json!({"sample": 2, "empty": [{"field": "contact.plan", "people": 2, "percent": 100}]})
    );
    let unknown = json!({"segment_id": SegmentId::generate().to_string()});
    world
        .app
        .program()
        .json(Method::POST, &path, &unknown)
        .await
        .expect(422);
    let blind = world
        .app
        .program_with(world.app.org, &[Permission::TemplatesRead]);
    blind.json(Method::POST, &path, &json!({})).await.expect(403);
}

#[tokio::test]
async fn findings_say_where_they_are() {
    let world = World::start().await;
    let id = world
        .template(
            "html",
            "<p>x</p>\n<a href=\"http://old.example/\">a</a>\n<a href=\"#\">b</a>",
        )
        .await;
    let rendering = world
        .app
        .program()
        .json(
            Method::POST,
            format!("/api/v1/templates/{id}/renderings"),
            &json!({}),
        )
        .await
        .expect(200)
        .json();
    let place = |code: &str| {
        let checks = rendering["checks"].as_array().unwrap();
        let check = checks.iter().find(|check| check["code"] == code).unwrap();
        (check["part"].clone(), check["line"].clone())
    };
    assert_eq!(place("http-link"), (json!("body"), json!(2)));
    assert_eq!(place("empty-link"), (json!("body"), json!(3)));
    let editor = world
        .app
        .person()
        .get(format!("/app/templates/{id}"))
        .await
        .expect(200);
    assert!(
        editor
            .attributes("#template-checks a[data-line]", "data-line")
            .contains(&"3".to_owned())
    );
}
