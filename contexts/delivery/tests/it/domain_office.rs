//! A post office whose domains are looked up in the DNS of the test.

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use contracts::{
    analytics::AttentionItem,
    delivery::{
        API_DOMAIN, API_DOMAINS, Stream,
        domains::{API_DOMAIN_CHECKS, API_DOMAIN_ROTATIONS},
    },
};
use delivery::application::dns::{LookUpFailed, TrackingProbe};
use http::Method;
use jiff::SignedDuration;
use kernel::DomainId;
use serde_json::{Value, json};
use testkit::{Client, dns_server::DnsServer};

use crate::post_office::PostOffice;

/// The office, its DNS, and one domain's verbs.
pub struct DomainOffice {
    pub office: PostOffice,
    pub dns: DnsServer,
    pub web: Arc<Web>,
}

/// What answers under any host: the program itself, or somebody else.
#[derive(Default)]
pub struct Web {
    program: OnceLock<Client>,
    stranger: std::sync::Mutex<Option<Result<String, LookUpFailed>>>,
}

impl std::fmt::Debug for Web {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Web(…)")
    }
}

impl Web {
    /// Has somebody else answer, or nobody; `None` is the program again.
    pub fn is_answered_by(&self, stranger: Option<Result<&str, LookUpFailed>>) {
        *self.stranger.lock().unwrap() = stranger.map(|said| said.map(str::to_owned));
    }
}

#[async_trait]
impl TrackingProbe for Web {
    async fn read(&self, url: &str) -> Result<String, LookUpFailed> {
        if let Some(said) = self.stranger.lock().unwrap().clone() {
            return said;
        }
        let rest = url
            .strip_prefix("https://")
            .expect("nothing is asked unencrypted");
        let (host, path) = rest.split_once('/').expect("a path");
        let program = self.program.get().expect("the program runs").clone();
        let answer = program.with("host", host).get(format!("/{path}")).await;
        Ok(answer.text())
    }
}

/// The verdict on a record, as programs read it.
pub fn record<'a>(domain: &'a Value, record: &str) -> &'a Value {
    let records = domain["records"].as_array().expect("records");
    let found = records.iter().find(|r| r["record"] == record);
    found.unwrap_or_else(|| panic!("there is no record {record} among {records:?}"))
}

impl DomainOffice {
    /// An organisation in test mode that demands verified domains.
    pub async fn open() -> Self {
        let dns = DnsServer::start().await;
        let web = Arc::<Web>::default();
        let (server, probe) = (dns.address(), web.clone());
        let office = PostOffice::open_with(
            |config| {
                config.base_url = Some("http://app.mauntic.example".to_owned());
                config.delivery.look_up_domains = true;
                config.delivery.require_verified_domains = true;
                config.delivery.dns_servers = vec![server];
            },
            |delivery| delivery.with_tracking_probe(probe),
        )
        .await;
        let known = web.program.set(office.app.stranger());
        assert!(known.is_ok(), "it is set once");
        Self { office, dns, web }
    }

    /// Sets `shop.example` up with what the program suggests.
    pub async fn add_domain(&self) -> DomainId {
        self.add_domain_as(&json!({ "domain": "shop.example", "from_local_part": "news" }))
            .await
    }

    /// Sets a domain up.
    pub async fn add_domain_as(&self, new: &Value) -> DomainId {
        let program = self.office.app.program();
        let made = program
            .json(Method::POST, API_DOMAINS.url(), new)
            .await
            .expect(201);
        made.json()["id"].as_str().unwrap().parse().unwrap()
    }

    /// The domain as programs see it.
    pub async fn domain(&self, id: DomainId) -> Value {
        self.office
            .app
            .program()
            .get(API_DOMAIN.url(&id))
            .await
            .expect(200)
            .json()
    }

    /// Asks DNS now.
    pub async fn check(&self, id: DomainId) -> Value {
        let program = self.office.app.program();
        program
            .json(Method::POST, API_DOMAIN_CHECKS.url(&id), &json!({}))
            .await
            .expect(200)
            .json()
    }

    /// Makes new keys.
    pub async fn rotate(&self, id: DomainId) -> Value {
        let program = self.office.app.program();
        program
            .json(Method::POST, API_DOMAIN_ROTATIONS.url(&id), &json!({}))
            .await
            .expect(201)
            .json()
    }

    /// Publishes the record of each live key of these kinds of states.
    pub async fn publish_keys(&self, id: DomainId, states: &[&str]) {
        for key in self.domain(id).await["keys"].as_array().unwrap() {
            if states.contains(&key["state"].as_str().unwrap()) {
                let (name, value) = (&key["record_name"], &key["record_value"]);
                self.dns.remove(name.as_str().unwrap());
                self.dns.txt(name.as_str().unwrap(), value.as_str().unwrap());
            }
        }
    }

    /// Publishes all that a domain needs.
    pub async fn publish(&self, id: DomainId) {
        self.publish_keys(id, &["active", "pending"]).await;
        self.dns.txt("shop.example", "v=spf1 ip4:192.0.2.1 ~all");
        self.dns.txt("_dmarc.shop.example", "v=DMARC1; p=none");
        self.dns.mx("shop.example", 10, "mx.shop.example");
    }

    /// Lets time pass and the schedules run.
    pub async fn wait(&self, hours: i64) {
        self.office.app.clock.advance(SignedDuration::from_hours(hours));
        self.office.app.run_until_idle().await;
    }

    /// States of all keys, the oldest key first.
    pub async fn states(&self, id: DomainId) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let domain = self.domain(id).await;
        let keys = domain["keys"].as_array().unwrap();
        keys.iter()
            .map(|key| (text(&key["selector"]), text(&key["state"])))
            .collect()
    }

    /// Sends one mail of a campaign and returns it as it left.
    pub async fn mail(&self) -> String {
        self.mail_to("ann@example.com").await
    }

    /// The same to somebody.
    pub async fn mail_to(&self, to: &str) -> String {
        let batch = self.office.batch(Stream::Marketing).await;
        self.office.add_people(batch, &[to.to_owned()]).await;
        self.office.send().await;
        let source: Vec<u8> = self
            .office
            .value("SELECT source FROM delivery.inbox_messages ORDER BY received_at DESC, id DESC LIMIT 1")
            .await;
        String::from_utf8(source).unwrap()
    }

    /// The selectors that a mail is signed with, from the top.
    pub async fn signatures(&self) -> Vec<String> {
        selectors(&self.mail().await)
    }

    /// What needs a person.
    pub async fn attention(&self) -> Vec<AttentionItem> {
        let attention = self.office.delivery.module().attention.expect("it watches");
        attention.attention(self.office.app.org).await.unwrap()
    }
}

/// The selectors of a mail's signatures, from the top.
pub fn selectors(source: &str) -> Vec<String> {
    let header = source.split("\r\n\r\n").next().unwrap().replace("\r\n ", " ");
    header
        .split("\r\n")
        .filter(|line| line.starts_with("DKIM-Signature:"))
        .map(|line| {
            let tag = line.split(';').find_map(|tag| tag.trim().strip_prefix("s="));
            tag.expect("a selector").to_owned()
        })
        .collect()
}
