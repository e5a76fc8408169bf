//! Templates: pages, editor, preview, tests and the API.

use http::Method;
use kernel::{Permission, Role};
use serde_json::json;

use crate::authoring_app::AuthoringApp;

const BODY: &str = "<p>Dear {{ contact.first_name | default(\"friend\") }}, you have {{ contact.plan }}.</p>\
    <a href=\"https://shop.example/?c={{ contact.id }}\">Shop</a><a href=\"{{ unsubscribe_url }}\">Unsubscribe</a>\
    {{ organization.postal_address }}";

/// Makes a template by the API and returns its id and version id.
async fn template(app: &AuthoringApp, name: &str, body: &str) -> (String, String) {
    let new = json!({ "name": name, "kind": "html", "subject": "Hi {{ contact.first_name }}", "body": body });
    let made = app
        .app
        .program()
        .json(Method::POST, "/api/v1/templates", &new)
        .await
        .expect(201)
        .json();
    let text = |field: &str| made[field].as_str().expect("an id").to_owned();
    (text("id"), text("version_id"))
}

#[tokio::test]
async fn a_template_is_made_from_a_starter_and_opens_in_the_editor() {
    let app = AuthoringApp::start().await;
    let ann = app.app.person();
    let empty = ann.get("/app/templates").await.expect(200);
    assert_eq!(
        empty.attributes("main a.btn-primary", "href"),
        ["/app/templates/new"]
    );
    let form = ann.get("/app/templates/new").await.expect(200);
    assert_eq!(form.attributes("input[name=starter]", "value").len(), 10);
    let made = ann
        .post("/app/templates", &[("name", "Hello"), ("starter", "newsletter")])
        .await
        .expect(303);
    let editor = ann.get(made.location()).await.expect(200);
    assert_eq!(editor.attributes("input[name=name]", "value"), ["Hello"]);
    assert!(editor.texts("textarea[name=body]")[0].starts_with("<mjml>"));
    let frame = editor.attributes("iframe", "src").remove(0);
    let mail = ann.get(frame).await.expect(200);
    assert!(mail.text().contains("Hello Alex"), "{}", mail.text());
    assert_eq!(ann.get("/app/templates").await.texts("tbody th a"), ["Hello"]);
}

#[tokio::test]
async fn every_starter_can_be_chosen() {
    let app = AuthoringApp::start().await;
    let ann = app.app.person();
    let form = ann.get("/app/templates/new").await.expect(200);
    for starter in form.attributes("input[name=starter]", "value") {
        let made = ann
            .post("/app/templates", &[("name", &starter), ("starter", &starter)])
            .await
            .expect(303);
        let editor = ann.get(made.location()).await.expect(200);
        assert!(!editor.text().contains("[delivery-"), "{starter} lacks a message");
        assert_eq!(editor.texts(".alert-danger"), Vec::<String>::new(), "{starter}");
    }
}

#[tokio::test]
async fn a_wrong_form_for_a_new_template_comes_back_with_what_was_typed() {
    let app = AuthoringApp::start().await;
    let ann = app.app.person();
    template(&app, "Taken", BODY).await;
    for (name, starter) in [
        ("", "letter"),
        ("taken", "letter"),
        ("Fine", "nonsense"),
        (&"x".repeat(101), "letter"),
    ] {
        let answer = ann
            .post("/app/templates", &[("name", name), ("starter", starter)])
            .await
            .expect(422);
        assert_eq!(answer.attributes("input[name=name]", "value"), [name]);
        assert_eq!(answer.texts(".alert-danger li").len(), 1);
    }
    assert_eq!(ann.get("/app/templates").await.texts("tbody tr").len(), 1);
}

