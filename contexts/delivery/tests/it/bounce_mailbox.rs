//! What comes back by mail: read from a mailbox inside the test, and what follows from it.

use contracts::delivery::{
    API_MESSAGE, API_SUPPRESSION, DeliveryEvent, MESSAGE, Stream,
    bounces::{
        API_BOUNCE_MAILBOX, API_BOUNCE_MAILBOX_TESTS, API_BOUNCE_MAILBOXES, BOUNCE_MAILBOX,
        BOUNCE_MAILBOX_DELETION, BOUNCE_MAILBOX_NEW, BOUNCE_MAILBOX_TEST, BOUNCE_MAILBOXES,
    },
};
use delivery::domain::bounce::ReturnPath;
use http::Method;
use kernel::{BounceMailboxId, MessageId, Permission, Role};
use serde_json::{Value, json};
use testkit::{
    TestResponse,
    imap_server::{ImapFault, ImapOptions, ImapServer},
    smtp_sink::{Received, SmtpSink},
};

use crate::post_office::{PostOffice, address};

const PASSWORD: &str = "correct horse";
const ADDRESS: &str = "bounces@shop.example";

fn form(port: &str) -> Vec<(&'static str, &str)> {
    vec![
        ("sent", "true"),
        ("address", ADDRESS),
        ("host", "localhost"),
        ("port", port),
        ("security", "none"),
        ("username", ""),
        ("password", PASSWORD),
        ("folder", ""),
        ("disposal", "mark_seen"),
        ("move_to", ""),
        ("enabled", "true"),
    ]
}

fn with<'a>(fields: &[(&'a str, &'a str)], field: &'a str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    let kept = fields.iter().filter(|(name, _)| *name != field).copied();
    kept.chain([(field, value)]).collect()
}

fn flat(page: &TestResponse) -> String {
    page.texts("header.page-head, main").join(" ")
}

/// An organisation that sends through a mail server and reads its bounces from a mailbox.
struct Shop {
    office: PostOffice,
    sink: SmtpSink,
    imap: ImapServer,
    mailbox: BounceMailboxId,
}

impl Shop {
    async fn open() -> Self {
        Self::open_with(ImapOptions::default(), &[]).await
    }

    /// `fields` replace those of the form.
    async fn open_with(options: ImapOptions, fields: &[(&str, &str)]) -> Self {
        let sink = SmtpSink::start().await;
        let (office, _) = PostOffice::live(&sink).await;
        let imap = ImapServer::start_with(options).await;
        let port = imap.port().to_string();
        let mut filled = form(&port);
        for (field, value) in fields {
            filled = with(&filled, field, value);
        }
        // A switch that is off says nothing.
        filled.retain(|field| *field != ("enabled", ""));
        let made = office.app.person().post(BOUNCE_MAILBOXES.url(), &filled).await;
        let mailbox = id_in(&made.expect(303).location());
        Self {
            office,
            sink,
            imap,
            mailbox,
        }
    }

    /// Sends a message to each of these people and returns what the mail server got, in their order.
    async fn send(&self, people: &[&str]) -> Vec<Received> {
        let batch = self.office.batch(Stream::Marketing).await;
        let addresses: Vec<String> = people.iter().map(|to| (*to).to_owned()).collect();
        self.office.add_people(batch, &addresses).await;
        self.office.send().await;
        let received = self.sink.received();
        let of = |to: &&str| {
            let mut found = received.iter().rev();
            found.find(|mail| mail.to == [*to]).expect("it was sent").clone()
        };
        people.iter().map(of).collect()
    }

    async fn poll(&self) {
        self.office.app.run_until_idle().await;
    }

    async fn status(&self) -> Value {
        let program = self.office.app.program();
        let shown = program
            .get(API_BOUNCE_MAILBOX.url(&self.mailbox))
            .await
            .expect(200);
        shown.json()["status"].clone()
    }

