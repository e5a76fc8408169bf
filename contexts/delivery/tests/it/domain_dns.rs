//! What DNS says of a domain, and what follows from it.

use contracts::delivery::{
    API_PROVIDERS, DOMAIN, DOMAINS,
    domains::{DOMAIN_CHECKS, DomainStanding},
};
use http::Method;
use kernel::{DomainId, Role};
use serde_json::json;
use testkit::dns_server::{Transport, Trouble};

use crate::domain_office::{DomainOffice, record};

async fn standing(office: &DomainOffice) -> DomainStanding {
    let domains = office.office.delivery.sending_domains();
    domains.standing(office.office.app.org).await.unwrap()
}

async fn text_of_page(office: &DomainOffice, id: DomainId) -> String {
    let page = office.office.app.person().get(DOMAIN.url(&id)).await.expect(200);
    page.texts("header.page-head, main").join(" ")
}

#[tokio::test]
async fn a_new_domain_has_a_key_of_each_kind_and_signs_every_mail_with_both() {
    let office = DomainOffice::open().await;

    let id = office.add_domain().await;

    let domain = office.domain(id).await;
    let keys = domain["keys"].as_array().unwrap();
    assert_eq!(keys.len(), 2);
    assert!(
        keys.iter()
            .all(|key| key["state"] == "active" && key["signs"] == true)
    );
    assert!(!domain.to_string().contains("private"));
    assert_eq!(office.signatures().await, ["mauntic", "mauntic-ed"]);
}

#[tokio::test]
async fn every_record_says_what_dns_says() {
    let office = DomainOffice::open().await;
    let id = office.add_domain().await;
    let domain = office.domain(id).await;
    // Looked up when it was saved, and nothing was there.
    for kind in ["dkim:mauntic", "dkim:mauntic-ed", "spf", "dmarc", "mx"] {
        assert_eq!(record(&domain, kind)["status"], "missing", "{kind}");
    }
    assert!(
        text_of_page(&office, id)
            .await
            .contains("5 records are not in order")
    );

    office.publish(id).await;
    // What others want to see of the name does not fit into a packet of 512 octets beside ours.
    let proof = format!("site-verification={}", "x".repeat(600));
    office.dns.txt("shop.example", &proof);
    let domain = office.check(id).await;

    for kind in ["dkim:mauntic", "dkim:mauntic-ed", "spf", "dmarc", "mx"] {
        assert_eq!(record(&domain, kind)["status"], "ok", "{kind}");
    }
    assert_eq!(record(&domain, "mx")["found"], "10 mx.shop.example");
    assert!(domain["verified_at"].is_string());
    let page = text_of_page(&office, id).await;
    assert!(
        !page.contains("not in order") && page.contains("Verified"),
        "{page}"
    );
    assert!(page.contains("Missing → In order"), "{page}");
    for transport in [Transport::Udp, Transport::Tcp] {
        assert!(office.dns.asked("shop.example", transport) > 0, "{transport:?}");
    }
}

#[tokio::test]
async fn a_record_that_says_something_else_shows_what_was_found() {
    let office = DomainOffice::open().await;
    let id = office.add_domain().await;
    office.publish(id).await;
    office.dns.remove("mauntic-ed._domainkey.shop.example");
    office.dns.txt(
        "mauntic-ed._domainkey.shop.example",
        "v=DKIM1; k=ed25519; p=b3RoZXI=",
    );
    office.dns.txt("shop.example", "v=spf1 -all");
    office.dns.remove("_dmarc.shop.example");
    office
        .dns
        .txt("_dmarc.shop.example", "v=DMARC1; p=<b>perhaps</b>");

    let domain = office.check(id).await;

    let ed = record(&domain, "dkim:mauntic-ed");
    assert_eq!(
        (&ed["status"], &ed["found"]),
        (&json!("different"), &json!("v=DKIM1; k=ed25519; p=b3RoZXI="))
    );
    // Two records for SPF are none.
    assert_eq!(record(&domain, "spf")["status"], "different");
    assert_eq!(record(&domain, "dmarc")["status"], "different");
    let page = office.office.app.person().get(DOMAIN.url(&id)).await;
    assert!(
        page.texts("main code")
            .iter()
            .any(|code| code.contains("p=b3RoZXI="))
    );
    assert!(!page.text().contains("<b>perhaps"));
    // Signed with the key that can be verified, and that one alone.
    assert_eq!(office.signatures().await, ["mauntic"]);
}

