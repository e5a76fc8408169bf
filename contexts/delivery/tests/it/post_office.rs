//! The engine with everything around it, and the verbs that its tests are written in.

use contracts::crm::consent::Channel;
use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use contracts::{
    PortResult,
    crm::{ContactSnapshot, ContactSnapshots},
    delivery::{
        BatchProgress, BatchSpec, BatchState, DeliveryEvent, MessageIntake, MessageIntent, MessageSource,
        Stream,
    },
    identity::SendingMode,
};
use delivery::{
    Delivery,
    application::{
        engine::{Engine, EngineSettings},
        sealed_settings::{seal_dkim_key, seal_password},
    },
    domain::{
        dkim::{DkimAlgorithm, DkimKey},
        provider::{ProviderConfig, Security, SmtpConfig},
        sending_domain::Sender,
    },
    infrastructure::{
        pg::{
            domains::{self, DkimSetup},
            providers,
        },
        smtp::Timeouts,
    },
};
use jiff::SignedDuration;
use kernel::{
    BatchId, CampaignId, ContactId, DomainId, EmailAddress, OrgId, ProviderId, TemplateVersionId, TopicId,
};
use platform::{Worker, egress::Reach};
use testkit::{FakeConsents, TestApp, smtp_sink::SmtpSink};

/// The program, an engine that is driven by hand, and an organisation that sends.
pub struct PostOffice {
    pub app: TestApp,
    pub delivery: Arc<Delivery>,
    pub consents: Arc<FakeConsents>,
    pub template: TemplateVersionId,
}

/// A batch that a test made.
#[derive(Clone, Copy, Debug)]
pub struct TestBatch {
    pub org: OrgId,
    pub id: BatchId,
    pub campaign: CampaignId,
}

impl PostOffice {
    /// An organisation in test mode with one template.
    pub async fn open() -> Self {
        Self::open_with(|_| {}, |delivery| delivery).await
    }

    /// The same, with another configuration, and the context changed before anybody gets it.
    pub async fn open_with(
        configure: impl FnOnce(&mut platform::Config),
        adapt: impl FnOnce(Delivery) -> Delivery,
    ) -> Self {
        let mut made = None;
        let consents = Arc::<FakeConsents>::default();
        let app = TestApp::start_with(
            &["delivery"],
            |config| {
                config.egress.allow_private_networks = true;
                configure(config);
            },
            |deps, organizations| {
                let delivery = Arc::new(adapt(Delivery::new(
                    deps,
                    organizations.clone(),
                    Arc::new(Nobody),
                    consents.clone(),
                )));
                made = Some(delivery.clone());
                vec![delivery.module()]
            },
        )
        .await;
        let delivery = made.expect("the module was made");
        let template = add_template(&app, app.org, "Hello {{ contact.first_name }}").await;
        Self {
            app,
            delivery,
            consents,
            template,
        }
    }

    /// The same, live, sending through a mail server inside the test.
    pub async fn live(sink: &SmtpSink) -> (Self, ProviderId) {
        let office = Self::open().await;
        let provider = office.go_live(office.app.org, sink).await;
        (office, provider)
    }

    /// Takes an organisation live.
    pub async fn go_live(&self, org: OrgId, sink: &SmtpSink) -> ProviderId {
        self.add_domain(org, None).await;
        self.app
            .organizations
            .change(org, |profile| profile.mode = SendingMode::Live);
        self.add_provider(org, "sink", config(sink), None).await
    }

    /// Sets up an account.
    pub async fn add_provider(
        &self,
        org: OrgId,
        name: &str,
        config: impl Into<ProviderConfig>,
        password: Option<&str>,
    ) -> ProviderId {
        let config = config.into();
        let id = ProviderId::generate();
        let mut tx = self.app.deps.db.tenant(org).await.unwrap();
        let secret = match password {
            Some(password) => Some(
                seal_password(&self.app.deps.secrets, &mut tx, org, password)
                    .await
                    .unwrap(),
            ),
            None => None,
        };
        providers::insert(&mut tx, org, id, name, &config, secret.as_deref())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        id
    }