    async fn state_of(&self, mail: &Received) -> String {
        let program = self.office.app.program();
        let shown = program.get(API_MESSAGE.url(&message_of(mail))).await.expect(200);
        shown.json()["state"].as_str().unwrap_or_default().to_owned()
    }

    async fn is_suppressed(&self, to: &str) -> bool {
        let program = self.office.app.program();
        let standing = program.get(API_SUPPRESSION.url(&to.to_owned())).await.expect(200);
        standing.json()["suppressed"] == true
    }

    fn seen(&self) -> usize {
        let mails = self.imap.mails("INBOX");
        mails.iter().filter(|mail| mail.flags.contains("\\Seen")).count()
    }
}

fn id_in(url: &str) -> BounceMailboxId {
    url.rsplit('/')
        .next()
        .and_then(|text| text.parse().ok())
        .expect("a mailbox's address")
}

fn message_of(mail: &Received) -> MessageId {
    let id = mail.header("message-id").expect("it has one");
    id.trim_start_matches('<')
        .split('@')
        .next()
        .and_then(|id| id.parse().ok())
        .expect("a message's id")
}

/// A delivery status notification to an address, about a recipient.
fn dsn(to: &str, recipient: &str, status: &str, returned: &str) -> String {
    format!(
        "Return-Path: <>\r\nDelivered-To: {to}\r\nFrom: MAILER-DAEMON@mx.example.com\r\nTo: {to}\r\n\
         Subject: Undelivered Mail Returned to Sender\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\r\n\r\n\
         --b\r\nContent-Type: text/plain\r\n\r\nI am sorry.\r\n\
         --b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.com\r\n\r\n\
         Final-Recipient: rfc822; {recipient}\r\nAction: failed\r\nStatus: {status}\r\n\
         Diagnostic-Code: smtp; 550 {status} <script>so it is</script>\r\n\
         --b\r\nContent-Type: text/rfc822-headers\r\n\r\n{returned}\r\n--b--\r\n"
    )
}

