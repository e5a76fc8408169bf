//! Signatures of mails as they leave, verified by a library that is not ours.

use std::{borrow::Borrow, collections::HashMap, hash::Hash, sync::Arc, time::Instant};

use contracts::delivery::{API_TEMPLATES, Stream};
use http::Method;
use kernel::TemplateVersionId;
use mail_auth::{
    AuthenticatedMessage, DkimResult, MessageAuthenticator, Parameters, ResolverCache, Txt,
    common::{parse::TxtRecordParser, verify::DomainKey},
};
use serde_json::{Value, json};

use crate::domain_office::{DomainOffice, selectors};

/// What DNS would say, without a network.
struct Published(HashMap<Box<str>, Txt>);

impl Published {
    /// The records of all keys of a domain.
    fn of(domain: &Value) -> Self {
        let keys = domain["keys"].as_array().unwrap();
        let records = keys.iter().map(|key| {
            let record = key["record_value"].as_str().unwrap();
            let key_found = DomainKey::parse(record.as_bytes()).expect("the record can be published");
            let name = format!("{}.", key["record_name"].as_str().unwrap());
            (name.into_boxed_str(), Txt::DomainKey(Arc::new(key_found)))
        });
        Self(records.collect())
    }
}

impl ResolverCache<Box<str>, Txt> for Published {
    fn get<Q>(&self, name: &Q) -> Option<Txt>
    where
        Box<str>: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.0.get(name).cloned()
    }
    fn remove<Q>(&self, _: &Q) -> Option<Txt>
    where
        Box<str>: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        None
    }
    fn insert(&self, _: Box<str>, _: Txt, _: Instant) {}
}

/// The verdict on each signature of a mail, from the top.
async fn verdicts(published: &Published, mail: &str) -> Vec<DkimResult> {
    let message = AuthenticatedMessage::parse(mail.as_bytes()).expect("it parses");
    let verifier = MessageAuthenticator::new_cloudflare().expect("it makes no connection");
    let found = verifier
        .verify_dkim(Parameters::new(&message).with_txt_cache(published))
        .await;
    found.iter().map(|output| output.result().clone()).collect()
}

fn all_pass(verdicts: &[DkimResult]) -> bool {
    verdicts.len() == 2 && verdicts.iter().all(|verdict| *verdict == DkimResult::Pass)
}

fn none_passes(verdicts: &[DkimResult]) -> bool {
    verdicts.len() == 2 && verdicts.iter().all(|verdict| *verdict != DkimResult::Pass)
}

async fn template(office: &DomainOffice, subject: &str, body: &str) -> TemplateVersionId {
    let new = json!({
        "name": format!("Hard to sign: {subject}"),
        "kind": "html",
        "subject": subject,
        "body": format!("<html><body>{body}<a href=\"{{{{ unsubscribe_url }}}}\">Leave</a></body></html>"),
    });
    let program = office.office.app.program();
    let made = program
        .json(Method::POST, API_TEMPLATES.url(), &new)
        .await
        .expect(201);
    made.json()["version_id"].as_str().unwrap().parse().unwrap()
}

async fn mail_of(office: &DomainOffice, template: TemplateVersionId, to: &str) -> String {
    let batch = office
        .office
        .batch_of(office.office.app.org, template, Stream::Marketing)
        .await;
    office.office.add_people(batch, &[to.to_owned()]).await;
    office.office.send().await;
    let source: Vec<u8> = office
        .office
        .value("SELECT source FROM delivery.inbox_messages ORDER BY received_at DESC, id DESC LIMIT 1")
        .await;
    String::from_utf8(source).unwrap()
}

#[tokio::test]
async fn both_signatures_verify_whatever_the_mail_holds() {
    let office = DomainOffice::open().await;
    let id = office
        .add_domain_as(&json!({
            "domain": "shop.example",
            "from_local_part": "news",
            "from_name": "Bücher & Söhne 書店, “quoted”",
            "reply_to": "help@shop.example",
        }))
        .await;
    let published = Published::of(&office.domain(id).await);
    let long_word = "word ".repeat(400);
    let unbroken = "x".repeat(3000);
    for (subject, body) in [
        ("Plain", "<p>hello</p>".to_owned()),
        (
            "Größe 書店 🎉 and much more that has to be folded over several lines",
            "<p>Grüße 🎉 書店</p>".to_owned(),
        ),
        ("Long lines", format!("<p>{long_word}</p>")),
        ("One long word", format!("<p>{unbroken}</p>")),
        (
            "Spaces   and  tabs",
            "<p>  a \t b  </p>\r\n\r\n\r\n<pre>  x  </pre>   ".to_owned(),
        ),
        (
            "Dots",
            "<p>a</p>\n.\n..\n.b\n<p>From here</p>\nFrom there".to_owned(),
        ),
        (
            "{{ contact.first_name }}",
            "<p>{{ contact.first_name }}</p>".to_owned(),
        ),
    ] {
        let version = template(&office, subject, &body).await;
        let mail = mail_of(&office, version, "ann@example.com").await;

        let found = verdicts(&published, &mail).await;

        assert!(all_pass(&found), "{subject}: {found:?}\n{mail}");
        assert_eq!(selectors(&mail), ["mauntic", "mauntic-ed"]);
    }
}

#[tokio::test]
async fn what_relays_do_harms_neither_signature_and_what_forgers_do_breaks_both() {
    let office = DomainOffice::open().await;
    let id = office.add_domain().await;
    let published = Published::of(&office.domain(id).await);
    let mail = office.mail().await;
    assert!(all_pass(&verdicts(&published, &mail).await));

    let relayed = mail.replacen("Subject: ", "Subject:   ", 1).replacen(
        "From: ",
        "Received: from x by y; Mon, 23 Nov 2026 04:05:06 +0000\r\nFrom: ",
        1,
    );
    assert!(all_pass(&verdicts(&published, &relayed).await));

    let (header, body) = mail.split_once("\r\n\r\n").unwrap();
    for name in [
        "From",
        "To",
        "Cc",
        "Reply-To",
        "Subject",
        "Date",
        "Message-ID",
        "List-Unsubscribe",
        "List-Unsubscribe-Post",
        "Content-Type",
    ] {
        // Each of them is signed once more than it is there, so that none can be added.
        let added = format!("{header}\r\n{name}: eve@evil.example\r\n\r\n{body}");
        let found = verdicts(&published, &added).await;
        assert!(none_passes(&found), "{name}: {found:?}");
    }
    let changed = format!("{header}\r\n\r\n{}", body.replacen("Dear", "Dare", 1));
    assert!(none_passes(&verdicts(&published, &changed).await));
}

#[tokio::test]
async fn either_signature_verifies_alone_for_receivers_that_know_one_algorithm() {
    let office = DomainOffice::open().await;
    let id = office.add_domain().await;
    let published = Published::of(&office.domain(id).await);
    let mail = office.mail().await;
    let second = mail[1..].find("DKIM-Signature:").unwrap() + 1;

    let only_second = &mail[second..];
    let only_first = {
        let rest = &only_second[only_second.find("b=").unwrap()..];
        let end = rest
            .match_indices("\r\n")
            .map(|(at, _)| at + 2)
            .find(|at| !rest[*at..].starts_with([' ', '\t']))
            .unwrap();
        format!("{}{}", &mail[..second], &rest[end..])
    };

    assert_eq!(verdicts(&published, only_second).await, [DkimResult::Pass]);
    assert_eq!(verdicts(&published, &only_first).await, [DkimResult::Pass]);
    assert!(only_first.contains("a=rsa-sha256") && only_second.contains("a=ed25519-sha256"));
}
