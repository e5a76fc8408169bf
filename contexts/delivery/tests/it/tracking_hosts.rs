//! Links of mails that lead to an organisation's own host.

use contracts::{
    delivery::{API_DOMAIN, DOMAIN, DOMAINS, domains::DOMAIN_TRACKING, domains::TRACKING_PROOF},
    platform::OPENAPI,
};
use delivery::application::dns::LookUpFailed;
use http::Method;
use kernel::{DomainId, Role};
use serde_json::json;

use crate::domain_office::{DomainOffice, record};

const HOST: &str = "links.shop.example";
const OURS: &str = "http://app.mauntic.example/";

/// A domain that is verified and wants its links at [`HOST`], which DNS leads to us.
async fn with_host() -> (DomainOffice, DomainId) {
    let office = DomainOffice::open().await;
    let id = office.add_domain().await;
    office.publish(id).await;
    office.dns.cname(HOST, "app.mauntic.example");
    office.check(id).await;
    set_host(&office, id, HOST).await;
    (office, id)
}

async fn set_host(office: &DomainOffice, id: DomainId, host: &str) {
    let ann = office.office.app.person();
    ann.post(DOMAIN_TRACKING.url(&id), &[("tracking_host", host)])
        .await
        .expect(303);
}

/// Where the links of a mail lead, without their tokens.
async fn hosts_of_links(office: &DomainOffice) -> Vec<String> {
    let mail = office.mail().await.replace("=\r\n", "").replace("=3D", "=");
    let mut hosts: Vec<String> = mail
        .match_indices("://")
        .filter_map(|(at, _)| {
            let start = mail[..at].rfind(|c: char| !c.is_ascii_lowercase())? + 1;
            let end = mail[at + 3..].find('/')? + at + 4;
            Some(mail[start..end].to_owned())
        })
        .filter(|host| host.contains("mauntic") || host.contains("links"))
        .collect();
    hosts.sort();
    hosts.dedup();
    hosts
}

#[tokio::test]
async fn links_pixels_and_unsubscribing_lead_to_a_host_that_was_seen_to_lead_here() {
    let (office, id) = with_host().await;

    assert_eq!(hosts_of_links(&office).await, [format!("https://{HOST}/")]);

    let domain = office.domain(id).await;
    assert!(domain["tracking_verified_at"].is_string());
    let tracking = record(&domain, "tracking");
    assert_eq!(
        (&tracking["status"], &tracking["found"], &tracking["value"]),
        (
            &json!("ok"),
            &json!("app.mauntic.example"),
            &json!("app.mauntic.example")
        )
    );
    set_host(&office, id, "").await;
    assert_eq!(hosts_of_links(&office).await, [OURS]);
}

#[tokio::test]
async fn at_that_host_links_are_answered_and_nothing_else_of_the_program() {
    let (office, id) = with_host().await;
    let mail = office.mail().await;
    let header = mail.replace("\r\n ", "");
    let start = header.find(&format!("<https://{HOST}/unsubscribe/")).unwrap() + 9 + HOST.len();
    let unsubscribe = header[start..].split('>').next().unwrap().to_owned();
    let ann = office.office.app.person().with("host", HOST);
    let reader = office
        .office
        .app
        .stranger()
        .with("host", "Links.Shop.Example:443");

    // The token is the same at either host.
    reader.get(&unsubscribe).await.expect(200);
    office.office.app.stranger().get(&unsubscribe).await.expect(200);
    reader.get(TRACKING_PROOF.url()).await.expect(200);
    for page in [
        DOMAINS.url(),
        DOMAIN.url(&id),
        OPENAPI.url(),
        "/login".to_owned(),
        "/".to_owned(),
    ] {
        ann.get(&page).await.expect(404);
        let seen = reader
            .clone()
            .with("accept", "text/html")
            .get(&page)
            .await
            .expect(404);
        assert!(!seen.text().contains("<form"), "{page}");
    }
    let program = office.office.app.program();
    program
        .clone()
        .with("host", HOST)
        .get(API_DOMAIN.url(&id))
        .await
        .expect(404);
    // Elsewhere everything is as it was, at the program's own host and at its number.
    for host in ["app.mauntic.example", "127.0.0.1:8080", "localhost"] {
        office
            .office
            .app
            .person()
            .with("host", host)
            .get(DOMAINS.url())
            .await
            .expect(200);
    }
}

