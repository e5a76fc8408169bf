//! The main job, through all contexts, as people live it: nothing here knows a table.

use contracts::{
    analytics::DASHBOARD,
    crm::{CONTACT_DELETION, CONTACTS},
    identity::GO_LIVE,
};

use crate::office::{Office, whereabouts};

const PEOPLE: &str = "Email,First name,City,Tags\n\
    anna@example.com,Anna,Bonn,news\n\
    bert@example.com,Bert,Kiel,news|vip\n\
    cleo@example.com,Cleo,Rome,news\n\
    dora@example.com,Dora,Oslo,other\n\
    not an address,Emil,Graz,news\n";

fn rows(expected: &[(&str, i64)]) -> Vec<(String, i64)> {
    expected
        .iter()
        .map(|(outcome, people)| ((*outcome).to_owned(), *people))
        .collect()
}

#[tokio::test]
async fn from_a_file_of_contacts_to_a_click_on_the_report() {
    let office = Office::open().await;

    let import = office.import(PEOPLE).await;
    assert_eq!(
        import.texts(".stat-value")[..1],
        ["4"],
        "{}",
        import.texts("main").join(" ")
    );
    let news = office.segment("Newsletter", "news").await;
    let template = office.template("News").await;
    let campaign = office.campaign("First news", &[&news], &template).await;

    for (address, mails) in [("anna", 1), ("bert", 1), ("cleo", 1), ("dora", 0)] {
        assert_eq!(
            office.mails_to(&format!("{address}@example.com")).await,
            mails,
            "{address}"
        );
    }
    let mail = office.mail_to("anna@example.com").await;
    let anna = office
        .app
        .stranger()
        .with("user-agent", "Mozilla/5.0 (X11; Linux x86_64) Thunderbird/115.0");
    anna.get(&mail.pixel).await.expect(200);
    let went_to = anna.get(&mail.links[0]).await.expect(302).location();
    assert_eq!(went_to, "https://example.com/new");
    office.work_is_done().await;

    let report = office.report(campaign).await;
    assert_eq!(
        report.texts("#report-figures .stat-value"),
        ["3", "100%", "33.3%", "33.3%", "0%", "0%"]
    );
    let cells = report.texts("main tbody tr > *");
    assert!(
        cells
            .windows(3)
            .any(|row| row == ["https://example.com/new", "1", "1"]),
        "{cells:?}"
    );
    assert_eq!(
        whereabouts(&report),
        rows(&[("Sent", 3), ("Audience at the launch", 3)])
    );
    let dashboard = office.ann.get(DASHBOARD.url()).await.expect(200);
    assert_eq!(dashboard.texts(".stat-value"), ["3", "1", "1", "0"]);
    let list = office
        .ann
        .get(CONTACTS.with(&[("q", "anna@example.com")]))
        .await
        .expect(200);
    let contact = office
        .ann
        .get(&list.attributes("main tbody a", "href")[0])
        .await
        .expect(200);
    assert!(
        contact.text().contains("https://example.com/new"),
        "the timeline names the link"
    );
}

#[tokio::test]
async fn whoever_has_unsubscribed_gets_no_further_campaign() {
    let office = Office::open().await;
    office.import(PEOPLE).await;
    let (news, template) = (
        office.segment("Newsletter", "news").await,
        office.template("News").await,
    );
    office.campaign("First", &[&news], &template).await;
    let mail = office.mail_to("anna@example.com").await;

    office
        .app
        .stranger()
        .post(&mail.unsubscribe, &[("List-Unsubscribe", "One-Click")])
        .await
        .expect(200);
    office.work_is_done().await;
    let second = office.campaign("Second", &[&news], &template).await;

    assert_eq!(
        office.mails_to("anna@example.com").await,
        1,
        "the first one and no other"
    );
    assert_eq!(office.mails_to("bert@example.com").await, 2);
    let expected = [
        ("Sent", 2),
        ("Unsubscribed or suppressed", 1),
        ("Audience at the launch", 3),
    ];
    assert_eq!(whereabouts(&office.report(second).await), rows(&expected));
}

