//! What identity itself demands before an organisation goes live.

use std::sync::Arc;

use async_trait::async_trait;
use contracts::{
    PortError, PortResult,
    identity::{ORGANIZATION, Readiness, ReadinessItem},
};
use kernel::OrgId;

use crate::application::{IdentityDeps, read_organization::read_organization};

/// Checks the organisation's own settings.
pub struct OrganizationReadiness(pub Arc<IdentityDeps>);

#[async_trait]
impl Readiness for OrganizationReadiness {
    async fn readiness(&self, org: OrgId) -> PortResult<Vec<ReadinessItem>> {
        let profile = read_organization(&self.0, org)
            .await?
            .ok_or(PortError::NotFound)?;
        Ok(vec![
            ReadinessItem {
                title_key: "identity-ready-address-title",
                help_key: "identity-ready-address-help",
                ready: !profile.postal_address.is_empty(),
                required: true,
                href: ORGANIZATION.url(),
            },
            // Advised and not demanded: somebody may send to their own network only.
            ReadinessItem {
                title_key: "identity-ready-url-title",
                help_key: "identity-ready-url-help",
                ready: !leads_to_this_machine(&self.0.base_url),
                required: false,
                // It is set where the program is started, not on a page.
                href: String::new(),
            },
        ])
    }
}

/// Whether links in mails would lead readers to their own machine.
fn leads_to_this_machine(base_url: &str) -> bool {
    let host = base_url.split_once("://").map_or(base_url, |(_, rest)| rest);
    ["localhost", "127.", "[::1]"]
        .iter()
        .any(|local| host.starts_with(local))
}

#[cfg(test)]
mod tests {
    use super::leads_to_this_machine;

    #[test]
    fn links_to_localhost_are_not_ready_for_the_world() {
        assert!(leads_to_this_machine("http://localhost:8080"));
        assert!(leads_to_this_machine("http://127.0.0.1:8080"));
        assert!(leads_to_this_machine("http://[::1]"));
        assert!(!leads_to_this_machine("https://mauntic.example.com"));
    }
}
