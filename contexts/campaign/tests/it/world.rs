//! Stand-ins for the contexts that campaigns talk to. They keep the promises of the ports: freezing
//! twice changes nothing, a dedupe key is taken once, a cancelled batch sends nothing ever.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use contracts::{
    PortError, PortResult,
    analytics::{CampaignStatistics, MessageTotals, Statistics},
    crm::{
        Audience, AudienceCounts, AudiencePage, AudienceSpec, ContactSnapshot, ContactSnapshots, PushToken,
        SegmentSummary, Segments, consent::Channel,
    },
    delivery::{
        BatchProgress, BatchSpec, BatchState, DeviceToken, MessageIntake, MessageIntent, RenderedMail,
        TemplateSummary, Templates, TextParts,
        domains::{DomainStanding, SendingDomains},
    },
};
use kernel::{
    AudienceId, BatchId, CampaignId, ContactId, EmailAddress, OrgId, PhoneNumber, SegmentId, TemplateId,
    TemplateVersionId,
};
use tokio::sync::Notify;

/// What may go wrong in another context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The audience cannot be frozen.
    Freeze,
    /// The answer to a page of messages never comes; they were not taken.
    HangBeforeTaking,
    /// The answer to a page of messages never comes; they were taken.
    HangAfterTaking,
    /// A page of messages is taken, and the answer is an error.
    FailAfterTaking,
    /// Delivery cannot be told of a state.
    SetState,
}

#[derive(Default)]
struct State {
    contacts: BTreeMap<ContactId, ContactSnapshot>,
    devices: BTreeMap<ContactId, Vec<DeviceToken>>,
    suppressed: BTreeSet<ContactId>,
    segments: BTreeMap<SegmentId, (String, BTreeSet<ContactId>)>,
    frozen: HashMap<AudienceId, (AudienceCounts, Vec<ContactId>)>,
    templates: Vec<TemplateSummary>,
    broken_templates: BTreeSet<TemplateId>,
    batches: HashMap<BatchId, Batch>,
    statistics: HashMap<CampaignId, CampaignStatistics>,
    faults: Vec<(Fault, usize)>,
    standing: Option<DomainStanding>,
}

struct Batch {
    spec: BatchSpec,
    state: BatchState,
    messages: BTreeMap<String, (MessageIntent, Outcome)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Pending,
    Accepted,
    Suppressed,
    Cancelled,
}

/// The other contexts.
#[derive(Default)]
pub struct World {
    state: Mutex<State>,
    /// Signalled when a fault makes an answer not come.
    pub hanging: Notify,
}

impl World {
    /// Says what is known of the sending domain; before, nothing is demanded of it.
    pub fn domain_is(&self, standing: DomainStanding) {
        self.state.lock().unwrap().standing = Some(standing);
    }

    /// Adds somebody to segments; with an address unless `email` is empty.
    pub fn contact(&self, email: &str, segments: &[SegmentId]) -> ContactId {
        let mut state = self.state.lock().unwrap();
        let id = ContactId::generate();
        let snapshot = ContactSnapshot {
            id,
            email: EmailAddress::parse(email).ok(),
            first_name: email.split('@').next().unwrap_or_default().to_owned(),
            last_name: String::new(),
            phone: String::new(),
            timezone: String::new(),
            locale: String::new(),
            attributes: serde_json::Map::new(),
            tags: Vec::new(),
            records: serde_json::Map::new(),
        };
        state.contacts.insert(id, snapshot);
        for segment in segments {
            state
                .segments
                .get_mut(segment)
                .expect("the segment was added")
                .1
                .insert(id);
        }
        id
    }

    /// Gives somebody a phone number, as they wrote it.
    pub fn phone(&self, contact: ContactId, number: &str) {
        let mut state = self.state.lock().unwrap();
        let contact = state.contacts.get_mut(&contact).expect("the contact was added");
        contact.phone = number.to_owned();
    }

    /// Gives somebody a device with an app.
    pub fn device(&self, contact: ContactId, token: &str) {
        let token = DeviceToken::parse(token).expect("a token");
        let mut state = self.state.lock().unwrap();
        state.devices.entry(contact).or_default().push(token);
    }

    /// Adds a segment.
    pub fn segment(&self, name: &str) -> SegmentId {
        let id = SegmentId::generate();
        self.state
            .lock()
            .unwrap()
            .segments
            .insert(id, (name.to_owned(), BTreeSet::new()));
        id
    }

    /// Adds a template that is in order.
    pub fn template(&self, name: &str) -> TemplateId {
        let id = TemplateId::generate();
        self.state.lock().unwrap().templates.push(TemplateSummary {
            id,
            name: name.to_owned(),
            channel: Channel::Email,
            subject: "Hello {{ contact.first_name }}".to_owned(),
            version: TemplateVersionId::generate(),
            has_unsubscribe_link: true,
        });
        id
    }

