use std::{
    collections::HashMap,
    sync::{Mutex, RwLock},
};

use async_trait::async_trait;
use contracts::{
    PortError, PortResult,
    crm::consent::{Channel, Consents, Frequency, Standing, TopicSummary, Wishes, Withdrawal},
    identity::{ApiCaller, Authenticator, Member, OrganizationProfile, Organizations, SendingMode, SignedIn},
};
use kernel::{ApiKeyId, ContactId, OrgId, Permission, Role, SessionId, Timestamp, TopicId, UserId};

/// Organisations whose settings a test can change at will.
#[derive(Debug, Default)]
pub struct FakeOrganizations(
    RwLock<HashMap<OrgId, OrganizationProfile>>,
    Mutex<Vec<(OrgId, Member)>>,
);

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

    /// Adds somebody who works for one.
    pub fn add_member(&self, org: OrgId, name: &str) -> UserId {
        let id = UserId::generate();
        self.join(org, id, name, Role::Member);
        id
    }

    fn join(&self, org: OrgId, id: UserId, name: &str, role: Role) {
        let first = name.split(' ').next().unwrap_or_default().to_lowercase();
        let member = Member {
            id,
            name: name.to_owned(),
            email: format!("{first}@example.com"),
            role,
        };
        self.1.lock().unwrap().push((org, member));
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

    async fn members(&self, org: OrgId) -> PortResult<Vec<Member>> {
        let all = self.1.lock().unwrap();
        let mut members: Vec<Member> = all
            .iter()
            .filter(|(of, _)| *of == org)
            .map(|(_, m)| m.clone())
            .collect();
        members.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(members)
    }

    async fn api_key_names(&self, _: OrgId, keys: &[ApiKeyId]) -> PortResult<Vec<(ApiKeyId, String)>> {
        Ok(keys.iter().map(|key| (*key, "Test key".to_owned())).collect())
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
        let user = UserId::generate();
        self.organizations.join(org, user, "Ada Example", role);
        self.people
            .lock()
            .unwrap()
            .insert(token.clone(), (org, role, user));
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

/// Consent as a test says it: everybody wants to hear of everything until they say otherwise.
#[derive(Debug, Default)]
pub struct FakeConsents {
    said: Mutex<Consent>,
    asked: tokio::sync::Notify,
}

#[derive(Debug, Default)]
struct Consent {
    topics: Vec<TopicSummary>,
    left: Vec<(ContactId, Option<TopicId>)>,
    left_channels: Vec<(ContactId, Channel)>,
    frequencies: HashMap<ContactId, Frequency>,
    fails: bool,
}

impl FakeConsents {
    /// Adds a topic that mail can be about.
    pub fn topic(&self, name: &str) -> TopicId {
        let id = TopicId::generate();
        self.said.lock().unwrap().topics.push(TopicSummary {
            id,
            name: name.to_owned(),
            channels: vec![Channel::Email],
        });
        id
    }

    /// Somebody leaves a topic, or everything.
    pub fn leave(&self, contact: ContactId, topic: Option<TopicId>) {
        self.said.lock().unwrap().left.push((contact, topic));
    }

    /// Somebody hears no more on a channel, and on others as before.
    pub fn leave_channel(&self, contact: ContactId, channel: Channel) {
        self.said.lock().unwrap().left_channels.push((contact, channel));
    }

    /// Somebody wants no more than so much.
    pub fn limit(&self, contact: ContactId, frequency: Frequency) {
        self.said.lock().unwrap().frequencies.insert(contact, frequency);
    }

    /// Whether somebody left a topic.
    #[must_use]
    pub fn has_left(&self, contact: ContactId, topic: TopicId) -> bool {
        self.said.lock().unwrap().left.contains(&(contact, Some(topic)))
    }

    /// Waits until somebody was asked who may be written to, and could not say.
    pub async fn could_not_say(&self) {
        self.asked.notified().await;
    }

    /// Whether nobody can say anything for the time being.
    pub fn fail(&self, fails: bool) {
        self.said.lock().unwrap().fails = fails;
    }
}

#[async_trait]
impl Consents for FakeConsents {
    async fn topics(&self, _: OrgId) -> PortResult<Vec<TopicSummary>> {
        Ok(self.said.lock().unwrap().topics.clone())
    }

    async fn wishes(
        &self,
        _: OrgId,
        channel: Channel,
        topic: Option<TopicId>,
        contacts: &[ContactId],
    ) -> PortResult<Wishes> {
        let consent = self.said.lock().unwrap();
        if consent.fails {
            self.asked.notify_one();
            return Err(PortError::Failed("nobody can say".to_owned()));
        }
        let left = |contact: &&ContactId| {
            let everything = consent.left.contains(&(**contact, None))
                || consent.left_channels.contains(&(**contact, channel));
            everything || (topic.is_some() && consent.left.contains(&(**contact, topic)))
        };
        let (refused, others): (Vec<ContactId>, Vec<ContactId>) =
            contacts.iter().copied().partition(|contact| left(&contact));
        let limited = others
            .into_iter()
            .filter_map(|contact| Some((contact, *consent.frequencies.get(&contact)?)))
            .collect();
        Ok(Wishes { refused, limited })
    }

    async fn standings(
        &self,
        _: OrgId,
        _: Channel,
        pairs: &[(ContactId, TopicId)],
    ) -> PortResult<Vec<Standing>> {
        let consent = self.said.lock().unwrap();
        let standing = |(contact, topic): &(ContactId, TopicId)| {
            let known = consent.topics.iter().find(|known| known.id == *topic)?;
            Some(Standing {
                contact: *contact,
                topic: *topic,
                name: known.name.clone(),
                subscribed: !consent.left.contains(&(*contact, Some(*topic))),
            })
        };
        Ok(pairs.iter().filter_map(standing).collect())
    }

    async fn withdraw(&self, _: OrgId, withdrawals: &[Withdrawal]) -> PortResult<()> {
        let said = withdrawals.iter().map(|said| (said.contact, said.topic));
        self.said.lock().unwrap().left.extend(said);
        Ok(())
    }

    async fn grant_again(&self, _: OrgId, withdrawals: &[Withdrawal]) -> PortResult<()> {
        let back = |left: &(ContactId, Option<TopicId>)| {
            withdrawals.iter().any(|said| (said.contact, said.topic) == *left)
        };
        self.said.lock().unwrap().left.retain(|left| !back(left));
        Ok(())
    }
}
