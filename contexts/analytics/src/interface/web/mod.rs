//! Pages.

mod dashboard;

use std::sync::Arc;

use contracts::analytics::DASHBOARD;
use kernel::Permission;
use platform::{
    NavItem,
    web::{Access, Routes},
};
use ui_kit::Icon;

use crate::{Needs, infrastructure::pg::AnalyticsDb};

/// What the handlers work with.
#[derive(Clone)]
pub struct Dashboard {
    /// The roll-ups.
    pub db: AnalyticsDb,
    /// Other contexts.
    pub needs: Arc<Needs>,
}

/// All pages of analytics.
pub fn routes() -> Routes<Dashboard> {
    Routes::new().get(
        DASHBOARD.template(),
        Access::needs(Permission::AnalyticsRead),
        dashboard::show,
    )
}

/// The entry of the navigation.
pub fn nav() -> NavItem {
    NavItem {
        order: 10,
        label_key: "analytics-dashboard",
        icon: Icon::Dashboard,
        href: DASHBOARD.url(),
        permission: Permission::AnalyticsRead,
        shortcut: Some('d'),
    }
}