    /// Changes a template.
    pub fn change_template(&self, id: TemplateId, how: impl FnOnce(&mut TemplateSummary)) {
        let mut state = self.state.lock().unwrap();
        how(state
            .templates
            .iter_mut()
            .find(|template| template.id == id)
            .expect("the template was added"));
    }

    /// Deletes a template.
    pub fn delete_template(&self, id: TemplateId) {
        self.state
            .lock()
            .unwrap()
            .templates
            .retain(|template| template.id != id);
    }

    /// Makes a template one that cannot be rendered.
    pub fn break_template(&self, id: TemplateId) {
        self.state.lock().unwrap().broken_templates.insert(id);
    }

    /// Unsubscribes somebody.
    pub fn suppress(&self, contact: ContactId) {
        self.state.lock().unwrap().suppressed.insert(contact);
    }

    /// Deletes somebody.
    pub fn delete_contact(&self, contact: ContactId) {
        let mut state = self.state.lock().unwrap();
        state.contacts.remove(&contact);
        for (_, members) in state.segments.values_mut() {
            members.remove(&contact);
        }
    }

    /// Lets something go wrong once, after it went well `after` times.
    pub fn fault(&self, fault: Fault, after: usize) {
        self.state.lock().unwrap().faults.push((fault, after));
    }

    /// What the roll-ups say of a campaign.
    pub fn statistics(&self, campaign: CampaignId, statistics: CampaignStatistics) {
        self.state.lock().unwrap().statistics.insert(campaign, statistics);
    }

    /// Does what the engine would: hands over what is queued in batches that run.
    pub fn send(&self) {
        self.send_at_most(usize::MAX);
    }

    /// The same for so many messages.
    pub fn send_at_most(&self, most: usize) {
        let mut state = self.state.lock().unwrap();
        let State {
            batches, suppressed, ..
        } = &mut *state;
        let mut left = most;
        for batch in batches
            .values_mut()
            .filter(|batch| batch.state == BatchState::Running)
        {
            for (intent, outcome) in batch.messages.values_mut() {
                if *outcome == Outcome::Pending && left > 0 {
                    left -= 1;
                    let stopped = suppressed.contains(&intent.contact.id);
                    *outcome = if stopped {
                        Outcome::Suppressed
                    } else {
                        Outcome::Accepted
                    };
                }
            }
        }
    }

    /// Every address that a mail was handed over for, once for each mail.
    pub fn received(&self) -> Vec<String> {
        let state = self.state.lock().unwrap();
        let accepted = |batch: &Batch| {
            let all = batch
                .messages
                .values()
                .filter(|(_, outcome)| *outcome == Outcome::Accepted);
            all.map(|(intent, _)| intent.to.to_string()).collect::<Vec<_>>()
        };
        let mut all: Vec<String> = state.batches.values().flat_map(accepted).collect();
        all.sort();
        all
    }

    /// How many messages were taken in.
    pub fn taken(&self) -> usize {
        self.state
            .lock()
            .unwrap()
            .batches
            .values()
            .map(|batch| batch.messages.len())
            .sum()
    }

    /// The batches that were opened.
    pub fn batches(&self) -> Vec<(BatchSpec, BatchState)> {
        self.state
            .lock()
            .unwrap()
            .batches
            .values()
            .map(|batch| (batch.spec.clone(), batch.state))
            .collect()
    }

    /// How many audiences are written down.
    pub fn frozen(&self) -> usize {
        self.state.lock().unwrap().frozen.len()
    }

    /// Whether this fault happens now.
    fn strikes(&self, fault: Fault) -> bool {
        let mut state = self.state.lock().unwrap();
        let Some(index) = state.faults.iter().position(|(found, _)| *found == fault) else {
            return false;
        };
        if state.faults[index].1 > 0 {
            state.faults[index].1 -= 1;
            return false;
        }
        state.faults.remove(index);
        true
    }

    async fn hang(&self) {
        self.hanging.notify_one();
        std::future::pending::<()>().await;
    }
}

impl State {
    fn members(&self, spec: &AudienceSpec) -> BTreeSet<ContactId> {
        let of = |ids: &[SegmentId]| -> BTreeSet<ContactId> {
            let found = ids.iter().filter_map(|id| self.segments.get(id));
            found.flat_map(|(_, members)| members.iter().copied()).collect()
        };
        let out = of(&spec.exclude);
        of(&spec.include)
            .into_iter()
            .filter(|id| !out.contains(id))
            .collect()
    }

