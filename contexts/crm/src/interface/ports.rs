//! What other contexts ask crm.

use std::collections::HashMap;

use async_trait::async_trait;
use contracts::{
    PortResult,
    crm::{ContactKey, ContactSnapshot, ContactSnapshots, PushToken},
};
use kernel::{ContactId, OrgId};
use serde_json::{Map, Value};

use crate::{
    Crm,
    application::{
        contact_snapshot::snapshot,
        read_template_records::{in_template, records_for_templates},
    },
    domain::contact_list::{Filter, Order, Search},
    infrastructure::pg::CrmTx,
};

#[async_trait]
impl ContactSnapshots for Crm {
    async fn snapshots(&self, org: OrgId, ids: &[ContactId]) -> PortResult<Vec<ContactSnapshot>> {
        let mut tx = CrmTx::system(&self.deps.db, org).await?;
        Ok(tx.contacts(ids).await?.into_iter().map(snapshot).collect())
    }

    async fn with_keys(&self, org: OrgId, keys: &[ContactKey]) -> PortResult<Vec<Option<ContactSnapshot>>> {
        let mut tx = CrmTx::system(&self.deps.db, org).await?;
        let ids = tx.contacts_with_keys(keys).await?;
        let known: Vec<ContactId> = ids.iter().copied().flatten().collect();
        let found: HashMap<ContactId, ContactSnapshot> = tx
            .contacts(&known)
            .await?
            .into_iter()
            .map(|contact| (contact.id, snapshot(contact)))
            .collect();
        Ok(ids.into_iter().map(|id| found.get(&id?).cloned()).collect())
    }

    async fn push_tokens(
        &self,
        org: OrgId,
        contacts: &[ContactId],
    ) -> PortResult<HashMap<ContactId, Vec<PushToken>>> {
        let mut tx = CrmTx::system(&self.deps.db, org).await?;
        Ok(tx.push_tokens(contacts).await?)
    }

    async fn records(
        &self,
        org: OrgId,
        ids: &[ContactId],
        objects: &[String],
    ) -> PortResult<HashMap<ContactId, Map<String, Value>>> {
        let mut tx = CrmTx::system(&self.deps.db, org).await?;
        Ok(records_for_templates(&mut tx, ids, objects).await?)
    }

    async fn catalogue(
        &self,
        org: OrgId,
        wanted: &[(String, String)],
    ) -> PortResult<HashMap<(String, String), Value>> {
        let mut tx = CrmTx::system(&self.deps.db, org).await?;
        let found = tx.catalogue_records(wanted).await?;
        Ok(found
            .into_iter()
            .filter_map(|(object, record)| {
                let id = record.external_id.clone()?;
                Some(((object, id), in_template(&record)))
            })
            .collect())
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