    /// Sets up the domain to send from.
    pub async fn add_domain(&self, org: OrgId, algorithm: Option<DkimAlgorithm>) -> Option<String> {
        let sender = Sender {
            name: "The Shop".to_owned(),
            address: address("news@shop.example"),
            reply_to: None,
        };
        let mut tx = self.app.deps.db.tenant(org).await.unwrap();
        let mut dkim = None;
        if let Some(algorithm) = algorithm {
            let key = DkimKey::generate(algorithm).unwrap();
            let private_key = seal_dkim_key(&self.app.deps.secrets, &mut tx, org, &key.private)
                .await
                .unwrap();
            let selector = "m1".to_owned();
            dkim = Some(DkimSetup {
                algorithm,
                selector,
                public_key: key.public,
                private_key,
            });
        }
        domains::insert(&mut tx, org, DomainId::generate(), &sender, dkim.as_ref())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        dkim.map(|dkim| dkim.algorithm.record(&dkim.public_key))
    }

    /// A batch of the organisation.
    pub async fn batch(&self, stream: Stream) -> TestBatch {
        self.batch_of(self.app.org, self.template, stream).await
    }

    pub async fn batch_of(
        &self,
        org: OrgId,
        template_version: TemplateVersionId,
        stream: Stream,
    ) -> TestBatch {
        let batch = TestBatch {
            org,
            id: BatchId::generate(),
            campaign: CampaignId::generate(),
        };
        let spec = BatchSpec {
            channel: Channel::Email,
            id: batch.id,
            source: MessageSource::Campaign(batch.campaign),
            name: "News".to_owned(),
            template_version,
            stream,
            expires_at: self.app.deps.clock.now() + SignedDuration::from_hours(48),
            topic: None,
        };
        self.intake().open_batch(org, &spec).await.unwrap();
        batch
    }

    /// A marketing batch about a topic.
    pub async fn batch_about(&self, topic: TopicId) -> TestBatch {
        let batch = TestBatch {
            org: self.app.org,
            id: BatchId::generate(),
            campaign: CampaignId::generate(),
        };
        let spec = BatchSpec {
            channel: Channel::Email,
            id: batch.id,
            source: MessageSource::Campaign(batch.campaign),
            name: "News".to_owned(),
            template_version: self.template,
            stream: Stream::Marketing,
            expires_at: self.app.deps.clock.now() + SignedDuration::from_hours(48),
            topic: Some(topic),
        };
        self.intake().open_batch(batch.org, &spec).await.unwrap();
        batch
    }

    /// Who gets the message to an address.
    pub async fn contact(&self, to: &str) -> ContactId {
        let mut owner = self.app.database.owner().await;
        let id: uuid::Uuid =
            sqlx::query_scalar("SELECT contact_id FROM delivery.recipients WHERE address = $1")
                .bind(to)
                .fetch_one(&mut owner)
                .await
                .unwrap();
        id.into()
    }

    /// A marketing batch to people named `p0`, `p1`…
    pub async fn campaign(&self, people: usize) -> TestBatch {
        let batch = self.batch(Stream::Marketing).await;
        self.add(batch, people).await;
        batch
    }

    /// Adds people named `p0`, `p1`…
    pub async fn add(&self, batch: TestBatch, people: usize) -> u64 {
        let people: Vec<String> = (0..people).map(|n| format!("p{n}@example.com")).collect();
        self.add_people(batch, &people).await
    }

    /// Adds people by their addresses.
    pub async fn add_people(&self, batch: TestBatch, addresses: &[String]) -> u64 {
        let intents: Vec<MessageIntent> = addresses.iter().map(|to| intent(batch, to)).collect();
        self.intake().add(batch.org, batch.id, &intents).await.unwrap()
    }

    pub fn intake(&self) -> Arc<dyn MessageIntake> {
        self.delivery.intake()
    }

    /// An engine as tests want it: quick to take over, with little patience.
    pub fn engine(&self) -> Engine {
        self.delivery.engine(settings())
    }

    /// Sends what can be sent now.
    pub async fn send(&self) -> usize {
        self.engine().drain().await.expect("the engine works")
    }

    pub async fn set_state(&self, batch: TestBatch, state: BatchState) {
        self.intake().set_state(batch.org, batch.id, state).await.unwrap();
    }

    pub async fn progress(&self, batch: TestBatch) -> BatchProgress {
        let mut progress = self.intake().progress(batch.org, &[batch.id]).await.unwrap();
        progress.pop().expect("one for each")
    }