#[tokio::test]
async fn each_message_leaves_with_a_return_path_that_leads_back_to_it() {
    let shop = Shop::open().await;

    let sent = shop.send(&["ann@example.com", "bob@example.com"]).await;

    let key = shop.office.app.deps.keys.derive("delivery.return_path");
    let path = ReturnPath::new(&key, &address(ADDRESS)).unwrap();
    for mail in &sent {
        assert!(mail.from.starts_with("bounces+") && mail.from.ends_with("@shop.example"));
        assert_eq!(path.read(&mail.from), Some(message_of(mail)));
        // People see the sender, and nothing of that.
        assert!(!mail.source.contains("bounces+"));
    }
    assert_eq!(shop.sink.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn a_mailbox_of_a_foreign_domain_is_in_no_envelope_and_its_page_says_why() {
    let shop = Shop::open_with(
        ImapOptions::default(),
        &[("address", "bounces@elsewhere.example")],
    )
    .await;

    let sent = shop.send(&["ann@example.com"]).await;

    assert_eq!(sent[0].from, "news@shop.example");
    let ann = shop.office.app.person();
    let page = flat(&ann.get(BOUNCE_MAILBOX.url(&shop.mailbox)).await.expect(200));
    assert!(
        page.contains("Its domain does not go with your sending domain"),
        "{page}"
    );
    let shown = shop
        .office
        .app
        .program()
        .get(API_BOUNCE_MAILBOX.url(&shop.mailbox))
        .await;
    assert_eq!(shown.json()["is_return_path"], false);
}

#[tokio::test]
async fn a_mailbox_that_is_switched_off_is_neither_read_nor_in_any_envelope() {
    let shop = Shop::open_with(ImapOptions::default(), &[("enabled", "")]).await;

    let sent = shop.send(&["ann@example.com"]).await;
    shop.poll().await;

    assert_eq!(sent[0].from, "news@shop.example");
    assert_eq!(shop.imap.connections(), 0);
}

#[tokio::test]
async fn a_bounce_suppresses_the_address_and_shows_on_the_message() {
    let shop = Shop::open().await;
    let sent = shop.send(&["ann@example.com", "bob@example.com"]).await;
    shop.imap
        .deliver(dsn(&sent[0].from, "ann@example.com", "5.1.1", ""));

    shop.poll().await;

    assert_eq!(shop.state_of(&sent[0]).await, "bounced");
    assert_eq!(shop.state_of(&sent[1]).await, "accepted");
    assert!(shop.is_suppressed("ann@example.com").await);
    let ann = shop.office.app.person();
    let page = ann.get(MESSAGE.url(&message_of(&sent[0]))).await.expect(200);
    assert!(!page.text().contains("<script>so"));
    let page = flat(&ann.get(BOUNCE_MAILBOX.url(&shop.mailbox)).await.expect(200));
    assert!(page.contains("Messages return to this mailbox"), "{page}");
    let status = shop.status().await;
    assert_eq!(
        (&status["bounces"], &status["last_error"]),
        (&json!(1), &Value::Null)
    );
    assert!(status["looked_at"].is_string());
    assert_eq!(shop.seen(), 1);
    let told = shop.office.facts().await;
    let bounced = told
        .iter()
        .filter(|fact| matches!(fact, DeliveryEvent::MessagesBounced { .. }));
    assert_eq!(bounced.count(), 1);
}

#[tokio::test]
async fn new_mail_is_read_at_the_next_look_and_what_was_read_is_not_read_again() {
    let shop = Shop::open().await;
    let sent = shop.send(&["ann@example.com", "bob@example.com"]).await;
    shop.imap
        .deliver(dsn(&sent[0].from, "ann@example.com", "5.1.1", ""));
    shop.poll().await;
    shop.imap
        .deliver(dsn(&sent[1].from, "bob@example.com", "5.1.1", ""));
    shop.poll().await;
    shop.poll().await;

    assert!(shop.is_suppressed("bob@example.com").await);
    assert_eq!(shop.imap.count("UID FETCH"), 2);
    assert_eq!(shop.status().await["bounces"], 2);
}

#[tokio::test]
async fn whoever_makes_a_bounce_up_takes_nobody_else_off_the_lists() {
    let shop = Shop::open().await;
    let sent = shop.send(&["eve@example.com", "ann@example.com"]).await;
    let (of_eve, of_ann) = (&sent[0], &sent[1]);
    let named = format!("Message-ID: {}\r\n", of_eve.header("message-id").unwrap());
    let key = shop.office.app.deps.keys.derive("delivery.return_path");
    let path = ReturnPath::new(&key, &address(ADDRESS)).unwrap();
    // Without any trace, by a message of eve's own, and by a token of a message that is not there.
    shop.imap.deliver(dsn(ADDRESS, "ann@example.com", "5.1.1", ""));
    shop.imap
        .deliver(dsn(ADDRESS, "ann@example.com", "5.1.1", &named));
    let foreign = path.address(MessageId::generate());
    shop.imap.deliver(dsn(&foreign, "ann@example.com", "5.1.1", ""));
    // With eve's token it is about eve's message, whomever it names.
    shop.imap
        .deliver(dsn(&of_eve.from, "ann@example.com", "5.1.1", ""));

    shop.poll().await;

    assert!(!shop.is_suppressed("ann@example.com").await);
    assert_eq!(shop.state_of(of_ann).await, "accepted");
    assert!(shop.is_suppressed("eve@example.com").await);
    let status = shop.status().await;
    assert_eq!((&status["unmatched"], &status["bounces"]), (&json!(3), &json!(1)));
    // What nothing followed from may be for somebody to read.
    assert_eq!(shop.seen(), 1);
}

#[tokio::test]
async fn a_bounce_that_names_message_and_recipient_counts_without_a_token() {
    let shop = Shop::open().await;
    let sent = shop.send(&["ann@example.com"]).await;
    let named = format!("Message-ID: {}\r\n", sent[0].header("message-id").unwrap());
    shop.imap
        .deliver(dsn(ADDRESS, "Ann@Example.com", "5.1.1", &named));

    shop.poll().await;

    assert!(shop.is_suppressed("ann@example.com").await);
}

#[tokio::test]
async fn a_complaint_suppresses_whoever_complains() {
    let shop = Shop::open().await;
    let sent = shop.send(&["ann@example.com"]).await;
    shop.imap.deliver(format!(
        "From: fbl@provider.example\r\nTo: {ADDRESS}\r\nSubject: complaint\r\n\
         Content-Type: multipart/report; report-type=feedback-report; boundary=b\r\n\r\n\
         --b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\nVersion: 1\r\n\
         --b\r\nContent-Type: message/rfc822\r\n\r\nReturn-Path: <{}>\r\nSubject: News\r\n\r\nx\r\n--b--\r\n",
        sent[0].from
    ));

    shop.poll().await;

    assert_eq!(shop.state_of(&sent[0]).await, "complained");
    assert!(shop.is_suppressed("ann@example.com").await);
    assert_eq!(shop.status().await["complaints"], 1);
}

#[tokio::test]
async fn a_wish_to_unsubscribe_is_followed_only_with_proof() {
    let shop = Shop::open().await;
    let sent = shop.send(&["ann@example.com", "bob@example.com"]).await;
    let wish = |to: &str, from: &str| format!("From: {from}\r\nTo: {to}\r\nSubject: unsubscribe\r\n\r\n\r\n");
    shop.imap.deliver(wish(&sent[0].from, "ann@example.com"));
    shop.imap.deliver(wish(ADDRESS, "bob@example.com"));

    shop.poll().await;

    assert!(shop.is_suppressed("ann@example.com").await);
    assert!(!shop.is_suppressed("bob@example.com").await);
    let status = shop.status().await;
    assert_eq!(
        (&status["unsubscribes"], &status["unmatched"]),
        (&json!(1), &json!(1))
    );
}

#[tokio::test]
async fn automatic_replies_and_letters_of_people_are_left_in_place_even_where_mail_is_deleted() {
    let shop = Shop::open_with(ImapOptions::default(), &[("disposal", "delete")]).await;
    let sent = shop.send(&["ann@example.com"]).await;
    shop.imap.deliver(format!(
        "From: ann@example.com\r\nTo: {}\r\nAuto-Submitted: auto-replied\r\nSubject: Away\r\n\r\nBack on Monday.\r\n",
        sent[0].from
    ));
    shop.imap.deliver(format!(
        "From: ann@example.com\r\nTo: {}\r\nSubject: A question\r\n\r\nDo you ship to Norway? I would like to know \
         before I order the blue one.\r\n",
        sent[0].from
    ));
    shop.imap
        .deliver(dsn(&sent[0].from, "ann@example.com", "5.2.2", ""));

    shop.poll().await;

    let left = shop.imap.mails("INBOX");
    assert_eq!(left.iter().map(|mail| mail.uid).collect::<Vec<_>>(), [1, 2]);
    assert!(left.iter().all(|mail| mail.flags.is_empty()));
    let status = shop.status().await;
    assert_eq!(
        (&status["auto_replies"], &status["others"], &status["bounces"]),
        (&json!(1), &json!(1), &json!(1))
    );
    assert_eq!(shop.state_of(&sent[0]).await, "bounced");
}

#[tokio::test]
async fn a_crash_between_taking_a_mail_down_and_moving_it_counts_it_once() {
    for fault in [ImapFault::Drop, ImapFault::DoAndDrop] {
        let shop = Shop::open_with(
            ImapOptions::default(),
            &[("disposal", "move"), ("move_to", "Done & over")],
        )
        .await;
        let sent = shop.send(&["ann@example.com"]).await;
        shop.imap
            .deliver(dsn(&sent[0].from, "ann@example.com", "5.1.1", ""));
        // The folder is not there yet: the first one is told so.
        shop.imap.fail_after(1, "UID MOVE", fault);

        shop.poll().await;
        shop.poll().await;

        assert_eq!(shop.imap.mails("INBOX"), [], "{fault:?}");
        assert_eq!(shop.imap.mails("Done &- over").len(), 1, "{fault:?}");
        let status = shop.status().await;
        assert_eq!(
            (&status["bounces"], &status["last_error"]),
            (&json!(1), &Value::Null)
        );
        let entries = "SELECT count(*) FROM delivery.suppression_log WHERE address = 'ann@example.com'";
        assert_eq!(shop.office.value::<i64>(entries).await, 1, "{fault:?}");
        let reports = "SELECT count(*) FROM delivery.reports WHERE source = 'mailbox'";
        assert_eq!(shop.office.value::<i64>(reports).await, 1, "{fault:?}");
    }
}

#[tokio::test]
async fn servers_of_the_old_kind_are_read_too() {
    let options = ImapOptions {
        account: ("b\"o\\unces".to_owned(), "pässwörd".to_owned()),
        capabilities: Vec::new(),
    };
    let fields = [
        ("username", "b\"o\\unces"),
        ("password", "pässwörd"),
        ("disposal", "move"),
        ("move_to", "Erledigt ä"),
    ];
    let shop = Shop::open_with(options, &fields).await;
    let sent = shop.send(&["ann@example.com"]).await;
    shop.imap
        .deliver(dsn(&sent[0].from, "ann@example.com", "5.1.1", ""));

    shop.poll().await;

    assert!(shop.is_suppressed("ann@example.com").await);
    assert_eq!(shop.imap.mails("INBOX"), []);
    assert_eq!(shop.imap.mails("Erledigt &AOQ-").len(), 1);
    assert_eq!(shop.status().await["last_error"], Value::Null);
}

#[tokio::test]
async fn mails_that_get_other_numbers_count_once() {
    let shop = Shop::open().await;
    let sent = shop.send(&["ann@example.com", "bob@example.com"]).await;
    shop.imap
        .deliver(dsn(&sent[0].from, "ann@example.com", "5.1.1", ""));
    shop.poll().await;
    shop.imap.change_uid_validity();
    shop.imap
        .deliver(dsn(&sent[1].from, "bob@example.com", "5.1.1", ""));

    shop.poll().await;

    assert_eq!(shop.imap.count("UID FETCH"), 3);
    assert_eq!(shop.status().await["bounces"], 2);
    assert!(shop.is_suppressed("bob@example.com").await);
}

#[tokio::test]
async fn a_mail_that_cannot_be_fetched_holds_up_the_others_only_for_a_while() {
    let shop = Shop::open().await;
    let sent = shop.send(&["ann@example.com"]).await;
    shop.imap.deliver("Subject: cursed\r\n\r\nx\r\n");
    shop.imap
        .deliver(dsn(&sent[0].from, "ann@example.com", "5.1.1", ""));
    for fault in [ImapFault::DropMidLiteral, ImapFault::Bad, ImapFault::Drop] {
        shop.imap.fail_next("UID FETCH", fault);
        shop.poll().await;
        assert!(
            shop.status().await["last_error"]
                .as_str()
                .unwrap()
                .starts_with("read: ")
        );
    }

    shop.poll().await;

    let status = shop.status().await;
    assert_eq!(
        (&status["unreadable"], &status["bounces"], &status["last_error"]),
        (&json!(1), &json!(1), &Value::Null)
    );
    assert!(shop.is_suppressed("ann@example.com").await);
}

#[tokio::test]
async fn one_bounce_that_blames_our_domain_is_not_held_against_it() {
    let shop = Shop::open().await;
    let people: Vec<String> = (0..6).map(|n| format!("p{n}@example.com")).collect();
    let people: Vec<&str> = people.iter().map(String::as_str).collect();
    for mail in shop.send(&people).await {
        shop.imap.deliver(dsn(&mail.from, &mail.to[0], "5.7.26", ""));
    }

    shop.poll().await;

    let classes = "SELECT string_agg(class, ' ' ORDER BY class) FROM delivery.reports";
    assert_eq!(
        shop.office.value::<String>(classes).await,
        "authentication authentication rejected rejected rejected rejected"
    );
    for to in people {
        assert!(!shop.is_suppressed(to).await, "{to}");
    }
}

#[tokio::test]
async fn a_wrong_password_is_told_on_the_page_and_mended_there() {
    let shop = Shop::open().await;
    let ann = shop.office.app.person();
    shop.imap.set_password("another one");

    shop.poll().await;

    let page = flat(&ann.get(BOUNCE_MAILBOX.url(&shop.mailbox)).await.expect(200));
    assert!(
        page.contains("Signing in: [AUTHENTICATIONFAILED] wrong name or password"),
        "{page}"
    );
    let list = flat(&ann.get(BOUNCE_MAILBOXES.url()).await.expect(200));
    assert!(list.contains("Cannot be read"), "{list}");
    assert_eq!(shop.status().await["failures"], 1);

    let port = shop.imap.port().to_string();
    let mended = with(&form(&port), "password", "another one").to_vec();
    ann.post(BOUNCE_MAILBOX.url(&shop.mailbox), &mended)
        .await
        .expect(303);
    shop.poll().await;
    assert_eq!(shop.status().await["last_error"], Value::Null);
}

#[tokio::test]
async fn a_test_signs_in_and_counts_and_says_what_is_wrong() {
    let shop = Shop::open().await;
    let (ann, program) = (shop.office.app.person(), shop.office.app.program());
    shop.imap.deliver("Subject: a\r\n\r\nx");
    shop.imap.deliver("Subject: b\r\n\r\nx");

    ann.post(BOUNCE_MAILBOX_TEST.url(&shop.mailbox), &[])
        .await
        .expect(303);
    let tested = program
        .json(
            Method::POST,
            API_BOUNCE_MAILBOX_TESTS.url(&shop.mailbox),
            &json!({}),
        )
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&tested["succeeded"], &tested["messages"]),
        (&json!(true), &json!(2))
    );
    assert_eq!(shop.imap.count("UID"), 0);

    shop.imap.set_password("another one");
    let tested = program
        .json(
            Method::POST,
            API_BOUNCE_MAILBOX_TESTS.url(&shop.mailbox),
            &json!({}),
        )
        .await
        .expect(200)
        .json();
    assert_eq!(tested["succeeded"], false);
    assert!(
        tested["error"]
            .as_str()
            .unwrap()
            .starts_with("sign_in: [AUTHENTICATIONFAILED]")
    );
}

