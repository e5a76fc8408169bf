//! Facts of other contexts become roll-ups: folded in memory, then added with one statement a table.

use contracts::{campaign::CampaignEvent, crm::CrmEvent, delivery::DeliveryEvent};
use platform::{Envelope, Tx};

use crate::{
    domain::{
        campaign_changes::CampaignChanges, contact_deltas::ContactDeltas, message_deltas::MessageDeltas,
    },
    infrastructure::pg::{add_contacts, add_links, add_to_campaigns, add_to_hours, change_campaigns},
};

/// What happened to messages.
pub async fn keep_messages(tx: &mut Tx, facts: &[Envelope]) -> anyhow::Result<()> {
    let mut deltas = MessageDeltas::default();
    for fact in facts {
        deltas.apply(fact.org, &fact.decode::<DeliveryEvent>()?);
    }
    add_to_hours(tx, &deltas).await?;
    add_to_campaigns(tx, &deltas.by_campaign()).await?;
    Ok(add_links(tx, &deltas.links).await?)
}

/// Which campaigns there are and how they stand.
pub async fn keep_campaigns(tx: &mut Tx, facts: &[Envelope]) -> anyhow::Result<()> {
    let mut changes = CampaignChanges::default();
    for fact in facts {
        changes.apply(fact.org, &fact.decode::<CampaignEvent>()?);
    }
    Ok(change_campaigns(tx, &changes).await?)
}

/// How contacts grow.
pub async fn keep_contacts(tx: &mut Tx, facts: &[Envelope]) -> anyhow::Result<()> {
    let mut deltas = ContactDeltas::default();
    for fact in facts {
        deltas.apply(fact.org, fact.at, &fact.decode::<CrmEvent>()?);
    }
    Ok(add_contacts(tx, &deltas).await?)
}
