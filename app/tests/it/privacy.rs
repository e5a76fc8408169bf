//! Consent and privacy through all contexts: topics and campaigns, the preference centre, the double
//! opt-in, handing data over, erasing.

use contracts::{
    campaign::{API_CAMPAIGN_LAUNCHES, API_CAMPAIGNS},
    crm::{
        API_CONTACTS, API_FIELDS,
        consent::{
            API_CONTACT_CONSENTS, API_CONTACT_ERASURE, API_CONTACT_PREFERENCES, API_CONTACT_SUBSCRIPTIONS,
            API_DO_NOT_CONTACTS, API_PREFERENCE_DEFAULTS, API_TOPICS, CONFIRMATION, CONTACT_EXPORT,
            DATA_ERASURE, DATA_EXPORT, PREFERENCES, PREFERENCES_ERASURE, PREFERENCES_EXPORT, PRIVACY,
        },
    },
    delivery::{API_INBOX, API_INBOX_MESSAGE, API_TEMPLATES, CLICK, UNSUBSCRIBE},
};
use http::Method;
use kernel::{ContactId, MessageId, Permission};
use platform::erasure::{scan_files, scan_tables};
use serde_json::{Value, json};
use testkit::{Client, TestResponse};

use crate::office::Office;

/// What programs do in the office of Ann.
struct Desk {
    office: Office,
    program: Client,
}

impl Desk {
    async fn open() -> Self {
        let office = Office::open().await;
        let program = office.program(Permission::ALL).await;
        Self { office, program }
    }

    async fn post(&self, url: String, body: Value) -> Value {
        let answer = self.program.json(Method::POST, url, &body).await;
        assert!(answer.status.is_success(), "{}", answer.text());
        answer.json()
    }

    async fn contact(&self, body: Value) -> ContactId {
        let made = self.post(API_CONTACTS.url(), body).await;
        id(&made)
    }

