//! Subscribers. Each does one effect, in the transaction that moves its cursor.

use async_trait::async_trait;
use contracts::{PublicEvent, campaign::CampaignEvent, crm::CrmEvent, delivery::DeliveryEvent};
use platform::{Envelope, Subscriber, Tx};

use crate::application::keep_rollups::{keep_campaigns, keep_contacts, keep_messages};

/// Keeps what happened to messages.
pub struct KeepMessages;
/// Keeps what campaigns there are.
pub struct KeepCampaigns;
/// Keeps how contacts grow.
pub struct KeepContacts;

#[async_trait]
impl Subscriber for KeepMessages {
    fn name(&self) -> &'static str {
        "analytics.keep_messages"
    }
    fn topic(&self) -> &'static str {
        DeliveryEvent::TOPIC
    }
    async fn handle(&self, tx: &mut Tx, events: &[Envelope]) -> anyhow::Result<()> {
        keep_messages(tx, events).await
    }
}

#[async_trait]
impl Subscriber for KeepCampaigns {
    fn name(&self) -> &'static str {
        "analytics.keep_campaigns"
    }
    fn topic(&self) -> &'static str {
        CampaignEvent::TOPIC
    }
    async fn handle(&self, tx: &mut Tx, events: &[Envelope]) -> anyhow::Result<()> {
        keep_campaigns(tx, events).await
    }
}

#[async_trait]
impl Subscriber for KeepContacts {
    fn name(&self) -> &'static str {
        "analytics.keep_contacts"
    }
    fn topic(&self) -> &'static str {
        CrmEvent::TOPIC
    }
    fn kinds(&self) -> &'static [&'static str] {
        &["contacts_created", "contacts_deleted", "contacts_merged"]
    }
    async fn handle(&self, tx: &mut Tx, events: &[Envelope]) -> anyhow::Result<()> {
        keep_contacts(tx, events).await
    }
}
