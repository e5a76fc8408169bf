//! The primary companies of people, for imports that give them one and take it back.

use std::collections::{HashMap, HashSet};

use kernel::{ContactId, ObjectId, RecordId};
use platform::DbError;
use uuid::Uuid;

use super::{
    CrmTx,
    records::{Row, all, record_columns},
};
use crate::domain::{change::Employer, record::Record};

impl CrmTx {
    /// Keeps others who make companies by name waiting until the end of the transaction: nothing else
    /// says that a name is one company's.
    pub async fn lock_company_names(&mut self) -> Result<(), DbError> {
        let org = self.org.uuid();
        sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('crm.company_names ' || $1::text, 0))")
            .bind(org)
            .execute(self.conn())
            .await?;
        Ok(())
    }

    /// Records of an object that have one of these texts as their external ID or as their name, in
    /// whatever case.
    pub async fn records_called(&mut self, object: ObjectId, texts: &[&str]) -> Result<Vec<Record>, DbError> {
        let names: Vec<String> = texts.iter().map(|text| text.to_lowercase()).collect();
        let org = self.org.uuid();
        // Two look-ups by index and not an OR of them.
        let rows: Vec<Row> = sqlx::query_as(concat!(
            "SELECT ",
            record_columns!(),
            " FROM crm.records AS r WHERE r.org_id = $1 AND r.object_id = $2 AND r.name_key = ANY($3) \
              UNION SELECT ",
            record_columns!(),
            " FROM crm.records AS r WHERE r.org_id = $1 AND r.object_id = $2 AND r.external_id = ANY($4)"
        ))
        .bind(org)
        .bind(object.uuid())
        .bind(&names)
        .bind(texts)
        .fetch_all(self.conn())
        .await?;
        all(rows)
    }

    /// The primary record of an object of those people who have one.
    pub async fn employers(
        &mut self,
        object: ObjectId,
        contacts: &[ContactId],
    ) -> Result<HashMap<ContactId, Employer>, DbError> {
        let ids: Vec<Uuid> = contacts.iter().map(|id| id.uuid()).collect();
        let org = self.org.uuid();
        let rows: Vec<(Uuid, Uuid, String)> = sqlx::query_as(
            r#"
            SELECT rc.contact_id, r.id, r.name
            FROM crm.record_contacts AS rc
            JOIN crm.records AS r ON r.org_id = $1 AND r.id = rc.record_id
            WHERE rc.org_id = $1 AND rc.object_id = $2 AND rc.contact_id = ANY($3) AND rc.is_primary
            "#,
        )
        .bind(org)
        .bind(object.uuid())
        .bind(&ids)
        .fetch_all(self.conn())
        .await?;
        let employer = |(contact, id, name): (Uuid, Uuid, String)| {
            let employer = Employer {
                id: id.into(),
                name,
                linked: true,
            };
            (contact.into(), employer)
        };
        Ok(rows.into_iter().map(employer).collect())
    }

    /// Those of some links that exist.
    pub async fn linked_among(
        &mut self,
        object: ObjectId,
        links: &[(ContactId, RecordId)],
    ) -> Result<HashSet<(ContactId, RecordId)>, DbError> {
        let (contacts, records): (Vec<Uuid>, Vec<Uuid>) = links
            .iter()
            .map(|(contact, record)| (contact.uuid(), record.uuid()))
            .unzip();
        let org = self.org.uuid();
        let rows: Vec<(Uuid, Uuid)> = sqlx::query_as(
            r#"
            SELECT rc.contact_id, rc.record_id
            FROM UNNEST($3::uuid[], $4::uuid[]) AS l (contact_id, record_id)
            JOIN crm.record_contacts AS rc
              ON rc.org_id = $1 AND rc.object_id = $2 AND rc.contact_id = l.contact_id
             AND rc.record_id = l.record_id
            "#,
        )
        .bind(org)
        .bind(object.uuid())
        .bind(&contacts)
        .bind(&records)
        .fetch_all(self.conn())
        .await?;
        Ok(rows.into_iter().map(|(a, b)| (a.into(), b.into())).collect())
    }
}
