use std::{
    collections::HashMap,
    sync::{Mutex, RwLock},
};

use async_trait::async_trait;
use contracts::{
    PortResult,
    identity::{ApiCaller, Authenticator, OrganizationProfile, Organizations, SendingMode, SignedIn},
};
use kernel::{ApiKeyId, OrgId, Permission, Role, SessionId, Timestamp, UserId};

/// Organisations whose settings a test can change at will.
#[derive(Debug, Default)]
pub struct FakeOrganizations(RwLock<HashMap<OrgId, OrganizationProfile>>);

impl FakeOrganizations {
    /// Adds one in test mode.
    pub fn add(&self, name: &str) -> OrgId {
        let id = OrgId::generate();
        let profile = OrganizationProfile {
            id,
            name: name.to_owned(),
            mode: SendingMode::Test,
            timezone: "Europe/Berlin".to_owned(),
            postal_address: "1 Example Street, Example City".to_owned(),
        };
        self.0.write().unwrap().insert(id, profile);
        id
    }

    /// Changes one.
    pub fn change(&self, id: OrgId, how: impl FnOnce(&mut OrganizationProfile)) {
        how(self
            .0
            .write()
            .unwrap()
            .get_mut(&id)
            .expect("the organisation was added"));
    }

    /// Reads one.
    #[must_use]
    pub fn get(&self, id: OrgId) -> OrganizationProfile {
        self.0.read().unwrap()[&id].clone()
    }
}

#[async_trait]
impl Organizations for FakeOrganizations {
    async fn profiles(&self, ids: &[OrgId]) -> PortResult<Vec<OrganizationProfile>> {
        let all = self.0.read().unwrap();
        Ok(ids.iter().filter_map(|id| all.get(id).cloned()).collect())
    }
}

/// People and programs that a test says are signed in.
#[derive(Debug)]
pub struct FakeAuthenticator {
    organizations: std::sync::Arc<FakeOrganizations>,
    people: Mutex<HashMap<String, (OrgId, Role, UserId)>>,
    programs: Mutex<HashMap<String, Program>>,
}

/// A program that a test issued a key to.
#[derive(Clone, Debug)]
struct Program {
    org: OrgId,
    key: ApiKeyId,
    permissions: Vec<Permission>,
}

impl FakeAuthenticator {
    pub(crate) fn new(organizations: std::sync::Arc<FakeOrganizations>) -> Self {
        Self {
            organizations,
            people: Mutex::default(),
            programs: Mutex::default(),
        }
    }

    pub(crate) fn sign_in(&self, org: OrgId, role: Role) -> String {
        let token = format!("session-{}", SessionId::generate());
        self.people
            .lock()
            .unwrap()
            .insert(token.clone(), (org, role, UserId::generate()));
        token
    }

    pub(crate) fn issue_key(&self, org: OrgId, permissions: &[Permission]) -> String {
        let key = ApiKeyId::generate();
        let token = format!("mk_test_{key}");
        let program = Program {
            org,
            key,
            permissions: permissions.to_vec(),
        };
        self.programs.lock().unwrap().insert(token.clone(), program);
        token
    }
}

#[async_trait]
impl Authenticator for FakeAuthenticator {
    async fn session(&self, token: &str, _: Timestamp) -> PortResult<Option<SignedIn>> {
        let found = self.people.lock().unwrap().get(token).copied();
        Ok(found.map(|(org, role, user)| SignedIn {
            session: SessionId::generate(),
            user,
            name: "Ada Example".to_owned(),
            email: "ada@example.com".to_owned(),
            organization: self.organizations.get(org),
            role,
            locale: "en".to_owned(),
        }))
    }

    async fn api_key(&self, token: &str, _: Timestamp) -> PortResult<Option<ApiCaller>> {
        let found = self.programs.lock().unwrap().get(token).cloned();
        Ok(found.map(
            |Program {
                 org,
                 key,
                 permissions,
             }| ApiCaller {
                key,
                organization: self.organizations.get(org),
                permissions,
            },
        ))
    }

    async fn needs_setup(&self) -> PortResult<bool> {
        Ok(false)
    }
}
