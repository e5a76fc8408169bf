//! Everything that is known of a person, for the person (Articles 15 and 20 of the GDPR).

use contracts::crm::consent::DataSubject;
use kernel::{ContactId, OrgId};
use serde_json::{Map, Value};

use super::privacy_deps::PrivacyDeps;
use crate::infrastructure::pg::CrmTx;

/// Everything, by context and table; `None` when there is no such contact.
pub async fn export_contact(
    deps: &PrivacyDeps,
    org: OrgId,
    contact: ContactId,
) -> anyhow::Result<Option<Map<String, Value>>> {
    let mut tx = CrmTx::tenant(&deps.db, org).await?;
    let own = tx.everything_of(contact).await?;
    if own.is_empty() {
        return Ok(None);
    }
    let traces = tx.traces(contact).await?;
    drop(tx);
    let subject = DataSubject {
        contact,
        pseudonyms: traces
            .addresses
            .iter()
            .map(|address| deps.pseudonyms.of(org, address))
            .collect(),
        numbers: deps.numbers_of(org, &traces),
        addresses: traces.addresses,
    };
    let mut all = Map::new();
    all.insert("crm".to_owned(), Value::Object(own));
    for context in &deps.personal_data {
        let told = context.export(org, std::slice::from_ref(&subject)).await?.pop();
        all.insert(context.name().to_owned(), told.unwrap_or(Value::Null));
    }
    Ok(Some(all))
}
