use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use contracts::{
    crm::{ContactSnapshots, consent::Consents},
    identity::Organizations,
};
use kernel::Clock;
use platform::{
    Db, Pseudonyms, Secrets, Wake, Worker,
    egress::{Egress, Reach},
};
use tokio_util::sync::CancellationToken;

use super::run::{self, Until};
use crate::{
    application::compiled_templates::CompiledTemplates, domain::tracking::LinkSigner,
    infrastructure::smtp::Timeouts,
};

/// How an engine works.
#[derive(Clone, Debug)]
pub struct EngineSettings {
    /// Messages that one claim takes at most.
    pub claim: usize,
    /// Connections to one account at most, whatever its settings allow.
    pub connections: usize,
    /// How long an engine may go without renewing its lease before others take over its messages.
    pub lease: Duration,
    /// How long an engine must have held its own lease before it takes over from others.
    pub patience: Duration,
    /// How long a connection without work is kept.
    pub idle: Duration,
    /// How long to wait for what a mail server says; for an API the last of them counts, and never
    /// more than the 30 s of all outgoing requests.
    pub timeouts: Timeouts,
    /// What we call ourselves in `EHLO`.
    pub ehlo_name: String,
    /// Where providers reach us.
    pub base_url: String,
    /// Where accounts may lead to.
    pub reach: Reach,
}

impl Default for EngineSettings {
    fn default() -> Self {
        let lease = Duration::from_secs(30);
        Self {
            claim: 500,
            connections: 10,
            lease,
            patience: lease,
            idle: Duration::from_secs(10),
            timeouts: Timeouts::default(),
            ehlo_name: "localhost".to_owned(),
            base_url: "http://localhost".to_owned(),
            reach: Reach::Public,
        }
    }
}

/// What an engine works with.
#[derive(Clone)]
pub struct EngineParts {
    /// The database.
    pub db: Db,
    /// The clock that deferrals and expiry go by. Leases go by the database's.
    pub clock: Arc<dyn Clock>,
    /// Opens passwords and keys.
    pub secrets: Secrets,
    /// The way to providers that are reached over HTTP.
    pub egress: Egress,
    /// Tells when there is something to do.
    pub wake: Wake,
    /// Says whose mail may leave the machine.
    pub organizations: Arc<dyn Organizations>,
    /// Recognises addresses whose owners were erased.
    pub pseudonyms: Pseudonyms,
    /// Says who may still be written to.
    pub consents: Arc<dyn Consents>,
    /// Looks records of catalogues up.
    pub contacts: Arc<dyn ContactSnapshots>,
    /// Versions that are ready to render.
    pub templates: CompiledTemplates,
    /// Makes the links of messages.
    pub signer: Arc<LinkSigner>,
    /// Signs the return paths of messages.
    pub return_key: [u8; 32],
    /// How it works.
    pub settings: EngineSettings,
}

/// The delivery engine. Any number of them may work over one database.
#[derive(Clone)]
pub struct Engine(pub(super) Arc<EngineParts>);

impl Engine {
    /// An engine that does nothing yet.
    #[must_use]
    pub fn new(parts: EngineParts) -> Self {
        Self(Arc::new(parts))
    }
}

#[async_trait]
impl Worker for Engine {
    fn name(&self) -> &'static str {
        "delivery.engine"
    }

    async fn run(&self, stop: CancellationToken) -> anyhow::Result<()> {
        run::run(self.0.clone(), stop, Until::Stopped).await?;
        Ok(())
    }

    async fn drain(&self) -> anyhow::Result<usize> {
        Ok(run::run(self.0.clone(), CancellationToken::new(), Until::Idle).await?)
    }
}
