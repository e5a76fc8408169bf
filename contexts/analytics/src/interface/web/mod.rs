//! The dashboard.

mod dashboard;

use std::sync::Arc;

use contracts::analytics::DASHBOARD;
use kernel::Permission;
use platform::{
    NavItem,
    web::{Access, Routes},
};
use ui_kit::Icon;

use crate::{application::read_dashboard::Needs, infrastructure::pg::AnalyticsDb};

/// What the dashboard is made with.
#[derive(Clone)]
pub struct Dashboard {
    /// The roll-ups.
    pub db: AnalyticsDb,
    /// The other contexts.
    pub needs: Arc<Needs>,
}

/// All pages, with who may see them.
pub fn routes() -> Routes<Dashboard> {
    Routes::new().get(
        DASHBOARD.template(),
        Access::needs(Permission::AnalyticsRead),
        dashboard::show,
    )
}

/// Entries of the navigation.
pub fn nav() -> Vec<NavItem> {
    vec![NavItem {
        order: 10,
        label_key: "analytics-nav",
        icon: Icon::Dashboard,
        href: DASHBOARD.url(),
        permission: Permission::AnalyticsRead,
        shortcut: Some('d'),
    }]
}