#[tokio::test]
async fn somebody_in_two_segments_of_a_campaign_gets_one_mail() {
    let office = Office::open().await;
    office.import(PEOPLE).await;
    let (news, vip) = (
        office.segment("Newsletter", "news").await,
        office.segment("Important", "vip").await,
    );
    let template = office.template("News").await;

    let campaign = office.campaign("Both", &[&news, &vip], &template).await;

    assert_eq!(office.mails_to("bert@example.com").await, 1);
    assert_eq!(
        whereabouts(&office.report(campaign).await),
        rows(&[("Sent", 3), ("Audience at the launch", 3)])
    );
}

#[tokio::test]
async fn everybody_of_an_audience_stands_in_one_line_of_the_report() {
    let office = Office::open().await;
    let people = "Customer no,Email,First name,Tags,Unsubscribed\n\
        1,anna@example.com,Anna,news,no\n\
        2,bert@example.com,Bert,news,no\n\
        3,cleo@example.com,Cleo,news,yes\n\
        4,,Dora,news,no\n\
        5,bounced@sandbox.test,Emil,news,no\n";
    office
        .import_with(
            people,
            &[("column_0", "external_id"), ("identity", "external_id")],
        )
        .await;
    let (news, template) = (
        office.segment("Newsletter", "news").await,
        office.template("News").await,
    );

    let campaign = office.campaign("First", &[&news], &template).await;

    let lines = whereabouts(&office.report(campaign).await);
    let expected = [
        ("Sent", 2),
        ("Unsubscribed or suppressed", 1),
        ("Refused by the mail server", 1),
        ("Without an e-mail address", 1),
        ("Audience at the launch", 5),
    ];
    assert_eq!(lines, rows(&expected));
    assert_eq!(office.mails_to("cleo@example.com").await, 0);
}

#[tokio::test]
async fn a_contact_deleted_between_launch_and_sending_gets_nothing_and_is_accounted_for() {
    let office = Office::open().await;
    office.import(PEOPLE).await;
    let (news, template) = (
        office.segment("Newsletter", "news").await,
        office.template("News").await,
    );
    let campaign = office.draft("First", &[&news], &template).await;

    office.launch(campaign).await.expect(303);
    let list = office
        .ann
        .get(CONTACTS.with(&[("q", "anna@example.com")]))
        .await
        .expect(200);
    let contact = list.attributes("main tbody a", "href").swap_remove(0);
    let id = contact.rsplit('/').next().unwrap().parse().unwrap();
    office.ann.post(CONTACT_DELETION.url(&id), &[]).await.expect(303);
    office.work_is_done().await;

    assert_eq!(office.mails_to("anna@example.com").await, 0);
    let expected = [
        ("Sent", 2),
        ("Deleted after the launch", 1),
        ("Audience at the launch", 3),
    ];
    assert_eq!(whereabouts(&office.report(campaign).await), rows(&expected));
}

#[tokio::test]
async fn going_live_is_refused_while_something_is_missing_and_mail_stays_here() {
    let office = Office::open().await;
    let page = office.ann.get(GO_LIVE.url()).await.expect(200);
    let missing = page
        .texts("main tbody tr")
        .iter()
        .filter(|row| row.contains("Missing"))
        .count();
    assert!(
        missing >= 2,
        "no address, no provider and no domain: {:?}",
        page.texts("main tbody tr")
    );

    let refused = office
        .ann
        .post(GO_LIVE.url(), &[("confirmation", "Acme Ltd"), ("mode", "live")])
        .await;

    assert_eq!(refused.status.as_u16(), 422, "{}", refused.text());
    assert_eq!(
        office.ann.get(GO_LIVE.url()).await.texts(".mode-banner strong"),
        ["Test mode"]
    );
    office.import(PEOPLE).await;
    let (news, template) = (
        office.segment("Newsletter", "news").await,
        office.template("News").await,
    );
    office.campaign("First", &[&news], &template).await;
    assert_eq!(
        office.mails_to("anna@example.com").await,
        1,
        "the built-in inbox caught it"
    );
}
