//! Fetching what templates reach for through contacts and catalogues, for many messages at once.

use std::{collections::HashMap, sync::Arc};

use contracts::{
    PortResult,
    crm::{ContactSnapshot, ContactSnapshots},
};
use kernel::{ContactId, OrgId};

use crate::domain::template::{
    Catalogue, CompiledTemplate, MergeData, MessageLinks, PASSES, RenderError, Rendered, record_words,
};

/// Gives snapshots the records that a template reaches for. Most reach for none, and cost nothing.
pub async fn add_records<'a>(
    contacts: &dyn ContactSnapshots,
    org: OrgId,
    template: &CompiledTemplate,
    snapshots: impl Iterator<Item = &'a mut ContactSnapshot>,
) -> PortResult<()> {
    let words = record_words(&template.artefacts().variables);
    if words.is_empty() {
        return Ok(());
    }
    let mut by_id: HashMap<ContactId, Vec<&mut ContactSnapshot>> = HashMap::new();
    for snapshot in snapshots {
        by_id.entry(snapshot.id).or_default().push(snapshot);
    }
    let ids: Vec<ContactId> = by_id.keys().copied().collect();
    for (id, records) in contacts.records(org, &ids, &words).await? {
        for snapshot in by_id.get_mut(&id).into_iter().flatten() {
            snapshot.records.clone_from(&records);
        }
    }
    Ok(())
}

/// Renders one mail with what it looks up in catalogues.
pub async fn render_looking_up(
    contacts: &dyn ContactSnapshots,
    org: OrgId,
    template: &CompiledTemplate,
    mut data: MergeData,
    links: &MessageLinks,
) -> PortResult<(Result<Rendered, RenderError>, MergeData)> {
    for _ in 0..PASSES {
        let rendered = template.render(&data, links);
        match look_up(contacts, org, &data.catalogue).await? {
            None => return Ok((rendered, data)),
            Some(more) => data.catalogue = Arc::new(more),
        }
    }
    Ok((template.render(&data, links), data))
}

/// A catalogue that also knows what was asked in vain; nothing when nothing was.
pub async fn look_up(
    contacts: &dyn ContactSnapshots,
    org: OrgId,
    catalogue: &Catalogue,
) -> PortResult<Option<Catalogue>> {
    let asked = catalogue.asked();
    if asked.is_empty() {
        return Ok(None);
    }
    let found = contacts.catalogue(org, &asked).await?;
    Ok(Some(catalogue.knowing(asked, found)))
}