#[tokio::test]
async fn a_password_is_never_shown_and_goes_nowhere_but_where_it_was_entered_for() {
    let shop = Shop::open().await;
    let (ann, program) = (shop.office.app.person(), shop.office.app.program());
    let listener = ImapServer::start().await;
    let elsewhere = listener.port().to_string();
    let moved = with(&form(&elsewhere), "password", "");

    let refused = ann
        .post(BOUNCE_MAILBOX.url(&shop.mailbox), &moved)
        .await
        .expect(422);
    let by_program = program
        .json(
            Method::PATCH,
            API_BOUNCE_MAILBOX.url(&shop.mailbox),
            &json!({ "port": listener.port() }),
        )
        .await
        .expect(422);

    assert!(flat(&refused).contains("Enter it again"), "{}", flat(&refused));
    assert_eq!(by_program.json()["errors"][0]["code"], "password_needed");
    shop.poll().await;
    assert_eq!(listener.connections(), 0);
    let seen = [
        ann.get(BOUNCE_MAILBOX.url(&shop.mailbox))
            .await
            .expect(200)
            .text(),
        ann.get(BOUNCE_MAILBOX_NEW.url()).await.expect(200).text(),
        program.get(API_BOUNCE_MAILBOXES.url()).await.expect(200).text(),
        shop.office
            .value::<String>("SELECT m::text || encode(password, 'escape') FROM delivery.bounce_mailboxes m")
            .await,
    ];
    for text in seen {
        assert!(!text.contains(PASSWORD), "{text}");
    }
}

