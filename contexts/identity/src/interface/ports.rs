//! What identity does for the platform and the other contexts.

use std::sync::Arc;

use async_trait::async_trait;
use contracts::{
    PortResult,
    identity::{ApiCaller, Authenticator, OrganizationProfile, Organizations, SignedIn},
};
use kernel::{OrgId, Timestamp};

use crate::application::{
    IdentityDeps,
    authenticate::{authenticate_api_key, authenticate_session, find_organizations},
};

/// The ports, over the shared parts.
#[derive(Clone)]
pub struct Ports(pub Arc<IdentityDeps>);

#[async_trait]
impl Authenticator for Ports {
    async fn session(&self, token: &str, now: Timestamp) -> PortResult<Option<SignedIn>> {
        Ok(authenticate_session(&self.0, token, now).await?)
    }

    async fn api_key(&self, token: &str, now: Timestamp) -> PortResult<Option<ApiCaller>> {
        Ok(authenticate_api_key(&self.0, token, now).await?)
    }

    async fn needs_setup(&self) -> PortResult<bool> {
        Ok(crate::application::set_up::needs_setup(&self.0).await?)
    }
}

#[async_trait]
impl Organizations for Ports {
    async fn profiles(&self, ids: &[OrgId]) -> PortResult<Vec<OrganizationProfile>> {
        Ok(find_organizations(&self.0, ids).await?)
    }
}
