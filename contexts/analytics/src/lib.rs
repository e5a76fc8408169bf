//! Roll-ups of what happened, and the dashboard.
//!
//! Invariant: pages and reports read roll-ups only, and each fact counts in them once: a roll-up is
//! written in the transaction that moves its subscriber's cursor. What they are made of is decided by
//! pure folds over facts in `domain`.

mod application;
mod domain;
mod infrastructure;
mod interface;

use std::sync::Arc;

use contracts::analytics::Statistics;
use platform::{Deps, Module};

pub use application::read_dashboard::Needs;
use infrastructure::pg::AnalyticsDb;
use interface::{
    api,
    events::{KeepCampaigns, KeepContacts, KeepMessages},
    ports::RollUps,
    web::{self, Dashboard},
};

/// The context. Its port comes first, since campaigns are made with it; its module comes last, since
/// it is made with what all others want to show under "what needs you".
#[derive(Clone, Debug)]
pub struct Analytics {
    db: AnalyticsDb,
}

impl Analytics {
    /// Over what the program gives every context.
    #[must_use]
    pub fn new(deps: &Deps) -> Self {
        Self {
            db: AnalyticsDb::new(deps.db.clone()),
        }
    }

    /// Reads the roll-ups.
    #[must_use]
    pub fn statistics(&self) -> Arc<dyn Statistics> {
        Arc::new(RollUps(self.db.clone()))
    }

    /// The dashboard, its figures by the API, and the subscribers that keep the roll-ups.
    #[must_use]
    pub fn module(&self, needs: Needs) -> Module {
        let dashboard = Dashboard {
            db: self.db.clone(),
            needs: Arc::new(needs),
        };
        Module {
            name: "analytics",
            web: web::routes().with_state(dashboard),
            api: api::routes().with_state(self.db.clone()),
            subscribers: vec![
                Arc::new(KeepMessages),
                Arc::new(KeepCampaigns),
                Arc::new(KeepContacts),
            ],
            messages: include_str!("../i18n/en.ftl"),
            nav: web::nav(),
            ..Module::default()
        }
    }
}