#[tokio::test]
async fn a_server_that_fails_teaches_nothing() {
    let office = DomainOffice::open().await;
    let id = office.add_domain().await;
    office.publish(id).await;
    office.check(id).await;

    office.dns.trouble_everywhere(Some(Trouble::ServFail));
    let domain = office.check(id).await;

    let rsa = record(&domain, "dkim:mauntic");
    assert_eq!(
        (&rsa["status"], &rsa["failure"]),
        (&json!("ok"), &json!("servfail"))
    );
    assert!(text_of_page(&office, id).await.contains("Could not look up"));
    assert_eq!(office.signatures().await, ["mauntic", "mauntic-ed"]);
    assert!(office.attention().await.is_empty());

    office.dns.trouble_everywhere(None);
    office
        .dns
        .trouble("mauntic._domainkey.shop.example", Some(Trouble::Silence));
    let domain = office.check(id).await;
    assert_eq!(record(&domain, "dkim:mauntic")["failure"], "timeout");
    assert_eq!(
        record(&domain, "dkim:mauntic-ed")["failure"],
        serde_json::Value::Null
    );
}

#[tokio::test]
async fn a_key_that_vanishes_does_not_sign_until_it_is_back() {
    let office = DomainOffice::open().await;
    let id = office.add_domain().await;
    office.publish(id).await;
    office.check(id).await;

    office.dns.remove("mauntic._domainkey.shop.example");
    office.wait(25).await;

    assert_eq!(office.signatures().await, ["mauntic-ed"]);
    assert!(
        text_of_page(&office, id)
            .await
            .contains("Not used: its record is missing")
    );
    let attention = office.attention().await;
    assert_eq!(attention.len(), 1, "{attention:?}");
    assert_eq!(
        (
            attention[0].text_key,
            attention[0].count,
            attention[0].href.as_str()
        ),
        ("delivery-attention-records", 1, DOMAIN.url(&id).as_str())
    );
    // Nothing is paused, and what was verified stays so.
    assert_eq!(office.domain(id).await["state"], "active");
    assert_eq!(standing(&office).await, DomainStanding::Verified);

    office.publish_keys(id, &["active"]).await;
    office.wait(1).await;
    assert_eq!(office.signatures().await, ["mauntic", "mauntic-ed"]);
    assert!(office.attention().await.is_empty());
}

#[tokio::test]
async fn when_no_key_is_published_all_of_them_sign() {
    let office = DomainOffice::open().await;
    let id = office.add_domain().await;
    office.publish(id).await;
    office.check(id).await;
    office.dns.remove("mauntic._domainkey.shop.example");
    office.dns.remove("mauntic-ed._domainkey.shop.example");

    office.check(id).await;

    assert_eq!(office.signatures().await, ["mauntic", "mauntic-ed"]);
}

#[tokio::test]
async fn dns_is_asked_every_ten_minutes_while_something_is_missing_and_daily_otherwise() {
    let office = DomainOffice::open().await;
    let id = office.add_domain().await;
    let asked = || office.dns.asked("shop.example", Transport::Udp);
    let minutes = |minutes| {
        office
            .office
            .app
            .clock
            .advance(jiff::SignedDuration::from_mins(minutes))
    };
    office.office.app.run_until_idle().await;
    let before = asked();
    minutes(9);
    office.office.app.run_until_idle().await;
    assert_eq!(asked(), before);

    office.publish(id).await;
    minutes(2);
    office.office.app.run_until_idle().await;

    assert!(asked() > before);
    assert!(office.domain(id).await["verified_at"].is_string());
    let before = asked();
    office.wait(23).await;
    assert_eq!(asked(), before);
    office.wait(2).await;
    assert!(asked() > before);
}

