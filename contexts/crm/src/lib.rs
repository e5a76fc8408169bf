//! Contacts: who people are, what is known of them, which files they came from, and which segments
//! they belong to.
//!
//! Invariants:
//! - An address and an identifier of another system belong to at most one contact of an organisation.
//! - Whatever changes contacts tells it in the same transaction ([`contracts::crm::CrmEvent`]).
//! - Custom values stand in `attributes`, typed by the fields that are defined; a value that does not
//!   fit its field is never stored.
//! - A row of a file is imported whole or rejected whole, and every row has one outcome.

mod application;
mod domain;
mod infrastructure;
mod interface;

use std::sync::Arc;

use contracts::{
    crm::{Audience, ContactSnapshots, Segments, consent::Consents, preview::PreviewPeople},
    delivery::MessageTraces,
    identity::Organizations,
};
use platform::{Deps, Module};

pub use application::privacy_deps::CrmPorts;
use application::privacy_deps::PrivacyDeps;
use application::{ingest_events::EventIntake, write_keys::WriteKeys};
use interface::{
    consent_jobs, erasure_events, event_upkeep, events, jobs, segment_engine, segment_events, selection_jobs,
};

/// The context. Its ports come first, since the other contexts are made with them.
/// Cheap to clone: every request does.
#[derive(Clone)]
pub struct Crm(Arc<Parts>);

/// What the context works with.
#[derive(Clone)]
pub struct Parts {
    deps: Deps,
    organizations: Arc<dyn Organizations>,
    privacy: PrivacyDeps,
    intake: EventIntake,
    keys: WriteKeys,
    /// Says why messages were sent; delivery is made after crm, so it comes later.
    traces: Option<Arc<dyn MessageTraces>>,
}

impl std::ops::Deref for Crm {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl Crm {
    /// Over what the program gives every context.
    #[must_use]
    pub fn new(deps: &Deps, organizations: Arc<dyn Organizations>) -> Self {
        Self(Arc::new(Parts {
            deps: deps.clone(),
            privacy: PrivacyDeps::new(deps, organizations.clone(), CrmPorts::default()),
            organizations,
            intake: EventIntake::new(deps.db.clone()),
            keys: WriteKeys::new(deps.db.clone()),
            traces: None,
        }))
    }

    /// With somebody who says why messages were sent, for timelines.
    #[must_use]
    pub fn with_traces(self, traces: Arc<dyn MessageTraces>) -> Self {
        Self(Arc::new(Parts {
            traces: Some(traces),
            ..Parts::clone(&self)
        }))
    }

    /// With what the others do for it, once they are made.
    #[must_use]
    pub fn with_ports(&self, ports: CrmPorts) -> Self {
        Self(Arc::new(Parts {
            privacy: PrivacyDeps::new(&self.deps, self.organizations.clone(), ports),
            ..Parts::clone(self)
        }))
    }

    /// Says who may be written to.
    #[must_use]
    pub fn consents(&self) -> Arc<dyn Consents> {
        Arc::new(self.clone())
    }

    /// Reads contacts for messages.
    #[must_use]
    pub fn snapshots(&self) -> Arc<dyn ContactSnapshots> {
        Arc::new(self.clone())
    }

    /// Resolves audiences.
    #[must_use]
    pub fn audience(&self) -> Arc<dyn Audience> {
        Arc::new(self.clone())
    }

    /// Lists segments to choose from.
    #[must_use]
    pub fn segments(&self) -> Arc<dyn Segments> {
        Arc::new(self.clone())
    }

    /// People to preview messages as.
    #[must_use]
    pub fn preview_people(&self) -> Arc<dyn PreviewPeople> {
        Arc::new(self.clone())
    }

    /// Pages, API, jobs, schedules and subscribers.
    #[must_use]
    pub fn module(&self) -> Module {
        let deps = || self.deps.clone();
        Module {
            name: "crm",
            web: interface::web::routes().with_state(self.clone()),
            api: interface::api::routes().with_state(self.clone()),
            public: interface::public::routes().with_state(self.clone()),
            subscribers: vec![
                Arc::new(events::RecordActivity),
                Arc::new(events::FollowSuppressions),
                Arc::new(events::ForgetTokens),
                Arc::new(segment_events::WatchContacts),
                Arc::new(segment_events::NameCampaigns),
                Arc::new(erasure_events::RecallErasures(self.privacy.pseudonyms.clone())),
                Arc::new(events::WelcomeOrganizations),
            ],
            workers: vec![Arc::new(segment_engine::RebuildSegments(self.clone()))],
            jobs: vec![
                Arc::new(jobs::ImportContacts(self.clone())),
                Arc::new(jobs::CheckImport(self.clone())),
                Arc::new(jobs::IndexFields(deps())),
                Arc::new(jobs::ForgetFields(deps())),
                Arc::new(jobs::FindDuplicates(deps())),
                Arc::new(segment_engine::RebuildSegment(self.clone())),
                Arc::new(consent_jobs::AskConfirmations::new(&self.privacy)),
                Arc::new(consent_jobs::SendPrivacyLinks::new(&self.privacy)),
                Arc::new(consent_jobs::EraseContacts(self.privacy.clone())),
                Arc::new(selection_jobs::ExportContacts(self.clone())),
                Arc::new(selection_jobs::RunBulkAction(self.clone())),
                Arc::new(selection_jobs::UndoBulkAction(self.clone())),
                Arc::new(selection_jobs::UndoImport(self.clone())),
            ],
            ticks: vec![
                Arc::new(jobs::KeepPartitions(deps())),
                Arc::new(jobs::EndStrandedImports(deps())),
                Arc::new(jobs::ExpireImports(deps())),
                Arc::new(jobs::ForgetMerges(deps())),
                Arc::new(segment_engine::ForgetSegmentChanges(self.clone())),
                Arc::new(consent_jobs::ExpireRequests(self.privacy.clone())),
                Arc::new(event_upkeep::AddUpEvents(deps())),
                Arc::new(event_upkeep::TrimEventLog(deps())),
                Arc::new(event_upkeep::KeepEventKeys(deps())),
                Arc::new(selection_jobs::ExpireExports(self.clone())),
                Arc::new(selection_jobs::EndStrandedBulkActions(self.clone())),
            ],
            messages: concat!(
                include_str!("../i18n/en.ftl"),
                "\n",
                include_str!("../i18n/people.en.ftl"),
                "\n",
                include_str!("../i18n/fields.en.ftl"),
                "\n",
                include_str!("../i18n/objects.en.ftl"),
                "\n",
                include_str!("../i18n/segments.en.ftl"),
                "\n",
                include_str!("../i18n/consent.en.ftl"),
                "\n",
                include_str!("../i18n/events.en.ftl"),
                "\n",
                include_str!("../i18n/lists.en.ftl"),
                "\n",
                include_str!("../i18n/imports.en.ftl")
            ),
            nav: interface::web::nav(),
            ..Module::default()
        }
    }
}
