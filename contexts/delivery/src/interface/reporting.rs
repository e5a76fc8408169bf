//! Webhooks, reports and replies, as one part of the module.

use std::sync::Arc;

use contracts::{
    crm::consent::Consents,
    delivery::{
        replies::REPLIES,
        webhooks::{PROVIDER_WEBHOOK, WEBHOOK},
    },
};
use kernel::Permission;
use platform::{
    Deps, NavItem, Tick,
    web::{Access, Routes},
};
use ui_kit::Icon;

use super::{
    api,
    public::webhooks,
    report_upkeep::{JoinReports, PruneReports},
    web::{provider_webhooks, replies},
};
use crate::{
    application::{
        apply_reports::ReportDeps,
        receive_webhook::{Refusals, WebhookDeps},
        settings_deps::SettingsDeps,
    },
    infrastructure::sns_door::SnsDoor,
};

/// What these parts add to the module.
pub struct Reporting {
    /// Pages.
    pub web: Routes,
    /// The API.
    pub api: Routes,
    /// What providers call.
    pub public: Routes,
    /// Joins reports to messages, and deletes them in time.
    pub ticks: Vec<Arc<dyn Tick>>,
    /// Entries of the navigation.
    pub nav: Vec<NavItem>,
}

/// Puts the parts together.
#[must_use]
pub fn reporting(deps: &Deps, consents: Arc<dyn Consents>, sns: Arc<dyn SnsDoor>) -> Reporting {
    let settings = SettingsDeps::new(deps);
    let reports = ReportDeps {
        db: deps.db.clone(),
        consents,
    };
    let received = WebhookDeps {
        reports: reports.clone(),
        secrets: deps.secrets.clone(),
        clock: deps.clock.clone(),
        sns,
        base_url: settings.base_url.clone(),
        refusals: Refusals::default(),
    };
    let read = Access::needs(Permission::MessagesRead);
    let write = Access::needs(Permission::ProvidersWrite);
    Reporting {
        web: Routes::new()
            .get(REPLIES.template(), read, replies::list)
            .post(PROVIDER_WEBHOOK.template(), write, provider_webhooks::save)
            .with_state(settings.clone()),
        api: api::replies::routes().with_state(settings),
        // The body is read by the handler, which has a limit of its own.
        public: Routes::new()
            .post_stream(WEBHOOK.template(), Access::Public, webhooks::receive)
            .with_state(received),
        ticks: vec![
            Arc::new(JoinReports(reports)),
            Arc::new(PruneReports(deps.db.clone())),
        ],
        nav: vec![NavItem {
            order: 65,
            label_key: "delivery-replies-title",
            icon: Icon::Mail,
            href: REPLIES.url(),
            permission: Permission::MessagesRead,
            shortcut: None,
        }],
    }
}
