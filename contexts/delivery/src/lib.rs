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
        preview::PreviewPeople,
    },
    delivery::{MessageIntake, MessageTraces, ServiceMail, Templates, domains::SendingDomains},
    identity::{Organizations, Readiness},
};
use platform::{Deps, Module, Pseudonyms};

use application::{
    compiled_templates::CompiledTemplates,
    dns::TrackingProbe,
    domain_standing::Standings,
    engine::{Engine, EngineParts, EngineSettings},
    mailbox_deps::return_key,
    settings_deps::{SettingsDeps, ehlo_name, reach},
};
use domain::tracking::LinkSigner;
use infrastructure::{smtp::Timeouts, sns_door::OverEgress};
use interface::{
    attention::Watch,
    authoring::{Authoring, AuthoringPorts, authoring, link_signer},
    bounces::bounces,
    domain_watch::WatchDomains,
    events::HonourOptOuts,
    harm_watch::HarmWatch,
    log_lookups::LogLookups,
    personal_data::Recipients,
    ports::{Intake, Letters, Traces},
    reporting::reporting,
    settings::settings_over,
    tracking_hosts::{self, TrackingHostsOnly},
    upkeep::Upkeep,
};

/// The context. Its ports are there before its module, since other contexts are made with them.
pub struct Delivery {
    deps: Deps,
    organizations: Arc<dyn Organizations>,
    contacts: Arc<dyn ContactSnapshots>,
    consents: Arc<dyn Consents>,
    people: Option<Arc<dyn PreviewPeople>>,
    compiled: CompiledTemplates,
    signer: Arc<LinkSigner>,
    /// Stands in for the network where hosts are asked what they say.
    probe: Option<Arc<dyn TrackingProbe>>,
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
            people: None,
            compiled: CompiledTemplates::new(deps.db.clone()),
            signer: Arc::new(link_signer(deps)),
            probe: None,
        }
    }

    /// With another way to ask hosts what they say; for tests, whose hosts no resolver knows.
    #[must_use]
    pub fn with_tracking_probe(mut self, probe: Arc<dyn TrackingProbe>) -> Self {
        self.probe = Some(probe);
        self
    }

    /// Says whether receivers can tell that mail is from whom it says.
    #[must_use]
    pub fn sending_domains(&self) -> Arc<dyn SendingDomains> {
        Arc::new(Standings {
            db: self.deps.db.clone(),
            required: self.deps.config.delivery.require_verified_domains,
        })
    }

    fn settings_deps(&self) -> SettingsDeps {
        let mut made = SettingsDeps::new(&self.deps);
        if let Some(probe) = &self.probe {
            made.tracking.probe = probe.clone();
        }
        made
    }

    /// With people to go through in previews.
    #[must_use]
    pub fn with_preview_people(self, people: Arc<dyn PreviewPeople>) -> Self {
        Self {
            people: Some(people),
            ..self
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
            return_key: return_key(&self.deps),
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
        let settings_deps = self.settings_deps();
        let settings = settings_over(settings_deps.clone());
        nav.extend(settings.nav);
        let bounces = bounces(&self.deps, self.consents.clone());
        nav.extend(bounces.nav);
        let sns = OverEgress::new(self.deps.egress.clone(), self.deps.clock.clone());
        let reporting = reporting(&self.deps, self.consents.clone(), Arc::new(sns));
        nav.extend(reporting.nav);
        let mut module = Module {
            name: "delivery",
            public: public
                .merge(reporting.public)
                .merge(tracking_hosts::routes(&self.deps)),
            web: web.merge(settings.web).merge(bounces.web).merge(reporting.web),
            api: api.merge(settings.api).merge(bounces.api).merge(reporting.api),
            workers,
            ticks,
            subscribers: vec![Arc::new(HonourOptOuts)],
            nav,
            messages: concat!(
                include_str!("../i18n/en.ftl"),
                "\n",
                include_str!("../i18n/templates.en.ftl"),
                "\n",
                include_str!("../i18n/editor.en.ftl"),
                "\n",
                include_str!("../i18n/settings.en.ftl"),
                "\n",
                include_str!("../i18n/sending.en.ftl"),
                "\n",
                include_str!("../i18n/limits.en.ftl"),
                "\n",
                include_str!("../i18n/sms_providers.en.ftl"),
                include_str!("../i18n/bounces.en.ftl"),
                "\n",
                include_str!("../i18n/reports.en.ftl"),
                "\n",
                include_str!("../i18n/domains.en.ftl"),
                "\n",
                include_str!("../i18n/push_providers.en.ftl"),
                include_str!("../i18n/channels.en.ftl"),
            ),
            attention: Some(Arc::new(Watch(self.deps.db.clone()))),
            readiness: Some(self.readiness()),
            public_hosts: Some(Arc::new(TrackingHostsOnly::new(self.deps.db.clone()))),
            ..Module::default()
        };
        module
            .workers
            .push(Arc::new(self.engine(engine_settings(&self.deps))));
        module.ticks.push(Arc::new(Upkeep(self.deps.db.clone())));
        module.ticks.push(Arc::new(HarmWatch(self.deps.db.clone())));
        module.workers.extend(bounces.workers);
        module.jobs.extend(bounces.jobs);
        module.ticks.extend(bounces.ticks);
        module.ticks.extend(reporting.ticks);
        module.ticks.push(Arc::new(WatchDomains(settings_deps)));
        module.ticks.push(Arc::new(LogLookups {
            db: self.deps.db.clone(),
            reach: reach(&self.deps.config),
        }));
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
            people: self.people.clone(),
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
        base_url: deps.config.base_url(),
        reach: reach(&deps.config),
        ..EngineSettings::default()
    }
}
