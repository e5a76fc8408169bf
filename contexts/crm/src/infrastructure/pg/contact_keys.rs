//! Contacts by what other systems know them by.

use contracts::crm::ContactKey;
use kernel::{ContactId, EmailAddress};
use platform::DbError;
use uuid::Uuid;

use super::CrmTx;

impl CrmTx {
    /// The contacts with these keys, in the order asked for. An identifier is given back as it is, whether
    /// or not there is such a contact.
    pub async fn contacts_with_keys(
        &mut self,
        keys: &[ContactKey],
    ) -> Result<Vec<Option<ContactId>>, DbError> {
        let emails: Vec<Option<&str>> = keys
            .iter()
            .map(|key| match key {
                ContactKey::Email(email) => Some(EmailAddress::as_str(email)),
                _ => None,
            })
            .collect();
        let externals: Vec<Option<&str>> = keys
            .iter()
            .map(|key| match key {
                ContactKey::External(id) => Some(id.as_str()),
                _ => None,
            })
            .collect();
        let found: Vec<Option<Uuid>> = sqlx::query_scalar(
            r#"
            SELECT COALESCE(by_email.id, by_external.id)
            FROM UNNEST($2::text[], $3::text[]) WITH ORDINALITY AS k (email, external_id, place)
            LEFT JOIN LATERAL (
                SELECT id FROM crm.contacts WHERE org_id = $1 AND email = k.email COLLATE "C"
            ) by_email ON true
            LEFT JOIN LATERAL (
                SELECT id FROM crm.contacts WHERE org_id = $1 AND external_id = k.external_id COLLATE "C"
            ) by_external ON true
            ORDER BY k.place
            "#,
        )
        .bind(self.org.uuid())
        .bind(&emails)
        .bind(&externals)
        .fetch_all(self.conn())
        .await?;
        Ok(keys
            .iter()
            .zip(found)
            .map(|(key, found)| key.id().or_else(|| found.map(ContactId::from_uuid)))
            .collect())
    }
}
