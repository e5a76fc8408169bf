//! Templates, tracking, unsubscribing and the inbox with the whole of delivery around them, and
//! contacts that a test makes up.

use contracts::crm::consent::Channel;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use contracts::{
    PortResult,
    crm::{ContactKey, ContactSnapshot, ContactSnapshots},
    delivery::{BatchSpec, DeliveryEvent, MessageIntake, MessageIntent, MessageSource, Stream},
};
use delivery::{Delivery, domain::tracking::LinkSigner, interface::authoring::link_signer};
use jiff::SignedDuration;
use kernel::{BatchId, CampaignId, ContactId, EmailAddress, MessageId, OrgId, TemplateVersionId, TopicId};
use testkit::{FakeConsents, TestApp};
use uuid::Uuid;

/// The program and its contacts.
pub struct AuthoringApp {
    pub app: TestApp,
    pub contacts: Arc<KnownContacts>,
    pub consents: Arc<FakeConsents>,
    pub signer: Arc<LinkSigner>,
    intake: Arc<dyn MessageIntake>,
    /// What messages are about.
    pub topic: Mutex<Option<TopicId>>,
}

impl AuthoringApp {
    pub async fn start() -> Self {
        let contacts = Arc::<KnownContacts>::default();
        let consents = Arc::<FakeConsents>::default();
        let mut intake = None;
        let app = TestApp::start(&["delivery"], |deps, organizations| {
            let delivery = Delivery::new(deps, organizations.clone(), contacts.clone(), consents.clone());
            intake = Some(delivery.intake());
            vec![delivery.module()]
        })
        .await;
        let signer = Arc::new(link_signer(&app.deps));
        Self {
            app,
            contacts,
            consents,
            signer,
            intake: intake.expect("the modules were made"),
            topic: Mutex::default(),
        }
    }

    /// A campaign's message to a contact.
    pub async fn sent_message(&self, template: TemplateVersionId, contact: &ContactSnapshot) -> Sent {
        self.message(template, contact, MessageSource::Campaign(CampaignId::generate()))
            .await
    }

    /// A message somebody sent to try a template.
    pub async fn test_message(&self, template: TemplateVersionId, contact: &ContactSnapshot) -> Sent {
        self.message(template, contact, MessageSource::Test).await
    }

    async fn message(
        &self,
        template_version: TemplateVersionId,
        contact: &ContactSnapshot,
        source: MessageSource,
    ) -> Sent {
        let batch = BatchSpec {
            channel: Channel::Email,
            id: BatchId::generate(),
            source,
            name: "Spring sale".to_owned(),
            template_version,
            stream: Stream::Marketing,
            expires_at: self.app.deps.clock.now() + SignedDuration::from_hours(24),
            topic: self.topic.lock().unwrap().to_owned(),
        };
        let intent = MessageIntent {
            extras: None,
            dedupe_key: batch.id.to_string(),
            contact: contact.clone(),
            to: contact
                .email
                .clone()
                .expect("contacts of tests have an address")
                .into(),
        };
        self.intake
            .open_batch(self.app.org, &batch)
            .await
            .expect("the batch is opened");
        self.intake
            .add(self.app.org, batch.id, &[intent])
            .await
            .expect("the message is taken in");
        let mut owner = self.app.database.owner().await;
        let message: Uuid = sqlx::query_scalar("SELECT id FROM delivery.messages WHERE batch_id = $1")
            .bind(batch.id.uuid())
            .fetch_one(&mut owner)
            .await
            .expect("the message is stored");
        Sent {
            message: MessageId::from_uuid(message),
            source,
        }
    }

    /// Who got what in the built-in inbox: recipient and subject, the oldest first.
    pub async fn inbox(&self) -> Vec<(String, String)> {
        self.app.run_until_idle().await;
        let list = self.app.program().get("/api/v1/inbox").await.expect(200).json();
        let text = |item: &serde_json::Value, field: &str| item[field].as_str().expect("a text").to_owned();
        let items = list["data"].as_array().expect("items");
        items
            .iter()
            .rev()
            .map(|item| (text(item, "to"), text(item, "subject")))
            .collect()
    }

    /// What opens, clicks and unsubscribes told others so far, in order.
    pub async fn facts(&self) -> Vec<DeliveryEvent> {
        let mut owner = self.app.database.owner().await;
        let payloads: Vec<serde_json::Value> = sqlx::query_scalar(
            "SELECT payload FROM platform.outbox WHERE topic = 'delivery' ORDER BY xid, seq",
        )
        .fetch_all(&mut owner)
        .await
        .expect("the outbox can be read");
        payloads
            .into_iter()
            .map(|payload| serde_json::from_value(payload).expect("a fact of delivery"))
            .filter(|fact| !matches!(fact, DeliveryEvent::MessagesSent { .. }))
            .collect()
    }
}

/// A message that was sent.
#[derive(Clone, Copy, Debug)]
pub struct Sent {
    pub message: MessageId,
    pub source: MessageSource,
}

/// The part of a link after the host.
pub fn path(url: &str) -> String {
    url.strip_prefix("http://localhost:8080")
        .expect("a link of ours")
        .to_owned()
}

/// Contacts that a test made up.
#[derive(Default)]
pub struct KnownContacts(Mutex<Vec<(OrgId, ContactSnapshot)>>);

impl KnownContacts {
    pub fn add(&self, org: OrgId, first_name: &str, email: &str) -> ContactSnapshot {
        let contact = ContactSnapshot {
            id: ContactId::generate(),
            email: Some(EmailAddress::parse(email).expect("an address")),
            first_name: first_name.to_owned(),
            last_name: String::new(),
            phone: String::new(),
            timezone: String::new(),
            locale: String::new(),
            attributes: serde_json::Map::from_iter([("plan".to_owned(), "pro".into())]),
            tags: Vec::new(),
            records: serde_json::Map::new(),
        };
        self.0.lock().expect("no panic").push((org, contact.clone()));
        contact
    }
}

#[async_trait]
impl ContactSnapshots for KnownContacts {
    async fn snapshots(&self, org: OrgId, ids: &[ContactId]) -> PortResult<Vec<ContactSnapshot>> {
        let all = self.0.lock().expect("no panic");
        Ok(all
            .iter()
            .filter(|(owner, c)| *owner == org && ids.contains(&c.id))
            .map(|(_, c)| c.clone())
            .collect())
    }

    async fn with_keys(&self, org: OrgId, keys: &[ContactKey]) -> PortResult<Vec<Option<ContactSnapshot>>> {
        let all = self.0.lock().expect("no panic");
        let has = |contact: &ContactSnapshot, key: &ContactKey| match key {
            ContactKey::Id(id) => contact.id == *id,
            ContactKey::Email(email) => contact.email.as_ref() == Some(email),
            ContactKey::External(_) => false,
        };
        let find = |key| all.iter().find(|(owner, c)| *owner == org && has(c, key));
        Ok(keys.iter().map(|key| find(key).map(|(_, c)| c.clone())).collect())
    }

    async fn search(&self, org: OrgId, query: &str, limit: i64) -> PortResult<Vec<ContactSnapshot>> {
        let all = self.0.lock().expect("no panic");
        Ok(all
            .iter()
            .filter(|(owner, c)| *owner == org && c.first_name.contains(query))
            .take(usize::try_from(limit).expect("a small number"))
            .map(|(_, c)| c.clone())
            .collect())
    }
}