#[tokio::test]
async fn saving_makes_a_new_version_and_old_ones_can_be_opened_again() {
    let app = AuthoringApp::start().await;
    let ann = app.app.person();
    let (id, _) = template(&app, "News", BODY).await;
    let page = format!("/app/templates/{id}");
    let fields = |body: &'static str, based_on: &'static str| {
        vec![
            ("name", "News 2"),
            ("kind", "html"),
            ("subject", "S"),
            ("body", body),
            ("based_on", based_on),
        ]
    };
    ann.post(&page, &fields("<p>second</p>\r\n<p>line</p>", "1"))
        .await
        .expect(303);
    let editor = ann.get(&page).await.expect(200);
    assert_eq!(editor.texts("textarea[name=body]"), ["<p>second</p> <p>line</p>"]);
    assert_eq!(editor.attributes("input[name=based_on]", "value"), ["2"]);
    assert!(
        !editor.text().contains("<p>second</p>\r\n"),
        "line breaks are one character"
    );
    let old = ann.get(format!("{page}?version=1")).await.expect(200);
    assert!(old.texts("textarea[name=body]")[0].contains("Dear"));
    assert_eq!(ann.get(format!("{page}?version=9")).await.status, 404);
    // The same source again is no new version.
    ann.post(&page, &fields("<p>second</p>\n<p>line</p>", "2"))
        .await
        .expect(303);
    assert_eq!(
        ann.get(&page).await.attributes("input[name=based_on]", "value"),
        ["2"]
    );
}

#[tokio::test]
async fn who_saves_over_somebody_elses_version_is_told_first() {
    let app = AuthoringApp::start().await;
    let (ann, bob) = (app.app.person(), app.app.person());
    let (id, _) = template(&app, "News", BODY).await;
    let page = format!("/app/templates/{id}");
    let fields = |body: &'static str, based_on: &'static str| {
        vec![
            ("name", "News"),
            ("kind", "html"),
            ("subject", "S"),
            ("body", body),
            ("based_on", based_on),
        ]
    };
    ann.post(&page, &fields("<p>Ann</p>", "1")).await.expect(303);
    let told = bob.post(&page, &fields("<p>Bob</p>", "1")).await.expect(409);
    assert_eq!(told.texts("textarea[name=body]"), ["<p>Bob</p>"]);
    assert!(ann.get(&page).await.texts("textarea[name=body]")[0].contains("Ann"));
    bob.post(&page, &fields("<p>Bob</p>", "2")).await.expect(303);
    assert!(ann.get(&page).await.texts("textarea[name=body]")[0].contains("Bob"));
}

#[tokio::test]
async fn mistakes_are_shown_at_their_line_and_nothing_is_saved() {
    let app = AuthoringApp::start().await;
    let ann = app.app.person();
    let (id, _) = template(&app, "News", BODY).await;
    let page = format!("/app/templates/{id}");
    let answer = ann
        .post(
            &page,
            &[
                ("name", "News"),
                ("kind", "html"),
                ("subject", "{{ x"),
                ("body", "a\n\n{{ y | shout }}"),
                ("based_on", "1"),
            ],
        )
        .await
        .expect(422);
    assert_eq!(answer.texts(".code-lines .is-wrong"), ["3"]);
    assert_eq!(answer.texts("textarea[name=body]"), ["a {{ y | shout }}"]);
    assert!(
        answer
            .texts(".alert-danger")
            .iter()
            .any(|text| text.contains("Body, line 3: The filter “shout” is not available."))
    );
    assert!(ann.get(&page).await.texts("textarea[name=body]")[0].contains("Dear"));
}

