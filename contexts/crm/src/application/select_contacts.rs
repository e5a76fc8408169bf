//! Who a selection is, at its moment: a page at a time for jobs, and counted for people who are
//! about to act on all of them.

use std::time::Duration;

use kernel::{ContactId, OrgId};
use platform::{Db, DbError};

use super::check_segment::schema_for;
use crate::{
    domain::{
        contact_list::Filter,
        rule::{Moment, Schema},
        selection::Selection,
    },
    infrastructure::pg::{CrmTx, segment_preview::timed_out},
};

/// How long a person waits for the exact number.
const PATIENCE: Duration = Duration::from_secs(3);

/// How many a selection holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    Exactly(i64),
    /// Counting would have taken too long.
    About(i64),
}

impl Size {
    #[must_use]
    pub const fn number(self) -> i64 {
        match self {
            Size::Exactly(n) | Size::About(n) => n,
        }
    }
}

/// A selection whose filter was understood.
#[derive(Debug)]
pub enum Selected {
    Ids(Vec<ContactId>),
    Matching(Box<Filter>),
}

/// The filter no longer fits the fields that exist.
#[derive(Debug, thiserror::Error)]
pub enum SelectError {
    #[error("a field or segment that the selection asks for does not exist any more")]
    Outdated,
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Understands a selection as of a moment.
pub async fn resolve(tx: &mut CrmTx, selection: &Selection, at: &Moment) -> Result<Selected, SelectError> {
    match selection {
        Selection::Ids(ids) => {
            let mut ids = ids.clone();
            ids.sort_unstable();
            ids.dedup();
            Ok(Selected::Ids(ids))
        }
        Selection::Matching(spec) => {
            let schema = match spec.rule {
                Some(_) => schema_for(tx, None).await?,
                None => Schema::default(),
            };
            let filter = spec.filter(&schema, at).map_err(|_| SelectError::Outdated)?;
            Ok(Selected::Matching(Box::new(filter)))
        }
    }
}

impl Selected {
    /// Some of them in the order of their ids, behind one of them. Those that were ticked and are
    /// gone since come along.
    pub async fn page(
        &self,
        tx: &mut CrmTx,
        after: Option<ContactId>,
        limit: i64,
    ) -> Result<Vec<ContactId>, DbError> {
        match self {
            Selected::Ids(ids) => {
                let behind = ids.iter().filter(|id| after.is_none_or(|after| **id > after));
                Ok(behind
                    .take(usize::try_from(limit).unwrap_or(0))
                    .copied()
                    .collect())
            }
            Selected::Matching(filter) => tx.ids_matching(filter, after, limit).await,
        }
    }

    /// How many they are; estimated when counting takes long.
    pub async fn size(&self, db: &Db, org: OrgId) -> Result<Size, DbError> {
        let filter = match self {
            Selected::Ids(ids) => {
                return Ok(Size::Exactly(i64::try_from(ids.len()).unwrap_or(i64::MAX)));
            }
            Selected::Matching(filter) => filter,
        };
        // A transaction of its own: a statement that ran out of time ends its transaction.
        let mut tx = CrmTx::tenant(db, org).await?;
        tx.expect_large_sets().await?;
        tx.limit_statements(PATIENCE).await?;
        match tx.count_found(filter).await {
            Ok(count) => Ok(Size::Exactly(count)),
            Err(error) if timed_out(&error) => {
                let mut tx = CrmTx::tenant(db, org).await?;
                Ok(Size::About(tx.guess_found(filter).await?))
            }
            Err(error) => Err(error),
        }
    }
}
