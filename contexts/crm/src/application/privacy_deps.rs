//! What consent and privacy need of the rest of the program.

use std::sync::Arc;

use contracts::{
    PortResult,
    crm::consent::{PREFERENCES, PersonalData},
    delivery::ServiceMail,
    identity::Organizations,
};
use kernel::{Clock, ContactId, EmailAddress, OrgId, PhoneNumber, Timestamp, TopicId};
use platform::{Db, Deps, LinkSeal, Objects, Pseudonyms};
use uuid::Uuid;

use super::ask_confirmation::Request;
use crate::{
    domain::privacy::{PrivacySettings, Wanted},
    infrastructure::pg::erasure::Traces,
};

/// What other contexts do for this one. Without them nothing is asked by mail, and only what crm
/// itself knows is handed over and erased.
#[derive(Clone, Default)]
pub struct CrmPorts {
    /// Writes what the program writes of itself.
    pub service_mail: Option<Arc<dyn ServiceMail>>,
    /// What the other contexts know of people.
    pub personal_data: Vec<Arc<dyn PersonalData>>,
}

/// What the use cases of consent and privacy work with.
#[derive(Clone)]
pub struct PrivacyDeps {
    pub db: Db,
    pub clock: Arc<dyn Clock>,
    pub objects: Objects,
    pub organizations: Arc<dyn Organizations>,
    pub links: Links,
    pub pseudonyms: Pseudonyms,
    pub service_mail: Option<Arc<dyn ServiceMail>>,
    pub personal_data: Vec<Arc<dyn PersonalData>>,
}

impl PrivacyDeps {
    #[must_use]
    pub fn new(deps: &Deps, organizations: Arc<dyn Organizations>, ports: CrmPorts) -> Self {
        Self {
            db: deps.db.clone(),
            clock: deps.clock.clone(),
            objects: deps.objects.clone(),
            organizations,
            links: Links::new(deps),
            pseudonyms: Pseudonyms::new(&deps.keys),
            service_mail: ports.service_mail,
            personal_data: ports.personal_data,
        }
    }

    /// Phone numbers among what tells who somebody is, each with what stays of it.
    pub fn numbers_of(&self, org: OrgId, traces: &Traces) -> Vec<(PhoneNumber, EmailAddress)> {
        let numbers = traces
            .others
            .iter()
            .filter_map(|text| PhoneNumber::parse(text).ok());
        numbers
            .map(|number| {
                let pseudonym = self.pseudonyms.of_text(org, number.as_str());
                (number, pseudonym)
            })
            .collect()
    }

    /// What people read as the sender's name in the mails of an organisation.
    pub async fn sender_name(&self, org: OrgId, settings: &PrivacySettings) -> PortResult<String> {
        let profile = self.organizations.profiles(&[org]).await?.pop();
        Ok(settings.name(profile.as_ref().map_or("", |profile| &profile.name)))
    }
}

/// Makes and reads the links that people get.
#[derive(Clone, Debug)]
pub struct Links {
    preferences: LinkSeal,
    confirmation: LinkSeal,
    export: LinkSeal,
    erasure: LinkSeal,
    base_url: String,
}

impl Links {
    fn new(deps: &Deps) -> Self {
        Self {
            preferences: LinkSeal::preferences(&deps.keys),
            confirmation: LinkSeal::new(&deps.keys, "crm.confirmation"),
            export: LinkSeal::new(&deps.keys, "crm.export"),
            erasure: LinkSeal::new(&deps.keys, "crm.erasure"),
            base_url: deps.config.base_url().trim_end_matches('/').to_owned(),
        }
    }

    /// A path as it stands in a mail.
    #[must_use]
    pub fn absolute(&self, path: &str) -> String {
        format!("{}{path}", self.base_url)
    }

    /// The preference centre of somebody. Works for as long as they are known.
    #[must_use]
    pub fn preferences(&self, org: OrgId, contact: ContactId) -> String {
        self.preferences.seal(&ids([org.uuid(), contact.uuid()]))
    }

    /// Its path.
    #[must_use]
    pub fn preferences_path(&self, org: OrgId, contact: ContactId) -> String {
        PREFERENCES.url(&self.preferences(org, contact))
    }

    #[must_use]
    pub fn read_preferences(&self, token: &str) -> Option<(OrgId, ContactId)> {
        let payload = self.preferences.open(token)?;
        let [org, contact] = read(&payload)?;
        Some((org.into(), contact.into()))
    }

    /// The button of a double opt-in.
    #[must_use]
    pub fn confirmation(&self, org: OrgId, contact: ContactId, topic: TopicId, at: Timestamp) -> String {
        let mut payload = ids([org.uuid(), contact.uuid(), topic.uuid()]);
        payload.extend_from_slice(&at.as_millisecond().to_be_bytes());
        self.confirmation.seal(&payload)
    }

    #[must_use]
    pub fn read_confirmation(&self, token: &str) -> Option<Request> {
        let payload = self.confirmation.open(token)?;
        let (head, at) = payload.split_at_checked(48)?;
        let [org, contact, topic] = read(head)?;
        let at = Timestamp::from_millisecond(i64::from_be_bytes(at.try_into().ok()?)).ok()?;
        Some(Request {
            org: org.into(),
            contact: contact.into(),
            topic: topic.into(),
            at,
        })
    }

    /// The way to what somebody asked for; works once.
    #[must_use]
    pub fn privacy(&self, wanted: Wanted, org: OrgId, request: Uuid) -> String {
        self.seal_of(wanted).seal(&ids([org.uuid(), request]))
    }

    #[must_use]
    pub fn read_privacy(&self, wanted: Wanted, token: &str) -> Option<(OrgId, Uuid)> {
        let payload = self.seal_of(wanted).open(token)?;
        let [org, request] = read(&payload)?;
        Some((org.into(), request))
    }

    fn seal_of(&self, wanted: Wanted) -> &LinkSeal {
        match wanted {
            Wanted::Export => &self.export,
            Wanted::Erasure => &self.erasure,
        }
    }
}

fn ids<const N: usize>(ids: [Uuid; N]) -> Vec<u8> {
    ids.iter().flat_map(|id| *id.as_bytes()).collect()
}

fn read<const N: usize>(payload: &[u8]) -> Option<[Uuid; N]> {
    if payload.len() != 16 * N {
        return None;
    }
    let mut found = [Uuid::nil(); N];
    for (slot, bytes) in found.iter_mut().zip(payload.chunks_exact(16)) {
        *slot = Uuid::from_slice(bytes).ok()?;
    }
    Some(found)
}