#[tokio::test]
async fn what_is_being_written_is_previewed_as_a_contact_in_a_sandbox() {
    let app = AuthoringApp::start().await;
    let ann = app.app.person();
    let contact = app.contacts.add(app.app.org, "Zoë", "zoe@example.com");
    let (id, _) = template(&app, "News", BODY).await;
    let chosen = contact.id.to_string();
    let fields = [
        ("id", id.as_str()),
        ("kind", "html"),
        ("subject", "For {{ contact.first_name }}"),
        (
            "body",
            "<script>alert(1)</script><p>{{ contact.first_name }}</p><img src=x>",
        ),
        ("contact", chosen.as_str()),
    ];
    let part = ann
        .clone()
        .htmx()
        .post("/ui/delivery/templates/preview", &fields)
        .await
        .expect(200);
    assert!(!part.text().contains("<html"), "only the part that moves");
    assert!(
        part.texts("dd").contains(&"For Zoë".to_owned()),
        "{}",
        part.text()
    );
    let checks = part.texts("#template-checks li").join("\n");
    assert!(
        checks.contains("No unsubscribe link")
            && checks.contains("script")
            && checks.contains("alternative text"),
        "{checks}"
    );
    assert_eq!(part.attributes("iframe", "sandbox"), [""]);
    let mail = ann
        .get(part.attributes("iframe", "src").remove(0))
        .await
        .expect(200);
    assert!(
        mail.text().contains("<p>Zoë</p>") && !mail.text().contains("script"),
        "{}",
        mail.text()
    );
    let policy = mail
        .header("content-security-policy")
        .expect("a policy")
        .to_owned();
    assert!(
        policy.contains("sandbox")
            && policy.contains("default-src 'none'")
            && !policy.contains("allow-scripts"),
        "{policy}"
    );
    assert_eq!(mail.header("x-frame-options"), Some("SAMEORIGIN"));
    // A colleague's frame shows the colleague's preview, not this one.
    assert_eq!(
        app.app
            .person()
            .get(part.attributes("iframe", "src").remove(0))
            .await
            .status,
        404
    );
    // The text part, and without htmx the whole editor.
    let text = ann
        .post(
            "/ui/delivery/templates/preview",
            &[&fields[..], &[("part", "text")]].concat(),
        )
        .await
        .expect(200);
    assert_eq!(text.texts("pre"), ["Zoë"]);
    assert_eq!(
        text.attributes("input[name=subject]", "value"),
        ["For {{ contact.first_name }}"]
    );
    let wrong = ann
        .htmx()
        .post(
            "/ui/delivery/templates/preview",
            &[("id", id.as_str()), ("kind", "html"), ("body", "\n{{ x")],
        )
        .await
        .expect(200);
    assert!(
        wrong.texts(".alert-danger")[0].contains("Body, line 2"),
        "{}",
        wrong.text()
    );
}

#[tokio::test]
async fn a_test_goes_to_at_most_five_addresses_filled_in_for_the_contact() {
    let app = AuthoringApp::start().await;
    let ann = app.app.person();
    let contact = app.contacts.add(app.app.org, "Zoë", "zoe@example.com");
    let (id, _) = template(&app, "News", BODY).await;
    let page = format!("/app/templates/{id}/tests");
    let chosen = contact.id.to_string();
    ann.post(
        &page,
        &[
            ("to", "me@example.com, You@example.com\nme@example.com"),
            ("contact", &chosen),
        ],
    )
    .await
    .expect(303);
    let caught = |to: &str| (to.to_owned(), "[Test] Hi Zoë".to_owned());
    assert_eq!(
        app.inbox().await,
        [caught("me@example.com"), caught("you@example.com")]
    );
    let inbox = app.app.program().get("/api/v1/inbox").await.json();
    let mail = inbox["data"][0]["id"].as_str().expect("an id");
    let mail = app
        .app
        .program()
        .get(format!("/api/v1/inbox/{mail}"))
        .await
        .expect(200)
        .json();
    let html = mail["html"].as_str().expect("HTML");
    assert!(
        html.contains("Dear Zoë, you have pro") && html.contains("\"https://shop.example/?c=con_"),
        "{html}"
    );
    assert!(
        !html.contains("/t/o/") && !html.contains("/t/c/"),
        "a test is not tracked: {html}"
    );
    for wrong in [
        "",
        "nobody",
        "a@x.example,b@x.example,c@x.example,d@x.example,e@x.example,f@x.example",
    ] {
        let answer = ann.post(&page, &[("to", wrong)]).await.expect(422);
        assert_eq!(answer.texts("#template-test .field-error").len(), 1, "{wrong}");
    }
    assert_eq!(app.inbox().await.len(), 2);
}

#[tokio::test]
async fn a_deleted_template_is_gone_for_people_and_its_name_is_free() {
    let app = AuthoringApp::start().await;
    let ann = app.app.person();
    let (id, _) = template(&app, "News", BODY).await;
    ann.post(format!("/app/templates/{id}/deletion"), &[])
        .await
        .expect(303);
    assert_eq!(ann.get(format!("/app/templates/{id}")).await.status, 404);
    assert_eq!(
        ann.post(format!("/app/templates/{id}/deletion"), &[])
            .await
            .status,
        404
    );
    assert_eq!(
        ann.post(format!("/app/templates/{id}/tests"), &[("to", "a@x.example")])
            .await
            .status,
        404
    );
    template(&app, "News", BODY).await;
}

