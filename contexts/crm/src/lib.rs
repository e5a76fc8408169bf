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
    crm::{Audience, ContactSnapshots, Segments},
    identity::Organizations,
};
use platform::{Deps, Module};

use interface::{events, jobs, segment_engine, segment_events, selection_jobs};

/// The context. Its ports come first, since the other contexts are made with them.
#[derive(Clone)]
pub struct Crm {
    deps: Deps,
    organizations: Arc<dyn Organizations>,
}

impl Crm {
    /// Over what the program gives every context.
    #[must_use]
    pub fn new(deps: &Deps, organizations: Arc<dyn Organizations>) -> Self {
        Self {
            deps: deps.clone(),
            organizations,
        }
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

    /// Pages, API, jobs, schedules and subscribers.
    #[must_use]
    pub fn module(&self) -> Module {
        let deps = || self.deps.clone();
        Module {
            name: "crm",
            web: interface::web::routes().with_state(self.clone()),
            api: interface::api::routes().with_state(self.clone()),
            subscribers: vec![
                Arc::new(events::RecordActivity),
                Arc::new(events::FollowSuppressions),
                Arc::new(segment_events::WatchContacts),
                Arc::new(segment_events::NameCampaigns),
            ],
            workers: vec![Arc::new(segment_engine::RebuildSegments(self.clone()))],
            jobs: vec![
                Arc::new(jobs::ImportContacts(deps())),
                Arc::new(jobs::CheckImport(deps())),
                Arc::new(jobs::IndexFields(deps())),
                Arc::new(jobs::ForgetFields(deps())),
                Arc::new(jobs::FindDuplicates(deps())),
                Arc::new(segment_engine::RebuildSegment(self.clone())),
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
                Arc::new(selection_jobs::ExpireExports(self.clone())),
                Arc::new(selection_jobs::EndStrandedBulkActions(self.clone())),
            ],
            messages: concat!(
                include_str!("../i18n/en.ftl"),
                "\n",
                include_str!("../i18n/people.en.ftl"),
                "\n",
                include_str!("../i18n/segments.en.ftl"),
                "\n",
                include_str!("../i18n/lists.en.ftl")
            ),
            nav: interface::web::nav(),
            ..Module::default()
        }
    }
}
