//! One transaction of the event stream: which messages are new, whom they are about, what they change,
//! and the events themselves. A fixed number of statements, however many messages there are.

use std::collections::{BTreeMap, HashMap, HashSet};

use contracts::crm::CrmEvent;
use jiff::SignedDuration;
use kernel::{ContactId, EmailAddress, EventId, OrgId, SourceId, Timestamp};
use platform::{Db, DbError};
use serde_json::{Map, Value};

use super::{
    define_field::new_field,
    ingest_events::{Item, Outcome},
};
use crate::{
    domain::{
        change::{By, Cause},
        contact::{Change, Changed, Contact, ContactPatch, Source as ContactSource, TextField},
        field::{Field, MAX_FIELDS},
        identity::{Person, Slot, fold},
        ingest::{
            message::{Kind, Message, Reject},
            shape, traits,
        },
        source::message_key,
    },
    infrastructure::{
        pg::{
            CrmTx,
            contacts::SaveError,
            devices::Seen,
            event_log::Logged,
            identities::{Found, Wanted},
            met_companies::MetCompany,
            segment_staleness::watch_events,
            sent_events::SentEvent,
        },
        publish,
    },
};

/// One thing that was sent, and by which source.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    pub source: Option<SourceId>,
    pub create_fields: bool,
    pub received_at: Timestamp,
    pub item: &'a Item,
    /// Whether the debugger is to show it.
    pub logged: bool,
    /// Whether its device has not been noted lately.
    pub device: bool,
}

/// `last_active_at` is kept to the minute: a row that is written for every click is a row that is
/// always being written.
const ACTIVE_STEP: SignedDuration = SignedDuration::from_mins(1);
/// The longest raw text that the debugger keeps.
const MAX_RAW: usize = 8 * 1024;

/// Writes everything and commits. Outcomes come in the order of the entries. [`SaveError::Raced`] says
/// that somebody changed the same people at the same time: nothing was written, do it again.
pub(super) async fn commit_events(
    db: &Db,
    org: OrgId,
    entries: &[Entry<'_>],
) -> Result<Vec<Outcome>, SaveError> {
    let mut tx = CrmTx::system(db, org).await?;
    let now = tx.now();
    let mut outcomes = first_outcomes(&mut tx, entries).await?;
    let new: Vec<New<'_>> = new_messages(entries, &outcomes);
    let met = meet(&mut tx, &new).await?;
    for (message, slot) in new.iter().zip(&met.slots) {
        outcomes[message.at] = match slot {
            Some(slot) => Outcome::Accepted {
                contact: met.found.people.person(*slot).id,
                remarks: message.message.remarks.clone(),
            },
            None => Outcome::Rejected(Reject::UnknownContact),
        };
    }
    let remarks = write_people(&mut tx, &met, &new, now).await?;
    for (at, more) in remarks {
        if let Outcome::Accepted { remarks, .. } = &mut outcomes[at] {
            remarks.extend(more);
        }
    }
    write_events(&mut tx, &met, &new, now).await?;
    tx.log_events(&log_lines(entries, &outcomes)).await?;
    tx.commit().await?;
    Ok(outcomes)
}

/// A message that arrives for the first time.
struct New<'a> {
    /// Its place among the entries.
    at: usize,
    message: &'a Message,
    entry: &'a Entry<'a>,
}