#[tokio::test]
async fn lists_are_searched_and_paged() {
    let app = AuthoringApp::start().await;
    let (ann, program) = (app.app.person(), app.app.program());
    for n in 0..5 {
        template(&app, &format!("Letter {n}"), BODY).await;
        app.app.clock.advance(jiff::SignedDuration::from_secs(1));
    }
    template(&app, "100% off", BODY).await;
    assert_eq!(
        ann.get("/app/templates?q=100%25").await.texts("tbody th a"),
        ["100% off"]
    );
    let part = ann.htmx().get("/app/templates?q=letter").await.expect(200);
    assert_eq!(
        part.texts("tbody th a"),
        ["Letter 4", "Letter 3", "Letter 2", "Letter 1", "Letter 0"]
    );
    let mut names = Vec::new();
    let mut next = String::from("/api/v1/templates?limit=4");
    loop {
        let page = program.get(&next).await.expect(200).json();
        names.extend(
            page["data"]
                .as_array()
                .expect("items")
                .iter()
                .map(|i| i["name"].as_str().expect("a name").to_owned()),
        );
        match page["next_cursor"].as_str() {
            Some(cursor) => next = format!("/api/v1/templates?limit=4&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(
        names,
        [
            "100% off", "Letter 4", "Letter 3", "Letter 2", "Letter 1", "Letter 0"
        ]
    );
    assert_eq!(program.get("/api/v1/templates?cursor=nonsense").await.status, 422);
}

#[tokio::test]
async fn the_api_makes_changes_renders_and_deletes() {
    let app = AuthoringApp::start().await;
    let program = app.app.program();
    let contact = app.contacts.add(app.app.org, "Zoë", "zoe@example.com");
    let (id, _) = template(&app, "News", BODY).await;
    let url = format!("/api/v1/templates/{id}");
    let got = program.get(&url).await.expect(200);
    let tag = got.header("etag").expect("a tag").to_owned();
    assert_eq!(got.json()["body"], BODY);
    let patched = program
        .clone()
        .with("if-match", &tag)
        .json(
            Method::PATCH,
            &url,
            &json!({ "subject": "New {{ contact.first_name }}" }),
        )
        .await
        .expect(200)
        .json();
    assert_eq!(
        (patched["version"].as_i64(), patched["name"].as_str()),
        (Some(2), Some("News"))
    );
    let stale = program
        .clone()
        .with("if-match", &tag)
        .json(Method::PATCH, &url, &json!({ "name": "x" }))
        .await;
    assert_eq!(stale.status, 412);
    let rendering = json!({ "contact_id": contact.id.to_string() });
    let mail = program
        .json(Method::POST, format!("{url}/renderings"), &rendering)
        .await
        .expect(200)
        .json();
    assert_eq!(mail["subject"], "New Zoë");
    assert!(
        mail["html"]
            .as_str()
            .is_some_and(|html| html.contains("you have pro") && !html.contains("/t/c/"))
    );
    let checks = mail["checks"].as_array().unwrap();
    let codes: Vec<&str> = checks
        .iter()
        .map(|check| check["code"].as_str().unwrap())
        .collect();
    assert_eq!(codes, ["no-preheader"]);
    let test = json!({ "to": ["a@x.example"] });
    let receipt = program
        .json(Method::POST, format!("{url}/tests"), &test)
        .await
        .expect(202)
        .json();
    assert_eq!(receipt["messages"], 1);
    program.json(Method::DELETE, &url, &json!({})).await.expect(204);
    assert_eq!(program.get(&url).await.status, 404);
}

#[tokio::test]
async fn the_api_says_what_is_wrong() {
    let app = AuthoringApp::start().await;
    let program = app.app.program();
    template(&app, "News", BODY).await;
    let new = |name: &str, subject: &str, body: &str| json!({ "name": name, "kind": "html", "subject": subject, "body": body });
    let faulty = program
        .json(
            Method::POST,
            "/api/v1/templates",
            &new("A", "a\nb", "{{ x | shout }}"),
        )
        .await
        .expect(422)
        .json();
    assert_eq!(faulty["errors"][0]["pointer"], "#/subject");
    let faulty = program
        .json(
            Method::POST,
            "/api/v1/templates",
            &new("A", "a", "{{ x | shout }}"),
        )
        .await
        .expect(422)
        .json();
    assert_eq!(
        (
            faulty["errors"][0]["pointer"].as_str(),
            faulty["errors"][0]["code"].as_str()
        ),
        (Some("#/body"), Some("filter"))
    );
    let taken = program
        .json(Method::POST, "/api/v1/templates", &new("news", "a", "b"))
        .await
        .expect(409)
        .json();
    assert!(
        taken["existing"]
            .as_str()
            .is_some_and(|id| id.starts_with("tpl_"))
    );
    let unknown = json!({ "name": "A", "kind": "html", "subject": "a", "body": "b", "colour": "red" });
    assert_eq!(
        program
            .json(Method::POST, "/api/v1/templates", &unknown)
            .await
            .status,
        422
    );
    let large = new("A", "a", &"x".repeat(300 * 1024));
    assert_eq!(
        program
            .json(Method::POST, "/api/v1/templates", &large)
            .await
            .status,
        422
    );
    let list = program.get("/api/v1/templates").await.expect(200).json();
    assert_eq!(list["data"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn one_organisation_does_not_see_anothers_templates() {
    let app = AuthoringApp::start().await;
    let (id, _) = template(&app, "Secret", BODY).await;
    let other = app.app.organizations.add("Other Ltd");
    let eve = app.app.person_as(other, Role::Owner);
    let program = app.app.program_with(other, Permission::ALL);
    for path in [
        format!("/app/templates/{id}"),
        format!("/ui/delivery/templates/{id}/preview.html"),
    ] {
        assert_eq!(eve.get(path).await.status, 404);
    }
    for (path, fields) in [
        (
            format!("/app/templates/{id}"),
            vec![("name", "x"), ("kind", "html"), ("body", "y")],
        ),
        (format!("/app/templates/{id}/deletion"), vec![]),
        (
            format!("/app/templates/{id}/tests"),
            vec![("to", "eve@example.com")],
        ),
        (
            "/ui/delivery/templates/preview".to_owned(),
            vec![("id", id.as_str()), ("kind", "html"), ("body", "x")],
        ),
    ] {
        assert_eq!(eve.post(&path, &fields).await.status, 404, "{path}");
    }
    assert_eq!(program.get(format!("/api/v1/templates/{id}")).await.status, 404);
    assert!(eve.get("/app/templates").await.texts("tbody tr").is_empty());
}

#[tokio::test]
async fn who_only_reads_changes_nothing_and_sees_no_contact_without_the_right() {
    let app = AuthoringApp::start().await;
    let (id, _) = template(&app, "News", BODY).await;
    let contact = app.contacts.add(app.app.org, "Zoë", "zoe@example.com");
    let viewer = app.app.person_as(app.app.org, Role::Viewer);
    let editor = viewer.get(format!("/app/templates/{id}")).await.expect(200);
    assert_eq!(editor.attributes("input[name=name]", "disabled").len(), 1);
    assert!(editor.texts("button.btn-primary").is_empty());
    assert_eq!(
        viewer
            .post(format!("/app/templates/{id}"), &[("name", "x")])
            .await
            .status,
        403
    );
    assert_eq!(viewer.get("/app/templates/new").await.status, 403);
    let reader = app.app.program_with(app.app.org, &[Permission::TemplatesRead]);
    let rendering = json!({ "contact_id": contact.id.to_string() });
    let url = format!("/api/v1/templates/{id}/renderings");
    assert_eq!(reader.json(Method::POST, &url, &rendering).await.status, 403);
    assert_eq!(reader.json(Method::POST, &url, &json!({})).await.status, 200);
}

#[tokio::test]
async fn payloads_in_every_field_are_shown_as_text() {
    let app = AuthoringApp::start().await;
    let ann = app.app.person();
    let evil = "\"><script>alert(1)</script>";
    let new = json!({ "name": evil, "kind": "html", "subject": evil, "preheader": evil, "body": format!("<p>{evil}</p></textarea>"), "text": format!("</textarea>{evil}") });
    let made = app
        .app
        .program()
        .json(Method::POST, "/api/v1/templates", &new)
        .await
        .expect(201)
        .json();
    let id = made["id"].as_str().expect("an id");
    for path in [
        "/app/templates".to_owned(),
        format!("/app/templates/{id}"),
        format!("/app/templates/{id}?part=text"),
    ] {
        let page = ann.get(&path).await.expect(200);
        assert_eq!(
            page.texts("script")
                .iter()
                .filter(|text| text.contains("alert"))
                .count(),
            0,
            "{path}"
        );
        assert!(page.text().contains("&lt;script&gt;"), "{path}");
    }
}

#[tokio::test]
async fn every_finding_and_every_mistake_has_its_sentence() {
    let app = AuthoringApp::start().await;
    let ann = app.app.person().htmx();
    let (id, _) = template(&app, "News", BODY).await;
    let long = "x".repeat(80);
    let large = "y".repeat(110 * 1024);
    let findings = format!(
        "<p onclick=\"a()\">{{{{ contact.last_name_ }}}}{{{{ nobody.x }}}}</p><img src=\"https://i.example/x.png\">\
         <a href=\"http://a.example/\">a</a><a href=\"/b\">b</a>{large}"
    );
    let expected = [
        ("", findings.as_str(), 12),
        (long.as_str(), BODY, 4),
        ("Fine", BODY, 3),
        ("Fine", "{{ x", 1),
        ("Fine", "  ", 1),
        ("Fine", "{% include 'x' %}", 1),
        ("Fine", "{{ x | y }}", 1),
        ("Fine", "{{ x is y }}", 1),
        ("Fine", "{{ y() }}", 1),
        ("Fine", "{{ __x }}", 1),
        ("Fine", "<p class=a class=\"{{ x }}\">", 1),
        ("Fine", "<a href=\"{{ contact.x }}\">a</a>", 1),
        ("Fine", "<a href=\"javascript:x\">a</a>", 1),
        ("a\nb", BODY, 1),
        (&"x".repeat(1001), BODY, 1),
    ];
    for (subject, body, sentences) in expected {
        let fields = [
            ("id", id.as_str()),
            ("kind", "html"),
            ("subject", subject),
            ("body", body),
        ];
        let part = ann
            .post("/ui/delivery/templates/preview", &fields)
            .await
            .expect(200);
        assert!(!part.text().contains("[delivery-"), "{}", part.text());
        let said = part.texts("#template-checks li").len() + part.texts(".alert-danger li").len();
        assert_eq!(said, sentences, "{subject}: {}", part.text());
    }
    let fields = [
        ("id", id.as_str()),
        ("kind", "mjml"),
        ("body", "<mjml><mj-x/></mjml>"),
    ];
    let part = ann
        .post("/ui/delivery/templates/preview", &fields)
        .await
        .expect(200);
    assert!(
        part.texts(".alert-danger")[0].contains("not valid MJML: unknown element: mj-x"),
        "{}",
        part.text()
    );
}

#[tokio::test]
async fn a_template_that_does_not_render_for_a_contact_says_so() {
    let app = AuthoringApp::start().await;
    let ann = app.app.person().htmx();
    let (id, _) = template(&app, "News", BODY).await;
    let bomb = "{% for a in range(9000) %}{% for b in range(9000) %}x{% endfor %}{% endfor %}";
    let fields = [
        ("id", id.as_str()),
        ("kind", "html"),
        ("subject", "S"),
        ("body", bomb),
    ];
    let part = ann
        .post("/ui/delivery/templates/preview", &fields)
        .await
        .expect(200);
    assert!(
        part.texts(".alert-danger")[0].starts_with("It cannot be filled in for this contact"),
        "{}",
        part.text()
    );
}
