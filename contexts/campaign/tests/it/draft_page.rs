//! The page of a draft: filling it in, being told what is missing, and not losing anybody's work.

use contracts::campaign::{CAMPAIGN, CAMPAIGN_AUDIENCE, CAMPAIGN_LAUNCH, CAMPAIGN_NEW, CAMPAIGN_PREVIEW};
use kernel::{CampaignId, Role};
use serde_json::json;
use testkit::TestResponse;

use crate::story::Story;

impl Story {
    /// A draft made as a person makes one.
    async fn named(&self, name: &str) -> CampaignId {
        let made = self
            .person
            .post(CAMPAIGN_NEW.url(), &[("name", name)])
            .await
            .expect(303);
        let id = made.location().rsplit('/').next().unwrap().parse().unwrap();
        assert_eq!(made.location(), CAMPAIGN.url(&id));
        id
    }

    /// What the form of a draft sends, with some fields filled in.
    async fn fields<'a>(&self, id: CampaignId, filled: &[(&'a str, &'a str)]) -> Vec<(&'a str, String)> {
        let page = self.page(id).await;
        let mut fields: Vec<(&str, String)> = vec![
            ("name", page.attributes("input[name=name]", "value").remove(0)),
            (
                "version",
                page.attributes("input[name=version]", "value").remove(0),
            ),
            ("when", "now".to_owned()),
            ("at", String::new()),
        ];
        for (name, value) in filled {
            fields.retain(|(other, _)| other != name || matches!(*name, "include" | "exclude"));
            fields.push((name, (*value).to_owned()));
        }
        fields
    }

    async fn save(&self, id: CampaignId, fields: &[(&str, String)]) -> TestResponse {
        let fields: Vec<(&str, &str)> = fields
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        self.person.post(CAMPAIGN.url(&id), &fields).await
    }

    async fn autosave(&self, id: CampaignId, fields: &[(&str, String)]) -> TestResponse {
        let fields: Vec<(&str, &str)> = fields
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        self.person.clone().htmx().post(CAMPAIGN.url(&id), &fields).await
    }
}

#[tokio::test]
async fn a_draft_is_made_filled_in_and_sent_without_a_script() {
    let story = Story::with_people(2).await;
    let id = story.named("First newsletter").await;
    let page = story.page(id).await;
    assert!(page.text().contains("No audience is chosen"), "{}", page.text());
    assert_eq!(page.attributes("button[value=launch]", "disabled").len(), 1);

    let (segment, template) = (story.segment.to_string(), story.template.to_string());
    let filled = [
        ("include", segment.as_str()),
        ("template", template.as_str()),
        ("then", "launch"),
    ];
    let saved = story.save(id, &story.fields(id, &filled).await).await.expect(303);
    assert_eq!(saved.location(), CAMPAIGN_LAUNCH.url(&id));

    let question = story.person.get(saved.location()).await.expect(200);
    assert_eq!(question.texts("form .btn-primary"), ["Send to 2 people"]);
    story.press_launch(id).await.expect(303);
    story.run_to_the_end().await;
    assert_eq!(story.world.received().len(), 2);
}

#[tokio::test]
async fn the_button_names_the_number_and_it_is_the_number_that_will_receive_it() {
    let story = Story::with_people(1_204).await;
    let gone = story.world.contact("gone@example.com", &[story.segment]);
    story.world.contact("", &[story.segment]);
    story.world.suppress(gone);
    let id = story.draft().await;

    let page = story.page(id).await;

    assert_eq!(page.texts("button[value=launch]"), ["Send to 1,204 people"]);
    assert_eq!(
        page.texts("#audience-numbers .stat-value"),
        ["1,206", "1,205", "1,204"]
    );
}

#[tokio::test]
async fn the_three_numbers_follow_the_choice_before_it_is_saved() {
    let story = Story::with_people(2).await;
    let other = story.world.segment("Others");
    story.world.contact("other@example.com", &[other]);
    let (first, second) = (story.segment.to_string(), other.to_string());

    let both = story
        .person
        .post(
            CAMPAIGN_AUDIENCE.url(),
            &[("include", &first), ("include", &second)],
        )
        .await
        .expect(200);
    let less = [
        ("include", first.as_str()),
        ("include", second.as_str()),
        ("exclude", first.as_str()),
    ];
    let less = story
        .person
        .post(CAMPAIGN_AUDIENCE.url(), &less)
        .await
        .expect(200);

    assert_eq!(both.texts(".stat-value"), ["3", "3", "3"]);
    assert_eq!(less.texts(".stat-value"), ["1", "1", "1"]);
    assert_eq!(less.attributes("#audience-numbers", "id").len(), 1);
}

