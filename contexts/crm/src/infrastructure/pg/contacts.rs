//! crm.contacts, read and written in sets.

use std::collections::HashSet;

use kernel::{ContactId, EmailAddress, Timestamp};
use platform::DbError;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{CrmTx, contact_changes, copy::BinaryCopy, stages, tags};
use crate::domain::{
    change::By,
    contact::{Contact, Source, TextField, Texts},
    field::CONTACTS,
    import::mapping::Identity,
    tag::Tag,
    unique_value::unique_values,
};

/// The columns of a [`Row`], for every statement that reads contacts as `c`.
macro_rules! contact_columns {
    () => {
        "c.id, c.email, c.external_id, c.first_name, c.last_name, c.phone, c.company, c.city, c.country, \
         c.locale, c.timezone, c.tags, c.attributes, c.owner_id, c.stage_id, c.points, c.source, c.import_id, \
         c.created_at, c.updated_at, c.last_active_at"
    };
}

pub(super) use contact_columns;

/// One contact as it is stored.
#[derive(sqlx::FromRow)]
pub(super) struct Row {
    pub id: Uuid,
    email: Option<String>,
    external_id: Option<String>,
    first_name: String,
    last_name: String,
    phone: String,
    company: String,
    city: String,
    country: String,
    locale: String,
    timezone: String,
    tags: Vec<String>,
    attributes: Value,
    owner_id: Option<Uuid>,
    stage_id: Option<Uuid>,
    points: i64,
    source: String,
    import_id: Option<Uuid>,
    created_at: jiff_sqlx::Timestamp,
    updated_at: jiff_sqlx::Timestamp,
    last_active_at: Option<jiff_sqlx::Timestamp>,
}

impl Row {
    pub fn updated_at(&self) -> Timestamp {
        self.updated_at.to_jiff()
    }
}

impl TryFrom<Row> for Contact {
    type Error = DbError;
    fn try_from(row: Row) -> Result<Self, DbError> {
        let id = ContactId::from_uuid(row.id);
        let inconsistent = |column| DbError::InconsistentRow {
            table: "crm.contacts",
            column,
            id: id.to_string(),
        };
        let mut texts = Texts::default();
        for (field, value) in [
            (TextField::FirstName, row.first_name),
            (TextField::LastName, row.last_name),
            (TextField::Phone, row.phone),
            (TextField::Company, row.company),
            (TextField::City, row.city),
            (TextField::Country, row.country),
            (TextField::Locale, row.locale),
            (TextField::Timezone, row.timezone),
        ] {
            texts.set(field, value);
        }
        let email = row.email.as_deref().map(EmailAddress::parse).transpose();
        let Value::Object(attributes) = row.attributes else {
            return Err(inconsistent("attributes"));
        };
        Ok(Contact {
            id,
            email: email.map_err(|_| inconsistent("email"))?,
            external_id: row.external_id,
            texts,
            tags: row.tags.into_iter().map(Tag::stored).collect(),
            attributes,
            owner: row.owner_id.map(Into::into),
            stage: row.stage_id.map(Into::into),
            points: row.points,
            source: Source::parse(&row.source).ok_or_else(|| inconsistent("source"))?,
            import_id: row.import_id.map(Into::into),
            created_at: row.created_at.to_jiff(),
            updated_at: row.updated_at.to_jiff(),
            last_active_at: row.last_active_at.map(jiff_sqlx::Timestamp::to_jiff),
        })
    }
}

fn all(rows: Vec<Row>) -> Result<Vec<Contact>, DbError> {
    rows.into_iter().map(Contact::try_from).collect()
}

/// A contact was changed by somebody else between being read and being written, or one with the same
/// address or identifier came into being. Read again and decide again.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    #[error("somebody else changed a contact at the same time")]
    Raced,
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<sqlx::Error> for SaveError {
    fn from(error: sqlx::Error) -> Self {
        Self::from_db(error.into())
    }
}

