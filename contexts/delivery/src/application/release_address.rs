//! Taking an address off the suppression list.

use contracts::delivery::{Address, DeliveryEvent};
use kernel::OrgId;
use platform::{Db, DbError, Tx};

use super::template_deps::Author;
use crate::{
    domain::{address_list::Remark, suppression::SuppressionReason},
    infrastructure::pg::suppressions,
};

pub use crate::infrastructure::pg::suppressions::Removal;

/// Takes it off, for one reason or for all, and keeps why. Others are told only when no reason is
/// left.
pub async fn release_address(
    db: &Db,
    author: Author,
    address: &Address,
    reason: Option<SuppressionReason>,
    why: &Remark,
) -> Result<Removal, DbError> {
    let mut tx = db.tenant(author.org).await?;
    let removal =
        suppressions::remove(&mut tx, author.org, address, reason, why.as_str(), author.user).await?;
    if removal == Removal::Released {
        let released = DeliveryEvent::AddressesReleased {
            addresses: vec![address.clone()],
        };
        tx.record(author.org, &released).await?;
    }
    tx.commit().await?;
    Ok(removal)
}

/// Takes addresses off the list as others said it, for one reason or for all.
pub async fn release_addresses(
    tx: &mut Tx,
    org: OrgId,
    addresses: &[Address],
    reason: Option<SuppressionReason>,
    why: &str,
) -> Result<(), DbError> {
    if addresses.is_empty() {
        return Ok(());
    }
    let released = suppressions::remove_many(tx, org, addresses, reason, why).await?;
    if !released.is_empty() {
        let event = DeliveryEvent::AddressesReleased { addresses: released };
        tx.record(org, &event).await?;
    }
    Ok(())
}
