//! Analytics: roll-ups of what happened, and the dashboard that shows them.
//!
//! Invariants:
//! - Pages read roll-ups only; nothing here counts messages or contacts while a person waits.
//! - A fact changes the roll-ups once: the fold of a batch commits together with the subscriber's
//!   cursor.
//! - Test sends are no statistics.

mod application;
mod domain;
mod infrastructure;
mod interface;

use std::sync::Arc;

use contracts::{
    analytics::{Attention, Statistics},
    crm::Segments,
    delivery::Templates,
};
use platform::{Deps, Module};

use infrastructure::pg::AnalyticsDb;
use interface::{
    events::{KeepCampaigns, KeepContacts, KeepMessages},
    ports::Ports,
    web::Dashboard,
};

/// The context. Its port comes first, since campaigns are made with it.
#[derive(Clone)]
pub struct Analytics {
    db: AnalyticsDb,
}

/// What the dashboard needs of other contexts.
pub struct Needs {
    /// Everything that wants a person.
    pub attention: Vec<Arc<dyn Attention>>,
    /// For the first steps: whether there is a segment.
    pub segments: Arc<dyn Segments>,
    /// For the first steps: whether there is a template.
    pub templates: Arc<dyn Templates>,
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
        Arc::new(Ports { db: self.db.clone() })
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
            web: interface::web::routes().with_state(dashboard.clone()),
            api: interface::api::routes().with_state(dashboard),
            subscribers: vec![
                Arc::new(KeepMessages),
                Arc::new(KeepCampaigns),
                Arc::new(KeepContacts),
            ],
            messages: include_str!("../i18n/en.ftl"),
            nav: vec![interface::web::nav()],
            ..Module::default()
        }
    }
}