#[tokio::test]
async fn a_change_saves_itself_and_brings_what_follows_from_it() {
    let story = Story::with_people(2).await;
    let id = story.named("News").await;
    let segment = story.segment.to_string();

    let fields = story.fields(id, &[("include", segment.as_str())]).await;
    let answer = story.autosave(id, &fields).await.expect(200);

    assert_eq!(answer.attributes("#draft-version", "value"), ["2"]);
    assert!(answer.texts("#audience-summary")[0].contains("2 people"));
    assert!(answer.texts("#draft-review")[0].contains("No template is chosen"));
    assert_eq!(
        answer.attributes("#draft-mail", "id").len(),
        0,
        "the mail did not change"
    );
    assert_eq!(
        story.campaign(id).await["audience"]["include"],
        json!([story.segment])
    );

    let template = story.template.to_string();
    let fields = story
        .fields(
            id,
            &[("include", segment.as_str()), ("template", template.as_str())],
        )
        .await;
    let answer = story.autosave(id, &fields).await.expect(200);
    assert_eq!(answer.attributes("#draft-mail iframe", "sandbox"), [""]);
}

#[tokio::test]
async fn invalid_fields_come_back_with_what_was_typed_and_nothing_is_saved() {
    let story = Story::with_people(1).await;
    let id = story.named("News").await;
    let segment = story.segment.to_string();
    let long = "x".repeat(201);
    for (filled, field, said) in [
        (vec![("name", "  ")], "name", "Give it a name."),
        (vec![("name", long.as_str())], "name", "200 characters"),
        (vec![("when", "at"), ("at", "")], "at", "Choose a day and a time."),
        (
            vec![("when", "at"), ("at", "soon")],
            "at",
            "Choose a day and a time.",
        ),
        (vec![("when", "at"), ("at", "2020-01-01T10:00")], "at", "gone by"),
        (vec![("template", "tpl_nonsense")], "template", "does not exist"),
        (
            vec![("include", segment.as_str()), ("exclude", segment.as_str())],
            "include",
            "both",
        ),
    ] {
        let fields = story.fields(id, &filled).await;
        let page = story.save(id, &fields).await.expect(422);
        assert!(
            page.texts(".field-error").iter().any(|text| text.contains(said)),
            "{field}: {}",
            page.text()
        );
        assert!(
            page.texts("[role=alert]").iter().any(|text| text.contains(said)),
            "{field}"
        );
        if field == "at" {
            assert_eq!(page.attributes("input[name=at]", "value"), [filled[1].1]);
        }
        let part = story.autosave(id, &fields).await.expect(422);
        assert!(
            part.texts("#draft-note")[0].contains(said),
            "{field}: {}",
            part.text()
        );
        assert_eq!(story.campaign(id).await["name"], "News");
        assert_eq!(story.campaign(id).await["scheduled_at"], json!(null));
    }
}

#[tokio::test]
async fn a_time_that_the_clocks_skip_is_refused_with_one_that_exists() {
    let story = Story::with_people(1).await;
    let id = story.named("News").await;
    // Berlin's clocks skip from two to three on the last Sunday of March.
    let today = kernel::Clock::now(&story.app.clock).to_zoned(jiff::tz::TimeZone::UTC);
    let year = if today.month() > 2 {
        today.year() + 1
    } else {
        today.year()
    };
    let april = jiff::civil::date(year, 4, 1);
    let sunday = april.nth_weekday(-1, jiff::civil::Weekday::Sunday).unwrap();
    let skipped = format!("{sunday}T02:30");

    let page = story
        .save(id, &story.fields(id, &[("when", "at"), ("at", &skipped)]).await)
        .await
        .expect(422);

    assert!(page.texts(".field-error")[0].contains("03:30"), "{}", page.text());
}

#[tokio::test]
async fn a_schedule_is_read_in_the_organisations_zone() {
    let story = Story::with_people(1).await;
    let id = story.named("News").await;
    let now = kernel::Clock::now(&story.app.clock);
    let local = |at: jiff::Timestamp| local_text(at, "Asia/Kolkata");
    story.app.organizations.change(story.app.org, |profile| {
        profile.timezone = "Asia/Kolkata".to_owned()
    });
    let at = jiff::Timestamp::from_second((now.as_second() / 60 + 120) * 60).unwrap();

    story
        .save(id, &story.fields(id, &[("when", "at"), ("at", &local(at))]).await)
        .await
        .expect(303);

    assert_eq!(story.campaign(id).await["scheduled_at"], json!(at));
    assert_eq!(
        story.page(id).await.attributes("input[name=at]", "value"),
        [local(at)]
    );
}

fn local_text(at: jiff::Timestamp, zone: &str) -> String {
    at.to_zoned(jiff::tz::TimeZone::get(zone).unwrap())
        .strftime("%Y-%m-%dT%H:%M")
        .to_string()
}

