//! Addresses that somebody here puts on the suppression list.

use contracts::delivery::Address;
use platform::{Db, DbError};

use super::{suppress_addresses::suppress_addresses, template_deps::Author};
use crate::{
    domain::{address_list::Remark, suppression::SuppressionReason},
    infrastructure::pg::suppressions::NewSuppression,
};

/// Puts them on the list for one reason. Returns how many were not on it for that reason.
pub async fn add_suppressions(
    db: &Db,
    author: Author,
    addresses: Vec<Address>,
    reason: SuppressionReason,
    note: Option<&Remark>,
) -> Result<usize, DbError> {
    let entries: Vec<NewSuppression> = addresses
        .into_iter()
        .map(|address| NewSuppression {
            address,
            reason,
            note: note.map(|note| note.as_str().to_owned()),
            message: None,
            user: author.user,
        })
        .collect();
    let mut tx = db.tenant(author.org).await?;
    let added = suppress_addresses(&mut tx, author.org, &entries).await?;
    tx.commit().await?;
    Ok(added.len())
}