#[tokio::test]
async fn spf_has_to_name_the_service_that_sends_and_cause_few_look_ups() {
    let office = DomainOffice::open().await;
    let id = office.add_domain().await;
    let account = json!({ "kind": "sendgrid", "name": "SendGrid", "api_key": "SG.key" });
    let program = office.office.app.program();
    program
        .json(Method::POST, API_PROVIDERS.url(), &account)
        .await
        .expect(201);
    office.dns.txt("shop.example", "v=spf1 ip4:192.0.2.1 ~all");

    let spf = record(&office.check(id).await, "spf").clone();
    assert_eq!(
        (&spf["status"], &spf["value"]),
        (&json!("different"), &json!("v=spf1 include:sendgrid.net ~all"))
    );

    office.dns.remove("shop.example");
    office.dns.txt(
        "shop.example",
        "v=spf1 include:sendgrid.net include:loop.example ~all",
    );
    office.dns.txt("sendgrid.net", "v=spf1 ip4:192.0.2.2 ~all");
    assert_eq!(record(&office.check(id).await, "spf")["status"], "ok");

    // Records that include each other never end.
    office.dns.txt("loop.example", "v=spf1 include:loop.example ~all");
    assert_eq!(record(&office.check(id).await, "spf")["status"], "different");
}

#[tokio::test]
async fn the_policy_of_a_parent_holds_and_an_alias_leads_to_the_key() {
    let office = DomainOffice::open().await;
    let new = json!({ "domain": "news.shop.example", "from_local_part": "hello" });
    let id = office.add_domain_as(&new).await;
    office
        .dns
        .txt("_dmarc.shop.example", "v=DMARC1; p=reject; sp=quarantine");
    let key = office.domain(id).await["keys"][0].clone();
    office
        .dns
        .cname(key["record_name"].as_str().unwrap(), "key.elsewhere.example");
    office
        .dns
        .txt("key.elsewhere.example", key["record_value"].as_str().unwrap());

    let domain = office.check(id).await;

    assert_eq!(record(&domain, "dmarc")["status"], "ok");
    let dkim = format!("dkim:{}", key["selector"].as_str().unwrap());
    assert_eq!(record(&domain, &dkim)["status"], "ok");
    assert!(
        text_of_page(&office, id)
            .await
            .contains("signed by news.shop.example")
    );
}

#[tokio::test]
async fn a_domain_may_carry_mail_to_many_once_a_key_was_seen_in_dns() {
    let office = DomainOffice::open().await;
    assert_eq!(
        standing(&office).await,
        DomainStanding::Unverified { domain: None }
    );
    let id = office.add_domain().await;
    assert_eq!(
        standing(&office).await,
        DomainStanding::Unverified { domain: Some(id) }
    );

    office.publish_keys(id, &["active"]).await;
    office.check(id).await;

    assert_eq!(standing(&office).await, DomainStanding::Verified);
}

#[tokio::test]
async fn the_button_says_what_came_of_it() {
    let office = DomainOffice::open().await;
    let id = office.add_domain().await;
    let ann = office.office.app.person();
    office.publish(id).await;

    let answer = ann.post(DOMAIN_CHECKS.url(&id), &[]).await.expect(303);

    assert_eq!(answer.location(), DOMAIN.url(&id));
    let list = ann.get(DOMAINS.url()).await.expect(200);
    assert!(
        list.texts("tbody tr")[0].contains("Verified"),
        "{:?}",
        list.texts("tbody tr")
    );
}

#[tokio::test]
async fn nobody_else_has_a_domain_checked() {
    let office = DomainOffice::open().await;
    let id = office.add_domain().await;
    let app = &office.office.app;
    let other = app.organizations.add("Other Ltd");
    app.person_as(other, Role::Owner)
        .post(DOMAIN_CHECKS.url(&id), &[])
        .await
        .expect(404);
    app.person_as(app.org, Role::Member)
        .post(DOMAIN_CHECKS.url(&id), &[])
        .await
        .expect(403);
    let program = app.program_with(other, kernel::Permission::ALL);
    let checks = contracts::delivery::domains::API_DOMAIN_CHECKS.url(&id);
    program.json(Method::POST, checks, &json!({})).await.expect(404);
}

#[tokio::test]
async fn an_installation_that_does_not_ask_says_so() {
    let office = crate::post_office::PostOffice::open().await;
    let new = json!({ "domain": "shop.example", "from_local_part": "news", "keys": [] });
    let made = office
        .app
        .program()
        .json(Method::POST, contracts::delivery::API_DOMAINS.url(), &new)
        .await
        .expect(201);
    let spf = record(&made.json(), "spf").clone();
    assert_eq!(
        (&spf["status"], &spf["failure"]),
        (&json!("unknown"), &json!("off"))
    );
}
