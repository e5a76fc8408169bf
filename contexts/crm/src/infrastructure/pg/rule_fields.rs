//! What rules of an organisation may look at: crm.fields, crm.topics, crm.objects and crm.relations.

use kernel::{ObjectId, TopicId};
use platform::DbError;
use uuid::Uuid;

use super::CrmTx;
use crate::domain::rule::{
    AttributeField, AttributeKind, Channel, ObjectField, RelationField, Schema, TopicField, TopicState,
};

/// The object of fields that contacts have.
const CONTACTS: &str = "contacts";

#[derive(sqlx::FromRow)]
struct FieldRow {
    object: String,
    key: String,
    label: String,
    r#type: String,
    options: Vec<String>,
}

#[derive(sqlx::FromRow)]
struct TopicRow {
    id: Uuid,
    key: String,
    name: String,
    channels: Vec<String>,
    initial: String,
}

#[derive(sqlx::FromRow)]
struct RelationRow {
    id: Uuid,
    from_object: Uuid,
    to_object: Uuid,
    key: String,
    inverse_key: String,
    label: String,
}

impl CrmTx {
    /// The fields that everybody has, and the organisation's own.
    pub async fn rule_schema(&mut self) -> Result<Schema, DbError> {
        let org = self.org.uuid();
        let fields: Vec<FieldRow> = sqlx::query_as(
            r#"
            SELECT object, key, label, type, options
            FROM crm.fields
            WHERE org_id = $1 AND NOT deleting
            ORDER BY lower(label), key
            "#,
        )
        .bind(org)
        .fetch_all(self.conn())
        .await?;
        let topics: Vec<TopicRow> = sqlx::query_as(
            "SELECT id, key, name, channels, initial FROM crm.topics WHERE org_id = $1 ORDER BY position, id",
        )
        .bind(org)
        .fetch_all(self.conn())
        .await?;
        let objects: Vec<(Uuid, String, String)> = sqlx::query_as(
            r#"
            SELECT id, key, plural
            FROM crm.objects
            -- A catalogue belongs to nobody, and is reached through what relates to it.
            WHERE org_id = $1
            ORDER BY built_in DESC, lower(plural)
            "#,
        )
        .bind(org)
        .fetch_all(self.conn())
        .await?;
        let relations: Vec<RelationRow> = sqlx::query_as(
            r#"
            SELECT id, from_object, to_object, key, inverse_key, label
            FROM crm.relations
            WHERE org_id = $1
            ORDER BY lower(label), id
            "#,
        )
        .bind(org)
        .fetch_all(self.conn())
        .await?;
        let of = |object: &str| -> Vec<AttributeField> {
            fields
                .iter()
                .filter(|field| field.object == object)
                .map(attribute)
                .collect()
        };
        let objects = objects
            .into_iter()
            .map(|(id, key, label)| ObjectField {
                id: ObjectId::from_uuid(id),
                attributes: of(&key),
                relations: relations
                    .iter()
                    .flat_map(|relation| seen_from(relation, id))
                    .collect(),
                key,
                label,
            })
            .collect();
        Ok(Schema::new(of(CONTACTS))
            .with_topics(topics.into_iter().map(topic).collect())
            .with_objects(objects))
    }
}

fn attribute(field: &FieldRow) -> AttributeField {
    let kind = match field.r#type.as_str() {
        "number" => AttributeKind::Number,
        "boolean" => AttributeKind::Truth,
        "date" => AttributeKind::Day,
        "datetime" => AttributeKind::Instant,
        "select" => AttributeKind::Choice,
        "multiselect" => AttributeKind::Set,
        // All else is a text of some form: addresses, numbers of telephones, countries, times of day.
        _ => AttributeKind::Text,
    };
    AttributeField {
        key: field.key.clone(),
        label: field.label.clone(),
        kind,
        options: field.options.clone(),
    }
}

fn topic(row: TopicRow) -> TopicField {
    TopicField {
        id: TopicId::from_uuid(row.id),
        key: row.key,
        label: row.name,
        channels: row
            .channels
            .iter()
            .filter_map(|word| Channel::of_word(word))
            .collect(),
        initial: TopicState::of_word(&row.initial).unwrap_or(TopicState::Unsubscribed),
    }
}

/// A relation as it is called at an object: at both, when it leads from an object to itself.
fn seen_from(relation: &RelationRow, object: Uuid) -> Vec<RelationField> {
    let field = |key: &str, forward, other: Uuid| RelationField {
        id: relation.id.into(),
        key: key.to_owned(),
        label: if forward {
            relation.label.clone()
        } else {
            relation.inverse_key.replace('_', " ")
        },
        forward,
        object: other.into(),
    };
    let mut seen = Vec::new();
    if relation.from_object == object {
        seen.push(field(&relation.key, true, relation.to_object));
    }
    if relation.to_object == object
        && (relation.from_object != object || relation.inverse_key != relation.key)
    {
        seen.push(field(&relation.inverse_key, false, relation.from_object));
    }
    seen
}
