//! What identity does for the platform and the other contexts.

use std::sync::Arc;

use async_trait::async_trait;
use contracts::{
    PortResult,
    identity::{ApiCaller, Authenticator, Member, OrganizationProfile, Organizations, SignedIn},
};
use kernel::{ApiKeyId, OrgId, Timestamp};

use crate::application::{
    IdentityDeps,
    authenticate::{authenticate_api_key, authenticate_session, find_organizations},
    list_members::{list_members, name_api_keys},
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

    async fn members(&self, org: OrgId) -> PortResult<Vec<Member>> {
        Ok(list_members(&self.0, org).await?)
    }

    async fn api_key_names(&self, org: OrgId, keys: &[ApiKeyId]) -> PortResult<Vec<(ApiKeyId, String)>> {
        Ok(name_api_keys(&self.0, org, keys).await?)
    }
}
