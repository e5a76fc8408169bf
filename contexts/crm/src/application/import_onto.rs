//! What the columns of a file can become: contacts with their fields and topics, or records of an object
//! with its fields and relations.

use platform::DbError;

use crate::{
    domain::{
        field::{CONTACTS, Field},
        import::{
            dialect::Sample,
            directory::Directory,
            guess::guess,
            mapping::{InvalidMapping, Mapping},
            record_shape::RecordShape,
        },
        topic::Topic,
    },
    infrastructure::pg::CrmTx,
};

/// What a mapping is guessed from and checked against.
#[derive(Clone, Debug)]
pub enum Onto {
    Contacts { fields: Vec<Field>, topics: Vec<Topic> },
    Records(Box<RecordShape>),
}

impl Onto {
    /// `contacts`, or the key of an object; `None` when there is no such object.
    pub async fn read(tx: &mut CrmTx, object: &str) -> Result<Option<Self>, DbError> {
        if object == CONTACTS {
            let (fields, topics) = (tx.fields().await?, tx.topics().await?);
            return Ok(Some(Onto::Contacts { fields, topics }));
        }
        let objects = tx.objects().await?;
        let Some(found) = objects.iter().find(|other| other.key == object).cloned() else {
            return Ok(None);
        };
        let fields = tx.fields_of(&[object]).await?;
        let relations = tx.relations().await?;
        let shape = RecordShape::new(found, fields, &objects, &relations);
        Ok(Some(Onto::Records(Box::new(shape))))
    }

    #[must_use]
    pub fn guess(&self, sample: &Sample, directory: &Directory) -> Mapping {
        match self {
            Onto::Contacts { fields, .. } => guess(sample, fields, directory),
            Onto::Records(shape) => shape.guess(sample, directory),
        }
    }

    pub fn check(&self, mapping: &Mapping, columns: usize) -> Result<(), InvalidMapping> {
        match self {
            Onto::Contacts { fields, topics } => {
                mapping.check(columns, fields.iter().map(|field| field.key.as_str()))?;
                mapping.check_topics(topics)
            }
            Onto::Records(shape) => mapping.check_records(columns, shape),
        }
    }
}
