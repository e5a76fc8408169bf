use contracts::{delivery::DeliveryEvent, event::MAX_ITEMS};
use kernel::{EmailAddress, OrgId};
use platform::{DbError, Tx};

use crate::{
    domain::{suppressed_address::SuppressedAddress, suppression::SuppressionReason},
    infrastructure::pg::suppressions::{self, NewSuppression},
};

/// Puts addresses on the suppression list and tells the other contexts about those that are new on
/// it. Returns those.
pub async fn suppress_addresses(
    tx: &mut Tx,
    org: OrgId,
    entries: &[NewSuppression],
) -> Result<Vec<(EmailAddress, SuppressionReason)>, DbError> {
    if entries.is_empty() {
        return Ok(Vec::new());
    }
    let added = suppressions::add(tx, org, entries).await?;
    tell(tx, org, &added).await?;
    Ok(added)
}

/// The same with addresses of any kind. Returns how many were new.
pub async fn suppress_any(
    tx: &mut Tx,
    org: OrgId,
    entries: &[NewSuppression<SuppressedAddress>],
) -> Result<usize, DbError> {
    if entries.is_empty() {
        return Ok(0);
    }
    let added = suppressions::add_any(tx, org, entries).await?;
    // Others know people by their mailboxes only.
    let mailboxes: Vec<(EmailAddress, SuppressionReason)> = added
        .iter()
        .filter_map(|(address, reason)| Some((address.email()?.clone(), *reason)))
        .collect();
    tell(tx, org, &mailboxes).await?;
    Ok(added.len())
}

async fn tell(tx: &mut Tx, org: OrgId, added: &[(EmailAddress, SuppressionReason)]) -> Result<(), DbError> {
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
