//! Messages: templates, sending, the built-in inbox, suppression and tracking.
//!
//! Invariant: a message is handed over at most once (marketing) or at least once (transactional),
//! whatever crashes; README.md says how.

pub mod application;
pub mod domain;
pub mod infrastructure;
pub mod interface;

use std::{sync::Arc, time::Duration};

use contracts::{
    crm::{
        ContactSnapshots,
        consent::{Consents, PersonalData},
    },
    delivery::{MessageIntake, MessageTraces, ServiceMail, Templates},
    identity::{Organizations, Readiness},
};
use platform::{Deps, Module, Pseudonyms};

use application::{
    compiled_templates::CompiledTemplates,
    engine::{Engine, EngineParts, EngineSettings},
    settings_deps::{ehlo_name, reach},
};
use domain::tracking::LinkSigner;
use infrastructure::smtp::Timeouts;
use interface::{
    attention::Watch,
    authoring::{Authoring, AuthoringPorts, authoring, link_signer},
    events::HonourOptOuts,
    personal_data::Recipients,
    ports::{Intake, Letters, Traces},
    settings::settings,
    upkeep::Upkeep,
};

/// The context. Its ports are there before its module, since other contexts are made with them.
pub struct Delivery {
    deps: Deps,
    organizations: Arc<dyn Organizations>,
    contacts: Arc<dyn ContactSnapshots>,
    consents: Arc<dyn Consents>,
    compiled: CompiledTemplates,
    signer: Arc<LinkSigner>,
}

impl Delivery {
    /// Over what the program gives every context, and three ports of others.
    #[must_use]
    pub fn new(
        deps: &Deps,
        organizations: Arc<dyn Organizations>,
        contacts: Arc<dyn ContactSnapshots>,
        consents: Arc<dyn Consents>,
    ) -> Self {
        Self {
            deps: deps.clone(),
            organizations,
            contacts,
            consents,
            compiled: CompiledTemplates::new(deps.db.clone()),
            signer: Arc::new(link_signer(deps)),
        }
    }

    /// Takes messages in.
    #[must_use]
    pub fn intake(&self) -> Arc<dyn MessageIntake> {
        Arc::new(Intake {
            db: self.deps.db.clone(),
            contacts: self.contacts.clone(),
            compiled: self.compiled.clone(),
        })
    }

    /// Sends what the program writes of itself.
    #[must_use]
    pub fn service_mail(&self) -> Arc<dyn ServiceMail> {
        Arc::new(Letters(self.deps.db.clone()))
    }

    /// What is known of people here.
    #[must_use]
    pub fn personal_data(&self) -> Arc<dyn PersonalData> {
        Arc::new(Recipients(self.deps.db.clone()))
    }

    /// Says what became of messages.
    #[must_use]
    pub fn traces(&self) -> Arc<dyn MessageTraces> {
        Arc::new(Traces(self.deps.db.clone()))
    }

    /// Lists and renders templates.
    #[must_use]
    pub fn templates(&self) -> Arc<dyn Templates> {
        self.authoring().templates
    }

    /// What is demanded before an organisation goes live.
    #[must_use]
    pub fn readiness(&self) -> Arc<dyn Readiness> {
        Arc::new(Watch(self.deps.db.clone()))
    }

    /// An engine. Any number of them may work at once, in any number of processes.
    #[must_use]
    pub fn engine(&self, settings: EngineSettings) -> Engine {
        Engine::new(EngineParts {
            db: self.deps.db.clone(),
            clock: self.deps.clock.clone(),
            secrets: self.deps.secrets.clone(),
            egress: self.deps.egress.clone(),
            wake: self.deps.wake.clone(),
            organizations: self.organizations.clone(),
            pseudonyms: Pseudonyms::new(&self.deps.keys),
            consents: self.consents.clone(),
            contacts: self.contacts.clone(),
            templates: self.compiled.clone(),
            signer: self.signer.clone(),
            settings,
        })
    }

    /// Pages, API, engine and schedules.
    #[must_use]
    pub fn module(&self) -> Module {
        let Authoring {
            web,
            api,
            public,
            workers,
            ticks,
            mut nav,
            ..
        } = self.authoring();
        let settings = settings(&self.deps);
        nav.extend(settings.nav);
        let mut module = Module {
            name: "delivery",
            web: web.merge(settings.web),
            api: api.merge(settings.api),
            public,
            workers,
            ticks,
            subscribers: vec![Arc::new(HonourOptOuts)],
            nav,
            messages: concat!(
                include_str!("../i18n/en.ftl"),
                "\n",
                include_str!("../i18n/templates.en.ftl"),
                "\n",
                include_str!("../i18n/settings.en.ftl"),
                "\n",
                include_str!("../i18n/channels.en.ftl"),
            ),
            attention: Some(Arc::new(Watch(self.deps.db.clone()))),
            readiness: Some(self.readiness()),
            ..Module::default()
        };
        module
            .workers
            .push(Arc::new(self.engine(engine_settings(&self.deps))));
        module.ticks.push(Arc::new(Upkeep(self.deps.db.clone())));
        module
    }

    fn authoring(&self) -> Authoring {
        let ports = AuthoringPorts {
            organizations: self.organizations.clone(),
            contacts: self.contacts.clone(),
            consents: self.consents.clone(),
            intake: self.intake(),
            compiled: self.compiled.clone(),
            signer: self.signer.clone(),
        };
        authoring(&self.deps, ports)
    }
}

fn engine_settings(deps: &Deps) -> EngineSettings {
    let config = &deps.config.delivery;
    let lease = Duration::from_secs(config.lease_seconds.unsigned_abs().max(5));
    EngineSettings {
        claim: usize::try_from(config.claim).unwrap_or(1).max(1),
        connections: config.sessions.max(1),
        lease,
        patience: lease,
        timeouts: Timeouts {
            acceptance: Duration::from_secs(config.final_reply_seconds),
            ..Timeouts::default()
        },
        ehlo_name: ehlo_name(&deps.config),
        reach: reach(&deps.config),
        ..EngineSettings::default()
    }
}
