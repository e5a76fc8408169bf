//! Recognising people who were erased when they come again.

use async_trait::async_trait;
use contracts::{PublicEvent, crm::CrmEvent};
use kernel::{ContactId, OrgId};
use platform::{Envelope, Pseudonyms, Subscriber, Tx};

use crate::infrastructure::pg::{
    erasure::{addresses_of, recall},
    segment_staleness::watch_suppressions,
};

/// Notes that an address is not to be written to whose owner was erased: delivery knows it by its
/// pseudonym at each attempt, and with this the numbers of audiences and the contact's page know it
/// too.
pub struct RecallErasures(pub Pseudonyms);

#[async_trait]
impl Subscriber for RecallErasures {
    fn name(&self) -> &'static str {
        "crm.recall_erasures"
    }
    fn topic(&self) -> &'static str {
        CrmEvent::TOPIC
    }
    fn kinds(&self) -> &'static [&'static str] {
        &["contacts_created", "contacts_updated"]
    }
    async fn handle(&self, tx: &mut Tx, events: &[Envelope]) -> anyhow::Result<()> {
        let mut came: Vec<(OrgId, ContactId)> = Vec::new();
        for envelope in events {
            match envelope.decode()? {
                CrmEvent::ContactsCreated { contacts, .. } => {
                    came.extend(contacts.into_iter().map(|contact| (envelope.org, contact)));
                }
                CrmEvent::ContactsUpdated { contacts, changed }
                    if changed.iter().any(|name| name == "email") =>
                {
                    came.extend(contacts.into_iter().map(|contact| (envelope.org, contact)));
                }
                _ => {}
            }
        }
        if came.is_empty() {
            return Ok(());
        }
        let addresses = addresses_of(tx, &came).await?;
        let pairs: Vec<_> = addresses
            .into_iter()
            .map(|(org, address)| {
                let pseudonym = self.0.of(org, &address);
                (org, address, pseudonym)
            })
            .collect();
        let known = recall(tx, &pairs).await?;
        let known: Vec<_> = known.iter().map(|(org, address)| (*org, address)).collect();
        Ok(watch_suppressions(tx, &known).await?)
    }
}