#[tokio::test]
async fn a_host_that_leads_elsewhere_is_not_used() {
    let (office, id) = with_host().await;
    office.web.is_answered_by(Some(Ok("<h1>A shop</h1>")));

    let domain = office.check(id).await;

    assert_eq!(record(&domain, "tracking")["status"], "different");
    assert_eq!(hosts_of_links(&office).await, [OURS]);
    // It is no host of ours any more, and yet nothing breaks.
    let page = office.office.app.person().get(DOMAIN.url(&id)).await.expect(200);
    assert!(page.texts("main").join(" ").contains("Links do not use it yet"));

    office.web.is_answered_by(None);
    office.check(id).await;
    assert_eq!(hosts_of_links(&office).await, [format!("https://{HOST}/")]);
}

#[tokio::test]
async fn a_host_that_does_not_answer_for_a_moment_stays_in_use() {
    let (office, id) = with_host().await;
    office.web.is_answered_by(Some(Err(LookUpFailed::Unreachable)));

    let domain = office.check(id).await;

    let tracking = record(&domain, "tracking");
    assert_eq!(
        (&tracking["status"], &tracking["failure"]),
        (&json!("ok"), &json!("unreachable"))
    );
    assert_eq!(hosts_of_links(&office).await, [format!("https://{HOST}/")]);
    office.dns.remove(HOST);
    office.check(id).await;
    assert_eq!(hosts_of_links(&office).await, [OURS]);
}

#[tokio::test]
async fn a_host_of_a_domain_that_is_not_verified_is_not_used() {
    let office = DomainOffice::open().await;
    let id = office.add_domain().await;
    office.dns.cname(HOST, "app.mauntic.example");
    set_host(&office, id, HOST).await;
    assert_eq!(record(&office.domain(id).await, "tracking")["status"], "ok");
    assert_eq!(hosts_of_links(&office).await, [OURS]);
    // Nor is the program hidden there: whoever says so has not shown that the name is theirs.
    office
        .office
        .app
        .person()
        .with("host", HOST)
        .get(DOMAINS.url())
        .await
        .expect(200);

    office.publish(id).await;
    office.check(id).await;

    assert_eq!(hosts_of_links(&office).await, [format!("https://{HOST}/")]);
}

#[tokio::test]
async fn a_host_can_only_be_below_the_domain_and_not_the_program_s_own() {
    let office = DomainOffice::open().await;
    let id = office.add_domain().await;
    let ann = office.office.app.person();
    for wrong in [
        "links.other.example",
        "shop.example",
        "app.mauntic.example",
        "a b.shop.example",
        "https://links.shop.example/",
    ] {
        let refused = ann
            .post(DOMAIN_TRACKING.url(&id), &[("tracking_host", wrong)])
            .await
            .expect(422);
        assert_eq!(refused.attributes("input[name=tracking_host]", "value"), [wrong]);
        office
            .office
            .app
            .program()
            .json(
                Method::PATCH,
                API_DOMAIN.url(&id),
                &json!({ "tracking_host": wrong }),
            )
            .await
            .expect(422);
    }
    let changed = office
        .office
        .app
        .program()
        .json(
            Method::PATCH,
            API_DOMAIN.url(&id),
            &json!({ "tracking_host": HOST }),
        )
        .await
        .expect(200)
        .json();
    assert_eq!(changed["tracking_host"], HOST);
}

#[tokio::test]
async fn a_host_belongs_to_the_organisation_that_showed_it_first() {
    let (office, _) = with_host().await;
    let app = &office.office.app;
    let other = app.organizations.add("Other Ltd");
    let program = app.program_with(other, kernel::Permission::ALL);
    let new = json!({ "domain": "shop.example", "from_local_part": "eve" });
    let made = program
        .json(Method::POST, contracts::delivery::API_DOMAINS.url(), &new)
        .await
        .expect(201)
        .json();
    for key in made["keys"].as_array().unwrap() {
        let name = key["record_name"].as_str().unwrap();
        office.dns.remove(name);
        office.dns.txt(name, key["record_value"].as_str().unwrap());
    }
    let id: DomainId = made["id"].as_str().unwrap().parse().unwrap();

    let hers = program
        .json(
            Method::PATCH,
            API_DOMAIN.url(&id),
            &json!({ "tracking_host": HOST }),
        )
        .await
        .expect(200)
        .json();

    assert_eq!(record(&hers, "tracking")["status"], "different");
    assert!(hers["tracking_verified_at"].is_null() && hers["verified_at"].is_string());
    let eve = app.person_as(other, Role::Member);
    eve.post(DOMAIN_TRACKING.url(&id), &[("tracking_host", "")])
        .await
        .expect(403);
}
