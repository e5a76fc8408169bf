//! Handing everybody of the frozen audience over to delivery, a page at a time. While delivery takes a
//! page, crm reads the next one.
//!
//! The order of things is what makes it exact: delivery takes the page first, and passes over keys
//! that it has seen; then the cursor advances, in the transaction that proves that this worker still
//! holds the job. A crash before that repeats a page, which changes nothing.

use contracts::{
    PortError, PortResult,
    crm::{AudiencePage, ContactSnapshot, PushToken, consent::Channel},
    delivery::{Address, MessageIntent, SETTLED_CHANNEL},
};
use kernel::{CampaignId, ContactId, OrgId};
use platform::{JobError, RunningJob};
use serde::{Deserialize, Serialize};
use tracing::{debug, info};

use super::{CampaignError, Campaigns, control_campaign::tell_delivery};
use crate::domain::{
    campaign::{Campaign, Launch},
    state::{Act, State},
};

/// The name of the job.
pub const KIND: &str = "campaign.materialise";
/// People a page: few enough that the first mail leaves soon and two pages are a few megabytes, and
/// enough for few statements.
const PAGE: i64 = 2_000;

/// What the job is given.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Materialise {
    /// Which campaign.
    pub campaign: CampaignId,
}

/// Hands everybody over, or goes on where an earlier try ended.
pub async fn materialise_recipients(campaigns: &Campaigns, job: &mut RunningJob) -> Result<(), JobError> {
    let Materialise { campaign: id } = job.payload()?;
    let Some(mut launch) = begin(campaigns, job, id).await.map_err(JobError::retry)? else {
        return Ok(());
    };
    if launch.materialised.at.is_some() {
        return Ok(());
    }
    let (org, audience) = (job.org, launch.audience);
    let read = |after| campaigns.needs.audience.page(org, audience, after, PAGE);
    let mut ahead = Some(read(launch.materialised.to).await.map_err(JobError::retry)?);
    while let Some(page) = ahead {
        if job.should_stop() {
            return Err(JobError::Cancelled);
        }
        let next = page.next;
        let (handed_over, following) =
            tokio::join!(hand_over_page(campaigns, job, id, &mut launch, page), async {
                match next {
                    Some(after) => read(Some(after)).await.map(Some),
                    None => Ok(None),
                }
            });
        if !handed_over? {
            debug!(campaign.id = %id, "nothing more is handed over of {id}");
            break;
        }
        ahead = following.map_err(JobError::retry)?;
    }
    Ok(())
}

/// Makes sure that the audience is frozen, the batch open and the campaign running. `None` when
/// there is nothing to do for this job.
async fn begin(
    campaigns: &Campaigns,
    job: &RunningJob,
    id: CampaignId,
) -> Result<Option<Launch>, CampaignError> {
    let org = job.org;
    let Some(seen) = campaigns.db.system().await?.find_campaign(org, id).await? else {
        return Ok(None);
    };
    let Some(launch) = seen.launch.filter(|launch| launch.job == job.id) else {
        return Ok(None);
    };
    match seen.state {
        State::Running | State::Paused => Ok(Some(launch)),
        State::Launching => begin_sending(campaigns, org, &seen, &launch).await,
        _ => Ok(None),
    }
}

async fn begin_sending(
    campaigns: &Campaigns,
    org: OrgId,
    seen: &Campaign,
    launch: &Launch,
) -> Result<Option<Launch>, CampaignError> {
    let counts = campaigns
        .needs
        .audience
        .freeze(org, launch.audience, &seen.content.audience, seen.content.channel)
        .await?;
    campaigns
        .needs
        .intake
        .open_batch(org, &launch.batch_spec(seen.id, &seen.content))
        .await?;
    let now = campaigns.clock.now();
    let mut tx = campaigns.db.system().await?;
    let Some(mut campaign) = tx.lock_campaign(org, seen.id).await? else {
        return Ok(None);
    };
    if !campaign.state.allows(Act::Begin) {
        drop(tx);
        // Cancelled in the meantime, when there was no batch to be told.
        tell_delivery(campaigns, org, seen.id).await?;
        return Ok(None);
    }
    let event = campaign.begin(counts, now)?;
    tx.save_campaign(org, &campaign).await?;
    tx.save_counts(org, seen.id, counts).await?;
    tx.publish(org, &event).await?;
    tx.commit().await?;
    Ok(campaign.launch)
}