    async fn topic(&self, body: Value) -> String {
        self.post(API_TOPICS.url(), body).await["id"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    async fn template(&self, name: &str) -> String {
        let body = json!({"name": name, "kind": "html", "subject": "For {{ contact.first_name }}",
            "body": "<p>Hi {{ contact.first_name }}</p><a href=\"https://shop.example/?who={{ contact.email }}\">Shop</a> \
                     <a href=\"{{ unsubscribe_url }}\">Leave</a> <a href=\"{{ preferences_url }}\">Choose</a>"});
        self.post(API_TEMPLATES.url(), body).await["id"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    async fn campaign(&self, name: &str, segment: &str, topic: Option<&str>, template: &str) {
        let body = json!({"name": name, "template_id": template,
            "audience": {"include": [segment], "topic": topic}});
        let made = self.post(API_CAMPAIGNS.url(), body).await;
        let launch = API_CAMPAIGN_LAUNCHES.url(&id(&made));
        let launched = self.program.json(Method::POST, launch, &json!({})).await;
        assert!(launched.status.is_success(), "{}", launched.text());
        self.office.work_is_done().await;
    }

    /// Mails that the inbox holds for an address, the newest first.
    async fn mails(&self, to: &str) -> Vec<MessageId> {
        let list = self.program.get(API_INBOX.url()).await.expect(200).json();
        let mails = list["data"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|mail| mail["to"] == to);
        mails.map(id).collect()
    }

    /// The first link of a kind in the newest mail to an address.
    async fn link(&self, to: &str, template: &str) -> String {
        let newest = self
            .mails(to)
            .await
            .into_iter()
            .next()
            .unwrap_or_else(|| panic!("{to} got nothing"));
        let mail = self
            .program
            .get(API_INBOX_MESSAGE.url(&newest))
            .await
            .expect(200)
            .json();
        let html = mail["html"].as_str().unwrap().to_owned();
        let prefix = template.split('{').next().unwrap();
        let from = html
            .find(prefix)
            .unwrap_or_else(|| panic!("no {prefix} in {html}"));
        let length = html[from..].find('"').unwrap();
        html[from..from + length].to_owned()
    }

    async fn state(&self, contact: ContactId) -> Value {
        let all = self
            .program
            .get(API_CONTACT_SUBSCRIPTIONS.url(&contact))
            .await
            .expect(200)
            .json();
        all["data"][0]["state"].clone()
    }
}

fn id<T: std::str::FromStr>(value: &Value) -> T
where
    T::Err: std::fmt::Debug,
{
    value["id"].as_str().unwrap().parse().unwrap()
}

/// The form of a page as a browser would send it, with these boxes ticked and fields filled in.
async fn choose(reader: &Client, url: &str, fields: &[(&str, &str)]) -> TestResponse {
    reader.post(url, fields).await
}

#[tokio::test]
async fn a_campaign_about_a_topic_reaches_those_who_hear_of_it() {
    let desk = Desk::open().await;
    let news = desk
        .topic(json!({"name": "Product news", "initial": "unsubscribed"}))
        .await;
    for name in ["anna", "bert", "cleo"] {
        desk.contact(json!({"email": format!("{name}@example.com"), "first_name": name, "tags": ["all"]}))
            .await;
    }
    let everybody = desk
        .program
        .get(API_CONTACTS.with(&[("q", "anna")]))
        .await
        .expect(200)
        .json();
    let anna: ContactId = id(&everybody["data"][0]);
    let yes = json!({"subscriptions": [{"topic": "product_news", "state": "subscribed"}]});
    desk.post(API_CONTACT_SUBSCRIPTIONS.url(&anna), yes).await;
    let segment = desk.office.segment("Everybody", "all").await;
    let template = desk.template("News").await;

    desk.campaign("About news", &segment, Some(&news), &template)
        .await;
    desk.campaign("About all", &segment, None, &template).await;

    assert_eq!(desk.mails("anna@example.com").await.len(), 2);
    assert_eq!(
        desk.mails("bert@example.com").await.len(),
        1,
        "only what is for everybody"
    );
}

#[tokio::test]
async fn one_click_in_a_mail_leaves_its_topic_and_the_page_leads_to_the_preference_centre() {
    let desk = Desk::open().await;
    let news = desk
        .topic(json!({"name": "Product news", "initial": "subscribed"}))
        .await;
    let anna = desk
        .contact(json!({"email": "anna@example.com", "tags": ["all"]}))
        .await;
    // Somebody who gets everything, so that each campaign has an audience.
    desk.contact(json!({"email": "bert@example.com", "tags": ["all"]}))
        .await;
    let segment = desk.office.segment("Everybody", "all").await;
    let template = desk.template("News").await;
    desk.campaign("First", &segment, Some(&news), &template).await;
    let reader = desk.office.app.stranger();
    let leave = desk.link("anna@example.com", UNSUBSCRIBE.template()).await;

    reader
        .post(&leave, &[("List-Unsubscribe", "One-Click")])
        .await
        .expect(200);
    desk.campaign("Second", &segment, Some(&news), &template).await;
    desk.campaign("For all", &segment, None, &template).await;

    assert_eq!(
        desk.mails("anna@example.com").await.len(),
        2,
        "the first one, and what is not about the topic"
    );
    let ledger = desk
        .program
        .get(API_CONTACT_CONSENTS.url(&anna))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&ledger["data"][0]["action"], &ledger["data"][0]["source"]),
        (&json!("withdrawn"), &json!("unsubscribe_link"))
    );
    let page = reader.get(&leave).await.expect(200);
    let centre = page
        .attributes("main a", "href")
        .into_iter()
        .find(|href| href.starts_with("/preferences/"))
        .expect("the page leads to the preference centre");
    let centre = reader.get(&centre).await.expect(200);
    assert_eq!(centre.attributes("input[name=chosen][checked]", "value").len(), 0);
}

#[tokio::test]
async fn people_choose_pause_and_leave_in_the_preference_centre_without_signing_in() {
    let desk = Desk::open().await;
    let (news, offers) = (
        desk.topic(json!({"name": "News", "initial": "subscribed"})).await,
        desk.topic(json!({"name": "Offers", "initial": "unsubscribed", "consent_text": "Yes to offers."}))
            .await,
    );
    desk.topic(json!({"name": "Internal", "initial": "subscribed", "public": false}))
        .await;
    let anna = desk
        .contact(json!({"email": "anna@example.com", "tags": ["all"]}))
        .await;
    // Somebody who gets everything, so that each campaign has an audience.
    desk.contact(json!({"email": "bert@example.com", "tags": ["all"]}))
        .await;
    let segment = desk.office.segment("Everybody", "all").await;
    let template = desk.template("News").await;
    desk.campaign("First", &segment, Some(&news), &template).await;
    let reader = desk.office.app.stranger();
    let url = desk.link("anna@example.com", PREFERENCES.template()).await;
    assert!(!url.contains("anna"), "no address stands in the link");

    let page = reader.get(&url).await.expect(200);
    assert_eq!(
        page.attributes("input[name=chosen]", "value"),
        [format!("{news}:email"), format!("{offers}:email")]
    );
    assert_eq!(
        page.attributes("input[name=chosen][checked]", "value"),
        [format!("{news}:email")]
    );
    assert!(page.header("set-cookie").is_none() && page.header("cache-control") == Some("no-store"));

    // From news to offers.
    let chosen = format!("{offers}:email");
    let saved = choose(&reader, &url, &[("chosen", &chosen)])
        .await
        .expect(303)
        .location();
    assert!(
        reader
            .get(&saved)
            .await
            .expect(200)
            .text()
            .contains("Your choice was saved.")
    );
    let ledger = desk
        .program
        .get(API_CONTACT_CONSENTS.url(&anna))
        .await
        .expect(200)
        .json();
    let told: Vec<_> = ledger["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| (e["action"].clone(), e["text"].clone(), e["actor"].clone()))
        .collect();
    assert!(
        told.contains(&(json!("granted"), json!("Yes to offers."), json!("person"))),
        "{told:?}"
    );
    assert_eq!(
        told.len(),
        2,
        "a box that stayed as it was says nothing: {told:?}"
    );
    desk.campaign("About offers", &segment, Some(&offers), &template)
        .await;
    assert_eq!(desk.mails("anna@example.com").await.len(), 2);

    // A pause holds everything back, and nothing else.
    let wrong = choose(&reader, &url, &[("chosen", &chosen), ("pause_until", "soon")])
        .await
        .expect(422);
    assert_eq!(wrong.attributes("[aria-invalid=true]", "name"), ["pause_until"]);
    let later = desk.office.app.deps.clock.now() + jiff::SignedDuration::from_hours(30 * 24);
    let later = later.to_zoned(jiff::tz::TimeZone::UTC).date().to_string();
    choose(&reader, &url, &[("chosen", &chosen), ("pause_until", &later)])
        .await
        .expect(303);
    desk.campaign("While paused", &segment, None, &template).await;
    assert_eq!(desk.mails("anna@example.com").await.len(), 2);
    choose(&reader, &url, &[("chosen", &chosen)]).await.expect(303);

    // Out of everything, and back.
    choose(&reader, &url, &[("chosen", &chosen), ("wish", "nothing")])
        .await
        .expect(303);
    desk.office.work_is_done().await;
    desk.campaign("After leaving", &segment, None, &template).await;
    assert_eq!(desk.mails("anna@example.com").await.len(), 2);
    choose(&reader, &url, &[("chosen", &chosen)]).await.expect(303);
    desk.office.work_is_done().await;
    desk.campaign("After coming back", &segment, Some(&offers), &template)
        .await;
    assert_eq!(desk.mails("anna@example.com").await.len(), 3);

    // Not more than once a week, whatever it is about.
    choose(&reader, &url, &[("chosen", &chosen), ("frequency", "1/7")])
        .await
        .expect(303);
    let page = reader.get(&url).await.expect(200);
    assert_eq!(
        page.attributes("select[name=frequency] option[selected]", "value"),
        ["1/7"]
    );
    desk.campaign("Too much", &segment, None, &template).await;
    assert_eq!(desk.mails("anna@example.com").await.len(), 3);
    desk.office
        .app
        .clock
        .advance(jiff::SignedDuration::from_hours(8 * 24));
    desk.campaign("A week later", &segment, None, &template).await;
    assert_eq!(desk.mails("anna@example.com").await.len(), 4);

    // A form that another site sends does nothing.
    let foreign = reader.clone().with("sec-fetch-site", "cross-site");
    choose(&foreign, &url, &[("wish", "nothing")]).await.expect(403);
    let changed = format!("{}A", &url[..url.len() - 1]);
    if changed != url {
        reader.get(&changed).await.expect(404);
    }
}

#[tokio::test]
async fn a_double_opt_in_counts_once_its_button_was_pressed() {
    let desk = Desk::open().await;
    let news = desk
        .topic(json!({"name": "News", "initial": "unsubscribed", "double_opt_in": true}))
        .await;
    let anna = desk
        .contact(json!({"email": "anna@example.com", "tags": ["all"]}))
        .await;
    let yes = json!({"subscriptions": [{"topic": "news", "state": "subscribed"}]});
    desk.post(API_CONTACT_SUBSCRIPTIONS.url(&anna), yes.clone()).await;
    desk.office.work_is_done().await;
    assert_eq!(desk.state(anna).await, "pending");
    let segment = desk.office.segment("Everybody", "all").await;
    let template = desk.template("News").await;
    let reader = desk.office.app.stranger();
    let url = desk.link("anna@example.com", CONFIRMATION.template()).await;

    // Programs that check mail follow every link.
    reader.get(&url).await.expect(200);
    assert_eq!(desk.state(anna).await, "pending");
    let everybody_is_out =
        json!({"name": "Early", "template_id": template, "audience": {"include": [segment], "topic": news}});
    let early = desk.post(API_CAMPAIGNS.url(), everybody_is_out).await;
    let launch = API_CAMPAIGN_LAUNCHES.url(&id(&early));
    desk.program
        .json(Method::POST, launch, &json!({}))
        .await
        .expect(422);

    reader.post(&url, &[]).await.expect(303);
    reader.post(&url, &[]).await.expect(303);

    assert_eq!(desk.state(anna).await, "subscribed");
    let ledger = desk
        .program
        .get(API_CONTACT_CONSENTS.url(&anna))
        .await
        .expect(200)
        .json();
    let told: Vec<_> = ledger["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| (e["action"].clone(), e["source"].clone()))
        .collect();
    assert_eq!(
        told,
        [
            (json!("granted"), json!("confirmation")),
            (json!("requested"), json!("api"))
        ]
    );
    desk.campaign("On time", &segment, Some(&news), &template).await;
    assert_eq!(
        desk.mails("anna@example.com").await.len(),
        2,
        "the question, and the news"
    );
}

#[tokio::test]
async fn a_request_that_nobody_confirms_ends_after_a_week() {
    let desk = Desk::open().await;
    desk.topic(json!({"name": "News", "initial": "unsubscribed", "double_opt_in": true}))
        .await;
    let anna = desk.contact(json!({"email": "anna@example.com"})).await;
    let yes = json!({"subscriptions": [{"topic": "news", "state": "subscribed"}]});
    desk.post(API_CONTACT_SUBSCRIPTIONS.url(&anna), yes).await;
    desk.office.work_is_done().await;
    let url = desk.link("anna@example.com", CONFIRMATION.template()).await;

    desk.office
        .app
        .clock
        .advance(jiff::SignedDuration::from_hours(8 * 24));
    desk.office.work_is_done().await;

    let reader = desk.office.app.stranger();
    reader.post(&url, &[]).await.expect(303);
    assert_eq!(desk.state(anna).await, "unsubscribed");
    assert!(
        reader
            .get(&url)
            .await
            .expect(200)
            .text()
            .contains("no longer valid")
    );
}

#[tokio::test]
async fn somebody_gets_their_data_once_by_a_link_that_goes_to_their_own_address() {
    let desk = Desk::open().await;
    desk.topic(json!({"name": "News", "initial": "subscribed"})).await;
    let anna = desk
        .contact(json!({"email": "anna@example.com", "first_name": "Anna", "tags": ["all"]}))
        .await;
    let segment = desk.office.segment("Everybody", "all").await;
    let template = desk.template("News").await;
    desk.campaign("First", &segment, None, &template).await;
    let reader = desk.office.app.stranger();
    let centre = desk.link("anna@example.com", PREFERENCES.template()).await;
    let ask = format!("{centre}/export");
    assert_eq!(
        ask,
        PREFERENCES_EXPORT
            .template()
            .replace("{token}", centre.rsplit('/').next().unwrap())
    );
    reader.post(&ask, &[]).await.expect(200);
    desk.office.work_is_done().await;

    let url = desk.link("anna@example.com", DATA_EXPORT.template()).await;
    let page = reader.get(&url).await.expect(200);
    assert!(!page.text().contains("Anna"), "the link alone shows nothing");
    let data = reader.post(&url, &[("form", "file")]).await.expect(200).json();
    assert_eq!(data["crm"]["contact"]["first_name"], "Anna");
    let subjects = data["delivery"]["messages"].to_string();
    assert!(subjects.contains("For {{ contact.first_name }}"), "{subjects}");
    reader.post(&url, &[("form", "file")]).await.expect(404);
    assert!(
        reader
            .get(&url)
            .await
            .expect(200)
            .text()
            .contains("no longer valid")
    );

    let page = desk.office.ann.get(CONTACT_EXPORT.url(&anna)).await.expect(200);
    assert!(page.text().contains("What you were sent") && page.text().contains("anna@example.com"));
}

#[tokio::test]
async fn whoever_did_not_choose_gets_as_much_as_the_organisation_has_for_everybody() {
    let desk = Desk::open().await;
    desk.topic(json!({"name": "News", "initial": "subscribed"})).await;
    let often = desk
        .contact(json!({"email": "often@example.com", "first_name": "Olga", "tags": ["all"]}))
        .await;
    desk.contact(json!({"email": "any@example.com", "first_name": "Anna", "tags": ["all"]}))
        .await;
    let put = |url: String, body: Value| {
        let program = desk.program.clone();
        async move { program.json(Method::PUT, url, &body).await }
    };
    let refused = put(
        API_PREFERENCE_DEFAULTS.url(),
        json!({"frequency": {"most": 0, "days": 7}}),
    );
    assert_eq!(
        refused.await.expect(422).json()["errors"][0]["pointer"],
        "#/frequency/most"
    );
    let once = json!({"frequency": {"most": 1, "days": 7}});
    put(API_PREFERENCE_DEFAULTS.url(), once.clone()).await.expect(200);
    assert_eq!(
        desk.program
            .get(API_PREFERENCE_DEFAULTS.url())
            .await
            .expect(200)
            .json(),
        once
    );
    let chosen =
        json!({"preferred_channel": "email", "paused_until": null, "frequency": {"most": 9, "days": 7}});
    put(API_CONTACT_PREFERENCES.url(&often), chosen.clone())
        .await
        .expect(200);
    assert_eq!(
        desk.program
            .get(API_CONTACT_PREFERENCES.url(&often))
            .await
            .expect(200)
            .json(),
        chosen
    );

    let segment = desk.office.segment("Everybody", "all").await;
    let template = desk.template("News").await;
    desk.campaign("First", &segment, None, &template).await;
    desk.campaign("Second", &segment, None, &template).await;
    assert_eq!(desk.mails("often@example.com").await.len(), 2);
    assert_eq!(desk.mails("any@example.com").await.len(), 1);
}

/// Texts that stand nowhere else, one for each place that a person's data can come to.
const CANARIES: [&str; 9] = [
    "zqxmail@canary.example",
    "Zqxfirst",
    "Zqxlast",
    "+4930998877665",
    "zqx-external-4711",
    "Zqxattribute",
    "Zqxwording",
    "Zqxnote",
    "Zqxrejected",
];

#[tokio::test]
async fn nothing_of_somebody_who_was_erased_is_left_anywhere() {
    let log = testkit_log::capture();
    let desk = Desk::open().await;
    let [
        mail,
        first,
        last,
        phone,
        external,
        attribute,
        wording,
        note,
        rejected,
    ] = CANARIES;
    desk.topic(json!({"name": "News", "initial": "subscribed"})).await;
    desk.post(
        API_FIELDS.url(),
        json!({"key": "secret", "label": "Secret", "type": "text"}),
    )
    .await;
    // By the API, with an answer that is kept for a repeated request.
    let body = json!({"email": mail, "first_name": first, "last_name": last, "phone": phone,
        "external_id": external, "attributes": {"secret": attribute}, "tags": ["all"]});
    let keyed = desk.program.clone().with("idempotency-key", "zq-1");
    let made = keyed
        .json(Method::POST, API_CONTACTS.url(), &body)
        .await
        .expect(201)
        .json();
    let person: ContactId = id(&made);
    desk.contact(json!({"email": "bert@example.com", "first_name": "Bert", "tags": ["all"]}))
        .await;
    let statement = json!({"subscriptions": [{"topic": "news", "state": "subscribed", "text": wording, "ip": "203.0.113.7"}]});
    desk.post(API_CONTACT_SUBSCRIPTIONS.url(&person), statement).await;
    desk.program
        .json(
            Method::PUT,
            format!("{}/sms", API_DO_NOT_CONTACTS.url(&person)),
            &json!({"note": note}),
        )
        .await
        .expect(200);
    // By an event.
    desk.post(
        "/api/v1/events".to_owned(),
        json!({"name": "Visited", "contact_id": person, "properties": {"secret": attribute}}),
    )
    .await;
    // By a file, with a row that was rejected.
    let file = format!(
        "Email,First name,City\n{mail},{first},Bonn\n{mail} {rejected},x,Kiel\nnot {mail},{rejected},Kiel\n"
    );
    desk.office.import(&file).await;
    // By mail: sent, opened, clicked, tried by a colleague.
    let segment = desk.office.segment("Everybody", "all").await;
    let template = desk.template("News").await;
    desk.campaign("First", &segment, None, &template).await;
    let reader = desk
        .office
        .app
        .stranger()
        .with("user-agent", "Mozilla/5.0 (X11; Linux x86_64) Thunderbird/115.0");
    let click = desk.link(mail, CLICK.template()).await;
    assert!(
        reader
            .get(&click)
            .await
            .expect(302)
            .location()
            .contains("canary.example")
    );
    let centre = desk.link(mail, PREFERENCES.template()).await;
    let chosen = [("pause_until", "2099-01-01")];
    choose(&reader, &centre, &chosen).await.expect(422);
    reader.post(format!("{centre}/export"), &[]).await.expect(200);
    desk.office.work_is_done().await;

    // The scan finds what is there: it could fail.
    let needles: Vec<String> = CANARIES.iter().map(|text| (*text).to_owned()).collect();
    let mut owner = desk.office.app.database.owner().await;
    let before = scan_tables(&mut owner, None, &needles).await.unwrap();
    let places: Vec<&str> = before.found.iter().map(|found| found.place.as_str()).collect();
    for place in [
        "crm.contacts",
        "crm.consents",
        "crm.events",
        "crm.import_rejects",
        "delivery.recipients",
        "delivery.inbox_messages",
        "delivery.tracking_events",
        "platform.idempotency_keys",
    ] {
        assert!(
            places.contains(&place),
            "the canary was not planted in {place}: {places:?}"
        );
    }
    let folder = desk.office.app.deps.config.data_dir.join("objects");
    assert!(!scan_files(&folder, &needles).unwrap().found.is_empty());

    let erase = PREFERENCES_ERASURE
        .template()
        .replace("{token}", centre.rsplit('/').next().unwrap());
    // The preference link alone erases nobody: it may have been forwarded with the mail.
    reader.post(&erase, &[("sure", "true")]).await.expect(200);
    desk.office.work_is_done().await;
    reader.get(&centre).await.expect(200);
    let erase = desk.link(mail, DATA_ERASURE.template()).await;
    reader.get(&erase).await.expect(200);
    reader.post(&erase, &[]).await.expect(422);
    reader.post(&erase, &[("sure", "true")]).await.expect(200);
    desk.office.work_is_done().await;
    reader.post(&erase, &[("sure", "true")]).await.expect(404);

    let after = scan_tables(&mut owner, None, &needles).await.unwrap();
    assert!(after.found.is_empty(), "left of the person: {:?}", after.found);
    assert!(
        after.tables >= before.tables && after.tables > 40,
        "{} tables",
        after.tables
    );
    assert!(scan_files(&folder, &needles).unwrap().found.is_empty());
    let logged = log.text().to_lowercase();
    for needle in &needles {
        assert!(!logged.contains(&needle.to_lowercase()), "the log names {needle}");
    }
    let erasure = desk
        .program
        .get(API_CONTACT_ERASURE.url(&person))
        .await
        .expect(200)
        .json();
    assert!(erasure["finished_at"].is_string());
    assert!(
        desk.office
            .ann
            .get(PRIVACY.url())
            .await
            .expect(200)
            .text()
            .contains(&person.to_string())
    );
    reader.get(&centre).await.expect(404);

    // Figures stay, and so does the other one; and the person is not written to when they come again.
    assert_eq!(desk.mails("bert@example.com").await.len(), 1);
    desk.contact(json!({"email": mail, "tags": ["all"]})).await;
    desk.office.work_is_done().await;
    desk.campaign("Second", &segment, None, &template).await;
    assert!(desk.mails(mail).await.is_empty());
    assert_eq!(desk.mails("bert@example.com").await.len(), 2);
}

/// What the program logs while a test runs.
mod testkit_log {
    use std::{
        io::Write,
        sync::{Arc, Mutex},
    };

    #[derive(Clone, Default)]
    pub struct Log(Arc<Mutex<Vec<u8>>>);

    impl Log {
        pub fn text(&self) -> String {
            String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
        }
    }

    impl Write for Log {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    pub fn capture() -> Log {
        let log = Log::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::DEBUG)
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        // Each test has a process of its own; where it has not, the first one captures.
        let _first = tracing::subscriber::set_global_default(subscriber);
        log
    }
}
