//! Facts of other contexts become roll-ups.

use contracts::{campaign::CampaignEvent, crm::CrmEvent, delivery::DeliveryEvent};
use platform::{Envelope, Tx};

use crate::{
    domain::fold::Deltas,
    infrastructure::pg::{CampaignDelta, ContactDelta, save_campaigns, save_contacts, save_messages},
};

/// What happened to messages.
pub async fn keep_messages(tx: &mut Tx, envelopes: &[Envelope]) -> anyhow::Result<()> {
    let mut deltas = Deltas::default();
    for envelope in envelopes {
        deltas.apply(envelope.org, &envelope.decode::<DeliveryEvent>()?);
    }
    Ok(save_messages(tx, &deltas).await?)
}

/// What campaigns there are.
pub async fn keep_campaigns(tx: &mut Tx, envelopes: &[Envelope]) -> anyhow::Result<()> {
    let deltas = envelopes
        .iter()
        .map(campaign_delta)
        .collect::<Result<Vec<_>, _>>()?;
    let deltas: Vec<CampaignDelta> = deltas.into_iter().flatten().collect();
    Ok(save_campaigns(tx, &deltas).await?)
}

fn campaign_delta(envelope: &Envelope) -> Result<Option<CampaignDelta>, serde_json::Error> {
    let org = envelope.org;
    Ok(Some(match envelope.decode::<CampaignEvent>()? {
        CampaignEvent::CampaignLaunched {
            campaign,
            name,
            audience,
            at,
        } => CampaignDelta {
            org,
            campaign,
            name,
            launched: Some((at, audience)),
            finished: None,
        },
        CampaignEvent::CampaignFinished {
            campaign,
            name,
            outcome,
            at,
        } => CampaignDelta {
            org,
            campaign,
            name,
            launched: None,
            finished: Some((at, outcome)),
        },
        CampaignEvent::CampaignRenamed { campaign, name } => CampaignDelta {
            org,
            campaign,
            name,
            launched: None,
            finished: None,
        },
        // A campaign that pauses has not ended.
        CampaignEvent::CampaignPaused { .. } | CampaignEvent::CampaignResumed { .. } => return Ok(None),
    }))
}

/// How contacts grow.
pub async fn keep_contacts(tx: &mut Tx, envelopes: &[Envelope]) -> anyhow::Result<()> {
    let mut deltas = Vec::new();
    for envelope in envelopes {
        let delta = |source: String, created: usize, deleted: usize| ContactDelta {
            org: envelope.org,
            at: envelope.at,
            source,
            created: i64::try_from(created).unwrap_or(i64::MAX),
            deleted: i64::try_from(deleted).unwrap_or(i64::MAX),
        };
        match envelope.decode::<CrmEvent>()? {
            CrmEvent::ContactsCreated { contacts, source } => deltas.push(delta(source, contacts.len(), 0)),
            CrmEvent::ContactsDeleted { contacts } => deltas.push(delta(String::new(), 0, contacts.len())),
            _ => {}
        }
    }
    Ok(save_contacts(tx, &deltas).await?)
}
