//! What delivery does with what others tell.

use async_trait::async_trait;
use contracts::{PublicEvent, crm::CrmEvent};
use platform::{Envelope, Subscriber, Tx};

use crate::{
    application::suppress_addresses::suppress_addresses, domain::suppression::SuppressionReason,
    infrastructure::pg::suppressions::NewSuppression,
};

/// Puts people on the suppression list who said by way of an imported file that they want no mail.
pub struct HonourOptOuts;

#[async_trait]
impl Subscriber for HonourOptOuts {
    fn name(&self) -> &'static str {
        "delivery.honour_opt_outs"
    }

    fn topic(&self) -> &'static str {
        CrmEvent::TOPIC
    }

    async fn handle(&self, tx: &mut Tx, events: &[Envelope]) -> anyhow::Result<()> {
        for envelope in events {
            let CrmEvent::AddressesOptedOut { addresses } = envelope.decode()? else {
                continue;
            };
            let entry = |address| NewSuppression {
                address,
                reason: SuppressionReason::Unsubscribed,
                note: None,
                message: None,
                user: None,
            };
            let entries: Vec<NewSuppression> = addresses.into_iter().map(entry).collect();
            suppress_addresses(tx, envelope.org, &entries).await?;
        }
        Ok(())
    }
}
