//! The only place that knows all contexts: makes them, and hands each the ports that it needs.

use analytics::Analytics;
use crm::{Crm, CrmPorts};
use delivery::Delivery;
use identity::Identity;
use platform::{Deps, Module, web};

/// All contexts.
pub struct Wired {
    /// Kept beside its module, since the program asks it who stands behind requests.
    pub identity: Identity,
    /// What the program serves and runs.
    pub modules: Vec<Module>,
}

/// Makes the contexts: first those that others need ports of, then their modules.
#[must_use]
pub fn wire(deps: &Deps) -> Wired {
    let identity = Identity::new(deps);
    let crm = Crm::new(deps, identity.organizations());
    let delivery = Delivery::new(deps, identity.organizations(), crm.snapshots(), crm.consents())
        .with_preview_people(crm.preview_people());
    let analytics = Analytics::new(deps);
    let crm = crm.with_ports(CrmPorts {
        service_mail: Some(delivery.service_mail()),
        personal_data: vec![delivery.personal_data()],
    });

    let campaign = campaign::module(
        deps,
        campaign::Needs {
            audience: crm.audience(),
            segments: crm.segments(),
            consents: crm.consents(),
            snapshots: crm.snapshots(),
            intake: delivery.intake(),
            templates: delivery.templates(),
            statistics: analytics.statistics(),
            domains: delivery.sending_domains(),
            organizations: identity.organizations(),
        },
    );
    let crm = crm.with_traces(delivery.traces());
    let mut modules = vec![web::module(deps), crm.module(), delivery.module(), campaign];

    let attention = modules
        .iter()
        .filter_map(|module| module.attention.clone())
        .collect();
    let readiness = modules
        .iter()
        .filter_map(|module| module.readiness.clone())
        .collect();
    modules.push(analytics.module(analytics::Needs {
        attention,
        segments: crm.segments(),
        templates: delivery.templates(),
    }));
    modules.push(identity.module(readiness));
    Wired { identity, modules }
}
