//! One campaign, and what may be done to it.

use contracts::{
    campaign::CampaignEvent,
    crm::{AudienceCounts, AudienceSpec, consent::Channel},
    delivery::{BatchSpec, BatchState, MessageSource, Stream},
};
use jiff::SignedDuration;
use kernel::{AudienceId, BatchId, CampaignId, ContactId, JobId, TemplateId, TemplateVersionId, Timestamp};

use super::{
    name::CampaignName,
    preflight::Check,
    schedule::Due,
    state::{Act, State},
};

/// Messages that were not accepted so long after the launch are not sent any more: whoever gets an
/// offer days late is annoyed by it, not helped.
const MESSAGES_EXPIRE_AFTER: SignedDuration = SignedDuration::from_hours(48);

/// What a person decides while a campaign is a draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// What it is called.
    pub name: CampaignName,
    /// Who gets it.
    pub audience: AudienceSpec,
    /// What they get.
    pub template: Option<TemplateId>,
    /// What it travels by: the channel of the template that was chosen last.
    pub channel: Channel,
    /// When; `None` is at once.
    pub scheduled_at: Option<Timestamp>,
}

/// One campaign.
#[derive(Clone, Debug)]
pub struct Campaign {
    /// `cmp_…`
    pub id: CampaignId,
    /// What a person decided.
    pub content: Content,
    /// Where it stands.
    pub state: State,
    /// Which check refused the launch when its time had come.
    pub refused_by: Option<Check>,
    /// Whether delivery still has to be told of the state.
    pub untold: bool,
    /// What was fixed when it was let go.
    pub launch: Option<Launch>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// Grows with every change that a person makes.
    pub version: i64,
    /// When it came into being.
    pub created_at: Timestamp,
    /// When a person changed it last.
    pub updated_at: Timestamp,
}

/// What was fixed when a campaign was let go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Launch {
    /// When.
    pub at: Timestamp,
    /// The very version that everybody gets, whatever becomes of the template.
    pub template_version: TemplateVersionId,
    /// What it travels by.
    pub channel: Channel,
    /// Who gets it.
    pub audience: AudienceId,
    /// Their messages.
    pub batch: BatchId,
    /// Who hands them over to delivery.
    pub job: JobId,
    /// How many they are, once the audience is frozen.
    pub counts: Option<AudienceCounts>,
    /// How far handing them over is.
    pub materialised: Materialised,
}

/// How far handing people over to delivery, as messages, is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Materialised {
    /// The last of them.
    pub to: Option<ContactId>,
    /// How many.
    pub people: i64,
    /// When all were.
    pub at: Option<Timestamp>,
}

/// An act that the state does not allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a campaign that is {} does not allow this", state.as_str())]
pub struct NotNow {
    /// Where the campaign stands.
    pub state: State,
}