#[tokio::test]
async fn two_people_who_change_the_same_draft_do_not_overwrite_each_other_unknowingly() {
    let story = Story::with_people(1).await;
    let id = story.named("News").await;
    let mine = story.fields(id, &[("name", "Mine")]).await;
    let theirs = story.fields(id, &[("name", "Theirs")]).await;
    story.save(id, &theirs).await.expect(303);

    let conflict = story.save(id, &mine).await.expect(409);
    assert!(conflict.text().contains("Somebody else changed this campaign"));
    assert_eq!(conflict.attributes("input[name=name]", "value"), ["Mine"]);
    assert_eq!(story.campaign(id).await["name"], "Theirs");
    let part = story.autosave(id, &mine).await.expect(422);
    assert!(part.texts("#draft-note")[0].contains("Somebody else changed"));

    let version = conflict.attributes("input[name=version]", "value").remove(0);
    let again: Vec<(&str, String)> = mine
        .into_iter()
        .map(|(name, value)| {
            if name == "version" {
                (name, version.clone())
            } else {
                (name, value)
            }
        })
        .collect();
    story.save(id, &again).await.expect(303);
    assert_eq!(story.campaign(id).await["name"], "Mine");
}

#[tokio::test]
async fn a_draft_that_was_sent_meanwhile_is_not_changed() {
    let story = Story::with_people(1).await;
    let id = story.draft().await;
    let fields = story.fields(id, &[("name", "Another name")]).await;
    story.launch(id).await.expect(202);

    let answer = story.save(id, &fields).await;

    assert!(answer.status == 303 || answer.status == 409, "{}", answer.status);
    assert_eq!(story.campaign(id).await["name"], "Spring sale");
}

#[tokio::test]
async fn the_preview_is_the_mail_of_the_chosen_person_and_can_run_nothing() {
    let story = Story::begin().await;
    story.world.contact("ann@example.com", &[story.segment]);
    let bob = story.world.contact("bob@example.com", &[story.segment]);
    let id = story.draft().await;

    let page = story
        .person
        .get(CAMPAIGN.with(&id, &[("preview_as", bob)]))
        .await
        .expect(200);
    assert!(
        page.texts("#draft-mail strong").contains(&"Hello bob".to_owned()),
        "{}",
        page.text()
    );
    let frame = page.attributes("#draft-mail iframe", "src").remove(0);
    assert!(frame.starts_with(CAMPAIGN_PREVIEW.template()));

    let mail = story.person.get(&frame).await.expect(200);
    assert_eq!(mail.texts("h1"), ["bob"]);
    let policy = mail.header("content-security-policy").unwrap();
    assert!(
        policy.starts_with("sandbox;") && policy.contains("default-src 'none'"),
        "{policy}"
    );
    assert_eq!(mail.header("x-frame-options"), Some("SAMEORIGIN"));
}

#[tokio::test]
async fn a_template_that_cannot_be_rendered_says_why() {
    let story = Story::with_people(1).await;
    story.world.break_template(story.template);
    let id = story.draft().await;

    let page = story.page(id).await;

    assert!(
        page.texts("#draft-review")[0].contains("line 3: no filter named shout"),
        "{}",
        page.text()
    );
    assert_eq!(page.attributes("button[value=launch]", "disabled").len(), 1);
}

#[tokio::test]
async fn an_organisation_without_segments_and_templates_is_shown_the_way() {
    let world = std::sync::Arc::new(crate::world::World::default());
    let inner = world.clone();
    let app = testkit::TestApp::start(&["campaign"], |deps, organizations| {
        vec![campaign::module(deps, crate::world::needs(&inner, organizations))]
    })
    .await;
    let person = app.person();
    let made = person
        .post(CAMPAIGN_NEW.url(), &[("name", "News")])
        .await
        .expect(303);

    let page = person.get(made.location()).await.expect(200);

    let ways = page.attributes(".empty a", "href");
    assert_eq!(
        ways,
        [
            contracts::crm::SEGMENT_NEW.url(),
            contracts::delivery::TEMPLATE_NEW.url()
        ]
    );
}

#[tokio::test]
async fn a_viewer_sees_a_draft_and_changes_nothing() {
    let story = Story::with_people(1).await;
    let id = story.draft().await;
    let viewer = story.app.person_as(story.app.org, Role::Viewer);

    let page = viewer.get(CAMPAIGN.url(&id)).await.expect(200);
    assert!(
        page.attributes("main form", "action").is_empty(),
        "{}",
        page.text()
    );
    viewer
        .post(CAMPAIGN.url(&id), &[("name", "Mine"), ("version", "1")])
        .await
        .expect(403);
    viewer.get(CAMPAIGN_NEW.url()).await.expect(403);
    viewer
        .post(CAMPAIGN_NEW.url(), &[("name", "Mine")])
        .await
        .expect(403);
}