    /// The progress as counted from the messages themselves.
    pub async fn counted(&self, batch: TestBatch) -> Vec<(String, i64)> {
        let mut owner = self.app.database.owner().await;
        sqlx::query_as(
            r#"
            SELECT coalesce(q.state, m.state), count(*)
            FROM delivery.messages m
            LEFT JOIN delivery.queue q ON q.org_id = m.org_id AND q.batch_id = m.batch_id AND q.message_id = m.id
            WHERE m.batch_id = $1
            GROUP BY 1 ORDER BY 1
            "#,
        )
        .bind(batch.id.uuid())
        .fetch_all(&mut owner)
        .await
        .unwrap()
    }

    /// Fails the test unless every message is somewhere, and the tallies say the same as the messages.
    pub async fn assert_conserved(&self, batch: TestBatch) {
        let progress = self.progress(batch).await;
        let counted = self.counted(batch).await;
        let of = |states: &[&str]| -> i64 {
            counted
                .iter()
                .filter(|(state, _)| states.contains(&state.as_str()))
                .map(|(_, n)| *n)
                .sum()
        };
        let told = [
            progress.total,
            progress.accepted,
            progress.suppressed,
            progress.failed,
            progress.held,
            progress.expired,
            progress.cancelled,
            progress.pending,
        ];
        let found = [
            counted.iter().map(|(_, n)| *n).sum(),
            of(&["accepted"]),
            of(&["suppressed"]),
            of(&["failed"]),
            of(&["held"]),
            of(&["expired"]),
            of(&["cancelled"]),
            of(&["queued", "claimed", "sending", "deferred"]),
        ];
        assert_eq!(told, found, "{counted:?}");
    }

    /// Ends the leases of all engines.
    pub async fn end_leases(&self) {
        self.sql("UPDATE delivery.engines SET lease_until = now() - interval '1 second'")
            .await;
    }

    /// How many messages of a batch are in a state.
    pub async fn count(&self, batch: TestBatch, state: &str) -> i64 {
        let counted = self.counted(batch).await;
        counted.iter().find(|(s, _)| s == state).map_or(0, |(_, n)| *n)
    }

    /// Outcomes of all attempts at an address, in order, with the rule that resolved them.
    pub async fn attempts(&self, to: &str) -> Vec<(Option<String>, Option<String>)> {
        let mut owner = self.app.database.owner().await;
        sqlx::query_as(
            r#"
            SELECT a.outcome, a.resolution
            FROM delivery.attempts a
            JOIN delivery.recipients r ON r.org_id = a.org_id AND r.message_id = a.message_id
            WHERE r.address = $1
            ORDER BY a.message_id, a.number
            "#,
        )
        .bind(to)
        .fetch_all(&mut owner)
        .await
        .unwrap()
    }

    /// All facts that were told so far, in order.
    pub async fn facts(&self) -> Vec<DeliveryEvent> {
        let mut owner = self.app.database.owner().await;
        let payloads: Vec<serde_json::Value> = sqlx::query_scalar(
            "SELECT payload FROM platform.outbox WHERE topic = 'delivery' ORDER BY xid, seq",
        )
        .fetch_all(&mut owner)
        .await
        .unwrap();
        payloads
            .into_iter()
            .map(|payload| serde_json::from_value(payload).unwrap())
            .collect()
    }

    /// Runs a statement as the owner of the database, whom no policy holds back.
    pub async fn sql(&self, statement: &'static str) {
        let mut owner = self.app.database.owner().await;
        sqlx::query(statement).execute(&mut owner).await.unwrap();
    }