impl Campaign {
    /// A new draft.
    #[must_use]
    pub fn draft(content: Content, now: Timestamp) -> Self {
        Self {
            id: CampaignId::generate(),
            content,
            state: State::Draft,
            refused_by: None,
            untold: false,
            launch: None,
            finished_at: None,
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }

    /// Decides anew; only drafts can be changed.
    pub fn edit(&mut self, content: Content, now: Timestamp) -> Result<Option<CampaignEvent>, NotNow> {
        if self.state != State::Draft {
            return Err(NotNow { state: self.state });
        }
        let name = content.name.clone();
        self.content = Content {
            name: self.content.name.clone(),
            ..content
        };
        self.touch(now);
        Ok(self.take_name(name))
    }

    /// Calls it something else, which is possible at any time.
    pub fn rename(&mut self, name: CampaignName, now: Timestamp) -> Option<CampaignEvent> {
        let event = self.take_name(name);
        if event.is_some() {
            self.touch(now);
        }
        event
    }

    /// What letting it go means: a draft with a time waits for it, anything else starts at once.
    #[must_use]
    pub fn way_to_go(&self) -> Act {
        match (self.state, self.content.scheduled_at) {
            (State::Draft, Some(_)) => Act::Schedule,
            _ => Act::Launch,
        }
    }

    /// Lets it wait for its time.
    pub fn schedule(&mut self, now: Timestamp) -> Result<(), NotNow> {
        self.step(Act::Schedule)?;
        self.touch(now);
        Ok(())
    }

    /// Takes it back for changes.
    pub fn unschedule(&mut self, now: Timestamp) -> Result<(), NotNow> {
        self.step(Act::Unschedule)?;
        self.refused_by = None;
        self.touch(now);
        Ok(())
    }

    /// Lets it go, once and for all.
    pub fn launch(
        &mut self,
        template_version: TemplateVersionId,
        job: JobId,
        now: Timestamp,
    ) -> Result<Launch, NotNow> {
        self.step(Act::Launch)?;
        let launch = Launch {
            at: now,
            template_version,
            audience: AudienceId::generate(),
            batch: BatchId::generate(),
            job,
            counts: None,
            channel: self.content.channel,
            materialised: Materialised::default(),
        };
        self.launch = Some(launch);
        self.refused_by = None;
        self.touch(now);
        Ok(launch)
    }

    /// Who gets it is fixed, and sending begins.
    pub fn begin(&mut self, counts: AudienceCounts, now: Timestamp) -> Result<CampaignEvent, NotNow> {
        self.step(Act::Begin)?;
        if let Some(launch) = &mut self.launch {
            launch.counts = Some(counts);
        }
        let name = self.content.name.to_string();
        Ok(CampaignEvent::CampaignLaunched {
            campaign: self.id,
            name,
            audience: counts,
            at: now,
        })
    }

    /// Stops it for the time being.
    pub fn pause(&mut self, now: Timestamp) -> Result<CampaignEvent, NotNow> {
        self.control(Act::Pause, now)?;
        Ok(CampaignEvent::CampaignPaused { campaign: self.id })
    }

    /// Lets it go on.
    pub fn resume(&mut self, now: Timestamp) -> Result<CampaignEvent, NotNow> {
        self.control(Act::Resume, now)?;
        Ok(CampaignEvent::CampaignResumed { campaign: self.id })
    }

    /// Stops it for good.
    pub fn cancel(&mut self, now: Timestamp) -> Result<CampaignEvent, NotNow> {
        self.control(Act::Cancel, now)?;
        self.finished_at = Some(now);
        Ok(self.finished("cancelled", now))
    }

    /// Nothing is left to be sent.
    pub fn complete(&mut self, now: Timestamp) -> Result<CampaignEvent, NotNow> {
        self.step(Act::Complete)?;
        self.finished_at = Some(now);
        Ok(self.finished("completed", now))
    }

    /// Whether its time came so long ago that a person has to say whether it is still meant.
    #[must_use]
    pub fn is_stale(&self, now: Timestamp) -> bool {
        self.state == State::Scheduled && self.due(now) == Some(Due::Stale)
    }

    /// Whether its time has come, if it has one and waits for it.
    #[must_use]
    pub fn due(&self, now: Timestamp) -> Option<Due> {
        let waits = self.state == State::Scheduled;
        self.content
            .scheduled_at
            .filter(|_| waits)
            .map(|at| Due::of(at, now))
    }

    /// What delivery is to do with the messages.
    #[must_use]
    pub const fn batch_state(&self) -> BatchState {
        match self.state {
            State::Paused => BatchState::Paused,
            State::Cancelled => BatchState::Cancelled,
            _ => BatchState::Running,
        }
    }

    /// What a person who makes another one like it starts from; a time in it would have gone by.
    #[must_use]
    pub fn content_for_copy(&self, mark: impl FnOnce(&str) -> String) -> Content {
        Content {
            name: self.content.name.copied(mark),
            scheduled_at: None,
            ..self.content.clone()
        }
    }

    fn step(&mut self, act: Act) -> Result<(), NotNow> {
        self.state = self.state.after(act).ok_or(NotNow { state: self.state })?;
        Ok(())
    }

    fn control(&mut self, act: Act, now: Timestamp) -> Result<(), NotNow> {
        self.step(act)?;
        self.untold = true;
        self.touch(now);
        Ok(())
    }

    fn touch(&mut self, now: Timestamp) {
        self.version += 1;
        self.updated_at = now;
    }

    fn take_name(&mut self, name: CampaignName) -> Option<CampaignEvent> {
        if name == self.content.name {
            return None;
        }
        self.content.name = name;
        Some(CampaignEvent::CampaignRenamed {
            campaign: self.id,
            name: self.content.name.to_string(),
        })
    }

    fn finished(&self, outcome: &str, at: Timestamp) -> CampaignEvent {
        let name = self.content.name.to_string();
        CampaignEvent::CampaignFinished {
            campaign: self.id,
            name,
            outcome: outcome.to_owned(),
            at,
        }
    }
}

impl Launch {
    /// The batch that delivery opens for it.
    #[must_use]
    pub fn batch_spec(&self, campaign: CampaignId, content: &Content) -> BatchSpec {
        BatchSpec {
            id: self.batch,
            source: MessageSource::Campaign(campaign),
            channel: content.channel,
            name: content.name.to_string(),
            template_version: self.template_version,
            stream: Stream::Marketing,
            expires_at: self.expires_at(),
            topic: content.audience.topic,
        }
    }

