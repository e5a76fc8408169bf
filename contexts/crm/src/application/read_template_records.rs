//! The records that templates reach through a contact, for many contacts at once.
//!
//! `contact.orders` is a list, the newest first, and in each of it the records that it is linked with
//! stand under the word of their relation: `contact.orders[0].items[0].name`. `contact.company_record`
//! is the primary company.

use std::collections::{BTreeMap, HashMap};

use kernel::{ContactId, ObjectId, RecordId};
use platform::DbError;
use serde_json::{Map, Value, json};

use crate::{
    domain::{
        object::{COMPANIES, Object, Relation},
        record::Record,
        record_plan::seen_from,
    },
    infrastructure::pg::{CrmTx, record_links::LinkedTo},
};

/// Records of each object that a template sees of one contact, and linked ones of each record.
const MOST: i64 = 100;
/// The word for the primary company.
const COMPANY_RECORD: &str = "company_record";

/// For each contact what it has of the objects named. Those without any have an empty list.
pub async fn records_for_templates(
    tx: &mut CrmTx,
    contacts: &[ContactId],
    wanted: &[String],
) -> Result<HashMap<ContactId, Map<String, Value>>, DbError> {
    let company = wanted.iter().any(|word| word == COMPANY_RECORD);
    let objects: Vec<Object> = tx
        .objects()
        .await?
        .into_iter()
        .filter(|object| object.has_contacts())
        .filter(|object| wanted.contains(&object.key) || (company && object.key == COMPANIES))
        .collect();
    if objects.is_empty() || contacts.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: Vec<ObjectId> = objects.iter().map(|object| object.id).collect();
    let linked = tx.records_of_contacts(contacts, &ids, MOST).await?;
    let mut of: Vec<RecordId> = linked.iter().map(|linked| linked.record.id).collect();
    of.sort_unstable();
    of.dedup();
    let inner = Inner::new(tx.relations().await?, tx.linked_records(&of, MOST).await?);

    let mut found: HashMap<ContactId, Map<String, Value>> = HashMap::new();
    for contact in contacts {
        let empty = objects.iter().filter(|object| wanted.contains(&object.key));
        let mut lists: Map<String, Value> = empty.map(|object| (object.key.clone(), json!([]))).collect();
        if company {
            lists.insert(COMPANY_RECORD.to_owned(), Value::Null);
        }
        found.insert(*contact, lists);
    }
    for linked in linked {
        let Some(object) = objects.iter().find(|object| object.id == linked.record.object) else {
            continue;
        };
        let Some(lists) = found.get_mut(&linked.contact) else {
            continue;
        };
        let mut value = inner.with_links(&linked.record);
        if let Value::Object(members) = &mut value {
            members.insert("role".to_owned(), linked.role.into());
        }
        if company && linked.primary && object.key == COMPANIES {
            lists.insert(COMPANY_RECORD.to_owned(), value.clone());
        }
        if let Some(Value::Array(list)) = lists.get_mut(&object.key) {
            list.push(value);
        }
    }
    for lists in found.values_mut() {
        newest_first(lists);
    }
    Ok(found)
}

/// The primary one comes first out of the database, so that it is never cut off.
fn newest_first(lists: &mut Map<String, Value>) {
    for list in lists.values_mut() {
        if let Value::Array(records) = list {
            records.sort_by(|a, b| b["created_at"].as_str().cmp(&a["created_at"].as_str()));
        }
    }
}

/// What the records of contacts are linked with.
struct Inner {
    relations: Vec<Relation>,
    links: HashMap<RecordId, Vec<LinkedTo>>,
}

impl Inner {
    fn new(relations: Vec<Relation>, links: Vec<LinkedTo>) -> Self {
        let mut by_record: HashMap<RecordId, Vec<LinkedTo>> = HashMap::new();
        for link in links {
            by_record.entry(link.of).or_default().push(link);
        }
        Self {
            relations,
            links: by_record,
        }
    }

    fn with_links(&self, record: &Record) -> Value {
        let mut value = in_template(record);
        let Value::Object(members) = &mut value else {
            return value;
        };
        let words: BTreeMap<String, (Relation, bool)> = seen_from(record.object, self.relations.clone())
            .into_iter()
            .collect();
        for (word, (relation, forward)) in words {
            let linked = self.links.get(&record.id).into_iter().flatten();
            let mut others: Vec<Value> = linked
                .filter(|link| link.relation == relation.id && link.forward == forward)
                .map(|link| in_template(&link.record))
                .collect();
            let value = if relation.single && forward {
                others.pop().unwrap_or(Value::Null)
            } else {
                Value::Array(others)
            };
            // A field of the same name is what people see in the form, so it wins.
            members.entry(word).or_insert(value);
        }
        value
    }
}

/// A record as a template sees it: its fields beside its name.
#[must_use]
pub fn in_template(record: &Record) -> Value {
    let mut members = record.attributes.clone();
    members.insert("id".to_owned(), record.id.to_string().into());
    members.insert("name".to_owned(), record.name.clone().into());
    members.insert("external_id".to_owned(), json!(record.external_id));
    members.insert("created_at".to_owned(), json!(record.created_at));
    members.insert("updated_at".to_owned(), json!(record.updated_at));
    Value::Object(members)
}
