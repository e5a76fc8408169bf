//! What other contexts ask crm.

use async_trait::async_trait;
use contracts::{
    PortResult,
    crm::{ContactSnapshot, ContactSnapshots},
};
use kernel::{ContactId, OrgId};

use crate::{
    Crm,
    application::contact_snapshot::snapshot,
    domain::contact_list::{Filter, Order, Search},
    infrastructure::pg::CrmTx,
};

#[async_trait]
impl ContactSnapshots for Crm {
    async fn snapshots(&self, org: OrgId, ids: &[ContactId]) -> PortResult<Vec<ContactSnapshot>> {
        let mut tx = CrmTx::system(&self.deps.db, org).await?;
        Ok(tx.contacts(ids).await?.into_iter().map(snapshot).collect())
    }

    async fn search(&self, org: OrgId, query: &str, limit: i64) -> PortResult<Vec<ContactSnapshot>> {
        let mut tx = CrmTx::tenant(&self.deps.db, org).await?;
        let filter = Filter {
            search: Search::parse(query),
            ..Filter::default()
        };
        let page = tx.list_contacts(&filter, Order::default(), None, limit).await?;
        Ok(page.contacts.into_iter().map(snapshot).collect())
    }
}