#[tokio::test]
async fn wrong_settings_are_told_at_their_fields_with_what_was_typed() {
    let office = PostOffice::open().await;
    let ann = office.app.person();
    for (field, value, said) in [
        ("address", "bounces", "Enter an address"),
        ("address", "a+b@shop.example", "no + there"),
        ("host", "no host", "Enter the name of a server"),
        ("port", "0", "Enter a port"),
        ("password", "", "Enter the password"),
        ("disposal", "move", "Enter another folder"),
    ] {
        let refused = ann
            .post(BOUNCE_MAILBOXES.url(), &with(&form("993"), field, value))
            .await
            .expect(422);
        assert!(flat(&refused).contains(said), "{field}: {}", flat(&refused));
        assert!(!refused.text().contains(PASSWORD));
    }
    ann.post(BOUNCE_MAILBOXES.url(), &form("993")).await.expect(303);
    let twice = ann.post(BOUNCE_MAILBOXES.url(), &form("993")).await.expect(422);
    assert!(flat(&twice).contains("set up already"), "{}", flat(&twice));
}

#[tokio::test]
async fn programs_set_mailboxes_up_change_and_delete_them() {
    let office = PostOffice::open().await;
    let program = office.app.program();
    let new = json!({ "address": ADDRESS, "host": "localhost", "password": PASSWORD, "enabled": false });
    let made = program
        .json(Method::POST, API_BOUNCE_MAILBOXES.url(), &new)
        .await
        .expect(201);
    let mailbox = made.json();
    let url = made.location();
    assert_eq!(
        (
            &mailbox["port"],
            &mailbox["security"],
            &mailbox["folder"],
            &mailbox["username"]
        ),
        (&json!(993), &json!("tls"), &json!("INBOX"), &json!(ADDRESS))
    );
    program
        .json(Method::POST, API_BOUNCE_MAILBOXES.url(), &new)
        .await
        .expect(409);
    let changed = program
        .json(
            Method::PATCH,
            &url,
            &json!({ "disposal": "move", "move_to": "Done" }),
        )
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&changed["disposal"], &changed["move_to"]),
        (&json!("move"), &json!("Done"))
    );
    program
        .json(Method::PATCH, &url, &json!({ "password": "" }))
        .await
        .expect(422);
    program.json(Method::DELETE, &url, &json!({})).await.expect(204);
    program.get(&url).await.expect(404);
}

#[tokio::test]
async fn mailboxes_are_for_those_who_may_set_up_accounts_of_their_own_organisation() {
    let shop = Shop::open().await;
    let app = &shop.office.app;
    let marketer = app.person_as(app.org, Role::Member);
    let url = BOUNCE_MAILBOX.url(&shop.mailbox);
    marketer.post(&url, &[]).await.expect(403);
    app.program_with(app.org, &[Permission::MessagesRead])
        .get(API_BOUNCE_MAILBOXES.url())
        .await
        .expect(403);
    let other = app.organizations.add("Other Ltd");
    let stranger = app.person_as(other, Role::Owner);
    stranger.get(&url).await.expect(404);
    stranger
        .post(BOUNCE_MAILBOX_TEST.url(&shop.mailbox), &[])
        .await
        .expect(404);
    stranger
        .post(BOUNCE_MAILBOX_DELETION.url(&shop.mailbox), &[])
        .await
        .expect(404);
    assert_eq!(shop.imap.connections(), 0);
    let ann = app.person();
    ann.post(BOUNCE_MAILBOX_DELETION.url(&shop.mailbox), &[])
        .await
        .expect(303);
    ann.get(&url).await.expect(404);
}