/// Hands a page over. Returns whether to go on.
async fn hand_over_page(
    campaigns: &Campaigns,
    job: &mut RunningJob,
    id: CampaignId,
    launch: &mut Launch,
    page: AudiencePage,
) -> Result<bool, JobError> {
    let needs = &campaigns.needs;
    let people = i64::try_from(page.people.len()).expect("a page is small");
    let intents = intents(campaigns, (job.org, id, launch.channel), page.people)
        .await
        .map_err(JobError::retry)?;
    match needs.intake.add(job.org, launch.batch, &intents).await {
        Ok(_) => {}
        Err(error) => return gone_or_retry(campaigns, job.org, id, error).await,
    }
    let now = campaigns.clock.now();
    let end = page.next.is_none().then_some(now);
    let mut tx = campaigns.db.system().await?;
    if !tx.advance_launch(job.org, id, page.next, people, end).await? {
        return Ok(false);
    }
    let done = launch.materialised.people + people;
    let total = launch.counts.map(|counts| counts.reachable);
    job.save(tx.inner(), &page.next, done, total).await?;
    if end.is_some() {
        // The last mail may have left before this was written down.
        tx.inner().signal_on_commit(SETTLED_CHANNEL);
    }
    tx.commit().await?;
    launch.materialised.people = done;
    launch.materialised.to = page.next;
    launch.materialised.at = end;
    if end.is_some() {
        info!(campaign.id = %id, people = done, "handed all of {id} over");
    }
    Ok(true)
}

/// A message for each of these people; of push notifications one for each of their devices. Somebody
/// whose address went away after the launch gets nothing; the report says that they left.
async fn intents(
    campaigns: &Campaigns,
    (org, campaign, channel): (OrgId, CampaignId, Channel),
    people: Vec<ContactSnapshot>,
) -> PortResult<Vec<MessageIntent>> {
    if channel != Channel::Push {
        return Ok(people
            .into_iter()
            .filter_map(|person| intent(campaign, channel, person))
            .collect());
    }
    let ids: Vec<ContactId> = people.iter().map(|person| person.id).collect();
    let tokens = campaigns.needs.snapshots.push_tokens(org, &ids).await?;
    let notification = |person: &ContactSnapshot, token: &PushToken| MessageIntent {
        extras: None,
        dedupe_key: Launch::device_key(campaign, person.id, token.token.as_str()),
        contact: person.clone(),
        to: token.token.clone().into(),
    };
    Ok(people
        .iter()
        .flat_map(|person| {
            let devices = tokens.get(&person.id).into_iter().flatten();
            devices.map(move |token| notification(person, token))
        })
        .collect())
}

fn intent(campaign: CampaignId, channel: Channel, contact: ContactSnapshot) -> Option<MessageIntent> {
    let to = match channel {
        Channel::Email => contact.email.clone().map(Address::Email)?,
        Channel::Sms => Address::on(channel, &contact.phone)?,
        Channel::Push => return None,
    };
    Some(MessageIntent {
        extras: None,
        dedupe_key: Launch::dedupe_key(campaign, contact.id),
        contact,
        to,
    })
}

/// A batch that was cancelled takes nothing more, which is no failure.
async fn gone_or_retry(
    campaigns: &Campaigns,
    org: OrgId,
    id: CampaignId,
    error: PortError,
) -> Result<bool, JobError> {
    let campaign = campaigns.db.system().await?.find_campaign(org, id).await?;
    match campaign {
        Some(campaign) if campaign.state.is_under_way() => Err(JobError::retry(error)),
        _ => Ok(false),
    }
}
