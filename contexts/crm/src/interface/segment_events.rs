//! What tells segments that their answers may have changed.

use std::collections::{HashMap, HashSet};

use async_trait::async_trait;
use contracts::{PublicEvent, campaign::CampaignEvent, crm::CrmEvent};
use kernel::{CampaignId, ContactId, OrgId};
use platform::{DbError, Envelope, Subscriber, Tx};

use crate::infrastructure::pg::{
    events::Activity,
    segment_names::name_campaigns,
    segment_staleness::{News, tell_segments, watch_deleted_records, watch_events, watch_records},
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
    fn kinds(&self) -> &'static [&'static str] {
        &[
            "contacts_created",
            "contacts_deleted",
            "contacts_updated",
            "contacts_merged",
            "records_changed",
            "records_deleted",
        ]
    }
    async fn handle(&self, tx: &mut Tx, events: &[Envelope]) -> anyhow::Result<()> {
        let mut news = Vec::new();
        let mut changed_records = Vec::new();
        let mut deleted_from = HashSet::new();
        for envelope in events {
            match envelope.decode()? {
                // Any segment may hold them now; of those that are gone, every segment loses them.
                CrmEvent::ContactsCreated { contacts, .. } | CrmEvent::ContactsDeleted { contacts } => {
                    news.push(News {
                        org: envelope.org,
                        fields: None,
                        contacts: Some(contacts),
                    });
                }
                CrmEvent::ContactsUpdated { contacts, changed } => {
                    let fields = changed
                        .iter()
                        .map(|name| as_rules_say(name))
                        .chain(["updated_at"]);
                    let fields = fields.map(str::to_owned).collect();
                    news.push(News::of(envelope.org, fields, contacts));
                }
                // The one has another's past now, and the other is gone.
                CrmEvent::ContactsMerged { merges } => news.push(News {
                    org: envelope.org,
                    fields: None,
                    contacts: Some(merges.iter().flat_map(|m| [m.winner, m.loser]).collect()),
                }),
                // Rules reach records by the words of their object, and one step further by those of
                // whatever relates to them.
                CrmEvent::RecordsChanged {
                    object,
                    records,
                    contacts,
                    ..
                } => {
                    news.push(of_records(envelope.org, &object, contacts));
                    changed_records.extend(records.into_iter().map(|record| (envelope.org, record)));
                }
                CrmEvent::RecordsDeleted { object, contacts, .. } => {
                    news.push(of_records(envelope.org, &object, contacts));
                    deleted_from.insert((envelope.org, object));
                }
                // All else is told where it is noted.
                _ => {}
            }
        }
        watch_records(tx, &changed_records).await?;
        let deleted_from: Vec<(OrgId, &str)> = deleted_from
            .iter()
            .map(|(org, object)| (*org, object.as_str()))
            .collect();
        watch_deleted_records(tx, &deleted_from).await?;
        Ok(tell_segments(tx, &news).await?)
    }
}

fn of_records(org: OrgId, object: &str, contacts: Vec<ContactId>) -> News {
    News::of(org, vec![format!("objects.{object}")], contacts)
}

/// The word of rules for a column that they call otherwise.
fn as_rules_say(name: &str) -> &str {
    match name {
        "owner_id" => "owner",
        "stage_id" => "stage",
        other => other,
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

/// Tells the segments that look at what happened to mail. Called in the transaction that notes it:
/// a subscriber of its own could come before the note.
pub async fn watch_activity(tx: &mut Tx, activity: &[Activity]) -> Result<(), DbError> {
    let happened: Vec<(OrgId, ContactId, &str)> = activity
        .iter()
        .map(|one| (one.org, one.contact, one.name.as_str()))
        .collect();
    watch_events(tx, &happened).await?;
    let mut active: HashMap<OrgId, Vec<ContactId>> = HashMap::new();
    for one in activity.iter().filter(|one| one.name.is_of_the_contact()) {
        active.entry(one.org).or_default().push(one.contact);
    }
    let news: Vec<News> = active
        .into_iter()
        .map(|(org, contacts)| News::of(org, vec!["last_active_at".to_owned()], contacts))
        .collect();
    tell_segments(tx, &news).await
}