    /// The first column of the first row.
    pub async fn value<T>(&self, statement: &'static str) -> T
    where
        T: for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres> + Send + Unpin,
    {
        let mut owner = self.app.database.owner().await;
        sqlx::query_scalar(statement).fetch_one(&mut owner).await.unwrap()
    }
}

/// An engine in a process of its own, as far as that can be had inside a test: a runtime with its own
/// connections, which can be made to vanish at any point as `kill -9` would.
pub struct Doomed {
    kill: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Doomed {
    /// Starts it.
    pub fn start(office: &PostOffice, settings: EngineSettings) -> Self {
        let (deps, organizations) = (office.app.deps.clone(), office.app.organizations.clone());
        let url = office.app.database.url.clone();
        let (kill, killed) = tokio::sync::oneshot::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async move {
                let sizes = platform::db::PoolSizes { serve: 1, work: 8 };
                let wake = platform::Wake::default();
                let db = platform::Db::connect(&url, sizes, deps.clock.clone(), wake.clone()).unwrap();
                let deps = platform::Deps { db, wake, ..deps };
                let consents = Arc::<FakeConsents>::default();
                let engine = Delivery::new(&deps, organizations, Arc::new(Nobody), consents).engine(settings);
                let forever = tokio_util::sync::CancellationToken::new();
                tokio::select! {
                    ended = engine.run(forever) => drop(ended),
                    _ = killed => {}
                }
            });
            // Whatever was going on ends where it stands.
            runtime.shutdown_background();
        });
        Self {
            kill: Some(kill),
            thread: Some(thread),
        }
    }

    /// Ends it without a farewell.
    pub fn kill(mut self) {
        let _was_alive = self.kill.take().unwrap().send(());
        self.thread.take().unwrap().join().unwrap();
    }
}

/// Settings with time limits that fit into a test.
pub fn settings() -> EngineSettings {
    EngineSettings {
        patience: Duration::ZERO,
        timeouts: Timeouts {
            connect: Duration::from_secs(2),
            command: Duration::from_secs(2),
            data: Duration::from_secs(2),
            block: Duration::from_secs(2),
            acceptance: Duration::from_secs(2),
        },
        reach: Reach::Anywhere,
        ..EngineSettings::default()
    }
}

pub fn config(sink: &SmtpSink) -> SmtpConfig {
    SmtpConfig {
        host: "localhost".to_owned(),
        port: sink.port(),
        security: Security::None,
        username: String::new(),
        trusted_certificates: String::new(),
        max_connections: 4,
        messages_per_connection: 100,
        messages_per_second: None,
    }
}

pub fn address(text: &str) -> EmailAddress {
    EmailAddress::parse(text).expect("a valid address")
}

/// A message to one person, with the same key whenever it is made.
pub fn intent(batch: TestBatch, to: &str) -> MessageIntent {
    let name = to.split('@').next().unwrap_or_default();
    MessageIntent {
        extras: None,
        dedupe_key: format!("campaign:{}:{to}", batch.campaign),
        contact: ContactSnapshot {
            id: ContactId::generate(),
            email: Some(address(to)),
            first_name: name.to_owned(),
            last_name: String::new(),
            phone: String::new(),
            timezone: String::new(),
            locale: String::new(),
            attributes: serde_json::Map::new(),
            tags: Vec::new(),
            records: serde_json::Map::new(),
        },
        to: address(to).into(),
    }
}

/// A template by its API, as a program makes one.
pub async fn add_template(app: &TestApp, org: OrgId, subject: &str) -> TemplateVersionId {
    let body = serde_json::json!({
        "name": format!("Letter {}", TemplateVersionId::generate()),
        "kind": "html",
        "subject": subject,
        "body": "<html><body><p>Dear {{ contact.first_name }}</p><p><a href=\"https://shop.example/sale\">Sale</a></p><p><a href=\"{{ unsubscribe_url }}\">Unsubscribe</a></p></body></html>",
    });
    let program = app.program_with(org, kernel::Permission::ALL);
    let made = program
        .json(
            http::Method::POST,
            contracts::delivery::API_TEMPLATES.url(),
            &body,
        )
        .await
        .expect(201);
    let mut owner = app.database.owner().await;
    let id: kernel::TemplateId = made.json()["id"]
        .as_str()
        .expect("an id")
        .parse()
        .expect("a template's id");
    let version: uuid::Uuid =
        sqlx::query_scalar("SELECT current_version FROM delivery.templates WHERE id = $1")
            .bind(id.uuid())
            .fetch_one(&mut owner)
            .await
            .unwrap();
    TemplateVersionId::from_uuid(version)
}

/// There are no contacts beside those in the messages.
struct Nobody;

#[async_trait]
impl ContactSnapshots for Nobody {
    async fn snapshots(&self, _: OrgId, _: &[ContactId]) -> PortResult<Vec<ContactSnapshot>> {
        Ok(Vec::new())
    }
    async fn search(&self, _: OrgId, _: &str, _: i64) -> PortResult<Vec<ContactSnapshot>> {
        Ok(Vec::new())
    }
}