    fn counts(&self, spec: &AudienceSpec, channel: Channel) -> (AudienceCounts, Vec<ContactId>) {
        let members = self.members(spec);
        let reachable: Vec<ContactId> = members
            .iter()
            .filter(|id| match channel {
                Channel::Email => self.contacts[id].email.is_some(),
                Channel::Sms => PhoneNumber::parse(&self.contacts[id].phone).is_ok(),
                Channel::Push => self.devices.contains_key(id),
            })
            .copied()
            .collect();
        let allowed = reachable
            .iter()
            .filter(|id| !self.suppressed.contains(id))
            .count();
        let number = |n: usize| i64::try_from(n).expect("a test is small");
        let counts = AudienceCounts {
            matching: number(members.len()),
            reachable: number(reachable.len()),
            will_receive: number(allowed),
        };
        (counts, reachable)
    }
}

#[async_trait]
impl Audience for World {
    async fn count(&self, _: OrgId, spec: &AudienceSpec, channel: Channel) -> PortResult<AudienceCounts> {
        Ok(self.state.lock().unwrap().counts(spec, channel).0)
    }

    async fn freeze(
        &self,
        _: OrgId,
        audience: AudienceId,
        spec: &AudienceSpec,
        channel: Channel,
    ) -> PortResult<AudienceCounts> {
        if self.strikes(Fault::Freeze) {
            return Err(PortError::failed("crm does not answer"));
        }
        let mut state = self.state.lock().unwrap();
        let now = state.counts(spec, channel);
        Ok(state.frozen.entry(audience).or_insert(now).0)
    }

    async fn page(
        &self,
        _: OrgId,
        audience: AudienceId,
        after: Option<ContactId>,
        limit: i64,
    ) -> PortResult<AudiencePage> {
        let state = self.state.lock().unwrap();
        let (_, members) = state.frozen.get(&audience).ok_or(PortError::NotFound)?;
        let behind = members.iter().filter(|id| after.is_none_or(|after| **id > after));
        let limit = usize::try_from(limit).expect("a limit is positive");
        let ids: Vec<ContactId> = behind.take(limit).copied().collect();
        let next = (ids.len() == limit).then(|| ids[limit - 1]);
        Ok(AudiencePage {
            people: ids
                .iter()
                .filter_map(|id| state.contacts.get(id).cloned())
                .collect(),
            next,
        })
    }

    async fn release(&self, _: OrgId, audience: AudienceId) -> PortResult<()> {
        self.state.lock().unwrap().frozen.remove(&audience);
        Ok(())
    }
}

#[async_trait]
impl Segments for World {
    async fn segments(&self, _: OrgId) -> PortResult<Vec<SegmentSummary>> {
        let state = self.state.lock().unwrap();
        let summary = |(id, (name, members)): (&SegmentId, &(String, BTreeSet<ContactId>))| SegmentSummary {
            id: *id,
            name: name.clone(),
            members: i64::try_from(members.len()).expect("a test is small"),
        };
        Ok(state.segments.iter().map(summary).collect())
    }
}

#[async_trait]
impl ContactSnapshots for World {
    async fn snapshots(&self, _: OrgId, ids: &[ContactId]) -> PortResult<Vec<ContactSnapshot>> {
        let state = self.state.lock().unwrap();
        Ok(ids
            .iter()
            .filter_map(|id| state.contacts.get(id).cloned())
            .collect())
    }

    async fn push_tokens(
        &self,
        _: OrgId,
        contacts: &[ContactId],
    ) -> PortResult<HashMap<ContactId, Vec<PushToken>>> {
        let state = self.state.lock().unwrap();
        let token = |token: &DeviceToken| PushToken {
            platform: "android".to_owned(),
            token: token.clone(),
        };
        Ok(contacts
            .iter()
            .filter_map(|id| Some((*id, state.devices.get(id)?.iter().map(token).collect())))
            .collect())
    }

    async fn search(&self, _: OrgId, query: &str, limit: i64) -> PortResult<Vec<ContactSnapshot>> {
        let state = self.state.lock().unwrap();
        let found = state
            .contacts
            .values()
            .filter(|contact| contact.first_name.contains(query));
        Ok(found
            .take(usize::try_from(limit).expect("a limit is positive"))
            .cloned()
            .collect())
    }
}

#[async_trait]
impl MessageIntake for World {
    async fn open_batch(&self, _: OrgId, batch: &BatchSpec) -> PortResult<()> {
        let fresh = Batch {
            spec: batch.clone(),
            state: BatchState::Running,
            messages: BTreeMap::new(),
        };
        self.state
            .lock()
            .unwrap()
            .batches
            .entry(batch.id)
            .or_insert(fresh);
        Ok(())
    }

