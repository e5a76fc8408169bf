//! Defining, renaming and deleting objects and their relations.

use kernel::{ObjectId, RelationId, Timestamp};
use platform::DbError;

use crate::{
    domain::object::{
        InvalidObject, InvalidRelation, MAX_OBJECTS, MAX_RELATIONS, Object, ObjectDefinition, Relation,
        RelationDefinition,
    },
    infrastructure::pg::CrmTx,
};

/// Why an object cannot be so.
#[derive(Debug, thiserror::Error)]
pub enum SaveObjectError {
    /// The member, and what is wrong with it.
    #[error("the definition has problems")]
    Invalid(Vec<(&'static str, InvalidObject)>),
    #[error("another object has the key")]
    KeyTaken,
    #[error("there are {MAX_OBJECTS} objects already")]
    TooMany,
    #[error("companies cannot be changed")]
    BuiltIn,
    #[error("it has records")]
    HasRecords,
    #[error(transparent)]
    Db(#[from] DbError),
}

pub async fn define_object(
    mut tx: CrmTx,
    definition: ObjectDefinition,
    now: Timestamp,
) -> Result<Object, SaveObjectError> {
    let definition = definition.check().map_err(SaveObjectError::Invalid)?;
    if tx.objects().await?.len() > MAX_OBJECTS {
        return Err(SaveObjectError::TooMany);
    }
    let object = Object {
        id: ObjectId::generate(),
        key: definition.key,
        singular: definition.singular,
        plural: definition.plural,
        kind: definition.kind,
        built_in: false,
        created_at: now,
        updated_at: now,
    };
    if !tx.insert_object(&object).await? {
        return Err(SaveObjectError::KeyTaken);
    }
    tx.commit().await?;
    Ok(object)
}

/// Its key and kind stay: addresses, rules and templates have them.
pub async fn rename_object(
    mut tx: CrmTx,
    object: &Object,
    singular: String,
    plural: String,
    now: Timestamp,
) -> Result<Object, SaveObjectError> {
    if object.built_in {
        return Err(SaveObjectError::BuiltIn);
    }
    let definition = ObjectDefinition {
        key: object.key.clone(),
        singular,
        plural,
        kind: object.kind,
    };
    let definition = definition.check().map_err(SaveObjectError::Invalid)?;
    let after = Object {
        singular: definition.singular,
        plural: definition.plural,
        updated_at: now,
        ..object.clone()
    };
    tx.rename_object(&after).await?;
    tx.commit().await?;
    Ok(after)
}

/// Only one without records goes: whoever wants to lose them deletes them first.
pub async fn delete_object(mut tx: CrmTx, object: &Object) -> Result<(), SaveObjectError> {
    if object.built_in {
        return Err(SaveObjectError::BuiltIn);
    }
    if !tx.delete_empty_object(object).await? {
        return Err(SaveObjectError::HasRecords);
    }
    tx.commit().await?;
    Ok(())
}

/// Why a relation cannot be so.
#[derive(Debug, thiserror::Error)]
pub enum SaveRelationError {
    #[error("the definition has problems")]
    Invalid(Vec<(&'static str, InvalidRelation)>),
    /// The member whose word one of the two objects uses already.
    #[error("another relation has the key")]
    KeyTaken(&'static str),
    #[error("there are {MAX_RELATIONS} relations already")]
    TooMany,
    #[error(transparent)]
    Db(#[from] DbError),
}

pub async fn define_relation(
    mut tx: CrmTx,
    from: &Object,
    definition: RelationDefinition,
    now: Timestamp,
) -> Result<Relation, SaveRelationError> {
    let definition = definition.check().map_err(SaveRelationError::Invalid)?;
    let Some(to) = tx.object_by_key(&definition.to).await? else {
        return Err(SaveRelationError::Invalid(vec![("to", InvalidRelation::Object)]));
    };
    let relations = tx.relations().await?;
    if relations.len() >= MAX_RELATIONS {
        return Err(SaveRelationError::TooMany);
    }
    // A word means one thing, seen from either side.
    let means = |object: ObjectId, key: &str| {
        relations.iter().any(|known| {
            (known.from == object && known.key == key) || (known.to == object && known.inverse_key == key)
        })
    };
    if means(from.id, &definition.key) {
        return Err(SaveRelationError::KeyTaken("key"));
    }
    let itself = from.id == to.id && definition.key == definition.inverse_key;
    if means(to.id, &definition.inverse_key) || itself {
        return Err(SaveRelationError::KeyTaken("inverse_key"));
    }
    let relation = Relation {
        id: RelationId::generate(),
        from: from.id,
        to: to.id,
        key: definition.key,
        inverse_key: definition.inverse_key,
        label: definition.label,
        single: definition.single,
        created_at: now,
    };
    if !tx.insert_relation(&relation).await? {
        return Err(SaveRelationError::KeyTaken("key"));
    }
    tx.commit().await?;
    Ok(relation)
}

/// Returns whether the object had it.
pub async fn delete_relation(mut tx: CrmTx, object: &Object, id: RelationId) -> Result<bool, DbError> {
    let of_object =
        |relation: &Relation| relation.id == id && (relation.from == object.id || relation.to == object.id);
    if !tx.relations().await?.iter().any(of_object) {
        return Ok(false);
    }
    tx.delete_relation(id).await?;
    tx.commit().await?;
    Ok(true)
}