impl SaveError {
    pub(super) fn from_db(error: DbError) -> Self {
        let unique = [
            "contacts_email",
            "contacts_external_id",
            "unique_values_pkey",
            "records_external_id",
        ];
        if unique.iter().any(|name| error.violates(name)) {
            SaveError::Raced
        } else {
            SaveError::Db(error)
        }
    }
}

impl CrmTx {
    /// Those that exist, in no particular order.
    pub async fn contacts(&mut self, ids: &[ContactId]) -> Result<Vec<Contact>, DbError> {
        let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
        let org = self.org.uuid();
        let rows = sqlx::query_as(concat!(
            "SELECT ",
            contact_columns!(),
            " FROM crm.contacts AS c WHERE c.org_id = $1 AND c.id = ANY($2)"
        ))
        .bind(org)
        .bind(&ids)
        .fetch_all(self.conn())
        .await?;
        all(rows)
    }

    /// The same, kept from others until the end of the transaction, in one order for all.
    pub async fn lock_contacts(&mut self, ids: &[ContactId]) -> Result<Vec<Contact>, DbError> {
        let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
        let org = self.org.uuid();
        let rows = sqlx::query_as(concat!(
            "SELECT ",
            contact_columns!(),
            " FROM crm.contacts AS c WHERE c.org_id = $1 AND c.id = ANY($2) ORDER BY c.id FOR UPDATE"
        ))
        .bind(org)
        .bind(&ids)
        .fetch_all(self.conn())
        .await?;
        all(rows)
    }

    /// One.
    pub async fn contact(&mut self, id: ContactId) -> Result<Option<Contact>, DbError> {
        Ok(self.contacts(&[id]).await?.pop())
    }

    /// Those with one of these addresses or identifiers of other systems.
    pub async fn contacts_by_identity(
        &mut self,
        emails: &[&str],
        external_ids: &[&str],
    ) -> Result<Vec<Contact>, DbError> {
        let org = self.org.uuid();
        // Two index look-ups and not an OR of them, which would read the whole table.
        let rows: Vec<Row> = sqlx::query_as(concat!(
            "SELECT ",
            contact_columns!(),
            " FROM crm.contacts AS c WHERE c.org_id = $1 AND c.email = ANY($2) UNION ALL SELECT ",
            contact_columns!(),
            " FROM crm.contacts AS c WHERE c.org_id = $1 AND c.external_id = ANY($3)"
        ))
        .bind(org)
        .bind(emails)
        .bind(external_ids)
        .fetch_all(self.conn())
        .await?;
        let mut seen = HashSet::new();
        all(rows.into_iter().filter(|row| seen.insert(row.id)).collect())
    }

    /// Those that have one of these values of what an import tells people apart by: phone numbers as
    /// text, values of a custom field as JSON.
    pub async fn contacts_by_value(
        &mut self,
        identity: &Identity,
        values: &[&str],
    ) -> Result<Vec<Contact>, DbError> {
        let org = self.org.uuid();
        let rows: Vec<Row> = match identity {
            Identity::Attribute(key) => {
                let values: Result<Vec<Value>, _> =
                    values.iter().map(|value| serde_json::from_str(value)).collect();
                sqlx::query_as(concat!(
                    "SELECT ",
                    contact_columns!(),
                    " FROM crm.contacts AS c WHERE c.org_id = $1 AND c.attributes -> $2 = ANY($3)"
                ))
                .bind(org)
                .bind(key)
                .bind(values?)
                .fetch_all(self.conn())
                .await?
            }
            Identity::Phone => {
                sqlx::query_as(concat!(
                    "SELECT ",
                    contact_columns!(),
                    " FROM crm.contacts AS c WHERE c.org_id = $1 AND c.phone <> '' AND c.phone = ANY($2)"
                ))
                .bind(org)
                .bind(values)
                .fetch_all(self.conn())
                .await?
            }
            // These have a look-up of their own, and a name tells only records apart.
            Identity::Email | Identity::ExternalId | Identity::Name => Vec::new(),
        };
        all(rows)
    }

