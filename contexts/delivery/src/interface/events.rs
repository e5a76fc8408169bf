//! What delivery does with what others tell.

use async_trait::async_trait;
use contracts::{PublicEvent, crm::CrmEvent, delivery::Address};
use kernel::OrgId;
use platform::{DbError, Envelope, Subscriber, Tx};

use crate::{
    application::{release_address::release_addresses, suppress_addresses::suppress_addresses},
    domain::suppression::SuppressionReason,
    infrastructure::pg::suppressions::NewSuppression,
};

/// What the log says; who lifted it and why stands with the contact.
const LIFTED: &str = "lifted with the contact";

/// Keeps the suppression list as people and operators said it in crm: by an imported file, on a
/// contact's page, in the preference centre.
pub struct HonourOptOuts;

#[async_trait]
impl Subscriber for HonourOptOuts {
    fn name(&self) -> &'static str {
        "delivery.honour_opt_outs"
    }

    fn topic(&self) -> &'static str {
        CrmEvent::TOPIC
    }
    fn kinds(&self) -> &'static [&'static str] {
        &[
            "addresses_opted_out",
            "do_not_contact_set",
            "do_not_contact_lifted",
        ]
    }

    async fn handle(&self, tx: &mut Tx, events: &[Envelope]) -> anyhow::Result<()> {
        for envelope in events {
            match envelope.decode()? {
                CrmEvent::AddressesOptedOut { addresses } => {
                    let addresses = addresses.into_iter().map(Address::from).collect();
                    suppress(tx, envelope.org, addresses, SuppressionReason::Unsubscribed).await?;
                }
                CrmEvent::DoNotContactSet {
                    reason, addresses, ..
                } => {
                    let reason = reason.parse().unwrap_or(SuppressionReason::Manual);
                    suppress(tx, envelope.org, addresses, reason).await?;
                }
                CrmEvent::DoNotContactLifted {
                    reason, addresses, ..
                } => {
                    let reason = reason.and_then(|word| word.parse().ok());
                    release_addresses(tx, envelope.org, &addresses, reason, LIFTED).await?;
                }
                _ => {}
            }
        }
        Ok(())
    }
}

async fn suppress(
    tx: &mut Tx,
    org: OrgId,
    addresses: Vec<Address>,
    reason: SuppressionReason,
) -> Result<(), DbError> {
    let entry = |address| NewSuppression {
        address,
        reason,
        note: None,
        message: None,
        user: None,
    };
    let entries: Vec<NewSuppression> = addresses.into_iter().map(entry).collect();
    suppress_addresses(tx, org, &entries).await?;
    Ok(())
}