    async fn add(&self, _: OrgId, batch: BatchId, messages: &[MessageIntent]) -> PortResult<u64> {
        if self.strikes(Fault::HangBeforeTaking) {
            self.hang().await;
        }
        let new = {
            let mut state = self.state.lock().unwrap();
            let batch = state.batches.get_mut(&batch).ok_or(PortError::NotFound)?;
            let outcome = match batch.state {
                BatchState::Cancelled => Outcome::Cancelled,
                _ => Outcome::Pending,
            };
            let before = batch.messages.len();
            for intent in messages {
                batch
                    .messages
                    .entry(intent.dedupe_key.clone())
                    .or_insert_with(|| (intent.clone(), outcome));
            }
            batch.messages.len() - before
        };
        if self.strikes(Fault::HangAfterTaking) {
            self.hang().await;
        }
        if self.strikes(Fault::FailAfterTaking) {
            return Err(PortError::failed("the answer was lost"));
        }
        Ok(new as u64)
    }

    async fn set_state(&self, _: OrgId, batch: BatchId, wanted: BatchState) -> PortResult<()> {
        if self.strikes(Fault::SetState) {
            return Err(PortError::failed("delivery does not answer"));
        }
        let mut state = self.state.lock().unwrap();
        let batch = state.batches.get_mut(&batch).ok_or(PortError::NotFound)?;
        if batch.state == BatchState::Cancelled {
            return Ok(());
        }
        batch.state = wanted;
        if wanted == BatchState::Cancelled {
            let waiting = batch
                .messages
                .values_mut()
                .filter(|(_, outcome)| *outcome == Outcome::Pending);
            waiting.for_each(|(_, outcome)| *outcome = Outcome::Cancelled);
        }
        Ok(())
    }

    async fn progress(&self, _: OrgId, batches: &[BatchId]) -> PortResult<Vec<BatchProgress>> {
        let state = self.state.lock().unwrap();
        let of = |id: &BatchId| {
            let Some(batch) = state.batches.get(id) else {
                return BatchProgress::default();
            };
            let count = |wanted: Outcome| {
                let found = batch
                    .messages
                    .values()
                    .filter(|(_, outcome)| *outcome == wanted)
                    .count();
                i64::try_from(found).expect("a test is small")
            };
            BatchProgress {
                total: i64::try_from(batch.messages.len()).expect("a test is small"),
                pending: count(Outcome::Pending),
                accepted: count(Outcome::Accepted),
                suppressed: count(Outcome::Suppressed),
                cancelled: count(Outcome::Cancelled),
                per_second: 10.0,
                ..BatchProgress::default()
            }
        };
        Ok(batches.iter().map(of).collect())
    }
}

#[async_trait]
impl Templates for World {
    async fn templates(&self, _: OrgId) -> PortResult<Vec<TemplateSummary>> {
        Ok(self.state.lock().unwrap().templates.clone())
    }

    async fn preview(
        &self,
        _: OrgId,
        version: TemplateVersionId,
        contact: &ContactSnapshot,
    ) -> PortResult<RenderedMail> {
        let state = self.state.lock().unwrap();
        let template = state
            .templates
            .iter()
            .find(|template| template.version == version);
        let template = template.ok_or(PortError::NotFound)?;
        if state.broken_templates.contains(&template.id) {
            return Err(PortError::Refused("line 3: no filter named shout".to_owned()));
        }
        Ok(RenderedMail {
            subject: template
                .subject
                .replace("{{ contact.first_name }}", &contact.first_name),
            html: format!("<h1>{}</h1><script>alert(1)</script>", contact.first_name),
            text: contact.first_name.clone(),
            url: String::new(),
            parts: (template.channel == Channel::Sms).then_some(TextParts {
                segments: 2,
                has_opt_out: template.has_unsubscribe_link,
            }),
        })
    }
}

#[async_trait]
impl SendingDomains for World {
    async fn standing(&self, _: OrgId) -> PortResult<DomainStanding> {
        Ok(self
            .state
            .lock()
            .unwrap()
            .standing
            .unwrap_or(DomainStanding::NotRequired))
    }
}

#[async_trait]
impl Statistics for World {
    async fn totals(&self, org: OrgId, campaigns: &[CampaignId]) -> PortResult<Vec<MessageTotals>> {
        let mut all = Vec::new();
        for id in campaigns {
            all.push(self.campaign(org, *id).await?.totals);
        }
        Ok(all)
    }

    async fn campaign(&self, _: OrgId, campaign: CampaignId) -> PortResult<CampaignStatistics> {
        Ok(self
            .state
            .lock()
            .unwrap()
            .statistics
            .get(&campaign)
            .cloned()
            .unwrap_or_default())
    }
}

/// The ports of one world.
pub fn needs(world: &Arc<World>, organizations: &Arc<testkit::FakeOrganizations>) -> campaign::Needs {
    campaign::Needs {
        consents: Arc::new(testkit::FakeConsents::default()),
        audience: world.clone(),
        segments: world.clone(),
        snapshots: world.clone(),
        intake: world.clone(),
        templates: world.clone(),
        statistics: world.clone(),
        domains: world.clone(),
        organizations: organizations.clone(),
    }
}
