//! What tells segments that their answers may have changed.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use async_trait::async_trait;
use contracts::{PublicEvent, campaign::CampaignEvent, crm::CrmEvent, event::MAX_ITEMS};
use kernel::{CampaignId, ContactId, EmailAddress, OrgId};
use platform::{DbError, Envelope, Subscriber, Tx};

use crate::{
    domain::timeline::EventName,
    infrastructure::pg::{
        events::Activity,
        segment_names::name_campaigns,
        segment_staleness::{Changed, contacts_with_addresses, mark_stale},
    },
};

/// Marks the segments that look at what changed of contacts.
pub struct WatchContacts;

#[async_trait]
impl Subscriber for WatchContacts {
    fn name(&self) -> &'static str {
        "crm.watch_contacts_for_segments"
    }
    fn topic(&self) -> &'static str {
        CrmEvent::TOPIC
    }
    async fn handle(&self, tx: &mut Tx, events: &[Envelope]) -> anyhow::Result<()> {
        let mut news = News::default();
        for envelope in events {
            match envelope.decode()? {
                // Any segment may hold them now; of those that are gone, every segment loses them.
                CrmEvent::ContactsCreated { contacts, .. } | CrmEvent::ContactsDeleted { contacts } => {
                    news.add(envelope.org, None, &contacts);
                }
                CrmEvent::ContactsUpdated { contacts, changed } => {
                    for field in changed.iter().map(String::as_str).chain(["updated_at"]) {
                        news.add(envelope.org, Some(field), &contacts);
                    }
                }
                // The one has another's past now, and the other is gone.
                CrmEvent::ContactsMerged { merges } => {
                    let both: Vec<ContactId> = merges.iter().flat_map(|m| [m.winner, m.loser]).collect();
                    news.add(envelope.org, None, &both);
                }
                // Who may be written to is told by delivery, and watched where it is noted.
                CrmEvent::AddressesOptedOut { .. }
                | CrmEvent::SegmentMembershipChanged { .. }
                | CrmEvent::ContactsExported { .. }
                | CrmEvent::ImportFinished { .. } => {}
            }
        }
        Ok(news.tell(tx).await?)
    }
}

/// Keeps what campaigns are called.
pub struct NameCampaigns;

#[async_trait]
impl Subscriber for NameCampaigns {
    fn name(&self) -> &'static str {
        "crm.name_campaigns"
    }
    fn topic(&self) -> &'static str {
        CampaignEvent::TOPIC
    }
    async fn handle(&self, tx: &mut Tx, events: &[Envelope]) -> anyhow::Result<()> {
        // The last word on each counts.
        let mut names: HashMap<(OrgId, CampaignId), String> = HashMap::new();
        for envelope in events {
            match envelope.decode()? {
                CampaignEvent::CampaignLaunched { campaign, name, .. }
                | CampaignEvent::CampaignFinished { campaign, name, .. }
                | CampaignEvent::CampaignRenamed { campaign, name } => {
                    names.insert((envelope.org, campaign), name);
                }
                CampaignEvent::CampaignPaused { .. } | CampaignEvent::CampaignResumed { .. } => {}
            }
        }
        let names: Vec<_> = names
            .into_iter()
            .map(|((org, id), name)| (org, id, name))
            .collect();
        Ok(name_campaigns(tx, &names).await?)
    }
}

/// Marks the segments that look at what happened to mail. Called in the transaction that notes it:
/// a subscriber of its own could come before the note.
pub async fn watch_activity(tx: &mut Tx, activity: &[Activity]) -> Result<(), DbError> {
    let mut news = News::default();
    for one in activity {
        let field = match one.name {
            EventName::EmailSent => "mail.sent",
            EventName::EmailOpened => "mail.opened",
            EventName::EmailClicked => "mail.clicked",
            EventName::EmailBounced => "mail.bounced",
            EventName::EmailFailed | EventName::Unsubscribed => continue,
        };
        news.add(one.org, Some(field), &[one.contact]);
    }
    for one in activity.iter().filter(|one| one.name.is_of_the_contact()) {
        news.add(one.org, Some("last_active_at"), &[one.contact]);
    }
    news.tell(tx).await
}

/// Marks the segments that look at who may be written to.
pub async fn watch_suppressions(tx: &mut Tx, addresses: &[(OrgId, &EmailAddress)]) -> Result<(), DbError> {
    let mut news = News::default();
    for (org, contact) in contacts_with_addresses(tx, addresses).await? {
        news.add(org, Some("subscription"), &[contact]);
    }
    news.tell(tx).await
}

/// Who changed, by organisation and field.
#[derive(Default)]
struct News(BTreeMap<(OrgId, Option<String>), BTreeSet<ContactId>>);

impl News {
    fn add(&mut self, org: OrgId, field: Option<&str>, contacts: &[ContactId]) {
        self.0
            .entry((org, field.map(str::to_owned)))
            .or_default()
            .extend(contacts);
    }

    async fn tell(self, tx: &mut Tx) -> Result<(), DbError> {
        let mut changed = Vec::new();
        for ((org, field), contacts) in &self.0 {
            let change = |contact| Changed {
                org: *org,
                field: field.as_deref(),
                contact,
            };
            // Beyond some number, looking at everybody once is cheaper than at each alone.
            if contacts.len() > MAX_ITEMS {
                changed.push(change(None));
            } else {
                changed.extend(contacts.iter().map(|contact| change(Some(*contact))));
            }
        }
        mark_stale(tx, &changed).await
    }
}