    /// Writes contacts that are new.
    pub async fn insert_contacts(&mut self, contacts: &[Contact], by: &By) -> Result<(), SaveError> {
        let staged: Vec<Staged<'_>> = contacts
            .iter()
            .map(|after| Staged {
                after,
                read_at: after.updated_at,
            })
            .collect();
        self.write(&staged, INSERT).await?;
        let tagged: Vec<_> = contacts
            .iter()
            .flat_map(|c| c.tags.iter().map(|tag| (c.id, tag)))
            .collect();
        tags::add(self, &tagged).await?;
        stages::insert_moves(self, contacts.iter().map(|contact| (contact, None)), by).await?;
        let unique = self.unique_fields(CONTACTS).await?;
        let claims: Vec<_> = contacts
            .iter()
            .flat_map(|c| unique_values(&unique, &c.attributes).map(|value| (value, c.id.uuid())))
            .collect();
        self.claim_values(&claims).await.map_err(SaveError::from_db)
    }

    /// Writes contacts that were read before, as they were and as they become, and writes it down in
    /// the audit. Fails with [`SaveError::Raced`] when one of them is no longer as it was read.
    pub async fn update_contacts(
        &mut self,
        changes: &[(&Contact, &Contact)],
        by: &By,
    ) -> Result<(), SaveError> {
        let staged: Vec<Staged<'_>> = changes
            .iter()
            .map(|(before, after)| Staged {
                after,
                read_at: before.updated_at,
            })
            .collect();
        if self.write(&staged, UPDATE).await? != changes.len() as u64 {
            return Err(SaveError::Raced);
        }
        let (mut gained, mut lost) = (Vec::new(), Vec::new());
        for (before, after) in changes {
            gained.extend(after.tags.difference(&before.tags).map(|tag| (after.id, tag)));
            lost.extend(before.tags.difference(&after.tags).map(|tag| (after.id, tag)));
        }
        tags::remove(self, &lost).await?;
        tags::add(self, &gained).await?;
        contact_changes::insert(self, changes, by).await?;
        let moves = changes.iter().map(|(before, after)| (*after, before.stage));
        stages::insert_moves(self, moves, by).await?;
        self.move_unique_values(changes).await
    }

    async fn move_unique_values(&mut self, changes: &[(&Contact, &Contact)]) -> Result<(), SaveError> {
        if changes.is_empty() {
            return Ok(());
        }
        let unique = self.unique_fields(CONTACTS).await?;
        let (mut gained, mut lost) = (Vec::new(), Vec::new());
        for (before, after) in changes {
            let owner = after.id.uuid();
            let had: Vec<_> = unique_values(&unique, &before.attributes).collect();
            let has: Vec<_> = unique_values(&unique, &after.attributes).collect();
            lost.extend(
                had.iter()
                    .filter(|value| !has.contains(value))
                    .map(|value| (value.clone(), owner)),
            );
            gained.extend(
                has.into_iter()
                    .filter(|value| !had.contains(value))
                    .map(|value| (value, owner)),
            );
        }
        self.release_values(&lost).await?;
        self.claim_values(&gained).await.map_err(SaveError::from_db)
    }

