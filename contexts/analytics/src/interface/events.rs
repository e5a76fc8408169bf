//! Subscribers, one effect each.

use async_trait::async_trait;
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
        "delivery"
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
        "campaign"
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
        "crm"
    }
    async fn handle(&self, tx: &mut Tx, events: &[Envelope]) -> anyhow::Result<()> {
        keep_contacts(tx, events).await
    }
}