    /// When what was not sent by then is given up.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        self.at + MESSAGES_EXPIRE_AFTER
    }

    /// Unique for ever: whoever hands the same person over again, after whatever crash, sends once.
    #[must_use]
    pub fn dedupe_key(campaign: CampaignId, contact: ContactId) -> String {
        format!("campaign:{campaign}:{contact}")
    }

    /// The same for one of a person's devices; `token` is the token of the app on it.
    #[must_use]
    pub fn device_key(campaign: CampaignId, contact: ContactId, token: &str) -> String {
        format!("{}:{token}", Self::dedupe_key(campaign, contact))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-06-01T10:00:00Z".parse().expect("an instant")
    }

    fn draft() -> Campaign {
        let name = CampaignName::parse("Spring sale").expect("a name");
        Campaign::draft(
            Content {
                name,
                audience: AudienceSpec::default(),
                template: None,
                channel: Channel::Email,
                scheduled_at: None,
            },
            now(),
        )
    }

    fn launched() -> Campaign {
        let mut campaign = draft();
        campaign
            .launch(TemplateVersionId::generate(), JobId::generate(), now())
            .expect("a draft can be launched");
        campaign
    }

    #[test]
    fn only_a_draft_can_be_changed_but_anything_can_be_renamed() {
        let mut campaign = launched();
        let content = campaign.content.clone();
        assert_eq!(
            campaign.edit(content, now()).err(),
            Some(NotNow {
                state: State::Launching
            })
        );
        let other = CampaignName::parse("Summer sale").expect("a name");
        assert!(campaign.rename(other.clone(), now()).is_some());
        assert!(
            campaign.rename(other, now()).is_none(),
            "the same name again is no change"
        );
    }

    #[test]
    fn a_campaign_is_launched_once() {
        let mut campaign = launched();
        let again = campaign.launch(TemplateVersionId::generate(), JobId::generate(), now());
        assert_eq!(
            again,
            Err(NotNow {
                state: State::Launching
            })
        );
    }

    #[test]
    fn a_draft_with_a_time_waits_for_it_and_can_be_sent_before_it() {
        let mut campaign = draft();
        assert_eq!(campaign.way_to_go(), Act::Launch);
        campaign.content.scheduled_at = Some(now() + SignedDuration::from_hours(1));
        assert_eq!(campaign.way_to_go(), Act::Schedule);
        campaign.schedule(now()).expect("a draft can be scheduled");
        assert_eq!(campaign.due(now()), Some(Due::NotYet));
        assert_eq!(campaign.way_to_go(), Act::Launch);
    }

    #[test]
    fn a_day_after_its_time_a_schedule_is_stale() {
        let mut campaign = draft();
        campaign.content.scheduled_at = Some(now());
        assert!(
            !campaign.is_stale(now() + SignedDuration::from_hours(30)),
            "drafts wait for nothing"
        );
        campaign.schedule(now()).expect("a draft can be scheduled");
        assert!(!campaign.is_stale(now() + SignedDuration::from_hours(24)));
        assert!(campaign.is_stale(now() + SignedDuration::from_hours(25)));
    }

    #[test]
    fn what_a_person_stops_is_told_to_delivery_and_changes_the_version() {
        let mut campaign = launched();
        campaign
            .begin(AudienceCounts::default(), now())
            .expect("launching begins");
        let version = campaign.version;
        campaign.pause(now()).expect("running can be paused");
        assert!(campaign.untold && campaign.version > version);
        assert_eq!(campaign.batch_state(), BatchState::Paused);
        campaign.cancel(now()).expect("paused can be cancelled");
        assert_eq!(campaign.batch_state(), BatchState::Cancelled);
        assert_eq!(
            campaign.resume(now()).err(),
            Some(NotNow {
                state: State::Cancelled
            })
        );
    }

    #[test]
    fn a_copy_waits_for_nothing() {
        let mut campaign = launched();
        campaign.content.scheduled_at = Some(now());
        let content = campaign.content_for_copy(|name| format!("{name} (copy)"));
        assert_eq!(content.scheduled_at, None);
        assert_eq!(content.name.as_str(), "Spring sale (copy)");
    }
}