    /// Deletes contacts with their tags, events and audit. Returns those that existed.
    pub async fn delete_contacts(&mut self, ids: &[ContactId]) -> Result<Vec<ContactId>, DbError> {
        let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
        let org = self.org.uuid();
        let gone: Vec<(Uuid, Vec<String>)> =
            sqlx::query_as("DELETE FROM crm.contacts WHERE org_id = $1 AND id = ANY($2) RETURNING id, tags")
                .bind(org)
                .bind(&ids)
                .fetch_all(self.conn())
                .await?;
        let lost: Vec<(Uuid, &str)> = gone
            .iter()
            .flat_map(|(id, tags)| tags.iter().map(|tag| (*id, tag.as_str())))
            .collect();
        tags::remove_rows(self, &lost).await?;
        self.forget_met(&ids).await?;
        self.release_values_of(&ids).await?;
        sqlx::query(
            r#"
            WITH events AS (
                DELETE FROM crm.events WHERE org_id = $1 AND contact_id = ANY($2)
            ), identifiers AS (
                DELETE FROM crm.contact_identifiers WHERE org_id = $1 AND contact_id = ANY($2)
            ), notes AS (
                DELETE FROM crm.notes WHERE org_id = $1 AND contact_id = ANY($2)
            ), records AS (
                DELETE FROM crm.record_contacts WHERE org_id = $1 AND contact_id = ANY($2)
            ), stage_changes AS (
                DELETE FROM crm.stage_changes WHERE org_id = $1 AND contact_id = ANY($2)
            ), merges AS (
                DELETE FROM crm.contact_merges WHERE org_id = $1 AND winner_id = ANY($2) RETURNING id
            ), merged_rows AS (
                DELETE FROM crm.merged_rows WHERE org_id = $1 AND merge_id IN (SELECT id FROM merges)
            ), duplicates AS (
                DELETE FROM crm.duplicates WHERE org_id = $1 AND (first_id = ANY($2) OR second_id = ANY($2))
            ), subscriptions AS (
                DELETE FROM crm.subscriptions WHERE org_id = $1 AND contact_id = ANY($2)
            ), consents AS (
                DELETE FROM crm.consents WHERE org_id = $1 AND contact_id = ANY($2)
            ), preferences AS (
                DELETE FROM crm.contact_preferences WHERE org_id = $1 AND contact_id = ANY($2)
            ), bulk_overrides AS (
                DELETE FROM crm.bulk_overrides WHERE org_id = $1 AND contact_id = ANY($2)
            ), do_not_contact_log AS (
                DELETE FROM crm.do_not_contact_log WHERE org_id = $1 AND contact_id = ANY($2)
            )
            DELETE FROM crm.contact_changes WHERE org_id = $1 AND contact_id = ANY($2)
            "#,
        )
        .bind(org)
        .bind(&ids)
        .execute(self.conn())
        .await?;
        Ok(gone.into_iter().map(|(id, _)| id.into()).collect())
    }