/// What is decided without knowing anybody: rejected, repeated, or to be looked at.
async fn first_outcomes(tx: &mut CrmTx, entries: &[Entry<'_>]) -> Result<Vec<Outcome>, DbError> {
    let keys: Vec<Option<uuid::Uuid>> = entries
        .iter()
        .map(|entry| match entry.item {
            Item::Call { message, .. } => message
                .message_id
                .as_deref()
                .map(|id| message_key(entry.source, id)),
            Item::Rejected { .. } => None,
        })
        .collect();
    let mut distinct: Vec<uuid::Uuid> = keys.iter().flatten().copied().collect();
    distinct.sort_unstable();
    distinct.dedup();
    let mut first: HashSet<uuid::Uuid> = tx.claim_event_keys(&distinct).await?;
    Ok(entries
        .iter()
        .zip(keys)
        .map(|(entry, key)| match entry.item {
            Item::Rejected { rejected, .. } => Outcome::Rejected(rejected.reason),
            // Taken out, so that the second of two in one batch is a repetition as well.
            Item::Call { .. } if key.is_some_and(|key| !first.remove(&key)) => Outcome::Repeated,
            Item::Call { .. } => Outcome::Pending,
        })
        .collect())
}

fn new_messages<'a>(entries: &'a [Entry<'a>], outcomes: &[Outcome]) -> Vec<New<'a>> {
    let with_place = entries.iter().zip(outcomes).enumerate();
    with_place
        .filter_map(|(at, (entry, outcome))| match (entry.item, outcome) {
            (Item::Call { message, .. }, Outcome::Pending) => Some(New { at, message, entry }),
            _ => None,
        })
        .collect()
}

/// Whom messages are about.
struct Met {
    found: Found,
    slots: Vec<Option<Slot>>,
}

impl Met {
    fn contact(&self, index: usize) -> Option<ContactId> {
        self.slots[index].map(|slot| self.found.people.person(slot).id)
    }
}

/// Finds out who everybody is. When that changes who is who, it is done again behind the lock.
async fn meet(tx: &mut CrmTx, new: &[New<'_>]) -> Result<Met, DbError> {
    let wanted = wanted(new);
    let met = decide(tx.find_people(&wanted).await?, new);
    if met.found.people.is_unchanged() {
        return Ok(met);
    }
    tx.lock_identities().await?;
    Ok(decide(tx.find_people(&wanted).await?, new))
}

fn decide(mut found: Found, new: &[New<'_>]) -> Met {
    let slots = new
        .iter()
        .map(|n| found.people.meet(&n.message.identity))
        .collect();
    Met { found, slots }
}

fn wanted(new: &[New<'_>]) -> Wanted {
    let mut wanted = Wanted::default();
    for New { message, .. } in new {
        let identity = &message.identity;
        wanted.external_ids.extend(identity.user_id.clone());
        wanted.anonymous_ids.extend(identity.anonymous_id.clone());
        if let Some(previous) = &identity.previous_id {
            wanted.external_ids.push(previous.clone());
            wanted.anonymous_ids.push(previous.clone());
            wanted.external_ids.extend(identity.anonymous_id.clone());
        }
        wanted
            .emails
            .extend(identity.email.as_ref().map(|email| email.as_str().to_owned()));
        wanted.contacts.extend(identity.contact);
    }
    for list in [
        &mut wanted.external_ids,
        &mut wanted.emails,
        &mut wanted.anonymous_ids,
    ] {
        list.sort_unstable();
        list.dedup();
    }
    wanted.contacts.sort_unstable();
    wanted.contacts.dedup();
    wanted
}

/// Remarks about messages, by their place among the entries.
type Remarks = Vec<(usize, Vec<String>)>;

/// Writes newcomers, merges, identifiers, traits and conflicts.
async fn write_people(
    tx: &mut CrmTx,
    met: &Met,
    new: &[New<'_>],
    now: Timestamp,
) -> Result<Remarks, SaveError> {
    let people = &met.found.people;
    let fields = fields(tx, new, now).await?;
    let (mut patches, remarks) = patches(met, new, &fields);
    let merges = people.merges();
    if people.is_unchanged() && patches.is_empty() {
        return Ok(remarks);
    }
    let touched: HashMap<ContactId, &Person> = people.touched().map(|(_, p)| (p.id, p)).collect();
    let mut ids: Vec<ContactId> = patches.keys().copied().collect();
    ids.extend(touched.values().filter(|p| !p.new).map(|p| p.id));
    ids.extend(merges.iter().flat_map(|(from, into)| [*from, *into]));
    ids.sort_unstable();
    ids.dedup();
    let stored: HashMap<ContactId, Contact> = tx
        .contacts(&ids)
        .await?
        .into_iter()
        .map(|contact| (contact.id, contact))
        .collect();
    for (from, into) in &merges {
        if let (Some(stranger), Some(known)) = (stored.get(from), stored.get(into)) {
            patches.entry(*into).or_default().insert(0, fold(known, stranger));
        }
    }
    let changes = apply(&stored, &touched, patches, now);

    tx.merge_strangers(&merges).await?;
    tx.insert_people(&changes.created).await?;
    let updated: Vec<(&Contact, &Contact)> = changes.updated.iter().map(|u| (&u.before, &u.after)).collect();
    let source = new.first().and_then(|n| n.entry.source);
    tx.update_contacts(&updated, &By::system(Cause::Event(source)))
        .await?;
    let identified: Vec<ContactId> = touched
        .values()
        .filter(|p| !p.new && !p.anonymous)
        .map(|p| p.id)
        .collect();
    tx.identify_people(&identified).await?;
    let links: Vec<_> = people.links().collect();
    tx.link_identifiers(&links, now).await?;
    tx.note_conflicts(&people.conflicts(), source, now).await?;
    tx.record(&facts(&changes, &merges)).await?;
    Ok(remarks)
}

/// The fields that traits go to, when there are traits; new ones where a source may make them.
async fn fields(tx: &mut CrmTx, new: &[New<'_>], now: Timestamp) -> Result<Vec<Field>, DbError> {
    let identifies = || new.iter().filter(|n| n.message.kind == Kind::Identify);
    if identifies().all(|n| n.message.traits.is_empty()) {
        return Ok(Vec::new());
    }
    let fields = tx.fields().await?;
    let making = identifies()
        .filter(|n| n.entry.create_fields)
        .map(|n| &n.message.traits);
    let room = MAX_FIELDS.saturating_sub(fields.len());
    let missing: Vec<Field> = traits::missing_fields(making, &fields)
        .into_iter()
        .filter_map(|definition| definition.check().ok())
        .take(room)
        .map(|definition| new_field(definition, now))
        .collect();
    if missing.is_empty() {
        return Ok(fields);
    }
    // A key that another transaction took in the meantime is that one's field.
    tx.insert_fields(&missing).await?;
    tx.fields().await
}

/// Changes by contact, in the order of the messages.
fn patches(met: &Met, new: &[New<'_>], fields: &[Field]) -> (HashMap<ContactId, Vec<ContactPatch>>, Remarks) {
    let people = &met.found.people;
    let mut patches: HashMap<ContactId, Vec<ContactPatch>> = HashMap::new();
    let mut remarks = Remarks::new();
    for (n, slot) in new.iter().zip(&met.slots) {
        let Some(slot) = slot else { continue };
        let person = people.person(*slot);
        let context = &n.message.context;
        let mut filled = ContactPatch::default();
        for (lacks, field, value) in [
            (person.lacks_timezone, TextField::Timezone, &context.timezone),
            (person.lacks_locale, TextField::Locale, &context.locale),
        ] {
            if let Some(value) = value.as_ref().filter(|_| lacks) {
                filled.texts.push((field, Change::Set(value.clone())));
            }
        }
        if !filled.texts.is_empty() {
            patches.entry(person.id).or_default().push(filled);
        }
        if n.message.kind == Kind::Identify && !n.message.traits.is_empty() {
            let mut said = Vec::new();
            let patch = traits::patch(&n.message.traits, fields, &mut said);
            if patch != ContactPatch::default() {
                patches.entry(person.id).or_default().push(patch);
            }
            if !said.is_empty() {
                remarks.push((n.at, said));
            }
        }
    }
    (patches, remarks)
}

/// What becomes of contacts.
#[derive(Default)]
struct Changes {
    /// With whether each is still a stranger.
    created: Vec<(Contact, bool)>,
    updated: Vec<Update>,
}

struct Update {
    before: Contact,
    after: Contact,
    changed: Changed,
}

fn apply(
    stored: &HashMap<ContactId, Contact>,
    touched: &HashMap<ContactId, &Person>,
    mut patches: HashMap<ContactId, Vec<ContactPatch>>,
    now: Timestamp,
) -> Changes {
    let mut changes = Changes::default();
    for person in touched.values().filter(|person| person.new) {
        let mut contact = Contact::new(person.id, ContactSource::Event, now);
        contact.apply(identity_patch(person), now);
        for patch in patches.remove(&person.id).unwrap_or_default() {
            contact.apply(patch, now);
        }
        changes.created.push((contact, person.anonymous));
    }
    for (id, before) in stored {
        let mut after = before.clone();
        let mut changed = Changed::new();
        if let Some(person) = touched.get(id) {
            changed.extend(after.apply(identity_patch(person), now));
        }
        for patch in patches.remove(id).unwrap_or_default() {
            changed.extend(after.apply(patch, now));
        }
        if !changed.is_empty() {
            changes.updated.push(Update {
                before: before.clone(),
                after,
                changed,
            });
        }
    }
    // In the order of their keys, as everybody writes them.
    changes.updated.sort_by_key(|update| update.after.id);
    changes.created.sort_by_key(|(contact, _)| contact.id);
    changes
}

fn identity_patch(person: &Person) -> ContactPatch {
    let set = |value: &Option<String>| value.clone().map_or(Change::Keep, Change::Set);
    ContactPatch {
        email: person
            .email
            .clone()
            .map_or(Change::<EmailAddress>::Keep, Change::Set),
        external_id: set(&person.external_id),
        ..ContactPatch::default()
    }
}

fn facts(changes: &Changes, merges: &[(ContactId, ContactId)]) -> Vec<CrmEvent> {
    let created: Vec<ContactId> = changes.created.iter().map(|(contact, _)| contact.id).collect();
    let mut facts = publish::created(&created, ContactSource::Event);
    let mut by_change: BTreeMap<&Changed, Vec<ContactId>> = BTreeMap::new();
    for update in &changes.updated {
        by_change
            .entry(&update.changed)
            .or_default()
            .push(update.after.id);
    }
    for (changed, contacts) in by_change {
        facts.extend(publish::updated(&contacts, changed));
    }
    let gone: Vec<ContactId> = merges.iter().map(|(from, _)| *from).collect();
    facts.extend(publish::deleted(&gone));
    facts
}

/// Writes events, companies, devices and the catalogue, and wakes the segments that look at them.
async fn write_events(tx: &mut CrmTx, met: &Met, new: &[New<'_>], now: Timestamp) -> Result<(), SaveError> {
    let mut events = Vec::with_capacity(new.len());
    let mut active: HashMap<ContactId, Timestamp> = HashMap::new();
    for (index, n) in new.iter().enumerate() {
        let Some(contact) = met.contact(index).filter(|_| !n.message.name.is_empty()) else {
            continue;
        };
        events.push(SentEvent {
            id: EventId::generate(),
            contact,
            name: &n.message.name,
            at: n.message.at,
            source: n.entry.source,
            properties: &n.message.properties,
            context: n.message.context.kept.as_ref(),
        });
        let last = active.entry(contact).or_insert(n.message.at);
        *last = (*last).max(n.message.at);
    }
    if !tx.insert_sent_events(&events).await? {
        return Err(SaveError::Raced);
    }
    let due = |(contact, at): &(ContactId, Timestamp)| {
        let before = met.found.active.get(contact);
        before.is_none_or(|before| *at >= before.saturating_add(ACTIVE_STEP).unwrap_or(*before))
    };
    let active: Vec<(ContactId, Timestamp)> = active.into_iter().filter(due).collect();
    tx.touch_activity(&active).await?;
    tx.note_devices(&devices(met, new)).await?;
    write_companies(tx, met, new, now).await?;
    let told = shape::tally(
        new.iter()
            .zip(&met.slots)
            .filter(|(_, s)| s.is_some())
            .map(|(n, _)| n.message),
    );
    tx.tally_events(&told, now).await?;
    wake_segments(tx, &events, &active).await?;
    Ok(())
}

/// Devices that were not noted lately, each of a contact once.
fn devices<'a>(met: &Met, new: &'a [New<'a>]) -> Vec<Seen<'a>> {
    let mut seen: BTreeMap<(ContactId, &str), Seen<'a>> = BTreeMap::new();
    for (index, n) in new.iter().enumerate().filter(|(_, n)| n.entry.device) {
        let (Some(contact), Some(facts)) = (met.contact(index), &n.message.context.device) else {
            continue;
        };
        let Some(key) = facts
            .key
            .as_deref()
            .or(n.message.identity.anonymous_id.as_deref())
        else {
            continue;
        };
        let at = n.message.at;
        seen.insert(
            (contact, key),
            Seen {
                contact,
                key,
                facts,
                at,
            },
        );
    }
    seen.into_values().collect()
}

async fn write_companies(tx: &mut CrmTx, met: &Met, new: &[New<'_>], now: Timestamp) -> Result<(), DbError> {
    let mut companies: BTreeMap<&str, MetCompany<'_>> = BTreeMap::new();
    let mut members: Vec<(ContactId, &str)> = Vec::new();
    let groups = || {
        new.iter()
            .enumerate()
            .filter(|(_, n)| n.message.kind == Kind::Group)
    };
    if groups().next().is_none() {
        return Ok(());
    }
    let fields = tx.company_fields().await?;
    for (index, n) in groups() {
        let (Some(contact), Some(group)) = (met.contact(index), n.message.group_id.as_deref()) else {
            continue;
        };
        let company = companies.entry(group).or_insert_with(|| MetCompany {
            external_id: group,
            name: "",
            attributes: Map::new(),
        });
        let traits = &n.message.traits;
        if let Some(name) = traits.get("name").and_then(Value::as_str).map(str::trim) {
            company.name = name;
        }
        company.attributes.extend(traits::attributes(traits, &fields));
        if !members.contains(&(contact, group)) {
            members.push((contact, group));
        }
    }
    let companies: Vec<MetCompany<'_>> = companies.into_values().collect();
    tx.meet_companies(&companies, &members, now).await
}

/// Only those that arrive for the first time are here, so only they wake anybody. Rules mention events
/// by name, or any event.
async fn wake_segments(
    tx: &mut CrmTx,
    events: &[SentEvent<'_>],
    active: &[(ContactId, Timestamp)],
) -> Result<(), DbError> {
    let org = tx.org();
    let happened: Vec<(OrgId, ContactId, &str)> = events
        .iter()
        .map(|event| (org, event.contact, event.name))
        .collect();
    watch_events(tx.platform(), &happened).await?;
    let active: Vec<ContactId> = active.iter().map(|(contact, _)| *contact).collect();
    if active.is_empty() {
        return Ok(());
    }
    tx.watch_contacts(&["last_active_at"], &active).await
}

fn log_lines(entries: &[Entry<'_>], outcomes: &[Outcome]) -> Vec<Logged> {
    let logged = entries.iter().zip(outcomes).filter(|(entry, _)| entry.logged);
    logged
        .map(|(entry, outcome)| {
            let (kind, name, bot) = match entry.item {
                Item::Call { message, .. } => (
                    message.kind.as_str().to_owned(),
                    message.name.clone(),
                    message.context.bot,
                ),
                Item::Rejected { rejected, .. } => {
                    let bot = rejected.reason == Reject::Bot;
                    (rejected.kind.clone(), rejected.name.clone(), bot)
                }
            };
            Logged {
                id: EventId::generate(),
                source: entry.source,
                received_at: entry.received_at,
                kind,
                name,
                outcome: outcome.word(),
                reasons: outcome.reasons(),
                contact: outcome.contact(),
                bot,
                raw: shortened(entry.item.raw()),
            }
        })
        .collect()
}

/// Text as PostgreSQL takes it, and not more of it than somebody reads.
fn shortened(raw: &[u8]) -> String {
    let end = raw.len().min(MAX_RAW);
    let mut text = String::from_utf8_lossy(&raw[..end]).replace('\0', "");
    if raw.len() > end {
        text.push('…');
    }
    text
}
