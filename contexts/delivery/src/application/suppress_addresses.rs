use contracts::{
    delivery::{Address, DeliveryEvent},
    event::MAX_ITEMS,
};
use kernel::OrgId;
use platform::{DbError, Tx};

use crate::{
    domain::suppression::SuppressionReason,
    infrastructure::pg::suppressions::{self, NewSuppression},
};

/// Puts addresses on the suppression list and tells the other contexts about those that are new on
/// it. Returns those.
pub async fn suppress_addresses(
    tx: &mut Tx,
    org: OrgId,
    entries: &[NewSuppression],
) -> Result<Vec<(Address, SuppressionReason)>, DbError> {
    if entries.is_empty() {
        return Ok(Vec::new());
    }
    let added = suppressions::add(tx, org, entries).await?;
    tell(tx, org, &added).await?;
    Ok(added)
}

async fn tell(tx: &mut Tx, org: OrgId, added: &[(Address, SuppressionReason)]) -> Result<(), DbError> {
    for some in added.chunks(MAX_ITEMS) {
        let addresses = some
            .iter()
            .map(|(address, reason)| (address.clone(), reason.as_str().to_owned()));
        let event = DeliveryEvent::AddressesSuppressed {
            addresses: addresses.collect(),
        };
        tx.record(org, &event).await?;
    }
    for (_, reason) in added {
        metrics::counter!("mauntic_suppressed_total", "reason" => reason.as_str()).increment(1);
    }
    Ok(())
}