    /// Writes contacts by one statement. A few travel as JSON; many are brought into a temporary
    /// table first, which is not written to the log: `COPY` cannot go into crm.contacts itself, as
    /// PostgreSQL has none under row-level security.
    async fn write(&mut self, contacts: &[Staged<'_>], statement: Statement) -> Result<u64, SaveError> {
        const FEW: usize = 200;
        if contacts.is_empty() {
            return Ok(0);
        }
        let org = self.org.uuid();
        if contacts.len() <= FEW {
            let rows: Vec<Value> = contacts.iter().map(Staged::to_json).collect();
            let done = sqlx::query(statement.few)
                .bind(org)
                .bind(Value::Array(rows))
                .execute(self.conn())
                .await?;
            return Ok(done.rows_affected());
        }
        self.stage(contacts).await?;
        let done = sqlx::query(statement.many).bind(org).execute(self.conn()).await?;
        sqlx::query("DROP TABLE pg_temp.staged_contacts")
            .execute(self.conn())
            .await?;
        Ok(done.rows_affected())
    }

    async fn stage(&mut self, contacts: &[Staged<'_>]) -> Result<(), DbError> {
        sqlx::query(concat!(
            "CREATE TEMPORARY TABLE staged_contacts (",
            staged_columns!(),
            ") ON COMMIT DROP"
        ))
        .execute(self.conn())
        .await?;
        let mut data = BinaryCopy::new(22);
        for staged in contacts {
            staged.write_to(&mut data)?;
        }
        let mut copy = self
            .conn()
            .copy_in_raw("COPY pg_temp.staged_contacts FROM STDIN (FORMAT binary)")
            .await?;
        copy.send(data.finish()).await?;
        copy.finish().await?;
        Ok(())
    }
}

/// A contact on its way into the table.
struct Staged<'a> {
    after: &'a Contact,
    /// Its `updated_at` when it was read.
    read_at: Timestamp,
}

macro_rules! staged_columns {
    () => {
        "id uuid, email text, external_id text, first_name text, last_name text, phone text, company text, \
         city text, country text, locale text, timezone text, tags text[], attributes jsonb, owner_id uuid, \
         stage_id uuid, points bigint, source text, import_id uuid, created_at timestamptz, updated_at timestamptz, last_active_at timestamptz, read_at timestamptz"
    };
}
use staged_columns;

/// The same statement for few and for many contacts.
#[derive(Clone, Copy)]
struct Statement {
    few: &'static str,
    many: &'static str,
}

macro_rules! for_few_and_many {
    ($before:literal, $after:literal) => {
        Statement {
            few: concat!(
                $before,
                " jsonb_to_recordset($2) AS s (",
                staged_columns!(),
                ") ",
                $after
            ),
            many: concat!($before, " pg_temp.staged_contacts AS s ", $after),
        }
    };
}

const INSERT: Statement = for_few_and_many!(
    "INSERT INTO crm.contacts (org_id, id, email, external_id, first_name, last_name, phone, company, city, \
     country, locale, timezone, tags, attributes, owner_id, stage_id, points, source, import_id, created_at, updated_at, last_active_at) \
     SELECT $1, s.id, s.email, s.external_id, s.first_name, s.last_name, s.phone, s.company, s.city, \
     s.country, s.locale, s.timezone, s.tags, s.attributes, s.owner_id, s.stage_id, s.points, s.source, s.import_id, \
     s.created_at, s.updated_at, s.last_active_at \
     FROM",
    ""
);

// Whoever is seen meanwhile does not count as changed by that: the later time stays.
const UPDATE: Statement = for_few_and_many!(
    "UPDATE crm.contacts AS c \
     SET email = s.email, external_id = s.external_id, first_name = s.first_name, last_name = s.last_name, \
     phone = s.phone, company = s.company, city = s.city, country = s.country, locale = s.locale, \
     timezone = s.timezone, tags = s.tags, attributes = s.attributes, owner_id = s.owner_id, \
     stage_id = s.stage_id, points = s.points, updated_at = s.updated_at, \
     last_active_at = GREATEST(c.last_active_at, s.last_active_at), \
     anonymous = c.anonymous AND s.email IS NULL AND s.external_id IS NULL, \
     identified_at = CASE WHEN c.anonymous AND COALESCE(s.email, s.external_id) IS NOT NULL \
                          THEN s.updated_at ELSE c.identified_at END \
     FROM",
    "WHERE c.org_id = $1 AND c.id = s.id AND c.updated_at = s.read_at"
);

impl Staged<'_> {
    fn write_to(&self, data: &mut BinaryCopy) -> Result<(), DbError> {
        let contact = self.after;
        data.row();
        data.uuid(Some(contact.id.uuid()));
        data.text(contact.email.as_ref().map(EmailAddress::as_str));
        data.text(contact.external_id.as_deref());
        for field in TextField::ALL {
            data.text(Some(contact.texts.get(field)));
        }
        data.texts(contact.tags.iter().map(Tag::as_str));
        data.jsonb(&contact.attributes)?;
        data.uuid(contact.owner.map(|id| id.uuid()));
        data.uuid(contact.stage.map(|id| id.uuid()));
        data.bigint(contact.points);
        data.text(Some(contact.source.as_str()));
        data.uuid(contact.import_id.map(|id| id.uuid()));
        data.timestamp(Some(contact.created_at));
        data.timestamp(Some(contact.updated_at));
        data.timestamp(contact.last_active_at);
        data.timestamp(Some(self.read_at));
        Ok(())
    }

    fn to_json(&self) -> Value {
        let contact = self.after;
        let mut row = json!({
            "id": contact.id.uuid(),
            "email": contact.email,
            "external_id": contact.external_id,
            "tags": contact.tags.iter().map(Tag::as_str).collect::<Vec<_>>(),
            "attributes": contact.attributes,
            "owner_id": contact.owner.map(|id| id.uuid()),
            "stage_id": contact.stage.map(|id| id.uuid()),
            "points": contact.points,
            "source": contact.source.as_str(),
            "import_id": contact.import_id.map(|id| id.uuid()),
            "created_at": contact.created_at,
            "updated_at": contact.updated_at,
            "last_active_at": contact.last_active_at,
            "read_at": self.read_at,
        });
        for field in TextField::ALL {
            row[field.key()] = contact.texts.get(field).into();
        }
        row
    }
}
